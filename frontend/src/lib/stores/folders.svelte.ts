import type { Folder, FolderFile, FolderFilesRequest, Folders as FolderList } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

export type FileFilter = FolderFilesRequest['filter'];

const pageSize = 300;

/** Folders holds the folders that are linked to collections. */
export class Folders {
  folders = $state.raw<Folder[]>([]);
  /** Patterns that leave files out in every folder. */
  excluded = $state.raw<string[]>([]);

  constructor(private readonly backend: Backend) {}

  async load(): Promise<void> {
    this.take(await this.backend.call('folders.list', {}));
  }

  take(list: FolderList): void {
    this.folders = list.folders ?? [];
    this.excluded = list.excluded ?? [];
  }

  put(folder: Folder): void {
    const at = this.folders.findIndex((other) => other.id === folder.id);
    this.folders = at < 0 ? [...this.folders, folder] : this.folders.with(at, folder);
  }

  /** in lists the folders of a collection; "" means all. */
  in(collectionId: string): Folder[] {
    return this.folders.filter((folder) => collectionId === '' || folder.collectionId === collectionId);
  }

  get(id: string): Folder | undefined {
    return this.folders.find((folder) => folder.id === id);
  }
}

/** FileList is the list of one folder's files, loaded page by page. */
export class FileList {
  files = $state.raw<FolderFile[]>([]);
  total = $state(0);
  loaded = $state(false);
  #loading = false;
  #generation = 0;

  constructor(
    private readonly backend: Backend,
    readonly folderId: string,
  ) {}

  /** show loads the first files; those in view are replaced only when the new ones are there. */
  async show(filter: FileFilter, keep: number): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    const limit = Math.min(500, Math.max(pageSize, keep));
    const page = await this.backend.call('folders.files', { id: this.folderId, filter, offset: 0, limit });
    if (generation !== this.#generation) return;
    this.files = page.files ?? [];
    this.total = page.total;
    this.loaded = true;
  }

  async more(filter: FileFilter): Promise<void> {
    if (this.#loading || !this.loaded || this.files.length >= this.total) return;
    this.#loading = true;
    const generation = this.#generation;
    try {
      const request = { id: this.folderId, filter, offset: this.files.length, limit: pageSize };
      const page = await this.backend.call('folders.files', request);
      if (generation !== this.#generation) return;
      const known = new Set(this.files.map((file) => file.id));
      const fresh = (page.files ?? []).filter((file) => !known.has(file.id));
      this.files = [...this.files, ...fresh];
      this.total = fresh.length === 0 ? this.files.length : page.total;
    } finally {
      this.#loading = false;
    }
  }
}
