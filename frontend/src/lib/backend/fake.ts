import type {
  AnswerEnded,
  Chat,
  ChatFolder,
  ChatView,
  Collection,
  Document,
  Event,
  Folder,
  Message,
  Methods,
  Passage,
  Preview,
  Setting,
  Status,
} from '$lib/api.gen';
import { ProblemError } from './backend';
import type { Backend, Connection, MethodName, Request, Result } from './backend';
import { folderMethods, sampleFolders } from './fakeFolders';
import { samplePassages, sampleSentences, sampleText, smallPdf } from './samples';

type EventPayload = Partial<Omit<Event, 'seq' | 'type'>>;

export interface FakeOptions {
  language?: string;
  theme?: string;
  /** How full the library and the list of chats are. */
  state?: 'empty' | 'normal' | 'full';
  /** Milliseconds between two deltas of an answer; 0 writes it at once. */
  pace?: number;
}

/** FakeBackend keeps everything in memory, for component development and unit tests. */
export class FakeBackend implements Backend {
  readonly shell = 'edge' as const;
  readonly calls: { name: MethodName; request: unknown }[] = [];
  readonly chats = new Map<string, ChatView>();
  readonly documents: Document[] = [];
  readonly log: Event[] = [];
  readonly opened: string[] = [];
  /** The next call of a method fails with this code. */
  readonly failing = new Map<MethodName, string>();
  collections: Collection[] = [];
  readonly folders: Folder[] = [];
  status: Status;
  #followers = new Set<(events: Event[]) => void>();
  #ids = 0;

  constructor(private readonly options: FakeOptions = {}) {
    this.status = statusOf(options.language ?? 'en', options.theme ?? 'light');
    if (options.state !== 'empty') this.#fill(options.state === 'full' ? 10_000 : 14);
  }

  /** fromAddress reads the options from the page's own address, e.g. ?lang=de&theme=dark. */
  static fromAddress(): FakeBackend {
    const query = new URLSearchParams(window.location.search);
    const state = query.get('state');
    return new FakeBackend({
      language: query.get('lang') ?? 'en',
      theme: query.get('theme') ?? 'system',
      state: state === 'empty' || state === 'full' ? state : 'normal',
      pace: 45,
    });
  }

  async call<M extends MethodName>(name: M, request: Request<M>, signal?: AbortSignal): Promise<Result<M>> {
    await Promise.resolve();
    signal?.throwIfAborted();
    this.calls.push({ name, request });
    const code = this.failing.get(name);
    if (code !== undefined) {
      this.failing.delete(name);
      throw new ProblemError({ code });
    }
    const handler: ((request: Request<M>) => Result<M>) | undefined = this.#methods[name];
    if (!handler) throw new ProblemError({ code: 'unknown_method' });
    return structuredClone(handler(request));
  }

  events(
    after: number,
    onEvents: (events: Event[]) => void,
    onState: (state: Connection) => void,
  ): () => void {
    onState('connected');
    const missed = this.log.filter((event) => event.seq > after);
    if (missed.length > 0) onEvents(missed);
    this.#followers.add(onEvents);
    return () => this.#followers.delete(onEvents);
  }

  upload(file: File, name: string, collectionId: string): Promise<Document> {
    if (name.endsWith('.exe'))
      return Promise.reject(new ProblemError({ code: 'unsupported', args: { name } }));
    const document = this.#document(name, file.size, 'parsing', collectionId);
    this.documents.unshift(document);
    this.publish({ documentChanged: document });
    return Promise.resolve(document);
  }

  bytes(): Promise<ArrayBuffer> {
    return Promise.resolve(smallPdf());
  }

  openLink(url: string): Promise<void> {
    this.opened.push(url);
    return Promise.resolve();
  }

  readonly chatFolders: ChatFolder[] = [];
  readonly drafts = new Map<string, string>();

  /** publish sends an event to all followers, as the program would. */
  publish(payload: EventPayload): Event {
    const type = Object.keys(payload)[0] as Event['type'];
    const event: Event = { ...structuredClone(payload), seq: this.log.length + 1, type };
    this.log.push(event);
    for (const follower of this.#followers) follower([structuredClone(event)]);
    return event;
  }

  // What no screen shown by it asks for is left out.
  readonly #methods: { [M in keyof Methods]?: (request: Methods[M][0]) => Methods[M][1] } = {
    'drafts.list': () => ({ drafts: [...this.drafts].map(([chatId, text]) => ({ chatId, text })) }),
    'drafts.save': ({ chatId, text }) => {
      this.drafts.set(chatId, text);
      return {};
    },
    'queue.list': ({ id }) => ({ chatId: id, questions: [] }),
    'chats.list': ({ before, limit, shelf, folderId }) => {
      const found = [...this.chats.values()]
        .map((view) => view.chat)
        .filter((chat) => onShelf(chat, shelf, folderId))
        .filter((chat) => before === 0 || chat.updatedAt < before)
        .sort((a, b) => b.updatedAt - a.updatedAt);
      const page = found.slice(0, limit);
      const more = found.length > limit ? (page.at(-1)?.updatedAt ?? 0) : 0;
      return { chats: page, temporary: [], more };
    },
    'chats.open': ({ id }) => ({ ...this.#view(id), seq: this.log.length }),
    'chats.messages': () => ({ messages: [], more: 0 }),
    'chats.update': ({ id, title, collectionIds, folderId, tags, pinned, archived }) => {
      const chat = this.#view(id).chat;
      if (folderId !== undefined) chat.folderId = folderId;
      if (tags) chat.tags = tags;
      if (pinned !== undefined) chat.pinned = pinned;
      if (archived !== undefined) chat.archived = archived;
      if (title !== undefined) chat.title = title;
      if (collectionIds !== undefined) chat.collectionIds = collectionIds;
      return chat;
    },
    'chats.search': ({ query }) => ({
      hits: [...this.chats.values()]
        .filter(({ chat }) => chat.title.toLowerCase().includes(query.toLowerCase()))
        .slice(0, 20)
        .map(({ chat }) => ({
          ...{ chat, messageId: '', at: chat.updatedAt, excerpt: '', titleMarks: [], marks: [] },
        })),
      unknown: [],
    }),
    'chats.duplicate': ({ id }) => this.#chat(this.#id('chat'), this.#view(id).chat.title, Date.now()).chat,
    'chatfolders.list': () => ({ folders: this.chatFolders }),
    'chatfolders.create': ({ name, parentId }) => {
      const folder = { id: this.#id('folder'), parentId: parentId ?? '', name: name ?? '', model: '' };
      const made = { ...folder, collectionIds: [], chats: 0 };
      this.chatFolders.push(made);
      return made;
    },
    'chats.delete': ({ id }) => {
      this.chats.delete(id);
      return {};
    },
    'chats.restore': ({ id }) => this.#chat(id, 'Restored', Date.now()).chat,
    'chats.send': ({ chatId, text, collectionIds }) => {
      const view = chatId ? this.#view(chatId) : this.#chat(this.#id('chat'), text.slice(0, 40), Date.now());
      if (!chatId) view.chat.collectionIds = collectionIds;
      const question = this.#message(view, 'user', text);
      const answer = this.#message(view, 'assistant', '');
      answer.status = 'running';
      answer.phase = 'queued';
      view.chat.runningMessageId = answer.id;
      this.publish({ answerStarted: { question, answer } });
      void this.#write(view, answer);
      return { chat: view.chat, question, answer };
    },
    'chats.regenerate': ({ messageId }) => {
      const view = [...this.chats.values()].find((one) =>
        one.messages.some((message) => message.id === messageId),
      );
      if (!view) throw new ProblemError({ code: 'not_found' });
      const old = view.messages.pop();
      const answer = this.#message(view, 'assistant', '');
      answer.parentId = old?.parentId ?? '';
      answer.siblings = [...(old?.siblings ?? []), answer.id];
      answer.status = 'running';
      this.publish({ answerStarted: { answer } });
      void this.#write(view, answer);
      return { chat: view.chat, answer };
    },
    'chats.stop': ({ id }) => {
      const view = [...this.chats.values()].find((one) => one.messages.some((message) => message.id === id));
      const message = view?.messages.find((one) => one.id === id);
      if (!view || !message) throw new ProblemError({ code: 'not_found' });
      message.status = 'stopped';
      this.#end(view, message);
      return message;
    },
    'chats.offer': ({ collectionIds }) => ({
      automatic: collectionIds.length > 0 ? 'retrieval' : '',
      ...{
        propose: '',
        documents: this.documents.length,
        passages: 120,
        seconds: 90,
        byWords: false,
        tables: 0,
      },
    }),
    'tables.list': () => ({ documents: [] }),
    'tables.sheets': () => ({ sheets: [], refused: [] }),
    'tables.query': ({ source }) => ({
      source,
      ...{ sql: '', byModel: false, columns: [], rows: [], matching: 0, passages: [] },
    }),
    'filter.read': ({ text }) => ({
      text,
      filter: { documentIds: [], types: [], after: 0, before: 0, folder: '' },
      documents: [],
      unknown: [],
    }),
    'filter.suggest': ({ query }) => ({
      documents: this.documents
        .filter((document) => document.name.toLowerCase().includes(query.toLowerCase()))
        .map(({ id, name, format }) => ({ id, name, format })),
      types: [...new Set(this.documents.map((document) => document.format))],
      folders: [],
    }),
    'chats.budget': ({ text }) => ({
      ...{
        model: 'fake',
        contextWindow: 8192,
        answerReserve: 1024,
        instructions: 40,
        history: 0,
        documents: 0,
      },
      ...{
        question: Math.ceil(text.length / 4),
        images: 0,
        mode: '' as const,
        wholeTokens: 0,
        turns: [],
        leftOut: 0,
      },
      ...{ before: 0, trouble: '' as const, largerWindow: 0, largerBytes: 0, windowSlow: false },
    }),
    'collections.list': () => ({ collections: this.collections }),
    'collections.create': ({ name }) => {
      const made = collectionOf(this.#id('collection'), name, 0);
      this.collections = [...this.collections, made];
      return made;
    },
    'collections.rename': ({ id, name }) => {
      const collection = this.collections.find((one) => one.id === id);
      if (!collection) throw new ProblemError({ code: 'not_found' });
      collection.name = name;
      return collection;
    },
    'models.speeds': () => ({ runs: [] }),
    'models.preload': () => ({}),
    'models.memory': () => ({ models: [], freeBytes: 0, totalBytes: 0, short: false }),
    'providers.list': () => ({
      providers: [],
      allow: 'this_computer',
      allowLocked: false,
      editable: true,
      kinds: [{ kind: 'vllm', address: 'http://127.0.0.1:8000/v1', hosted: false }],
    }),
    'collections.update': ({ id, name, purpose, owner, retainUntil }) => {
      const collection = this.collections.find((one) => one.id === id);
      if (!collection) throw new ProblemError({ code: 'not_found' });
      const change = { name, purpose, owner, retainUntil };
      return Object.assign(
        collection,
        Object.fromEntries(Object.entries(change).filter((entry) => entry[1] !== undefined)),
      );
    },
    'collections.delete': ({ id }) => {
      this.collections = this.collections.filter((one) => one.id !== id);
      return {};
    },
    'documents.list': ({ collectionId, offset, limit }) => {
      const all = this.documents.filter(
        (one) => collectionId === '' || one.collectionIds.includes(collectionId),
      );
      return { documents: all.slice(offset, offset + limit), total: all.length };
    },
    'documents.add': () => ({ documents: [], known: [], refused: [] }),
    'documents.pick': () => ({ documents: [], known: [], refused: [] }),
    'documents.get': ({ id }) => this.#find(id),
    'documents.delete': ({ id }) => {
      this.documents.splice(this.documents.indexOf(this.#find(id)), 1);
      return {};
    },
    'documents.deleteAll': ({ documentIds }) => {
      for (const id of documentIds) this.documents.splice(this.documents.indexOf(this.#find(id)), 1);
      return {};
    },
    'documents.transfer': ({ documentIds, from, to }) => {
      for (const id of documentIds) {
        const document = this.#find(id);
        document.collectionIds = [...document.collectionIds.filter((one) => one !== from && one !== to), to];
      }
      return {};
    },
    'documents.cancel': ({ id }) => Object.assign(this.#find(id), { status: 'cancelled' }),
    'documents.retry': ({ id }) => Object.assign(this.#find(id), { status: 'queued', problem: undefined }),
    'documents.addToCollection': ({ documentId, collectionId }) => {
      this.#find(documentId).collectionIds.push(collectionId);
      return {};
    },
    'documents.removeFromCollection': ({ documentId, collectionId }) => {
      const document = this.#find(documentId);
      document.collectionIds = document.collectionIds.filter((id) => id !== collectionId);
      return {};
    },
    'documents.openOriginal': () => ({}),
    'documents.preview': ({ documentId, start, fromBlock, toBlock }) =>
      previewOf(documentId, start, fromBlock, toBlock),
    'settings.list': () => ({ settings: this.#settings(), problems: [] }),
    'settings.set': ({ key, value }) => {
      if (key === 'ui.language') this.status = { ...this.status, language: value };
      if (key === 'ui.theme') this.status = { ...this.status, theme: value };
      this.publish({ statusChanged: this.status });
      return { settings: this.#settings(), problems: [] };
    },
    'models.list': () => modelList,
    ...folderMethods(this.folders, () => this.#id('folder')),
    'status.get': () => this.status,
    'desktop.get': () => ({ window: false, tray: false, hotkeys: false, held: false, chosen: '' }),
    'events.after': ({ after }) => ({
      events: this.log.filter((event) => event.seq > after),
      resync: after > this.log.length,
      seq: this.log.length,
    }),
    'system.openLink': () => ({}),
  };

  async #write(view: ChatView, answer: Message): Promise<void> {
    const pace = this.options.pace ?? 0;
    const wait = () => (pace > 0 ? new Promise((resolve) => setTimeout(resolve, pace)) : Promise.resolve());
    const messageId = answer.id;
    this.publish({ answerProgress: { messageId, phase: 'retrieving', percent: 0 } });
    for (let i = 0; i < 6; i += 1) await wait();
    if (view.chat.collectionIds.length > 0) {
      answer.mode = 'retrieval';
      answer.passages = samplePassages();
      this.publish({ answerPassages: { messageId, mode: 'retrieval', passages: answer.passages } });
    }
    for (let percent = 10; percent <= 100; percent += 15) {
      await wait();
      this.publish({ answerProgress: { messageId, phase: 'reading', percent } });
    }
    const stopped = () => answer.status !== 'running';
    this.publish({ answerProgress: { messageId, phase: 'writing', percent: 0 } });
    for (const word of sampleText.match(/\S+\s*/g) ?? []) {
      if (stopped()) return;
      this.publish({ answerDelta: { messageId, offset: answer.text.length, text: word } });
      answer.text += word;
      await wait();
      if (answer.passages.length > 0 && word.includes('.')) {
        answer.sentences = sampleSentences(answer.text);
        this.publish({ answerSentences: { messageId, sentences: answer.sentences } });
      }
    }
    answer.status = 'complete';
    answer.passages = answer.passages.map((passage) => ({ ...passage, cited: passage.n < 3 }));
    answer.facts = facts;
    this.#end(view, answer);
  }

  #end(view: ChatView, message: Message): void {
    view.chat.runningMessageId = '';
    view.chat.updatedAt = Date.now();
    message.phase = '';
    const ended: AnswerEnded = { message, chat: view.chat };
    this.publish({ answerEnded: ended });
  }

  #view(id: string): ChatView {
    const view = this.chats.get(id);
    if (!view) throw new ProblemError({ code: 'not_found' });
    return view;
  }

  #find(id: string): Document {
    const document = this.documents.find((one) => one.id === id);
    if (!document) throw new ProblemError({ code: 'not_found' });
    return document;
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}-${String(this.#ids)}`;
  }

  #chat(id: string, title: string, updatedAt: number): ChatView {
    const chat: Chat = {
      ...{ id, title, model: '', collectionIds: [], updatedAt, runningMessageId: '' },
      ...{ folderId: '', tags: [], pinned: false, archived: false },
    };
    const view = { chat, messages: [], earlier: 0, later: 0, seq: 0 };
    this.chats.set(id, view);
    return view;
  }

  #message(view: ChatView, role: Message['role'], text: string): Message {
    const id = this.#id('message');
    const message: Message = {
      ...{
        id,
        chatId: view.chat.id,
        parentId: view.messages.at(-1)?.id ?? '',
        role,
        status: 'complete',
        text,
      },
      ...{ model: role === 'assistant' ? 'SmolLM2 135M' : '', createdAt: Date.now(), mode: '', passages: [] },
      ...{ sentences: [], siblings: [id] },
    };
    view.messages.push(message);
    return message;
  }

  #document(name: string, bytes: number, status: Document['status'], collectionId: string): Document {
    const format = `.${name.split('.').at(-1) ?? ''}`;
    return {
      ...{
        id: this.#id('document'),
        name,
        title: '',
        origin: 'upload',
        format,
        bytes,
        pages: 12,
        language: 'de',
      },
      ...{ status, passages: 120, embedded: 48, secondsLeft: 35, percent: 40, changed: false },
      ...{ collectionIds: collectionId ? [collectionId] : [], addedAt: Date.now(), modifiedAt: Date.now() },
      ...{ linked: false, copies: 0, stale: '' },
    };
  }

  #fill(chats: number): void {
    this.collections = [
      { ...collectionOf('contracts', 'Verträge', 3), purpose: 'Fristen und Pflichten', owner: 'A. Sommer' },
      {
        ...collectionOf('manuals', 'Handbücher und Betriebsanleitungen', 48),
        ...{ retainUntil: '2024-12-31', due: true },
      },
    ];
    this.folders.push(...sampleFolders());
    const titles = [
      'Kündigungsfrist im Mietvertrag',
      'Notice periods compared',
      'Entwurf einer Einladung',
      'Wartung der Pumpe',
    ];
    for (let i = 0; i < chats; i += 1) {
      const age = i < 4 ? i * 3_600_000 : (i - 3) * 43_200_000;
      this.#chat(`chat-${String(i)}`, titles[i % titles.length] ?? '', Date.now() - age);
    }
    const view = this.#view('chat-0');
    view.chat.collectionIds = ['contracts'];
    this.#message(view, 'user', 'Welche Kündigungsfrist gilt nach der Probezeit, und wo steht das?');
    const answer = this.#message(view, 'assistant', sampleText);
    answer.mode = 'retrieval';
    answer.passages = samplePassages();
    answer.sentences = sampleSentences(sampleText);
    answer.facts = facts;
    answer.siblings = ['earlier', answer.id];
    const add = (name: string, bytes: number, change: Partial<Document>) => {
      this.documents.push({ ...this.#document(name, bytes, 'ready', 'contracts'), ...change });
    };
    add('Arbeitsvertrag Muster.pdf', 412_000, { status: 'searchable' });
    add('Rahmenvertrag 2024 Unterschrieben und gescannt.pdf', 8_420_000, {
      status: 'failed',
      problem: { code: 'no_text_layer', args: { name: 'Rahmenvertrag 2024.pdf' } },
    });
    add('bundesurlaubsgesetz.pdf', 96_000, {
      ...{ linked: true, stale: 'old', modifiedAt: Date.UTC(2019, 4, 2), copies: 1 },
    });
    add('Protokoll.docx', 31_000, { status: 'queued' });
    add('Notizen.md', 4_200, { status: 'parsing', secondsLeft: -1 });
    add('Preisliste.txt', 2_100, { status: 'cancelled' });
  }

  #settings(): Setting[] {
    const setting = (
      change: Partial<Setting> & Pick<Setting, 'key' | 'type' | 'group' | 'value'>,
    ): Setting => ({
      ...{ default: '', options: [], origin: 'builtin', locked: false, source: '', restart: false },
      ...change,
    });
    const { language, theme } = this.status;
    return [
      setting({
        key: 'ui.language',
        type: 'choice',
        group: 'general',
        value: language,
        options: ['system', 'de', 'en'],
      }),
      setting({
        ...{ key: 'ui.theme', type: 'choice', group: 'general', value: theme, origin: 'user' },
        options: ['system', 'light', 'dark'],
      }),
      setting({
        ...{ key: 'runtime.url', type: 'text', group: 'models', value: '', locked: true, origin: 'policy' },
        source: '/etc/kontor/policy.json',
      }),
      setting({
        key: 'documents.reading_seconds',
        type: 'number',
        group: 'documents',
        value: '20',
        minimum: 0,
        maximum: 600,
      }),
    ];
  }
}

const facts = {
  ...{ promptTokens: 1840, outputTokens: 212, contextWindow: 8192, tokensPerSecond: 41.3, firstTokenMs: 640 },
  ...{ totalMs: 5800, leftOutTurns: 0, leftOutPassages: 2, finish: 'stop' },
};

const modelList: Methods['models.list'][1] = {
  models: [
    {
      ...{
        name: 'smollm2:135m',
        label: 'SmolLM2 135M',
        bytes: 145_000_000,
        quantization: 'Q8_0',
        context: 8192,
      },
      ...{
        images: false,
        trial: true,
        languages: ['en'],
        licence: 'Apache-2.0',
        default: true,
        external: false,
      },
      ...{ provider: '', place: '' as const, dataClass: '' as const },
    },
  ],
  proposal: {
    ...{
      use: 'chat',
      name: 'qwen3:8b',
      label: 'Qwen3 8B',
      bytes: 5_200_000_000,
      memoryBytes: 16_000_000_000,
    },
    installed: false,
    verdict: {
      ...{ level: 'fits', reason: 'processor', quantization: 'Q4_K_M', fileBytes: 5_200_000_000 },
      ...{ needBytes: 6_900_000_000, haveBytes: 12_000_000_000, weightsBytes: 5_200_000_000 },
      ...{ cacheBytes: 1_200_000_000, graphBytes: 500_000_000, graphicsBytes: 0, needMeasured: false },
      ...{ rate: 9, rateMeasured: false },
    },
  },
  embedder: 'multilingual-e5-small',
};

const unclassed = { dataClass: 'confidential' as const, classChosen: false };

function collectionOf(id: string, name: string, documents: number): Collection {
  return { id, name, documents, purpose: '', owner: '', retainUntil: '', due: false, ...unclassed };
}

function statusOf(language: string, theme: string): Status {
  return {
    ...{
      word: 'ready',
      problems: [],
      notices: [],
      indexingDone: 0,
      indexingTotal: 0,
      secondsLeft: -1,
      runtime: 'ready',
    },
    ...{ runtimeKind: 'bundled', runtimeLocal: true, runtimeHost: '127.0.0.1', runtimeVersion: '0.24.0' },
    ...{ model: 'SmolLM2 135M', modelTrial: true, version: '0.1.0', shell: 'edge', language, theme },
    ...{ egressAllowed: 0, egressRefused: 0, dataFolder: '/home/anna/.local/share/kontor' },
    extensions: ['.pdf', '.docx', '.txt', '.md'],
  };
}

function previewOf(documentId: string, start: number, fromBlock: number, toBlock: number): Preview {
  const base = {
    ...{
      documentId,
      document: 'Arbeitsvertrag Muster.pdf',
      date: 1_700_000_000_000,
      first: 0,
      total: 0,
      marked: -1,
    },
    ...{ changed: false, lost: false, gone: false },
  };
  if (documentId !== 'text') {
    const page = start > 0 ? 2 : 1;
    const rect = { page, x: 72, y: 96, width: 380, height: 20, pageWidth: 595, pageHeight: 842 };
    const rects = start > 0 ? [rect] : [];
    return { ...base, format: '.pdf', kind: 'pdf', url: 'fake.pdf', page, pages: 3, rects, blocks: [] };
  }
  const first = fromBlock || 20;
  const last = toBlock || 60;
  const blocks = Array.from({ length: last - first }, (_, index) => ({
    kind: 'paragraph' as const,
    text: `Absatz ${String(first + index)}: ${samplePassage.text}`,
    marks: first + index === 25 ? [{ start: 11, end: 60 }] : [],
  }));
  return { ...base, format: '.md', kind: 'text', rects: [], blocks, first, total: 90 };
}

const samplePassage: Pick<Passage, 'text'> = { text: samplePassages()[0]?.text ?? '' };

function onShelf(chat: Chat, shelf = '', folderId = ''): boolean {
  if (shelf === 'archived') return chat.archived;
  if (chat.archived) return false;
  if (shelf === 'loose') return chat.folderId === '' && !chat.pinned;
  if (shelf === 'pinned') return chat.pinned;
  return shelf !== 'folder' || chat.folderId === folderId;
}
