import type { ChatQueue, Problem, QueuedQuestion } from '$lib/api.gen';
import { isAbort, problemOf } from '$lib/backend/backend';
import type { Backend } from '$lib/backend/backend';

/** Waiting are the questions of the chat on the screen that are sent when its answer has ended. */
export class Waiting {
  questions = $state.raw<QueuedQuestion[]>([]);
  /** What kept the first one from being sent. */
  problem = $state.raw<Problem | undefined>(undefined);
  #chatId = '';
  #moved = 0;

  constructor(private readonly backend: Backend) {}

  /** open shows what waits in a chat; "" is the page of a new one. */
  async open(chatId: string): Promise<void> {
    if (chatId !== this.#chatId) {
      this.questions = [];
      this.problem = undefined;
    }
    this.#chatId = chatId;
    if (chatId === '') return;
    const moved = this.#moved;
    try {
      const queue = await this.backend.call('queue.list', { id: chatId });
      // An event that came meanwhile knows better.
      if (moved === this.#moved) this.take(queue);
    } catch {
      // What is wrong with the chat shows in its place.
    }
  }

  reload(): Promise<void> {
    return this.open(this.#chatId);
  }

  take(queue: ChatQueue): void {
    if (queue.chatId !== this.#chatId) return;
    this.#moved += 1;
    this.questions = queue.questions ?? [];
    this.problem = queue.problem;
  }

  async change(id: string, text: string): Promise<Problem | undefined> {
    return this.#attempt(async () => this.take(await this.backend.call('queue.change', { id, text })));
  }

  async remove(id: string): Promise<Problem | undefined> {
    return this.#attempt(() => this.backend.call('queue.remove', { id }));
  }

  async sendNow(id: string): Promise<Problem | undefined> {
    return this.#attempt(async () => this.take(await this.backend.call('queue.send', { id })));
  }

  async #attempt(action: () => Promise<unknown>): Promise<Problem | undefined> {
    try {
      await action();
      return undefined;
    } catch (error) {
      return isAbort(error) ? undefined : problemOf(error);
    }
  }
}
