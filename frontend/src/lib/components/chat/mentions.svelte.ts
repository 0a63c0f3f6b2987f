import type { FilterDocument } from '$lib/api.gen';
import { plain } from '$lib/passages';
import { mentionAt } from '$lib/stores/asking.svelte';
import type { Mention } from '$lib/stores/asking.svelte';
import type { Kontor } from '$lib/stores/kontor.svelte';

export type Suggestion =
  { kind: 'document'; document: FilterDocument } | { kind: 'collection'; id: string; name: string };

/** Mentions offers documents and collections for the @word at the caret. */
export class Mentions {
  list = $state.raw<Suggestion[]>([]);
  at = $state(0);
  #mention: Mention | undefined;
  #closed = -1; // where an @ stands whose list was closed
  #stop = new AbortController();

  constructor(private readonly kontor: Kontor) {}

  get open(): boolean {
    return this.list.length > 0;
  }

  get current(): Suggestion | undefined {
    return this.list[this.at];
  }

  /** look is called with each change of text or caret. */
  async look(text: string, caret: number): Promise<void> {
    const mention = mentionAt(text, caret);
    this.#stop.abort();
    this.#mention = mention;
    if (!mention) this.#closed = -1;
    if (!mention || mention.start === this.#closed) {
      this.list = [];
      return;
    }
    const stop = new AbortController();
    this.#stop = stop;
    const collectionIds = this.kontor.activeCollections;
    const request = { query: mention.query, collectionIds, limit: 6 };
    try {
      const { documents } = await this.kontor.backend.call('filter.suggest', request, stop.signal);
      if (stop.signal.aborted) return;
      const query = mention.query.trim().toLowerCase();
      const collections = this.kontor.library.collections
        .filter(({ id, name }) => !collectionIds.includes(id) && plain(name).toLowerCase().includes(query))
        .slice(0, 3);
      this.list = [
        ...(documents ?? []).map((document) => ({ kind: 'document' as const, document })),
        ...collections.map(({ id, name }) => ({ kind: 'collection' as const, id, name })),
      ];
      this.at = 0;
    } catch {
      this.list = []; // a name can still be typed in full
    }
  }

  move(by: number): void {
    this.at = (this.at + by + this.list.length) % this.list.length;
  }

  close(): void {
    this.#closed = this.#mention?.start ?? -1;
    this.list = [];
  }

  /** take uses a suggestion and gives the text without its @word, and where the caret goes. */
  take(suggestion: Suggestion, text: string): { text: string; caret: number } {
    const mention = this.#mention ?? { start: text.length, query: '' };
    if (suggestion.kind === 'document') this.kontor.asking.addDocument(suggestion.document);
    else void this.kontor.useCollections([...this.kontor.activeCollections, suggestion.id]);
    this.list = [];
    this.#mention = undefined;
    const before = text.slice(0, mention.start);
    const after = text.slice(mention.start + 1 + mention.query.length);
    const joined = before === '' || /\s$/.test(before) ? after.replace(/^ +/, '') : after;
    return { text: before + joined, caret: before.length };
  }
}
