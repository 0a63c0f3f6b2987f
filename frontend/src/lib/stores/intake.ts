import type { RefusedFile } from '$lib/api.gen';
import type { PickedFile } from '$lib/files';
import { isPicture } from '$lib/picturenames';
import { sharedName } from './assistants.svelte';
import type { Kontor } from './kontor.svelte';
import { isModelFile } from './offers.svelte';

/** Intake decides where a file goes that is dropped, pasted, chosen or opened: documents, pictures, models, assistants. */
export class Intake {
  constructor(private readonly kontor: Kontor) {}

  /** Where files that are dropped now would go; an empty id means a new collection. */
  get target(): { id: string; name: string } {
    const screen = this.kontor.layout.screen;
    const id = screen.name === 'documents' ? screen.collectionId : (this.kontor.activeCollections[0] ?? '');
    const chosen = this.kontor.library.collection(id);
    if (chosen) return chosen;
    const name = this.kontor.i18n.lookup('collection.default') ?? 'Kontor';
    return this.kontor.library.collections.find((collection) => collection.name === name) ?? { id: '', name };
  }

  /** addPictures lets pictures go with the next question. */
  async addPictures(files: { file: Blob; name: string }[]): Promise<void> {
    for (const { file, name } of files) {
      await this.kontor.attempt(async () => {
        const { fitPicture } = await import('$lib/pictures');
        const content = await fitPicture(file, name);
        const image = await this.kontor.backend.call('images.add', {
          name,
          content,
          chatId: this.kontor.conversation.id,
          ...(this.kontor.temporary ? { temporary: true } : {}),
        });
        const known = this.kontor.asking.images.some(({ hash }) => hash === image.hash);
        if (!known) this.kontor.asking.images = [...this.kontor.asking.images, image];
      });
    }
    if (files.length > 0 && !this.kontor.preferences.models)
      await this.kontor.attempt(() => this.kontor.preferences.loadModels());
  }

  // In a chat a picture is something to look at; elsewhere it is a document.
  #shows(path: string): boolean {
    return this.kontor.layout.screen.name === 'chat' && isPicture(path);
  }

  /** addFiles reads files into the collection in view and lets the chat use it. */
  async addFiles(files: PickedFile[]): Promise<void> {
    const [first] = files;
    if (!first) return;
    if (sharedName(first.file.name)) return this.#readAssistant(() => this.readAssistant(first.file));
    const pictures = files.filter(({ path }) => this.#shows(path));
    await this.addPictures(pictures.map(({ file, path }) => ({ file, name: path })));
    const others = files.filter((file) => !pictures.includes(file));
    const documents = others.filter(({ path }) => !isModelFile(path));
    // A page is given the content only, and models are too large to be sent through it.
    if (documents.length < others.length) this.kontor.report({ code: 'open_needs_window' });
    if (documents.length === 0) return;
    await this.#intoTarget(async (collectionId) => {
      await this.kontor.library.upload(documents, collectionId);
    });
  }

  /** addPaths reads documents, asks about model files and packs, and looks at an assistant. */
  async addPaths(dropped: string[]): Promise<void> {
    const [first] = dropped;
    if (first !== undefined && sharedName(first))
      return this.#readAssistant(() => this.kontor.assistants.readPath(first));
    this.kontor.offers.add(dropped.filter(isModelFile));
    const pictures = dropped.filter((path) => this.#shows(path));
    for (const path of pictures) {
      await this.kontor.attempt(async () => {
        const { bytesOf } = await import('$lib/pictures');
        const { name, content } = await this.kontor.backend.call('images.file', { path });
        await this.addPictures([{ file: new Blob([bytesOf(content)]), name }]);
      });
    }
    const paths = dropped.filter((path) => !isModelFile(path) && !pictures.includes(path));
    if (paths.length === 0) return;
    await this.#intoTarget(async (collectionId) => {
      this.kontor.library.took(await this.kontor.backend.call('documents.add', { paths, collectionId }));
    });
  }

  /** readAssistant looks at a file; its editor opens on the screen of the assistants. */
  async readAssistant(file: File): Promise<void> {
    // A larger one is refused by its size; its content is not needed for that.
    const content = await file.slice(0, 1 << 19).text();
    await this.kontor.assistants.read({ name: file.name, content });
  }

  async #readAssistant(read: () => Promise<void>): Promise<void> {
    if (await this.kontor.attempt(read)) this.kontor.layout.go({ name: 'assistants' });
  }

  /** pick opens the system's dialog; only the window has one of its own. */
  async pick(folder: boolean): Promise<void> {
    await this.#intoTarget(async (collectionId) => {
      this.kontor.library.took(await this.kontor.backend.call('documents.pick', { folder, collectionId }));
    });
  }

  async #intoTarget(add: (collectionId: string) => Promise<void>): Promise<void> {
    await this.kontor.attempt(async () => {
      let target = this.target;
      if (target.id === '') {
        const made = await this.kontor.backend.call('collections.create', { id: '', name: target.name });
        target = made;
        await this.kontor.library.loadCollections();
      }
      if (this.kontor.layout.screen.name === 'chat' && !this.kontor.activeCollections.includes(target.id)) {
        await this.kontor.useCollections([...this.kontor.activeCollections, target.id]);
      }
      const refused = this.kontor.library.refused.length;
      await add(target.id);
      this.#tellRefused(this.kontor.library.refused.slice(refused));
    });
  }

  // What the program was opened with waits there until a page takes it.
  async takeOpened(): Promise<void> {
    if (this.kontor.status?.shell !== 'window') return;
    await this.kontor.attempt(async () => {
      const { paths } = await this.kontor.backend.call('files.handedOver', {});
      await this.addPaths(paths ?? []);
    });
  }

  // The Documents screen lists what was refused; elsewhere a notice leads there.
  #tellRefused(refused: RefusedFile[]): void {
    const first = refused[0];
    if (!first || this.kontor.layout.screen.name === 'documents') return;
    const { message, hint } = this.kontor.i18n.problem(first.problem);
    this.kontor.layout.toast({
      text: this.kontor.t('upload.refused', { count: refused.length }),
      hint: `${message} ${hint}`,
      tone: 'problem',
      action: {
        label: this.kontor.t('documents.title'),
        run: () => this.kontor.layout.go({ name: 'documents', collectionId: '' }),
      },
    });
  }
}
