/** PickedFile is a file with its path inside the dropped or picked folder. */
export interface PickedFile {
  file: File;
  path: string;
}

/** pickedFiles reads what a file dialog gave. */
export function pickedFiles(list: FileList | null): PickedFile[] {
  return Array.from(list ?? []).map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** droppedFiles reads a drop, folders included. It has to be called inside the drop event. */
export async function droppedFiles(data: DataTransfer): Promise<PickedFile[]> {
  const entries: FileSystemEntry[] = [];
  const plain: PickedFile[] = [];
  // Entries are gone after the event, so they are all taken before the first await.
  for (const item of Array.from(data.items)) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) plain.push({ file, path: file.name });
  }
  const found = await Promise.all(entries.map((entry) => walk(entry, '')));
  return [...plain, ...found.flat()].filter(({ path }) => !hidden(path));
}

/** bringsFiles tells a drag of files from a drag of text. */
export function bringsFiles(data: DataTransfer | null): boolean {
  return data !== null && Array.from(data.types).includes('Files');
}

// .DS_Store and the like come along with folders; nobody means them.
function hidden(path: string): boolean {
  const name = path.split('/').at(-1) ?? '';
  return name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';
}

async function walk(entry: FileSystemEntry, folder: string): Promise<PickedFile[]> {
  const path = folder + entry.name;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => {
      entry.file(resolve, reject);
    });
    return [{ file, path }];
  }
  if (!isDirectory(entry)) return [];
  const reader = entry.createReader();
  const found: PickedFile[] = [];
  for (;;) {
    // A reader gives at most 100 entries at a time and an empty list at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (batch.length === 0) return found;
    for (const child of batch) found.push(...(await walk(child, `${path}/`)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
