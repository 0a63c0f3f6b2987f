import type { Chat, ChatFolder } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

const openKey = 'kontor.chatfolders.open';
/** archiveId stands for the archive among the ids of open folders. */
export const archiveId = 'archive';

/** FolderPlace is a folder and how deep it lies, 0 at the top. */
export interface FolderPlace {
  folder: ChatFolder;
  depth: number;
}

/** ChatFolders is the tree that chats are sorted into, and which of it is open. */
export class ChatFolders {
  list = $state.raw<ChatFolder[]>([]);
  open = $state.raw<ReadonlySet<string>>(new Set());
  /** Folders, and the archive, whose chats were read: only then it is known that there are none. */
  read = $state.raw<ReadonlySet<string>>(new Set());

  constructor(
    private readonly backend: Backend,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem'> | undefined,
  ) {
    try {
      const stored: unknown = JSON.parse(storage?.getItem(openKey) ?? '[]');
      if (Array.isArray(stored)) this.open = new Set(stored.map(String));
    } catch {
      // What cannot be read is as if nothing had been open.
    }
  }

  async load(): Promise<void> {
    const { folders } = await this.backend.call('chatfolders.list', {});
    this.list = folders ?? [];
  }

  get(id: string): ChatFolder | undefined {
    return this.list.find((folder) => folder.id === id);
  }

  /** tree lists the folders as they are shown; closed ones hide what is in them. */
  tree(all = false): FolderPlace[] {
    const places: FolderPlace[] = [];
    const add = (parentId: string, depth: number) => {
      for (const folder of this.list) {
        if (folder.parentId !== parentId || depth > 20) continue;
        places.push({ folder, depth });
        if (all || this.open.has(folder.id)) add(folder.id, depth + 1);
      }
    };
    add('', 0);
    return places;
  }

  /** holds says whether a folder is another or lies in it. */
  holds(outer: string, id: string): boolean {
    let at = id;
    for (let depth = 0; at !== '' && depth < 1000; depth += 1) {
      if (at === outer) return true;
      at = this.get(at)?.parentId ?? '';
    }
    return false;
  }

  toggle(id: string): boolean {
    const next = new Set(this.open);
    const opened = !next.delete(id);
    if (opened) next.add(id);
    this.open = next;
    try {
      this.storage?.setItem(openKey, JSON.stringify([...next]));
    } catch {
      // Which folders are open is not worth a notice.
    }
    return opened;
  }

  /** chatsOf reads the chats of a folder, or of the archive. */
  async chatsOf(id: string): Promise<Chat[]> {
    const shelf = id === archiveId ? 'archived' : 'folder';
    const request = { before: 0, limit: 500, shelf, folderId: id } as const;
    const chats = (await this.backend.call('chats.list', request)).chats ?? [];
    if (!this.read.has(id)) this.read = new Set([...this.read, id]);
    return chats;
  }
}
