import type { Chat, ChatFolder } from '$lib/api.gen';
import type { Dragged } from '$lib/dragging';
import { archiveId } from './chatfolders.svelte';
import type { FolderPlace } from './chatfolders.svelte';
import type { Kontor } from './kontor.svelte';

// What people do to keep their chats in order. Each way is in a menu; dragging
// is the short one.

/** loadShelves reads the folders, the chats in open ones and the pinned ones, however old they are. */
export async function loadShelves(kontor: Kontor): Promise<void> {
  const { backend, chatFolders, chats } = kontor;
  await chatFolders.load();
  const open = [...chatFolders.open].filter((id) => id === archiveId || chatFolders.get(id));
  const pinned = { before: 0, limit: 500, shelf: 'pinned' } as const;
  const shelves = await Promise.all([
    backend.call('chats.list', pinned).then((page) => page.chats ?? []),
    ...open.map((id) => chatFolders.chatsOf(id)),
  ]);
  chats.know(shelves.flat());
}

/** toggleFolder opens or closes a folder of the list, or the archive. */
export async function toggleFolder(kontor: Kontor, id: string): Promise<void> {
  if (!kontor.chatFolders.toggle(id)) return;
  await kontor.attempt(async () => kontor.chats.know(await kontor.chatFolders.chatsOf(id)));
}

export type Sorting = Partial<Pick<Chat, 'folderId' | 'tags' | 'pinned' | 'archived'>>;

/** sortChat changes where a chat is shown. */
export async function sortChat(kontor: Kontor, chatId: string, change: Sorting): Promise<boolean> {
  return kontor.attempt(async () => {
    const chat = await kontor.backend.call('chats.update', { id: chatId, ...change });
    kontor.chats.put(chat);
    kontor.conversation.put(chat);
  });
}

/** archiveChat puts a chat away; the notice takes it back. */
export async function archiveChat(kontor: Kontor, chat: Chat): Promise<void> {
  if (!(await sortChat(kontor, chat.id, { archived: true }))) return;
  kontor.layout.toast({
    text: kontor.t('chat.archived', { title: chat.title || kontor.t('chat.untitled') }),
    tone: 'info',
    action: {
      label: kontor.t('action.undo'),
      run: () => void sortChat(kontor, chat.id, { archived: false }),
    },
  });
}

/** duplicateChat copies a chat with all branches and shows the copy. */
export async function duplicateChat(kontor: Kontor, chat: Chat): Promise<void> {
  await kontor.attempt(async () => {
    const copy = await kontor.backend.call('chats.duplicate', { id: chat.id });
    kontor.chats.put(copy);
    kontor.openChat(copy.id);
  });
}

/** moveInto puts a chat or a folder into a folder; '' is outside of all. */
export async function moveInto(kontor: Kontor, dragged: Dragged, folderId: string): Promise<void> {
  const { chatFolders } = kontor;
  if (dragged.kind === 'chat') {
    // Who takes a chat to a place wants to see it there.
    await sortChat(kontor, dragged.id, { folderId, pinned: false });
    return;
  }
  if (chatFolders.holds(dragged.id, folderId) || chatFolders.get(dragged.id)?.parentId === folderId) return;
  const request = { id: dragged.id, parentId: folderId };
  await kontor.attempt(() => kontor.backend.call('chatfolders.update', request));
}

/** addFolder makes a folder and opens the one it is in. */
export async function addFolder(kontor: Kontor, name: string, parentId: string): Promise<void> {
  await kontor.attempt(() => kontor.backend.call('chatfolders.create', { id: '', name, parentId }));
  if (parentId !== '' && !kontor.chatFolders.open.has(parentId)) await toggleFolder(kontor, parentId);
}

/** deleteFolder removes a folder; what was in it moves up. */
export async function deleteFolder(kontor: Kontor, folder: ChatFolder): Promise<void> {
  const done = await kontor.attempt(async () => {
    await kontor.backend.call('chatfolders.delete', { id: folder.id });
    await kontor.chats.load();
    await loadShelves(kontor);
  });
  if (done)
    kontor.layout.toast({ text: kontor.t('chatfolder.deleted', { name: folder.name }), tone: 'info' });
}

/** placesFor lists the folders that a folder, or with '' a chat, may go to. */
export function placesFor(kontor: Kontor, folderId: string): FolderPlace[] {
  const all = kontor.chatFolders.tree(true);
  return folderId === '' ? all : all.filter(({ folder }) => !kontor.chatFolders.holds(folderId, folder.id));
}

/** readTags takes tags apart as people write them: with commas, with or without '#'. */
export function readTags(text: string): string[] {
  return text
    .split(/[,;#\n]/)
    .map((tag) => tag.trim())
    .filter(Boolean);
}
