import type {
  Assistant,
  Chat,
  Desktop,
  FilterDocument,
  Message,
  Passage,
  Problem,
  Status,
  Summoned,
  TableQuestion,
} from '$lib/api.gen';
import { isAbort, problemOf } from '$lib/backend/backend';
import type { Backend } from '$lib/backend/backend';
import { EventConsumer } from '$lib/events';
import type { Language, TextArgs, TextKey, Translator } from '$lib/i18n';
import { shown } from '$lib/keys';
import type { Rebindable } from '$lib/keys';
import { safeLink } from '$lib/markdown/links';
import type { Scheduler } from '$lib/stream';
import { getContext, setContext } from 'svelte';
import { Asking } from './asking.svelte';
import { ChatFolders } from './chatfolders.svelte';
import { Chats } from './chats.svelte';
import { Conversation } from './conversation.svelte';
import { Drafts } from './drafts.svelte';
import { AssistantStore, nobody } from './assistants.svelte';
import { BriefingStore } from './briefing.svelte';
import { PromptStore } from './prompts.svelte';
import { LanguageStore } from './language.svelte';
import { Layout } from './layout.svelte';
import { Importing } from './importing.svelte';
import { Intake } from './intake';
import { Folders } from './folders.svelte';
import { Library } from './library.svelte';
import { Preferences } from './preferences.svelte';
import { Offers } from './offers.svelte';
import { Questions } from './questions.svelte';
import type { Wish } from './questions.svelte';
import { eventSink } from './sink';
import { loadShelves } from './sorting';
import { Waiting } from './waiting.svelte';

export type Session = 'starting' | 'connected' | 'reconnecting' | 'signed_out';

/** Kontor ties the stores to the backend and its events; the screens get it by context. */
export class Kontor {
  readonly chats: Chats;
  readonly chatFolders: ChatFolders;
  readonly conversation: Conversation;
  readonly library: Library;
  readonly folders: Folders;
  readonly importing: Importing;
  readonly preferences: Preferences;
  readonly layout = new Layout();
  readonly drafts: Drafts;
  readonly prompts: PromptStore;
  readonly assistants: AssistantStore;
  readonly briefing: BriefingStore;
  readonly waiting: Waiting;
  readonly asking = new Asking();
  readonly offers = new Offers();
  readonly intake = new Intake(this);
  readonly questions = new Questions(this);

  session = $state<Session>('starting');
  status = $state.raw<Status | undefined>(undefined);
  /** Collections that a new chat will use. */
  newChatCollections = $state.raw<string[]>([]);
  /** The folder that a new chat will be in, '' for none. */
  newChatFolder = $state('');
  /** The new chat is one that is never written. */
  newChatTemporary = $state(false);
  /** What the desktop around the window offers; undefined until somebody asked. */
  desktop = $state.raw<Desktop | undefined>(undefined);
  /** How the window was called from outside, until the page has obeyed. */
  summoned = $state.raw<Summoned | undefined>(undefined);
  /** A question that was offered and goes into the message field. */
  offered = $state.raw<string | undefined>(undefined);
  /** What was selected to be asked about, until the field has taken it. */
  quotation = $state.raw<{ text: string; document?: FilterDocument } | undefined>(undefined);
  /** The message to show when its chat is there. */
  target = $state.raw<{ chatId: string; messageId: string } | undefined>(undefined);

  /** The texts in use. */
  get i18n(): Translator {
    return this.#languages.translator;
  }

  get language(): Language {
    return this.i18n.language;
  }

  /** t gives a text in the language in use. */
  readonly t = (key: TextKey, args?: TextArgs): string => this.i18n.text(key, args);

  /** shortcut names the keys of a command, as people read them. */
  readonly shortcut = (command: Rebindable): string => shown(this.preferences.bindings[command]);

  #stopEvents: (() => void) | undefined;
  #starting = false;
  readonly #languages: LanguageStore;

  constructor(
    readonly backend: Backend,
    first: Translator,
    storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
    schedule?: Scheduler,
  ) {
    this.#languages = new LanguageStore(first, storage);
    this.chats = new Chats(backend);
    this.chatFolders = new ChatFolders(backend, storage);
    this.importing = new Importing(backend);
    this.conversation = new Conversation(backend, schedule);
    this.library = new Library(backend);
    this.folders = new Folders(backend);
    this.preferences = new Preferences(backend);
    this.drafts = new Drafts(backend);
    this.drafts.keeps = (chatId) => (chatId === '' ? !this.startsTemporary : !this.chats.isTemporary(chatId));
    this.waiting = new Waiting(backend);
    const language = () => this.language;
    this.prompts = new PromptStore(backend, language);
    this.assistants = new AssistantStore(backend, language);
    this.briefing = new BriefingStore(backend, language);
  }

  /** start loads everything and follows the events; it is also the way back after a gap. */
  async start(): Promise<void> {
    if (this.#starting) return;
    this.#starting = true;
    this.#stopEvents?.();
    try {
      // An event number nobody has reached yet asks for the present one only.
      const { seq } = await this.backend.call('events.after', { after: Number.MAX_SAFE_INTEGER });
      const [status] = await Promise.all([
        this.backend.call('status.get', {}),
        this.chats.load(),
        loadShelves(this),
        this.library.loadCollections(),
        this.folders.load(),
        this.preferences.load(),
        this.conversation.reload(),
        this.drafts.load(),
        this.waiting.reload(),
      ]);
      await this.#languages.use(status.language);
      this.status = status;
      if (this.library.loaded) await this.library.show(this.library.collectionId);
      this.session = 'connected';
      this.#follow(seq);
      void this.intake.takeOpened();
    } catch (error) {
      const problem = problemOf(error);
      this.session = problem.code === 'session_unknown' ? 'signed_out' : 'reconnecting';
      if (this.session === 'reconnecting') setTimeout(() => void this.start(), 1500);
    } finally {
      this.#starting = false;
    }
  }

  /** lookAround asks what the desktop offers. */
  async lookAround(): Promise<void> {
    await this.attempt(async () => {
      this.desktop = await this.backend.call('desktop.get', {});
    });
  }

  stop(): void {
    this.#stopEvents?.();
  }

  /** speak changes to another language. */
  speak(language: Status['language']): Promise<void> {
    return this.#languages.use(language);
  }

  /** attempt runs an action and shows its problem, if it has one, as a notice. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (!isAbort(error)) this.report(problemOf(error));
      return false;
    }
  }

  report(problem: Problem): void {
    if (problem.code === 'session_unknown') {
      this.session = 'signed_out';
      return;
    }
    const { message, hint } = this.i18n.problem(problem);
    this.layout.toast({ text: message, hint, tone: 'problem' });
  }

  /** openChat shows a chat, at its end or at one of its messages. */
  openChat(id: string, messageId = ''): void {
    this.target = messageId === '' ? undefined : { chatId: id, messageId };
    this.layout.go({ name: 'chat', chatId: id });
  }

  /** newChat shows the empty page; in a folder with what chats there begin with. */
  newChat(folderId = '', temporary = false): void {
    this.newChatFolder = folderId;
    this.newChatTemporary = temporary;
    this.newChatCollections = this.chatFolders.get(folderId)?.collectionIds ?? [];
    this.assistants.chosen = '';
    this.assistants.next = undefined;
    this.layout.go({ name: 'chat', chatId: '' });
  }

  /** beginWith shows the empty page with an assistant and its collections. */
  beginWith(assistant: Assistant): void {
    if (this.layout.screen.name !== 'chat' || this.layout.screen.chatId !== '') this.newChat();
    this.leaveAssistant();
    this.assistants.chosen = assistant.id;
    this.newChatCollections = [...new Set([...this.newChatCollections, ...this.#collectionsOf(assistant)])];
    this.offered = ''; // the field has the focus again
  }

  /** leaveAssistant begins the new chat without an assistant and its collections. */
  leaveAssistant(): void {
    const brought = this.#collectionsOf(this.assistants.current);
    this.newChatCollections = this.newChatCollections.filter((id) => !brought.includes(id));
    this.assistants.chosen = nobody;
    this.offered = '';
  }

  #collectionsOf(assistant: Assistant | undefined): string[] {
    return (assistant?.collections ?? []).map(({ id }) => id).filter((id) => id !== '');
  }

  /** Whether a question is on its way to the program. */
  get sending(): boolean {
    return this.questions.sending;
  }

  /** send asks a question; undefined means it was stored, else the problem to show. */
  send(text: string, parentId = '', table?: TableQuestion): Promise<Problem | undefined> {
    return this.questions.send(text, parentId, table);
  }

  /** sendLater lets a question wait for the running answer; undefined means it is stored. */
  sendLater(text: string): Promise<Problem | undefined> {
    return this.questions.sendLater(text);
  }

  /** sendAgain asks an edited question beside the old one, as another branch. */
  sendAgain(question: Message, text: string): Promise<Problem | undefined> {
    return this.questions.sendAgain(question, text);
  }

  /** showSources opens the side panel at the first source of the last answer; false if it has none. */
  showSources(): boolean {
    const answer = this.conversation.messages.findLast((message) => message.passages.length > 0);
    const first = answer?.passages.find((passage) => passage.cited) ?? answer?.passages[0];
    if (!answer || !first) return false;
    this.showPassage(first, answer.passages);
    return true;
  }

  /** showPassage opens the side panel at a passage, marked in its document. */
  showPassage(passage: Passage, among: Passage[]): void {
    this.layout.show({
      request: {
        documentId: passage.documentId,
        fileHash: passage.fileHash,
        start: passage.start,
        end: passage.end,
        text: passage.text,
        fromBlock: 0,
        toBlock: 0,
      },
      title: passage.document,
      passage,
      among,
    });
  }

  /** regenerate asks for another answer to the question of an earlier one. */
  regenerate(answer: Message, wish: Wish = {}): Promise<void> {
    return this.questions.regenerate(answer, wish);
  }

  /** stopAnswer ends what is being written. */
  stopAnswer(): Promise<void> {
    return this.questions.stop();
  }

  /** showVersion changes to another answer to the same question. */
  async showVersion(messageId: string): Promise<void> {
    await this.attempt(async () => {
      const chat = await this.backend.call('chats.update', {
        id: this.conversation.id,
        activeLeaf: messageId,
      });
      this.conversation.put(chat);
      await this.conversation.reload(messageId);
    });
  }

  /** reach loads a message of the open chat, on whatever branch it is; false if it is gone. */
  async reach(messageId: string): Promise<boolean> {
    if (this.conversation.has(messageId)) return true;
    await this.conversation.reload(messageId);
    if (!this.conversation.has(messageId)) await this.showVersion(messageId);
    return this.conversation.has(messageId);
  }

  async renameChat(chat: Chat, title: string): Promise<void> {
    await this.attempt(async () => {
      this.chatChanged(await this.backend.call('chats.update', { id: chat.id, title }));
    });
  }

  async deleteChat(chat: Chat): Promise<void> {
    const gone = await this.attempt(() => this.backend.call('chats.delete', { id: chat.id }));
    if (!gone) return;
    this.chatRemoved(chat.id);
    const title = chat.title || this.i18n.text('chat.untitled');
    this.layout.toast({
      text: this.i18n.text('chat.deleted', { title }),
      tone: 'info',
      action: {
        label: this.i18n.text('action.undo'),
        run: () =>
          void this.attempt(async () => {
            this.chatChanged(await this.backend.call('chats.restore', { id: chat.id }));
          }),
      },
    });
  }

  /** Whether a chat that begins now is never written. */
  get startsTemporary(): boolean {
    return this.newChatTemporary || this.preferences.value('chats.temporary') === 'always';
  }

  /** Whether the chat on the screen is one that is never written. */
  get temporary(): boolean {
    return this.conversation.id === '' ? this.startsTemporary : this.conversation.chat?.temporary === true;
  }

  get activeCollections(): string[] {
    return this.conversation.id === ''
      ? this.newChatCollections
      : (this.conversation.chat?.collectionIds ?? []);
  }

  async useCollections(collectionIds: string[]): Promise<void> {
    if (this.conversation.id === '') {
      this.newChatCollections = collectionIds;
      return;
    }
    await this.attempt(async () => {
      const id = this.conversation.id;
      this.chatChanged(await this.backend.call('chats.update', { id, collectionIds }));
    });
  }

  /** openLink opens http, https and mailto outside of Kontor; everything else is refused. */
  async openLink(href: string): Promise<void> {
    const target = safeLink(href);
    if (target === undefined) {
      this.report({ code: 'link_refused' });
      return;
    }
    await this.attempt(() => this.backend.openLink(target));
  }

  #follow(seq: number): void {
    const restart = () => void this.start();
    const consumer = new EventConsumer(seq, eventSink(this), restart);
    this.#stopEvents = this.backend.events(
      seq,
      (events) => consumer.take(events),
      (state) => {
        if (state === 'resync') restart();
        else this.session = state;
      },
    );
  }

  /** chatChanged takes over what became of a chat. */
  chatChanged(chat: Chat): void {
    this.chats.put(chat);
    this.conversation.put(chat);
  }

  /** chatRemoved forgets a chat and leaves it, if it is on the screen. */
  chatRemoved(id: string): void {
    this.chats.remove(id);
    if (this.conversation.id === id) this.layout.go({ name: 'chat', chatId: '' }, true);
  }
}

const contextKey = Symbol('kontor');

export function provideKontor(kontor: Kontor): void {
  setContext(contextKey, kontor);
}

export function useKontor(): Kontor {
  return getContext<Kontor>(contextKey);
}
