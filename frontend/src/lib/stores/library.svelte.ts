import type { AddResult, Collection, Document, RefusedFile } from '$lib/api.gen';
import { ProblemError, isAbort, problemOf } from '$lib/backend/backend';
import type { Backend } from '$lib/backend/backend';
import type { PickedFile } from '$lib/files';

const pageSize = 200;
const uploadsAtOnce = 3;

/** Upload is a file on its way into the library. */
export interface Upload {
  id: number;
  name: string;
  bytes: number;
  state: 'waiting' | 'sending';
}

/** Library holds collections, the documents of the shown one, and uploads. */
export class Library {
  collections = $state.raw<Collection[]>([]);
  collectionId = $state('');
  documents = $state.raw<Document[]>([]);
  total = $state(0);
  loaded = $state(false);
  uploads = $state<Upload[]>([]);
  refused = $state.raw<RefusedFile[]>([]);
  /** How many of the last addition were there already. */
  known = $state(0);
  /** Ids of the documents a person has chosen in the list. */
  selected = $state.raw<ReadonlySet<string>>(new Set());
  #anchor = '';
  #loading = false;
  /** What happened to documents while a list was on its way; undefined is removed. */
  #meanwhile: Map<string, Document | undefined> | undefined;
  #uploads = 0;
  #stop = new AbortController();

  constructor(private readonly backend: Backend) {}

  async loadCollections(): Promise<void> {
    const answer = await this.backend.call('collections.list', {});
    this.collections = answer.collections ?? [];
  }

  collection(id: string): Collection | undefined {
    return this.collections.find((collection) => collection.id === id);
  }

  /** show loads the first documents of a collection; "" means all. */
  async show(collectionId: string): Promise<void> {
    if (collectionId !== this.collectionId) {
      this.collectionId = collectionId;
      this.documents = [];
      this.select([]);
      this.loaded = false;
    }
    const meanwhile = new Map<string, Document | undefined>();
    this.#meanwhile = meanwhile;
    try {
      const page = await this.backend.call('documents.list', { collectionId, offset: 0, limit: pageSize });
      if (this.#meanwhile !== meanwhile) return; // another list was asked for
      this.documents = page.documents ?? [];
      this.total = page.total;
      this.loaded = true;
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined;
    }
    // The list may have been made before what was told while it was on its way.
    for (const [id, document] of meanwhile) {
      if (document) this.#place(document);
      else this.#drop(id);
    }
  }

  async loadMore(): Promise<void> {
    if (this.#loading || !this.loaded || this.documents.length >= this.total) return;
    this.#loading = true;
    const collectionId = this.collectionId;
    try {
      const offset = this.documents.length;
      const page = await this.backend.call('documents.list', { collectionId, offset, limit: pageSize });
      if (collectionId !== this.collectionId) return;
      const known = new Set(this.documents.map((document) => document.id));
      const fresh = (page.documents ?? []).filter((document) => !known.has(document.id));
      this.documents = [...this.documents, ...fresh];
      this.total = fresh.length === 0 ? this.documents.length : page.total;
    } finally {
      this.#loading = false;
    }
  }

  select(ids: readonly string[]): void {
    this.selected = new Set(ids);
  }

  /** toggle chooses a document or takes it back; with range all from the last one to it. */
  toggle(id: string, range: boolean): void {
    const selected = new Set(this.selected);
    const at = this.documents.findIndex((document) => document.id === id);
    const from = range ? this.documents.findIndex((document) => document.id === this.#anchor) : -1;
    if (from >= 0 && at >= 0) {
      const between = this.documents.slice(Math.min(from, at), Math.max(from, at) + 1);
      for (const document of between) selected.add(document.id);
    } else if (!selected.delete(id)) {
      selected.add(id);
    }
    this.#anchor = id;
    this.selected = selected;
  }

  put(document: Document): void {
    this.#meanwhile?.set(document.id, document);
    this.#place(document);
  }

  remove(id: string): void {
    this.#meanwhile?.set(id, undefined);
    this.#drop(id);
  }

  /** upload sends files, a few at once; what is refused is listed, the rest goes on. */
  async upload(files: PickedFile[], collectionId: string): Promise<Document[]> {
    this.known = 0;
    this.#stop = new AbortController();
    const signal = this.#stop.signal;
    const queue = files.map((picked) => {
      this.#uploads += 1;
      const id = this.#uploads;
      this.uploads.push({ id, name: picked.path, bytes: picked.file.size, state: 'waiting' });
      return { id, picked };
    });
    const added: Document[] = [];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { id, picked } = next;
        if (!signal.aborted) await this.#send(id, picked, collectionId, signal, added);
        this.uploads = this.uploads.filter((upload) => upload.id !== id);
      }
    };
    await Promise.all(Array.from({ length: uploadsAtOnce }, work));
    return added;
  }

  cancelUploads(): void {
    this.#stop.abort();
  }

  /** took notes what became of files that the program added by path. */
  took(result: AddResult): void {
    this.known = (result.known ?? []).length;
    this.refused = [...this.refused, ...(result.refused ?? [])];
    for (const document of result.documents ?? []) this.put(document);
  }

  async #send(
    id: number,
    picked: PickedFile,
    collectionId: string,
    signal: AbortSignal,
    added: Document[],
  ): Promise<void> {
    const upload = this.uploads.find((other) => other.id === id);
    if (upload) upload.state = 'sending';
    try {
      const document = await this.backend.upload(picked.file, picked.path, collectionId, signal);
      added.push(document);
      this.put(document);
    } catch (error) {
      if (isAbort(error)) return;
      this.refused = [...this.refused, { name: picked.path, problem: problemOf(error) }];
      // Without a session or a server every other file would fail in the same way.
      if (error instanceof ProblemError && ['session_unknown', 'unreachable'].includes(error.problem.code)) {
        this.cancelUploads();
      }
    }
  }

  /** Newest first, as the server lists them; several uploads end in any order. */
  #place(document: Document): void {
    const at = this.documents.findIndex((other) => other.id === document.id);
    const belongs = this.collectionId === '' || (document.collectionIds ?? []).includes(this.collectionId);
    if (at >= 0 && belongs) {
      this.documents = this.documents.with(at, document);
    } else if (at >= 0) {
      this.#drop(document.id);
    } else if (belongs && this.loaded) {
      const older = this.documents.findIndex((other) => other.addedAt <= document.addedAt);
      // Older than all that is loaded: it comes with a further page, unless there is none.
      if (older < 0 && this.documents.length < this.total) return;
      this.documents = this.documents.toSpliced(older < 0 ? this.documents.length : older, 0, document);
      this.total += 1;
    }
  }

  #drop(id: string): void {
    if (!this.documents.some((document) => document.id === id)) return;
    this.documents = this.documents.filter((document) => document.id !== id);
    if (this.selected.has(id)) this.toggle(id, false);
    this.total = Math.max(0, this.total - 1);
  }
}
