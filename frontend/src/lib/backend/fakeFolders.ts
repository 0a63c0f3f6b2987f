import type { Folder, FolderFile, Methods } from '$lib/api.gen';

type FolderMethods = {
  [M in Extract<keyof Methods, `folders.${string}` | 'collections.statistics' | 'collections.twins'>]: (
    request: Methods[M][0],
  ) => Methods[M][1];
};

/** sampleFolders are folders in the states people meet. */
export function sampleFolders(): Folder[] {
  const folder = (change: Partial<Folder> & Pick<Folder, 'id' | 'name' | 'state'>): Folder => ({
    ...{ collectionId: 'contracts', path: `/srv/ablage/${change.name}`, include: [], exclude: [] },
    ...{ paused: false, indexed: 0, waiting: 0, failed: 0, leftOut: 0, skipped: 0 },
    ...{ scannedAt: Date.now() - 240_000, rescanOnly: false },
    ...change,
  });
  return [
    folder({ id: 'reading', name: 'Verträge', state: 'reading', indexed: 1204, waiting: 86, failed: 3 }),
    folder({
      ...{ id: 'away', name: 'Personal (Freigabe)', state: 'problem', indexed: 310, rescanOnly: true },
      problem: { code: 'folder_missing', args: { name: '/srv/ablage/Personal (Freigabe)' } },
    }),
  ];
}

function files(count: number): FolderFile[] {
  return Array.from({ length: count }, (_, id) => ({
    ...{
      id,
      path: `2024/Vertrag ${String(id)}.pdf`,
      bytes: 20_000 + id,
      modifiedAt: Date.now() - id * 60_000,
    },
    ...{ documentId: id % 9 === 0 ? '' : `document-${String(id)}` },
    status: id % 9 === 0 ? 'failed' : id % 4 === 0 ? 'waiting' : 'indexed',
    ...(id % 9 === 0 ? { problem: { code: 'password', args: { name: `Vertrag ${String(id)}.pdf` } } } : {}),
  }));
}

/** folderMethods answers what belongs to folders and to the details of collections. */
export function folderMethods(folders: Folder[], makeId: () => string): FolderMethods {
  const find = (id: string): Folder => {
    const folder = folders.find((one) => one.id === id);
    if (!folder) throw new Error(`no folder ${id}`);
    return folder;
  };
  return {
    'folders.list': () => ({ folders, excluded: ['.*', '~$*', '*.tmp', 'node_modules/'] }),
    'folders.pick': () => ({ path: '' }),
    'folders.link': ({ path, collectionId, include, exclude }) => {
      const made: Folder = {
        ...{ id: makeId(), collectionId, path, name: path.split('/').at(-1) ?? path, include, exclude },
        ...{ paused: false, state: 'waiting', indexed: 0, waiting: 0, failed: 0, leftOut: 0, skipped: 0 },
        ...{ scannedAt: 0, rescanOnly: false },
      };
      folders.push(made);
      return made;
    },
    'folders.update': ({ id, paused, include, exclude }) => {
      const folder = find(id);
      if (paused !== undefined) Object.assign(folder, { paused, state: paused ? 'paused' : 'looking' });
      if (include) folder.include = include;
      if (exclude) folder.exclude = exclude;
      return folder;
    },
    'folders.sync': ({ id }) => Object.assign(find(id), { state: 'looking' }),
    'folders.unlink': ({ id }) => {
      folders.splice(folders.indexOf(find(id)), 1);
      return {};
    },
    'folders.files': ({ id, filter, offset, limit }) => {
      const folder = find(id);
      const all = files(folder.indexed + folder.waiting + folder.failed).filter(
        (file) => filter === '' || file.status === filter,
      );
      return { files: all.slice(offset, offset + limit), total: all.length };
    },
    'folders.takeIn': () => ({}),
    'collections.statistics': () => ({
      ...{ documents: 1207, failed: 3, waiting: 86, passages: 41_230, embedded: 39_800, pages: 9120 },
      languages: [
        { language: 'de', documents: 1090 },
        { language: 'en', documents: 104 },
        { language: '', documents: 13 },
      ],
      ...{ tokens: 9_480_000, copiedBytes: 31_400_000, linkedBytes: 1_840_000_000, indexBytes: 141_000_000 },
    }),
    'collections.twins': () => ({
      groups: [
        {
          same: 'text',
          files: [
            { documentId: 'document-1', name: 'Verträge/Arbeitsvertrag Muster.pdf' },
            { documentId: 'document-2', name: 'Verträge/alt/Arbeitsvertrag Muster (Kopie).docx' },
          ],
        },
      ],
      more: false,
    }),
  };
}
