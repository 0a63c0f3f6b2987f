import type { Image } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

/** How long after the last key a draft is stored, in milliseconds. */
const pause = 400;

/** Drafts keeps unsent text per chat in the program, so that it survives a reload and a restart. */
export class Drafts {
  /** Grows when drafts have come from the program. */
  version = $state(0);
  /** Says whether the draft of a chat may be stored; what is temporary never is. */
  keeps: (chatId: string) => boolean = () => true;
  readonly #texts = new Map<string, string>();
  readonly #images = new Map<string, Image[]>();
  readonly #unsaved = new Set<string>();
  #saving: Promise<unknown> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly backend: Backend) {}

  /** load takes over what is stored; what was written meanwhile is newer. */
  async load(): Promise<void> {
    try {
      const { drafts } = await this.backend.call('drafts.list', {});
      for (const { chatId, text, images } of drafts ?? []) {
        if (this.#unsaved.has(chatId)) continue;
        this.#texts.set(chatId, text);
        this.#images.set(chatId, images ?? []);
      }
      this.version += 1;
    } catch {
      // Without drafts a chat begins empty; what is wrong shows elsewhere.
    }
  }

  read(chatId: string): string {
    return this.#texts.get(chatId) ?? '';
  }

  write(chatId: string, text: string): void {
    if (this.read(chatId) === text) return;
    if (text === '') this.#texts.delete(chatId);
    else this.#texts.set(chatId, text);
    this.#store(chatId);
  }

  images(chatId: string): Image[] {
    return this.#images.get(chatId) ?? [];
  }

  writeImages(chatId: string, images: Image[]): void {
    const known = this.images(chatId);
    if (known === images || (known.length === 0 && images.length === 0)) return;
    this.#images.set(chatId, images);
    this.#store(chatId);
  }

  #store(chatId: string): void {
    if (!this.keeps(chatId)) return;
    this.#unsaved.add(chatId);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), pause);
  }

  /** sent forgets a draft that became a question; the program has done so, too. */
  sent(chatId: string): void {
    this.#texts.delete(chatId);
    this.#images.delete(chatId);
    this.#unsaved.delete(chatId);
    // A draft on its way to the program may arrive there behind the question.
    void this.#saving?.then(() => {
      if (this.read(chatId) !== '' || this.images(chatId).length > 0) return;
      this.#unsaved.add(chatId);
      this.flush();
    });
  }

  /** flush stores what is not stored yet. */
  flush(): void {
    clearTimeout(this.#timer);
    for (const chatId of this.#unsaved) {
      this.#unsaved.delete(chatId);
      const saving = this.backend
        .call('drafts.save', { chatId, text: this.read(chatId), images: this.images(chatId) })
        // A full disk must not stop anyone from writing: the text is still in the field.
        .catch(() => this.#unsaved.add(chatId))
        .finally(() => {
          if (this.#saving === saving) this.#saving = undefined;
        });
      this.#saving = saving;
    }
  }
}
