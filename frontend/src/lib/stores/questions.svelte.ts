import type { Chat, Message, Problem, TableQuestion } from '$lib/api.gen';
import { problemOf } from '$lib/backend/backend';
import type { Mode } from './asking.svelte';
import type { Kontor } from './kontor.svelte';

/** Wish is how another answer is wanted. */
export interface Wish {
  formulate?: boolean;
  mode?: Mode | 'automatic';
  resume?: boolean;
  model?: string;
  compare?: boolean;
}

/** Questions sends what was written, asks for other answers and stops them. */
export class Questions {
  sending = $state(false);
  readonly #ended = new Set<string>();

  constructor(private readonly kontor: Kontor) {}

  /** send asks a question; undefined means it was stored, else the problem to show. */
  async send(text: string, parentId = '', table?: TableQuestion): Promise<Problem | undefined> {
    this.sending = true;
    const chatId = this.kontor.conversation.id;
    try {
      const collectionIds = chatId === '' ? this.kontor.newChatCollections : [];
      const { images, mode, filter, compareModel } = this.kontor.asking;
      const folderId = chatId === '' ? this.kontor.newChatFolder : '';
      const request = { chatId, parentId, text, collectionIds, folderId, formulate: false, mode };
      const result = await this.kontor.backend.call('chats.send', {
        ...request,
        ...(filter ? { filter } : {}),
        ...(table ? { table } : { images }),
        ...(compareModel ? { compareModel } : {}),
        ...(chatId === '' ? this.kontor.assistants.beginning : {}),
        ...(chatId === '' && this.kontor.startsTemporary ? { temporary: true } : {}),
      });
      this.kontor.asking.reset();
      if (parentId === '' && !table) this.kontor.drafts.sent(chatId);
      this.#stored(result.chat, result.answer);
      if (chatId === '') {
        this.kontor.newChatCollections = [];
        this.kontor.newChatFolder = '';
        this.kontor.assistants.chosen = '';
        this.kontor.assistants.next = undefined;
        this.kontor.newChatTemporary = false;
      }
      if (this.kontor.conversation.id === chatId || this.kontor.conversation.id === result.chat.id) {
        this.kontor.conversation.adopt(result.chat, result.question, result.answer);
        this.kontor.layout.go({ name: 'chat', chatId: result.chat.id }, true);
      }
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === 'session_unknown') this.kontor.session = 'signed_out';
      return problem;
    } finally {
      this.sending = false;
    }
  }

  /** sendLater lets a question wait for the running answer; undefined means it is stored. */
  async sendLater(text: string): Promise<Problem | undefined> {
    this.sending = true;
    const chatId = this.kontor.conversation.id;
    try {
      const { images, mode, filter, compareModel } = this.kontor.asking;
      const request = {
        images,
        compareModel,
        chatId,
        parentId: '',
        text,
        collectionIds: [],
        formulate: false,
        mode,
      };
      this.kontor.waiting.take(
        await this.kontor.backend.call('queue.add', { ...request, ...(filter ? { filter } : {}) }),
      );
      this.kontor.asking.reset();
      this.kontor.drafts.sent(chatId);
      return undefined;
    } catch (error) {
      return problemOf(error);
    } finally {
      this.sending = false;
    }
  }

  /** sendAgain asks an edited question beside the old one, as another branch. */
  sendAgain(question: Message, text: string): Promise<Problem | undefined> {
    // "root" is the parent of a first question; "" would mean the end of the chat.
    return this.send(text, question.parentId || 'root');
  }

  /** regenerate asks for another answer: in another way, written by a trial model, or going on where one stopped. */
  async regenerate(answer: Message, wish: Wish = {}): Promise<void> {
    await this.kontor.attempt(async () => {
      const { formulate = false, mode = '', resume = false, model = '', compare = false } = wish;
      const request = { messageId: answer.id, formulate, mode, resume, model, compare };
      const result = await this.kontor.backend.call('chats.regenerate', request);
      this.#stored(result.chat, result.answer);
      this.kontor.conversation.adopt(result.chat, undefined, result.answer);
    });
  }

  /** stop ends what is being written; the one that waits first, so that it does not begin. */
  async stop(): Promise<void> {
    for (const running of this.kontor.conversation.allRunning.toReversed())
      await this.kontor.attempt(() => this.kontor.backend.call('chats.stop', { id: running.id }));
  }

  // An answer without a model may have ended before the call that began it returns.
  #stored(chat: Chat, answer: Message): void {
    this.kontor.chats.put(this.#ended.has(answer.id) ? { ...chat, runningMessageId: '' } : chat);
  }

  /** ended notes an answer whose end was heard. */
  ended(id: string): void {
    this.#ended.add(id);
  }
}
