import type { Chat } from '$lib/api.gen';
import type { Kontor } from './kontor.svelte';

/** keepTemporary writes a temporary chat to the history after all. */
export async function keepTemporary(kontor: Kontor, id: string): Promise<void> {
  const { backend, chats, conversation, layout, t } = kontor;
  const kept = await kontor.attempt(async () => {
    const chat = await backend.call('chats.keep', { id });
    chats.put(chat);
    conversation.put(chat);
  });
  if (kept) layout.toast({ text: t('temporary.kept'), tone: 'info' });
}

/** endTemporary forgets a temporary chat; there is no way back. */
export async function endTemporary(kontor: Kontor, chat: Chat): Promise<void> {
  const { backend, layout, t } = kontor;
  const here = kontor.conversation.id === chat.id;
  if (!(await kontor.attempt(() => backend.call('chats.delete', { id: chat.id })))) return;
  kontor.chats.remove(chat.id);
  if (here) kontor.newChat();
  layout.toast({ text: t('temporary.ended'), tone: 'info' });
}
