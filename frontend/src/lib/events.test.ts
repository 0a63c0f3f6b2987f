import { describe, expect, it, vi } from 'vitest';
import type { Chat, Event } from './api.gen';
import { EventConsumer } from './events';
import type { EventSink } from './events';

function sink() {
  return {
    answerStarted: vi.fn<EventSink['answerStarted']>(),
    answerPassages: vi.fn<EventSink['answerPassages']>(),
    answerProgress: vi.fn<EventSink['answerProgress']>(),
    answerDelta: vi.fn<EventSink['answerDelta']>(),
    answerSentences: vi.fn<EventSink['answerSentences']>(),
    answerWork: vi.fn<EventSink['answerWork']>(),
    answerEnded: vi.fn<EventSink['answerEnded']>(),
    chatChanged: vi.fn<EventSink['chatChanged']>(),
    chatFoldersMoved: vi.fn<EventSink['chatFoldersMoved']>(),
    chatRemoved: vi.fn<EventSink['chatRemoved']>(),
    chatQueueMoved: vi.fn<EventSink['chatQueueMoved']>(),
    documentChanged: vi.fn<EventSink['documentChanged']>(),
    documentRemoved: vi.fn<EventSink['documentRemoved']>(),
    collectionsMoved: vi.fn<EventSink['collectionsMoved']>(),
    foldersMoved: vi.fn<EventSink['foldersMoved']>(),
    statusChanged: vi.fn<EventSink['statusChanged']>(),
    settingsChanged: vi.fn<EventSink['settingsChanged']>(),
    importMoved: vi.fn<EventSink['importMoved']>(),
    filesDropped: vi.fn<EventSink['filesDropped']>(),
    filesOpened: vi.fn<EventSink['filesOpened']>(),
    desktopMoved: vi.fn<EventSink['desktopMoved']>(),
    summoned: vi.fn<EventSink['summoned']>(),
  };
}

const delta = (seq: number): Event => ({
  seq,
  type: 'answerDelta',
  answerDelta: { messageId: 'm', offset: 0, text: 'x' },
});

describe('EventConsumer', () => {
  it('hands each event to its place', () => {
    const to = sink();
    const chat = { id: 'c' } as Chat;
    new EventConsumer(0, to, vi.fn()).take([
      { seq: 1, type: 'chatChanged', chatChanged: chat },
      { seq: 2, type: 'documentRemoved', documentRemoved: { id: 'd' } },
      { seq: 3, type: 'filesDropped', filesDropped: { paths: ['/a'] } },
    ]);
    expect(to.chatChanged).toHaveBeenCalledWith(chat);
    expect(to.documentRemoved).toHaveBeenCalledWith('d');
    expect(to.filesDropped).toHaveBeenCalledWith(['/a']);
  });

  it('passes over what it has seen', () => {
    const to = sink();
    const consumer = new EventConsumer(4, to, vi.fn());
    consumer.take([delta(3), delta(4), delta(5)]);
    consumer.take([delta(5), delta(6)]);
    expect(to.answerDelta).toHaveBeenCalledTimes(2);
    expect(consumer.last).toBe(6);
  });

  it('asks for everything again after a gap, and stops there', () => {
    const to = sink();
    const gap = vi.fn();
    new EventConsumer(1, to, gap).take([delta(2), delta(4), delta(5)]);
    expect(gap).toHaveBeenCalledOnce();
    expect(to.answerDelta).toHaveBeenCalledTimes(1);
  });

  it('passes over kinds of a newer program', () => {
    const consumer = new EventConsumer(0, sink(), vi.fn());
    consumer.take([{ seq: 1, type: 'somethingNew' } as unknown as Event, delta(2)]);
    expect(consumer.last).toBe(2);
  });
});
