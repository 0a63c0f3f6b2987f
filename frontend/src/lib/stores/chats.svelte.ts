import type { Chat, ChatHit } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

const pageSize = 200;

/** Chats is the list of conversations, newest first, loaded page by page. */
export class Chats {
  list = $state.raw<Chat[]>([]);
  /** Chats that are never written; they are in no list of the program's. */
  temporary = $state.raw<Chat[]>([]);
  loaded = $state(false);
  query = $state('');
  found = $state.raw<ChatHit[]>([]);
  /** Values of filter words that mean nothing. */
  unknown = $state.raw<string[]>([]);
  searching = $state(false);
  #more = 0;
  #loading = false;
  #search: AbortController | undefined;

  constructor(private readonly backend: Backend) {}

  async load(): Promise<void> {
    const page = await this.backend.call('chats.list', {
      ...{ before: 0, limit: pageSize, shelf: 'loose' },
    });
    this.list = [];
    this.know(page.chats ?? []);
    this.temporary = page.temporary ?? [];
    this.#more = page.more;
    this.loaded = true;
  }

  async loadMore(): Promise<void> {
    if (this.#more === 0 || this.#loading) return;
    this.#loading = true;
    try {
      const page = await this.backend.call('chats.list', {
        ...{ before: this.#more, limit: pageSize, shelf: 'loose' },
      });
      this.know(page.chats ?? []);
      this.#more = page.more;
    } finally {
      this.#loading = false;
    }
  }

  /** search looks in titles and messages; an empty query shows the list again. */
  async search(query: string): Promise<void> {
    this.query = query;
    this.#search?.abort();
    if (query.trim() === '') {
      this.found = [];
      this.unknown = [];
      this.searching = false;
      return;
    }
    const search = new AbortController();
    this.#search = search;
    this.searching = true;
    try {
      const result = await this.backend.call('chats.search', { query, limit: 50 }, search.signal);
      if (search.signal.aborted) return;
      this.found = result.hits ?? [];
      this.unknown = result.unknown ?? [];
    } finally {
      if (!search.signal.aborted) this.searching = false;
    }
  }

  /** know adds chats to the list in their places. */
  know(chats: Chat[]): void {
    const fresh = new Map(chats.map((chat) => [chat.id, chat]));
    const rest = this.list.filter((chat) => !fresh.has(chat.id));
    this.list = [...rest, ...fresh.values()].sort((a, b) => b.updatedAt - a.updatedAt);
  }

  get(id: string): Chat | undefined {
    return this.list.find((chat) => chat.id === id) ?? this.found.find((hit) => hit.chat.id === id)?.chat;
  }

  /** put inserts or replaces a chat and keeps the newest first. */
  put(chat: Chat): void {
    this.temporary = this.temporary.filter((other) => other.id !== chat.id);
    if (chat.temporary) {
      this.temporary = [chat, ...this.temporary].sort((a, b) => b.updatedAt - a.updatedAt);
      return;
    }
    const rest = this.list.filter((other) => other.id !== chat.id);
    const at = rest.findIndex((other) => other.updatedAt <= chat.updatedAt);
    this.list = at < 0 ? [...rest, chat] : [...rest.slice(0, at), chat, ...rest.slice(at)];
    if (this.found.some((hit) => hit.chat.id === chat.id)) {
      this.found = this.found.map((hit) => (hit.chat.id === chat.id ? { ...hit, chat } : hit));
    }
  }

  isTemporary(id: string): boolean {
    return this.temporary.some((chat) => chat.id === id);
  }

  remove(id: string): void {
    this.temporary = this.temporary.filter((chat) => chat.id !== id);
    this.list = this.list.filter((chat) => chat.id !== id);
    this.found = this.found.filter((hit) => hit.chat.id !== id);
  }
}

export type DayGroup = 'today' | 'yesterday' | 'week' | 'month' | 'older';

/** dayGroup sorts a time into the headings of the list. */
export function dayGroup(at: number, now: number): DayGroup {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const today = midnight.getTime();
  const day = 86_400_000;
  if (at >= today) return 'today';
  // A day with a clock change has 23 or 25 hours; half a day of slack keeps "yesterday" true.
  if (at >= new Date(today - day / 2).setHours(0, 0, 0, 0)) return 'yesterday';
  if (at >= today - 6 * day) return 'week';
  if (at >= today - 29 * day) return 'month';
  return 'older';
}
