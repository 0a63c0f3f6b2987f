import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { ProblemError } from '$lib/backend/backend';
import { loadTranslator } from '$lib/i18n';
import { Drafts } from './drafts.svelte';
import { Kontor } from './kontor.svelte';

beforeEach(() => {
  window.location.hash = '';
});

async function started(state: 'empty' | 'normal' = 'empty') {
  const backend = new FakeBackend({ state });
  const kontor = new Kontor(backend, await loadTranslator('en'), undefined, (run) => run());
  await kontor.start();
  return { backend, kontor };
}

const settle = () => vi.waitFor(() => Promise.resolve());

describe('Kontor', () => {
  it('asks, follows the answer to its end, and lists the chat', async () => {
    const { kontor } = await started();
    expect(await kontor.send('Welche Frist gilt?')).toBeUndefined();
    expect(kontor.layout.screen).toEqual({ name: 'chat', chatId: kontor.conversation.id });
    await vi.waitFor(() => expect(kontor.conversation.last?.status).toBe('complete'));
    expect(kontor.conversation.last?.text).toContain('Kündigungsfrist');
    expect(kontor.chats.list).toHaveLength(1);
  });

  it('knows the desktop around the window, and that it was called', async () => {
    const { backend, kontor } = await started();
    await kontor.lookAround();
    expect(kontor.desktop?.window).toBe(false);
    backend.publish({ desktopMoved: { window: true, tray: true, hotkeys: true, held: true, chosen: '' } });
    backend.publish({ summoned: { newChat: true } });
    await vi.waitFor(() => expect(kontor.summoned).toEqual({ newChat: true }));
    expect(kontor.desktop?.tray).toBe(true);
  });

  it('gives the problem back when a question could not be stored, and changes nothing', async () => {
    const { backend, kontor } = await started();
    backend.failing.set('chats.send', 'disk_full');
    expect(await kontor.send('Frage')).toEqual({ code: 'disk_full' });
    expect(kontor.conversation.messages).toEqual([]);
    expect(kontor.sending).toBe(false);
  });

  it('asks an edited first question beside the old one', async () => {
    const { backend, kontor } = await started();
    await kontor.send('Erste');
    await vi.waitFor(() => expect(kontor.conversation.last?.status).toBe('complete'));
    const question = kontor.conversation.messages[0];
    if (!question) throw new Error('no question');
    await kontor.sendAgain(question, 'Zweite');
    const sent = backend.calls.filter((call) => call.name === 'chats.send').at(-1);
    expect(sent?.request).toMatchObject({ parentId: 'root', text: 'Zweite' });
  });

  it('deletes with a way back', async () => {
    const { kontor } = await started('normal');
    const chat = kontor.chats.list[0];
    if (!chat) throw new Error('no chat');
    await kontor.deleteChat(chat);
    expect(kontor.chats.get(chat.id)).toBeUndefined();
    kontor.layout.toasts[0]?.action?.run();
    await vi.waitFor(() => expect(kontor.chats.get(chat.id)).toBeDefined());
  });

  it('makes a collection for the first dropped file and uses it in the chat', async () => {
    const { backend, kontor } = await started();
    await kontor.intake.addFiles([
      { file: new File(['x'], 'a.txt'), path: 'a.txt' },
      { file: new File(['x'], 'b.exe'), path: 'b.exe' },
    ]);
    expect(backend.collections).toHaveLength(1);
    expect(kontor.newChatCollections).toEqual([backend.collections[0]?.id]);
    expect(kontor.library.refused.map((file) => file.problem.code)).toEqual(['unsupported']);
    expect(backend.documents.map((one) => one.name)).toEqual(['a.txt']);
    expect(kontor.library.uploads).toEqual([]);
  });

  it('opens only links that may be opened', async () => {
    const { backend, kontor } = await started();
    await kontor.openLink('https://example.com/x');
    await kontor.openLink('javascript:alert(1)');
    await kontor.openLink('file:///etc/passwd');
    expect(backend.opened).toEqual(['https://example.com/x']);
    expect(kontor.layout.toasts.map((toast) => toast.tone)).toEqual(['problem', 'problem']);
  });

  it('follows changes of status, settings, documents and collections', async () => {
    const { backend, kontor } = await started('normal');
    await kontor.library.show('');
    const before = kontor.library.total;
    const first = backend.documents[0];
    if (!first) throw new Error('no document');
    backend.publish({ documentChanged: { ...first, status: 'ready' } });
    expect(kontor.library.documents[0]?.status).toBe('ready');
    backend.publish({ documentRemoved: { id: first.id } });
    expect(kontor.library.total).toBe(before - 1);
    backend.publish({ statusChanged: { ...backend.status, language: 'de' } });
    await vi.waitFor(() => expect(kontor.t('chat.new')).toBe('Neuer Chat'));
    expect(kontor.language).toBe('de');
    backend.publish({ collectionsMoved: { collections: [] } });
    expect(kontor.library.collections).toEqual([]);
  });

  it('leaves a chat that was removed elsewhere', async () => {
    const { backend, kontor } = await started('normal');
    kontor.openChat('chat-0');
    await kontor.conversation.open('chat-0');
    backend.publish({ chatRemoved: { id: 'chat-0' } });
    expect(kontor.layout.screen).toEqual({ name: 'chat', chatId: '' });
  });

  it('loads everything again after a gap in the events', async () => {
    const { backend, kontor } = await started();
    const lists = () => backend.calls.filter((call) => call.name === 'chatfolders.list').length;
    const before = lists();
    backend.log.push({ seq: 1, type: 'chatRemoved' });
    backend.publish({ chatRemoved: { id: 'x' } });
    await vi.waitFor(() => expect(lists()).toBe(before + 1));
    await settle();
    expect(kontor.session).toBe('connected');
  });

  it('says so when the session is gone', async () => {
    const backend = new FakeBackend({ state: 'empty' });
    backend.call = () => Promise.reject(new ProblemError({ code: 'session_unknown' }));
    const kontor = new Kontor(backend, await loadTranslator('en'));
    await kontor.start();
    expect(kontor.session).toBe('signed_out');
  });
});

describe('Drafts', () => {
  it('are stored after a pause, come back, and end with the question they became', async () => {
    const { backend, kontor } = await started();
    kontor.drafts.write('a', 'eins');
    kontor.drafts.write('', 'neu');
    expect([kontor.drafts.read('a'), kontor.drafts.read(''), kontor.drafts.read('b')]).toEqual([
      'eins',
      'neu',
      '',
    ]);
    kontor.drafts.flush();
    await vi.waitFor(() => expect(backend.drafts.get('a')).toBe('eins'));
    const again = new Drafts(backend);
    again.write('a', 'newer than what is stored');
    await again.load();
    expect([again.read('a'), again.read('')]).toEqual(['newer than what is stored', 'neu']);
    await kontor.send('neu');
    expect(kontor.drafts.read('')).toBe('');
  });

  it('of what is temporary are not stored, and a failure to store loses nothing', async () => {
    const { backend, kontor } = await started();
    kontor.drafts.keeps = (chatId) => chatId !== 'gone';
    kontor.drafts.write('gone', 'secret');
    backend.failing.set('drafts.save', 'disk_full');
    kontor.drafts.write('a', 'eins');
    kontor.drafts.flush();
    await vi.waitFor(() => expect(backend.failing.size).toBe(0));
    kontor.drafts.flush();
    await vi.waitFor(() => expect(backend.drafts.get('a')).toBe('eins'));
    expect(backend.drafts.has('gone')).toBe(false);
    expect(kontor.drafts.read('gone')).toBe('secret');
  });
});
