import type {
  AnswerDelta,
  AnswerEnded,
  AnswerPassages,
  AnswerProgress,
  AnswerSentences,
  AnswerStarted,
  AnswerWork,
  Chat,
  Message,
  Problem,
} from '$lib/api.gen';
import { isAbort, problemOf } from '$lib/backend/backend';
import type { Backend } from '$lib/backend/backend';
import { DeltaBuffer, mergeDelta, nextFrame } from '$lib/stream';
import type { Scheduler } from '$lib/stream';

const firstPage = 20; // messages loaded when a chat is opened
const nextPage = 12; // and each time the reader comes near an edge
const atOnce = 4; // of them before the next picture: rendering all would hold up a quick scroll
const most = 120; // messages on the page at once; those furthest away go

/** Conversation is the chat on the screen: the shown branch, or a part of it, and its running answer. */
export class Conversation {
  chat = $state.raw<Chat | undefined>(undefined);
  messages = $state<Message[]>([]);
  /** How many messages of the branch are before and after those that are here. */
  earlier = $state(0);
  later = $state(0);
  /** Grows when the reader is to be at the end: a chat was opened, a turn began. */
  turn = $state(0);
  loading = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  /** Grows with each ended answer that the live region should announce. */
  ended = $state.raw<Message | undefined>(undefined);
  #id = $state('');
  #seq = 0;
  #opening: AbortController | undefined;
  #paging: object | undefined;
  // Events that came while the chat was being loaded. The view that arrives may
  // be older than they are, so they are applied to it once more.
  #meanwhile: (() => void)[] | undefined;
  readonly #deltas: DeltaBuffer;

  constructor(
    private readonly backend: Backend,
    private readonly schedule: Scheduler = nextFrame,
  ) {
    this.#deltas = new DeltaBuffer((deltas) => this.#apply(deltas), schedule);
  }

  get id(): string {
    return this.#id;
  }

  /** The answer that is being written; of two that are compared the one that writes now. */
  get running(): Message | undefined {
    const all = this.allRunning;
    return all.find((message) => message.phase !== 'queued') ?? all[0];
  }

  get allRunning(): Message[] {
    const all: Message[] = [];
    for (const message of this.messages) {
      if (message.status === 'running') all.push(message);
      if (message.compared?.status === 'running') all.push(message.compared);
    }
    return all;
  }

  get last(): Message | undefined {
    return this.later > 0 ? undefined : this.messages.at(-1);
  }

  has(messageId: string): boolean {
    return this.#message(messageId) !== undefined;
  }

  /** open shows a chat, at its end or around a message; "" is the empty page of a new one. */
  async open(id: string, around = ''): Promise<void> {
    if (id === this.#id && (id === '' || this.chat)) return;
    this.#id = id;
    this.chat = undefined;
    this.messages = [];
    this.earlier = 0;
    this.later = 0;
    this.problem = undefined;
    await this.#load(firstPage, around);
    if (around === '') this.turn += 1;
  }

  /** reload reads anew what is here, or shows the part around a message. */
  async reload(around = ''): Promise<void> {
    const here = Math.max(firstPage, this.messages.length);
    const middle = this.messages[Math.floor(this.messages.length / 2)];
    if (around === '' && this.later > 0 && middle) await this.#load(here, middle.id);
    else await this.#load(around === '' ? here : firstPage, around);
  }

  /** toEnd loads the end of the branch where it is not here. */
  async toEnd(): Promise<void> {
    if (this.later > 0) await this.#load(firstPage, '');
    this.turn += 1;
  }

  /** whole loads all of the branch, as printing needs it. */
  async whole(): Promise<void> {
    if (this.earlier + this.later > 0) await this.#load(0, '');
  }

  /** more loads the next messages before or after those that are here. */
  async more(later: boolean): Promise<void> {
    const edge = later ? this.messages.at(-1) : this.messages[0];
    if (!edge || this.loading || this.#paging || (later ? this.later : this.earlier) === 0) return;
    const paging = {};
    this.#paging = paging;
    try {
      const request = { chatId: this.#id, messageId: edge.id, later, limit: nextPage };
      const page = await this.backend.call('chats.messages', request);
      const same = later ? this.messages.at(-1) : this.messages[0];
      if (this.#paging !== paging || same?.id !== edge.id) return;
      const rest = (page.messages ?? []).map(normal);
      let more = page.more + rest.length;
      while (rest.length > 0) {
        const piece = later ? rest.splice(0, atOnce) : rest.splice(-atOnce);
        this.#add(piece, more - piece.length, later);
        if (rest.length === 0) break;
        await new Promise<void>((resolve) => this.schedule(resolve));
        if (this.#paging !== paging) return;
        more = later ? this.later : this.earlier; // a turn may have begun meanwhile
      }
    } catch (error) {
      if (this.#paging === paging && !isAbort(error)) this.problem = problemOf(error);
    } finally {
      if (this.#paging === paging) this.#paging = undefined;
    }
  }

  // What is furthest from the edge that grew goes, unless an answer is being written there.
  #add(page: Message[], more: number, later: boolean): void {
    const all = later ? [...this.messages, ...page] : [...page, ...this.messages];
    const excess = this.running ? 0 : Math.max(0, all.length - most);
    if (later) {
      this.messages = all.slice(excess);
      this.later = more;
      this.earlier += excess;
      // Its events may have come while the page was on its way.
      if (page.some((message) => message.status === 'running')) void this.reload();
    } else {
      this.messages = all.slice(0, all.length - excess);
      this.earlier = more;
      this.later += excess;
    }
  }

  async #load(limit: number, around: string): Promise<void> {
    this.#opening?.abort();
    this.#paging = undefined;
    this.loading = false;
    if (this.#id === '') return;
    const opening = new AbortController();
    this.#opening = opening;
    this.loading = true;
    this.#meanwhile = [];
    try {
      const view = await this.backend.call('chats.open', { id: this.#id, limit, around }, opening.signal);
      if (opening.signal.aborted) return;
      this.#deltas.flush();
      this.chat = view.chat;
      this.messages = (view.messages ?? []).map(normal);
      this.earlier = view.earlier;
      this.later = view.later;
      this.#seq = view.seq;
      this.problem = undefined;
      const meanwhile = this.#meanwhile ?? [];
      this.#meanwhile = undefined;
      for (const apply of meanwhile) apply();
    } catch (error) {
      if (!isAbort(error) && !opening.signal.aborted) this.problem = problemOf(error);
    } finally {
      if (!opening.signal.aborted) {
        this.loading = false;
        this.#meanwhile = undefined;
      }
    }
  }

  /** adopt takes over what sending or asking again has stored. */
  adopt(chat: Chat, question: Message | undefined, answer: Message): void {
    if (this.#id !== '' && this.#id !== chat.id) return;
    const fresh = this.#id === '';
    this.#id = chat.id;
    this.chat = chat;
    if (this.later > 0) {
      void this.toEnd();
      return;
    }
    this.#place(question ? [normal(question), normal(answer)] : [normal(answer)]);
    // Events of a new chat may have come before its id; the answer may even have ended.
    if (fresh) void this.reload();
  }

  put(chat: Chat): void {
    if (chat.id === this.#id) this.chat = chat;
  }

  started(started: AnswerStarted, seq: number): void {
    this.#note(() => this.started(started, seq));
    if (!this.#mine(started.answer.chatId, seq)) return;
    if (started.continued) {
      this.#deltas.flush();
      this.#replace(normal(started.answer));
      return;
    }
    const question = started.question ? [normal(started.question)] : [];
    if (this.later > 0) {
      // Somebody who reads far above is not torn away; who asked is taken to the end by adopt.
      this.later += question.length + 1;
      return;
    }
    this.#place([...question, normal(started.answer)]);
  }

  passages(change: AnswerPassages, seq: number): void {
    this.#note(() => this.passages(change, seq));
    const message = this.#find(change.messageId, seq);
    if (!message) return;
    message.mode = change.mode;
    message.passages = change.passages ?? [];
    if (change.lookedUp) message.lookedUp = change.lookedUp;
  }

  progress(change: AnswerProgress, seq: number): void {
    this.#note(() => this.progress(change, seq));
    const message = this.#find(change.messageId, seq);
    if (message?.status !== 'running') return;
    message.phase = change.phase;
    message.percent = change.percent;
  }

  delta(delta: AnswerDelta, seq: number): void {
    this.#note(() => this.delta(delta, seq));
    if (this.#find(delta.messageId, seq)) this.#deltas.add(delta);
  }

  sentences(change: AnswerSentences, seq: number): void {
    this.#note(() => this.sentences(change, seq));
    const message = this.#find(change.messageId, seq);
    if (!message) return;
    // Offsets count in the text that came before this event.
    this.#deltas.flush();
    message.sentences = change.sentences ?? [];
  }

  work(change: AnswerWork, seq: number): void {
    this.#note(() => this.work(change, seq));
    const message = this.#find(change.messageId, seq);
    if (!message) return;
    if (change.survey) message.survey = change.survey;
    if (change.table) message.table = change.table;
  }

  answerEnded(change: AnswerEnded, seq: number): void {
    this.#note(() => this.answerEnded(change, seq));
    if (!this.#mine(change.message.chatId, seq)) return;
    this.#deltas.flush();
    this.chat = change.chat;
    const final = normal(change.message);
    if (this.#replace(final)) this.ended = final;
  }

  // Puts a message in the place of the one with its id, also beside another; the
  // one beside it stays.
  #replace(message: Message): boolean {
    for (const [at, here] of this.messages.entries()) {
      if (here.id === message.id) {
        const beside = message.comparedWith ? here.compared : undefined;
        this.messages[at] = beside ? { ...message, compared: beside } : message;
        return true;
      }
      if (here.compared?.id !== message.id) continue;
      here.compared = message;
      here.siblings = message.siblings;
      return true;
    }
    return false;
  }

  // Puts an answer beside the one it is compared with; false if that is not here.
  #beside(answer: Message): boolean {
    const other = this.messages.find((message) => message.id === answer.comparedWith);
    if (!other || this.#message(answer.id)) return other !== undefined;
    if (answer.siblings.length < 2) answer.siblings = [...other.siblings, answer.id];
    other.siblings = answer.siblings;
    other.comparedWith = answer.id;
    other.compared = answer;
    return true;
  }

  // Puts a turn behind its parent and drops what hung there before: that is
  // now another branch.
  #place(turn: Message[]): void {
    const first = turn[0];
    if (!first || (first.comparedWith && this.#beside(first))) return;
    const known = this.messages.findIndex((message) => message.id === first.id);
    if (known >= 0) {
      for (const message of turn) {
        const at = this.messages.findIndex((other) => other.id === message.id);
        const known = this.messages[at];
        // What is known already has grown since; a turn is placed as it was at its start.
        if (!known) this.messages.push(message);
        else if (message.siblings.length > known.siblings.length) known.siblings = message.siblings;
      }
      return;
    }
    const parent = this.messages.findIndex((message) => message.id === first.parentId);
    const keep = first.parentId === '' ? 0 : parent < 0 ? this.messages.length : parent + 1;
    // A new question does not know yet which others stand beside it.
    const beside = this.messages[keep];
    if (first.siblings.length < 2 && beside?.role === first.role) {
      first.siblings = [...beside.siblings, first.id];
    }
    this.messages = [...this.messages.slice(0, keep), ...turn];
    this.turn += 1;
  }

  #apply(deltas: AnswerDelta[]): void {
    for (const delta of deltas) {
      const message = this.#message(delta.messageId);
      if (!message) continue;
      const text = mergeDelta(message.text, delta);
      if (text === undefined) {
        void this.reload();
        return;
      }
      message.text = text;
      if (delta.reasoning) message.reasoning = (message.reasoning ?? '') + delta.reasoning;
    }
  }

  #note(apply: () => void): void {
    this.#meanwhile?.push(apply);
  }

  // Events that the opened view already contains are passed over.
  #mine(chatId: string, seq: number): boolean {
    return chatId === this.#id && seq > this.#seq;
  }

  #find(messageId: string, seq: number): Message | undefined {
    if (seq <= this.#seq) return undefined;
    return this.#message(messageId);
  }

  #message(id: string): Message | undefined {
    for (const message of this.messages) {
      if (message.id === id) return message;
      if (message.compared?.id === id) return message.compared;
    }
    return undefined;
  }
}

// An empty list may arrive as null, and a new turn without its only version.
function normal(message: Message): Message {
  return {
    ...message,
    ...(message.compared ? { compared: normal(message.compared) } : {}),
    passages: message.passages ?? [],
    sentences: message.sentences ?? [],
    siblings: (message.siblings ?? []).length > 0 ? message.siblings : [message.id],
  };
}
