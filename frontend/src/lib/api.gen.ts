// Code generated from app's types and method table by `go run ./build generate`; do not edit.

/** Empty is a request or an answer without content. */
export type Empty = Record<string, never>;

/** ByID names one thing. */
export interface ByID {
  id: string;
}

/** Problem is an error or a standing condition as a person meets it. Texts are in the catalogue: problem.<code>.message and problem.<code>.hint with Args. */
export interface Problem {
  code: string;
  args?: Record<string, string>;
}

/** Chat is one conversation in the list. */
export interface Chat {
  id: string;
  /** "" until it has one */
  title: string;
  /** "" for the default */
  model: string;
  collectionIds: string[];
  updatedAt: number;
  /** RunningMessageID is the answer being written, "" if none. */
  runningMessageId: string;
  /** "" for none */
  folderId: string;
  tags: string[];
  pinned: boolean;
  archived: boolean;
  /** Temporary chats are never written; they end with the program. */
  temporary?: boolean;
}

/** ChatView is a conversation opened. */
export interface ChatView {
  chat: Chat;
  /** Messages of the shown branch, oldest first: all of them or the part asked for. */
  messages: Message[];
  /** Earlier and Later count the messages of the branch before and after them. */
  earlier: number;
  later: number;
  /** Seq is the last event that is already contained in this view. */
  seq: number;
}

/** Message is one turn. */
export interface Message {
  id: string;
  chatId: string;
  parentId: string;
  role: 'user' | 'assistant';
  status: 'running' | 'complete' | 'stopped' | 'partial' | 'failed';
  /** Markdown of an answer, plain text of a question */
  text: string;
  /** of a question */
  images?: Image[];
  /** Reasoning is what the model thought before it answered. */
  reasoning?: string;
  model: string;
  createdAt: number;
  /** Mode says how documents were used; "" without documents. */
  mode: '' | 'whole_document' | 'retrieval' | 'passages_only' | 'nothing_found' | 'everything' | 'table';
  passages: Passage[];
  sentences: Sentence[];
  problem?: Problem;
  facts?: Facts;
  /** Filter is where a question looked, absent if everywhere. */
  filter?: Filter;
  /** LookedUp is the question as it was looked up, if that differs from how it was asked: a follow-up completed from the chat. */
  lookedUp?: string;
  /** Asked is what a question asked for beyond its text, Survey how far an answer went through everything, Table what was asked of a table. */
  asked?: Asked;
  survey?: Survey;
  table?: TableOutcome;
  /** Unread is how many documents had not been read when they were searched. */
  unread?: number;
  /** Phase and Percent are set while Status is running. */
  phase?: '' | 'queued' | 'retrieving' | 'loading' | 'reading' | 'writing' | 'checking' | 'surveying' | 'querying';
  percent?: number;
  /** ComparedWith is the other answer this one is shown beside, "" for none; Compared is that answer where chats are opened. */
  comparedWith?: string;
  compared?: Message;
  /** Mark is what a person thinks of the answer, absent for nothing. */
  mark?: Mark;
  /** Edited says that a person changed the answer, absent if nobody did. */
  edited?: Edited;
  /** Siblings are the other versions of this turn, itself included, oldest first. */
  siblings: string[];
}

/** Passage is a numbered source of an answer: a snapshot that survives re-indexing. */
export interface Passage {
  /** from 1 */
  n: number;
  documentId: string;
  /** title or file name */
  document: string;
  fileHash: string;
  page?: number;
  slide?: number;
  sheet?: string;
  row?: number;
  heading?: string;
  /** Part is the file in the document, such as an attachment, that it stands in. */
  part?: string;
  text: string;
  /** Start and End are byte offsets into the document's text. */
  start: number;
  end: number;
  /** Score orders the passages of one answer; it has no unit. */
  score: number;
  /** Cited is true if a sentence of the answer rests on it. */
  cited: boolean;
}

/** Sentence is a sentence of an answer and what it rests on. Sentences that claim nothing are left out. */
export interface Sentence {
  start: number;
  end: number;
  /** numbers of passages */
  citations: number[];
  supported: boolean;
}

/** Facts under an answer. */
export interface Facts {
  /** Provider ran the model, "" for this computer's own runtime; Place says how far away. */
  provider?: string;
  place?: Provider['place'];
  promptTokens: number;
  outputTokens: number;
  contextWindow: number;
  tokensPerSecond: number;
  /** wall clock from the question to the first visible token */
  firstTokenMs: number;
  totalMs: number;
  /** LoadMs of it passed while the model was brought into memory, 0 if it was there. */
  loadMs?: number;
  /** ReasoningMs is how long the model thought before the first visible token, 0 if it did not. */
  reasoningMs?: number;
  /** LeftOutTurns is how many earlier turns did not fit, LeftOutPassages how many passages. */
  leftOutTurns: number;
  leftOutPassages: number;
  /** stop, length, cancelled */
  finish: string;
  /** Digest of the weights, Quantization and Runtime, the version of what ran them; "" where the server tells none. */
  digest?: string;
  quantization?: string;
  runtime?: string;
  /** EnergyWh is about what the whole computer took from its battery meanwhile, 0 on the mains and where the system does not tell. */
  energyWh?: number;
  /** Parts is in how many pieces the answer was written, 0 for one. */
  parts?: number;
  /** Ignored are parameters of the chat that the model's server does not know. */
  ignored?: ('temperature' | 'top_p' | 'seed' | 'thinking')[];
  /** Assistant is absent in answers of earlier versions of the program. */
  assistant?: AnswerAssistant;
}

/** SendRequest asks a question. An empty ChatID starts a new chat. */
export interface SendRequest {
  chatId: string;
  /** ParentID is the message the question follows; "" for the end of the shown branch. */
  parentId: string;
  text: string;
  /** of a new chat; absent for those of its folder */
  collectionIds: string[];
  /** FolderID is where a new chat goes. */
  folderId?: string;
  /** Images belong to the question; the model must be able to see. */
  images?: Image[];
  /** Temporary makes a new chat one that is never written. */
  temporary?: boolean;
  /** Filter narrows where this question looks, beside what its words say. */
  filter?: Filter;
  /** Formulate lets a trial model write an answer although passages alone would be shown. */
  formulate: boolean;
  /** Mode is how documents shall be used; "" lets the question decide. */
  mode?: Asked['mode'];
  /** Table is a question put together in a form; it needs no model. */
  table?: TableQuestion;
  /** CompareModel is a second model that is asked the same, "" for none. */
  compareModel?: string;
  /** AssistantID begins a new chat with an assistant; "" with the default one, "none" without. */
  assistantId?: string;
  /** Setup is what the person gave the new chat beside it. */
  setup?: NewChatSetup;
}

/** SendResult names what was stored before the answer began. */
export interface SendResult {
  chat: Chat;
  question: Message;
  answer: Message;
}

/** RegenerateRequest asks for another answer to the same question. */
export interface RegenerateRequest {
  /** of the answer */
  messageId: string;
  formulate: boolean;
  /** Model writes this answer instead of the chat's own; "" for that. */
  model?: string;
  /** Mode replaces the one the question asked for; "" keeps it. */
  mode?: Asked['mode'] | 'automatic';
  /** Compare shows the new answer beside the earlier one; the chat goes on as before. */
  compare?: boolean;
  /** Resume goes on with an answer that went through a part of everything. */
  resume?: boolean;
}

/** RegenerateResult is the new running answer. */
export interface RegenerateResult {
  chat: Chat;
  answer: Message;
}

/** ChatList is a page of conversations, newest first. */
export interface ChatList {
  chats: Chat[];
  /** More is the UpdatedAt to ask from for the next page, 0 at the end. */
  more: number;
  /** Temporary are those that are never written; only the first page has them. */
  temporary: Chat[];
}

/** ChatListRequest asks for a page. */
export interface ChatListRequest {
  before: number;
  limit: number;
  /** Shelf says which chats; "" for all that are not archived. Loose ones are in no folder and not pinned. */
  shelf?: '' | 'loose' | 'pinned' | 'archived' | 'folder';
  /** FolderID is the folder of that shelf. */
  folderId?: string;
}

/** RenameRequest gives something another name. */
export interface RenameRequest {
  id: string;
  name: string;
}

/** ChatUpdateRequest changes the fields that are present. */
export interface ChatUpdateRequest {
  id: string;
  title?: string;
  model?: string;
  collectionIds?: string[];
  /** show the branch that ends in this message */
  activeLeaf?: string;
  folderId?: string;
  tags?: string[];
  pinned?: boolean;
  archived?: boolean;
}

/** Collection is a named set of documents. */
export interface Collection {
  id: string;
  name: string;
  documents: number;
  purpose: string;
  /** a person's name, as text */
  owner: string;
  /** RetainUntil is a date, YYYY-MM-DD, "" for none; Due that it has passed. */
  retainUntil: string;
  due: boolean;
  /** DataClass says how closely it is kept, ClassChosen that somebody chose so. */
  dataClass: Provider['dataClass'];
  classChosen: boolean;
}

/** Collections lists them. */
export interface Collections {
  collections: Collection[];
}

/** Document is one file and how far it is. */
export interface Document {
  id: string;
  name: string;
  title: string;
  origin: string;
  format: string;
  bytes: number;
  pages: number;
  language: string;
  status: 'queued' | 'parsing' | 'searchable' | 'ready' | 'failed' | 'cancelled';
  passages: number;
  embedded: number;
  /** -1 unknown */
  secondsLeft: number;
  /** of the present step */
  percent: number;
  collectionIds: string[];
  addedAt: number;
  problem?: Problem;
  /** Gaps are parts and pages that could not be read, absent if there are none. */
  gaps?: Gaps;
  /** Changed is true when the original differs from what was indexed. */
  changed: boolean;
  /** Linked documents are read where they lie; others are copies in the data folder. */
  linked: boolean;
  /** ModifiedAt is when the source was last written, 0 unknown. */
  modifiedAt: number;
  /** Copies counts further files and documents that hold the same. */
  copies: number;
  /** Stale says why an answer from it deserves a look at the source. */
  stale: '' | 'old' | 'changed' | 'missing';
}

/** DocumentListRequest asks for a page of documents; an empty collection means all. */
export interface DocumentListRequest {
  collectionId: string;
  offset: number;
  limit: number;
}

/** DocumentList is a page of documents, newest first. */
export interface DocumentList {
  documents: Document[];
  total: number;
}

/** AddRequest adds files and folders by path; only the window and the local command line may use it. */
export interface AddRequest {
  paths: string[];
  collectionId: string;
}

/** AddResult says what became of them. */
export interface AddResult {
  documents: Document[];
  /** Known are documents that were there already (the same bytes). */
  known: string[];
  /** Refused are files that were not taken at all. */
  refused: RefusedFile[];
}

/** RefusedFile is a file that could not be added, and why. */
export interface RefusedFile {
  name: string;
  problem: Problem;
}

/** PickRequest opens the system's dialog; window only. */
export interface PickRequest {
  folder: boolean;
  collectionId: string;
}

/** MembershipRequest puts a document into a collection or takes it out. */
export interface MembershipRequest {
  documentId: string;
  collectionId: string;
}

/** Setting is one setting with its value and where the value comes from. Texts: setting.<key>.label, setting.<key>.help, setting.<key>.option.<value>. */
export interface Setting {
  key: string;
  type: 'choice' | 'text' | 'number' | 'switch' | 'list';
  group: 'general' | 'models' | 'documents' | 'privacy';
  value: string;
  default: string;
  options: string[];
  minimum?: number;
  maximum?: number;
  /** Origin: builtin, user, policy_default or policy. */
  origin: 'builtin' | 'user' | 'policy_default' | 'policy';
  locked: boolean;
  /** Source is the file of a policy, "" otherwise. */
  source: string;
  /** Restart is true if a change counts from the next start. */
  restart: boolean;
}

/** Settings lists them in the order they are shown. */
export interface Settings {
  settings: Setting[];
  /** Problems are broken policy files and values. */
  problems: Problem[];
}

/** SetRequest sets one; Reset goes back to the default. */
export interface SetRequest {
  key: string;
  value: string;
  reset: boolean;
}

/** Model is one that can be chosen for chats. */
export interface Model {
  name: string;
  label: string;
  bytes: number;
  quantization: string;
  context: number;
  /** sees pictures, as far as its server tells */
  images: boolean;
  /** English only, to try things out */
  trial: boolean;
  languages: string[];
  licence: string;
  default: boolean;
  /** runs outside this computer's own runtime */
  external: boolean;
  /** Provider is the name of the one that runs it, "" for the runtime in use. */
  provider: string;
  place: '' | Provider['place'];
  /** DataClass is the highest class of documents it may get, "" for any. */
  dataClass: '' | Provider['dataClass'];
}

/** Status is the state of the machine in one word and what stands behind it. */
export interface Status {
  word: 'starting' | 'ready' | 'loading' | 'indexing' | 'attention';
  problems: Problem[];
  /** Notices are worth knowing and no reason to worry. */
  notices: Problem[];
  /** Indexing counts documents that wait for text or vectors. */
  indexingDone: number;
  indexingTotal: number;
  /** -1 unknown */
  secondsLeft: number;
  runtime: 'starting' | 'ready' | 'down';
  runtimeKind: 'bundled' | 'external';
  /** false: another computer answers */
  runtimeLocal: boolean;
  runtimeHost: string;
  runtimeVersion: string;
  model: string;
  modelTrial: boolean;
  version: string;
  shell: 'window' | 'edge';
  /** Language is de or en, "" to leave it to the browser; Theme is system, light or dark. */
  language: string;
  theme: string;
  /** EgressRefused and EgressAllowed count connections beyond this computer since installation. */
  egressAllowed: number;
  egressRefused: number;
  dataFolder: string;
  /** Extensions that can be dropped, e.g. ".pdf". */
  extensions: string[];
}

/** EventsRequest asks for what happened after an event. */
export interface EventsRequest {
  after: number;
}

/** EventsResult replays events. Resync is true when some are gone: reload all. */
export interface EventsResult {
  events: Event[];
  resync: boolean;
  seq: number;
}

/** OpenRequest opens a link in the system's browser; http, https and mailto only. */
export interface OpenRequest {
  url: string;
}

/** Parameters say how the answers of a chat or an assistant are made. Zero values leave it to the settings and the model. */
export interface Parameters {
  style: '' | 'precise' | 'balanced' | 'creative' | 'own';
  /** Temperature and TopP count with the style own. */
  temperature?: number;
  topP?: number;
  /** MaxTokens is the longest answer and ContextWindow what the model has in view, in tokens; 0 for as much as fits and for the settings. */
  maxTokens: number;
  contextWindow: number;
  /** 0 for none */
  seed: number;
  thinking: '' | 'on' | 'off';
}

/** NamedCollection is a collection an assistant brings; ID is "" when none here has that name. */
export interface NamedCollection {
  id: string;
  name: string;
}

/** Assistant is a way to begin a chat: instructions, model, collections and parameters under one name. */
export interface Assistant {
  /** "" for a new one */
  id: string;
  /** Version changes with everything a chat takes over. */
  version: string;
  /** Source says whose it is; only own ones can be changed. */
  source: 'own' | 'builtin' | 'organisation';
  name: string;
  icon: string;
  colour: string;
  description: string;
  /** Model is "" for the default one. ModelMissing says that it is not installed; then ModelInstead answers, "" if nothing can. */
  model: string;
  modelMissing: boolean;
  modelInstead: string;
  instructions: string;
  collections: NamedCollection[];
  parameters: Parameters;
  starters: string[];
  /** 0 for those of the program */
  updatedAt: number;
}

/** AssistantList is what a chat can be begun with: those of the organisation first, then own ones, then the program's. */
export interface AssistantList {
  assistants: Assistant[];
  /** DefaultID begins every new chat, "" for none. */
  defaultId: string;
  /** OwnAllowed is false where the organisation provides all. */
  ownAllowed: boolean;
  /** Problems are files of the organisation that could not be read. */
  problems: Problem[];
  icons: ('sparkles' | 'scale' | 'mail' | 'languages' | 'code' | 'list-checks' | 'pen' | 'book' | 'table' | 'people' | 'search' | 'shield')[];
  colours: ('blue' | 'green' | 'amber' | 'red' | 'violet' | 'teal' | 'grey')[];
}

/** ChatAssistant is the assistant a chat was started with, as it was then. */
export interface ChatAssistant {
  id: string;
  version: string;
  name: string;
  icon: string;
  colour: string;
  description: string;
  /** State is changed when the assistant is another one by now, and gone when there is none any more; the chat goes on as it was. */
  state: 'same' | 'changed' | 'gone';
  /** the model it wanted, "" if it is there */
  modelMissing: string;
  modelInstead: string;
  instructions: string;
}

/** ChatSetup is what a chat answers by beside its instructions. */
export interface ChatSetup {
  chatId: string;
  assistant?: ChatAssistant;
  /** Parameters in force; Own says that they are the chat's and not the assistant's. */
  parameters: Parameters;
  own: boolean;
  /** LargestWindow is what model and memory allow, in tokens; 0 unknown. */
  largestWindow: number;
  /** Window is what the next question will have. */
  window: number;
  /** Thinks says whether the model can be asked to think first. */
  thinks: 'yes' | 'no' | 'unknown';
}

/** ParametersRequest changes the parameters of a chat; Reset returns to those of its assistant. */
export interface ParametersRequest {
  chatId: string;
  parameters: Parameters;
  reset: boolean;
}

/** SharedFile is a file to save, or one that a person chose. */
export interface SharedFile {
  name: string;
  content: string;
}

/** SharedPath is a file on this computer; local callers only. */
export interface SharedPath {
  path: string;
}

/** AssistantDraft is what a file holds, for a person to look at before it is kept. Nothing was stored. */
export interface AssistantDraft {
  assistant: Assistant;
  /** NameTaken says that an own assistant has this name; the draft has another one. */
  nameTaken: boolean;
  /** MissingCollections are named in the file and not here. */
  missingCollections: string[];
}

/** PromptImport says what became of a file of prompts. */
export interface PromptImport {
  added: number;
  /** Known were there already, word for word; Renamed have a name that was taken. */
  known: number;
  renamed: number;
}

/** BriefingState says whether the introduction is due on this computer. */
export interface BriefingState {
  mode: 'offered' | 'required' | 'off';
  version: string;
  /** Due is true while it shall be shown by itself; Blocking while no question may be asked before. */
  due: boolean;
  blocking: boolean;
  /** The last time it was gone through; CompletedAt is 0 for never. */
  completedAt: number;
  completedVersion: string;
  completedLanguage: string;
  /** Title and Contact are the organisation's words, "" for none. */
  title: string;
  contact: string;
}

/** Briefing is the introduction in the language in use. */
export interface Briefing {
  state: BriefingState;
  cards: BriefingCard[];
  questions: BriefingQuestion[];
}

/** BriefingCard is one page of it. */
export interface BriefingCard {
  id: string;
  title: string;
  text: string;
  points: string[];
}

/** BriefingQuestion is one of the self-check. The page compares the answer itself: none is sent or kept. */
export interface BriefingQuestion {
  text: string;
  options: string[];
  /** index of the right one */
  answer: number;
  why: string;
}

/** BriefingDone records that the introduction was gone through. */
export interface BriefingDone {
  version: string;
  language: 'de' | 'en';
}

/** CertificateRequest asks for the record as a file; a name is written into it and kept nowhere. */
export interface CertificateRequest {
  name: string;
}

/** ChatFolder holds chats and other folders. Model and CollectionIDs are what a new chat in it begins with. */
export interface ChatFolder {
  id: string;
  /** "" at the top */
  parentId: string;
  name: string;
  /** "" for the default */
  model: string;
  collectionIds: string[];
  /** in it, without those of folders in it */
  chats: number;
}

/** ChatFolders lists all, by name; the tree is in ParentID. */
export interface ChatFolders {
  folders: ChatFolder[];
}

/** ChatFolderRequest makes a folder (without an ID) or changes the fields that are present. */
export interface ChatFolderRequest {
  id: string;
  parentId?: string;
  name?: string;
  model?: string;
  collectionIds?: string[];
}

/** ChatSearchRequest looks for words and filter words in chats. */
export interface ChatSearchRequest {
  query: string;
  limit: number;
}

/** ChatSearchResult is what was found, chats whose title has the words first, then those with the newest message. */
export interface ChatSearchResult {
  hits: ChatHit[];
  /** Unknown are values of filter words that mean nothing here, as typed. */
  unknown: string[];
}

/** ChatHit is one chat found. Marks are the words looked for, in the title and in the excerpt. */
export interface ChatHit {
  chat: Chat;
  /** "" if the title was found */
  messageId: string;
  /** of the message, else of the chat's last one */
  at: number;
  /** of the message */
  excerpt: string;
  titleMarks: Span[];
  marks: Span[];
  /** Document is one that the message rests on, if it was found by its name. */
  document?: string;
  documentMarks?: Span[];
}

/** CollectionUpdateRequest changes the fields that are present. RetainUntil is YYYY-MM-DD, "" for no date. */
export interface CollectionUpdateRequest {
  id: string;
  name?: string;
  purpose?: string;
  owner?: string;
  retainUntil?: string;
  /** DataClass is public, internal or confidential, "" for what the settings say. */
  dataClass?: '' | Provider['dataClass'];
}

/** CollectionStatistics describe a collection, or all documents. */
export interface CollectionStatistics {
  documents: number;
  failed: number;
  waiting: number;
  passages: number;
  embedded: number;
  pages: number;
  /** Tokens is an estimate from the length of the text. */
  tokens: number;
  /** most documents first */
  languages: LanguageCount[];
  /** CopiedBytes are copies in the data folder, LinkedBytes files that are read where they lie, IndexBytes about what text, passages and vectors take. */
  copiedBytes: number;
  linkedBytes: number;
  indexBytes: number;
}

/** LanguageCount is how many documents are in a language, "" for not recognised. */
export interface LanguageCount {
  language: string;
  documents: number;
}

/** TwinsRequest asks what is there more than once, in a collection ("": all) or with one document. */
export interface TwinsRequest {
  collectionId: string;
  documentId: string;
}

/** Twins are groups of files or documents that hold the same. */
export interface Twins {
  groups: TwinGroup[];
  /** More is true when there are more than are listed. */
  more: boolean;
}

/** TwinGroup holds the same. Bytes: identical files, read once; text: documents with the same words in another file. */
export interface TwinGroup {
  same: 'bytes' | 'text';
  files: Twin[];
}

/** Twin is one of a group. */
export interface Twin {
  documentId: string;
  name: string;
}

/** TransferRequest puts documents into a collection and takes them out of another one unless that is "". */
export interface TransferRequest {
  documentIds: string[];
  from: string;
  to: string;
}

/** DocumentsRequest names documents. */
export interface DocumentsRequest {
  documentIds: string[];
}

/** Image is a picture that belongs to a question. */
export interface Image {
  /** SHA-256 of its bytes, hex */
  hash: string;
  name: string;
  mediaType: 'image/png' | 'image/jpeg';
  width: number;
  height: number;
  bytes: number;
  /** Tokens it may take of a model's window, an upper bound for the usual models. */
  tokens: number;
}

/** ImageUpload is a picture in PNG or JPEG, at most 2.5 MiB; a page makes larger ones and other formats fit. */
export interface ImageUpload {
  name: string;
  /** base64 */
  content: string;
  /** ChatID is the chat whose question it belongs to, "" for one that does not exist yet; that one is Temporary if it will never be written. */
  chatId?: string;
  temporary?: boolean;
}

/** ImageRequest names a picture. */
export interface ImageRequest {
  hash: string;
}

/** ImageContent is the bytes of a picture. */
export interface ImageContent {
  mediaType: string;
  /** base64 */
  content: string;
}

/** ImagePath is a picture that fell on the window. */
export interface ImagePath {
  path: string;
}

/** ImageFile is its bytes, for the page to make fit. */
export interface ImageFile {
  name: string;
  /** base64 */
  content: string;
}

/** Draft is what stands in the field of a chat and was not sent. */
export interface Draft {
  /** "" for the chat that does not exist yet */
  chatId: string;
  /** "" without images ends the draft */
  text: string;
  images?: Image[];
}

/** Drafts are those of all chats. */
export interface Drafts {
  drafts: Draft[];
}

/** QueuedQuestion waits in a chat for the running answer. */
export interface QueuedQuestion {
  id: string;
  chatId: string;
  text: string;
  mode: Asked['mode'];
  filter?: Filter;
  images?: Image[];
}

/** ChatQueue is what waits in a chat, first come first. */
export interface ChatQueue {
  chatId: string;
  questions: QueuedQuestion[];
  /** Problem kept the first one from being sent. */
  problem?: Problem;
}

/** QueueChange replaces the text of a waiting question. */
export interface QueueChange {
  id: string;
  text: string;
}

/** BudgetRequest asks what the next request of a chat would hold. */
export interface BudgetRequest {
  chatId: string;
  text: string;
  /** of a new chat */
  collectionIds: string[];
  /** AssistantID is what a new chat would begin with, as in SendRequest. */
  assistantId?: string;
  /** of a new chat */
  setup?: NewChatSetup;
  filter?: Filter;
  mode: Asked['mode'];
  images?: Image[];
}

/** Budget is about how many tokens the next request of a chat would hold, and what of it has no room. It is counted piece by piece: what a template adds is estimated. */
export interface Budget {
  /** "" if none would be asked */
  model: string;
  /** tokens */
  contextWindow: number;
  /** of it kept for the answer */
  answerReserve: number;
  /** What would be sent, in tokens. */
  instructions: number;
  history: number;
  documents: number;
  question: number;
  /** of this question */
  images: number;
  /** Mode is how documents would be used, "" without any. WholeTokens is what they hold in full, 0 if they are too many to be given in full. */
  mode: Asked['mode'];
  wholeTokens: number;
  /** Turns are the earlier questions with their answers, oldest first; a chat that starts later by a person's wish has fewer. */
  turns: BudgetTurn[];
  /** LeftOut of them, from the oldest on, have no room. */
  leftOut: number;
  /** Before is how many earlier questions stand before the chosen start. */
  before: number;
  /** Trouble is what does not fit, "" if all does. */
  trouble: '' | 'history' | 'document' | 'question';
  /** LargerWindow is one in which all would fit, 0 if there is none on this computer. It would take LargerBytes of memory, 0 if that is unknown, and WindowSlow says that the model would get slower. */
  largerWindow: number;
  largerBytes: number;
  windowSlow: boolean;
}

/** BudgetTurn is an earlier question with its answer. */
export interface BudgetTurn {
  /** of the question */
  messageId: string;
  /** its beginning */
  question: string;
  tokens: number;
}

/** ChatStart is the question from which on a chat is sent along; "" for all. */
export interface ChatStart {
  chatId: string;
  messageId: string;
}

/** Desktop is what the desktop around the window offers beside it; all empty where there is no window. */
export interface Desktop {
  /** Window is true for the page in a window. */
  window: boolean;
  /** Tray is true where the system shows the icons of programs that run without a window. */
  tray: boolean;
  /** Hotkeys is true where the system lets keys call a program from anywhere; the window looks when somebody asks. */
  hotkeys: boolean;
  /** Held is true while the wanted keys call the window; Chosen is how the desktop names them where it chose others, else "". */
  held: boolean;
  chosen: string;
  /** Problem says why the wanted keys do not call the window. */
  problem?: Problem;
}

/** Summoned says that somebody called the window from outside: what they want is to write. */
export interface Summoned {
  newChat: boolean;
}

/** DictationChat is where the words will go; it decides which providers may hear them. */
export interface DictationChat {
  /** "" for a new chat */
  chatId: string;
  /** of a new chat */
  collectionIds: string[];
  /** Filter is what is chosen beside the question. */
  filter?: Filter;
}

/** DictationState says whether speech can be written down here. */
export interface DictationState {
  /** Models can write down speech; Model is the one that would, "" if none. */
  models: DictationModel[];
  model: string;
  /** Problem says why Model may not be used for this chat. */
  problem?: Problem;
  /** Seconds is how long a recording may be. */
  seconds: number;
}

/** DictationModel is a provider's model for speech. */
export interface DictationModel {
  name: string;
  label: string;
  provider: string;
  place: 'this_computer' | 'company' | 'hosted';
}

/** TranscribeRequest is a recording that is to become text. It is written nowhere. */
export interface TranscribeRequest {
  chat: DictationChat;
  /** WAV is a file with one channel of 16-bit samples, 16,000 a second; base64. */
  wav: string;
  /** Language is the window's: it counts where the settings say so. */
  language: 'de' | 'en';
}

/** Transcript is what was said. */
export interface Transcript {
  text: string;
}

/** Filter narrows where a question looks. Empty fields do not limit; named documents are found wherever they are, everything else within the chat's collections, or in all documents if the chat has none. */
export interface Filter {
  documentIds: string[];
  /** formats as in [Document].Format */
  types: string[];
  /** After and Before bound when a document was added: After ≤ t < Before; 0 for no bound. */
  after: number;
  before: number;
  /** Folder is a path or the end part of one ("Contracts/2024"), with all below it. */
  folder: string;
}

/** FilterRequest is a question as it is being typed. */
export interface FilterRequest {
  text: string;
  collectionIds: string[];
}

/** FilterReading is what the words of a question say about where to look. The same reading happens when the question is sent. */
export interface FilterReading {
  /** Text is the question without those words. */
  text: string;
  filter: Filter;
  /** Documents are the named ones, for chips. */
  documents: FilterDocument[];
  /** Unknown are names behind an @ that no document has. */
  unknown: string[];
}

/** FilterDocument is a document to choose. */
export interface FilterDocument {
  id: string;
  name: string;
  format: string;
}

/** FilterSuggestRequest asks what could follow an @ or stand in a filter. */
export interface FilterSuggestRequest {
  /** Query is the start of a name, or a word in it; "" for the newest. */
  query: string;
  /** none: all documents */
  collectionIds: string[];
  /** of documents; 0 for 8 */
  limit: number;
}

/** FilterSuggestions are the choices. */
export interface FilterSuggestions {
  documents: FilterDocument[];
  /** Types and Folders occur among the documents; types most frequent first. */
  types: string[];
  folders: string[];
}

/** FindRequest looks for words in one chat. */
export interface FindRequest {
  chatId: string;
  query: string;
}

/** FindResult lists the messages of the shown branch that have the words as they are typed, oldest first. */
export interface FindResult {
  matches: FindMatch[];
}

/** FindMatch is a message that was found. */
export interface FindMatch {
  messageId: string;
  /** on the branch, from 0 */
  position: number;
  /** how often the words are in it */
  count: number;
}

/** Folder is a folder that is linked to a collection: its files are read where they lie, and what changes there changes here. */
export interface Folder {
  id: string;
  collectionId: string;
  path: string;
  /** last part of the path */
  name: string;
  include: string[];
  exclude: string[];
  paused: boolean;
  /** State: waiting for its first look, looking what is there, reading files, synced, paused, battery (it waits for the mains), problem, removing. */
  state: 'waiting' | 'looking' | 'reading' | 'synced' | 'paused' | 'battery' | 'problem' | 'removing';
  /** Files by what became of them; Skipped are of kinds Kontor does not read. */
  indexed: number;
  waiting: number;
  failed: number;
  leftOut: number;
  skipped: number;
  /** ScannedAt is when the folder was last looked at as a whole, 0 never. */
  scannedAt: number;
  problem?: Problem;
  /** RescanOnly: the system tells of no changes here, they are found every few minutes. */
  rescanOnly: boolean;
}

/** Folders lists linked folders. */
export interface Folders {
  folders: Folder[];
  /** Excluded are the patterns that always count. */
  excluded: string[];
}

/** LinkRequest links a folder; only the window and the local command line may name one. An empty CollectionID takes the collection of the folder's name. */
export interface LinkRequest {
  path: string;
  collectionId: string;
  include: string[];
  exclude: string[];
}

/** PickedFolder is what the system's dialog gave; "" if the person changed their mind. */
export interface PickedFolder {
  path: string;
}

/** FolderUpdateRequest changes the fields that are present. */
export interface FolderUpdateRequest {
  id: string;
  include?: string[];
  exclude?: string[];
  paused?: boolean;
}

/** FolderSyncRequest looks at a folder now. Accept believes that it is empty, after it was asked about. */
export interface FolderSyncRequest {
  id: string;
  accept: boolean;
}

/** UnlinkRequest ends the link; Keep leaves the documents as they are. */
export interface UnlinkRequest {
  id: string;
  keep: boolean;
}

/** FolderFilesRequest asks for a page of a folder's files. */
export interface FolderFilesRequest {
  id: string;
  filter: '' | 'indexed' | 'waiting' | 'failed' | 'left_out';
  offset: number;
  limit: number;
}

/** FolderFiles is a page of files by path. */
export interface FolderFiles {
  files: FolderFile[];
  total: number;
}

/** FolderFile is a file in a linked folder and what became of it. */
export interface FolderFile {
  id: number;
  /** below the folder's */
  path: string;
  bytes: number;
  modifiedAt: number;
  documentId: string;
  status: 'indexed' | 'waiting' | 'failed' | 'left_out';
  problem?: Problem;
}

/** FolderFileRequest names one file of a folder. */
export interface FolderFileRequest {
  folderId: string;
  fileId: number;
}

/** Gaps is what could not be read of a document that was read otherwise. */
export interface Gaps {
  /** Parts are attachments and members of archives, each with its problem; Args has its name. */
  parts: Problem[];
  /** PagesWithoutText are pages, from 1, that show no text, such as scans that nobody recognised. */
  pagesWithoutText: number[];
}

/** Downloads is the queue of models on their way, oldest first. */
export interface Downloads {
  jobs: Download[];
  /** Registry is the address models come from, "" if none was set; Allowed says whether downloads are. */
  registry: string;
  allowed: boolean;
  /** FreeBytes is the room where models are kept, 0 if the system does not say; LimitKiB is the most a download may take in a second, 0 for no limit. */
  freeBytes: number;
  limitKiB: number;
  /** Rooms are the other disks that count: where the models are on their way to, and where documents and chats are. */
  rooms: DiskRoom[];
}

/** DiskRoom is what is free on another disk than the one of the models. */
export interface DiskRoom {
  use: 'target' | 'data';
  folder: string;
  freeBytes: number;
}

/** Download is one model, file or pack on its way. Sizes are bytes. */
export interface Download {
  id: string;
  kind: 'registry' | 'file' | 'store' | 'pack' | 'move';
  name: string;
  state: 'queued' | 'running' | 'paused' | 'failed' | 'done';
  /** Phase of a running job beside moving bytes. */
  phase: '' | 'verifying';
  done: number;
  total: number;
  /** Rate in bytes per second and SecondsLeft, 0 if they are not known. */
  rate: number;
  secondsLeft: number;
  problem?: Problem;
}

/** FetchRequest names a model of the registry. */
export interface FetchRequest {
  name: string;
}

/** TakeRequest names a model file, a model pack, a folder of either, or the model folder of an Ollama. */
export interface TakeRequest {
  path: string;
  /** Unsigned is the explicit yes to a pack that nobody signed. */
  unsigned: boolean;
}

/** DownloadAction changes a job of the queue. */
export interface DownloadAction {
  id: string;
  action: 'pause' | 'resume' | 'cancel';
}

/** StoredModels are the models in the models' folder, and the packs. */
export interface StoredModels {
  models: StoredModel[];
  packs: InstalledPack[];
}

/** StoredModel is a model as it lies on the disk. Sizes are bytes. */
export interface StoredModel {
  name: string;
  bytes: number;
  /** Frees is what deleting it gives back. */
  frees: number;
  /** Folder is where it is used in place, "" for this program's own. */
  folder: string;
  /** Needed models belong to the program and cannot be deleted. */
  needed: boolean;
  /** Shared models lie in the folder of the whole machine, which is never changed. */
  shared: boolean;
  /** Pack it came with, "" for none. */
  pack: string;
}

/** InstalledPack is a model pack that was installed. */
export interface InstalledPack {
  name: string;
  title: string;
  version: number;
  bytes: number;
  models: string[];
  /** Key that signed it, "" for none. */
  key: string;
}

/** ModelByName names an installed model or pack. */
export interface ModelByName {
  name: string;
}

/** Freed says how many bytes became free. */
export interface Freed {
  bytes: number;
}

/** ModelFileFacts is what can be said of a file or folder before it is taken. */
export interface ModelFileFacts {
  kind: 'file' | 'store' | 'pack';
  name: string;
  bytes: number;
  /** Architecture, Context in tokens, Licence and Template of a model file. */
  architecture: string;
  context: number;
  licence: string;
  template: string;
  /** Title, Version and Key of a pack; Trust is nil for a trusted one. */
  title: string;
  version: number;
  key: string;
  trust?: Problem;
  /** Parts are the models and the data for reading images. */
  parts: ModelFilePart[];
  /** NeedBytes is what installing takes on the disk, FreeBytes what is free there, 0 if the system does not say. */
  needBytes: number;
  freeBytes: number;
}

/** ModelFilePart is a model or another file of what can be taken. */
export interface ModelFilePart {
  name: string;
  role: 'chat' | 'embedding' | 'reranking' | 'ocr' | '';
  bytes: number;
  /** Licence as an SPDX identifier and Origin as the maker of a pack wrote it. */
  licence: string;
  origin: string;
}

/** MarkCounts is how often a person marked answers, by the model that wrote them. It is counted on this computer and goes nowhere. */
export interface MarkCounts {
  models: ModelMarks[];
}

/** ModelMarks are the marks of one model's answers. */
export interface ModelMarks {
  /** as its answers name it */
  model: string;
  good: number;
  bad: number;
}

/** ModelMemory says which models are in memory. Sizes are bytes. */
export interface ModelMemory {
  models: ModelInMemory[];
  /** FreeBytes of TotalBytes are available to programs, 0 if the system does not say. Short is true while that is so little that idle models are let go. */
  freeBytes: number;
  totalBytes: number;
  short: boolean;
  /** LetGo is the model that was let go last to make room, absent if none was since the start. */
  letGo?: ModelLetGo;
}

/** ModelInMemory is a model that need not be loaded to work. */
export interface ModelInMemory {
  name: string;
  /** Bytes as the runtime reckons them, 0 if it does not tell. */
  bytes: number;
  /** ContextWindow in tokens, 0 if it is not known. */
  contextWindow: number;
  working: boolean;
  /** UsedAt is when it last had work, Unix time in milliseconds, 0 for not since the start. */
  usedAt: number;
}

/** ModelLetGo is a model that made room. */
export interface ModelLetGo {
  name: string;
  /** Unix time in milliseconds */
  at: number;
  /** FreeBytes is what was free before. */
  freeBytes: number;
}

/** ModelPlace says where models are kept and where else they could be. */
export interface ModelPlace {
  /** Folder is where they are now, Usual where they are unless somebody chose another folder. */
  folder: string;
  usual: string;
  /** Bytes is what they take there, FreeBytes what is free, 0 if the system does not say. */
  bytes: number;
  freeBytes: number;
  /** Gone is true while the folder is not there, such as on a disk that is unplugged. */
  gone: boolean;
  /** Fixed says that a policy or the command line decides it; FixedBy is the policy's file. */
  fixed: boolean;
  fixedBy: string;
  /** Moving is the folder they are on their way to, "" if none. */
  moving: string;
  disks: ModelVolume[];
  /** Target is what the folder that was asked about would mean. */
  target?: ModelTarget;
}

/** ModelVolume is a disk that models could be kept on. */
export interface ModelVolume {
  /** Path of the disk, and the folder on it that would hold the models. */
  path: string;
  folder: string;
  freeBytes: number;
  totalBytes: number;
  current: boolean;
}

/** ModelTarget is a folder that models could be moved to. */
export interface ModelTarget {
  folder: string;
  freeBytes: number;
  /** Problem is why it cannot be used. */
  problem?: Problem;
}

/** ModelPlaceRequest asks for the place, and about a folder if Path is not "". */
export interface ModelPlaceRequest {
  path: string;
}

/** ModelMoveRequest asks to keep models in another folder; "" is the usual one. */
export interface ModelMoveRequest {
  path: string;
}

/** ModelProof says where an installed model came from, and whether its files are what they were when they came. */
export interface ModelProof {
  name: string;
  /** Digest of the weights, SHA-256 in hexadecimal, "" if the model lies in a runtime that is not this program's. */
  digest: string;
  origin: 'starter' | 'registry' | 'file' | 'pack' | 'place' | 'unknown';
  /** From is the registry's address, the file's name, the pack's title or the folder it is used in; Key signed the pack, "" for none. */
  from: string;
  key: string;
  /** Verified says when all files had the digests that they are named by: when they came, at the time CheckedAt, or not at that time. */
  verified: '' | 'arrival' | 'checked' | 'changed';
  /** Unix milliseconds, 0 unknown */
  checkedAt: number;
  /** Template turns a chat into a prompt; LicenceText came with the model. */
  template: string;
  licenceText: string;
}

/** ModelList lists chat models and what this machine could run. */
export interface ModelList {
  models: Model[];
  /** Proposal is the chat model that fits this machine when only the trial model is there. */
  proposal?: ModelProposal;
  embedder: string;
}

/** ModelProposal is the model that suits a use best on this machine. */
export interface ModelProposal {
  use: 'chat' | 'coding' | 'embedding';
  name: string;
  label: string;
  /** Bytes of the file, MemoryBytes of this machine. */
  bytes: number;
  memoryBytes: number;
  verdict: ModelVerdict;
  installed: boolean;
}

/** ModelVerdict says whether and how a model runs on this machine. Sizes are bytes. */
export interface ModelVerdict {
  level: 'fits' | 'slower' | 'no' | 'unknown';
  /** Reason is explained by the text models.reason.<reason>. */
  reason: 'graphics' | 'unified' | 'processor' | 'offload' | 'slow' | 'tight' | 'memory' | 'cluster' | 'unknown';
  /** Quantization is the file that the verdict is about. */
  quantization: string;
  fileBytes: number;
  /** NeedBytes is what running takes, HaveBytes what models may use here. */
  needBytes: number;
  haveBytes: number;
  weightsBytes: number;
  cacheBytes: number;
  graphBytes: number;
  graphicsBytes: number;
  /** NeedMeasured is true when the runtime itself told the size. */
  needMeasured: boolean;
  /** Rate of an answer in tokens per second, 0 if there is none; RateMeasured is true when it was measured here. */
  rate: number;
  rateMeasured: boolean;
}

/** ModelCatalog is what is known of models and of the machine they would run on. */
export interface ModelCatalog {
  hardware: Hardware;
  proposals: ModelProposal[];
  /** Busy is true if what was measured here would leave no chat model and the proposals rest on estimates: the computer was most probably busy. */
  busy: boolean;
  /** Embedder is the model that documents are searched with, "" for none. */
  embedder: string;
  models: CatalogModel[];
  /** Window in tokens that the verdicts are about. */
  window: number;
}

/** EmbedderChange is what choosing an embedding model for the documents means. */
export interface EmbedderChange {
  name: string;
  /** Passages there are, and those of them that must be read anew. */
  passages: number;
  missing: number;
}

/** CatalogModel is one model of the catalogue, or one that is installed and in no catalogue. */
export interface CatalogModel {
  name: string;
  label: string;
  maker: string;
  role: 'chat' | 'embedding' | 'reranking';
  class: 'tiny' | 'small' | 'medium' | 'large' | 'very_large' | 'frontier';
  /** Licence is an SPDX identifier where there is one; NonCommercial ones forbid companies to use the model unasked. */
  licence: string;
  nonCommercial: boolean;
  languages: string[];
  modalities: string[];
  context: number;
  parameters: number;
  /** 0: all */
  active: number;
  files: ModelFile[];
  /** MinimumRuntime is the oldest Ollama known to run it, "" if none is known. */
  minimumRuntime: string;
  /** by language */
  strengths: Record<string, string>;
  limits: Record<string, string>;
  /** by figure: parameters, shape, size, … */
  sources: Record<string, string>;
  /** figures that are estimates */
  estimates: string[];
  trial: boolean;
  installed: boolean;
  /** is in the catalogue */
  known: boolean;
  verdict: ModelVerdict;
}

/** ModelFile is one quantization of a model. */
export interface ModelFile {
  name: string;
  bytes: number;
  digest: string;
}

/** Hardware is this machine in the terms people know. Sizes are bytes, 0 means unknown. */
export interface Hardware {
  system: 'linux' | 'windows' | 'darwin' | '';
  model: string;
  processor: string;
  cores: number;
  /** fast cores where there are two kinds */
  performance: number;
  efficiency: number;
  /** MemoryBytes this program may use in all, FreeBytes now, ModelBytes what models may take. */
  memoryBytes: number;
  freeBytes: number;
  modelBytes: number;
  /** by a container */
  limited: boolean;
  graphics: Graphics[];
  /** Computes says where the runtime computes. */
  computes: 'processor' | 'graphics' | 'unknown';
  npu: string;
  /** free where models are kept */
  diskBytes: number;
  battery: boolean;
  onBattery: boolean;
  /** percent, 0 unknown */
  charge: number;
}

/** Graphics is a graphics processor. */
export interface Graphics {
  name: string;
  /** Bytes of its own, SharedBytes of the main memory that it may use. */
  bytes: number;
  sharedBytes: number;
  integrated: boolean;
  /** Unified ones are fast enough for models though they use the main memory. */
  unified: boolean;
}

/** Asked is what a question asked for beyond its text. It is kept with the question, so that another answer to it starts from the same wishes. */
export interface Asked {
  /** Mode is how documents shall be used; "" lets the question decide. */
  mode: '' | 'whole_document' | 'retrieval' | 'everything' | 'table';
  table?: TableQuestion;
}

/** Survey is how far an answer went through all passages of the chosen documents, and what it found there. */
export interface Survey {
  documents: number;
  /** passages */
  total: number;
  /** of them read */
  done: number;
  /** SecondsLeft is an estimate while the answer runs, -1 when unknown. */
  secondsLeft: number;
  findings: Finding[];
  /** More is how many findings are counted but not listed. */
  more?: number;
  /** ByWords: the passages that hold the question's words, found without a model. */
  byWords: boolean;
  /** Ask is what the question wants of the findings. */
  ask: '' | 'list' | 'count' | 'compare';
  /** Scope identifies what was read; going on needs the same. */
  scope: string;
}

/** Finding is one thing that going through everything found. */
export interface Finding {
  text: string;
  /** its title; DocumentID is "" where it is not known */
  document: string;
  documentId: string;
  /** numbers of passages */
  citations: number[];
  /** Supported is false if no passage holds what the model wrote; such a finding is shown with a mark and not counted. */
  supported: boolean;
}

/** AnswerWork replaces what is known of a longer work behind an answer. */
export interface AnswerWork {
  messageId: string;
  survey?: Survey;
  table?: TableOutcome;
}

/** OfferRequest asks how a question would be answered. */
export interface OfferRequest {
  chatId: string;
  text: string;
  /** of a new chat */
  collectionIds: string[];
  filter?: Filter;
}

/** Offer is how a question would be answered, and what going through everything would cost. */
export interface Offer {
  /** Automatic is the mode that the question itself leads to; "" without documents. */
  automatic: Asked['mode'];
  /** Propose is a better way that takes longer than people wait, "" if there is none. */
  propose: Asked['mode'];
  /** Documents and Passages that going through everything would read. */
  documents: number;
  passages: number;
  /** Seconds it would take on this computer, estimated; 0 without a model. */
  seconds: number;
  /** ByWords: without a model only the question's words are looked for. */
  byWords: boolean;
  /** Tables is how many of the documents are spreadsheets. */
  tables: number;
}

/** NotifyRequest is a notification of the system. It holds no content of a chat beside its title. */
export interface NotifyRequest {
  title: string;
  body: string;
}

/** ChatOpenRequest opens a chat, whole or a part of its shown branch. */
export interface ChatOpenRequest {
  id: string;
  /** Limit is how many messages to load, 0 for all. */
  limit?: number;
  /** Around is a message to have among them, if it is on the shown branch; "" for those at the end. While an answer is written nothing after it is left out. */
  around?: string;
}

/** MessagesRequest asks for the messages next to one that is there. */
export interface MessagesRequest {
  chatId: string;
  /** MessageID is the first or the last message that is there. */
  messageId: string;
  /** Later asks for those after it instead of those before it. */
  later: boolean;
  limit: number;
}

/** MessagePage is a part of a branch, oldest first. */
export interface MessagePage {
  messages: Message[];
  /** More counts the messages beyond it in the direction that was asked for. */
  more: number;
}

/** PreviewRequest opens a document at a passage. Start and End are the byte offsets of a [Passage]; equal means no highlight. */
export interface PreviewRequest {
  documentId: string;
  /** of the passage; "" for the present version */
  fileHash: string;
  start: number;
  end: number;
  /** Text is the passage's snapshot. It finds the place again in another version, and is shown alone when the document is gone. */
  text?: string;
  /** FromBlock and ToBlock page through documents made of blocks; both 0 means around the highlight. */
  fromBlock: number;
  toBlock: number;
}

/** Preview is what the side panel shows. */
export interface Preview {
  documentId: string;
  document: string;
  format: string;
  kind: 'pdf' | 'text' | 'sheet' | 'slides' | 'mail';
  /** Date is when the file was last written, else when it was added. */
  date: number;
  /** URL of the original's bytes, relative to the page. */
  url?: string;
  /** to open first, for Kind pdf */
  page?: number;
  pages?: number;
  rects: Rect[];
  /** Blocks of all other kinds; Total counts all, First is the ordinal of the first one here. */
  blocks: PreviewBlock[];
  first: number;
  total: number;
  /** Marked is the ordinal of the first highlighted block, -1 for none. */
  marked: number;
  /** Sheets of a workbook or table, in order. */
  sheets?: PreviewSheet[];
  /** Changed: the file is not the one the passage was taken from. */
  changed: boolean;
  /** Lost: the passage's text is not in this version any more. Gone: the document was deleted. The snapshot is shown in both cases. */
  lost: boolean;
  gone: boolean;
}

/** PreviewSheet is one sheet of a workbook. */
export interface PreviewSheet {
  /** "" for a file that is one table */
  name: string;
  /** ordinal of its first block */
  first: number;
  /** rows with content, and comments */
  blocks: number;
  /** the last one with content */
  columns: number;
}

/** Rect is a highlighted area in PDF points, origin at the top left of the page as displayed. */
export interface Rect {
  page: number;
  x: number;
  y: number;
  width: number;
  height: number;
  pageWidth: number;
  pageHeight: number;
}

/** PreviewBlock is a paragraph, heading or table row with the parts to highlight. */
export interface PreviewBlock {
  kind: 'paragraph' | 'heading' | 'list_item' | 'table' | 'footnote' | 'comment' | 'code' | 'notes' | 'mail_header' | 'attachment';
  level?: number;
  slide?: number;
  row?: number;
  text: string;
  marks: Span[];
  /** Cells of a table row, where they are known; Text is the whole row then. */
  cells?: PreviewCell[];
}

/** PreviewCell is a cell with text. */
export interface PreviewCell {
  /** from 1 */
  column: number;
  text: string;
  marks?: Span[];
}

/** Span is a part of a text, in UTF-16 code units. */
export interface Span {
  start: number;
  end: number;
}

/** OriginalRequest opens a document's file in the program the system has for it, or shows it in its folder; window only. */
export interface OriginalRequest {
  documentId: string;
  /** show it in its folder instead */
  folder: boolean;
}

/** PromptField is a place of a prompt that a person fills in. */
export interface PromptField {
  label: string;
  kind: 'line' | 'long' | 'choice';
  /** of a choice */
  options: string[];
  optional: boolean;
  /** Places are the spellings in the text that the value replaces. */
  places: string[];
}

/** Prompt is a text to be used again, with places to fill in. */
export interface Prompt {
  /** "" for a new one */
  id: string;
  title: string;
  about: string;
  group: 'organisation' | 'own' | 'write' | 'language' | 'read' | 'meeting' | 'data' | 'think' | 'people';
  text: string;
  /** Fields are found in the text; they are not read when it is saved. */
  fields: PromptField[];
  /** BuiltIn prompts come with the program or from the organisation: they can be copied, not changed. */
  builtIn: boolean;
}

/** InLanguage asks for texts of the program in the language of a page; "" is the program's own. */
export interface InLanguage {
  language: '' | 'de' | 'en';
}

/** PromptList is the library: those of the organisation, then a person's own. */
export interface PromptList {
  prompts: Prompt[];
}

/** Instructions are what the model is told in one chat beside the question. */
export interface Instructions {
  chatId: string;
  /** "" for none */
  text: string;
}

/** ProviderList is what may run models beside this computer's own runtime. */
export interface ProviderList {
  providers: Provider[];
  /** Allow is how far a provider may be away; AllowLocked that a policy decides it. */
  allow: 'this_computer' | 'company' | 'hosted';
  allowLocked: boolean;
  /** Editable is false where a policy keeps the list as it is. */
  editable: boolean;
  kinds: ProviderKind[];
}

/** ProviderKind is a kind of server that Kontor knows how to speak to. */
export interface ProviderKind {
  kind: string;
  /** Address is the usual one. */
  address: string;
  /** a service on the internet */
  hosted: boolean;
}

/** Provider is a server that runs models. Its key is never told. */
export interface Provider {
  id: string;
  name: string;
  kind: string;
  address: string;
  /** DataClass is the highest class of documents it may get. */
  dataClass: 'public' | 'internal' | 'confidential';
  enabled: boolean;
  /** Authority is a file with certificates of the company's own authority, Certificate and CertificateKey are files of this client. */
  authority: string;
  certificate: string;
  certificateKey: string;
  /** Proxy is "system", "none", or an address. */
  proxy: string;
  /** TimeoutSeconds is how long nothing may come. */
  timeoutSeconds: number;
  /** Models are names for servers that list none; ContextWindow is their window in tokens where the server does not tell, 0 unknown. */
  models: string[];
  contextWindow: number;
  /** KeyPlace says where the key is kept, "" if there is none. */
  keyPlace: '' | 'keyring' | 'file';
  /** Preset providers come from the organisation and cannot be changed; NeedsKey says that one of them wants a key of the person's own. */
  preset: boolean;
  needsKey: boolean;
  /** Place says how far away it is, Allowed whether that is permitted. */
  place: 'this_computer' | 'company' | 'hosted';
  allowed: boolean;
  /** of the last time it was asked */
  problem?: Problem;
}

/** ProviderSaveRequest adds a provider (no ID) or changes one. Key is absent to keep what is there, "" to forget it. */
export interface ProviderSaveRequest {
  provider: Provider;
  key?: string;
}

/** ProviderTestResult is what a server said when it was asked for its models. */
export interface ProviderTestResult {
  problem?: Problem;
  /** that can chat */
  models: string[];
  version: string;
  ms: number;
}

/** GoldenQuestion is a question that a collection must answer from a known place. The first of page, slide, sheet and heading that is set decides. */
export interface GoldenQuestion {
  /** "" for a new one */
  id: string;
  collectionId: string;
  question: string;
  /** "" where only a file name is known */
  documentId: string;
  /** file name */
  document: string;
  page?: number;
  slide?: number;
  sheet?: string;
  heading?: string;
  /** Answer are words that must stand in the passage; "" for any. */
  answer: string;
  /** Result of the last run, absent if it was not part of it. */
  result?: GoldenResult;
}

/** GoldenResult says what was found for one question. */
export interface GoldenResult {
  questionId: string;
  /** Rank is the position of the right place among the first three, 0 if it is not there. */
  rank: number;
  /** File is true if the right document is among them. */
  file: boolean;
  /** Answer is true if a passage at the right place holds the words, or none were given and the place was found. */
  answer: boolean;
  /** Found are the first three places. */
  found: GoldenPlace[];
}

/** GoldenPlace is a place that was found. */
export interface GoldenPlace {
  documentId: string;
  document: string;
  page?: number;
  slide?: number;
  sheet?: string;
  heading?: string;
}

/** QualityRun is one check of all golden questions of a collection. */
export interface QualityRun {
  id: string;
  at: number;
  /** what made it run */
  reason: 'asked' | 'documents' | 'model' | 'questions';
  /** Embedder is the model that computed the vectors, "" for none. */
  embedder: string;
  questions: number;
  /** Found of them had the right place among the first three citations, First as the first one. */
  found: number;
  first: number;
}

/** Quality are the golden questions of a collection and how they fared. */
export interface Quality {
  collectionId: string;
  questions: GoldenQuestion[];
  /** newest first */
  runs: QualityRun[];
  /** Running is true while a run is going on; Done of Total are asked. */
  running: boolean;
  done: number;
  total: number;
}

/** GoldenFromAnswer makes a golden question of an answer's passage. */
export interface GoldenFromAnswer {
  /** of the answer */
  messageId: string;
  /** of the passage */
  n: number;
}

/** QualityImport brings questions as CSV: a header line and one line each. */
export interface QualityImport {
  collectionId: string;
  /** Content is the file's bytes, base64. */
  content: string;
}

/** QualityImported says what became of the lines. */
export interface QualityImported {
  added: number;
  /** the same question was there already */
  known: number;
  /** numbers of lines without a question or a document */
  refused: number[];
  quality: Quality;
}

/** QualityFile is the export. */
export interface QualityFile {
  name: string;
  /** with a byte order mark */
  content: string;
}

/** RegistryAccess is how the model registry is reached, without secrets. */
export interface RegistryAccess {
  /** User and ProxyUser are the names of the logins, "" for none; a secret without a user is sent as a bearer token. */
  user: string;
  proxyUser: string;
  /** Proxy is the address of the one that would be used now, "" for none. */
  proxy: string;
  /** SecretPlace and ProxySecretPlace say where the secrets are kept, "" if there are none. */
  secretPlace: '' | 'keyring' | 'file';
  proxySecretPlace: '' | 'keyring' | 'file';
}

/** RegistrySecrets are secrets of the registry and of the proxy before it; absent to keep what is there, "" to forget it. */
export interface RegistrySecrets {
  secret?: string;
  proxySecret?: string;
}

/** NewChatSetup is what a person gives a chat before its first question, beside its assistant. */
export interface NewChatSetup {
  instructions: string;
  /** Parameters are absent for those of the assistant. */
  parameters?: Parameters;
}

/** NewSetupRequest asks what a new chat would answer by. */
export interface NewSetupRequest {
  /** AssistantID is as in SendRequest, FolderID where the chat would go. */
  assistantId: string;
  folderId: string;
  setup: NewChatSetup;
}

/** AssistantChange lets a chat go on with another assistant. */
export interface AssistantChange {
  chatId: string;
  /** AssistantID is "none" to go on without one. */
  assistantId: string;
}

/** AnswerAssistant is the assistant an answer was written with. Name is "" for none; Version changes with everything a chat takes over. */
export interface AnswerAssistant {
  id: string;
  name: string;
  version: string;
}

/** SpeedTestRequest measures one installed model. */
export interface SpeedTestRequest {
  model: string;
}

/** SpeedRuns is what was measured, newest first. */
export interface SpeedRuns {
  runs: SpeedRun[];
}

/** SpeedRun is one measurement of a model on this computer. */
export interface SpeedRun {
  model: string;
  /** milliseconds since 1970 */
  at: number;
  /** PromptRate is how fast it reads, AnswerRate how fast it writes, in tokens per second; an embedder only reads. */
  promptRate: number;
  answerRate: number;
  onBattery: boolean;
}

/** PreloadRequest brings the model of a chat ("": of a new one) into memory. */
export interface PreloadRequest {
  chatId: string;
}

/** TableSource is a sheet of a document. */
export interface TableSource {
  documentId: string;
  document: string;
  /** "" for a file that has one table without a name */
  sheet: string;
}

/** TableListRequest asks for the tables of a chat's documents. */
export interface TableListRequest {
  chatId: string;
  /** of a new chat */
  collectionIds: string[];
}

/** TableList are the spreadsheets in reach. */
export interface TableList {
  documents: TableDocument[];
}

/** TableDocument is a document that holds tables. */
export interface TableDocument {
  id: string;
  name: string;
  format: string;
}

/** TableSheets are the tables of one document. */
export interface TableSheets {
  sheets: TableSheet[];
  /** Refused are sheets that are too large or hold no table, and why. */
  refused: RefusedFile[];
}

/** TableSheet describes a table: its columns and how many rows it has. */
export interface TableSheet {
  source: TableSource;
  rows: number;
  /** Totals is how many rows at the end only add up the others; queries leave them out. */
  totals?: number;
  columns: TableColumn[];
}

/** TableColumn is a column: its name in queries and its heading in the sheet. */
export interface TableColumn {
  name: string;
  heading: string;
  type: 'text' | 'number' | 'date';
  /** Unit is "%" or a currency that all its cells carry. */
  unit?: string;
  /** Examples are a few different values. */
  examples: string[];
}

/** TableQuestion is a query put together in a form. */
export interface TableQuestion {
  source: TableSource;
  /** all must hold */
  conditions: TableCondition[];
  /** Measure is rows (show them), count, sum, average, minimum or maximum. */
  measure: 'rows' | 'count' | 'sum' | 'average' | 'minimum' | 'maximum';
  /** Column the measure is of; unused for rows and count. */
  column: string;
  /** GroupBy gives a line for each value of this column, "" for one line. */
  groupBy: string;
}

/** TableCondition compares a column. Value is as people write it: "1.234,56", "31.12.2024". */
export interface TableCondition {
  column: string;
  operator: 'equals' | 'not_equals' | 'contains' | 'less' | 'at_most' | 'greater' | 'at_least' | 'empty' | 'not_empty';
  value: string;
}

/** TableOutcome is a query, the rows it gave, and the rows of the sheet behind them. */
export interface TableOutcome {
  source: TableSource;
  sql: string;
  /** ByModel: the query was written by a model and should be read. */
  byModel: boolean;
  columns: OutcomeColumn[];
  /** values as text, numbers with a decimal point */
  rows: string[][];
  /** Cut: the query has more rows than these. */
  cut?: boolean;
  /** Matching is how many rows of the sheet stand behind the result, -1 when that cannot be told for the query. */
  matching: number;
  /** Skipped is how many cells of the measured column hold no number. */
  skipped?: number;
  /** Passages are rows of the sheet behind the result, the first ones. */
  passages: Passage[];
}

/** OutcomeColumn heads a column of a result. */
export interface OutcomeColumn {
  name: string;
  type: 'text' | 'number' | 'date';
  unit?: string;
}

/** ExportRequest asks for chats as a file. */
export interface ExportRequest {
  /** ChatID is one chat, FolderID the chats of one folder and those in it; both "" for all. */
  chatId: string;
  folderId: string;
  format: 'json' | 'markdown' | 'html' | 'pdf' | 'docx';
}

/** ExportFile is a file to save. */
export interface ExportFile {
  name: string;
  mediaType: string;
  content: string;
  /** how Content is written */
  base64: boolean;
  chats: number;
}

/** WrittenExport is a file of chats that waits to be fetched in pieces, at most an hour. */
export interface WrittenExport {
  id: string;
  name: string;
  mediaType: string;
  /** in bytes */
  size: number;
  chats: number;
}

/** ExportPieceRequest asks for a piece of a written export. */
export interface ExportPieceRequest {
  id: string;
  /** in bytes */
  offset: number;
}

/** ExportPiece is a piece of a written export. With the last one the file is gone. */
export interface ExportPiece {
  /** base64 of at most 2 MiB */
  content: string;
  last: boolean;
}

/** ImportPiece is a piece of a file of chats; a file may be larger than a call. */
export interface ImportPiece {
  /** "" for the first piece */
  id: string;
  /** base64 of at most 2 MiB */
  content: string;
  last: boolean;
}

/** ImportResult says how far an import is. Everything but ID is set with the last piece. */
export interface ImportResult {
  id: string;
  product: '' | 'kontor' | 'chatgpt' | 'claude' | 'openwebui' | 'librechat' | 'lmstudio' | 'jan' | 'ollama';
  /** in the file */
  chats: number;
  /** chats that are new or have new messages */
  changed: number;
  /** that are new */
  messages: number;
  /** Assistants and Prompts are new ones of the person's own. */
  assistants: number;
  prompts: number;
  /** Skipped counts chats that could not be read, LeftOut pictures and files that new messages name and that could not be taken over. */
  skipped: number;
  leftOut: number;
}

/** ResumedImport is an import that the end of the program had broken off and that its next start went on with; State is "" if there was none. */
export interface ResumedImport {
  state: '' | 'running' | 'done' | 'failed';
  result?: ImportResult;
  problem?: Problem;
}

/** ImportMoved says how far the storing of an import is. */
export interface ImportMoved {
  id: string;
  /** of the file, 0 if its size says nothing */
  percent: number;
  /** so far */
  chats: number;
}

/** VectorStatus says where the vectors of passages are searched. */
export interface VectorStatus {
  store: 'automatic' | 'chromem' | 'slab' | 'pgvector' | 'qdrant' | 'milvus';
  /** of the server, "" in memory */
  address: string;
  /** Local is false if vectors leave this computer. */
  local: boolean;
  /** Indexed of Stored vectors can be searched. */
  indexed: number;
  stored: number;
  /** Password is true if one is kept. */
  password: boolean;
  /** Locked is true if a policy decides the store. */
  locked: boolean;
  problem?: Problem;
  /** Move is the last move to another store, running or ended. */
  move?: VectorMove;
}

/** VectorMove is how far a move to another store is. */
export interface VectorMove {
  to: VectorStatus['store'];
  address: string;
  step: 'connect' | 'copy' | 'verify' | 'switch' | 'done' | 'failed';
  /** vectors */
  done: number;
  total: number;
  /** Overlap is the share of the ten nearest that both stores agree on, over the sampled vectors; 0 before it was verified. */
  overlap: number;
  /** of a move that failed */
  problem?: Problem;
}

/** VectorMoveRequest moves the vectors to another store. The old one stays in use until the new one is verified. */
export interface VectorMoveRequest {
  store: VectorStatus['store'];
  address: string;
  /** Password of the server; absent keeps the one that is there. */
  password?: string;
  /** AllowRemote permits an address beyond this computer. */
  allowRemote: boolean;
  /** KeepOld leaves the vectors on the server they were on. */
  keepOld: boolean;
}

/** CompareRequest shows two answers to one question side by side. */
export interface CompareRequest {
  messageId: string;
  withId: string;
}

/** EditAnswerRequest replaces the words of an answer by a person's own; the answer as the model wrote it stays beside it. */
export interface EditAnswerRequest {
  messageId: string;
  text: string;
}

/** Edited says that a person changed an answer. */
export interface Edited {
  /** From is the message it was made of; At is when. */
  from: string;
  at: number;
}

/** Mark is what a person thinks of an answer. It stays on this computer. */
export interface Mark {
  value: 'good' | 'bad';
  reason?: string;
}

/** MarkRequest marks an answer; without a value it takes the mark away. */
export interface MarkRequest {
  messageId: string;
  value: '' | 'good' | 'bad';
  reason: string;
}

/** Event is one entry of the stream that windows and pages follow. Exactly the field named like Type is set; Seq grows by one. The union is closed: a new kind needs a new field here and its case in the one consumer of the UI. */
export interface Event {
  seq: number;
  type: EventType;
  answerStarted?: AnswerStarted;
  answerPassages?: AnswerPassages;
  answerProgress?: AnswerProgress;
  answerDelta?: AnswerDelta;
  answerSentences?: AnswerSentences;
  answerWork?: AnswerWork;
  answerEnded?: AnswerEnded;
  chatChanged?: Chat;
  chatRemoved?: ByID;
  documentChanged?: Document;
  documentRemoved?: ByID;
  /** the whole list */
  collectionsMoved?: Collections;
  /** the whole list */
  chatFoldersMoved?: ChatFolders;
  /** the whole queue of a chat */
  chatQueueMoved?: ChatQueue;
  statusChanged?: Status;
  settingsChanged?: Settings;
  /** the whole list */
  foldersMoved?: Folders;
  importMoved?: ImportMoved;
  /** window only */
  filesDropped?: FilesDropped;
  /** FilesOpened says that files wait that the program was opened with. */
  filesOpened?: Empty;
  /** DesktopMoved and Summoned come from the window only. */
  desktopMoved?: Desktop;
  summoned?: Summoned;
}

/** EventType names the one field of an [Event] that is set. */
export type EventType =
  | 'answerStarted'
  | 'answerPassages'
  | 'answerProgress'
  | 'answerDelta'
  | 'answerSentences'
  | 'answerWork'
  | 'answerEnded'
  | 'chatChanged'
  | 'chatRemoved'
  | 'documentChanged'
  | 'documentRemoved'
  | 'collectionsMoved'
  | 'chatFoldersMoved'
  | 'chatQueueMoved'
  | 'statusChanged'
  | 'settingsChanged'
  | 'foldersMoved'
  | 'importMoved'
  | 'filesDropped'
  | 'filesOpened'
  | 'desktopMoved'
  | 'summoned';

/** AnswerStarted says that an answer began in a chat. */
export interface AnswerStarted {
  /** nil when only the answer is new */
  question?: Message;
  answer: Message;
  /** Continued says that the answer was there and is gone on with. */
  continued?: boolean;
}

/** AnswerPassages brings the numbered passages, before the model starts. */
export interface AnswerPassages {
  messageId: string;
  mode: Message['mode'];
  passages: Passage[];
  /** LookedUp is that of the [Message]. */
  lookedUp?: string;
}

/** AnswerProgress says what an answer waits for. */
export interface AnswerProgress {
  messageId: string;
  phase: NonNullable<Message['phase']>;
  percent: number;
}

/** AnswerDelta adds text. Offset is the length, in UTF-16 code units, of the text before it, so that a repeated delta does no harm. */
export interface AnswerDelta {
  messageId: string;
  offset: number;
  text: string;
  reasoning?: string;
}

/** AnswerSentences replaces the sentences known so far. */
export interface AnswerSentences {
  messageId: string;
  sentences: Sentence[];
}

/** AnswerEnded carries the final message; it is never dropped. */
export interface AnswerEnded {
  message: Message;
  chat: Chat;
}

/** FilesDropped names files that fell on the window. */
export interface FilesDropped {
  paths: string[];
}

/** Methods maps the name of each method to its request and its result. */
export interface Methods {
  'assistants.delete': [ByID, Empty];
  'assistants.export': [ByID, SharedFile];
  'assistants.import': [SharedFile, AssistantDraft];
  'assistants.list': [InLanguage, AssistantList];
  'assistants.read': [SharedFile, AssistantDraft];
  'assistants.readFile': [SharedPath, AssistantDraft];
  'assistants.save': [Assistant, Assistant];
  'briefing.certificate': [CertificateRequest, SharedFile];
  'briefing.complete': [BriefingDone, BriefingState];
  'briefing.forget': [Empty, BriefingState];
  'briefing.get': [InLanguage, Briefing];
  'briefing.later': [Empty, BriefingState];
  'briefing.state': [Empty, BriefingState];
  'chatfolders.create': [ChatFolderRequest, ChatFolder];
  'chatfolders.delete': [ByID, Empty];
  'chatfolders.list': [Empty, ChatFolders];
  'chatfolders.update': [ChatFolderRequest, ChatFolder];
  'chats.budget': [BudgetRequest, Budget];
  'chats.choose': [ByID, Chat];
  'chats.compare': [CompareRequest, Chat];
  'chats.continue': [ByID, RegenerateResult];
  'chats.delete': [ByID, Empty];
  'chats.duplicate': [ByID, Chat];
  'chats.editAnswer': [EditAnswerRequest, Chat];
  'chats.find': [FindRequest, FindResult];
  'chats.instructions': [ByID, Instructions];
  'chats.keep': [ByID, Chat];
  'chats.list': [ChatListRequest, ChatList];
  'chats.mark': [MarkRequest, Empty];
  'chats.marks': [Empty, MarkCounts];
  'chats.messages': [MessagesRequest, MessagePage];
  'chats.newSetup': [NewSetupRequest, ChatSetup];
  'chats.offer': [OfferRequest, Offer];
  'chats.open': [ChatOpenRequest, ChatView];
  'chats.regenerate': [RegenerateRequest, RegenerateResult];
  'chats.restore': [ByID, Chat];
  'chats.search': [ChatSearchRequest, ChatSearchResult];
  'chats.send': [SendRequest, SendResult];
  'chats.setAssistant': [AssistantChange, ChatSetup];
  'chats.setInstructions': [Instructions, Instructions];
  'chats.setParameters': [ParametersRequest, ChatSetup];
  'chats.setup': [ByID, ChatSetup];
  'chats.startAt': [ChatStart, Empty];
  'chats.stop': [ByID, Message];
  'chats.update': [ChatUpdateRequest, Chat];
  'chats.updateAssistant': [ByID, ChatSetup];
  'collections.create': [RenameRequest, Collection];
  'collections.delete': [ByID, Empty];
  'collections.list': [Empty, Collections];
  'collections.rename': [RenameRequest, Collection];
  'collections.statistics': [ByID, CollectionStatistics];
  'collections.twins': [TwinsRequest, Twins];
  'collections.update': [CollectionUpdateRequest, Collection];
  'desktop.get': [Empty, Desktop];
  'dictation.state': [DictationChat, DictationState];
  'dictation.transcribe': [TranscribeRequest, Transcript];
  'documents.add': [AddRequest, AddResult];
  'documents.addToCollection': [MembershipRequest, Empty];
  'documents.cancel': [ByID, Document];
  'documents.delete': [ByID, Empty];
  'documents.deleteAll': [DocumentsRequest, Empty];
  'documents.get': [ByID, Document];
  'documents.list': [DocumentListRequest, DocumentList];
  'documents.openOriginal': [OriginalRequest, Empty];
  'documents.pick': [PickRequest, AddResult];
  'documents.preview': [PreviewRequest, Preview];
  'documents.removeFromCollection': [MembershipRequest, Empty];
  'documents.retry': [ByID, Document];
  'documents.transfer': [TransferRequest, Empty];
  'drafts.list': [Empty, Drafts];
  'drafts.save': [Draft, Empty];
  'events.after': [EventsRequest, EventsResult];
  'files.handOver': [FilesDropped, Empty];
  'files.handedOver': [Empty, FilesDropped];
  'filter.read': [FilterRequest, FilterReading];
  'filter.suggest': [FilterSuggestRequest, FilterSuggestions];
  'folders.files': [FolderFilesRequest, FolderFiles];
  'folders.link': [LinkRequest, Folder];
  'folders.list': [Empty, Folders];
  'folders.pick': [Empty, PickedFolder];
  'folders.sync': [FolderSyncRequest, Folder];
  'folders.takeIn': [FolderFileRequest, Empty];
  'folders.unlink': [UnlinkRequest, Empty];
  'folders.update': [FolderUpdateRequest, Folder];
  'images.add': [ImageUpload, Image];
  'images.file': [ImagePath, ImageFile];
  'images.get': [ImageRequest, ImageContent];
  'models.catalog': [Empty, ModelCatalog];
  'models.delete': [ModelByName, Freed];
  'models.download': [DownloadAction, Empty];
  'models.downloads': [Empty, Downloads];
  'models.embedderChange': [ModelByName, EmbedderChange];
  'models.fetch': [FetchRequest, Download];
  'models.list': [Empty, ModelList];
  'models.look': [TakeRequest, ModelFileFacts];
  'models.memory': [Empty, ModelMemory];
  'models.move': [ModelMoveRequest, Downloads];
  'models.pick': [PickRequest, TakeRequest];
  'models.place': [ModelPlaceRequest, ModelPlace];
  'models.preload': [PreloadRequest, Empty];
  'models.proof': [ModelByName, ModelProof];
  'models.speedTest': [SpeedTestRequest, SpeedRuns];
  'models.speeds': [Empty, SpeedRuns];
  'models.stored': [Empty, StoredModels];
  'models.take': [TakeRequest, Downloads];
  'models.verify': [ModelByName, ModelProof];
  'packs.remove': [ModelByName, Freed];
  'prompts.delete': [ByID, Empty];
  'prompts.export': [Empty, SharedFile];
  'prompts.import': [SharedFile, PromptImport];
  'prompts.list': [InLanguage, PromptList];
  'prompts.save': [Prompt, Prompt];
  'providers.list': [Empty, ProviderList];
  'providers.remove': [ByID, ProviderList];
  'providers.save': [ProviderSaveRequest, ProviderList];
  'providers.test': [ProviderSaveRequest, ProviderTestResult];
  'quality.addFromAnswer': [GoldenFromAnswer, Quality];
  'quality.delete': [ByID, Empty];
  'quality.export': [ByID, QualityFile];
  'quality.get': [ByID, Quality];
  'quality.import': [QualityImport, QualityImported];
  'quality.run': [ByID, Quality];
  'quality.save': [GoldenQuestion, Quality];
  'queue.add': [SendRequest, ChatQueue];
  'queue.change': [QueueChange, ChatQueue];
  'queue.list': [ByID, ChatQueue];
  'queue.remove': [ByID, Empty];
  'queue.send': [ByID, ChatQueue];
  'registry.access': [Empty, RegistryAccess];
  'registry.keep': [RegistrySecrets, RegistryAccess];
  'settings.list': [Empty, Settings];
  'settings.set': [SetRequest, Settings];
  'status.get': [Empty, Status];
  'system.notify': [NotifyRequest, Empty];
  'system.openLink': [OpenRequest, Empty];
  'tables.list': [TableListRequest, TableList];
  'tables.query': [TableQuestion, TableOutcome];
  'tables.sheets': [ByID, TableSheets];
  'transfer.export': [ExportRequest, ExportFile];
  'transfer.import': [ImportPiece, ImportResult];
  'transfer.piece': [ExportPieceRequest, ExportPiece];
  'transfer.resumed': [Empty, ResumedImport];
  'transfer.write': [ExportRequest, WrittenExport];
  'vectors.cancelMove': [Empty, VectorStatus];
  'vectors.move': [VectorMoveRequest, VectorStatus];
  'vectors.status': [Empty, VectorStatus];
}
