import type {
  AnswerDelta,
  AnswerEnded,
  AnswerPassages,
  AnswerProgress,
  AnswerSentences,
  AnswerStarted,
  AnswerWork,
  Chat,
  ChatFolder,
  ChatQueue,
  Collection,
  Desktop,
  Document,
  Event,
  Folders,
  ImportMoved,
  Settings,
  Status,
  Summoned,
} from './api.gen';

/** EventSink is what the stream of events changes. */
export interface EventSink {
  answerStarted(started: AnswerStarted, seq: number): void;
  answerPassages(passages: AnswerPassages, seq: number): void;
  answerProgress(progress: AnswerProgress, seq: number): void;
  answerDelta(delta: AnswerDelta, seq: number): void;
  answerSentences(sentences: AnswerSentences, seq: number): void;
  answerWork(work: AnswerWork, seq: number): void;
  answerEnded(ended: AnswerEnded, seq: number): void;
  chatChanged(chat: Chat): void;
  chatRemoved(id: string): void;
  documentChanged(document: Document): void;
  documentRemoved(id: string): void;
  collectionsMoved(collections: Collection[]): void;
  chatFoldersMoved(folders: ChatFolder[]): void;
  chatQueueMoved(queue: ChatQueue): void;
  foldersMoved(folders: Folders): void;
  statusChanged(status: Status): void;
  settingsChanged(settings: Settings): void;
  importMoved(moved: ImportMoved): void;
  filesDropped(paths: string[]): void;
  filesOpened(): void;
  desktopMoved(desktop: Desktop): void;
  summoned(how: Summoned): void;
}

/**
 * EventConsumer is the only place that takes events apart. An event that was
 * seen already is dropped; a gap is answered by loading everything again.
 */
export class EventConsumer {
  #last: number;

  constructor(
    after: number,
    private readonly sink: EventSink,
    private readonly onGap: () => void,
  ) {
    this.#last = after;
  }

  get last(): number {
    return this.#last;
  }

  take(events: Event[]): void {
    for (const event of events) {
      if (event.seq <= this.#last) continue;
      if (event.seq > this.#last + 1) {
        this.onGap();
        return;
      }
      this.#last = event.seq;
      dispatch(event, this.sink);
    }
  }
}

function dispatch(event: Event, sink: EventSink): void {
  switch (event.type) {
    case 'answerStarted':
      if (event.answerStarted) sink.answerStarted(event.answerStarted, event.seq);
      return;
    case 'answerPassages':
      if (event.answerPassages) sink.answerPassages(event.answerPassages, event.seq);
      return;
    case 'answerProgress':
      if (event.answerProgress) sink.answerProgress(event.answerProgress, event.seq);
      return;
    case 'answerDelta':
      if (event.answerDelta) sink.answerDelta(event.answerDelta, event.seq);
      return;
    case 'answerSentences':
      if (event.answerSentences) sink.answerSentences(event.answerSentences, event.seq);
      return;
    case 'answerWork':
      if (event.answerWork) sink.answerWork(event.answerWork, event.seq);
      return;
    case 'answerEnded':
      if (event.answerEnded) sink.answerEnded(event.answerEnded, event.seq);
      return;
    case 'chatChanged':
      if (event.chatChanged) sink.chatChanged(event.chatChanged);
      return;
    case 'chatRemoved':
      if (event.chatRemoved) sink.chatRemoved(event.chatRemoved.id);
      return;
    case 'documentChanged':
      if (event.documentChanged) sink.documentChanged(event.documentChanged);
      return;
    case 'documentRemoved':
      if (event.documentRemoved) sink.documentRemoved(event.documentRemoved.id);
      return;
    case 'collectionsMoved':
      if (event.collectionsMoved) sink.collectionsMoved(event.collectionsMoved.collections ?? []);
      return;
    case 'chatFoldersMoved':
      if (event.chatFoldersMoved) sink.chatFoldersMoved(event.chatFoldersMoved.folders ?? []);
      return;
    case 'chatQueueMoved':
      if (event.chatQueueMoved) sink.chatQueueMoved(event.chatQueueMoved);
      return;
    case 'foldersMoved':
      if (event.foldersMoved) sink.foldersMoved(event.foldersMoved);
      return;
    case 'statusChanged':
      if (event.statusChanged) sink.statusChanged(event.statusChanged);
      return;
    case 'settingsChanged':
      if (event.settingsChanged) sink.settingsChanged(event.settingsChanged);
      return;
    case 'importMoved':
      if (event.importMoved) sink.importMoved(event.importMoved);
      return;
    case 'filesDropped':
      if (event.filesDropped) sink.filesDropped(event.filesDropped.paths ?? []);
      return;
    case 'filesOpened':
      if (event.filesOpened) sink.filesOpened();
      return;
    case 'desktopMoved':
      if (event.desktopMoved) sink.desktopMoved(event.desktopMoved);
      return;
    case 'summoned':
      if (event.summoned) sink.summoned(event.summoned);
      return;
    default:
      unreachable(event.type);
  }
}

// A newer program may send a kind this page does not know; it is passed over,
// but a kind the types know and the switch does not fails to compile.
function unreachable(type: never): void {
  void type;
}
