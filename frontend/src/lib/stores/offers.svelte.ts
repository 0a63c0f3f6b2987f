/** isModelFile tells model files and packs from documents. */
export function isModelFile(path: string): boolean {
  return /\.(kontorpack|gguf)$/i.test(path);
}

/** Offers are model files and packs that were dropped, opened or chosen and wait for a yes. */
export class Offers {
  #waiting = $state.raw<string[]>([]);
  /** Grows with each one that was taken: lists of models have to be read again. */
  taken = $state(0);

  /** The one to ask about now, undefined for none. */
  get next(): string | undefined {
    return this.#waiting[0];
  }

  add(paths: string[]): void {
    const fresh = paths.filter((path) => !this.#waiting.includes(path));
    if (fresh.length > 0) this.#waiting = [...this.#waiting, ...fresh];
  }

  /** answered goes on with the one behind it. */
  answered(taken: boolean): void {
    this.#waiting = this.#waiting.slice(1);
    if (taken) this.taken += 1;
  }
}
