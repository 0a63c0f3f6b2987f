import type {
  Assistant,
  AssistantDraft,
  AssistantList,
  ChatSetup,
  NewChatSetup,
  ParametersRequest,
  SendRequest,
  SharedFile,
} from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

/** Begins a chat with no assistant although there is a default one. */
export const nobody = 'none';

/** AssistantStore holds what chats can be begun with, and how the open chat is set up. */
export class AssistantStore {
  list = $state.raw<AssistantList | undefined>(undefined);
  /** What begins the new chat: '' is the default one, `nobody` none. */
  chosen = $state('');
  setup = $state.raw<ChatSetup | undefined>(undefined);
  /** What the new chat is given beside its assistant, before its first question. */
  next = $state.raw<NewChatSetup | undefined>(undefined);
  /** A file that was read and waits for a person's yes. */
  draft = $state.raw<AssistantDraft | undefined>(undefined);

  constructor(
    private readonly backend: Pick<Backend, 'call'>,
    /** Texts of the program come in the language of the page. */
    private readonly language: () => 'de' | 'en',
  ) {}

  get all(): Assistant[] {
    return this.list?.assistants ?? [];
  }

  /** current is the assistant of the new chat. */
  get current(): Assistant | undefined {
    return this.find(this.chosen === '' ? (this.list?.defaultId ?? '') : this.chosen);
  }

  /** beginning is what a request says of how a new chat begins. */
  get beginning(): Pick<SendRequest, 'assistantId' | 'setup'> {
    return { assistantId: this.chosen, ...(this.next ? { setup: this.next } : {}) };
  }

  find(id: string): Assistant | undefined {
    return this.all.find((assistant) => assistant.id === id);
  }

  /** load reads the list; of two answers on their way the one asked for last counts. */
  async load(): Promise<void> {
    const turn = (this.#loads += 1);
    const list = await this.backend.call('assistants.list', { language: this.language() });
    if (turn === this.#loads) this.list = list;
  }

  #loads = 0;

  async save(assistant: Assistant): Promise<Assistant> {
    const saved = await this.backend.call('assistants.save', assistant);
    await this.load();
    return saved;
  }

  async remove(id: string): Promise<void> {
    await this.backend.call('assistants.delete', { id });
    if (this.chosen === id) this.chosen = '';
    await this.load();
  }

  /** read looks at a file; it is kept when the person saves it. */
  async read(file: SharedFile): Promise<void> {
    this.draft = await this.backend.call('assistants.read', file);
  }

  async readPath(path: string): Promise<void> {
    this.draft = await this.backend.call('assistants.readFile', { path });
  }

  /** open reads how a chat is set up; another chat may be open when the answer comes. */
  async open(id: string): Promise<void> {
    // What is open is compared without the state: whoever calls this in an
    // effect would else be called again by the answer.
    if (this.#wanted !== id) this.setup = undefined;
    this.#wanted = id;
    const setup = id === '' ? undefined : await this.backend.call('chats.setup', { id });
    if (this.#wanted === id) this.setup = setup;
  }

  #wanted = '';

  async setParameters(request: ParametersRequest): Promise<void> {
    this.#take(await this.backend.call('chats.setParameters', request));
  }

  /** openNew reads how a new chat would be set up. */
  async openNew(folderId: string): Promise<void> {
    this.#wanted = '';
    const request = { assistantId: this.chosen, folderId, setup: this.next ?? { instructions: '' } };
    this.#take(await this.backend.call('chats.newSetup', request));
  }

  /** exchange lets a chat go on with another assistant, or with `nobody`. */
  async exchange(chatId: string, assistantId: string): Promise<void> {
    this.#take(await this.backend.call('chats.setAssistant', { chatId, assistantId }));
  }

  /** update lets a chat go on with its assistant as it is now. */
  async update(chatId: string): Promise<void> {
    this.#take(await this.backend.call('chats.updateAssistant', { id: chatId }));
  }

  #take(setup: ChatSetup): void {
    if (this.#wanted === setup.chatId) this.setup = setup;
  }
}

const ending = '.kontor-assistant.json';

/** sharedName says whether a file or path is one of an assistant. */
export function sharedName(name: string): boolean {
  return name.toLowerCase().endsWith(ending);
}
