import { describe, expect, it } from 'vitest';
import type { Chat, Document } from '$lib/api.gen';
import { FakeBackend } from '$lib/backend/fake';
import { Chats, dayGroup } from './chats.svelte';
import { hashOf, parseScreen } from './layout.svelte';
import type { Screen } from './layout.svelte';
import { Library } from './library.svelte';

describe('Chats', () => {
  it('pages through thousands without a chat twice', async () => {
    const chats = new Chats(new FakeBackend({ state: 'full' }));
    await chats.load();
    expect(chats.list).toHaveLength(200);
    for (let page = 0; page < 60; page += 1) await chats.loadMore();
    expect(chats.list).toHaveLength(10_000);
    expect(new Set(chats.list.map((chat) => chat.id)).size).toBe(10_000);
  });

  it('moves a chat that changed to its place', async () => {
    const chats = new Chats(new FakeBackend({ state: 'normal' }));
    await chats.load();
    const third = chats.list[2] as Chat;
    chats.put({ ...third, title: 'Neu', updatedAt: Date.now() + 1 });
    expect(chats.list[0]?.title).toBe('Neu');
    expect(chats.list.filter((chat) => chat.id === third.id)).toHaveLength(1);
  });

  it('searches and goes back to the list', async () => {
    const chats = new Chats(new FakeBackend({ state: 'normal' }));
    await chats.search('Pumpe');
    expect(chats.found.every((hit) => hit.chat.title.includes('Pumpe'))).toBe(true);
    expect(chats.found.length).toBeGreaterThan(0);
    await chats.search('  ');
    expect(chats.found).toEqual([]);
  });
});

describe('dayGroup', () => {
  const now = new Date(2026, 10, 24, 14, 30).getTime();
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  it.each([
    [at(24, 0), 'today'],
    [at(23, 23), 'yesterday'],
    [at(23, 0), 'yesterday'],
    [at(22, 23), 'week'],
    [at(18, 0), 'week'],
    [at(17, 12), 'month'],
    [new Date(2026, 8, 1).getTime(), 'older'],
  ])('%d', (time, group) => {
    expect(dayGroup(time, now)).toBe(group);
  });
});

describe('Library', () => {
  it('shows a collection and keeps to it', async () => {
    const backend = new FakeBackend({ state: 'normal' });
    const library = new Library(backend);
    await library.show('contracts');
    const total = library.total;
    const document = { ...(backend.documents[0] as Document), id: 'new', addedAt: Date.now() + 1 };
    library.put({ ...document, collectionIds: ['manuals'] });
    expect(library.total).toBe(total);
    library.put({ ...document, collectionIds: ['contracts'] });
    expect(library.documents[0]?.id).toBe('new');
    library.put({ ...document, collectionIds: [] });
    expect(library.total).toBe(total);
  });

  it('keeps documents whose uploads ended in another order', async () => {
    const backend = new FakeBackend({ state: 'normal' });
    const library = new Library(backend);
    await library.show('contracts');
    const total = library.total;
    const document = { ...(backend.documents[0] as Document), collectionIds: ['contracts'] };
    const at = Date.now();
    for (const [id, addedAt] of [
      ['b', at + 2],
      ['c', at + 3],
      ['a', at + 1],
    ] as const) {
      library.put({ ...document, id, addedAt });
    }
    expect(library.documents.slice(0, 3).map((one) => one.id)).toEqual(['c', 'b', 'a']);
    expect(library.total).toBe(total + 3);
  });

  it('does not lose what happens while a list is on its way', async () => {
    const backend = new FakeBackend({ state: 'normal' });
    const library = new Library(backend);
    await library.show('contracts');
    const gone = (library.documents[0] as Document).id;
    const document = {
      ...(backend.documents[0] as Document),
      id: 'new',
      addedAt: 1,
      collectionIds: ['contracts'],
    };
    const shown = library.show('contracts');
    library.put(document);
    library.remove(gone);
    await shown;
    expect(library.documents.map((one) => one.id)).toContain('new');
    expect(library.documents.map((one) => one.id)).not.toContain(gone);
  });

  it('stops sending when the session is gone', async () => {
    const backend = new FakeBackend({ state: 'empty' });
    let sent = 0;
    const { ProblemError } = await import('$lib/backend/backend');
    backend.upload = () => {
      sent += 1;
      return Promise.reject(new ProblemError({ code: 'session_unknown' }));
    };
    const library = new Library(backend);
    const files = Array.from({ length: 20 }, (_, i) => ({
      file: new File(['x'], 'a'),
      path: `a${String(i)}.txt`,
    }));
    await library.upload(files, '');
    expect(sent).toBeLessThanOrEqual(3);
    expect(library.uploads).toEqual([]);
  });
});

describe('addresses of screens', () => {
  it.each<[string, Screen]>([
    ['#/chat', { name: 'chat', chatId: '' }],
    ['#/chat/a%2Fb', { name: 'chat', chatId: 'a/b' }],
    ['#/documents', { name: 'documents', collectionId: '' }],
    ['#/documents/x', { name: 'documents', collectionId: 'x' }],
    ['#/settings/privacy', { name: 'settings', page: 'privacy' }],
  ])('%s', (hash, screen) => {
    expect(parseScreen(hash)).toEqual(screen);
    expect(hashOf(screen)).toBe(hash);
  });

  it('has a screen for every address', () => {
    expect(parseScreen('')).toEqual({ name: 'chat', chatId: '' });
    expect(parseScreen('#/nowhere')).toEqual({ name: 'chat', chatId: '' });
    expect(parseScreen('#/settings/nothing')).toEqual({ name: 'settings', page: 'general' });
  });
});
