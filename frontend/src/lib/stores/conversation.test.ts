import { describe, expect, it, vi } from 'vitest';
import type { Chat, ChatView, Message, Methods } from '$lib/api.gen';
import { FakeBackend } from '$lib/backend/fake';
import { Conversation } from './conversation.svelte';

const chat: Chat = {
  id: 'c',
  title: 'T',
  model: '',
  collectionIds: [],
  updatedAt: 1,
  runningMessageId: '',
  folderId: '',
  tags: [],
  pinned: false,
  archived: false,
};

function message(id: string, change: Partial<Message> = {}): Message {
  return {
    ...{
      id,
      chatId: 'c',
      parentId: '',
      role: 'assistant',
      status: 'running',
      text: '',
      model: 'm',
      createdAt: 1,
    },
    ...{ mode: '', passages: [], sentences: [], siblings: [id] },
    ...change,
  } as Message;
}

async function opened(view: Partial<ChatView> = {}) {
  const backend = new FakeBackend({ state: 'empty' });
  const frames: (() => void)[] = [];
  const full = {
    chat,
    messages: [message('q', { role: 'user', status: 'complete' }), message('a', { parentId: 'q' })],
    ...{ earlier: 0, later: 0, seq: 5 },
    ...view,
  };
  backend.chats.set('c', full);
  const original = backend.call.bind(backend);
  backend.call = async (name, request, signal) => {
    const result = await original(name, request, signal);
    return name === 'chats.open' ? ({ ...result, seq: full.seq } as Methods[typeof name][1]) : result;
  };
  const conversation = new Conversation(backend, (run) => frames.push(run));
  await conversation.open('c');
  const draw = () => frames.splice(0).forEach((run) => run());
  return { backend, conversation, draw };
}

describe('Conversation', () => {
  it('grows an answer, once per picture, and ignores what it has', async () => {
    const { conversation, draw } = await opened();
    conversation.delta({ messageId: 'a', offset: 0, text: 'old' }, 5);
    conversation.delta({ messageId: 'a', offset: 0, text: 'Die ' }, 6);
    conversation.delta({ messageId: 'a', offset: 4, text: 'Frist' }, 7);
    conversation.delta({ messageId: 'a', offset: 0, text: 'Die ' }, 8);
    expect(conversation.last?.text).toBe('');
    draw();
    expect(conversation.last?.text).toBe('Die Frist');
  });

  it('loads the chat again when text is missing', async () => {
    const { backend, conversation, draw } = await opened();
    conversation.delta({ messageId: 'a', offset: 40, text: 'x' }, 6);
    draw();
    await Promise.resolve();
    expect(backend.calls.filter((call) => call.name === 'chats.open')).toHaveLength(2);
  });

  it('applies waiting text before sentences and the end', async () => {
    const { conversation } = await opened();
    conversation.delta({ messageId: 'a', offset: 0, text: 'Eins.' }, 6);
    conversation.sentences(
      { messageId: 'a', sentences: [{ start: 0, end: 5, citations: [1], supported: true }] },
      7,
    );
    expect(conversation.last?.text).toBe('Eins.');
    const final = message('a', { status: 'stopped', text: 'Eins. Zwei.' });
    conversation.answerEnded({ message: final, chat }, 8);
    expect(conversation.last).toMatchObject({ status: 'stopped', text: 'Eins. Zwei.' });
    expect(conversation.ended?.id).toBe('a');
  });

  it('shows passages and phases as they come, but no phase after the end', async () => {
    const { conversation } = await opened();
    conversation.progress({ messageId: 'a', phase: 'reading', percent: 40 }, 6);
    expect(conversation.last).toMatchObject({ phase: 'reading', percent: 40 });
    conversation.answerEnded({ message: message('a', { status: 'complete', text: 'x' }), chat }, 7);
    conversation.progress({ messageId: 'a', phase: 'writing', percent: 0 }, 8);
    expect(conversation.last?.phase).toBeUndefined();
  });

  it('puts a new branch in the place of the old one', async () => {
    const { conversation } = await opened();
    conversation.started({ answer: message('b', { parentId: 'q', siblings: ['a', 'b'] }) }, 6);
    expect(conversation.messages.map((one) => one.id)).toEqual(['q', 'b']);
    const question = message('q2', { role: 'user', status: 'complete', siblings: [] });
    conversation.started({ question, answer: message('c2', { parentId: 'q2' }) }, 7);
    expect(conversation.messages.map((one) => one.id)).toEqual(['q2', 'c2']);
    expect(conversation.messages[0]?.siblings).toEqual(['q', 'q2']);
  });

  it('does not show a turn twice, whichever of answer and event is first', async () => {
    const { conversation, draw } = await opened();
    const question = message('q2', { role: 'user', parentId: 'a', status: 'complete' });
    const answer = message('a2', { parentId: 'q2' });
    conversation.started({ question, answer }, 6);
    conversation.delta({ messageId: 'a2', offset: 0, text: 'Schon da' }, 7);
    draw();
    conversation.adopt(chat, question, answer);
    expect(conversation.messages.map((one) => one.id)).toEqual(['q', 'a', 'q2', 'a2']);
    expect(conversation.last?.text).toBe('Schon da');
  });

  it('leaves other chats alone', async () => {
    const { conversation } = await opened();
    conversation.started({ answer: message('x', { chatId: 'other' }) }, 6);
    expect(conversation.messages).toHaveLength(2);
  });

  it('takes null for an empty list', async () => {
    const broken = message('a', {
      passages: null as never,
      sentences: null as never,
      siblings: null as never,
    });
    const { conversation } = await opened({ messages: [broken] });
    expect(conversation.last).toMatchObject({ passages: [], sentences: [], siblings: ['a'] });
  });

  it('loses nothing that happens while the chat is being loaded', async () => {
    const backend = new FakeBackend({ state: 'empty' });
    let answer: (view: ChatView) => void = () => undefined;
    backend.call = (() => new Promise((resolve) => (answer = resolve))) as typeof backend.call;
    const conversation = new Conversation(backend, (run) => run());
    const opening = conversation.open('c');
    const final = message('a', { status: 'complete', text: 'Fertig.' });
    conversation.answerEnded({ message: final, chat }, 9);
    answer({ chat, messages: [message('a', { text: 'Fer' })], earlier: 0, later: 0, seq: 7 });
    await opening;
    expect(conversation.last).toMatchObject({ status: 'complete', text: 'Fertig.' });
  });

  it('looks again after a new chat was stored, because its events may have been first', async () => {
    const { backend } = await opened();
    const view = backend.chats.get('c');
    if (view) view.messages = [message('a', { status: 'complete', text: 'Schon fertig.' })];
    const conversation = new Conversation(backend, (run) => run());
    conversation.adopt(chat, undefined, message('a'));
    await vi.waitFor(() => expect(conversation.last?.status).toBe('complete'));
  });

  it('never takes an ended answer back to its start', async () => {
    const { conversation } = await opened();
    conversation.answerEnded(
      { message: message('a', { status: 'complete', mode: 'passages_only' }), chat },
      6,
    );
    conversation.adopt(chat, undefined, message('a'));
    expect(conversation.last).toMatchObject({ status: 'complete', mode: 'passages_only' });
  });
});

describe('a long conversation', () => {
  const branch = Array.from({ length: 300 }, (_, i) =>
    message(`m${String(i)}`, {
      ...{ parentId: i > 0 ? `m${String(i - 1)}` : '', status: 'complete' },
      role: i % 2 === 0 ? 'user' : 'assistant',
    }),
  );

  async function long(around = '') {
    const backend = new FakeBackend({ state: 'empty' });
    const call = backend.call.bind(backend);
    backend.call = async (name, request, signal) => {
      if (name === 'chats.open') {
        const { limit = 0, around = '' } = request as Methods['chats.open'][0];
        const count = limit === 0 ? branch.length : limit;
        const at = branch.findIndex((one) => one.id === around);
        const from = at < 0 ? branch.length - count : Math.max(0, at - count / 2);
        const messages = branch.slice(from, from + count);
        const later = branch.length - from - messages.length;
        return { chat, messages, earlier: from, later, seq: 1 } as Methods[typeof name][1];
      }
      if (name === 'chats.messages') {
        const { messageId, later, limit } = request as Methods['chats.messages'][0];
        const at = branch.findIndex((one) => one.id === messageId);
        const messages = later
          ? branch.slice(at + 1, at + 1 + limit)
          : branch.slice(Math.max(0, at - limit), at);
        const more = later ? branch.length - at - 1 - messages.length : at - messages.length;
        return { messages, more } as Methods[typeof name][1];
      }
      return call(name, request, signal);
    };
    const conversation = new Conversation(backend, (run) => run());
    await conversation.open('c', around);
    return conversation;
  }

  const whole = (conversation: Conversation) => {
    const ids = conversation.messages.map((one) => one.id);
    expect(ids).toEqual(
      branch.slice(conversation.earlier, conversation.earlier + ids.length).map((one) => one.id),
    );
    expect(conversation.earlier + ids.length + conversation.later).toBe(branch.length);
  };

  it('opens at its end and keeps a part of itself on the page, without a gap', async () => {
    const conversation = await long();
    expect(conversation.last?.id).toBe('m299');
    expect(conversation.messages.length).toBeLessThan(50);
    while (conversation.earlier > 0) {
      await conversation.more(false);
      whole(conversation);
    }
    expect(conversation.messages[0]?.id).toBe('m0');
    expect(conversation.messages.length).toBeLessThan(150);
    expect(conversation.last).toBeUndefined();
    while (conversation.later > 0) {
      await conversation.more(true);
      whole(conversation);
    }
    expect(conversation.last?.id).toBe('m299');
  });

  it('opens around a message, and a question that is sent leads to the end', async () => {
    const conversation = await long('m40');
    expect(conversation.has('m40')).toBe(true);
    expect(conversation.turn).toBe(0);
    conversation.adopt(
      chat,
      message('q', { role: 'user', parentId: 'm299' }),
      message('a', { parentId: 'q' }),
    );
    await vi.waitFor(() => expect(conversation.turn).toBe(1));
    expect(conversation.last?.id).toBe('m299');
  });

  it('leaves who reads far above alone when a turn begins elsewhere', async () => {
    const conversation = await long('m40');
    const later = conversation.later;
    conversation.started({ answer: message('a', { parentId: 'm299' }) }, 2);
    expect(conversation.later).toBe(later + 1);
    expect(conversation.has('m40')).toBe(true);
  });
});
