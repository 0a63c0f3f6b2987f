package app

// The types below cross the border to the window, the browser and the command
// line. TypeScript is generated from them (go run ./build generate). Times are
// Unix milliseconds; offsets into text are UTF-16 code units, as JavaScript
// counts, unless a field says bytes.

// Empty is a request or an answer without content.
type Empty struct{}

// ByID names one thing.
type ByID struct {
	ID string `json:"id"`
}

// Problem is an error or a standing condition as a person meets it. Texts are
// in the catalogue: problem.<code>.message and problem.<code>.hint with Args.
type Problem struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Chat is one conversation in the list.
type Chat struct {
	ID            string   `json:"id"`
	Title         string   `json:"title"` // "" until it has one
	Model         string   `json:"model"` // "" for the default
	CollectionIDs []string `json:"collectionIds"`
	UpdatedAt     int64    `json:"updatedAt"`
	// RunningMessageID is the answer being written, "" if none.
	RunningMessageID string   `json:"runningMessageId"`
	FolderID         string   `json:"folderId"` // "" for none
	Tags             []string `json:"tags"`
	Pinned           bool     `json:"pinned"`
	Archived         bool     `json:"archived"`
	// Temporary chats are never written; they end with the program.
	Temporary bool `json:"temporary,omitempty"`
}

// ChatView is a conversation opened.
type ChatView struct {
	Chat Chat `json:"chat"`
	// Messages of the shown branch, oldest first: all of them or the part asked for.
	Messages []Message `json:"messages"`
	// Earlier and Later count the messages of the branch before and after them.
	Earlier int `json:"earlier"`
	Later   int `json:"later"`
	// Seq is the last event that is already contained in this view.
	Seq int64 `json:"seq"`
}

// Message is one turn.
type Message struct {
	ID       string  `json:"id"`
	ChatID   string  `json:"chatId"`
	ParentID string  `json:"parentId"`
	Role     string  `json:"role" ts:"'user'|'assistant'"`
	Status   string  `json:"status" ts:"'running'|'complete'|'stopped'|'partial'|'failed'"`
	Text     string  `json:"text"`             // Markdown of an answer, plain text of a question
	Images   []Image `json:"images,omitempty"` // of a question
	// Reasoning is what the model thought before it answered.
	Reasoning string `json:"reasoning,omitempty"`
	Model     string `json:"model"`
	CreatedAt int64  `json:"createdAt"`
	// Mode says how documents were used; "" without documents.
	Mode      string     `json:"mode" ts:"''|'whole_document'|'retrieval'|'passages_only'|'nothing_found'|'everything'|'table'"`
	Passages  []Passage  `json:"passages"`
	Sentences []Sentence `json:"sentences"`
	Problem   *Problem   `json:"problem,omitempty"`
	Facts     *Facts     `json:"facts,omitempty"`
	// Filter is where a question looked, absent if everywhere.
	Filter *Filter `json:"filter,omitempty"`
	// LookedUp is the question as it was looked up, if that differs from how it
	// was asked: a follow-up completed from the chat.
	LookedUp string `json:"lookedUp,omitempty"`
	// Asked is what a question asked for beyond its text, Survey how far an
	// answer went through everything, Table what was asked of a table.
	Asked  *Asked        `json:"asked,omitempty"`
	Survey *Survey       `json:"survey,omitempty"`
	Table  *TableOutcome `json:"table,omitempty"`
	// Unread is how many documents had not been read when they were searched.
	Unread int `json:"unread,omitempty"`
	// Phase and Percent are set while Status is running.
	Phase   string `json:"phase,omitempty" ts:"''|'queued'|'retrieving'|'loading'|'reading'|'writing'|'checking'|'surveying'|'querying'"`
	Percent int    `json:"percent,omitempty"`
	// ComparedWith is the other answer this one is shown beside, "" for none;
	// Compared is that answer where chats are opened.
	ComparedWith string   `json:"comparedWith,omitempty"`
	Compared     *Message `json:"compared,omitempty"`
	// Mark is what a person thinks of the answer, absent for nothing.
	Mark *Mark `json:"mark,omitempty"`
	// Edited says that a person changed the answer, absent if nobody did.
	Edited *Edited `json:"edited,omitempty"`
	// Siblings are the other versions of this turn, itself included, oldest first.
	Siblings []string `json:"siblings"`
}

// Passage is a numbered source of an answer: a snapshot that survives
// re-indexing.
type Passage struct {
	N          int    `json:"n"` // from 1
	DocumentID string `json:"documentId"`
	Document   string `json:"document"` // title or file name
	FileHash   string `json:"fileHash"`
	Page       int    `json:"page,omitempty"`
	Slide      int    `json:"slide,omitempty"`
	Sheet      string `json:"sheet,omitempty"`
	Row        int    `json:"row,omitempty"`
	Heading    string `json:"heading,omitempty"`
	// Part is the file in the document, such as an attachment, that it stands in.
	Part string `json:"part,omitempty"`
	Text string `json:"text"`
	// Start and End are byte offsets into the document's text.
	Start int `json:"start"`
	End   int `json:"end"`
	// Score orders the passages of one answer; it has no unit.
	Score float64 `json:"score"`
	// Cited is true if a sentence of the answer rests on it.
	Cited bool `json:"cited"`
}

// Sentence is a sentence of an answer and what it rests on. Sentences that
// claim nothing are left out.
type Sentence struct {
	Start     int   `json:"start"`
	End       int   `json:"end"`
	Citations []int `json:"citations"` // numbers of passages
	Supported bool  `json:"supported"`
}

// Facts under an answer.
type Facts struct {
	// Provider ran the model, "" for this computer's own runtime; Place says how far away.
	Provider      string  `json:"provider,omitempty"`
	Place         string  `json:"place,omitempty" ts:"Provider['place']"`
	PromptTokens  int     `json:"promptTokens"`
	OutputTokens  int     `json:"outputTokens"`
	ContextWindow int     `json:"contextWindow"`
	TokensPerSec  float64 `json:"tokensPerSecond"`
	FirstTokenMs  int64   `json:"firstTokenMs"` // wall clock from the question to the first visible token
	TotalMs       int64   `json:"totalMs"`
	// LoadMs of it passed while the model was brought into memory, 0 if it was there.
	LoadMs int64 `json:"loadMs,omitempty"`
	// ReasoningMs is how long the model thought before the first visible token, 0 if it did not.
	ReasoningMs int64 `json:"reasoningMs,omitempty"`
	// LeftOutTurns is how many earlier turns did not fit, LeftOutPassages how many passages.
	LeftOutTurns    int    `json:"leftOutTurns"`
	LeftOutPassages int    `json:"leftOutPassages"`
	Finish          string `json:"finish"` // stop, length, cancelled
	// Digest of the weights, Quantization and Runtime, the version of what ran
	// them; "" where the server tells none.
	Digest       string `json:"digest,omitempty"`
	Quantization string `json:"quantization,omitempty"`
	Runtime      string `json:"runtime,omitempty"`
	// EnergyWh is about what the whole computer took from its battery meanwhile,
	// 0 on the mains and where the system does not tell.
	EnergyWh float64 `json:"energyWh,omitempty"`
	// Parts is in how many pieces the answer was written, 0 for one.
	Parts int `json:"parts,omitempty"`
	// Ignored are parameters of the chat that the model's server does not know.
	Ignored []string `json:"ignored,omitempty" ts:"('temperature'|'top_p'|'seed'|'thinking')[]"`
	// Assistant is absent in answers of earlier versions of the program.
	Assistant *AnswerAssistant `json:"assistant,omitempty"`
}

// SendRequest asks a question. An empty ChatID starts a new chat.
type SendRequest struct {
	ChatID string `json:"chatId"`
	// ParentID is the message the question follows; "" for the end of the shown branch.
	ParentID      string   `json:"parentId"`
	Text          string   `json:"text"`
	CollectionIDs []string `json:"collectionIds"` // of a new chat; absent for those of its folder
	// FolderID is where a new chat goes.
	FolderID string `json:"folderId,omitempty"`
	// Images belong to the question; the model must be able to see.
	Images []Image `json:"images,omitempty"`
	// Temporary makes a new chat one that is never written.
	Temporary bool `json:"temporary,omitempty"`
	// Filter narrows where this question looks, beside what its words say.
	Filter *Filter `json:"filter,omitempty"`
	// Formulate lets a trial model write an answer although passages alone would be shown.
	Formulate bool `json:"formulate"`
	// Mode is how documents shall be used; "" lets the question decide.
	Mode string `json:"mode,omitempty" ts:"Asked['mode']"`
	// Table is a question put together in a form; it needs no model.
	Table *TableQuestion `json:"table,omitempty"`
	// CompareModel is a second model that is asked the same, "" for none.
	CompareModel string `json:"compareModel,omitempty"`
	// AssistantID begins a new chat with an assistant; "" with the default
	// one, "none" without.
	AssistantID string `json:"assistantId,omitempty"`
	// Setup is what the person gave the new chat beside it.
	Setup *NewChatSetup `json:"setup,omitempty"`
}

// SendResult names what was stored before the answer began.
type SendResult struct {
	Chat     Chat    `json:"chat"`
	Question Message `json:"question"`
	Answer   Message `json:"answer"`
}

// RegenerateRequest asks for another answer to the same question.
type RegenerateRequest struct {
	MessageID string `json:"messageId"` // of the answer
	Formulate bool   `json:"formulate"`
	// Model writes this answer instead of the chat's own; "" for that.
	Model string `json:"model,omitempty"`
	// Mode replaces the one the question asked for; "" keeps it.
	Mode string `json:"mode,omitempty" ts:"Asked['mode']|'automatic'"`
	// Compare shows the new answer beside the earlier one; the chat goes on as before.
	Compare bool `json:"compare,omitempty"`
	// Resume goes on with an answer that went through a part of everything.
	Resume bool `json:"resume,omitempty"`
}

// RegenerateResult is the new running answer.
type RegenerateResult struct {
	Chat   Chat    `json:"chat"`
	Answer Message `json:"answer"`
}

// ChatList is a page of conversations, newest first.
type ChatList struct {
	Chats []Chat `json:"chats"`
	// More is the UpdatedAt to ask from for the next page, 0 at the end.
	More int64 `json:"more"`
	// Temporary are those that are never written; only the first page has them.
	Temporary []Chat `json:"temporary"`
}

// ChatListRequest asks for a page.
type ChatListRequest struct {
	Before int64 `json:"before"`
	Limit  int   `json:"limit"`
	// Shelf says which chats; "" for all that are not archived. Loose ones are in no folder and not pinned.
	Shelf string `json:"shelf,omitempty" ts:"''|'loose'|'pinned'|'archived'|'folder'"`
	// FolderID is the folder of that shelf.
	FolderID string `json:"folderId,omitempty"`
}

// RenameRequest gives something another name.
type RenameRequest struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ChatUpdateRequest changes the fields that are present.
type ChatUpdateRequest struct {
	ID            string    `json:"id"`
	Title         *string   `json:"title,omitempty"`
	Model         *string   `json:"model,omitempty"`
	CollectionIDs *[]string `json:"collectionIds,omitempty"`
	ActiveLeaf    *string   `json:"activeLeaf,omitempty"` // show the branch that ends in this message
	FolderID      *string   `json:"folderId,omitempty"`
	Tags          *[]string `json:"tags,omitempty"`
	Pinned        *bool     `json:"pinned,omitempty"`
	Archived      *bool     `json:"archived,omitempty"`
}

// Collection is a named set of documents.
type Collection struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Documents int    `json:"documents"`
	Purpose   string `json:"purpose"`
	Owner     string `json:"owner"` // a person's name, as text
	// RetainUntil is a date, YYYY-MM-DD, "" for none; Due that it has passed.
	RetainUntil string `json:"retainUntil"`
	Due         bool   `json:"due"`
	// DataClass says how closely it is kept, ClassChosen that somebody chose so.
	DataClass   string `json:"dataClass" ts:"Provider['dataClass']"`
	ClassChosen bool   `json:"classChosen"`
}

// Collections lists them.
type Collections struct {
	Collections []Collection `json:"collections"`
}

// Document is one file and how far it is.
type Document struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Title         string   `json:"title"`
	Origin        string   `json:"origin"`
	Format        string   `json:"format"`
	Bytes         int64    `json:"bytes"`
	Pages         int      `json:"pages"`
	Language      string   `json:"language"`
	Status        string   `json:"status" ts:"'queued'|'parsing'|'searchable'|'ready'|'failed'|'cancelled'"`
	Passages      int      `json:"passages"`
	Embedded      int      `json:"embedded"`
	SecondsLeft   int      `json:"secondsLeft"` // -1 unknown
	Percent       int      `json:"percent"`     // of the present step
	CollectionIDs []string `json:"collectionIds"`
	AddedAt       int64    `json:"addedAt"`
	Problem       *Problem `json:"problem,omitempty"`
	// Gaps are parts and pages that could not be read, absent if there are none.
	Gaps *Gaps `json:"gaps,omitempty"`
	// Changed is true when the original differs from what was indexed.
	Changed bool `json:"changed"`
	// Linked documents are read where they lie; others are copies in the data folder.
	Linked bool `json:"linked"`
	// ModifiedAt is when the source was last written, 0 unknown.
	ModifiedAt int64 `json:"modifiedAt"`
	// Copies counts further files and documents that hold the same.
	Copies int `json:"copies"`
	// Stale says why an answer from it deserves a look at the source.
	Stale string `json:"stale" ts:"''|'old'|'changed'|'missing'"`
}

// DocumentListRequest asks for a page of documents; an empty collection means all.
type DocumentListRequest struct {
	CollectionID string `json:"collectionId"`
	Offset       int    `json:"offset"`
	Limit        int    `json:"limit"`
}

// DocumentList is a page of documents, newest first.
type DocumentList struct {
	Documents []Document `json:"documents"`
	Total     int        `json:"total"`
}

// AddRequest adds files and folders by path; only the window and the local
// command line may use it.
type AddRequest struct {
	Paths        []string `json:"paths"`
	CollectionID string   `json:"collectionId"`
}

// AddResult says what became of them.
type AddResult struct {
	Documents []Document `json:"documents"`
	// Known are documents that were there already (the same bytes).
	Known []string `json:"known"`
	// Refused are files that were not taken at all.
	Refused []RefusedFile `json:"refused"`
}

// RefusedFile is a file that could not be added, and why.
type RefusedFile struct {
	Name    string  `json:"name"`
	Problem Problem `json:"problem"`
}

// PickRequest opens the system's dialog; window only.
type PickRequest struct {
	Folder       bool   `json:"folder"`
	CollectionID string `json:"collectionId"`
}

// MembershipRequest puts a document into a collection or takes it out.
type MembershipRequest struct {
	DocumentID   string `json:"documentId"`
	CollectionID string `json:"collectionId"`
}

// Setting is one setting with its value and where the value comes from. Texts:
// setting.<key>.label, setting.<key>.help, setting.<key>.option.<value>.
type Setting struct {
	Key     string   `json:"key"`
	Type    string   `json:"type" ts:"'choice'|'text'|'number'|'switch'|'list'"`
	Group   string   `json:"group" ts:"'general'|'models'|'documents'|'privacy'"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Options []string `json:"options"`
	Minimum int      `json:"minimum,omitempty"`
	Maximum int      `json:"maximum,omitempty"`
	// Origin: builtin, user, policy_default or policy.
	Origin string `json:"origin" ts:"'builtin'|'user'|'policy_default'|'policy'"`
	Locked bool   `json:"locked"`
	// Source is the file of a policy, "" otherwise.
	Source string `json:"source"`
	// Restart is true if a change counts from the next start.
	Restart bool `json:"restart"`
}

// Settings lists them in the order they are shown.
type Settings struct {
	Settings []Setting `json:"settings"`
	// Problems are broken policy files and values.
	Problems []Problem `json:"problems"`
}

// SetRequest sets one; Reset goes back to the default.
type SetRequest struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Reset bool   `json:"reset"`
}

// Model is one that can be chosen for chats.
type Model struct {
	Name         string   `json:"name"`
	Label        string   `json:"label"`
	Bytes        int64    `json:"bytes"`
	Quantization string   `json:"quantization"`
	Context      int      `json:"context"`
	Images       bool     `json:"images"` // sees pictures, as far as its server tells
	Trial        bool     `json:"trial"`  // English only, to try things out
	Languages    []string `json:"languages"`
	Licence      string   `json:"licence"`
	Default      bool     `json:"default"`
	External     bool     `json:"external"` // runs outside this computer's own runtime
	// Provider is the name of the one that runs it, "" for the runtime in use.
	Provider string `json:"provider"`
	Place    string `json:"place" ts:"''|Provider['place']"`
	// DataClass is the highest class of documents it may get, "" for any.
	DataClass string `json:"dataClass" ts:"''|Provider['dataClass']"`
}

// Status is the state of the machine in one word and what stands behind it.
type Status struct {
	Word     string    `json:"word" ts:"'starting'|'ready'|'loading'|'indexing'|'attention'"`
	Problems []Problem `json:"problems"`
	// Notices are worth knowing and no reason to worry.
	Notices []Problem `json:"notices"`
	// Indexing counts documents that wait for text or vectors.
	IndexingDone  int    `json:"indexingDone"`
	IndexingTotal int    `json:"indexingTotal"`
	SecondsLeft   int    `json:"secondsLeft"` // -1 unknown
	Runtime       string `json:"runtime" ts:"'starting'|'ready'|'down'"`
	RuntimeKind   string `json:"runtimeKind" ts:"'bundled'|'external'"`
	RuntimeLocal  bool   `json:"runtimeLocal"` // false: another computer answers
	RuntimeHost   string `json:"runtimeHost"`
	RuntimeText   string `json:"runtimeVersion"`
	Model         string `json:"model"`
	ModelTrial    bool   `json:"modelTrial"`
	Version       string `json:"version"`
	Shell         string `json:"shell" ts:"'window'|'edge'"`
	// Language is de or en, "" to leave it to the browser; Theme is system, light or dark.
	Language string `json:"language"`
	Theme    string `json:"theme"`
	// EgressRefused and EgressAllowed count connections beyond this computer since installation.
	EgressAllowed int    `json:"egressAllowed"`
	EgressRefused int    `json:"egressRefused"`
	DataFolder    string `json:"dataFolder"`
	// Extensions that can be dropped, e.g. ".pdf".
	Extensions []string `json:"extensions"`
}

// EventsRequest asks for what happened after an event.
type EventsRequest struct {
	After int64 `json:"after"`
}

// EventsResult replays events. Resync is true when some are gone: reload all.
type EventsResult struct {
	Events []Event `json:"events"`
	Resync bool    `json:"resync"`
	Seq    int64   `json:"seq"`
}

// OpenRequest opens a link in the system's browser; http, https and mailto only.
type OpenRequest struct {
	URL string `json:"url"`
}
