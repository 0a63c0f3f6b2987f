import type { GoldenQuestion, Quality, QualityImported } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

/** How often a run that is going on is asked how far it is, in milliseconds. */
const pollEvery = 700;

/** QualityStore holds the golden questions of the collection that is shown. */
export class QualityStore {
  quality = $state.raw<Quality | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #collectionId = '';

  constructor(private readonly backend: Backend) {}

  /** show loads a collection's questions and follows a run of them. */
  async show(collectionId: string): Promise<void> {
    if (collectionId !== this.#collectionId) this.quality = undefined;
    this.#collectionId = collectionId;
    this.#take(await this.backend.call('quality.get', { id: collectionId }));
  }

  /** leave stops following. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#collectionId = '';
  }

  async save(question: GoldenQuestion): Promise<void> {
    this.#take(await this.backend.call('quality.save', question));
  }

  async remove(id: string): Promise<void> {
    await this.backend.call('quality.delete', { id });
    await this.show(this.#collectionId);
  }

  async run(): Promise<void> {
    this.#take(await this.backend.call('quality.run', { id: this.#collectionId }));
  }

  async import(file: Blob): Promise<QualityImported> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const request = { collectionId: this.#collectionId, content: btoa(binary) };
    const imported = await this.backend.call('quality.import', request);
    this.#take(imported.quality);
    return imported;
  }

  #take(quality: Quality): void {
    if (quality.collectionId !== this.#collectionId) return;
    this.quality = quality;
    clearTimeout(this.#timer);
    if (quality.running) {
      const { collectionId } = quality;
      this.#timer = setTimeout(() => {
        // A failed look is not worth a notice; the next opening tells.
        void this.show(collectionId).catch(() => undefined);
      }, pollEvery);
    }
  }
}
