import type { ImportMoved, ImportResult } from '$lib/api.gen';
import { isAbort, problemOf, type Backend } from '$lib/backend/backend';
import { importChats } from '$lib/transfer';

/** What an import ended with: a result, a problem (`cancelled` if the person stopped it) or both halves of neither. */
export type ImportEnd = { result: ImportResult } | { problem: ReturnType<typeof problemOf> };

/** Importing is the one import of chats that runs; it goes on while other screens are shown. */
export class Importing {
  /** Name of the file, while one is imported. */
  file = $state('');
  /** How much is done, 0 to 1: sending is the first tenth. */
  part = $state(0);
  /** Chats stored so far. */
  chats = $state(0);
  #abort: AbortController | undefined;

  constructor(private readonly backend: Pick<Backend, 'call'>) {}

  get running(): boolean {
    return this.file !== '';
  }

  async start(file: File): Promise<ImportEnd> {
    this.#abort = new AbortController();
    this.file = file.name;
    this.part = 0;
    this.chats = 0;
    try {
      const result = await importChats(
        this.backend,
        file,
        (part) => (this.part = part / 10),
        this.#abort.signal,
      );
      return { result };
    } catch (error) {
      return { problem: isAbort(error) ? { code: 'cancelled' } : problemOf(error) };
    } finally {
      this.file = '';
      this.#abort = undefined;
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  moved(event: ImportMoved): void {
    if (!this.running) return; // another page's
    this.part = Math.max(this.part, 0.1 + (event.percent / 100) * 0.9);
    this.chats = event.chats;
  }
}
