import type { Prompt } from '$lib/api.gen';
import { promptsFor, slashAt } from '$lib/prompts';
import type { Kontor } from '$lib/stores/kontor.svelte';

const begun = (id: string) => `assistant ${id}`;

/** Slash offers prompts while the text starts with a "/". */
export class Slash {
  list = $state.raw<Prompt[]>([]);
  at = $state(0);
  #query: string | undefined;
  #closed = false;

  constructor(private readonly kontor: Kontor) {}

  get open(): boolean {
    return this.list.length > 0;
  }

  get current(): Prompt | undefined {
    return this.list[this.at];
  }

  /** look is called with each change of text or caret. */
  async look(text: string, caret: number): Promise<void> {
    const query = slashAt(text, caret);
    this.#query = query;
    if (query === undefined) this.#closed = false;
    if (query === undefined || this.#closed) {
      this.list = [];
      return;
    }
    const { prompts } = this.kontor;
    if (query === '' || !prompts.list) await prompts.load().catch(() => undefined);
    // The text may have gone on meanwhile.
    if (this.#query === query) this.#show(query);
  }

  move(by: number): void {
    this.at = (this.at + by + this.list.length) % this.list.length;
  }

  close(): void {
    this.#closed = this.open;
    this.list = [];
  }

  /** begins starts the new chat with what was chosen if that is an assistant. */
  begins(prompt: Prompt): boolean {
    const assistant = this.kontor.assistants.all.find(({ id }) => begun(id) === prompt.id);
    if (assistant) this.kontor.beginWith(assistant);
    return assistant !== undefined;
  }

  // A new chat can begin with an assistant, too; those that fit come first.
  #show(query: string): void {
    const { assistants, conversation, prompts } = this.kontor;
    const beginnings = (conversation.id === '' && query !== '' ? assistants.all : []).map(
      ({ id, name, description }): Prompt => ({
        ...{ id: begun(id), title: name, about: description, group: 'own' },
        ...{ text: '', fields: [], builtIn: true },
      }),
    );
    this.list = promptsFor([...(prompts.list ?? []), ...beginnings], query);
    this.at = 0;
  }
}
