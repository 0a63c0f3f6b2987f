package storage

import "encoding/json"

// Times are Unix milliseconds UTC. Ids are UUIDv7 text unless said otherwise.
// Every user-owned record carries the id of its owner, and every call that
// reads or writes one names the owner it acts for.

// Chat is a conversation. Its messages form a tree; ActiveLeaf names the last
// message of the branch that is shown.
type Chat struct {
	ID            string
	OwnerID       string
	Title         string
	TitleSource   string // "" none yet, "question", "model" or "user"
	Model         string // "" for the default
	ActiveLeaf    string
	CollectionIDs []string
	// Pinned document of whole-document mode, "" if none.
	PinnedDocumentID string
	FolderID         string   // "" for none
	Tags             []string // sorted
	PinnedAt         int64    // 0 unless pinned
	ArchivedAt       int64    // 0 unless archived
	CreatedAt        int64
	UpdatedAt        int64
	DeletedAt        int64 // 0 while alive
}

// ChatUpdate changes the fields that are not nil.
type ChatUpdate struct {
	Title       *string
	TitleSource *string
	// IfTitleSource changes nothing at all unless the title comes from there.
	IfTitleSource    *string
	Model            *string
	ActiveLeaf       *string
	CollectionIDs    *[]string
	PinnedDocumentID *string
	FolderID         *string
	Tags             *[]string
	PinnedAt         *int64
	ArchivedAt       *int64
}

// Message is a node in a chat's tree.
type Message struct {
	ID        string
	ChatID    string
	ParentID  string // "" for the first
	Role      string // "user" or "assistant"
	Status    string // one of the Message* constants
	Parts     []Part
	Model     string // name of the model that wrote it
	Digest    string // and the digest of its weights
	Mode      string // how documents were used, "" without documents
	Facts     json.RawMessage
	CreatedAt int64
	UpdatedAt int64
}

// States of a message.
const (
	MessageRunning  = "running"
	MessageComplete = "complete"
	MessageStopped  = "stopped" // by the person
	MessagePartial  = "partial" // by a crash or an error
	MessageFailed   = "failed"  // nothing was written
)

// Part is a typed piece of a message.
type Part struct {
	Type string          `json:"type"` // text, reasoning, image, tool_call, citation, sentence, error
	Text string          `json:"text,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// MessageUpdate changes the fields that are not nil.
type MessageUpdate struct {
	Status *string
	Parts  *[]Part
	Model  *string
	Digest *string
	Mode   *string
	Facts  *json.RawMessage
}

// Collection is a named set of documents.
type Collection struct {
	ID      string
	OwnerID string
	Name    string
	Purpose string
	// Responsible is a person's name, as text; OwnerID says whose the record is.
	Responsible string
	RetainUntil string // YYYY-MM-DD, "" for no date
	DataClass   string // public, internal, confidential; "" for the settings' own
	Documents   int    // how many it holds
	CreatedAt   int64
	UpdatedAt   int64
}

// Document is a file that was added. Version counts its re-indexings.
type Document struct {
	ID            string
	OwnerID       string
	Name          string // file name, with the folder it was dropped with
	Title         string
	Origin        string // absolute path it came from, "" for an upload
	Linked        bool   // read in place; otherwise copied into the data folder
	Hash          string // SHA-256 of the bytes, hex
	Bytes         int64
	Format        string // pdf, docx, txt, md, …
	Pages         int
	Language      string
	Status        string // one of the Document* constants
	ErrorCode     string // code of the failure when Status is DocumentFailed
	Version       int
	ParserVersion int
	Passages      int // number of passages of this version
	Embedded      int // how many have a vector of the current embedder, filled by the calls that take one
	CollectionIDs []string
	CreatedAt     int64
	UpdatedAt     int64
	// ModifiedAt is when the source file was last written, 0 unknown.
	ModifiedAt int64
	// Copies counts further files with the same bytes and further documents with
	// the same text. Filled on reading.
	Copies int
	// Gaps is what could not be read of a readable document, as [Parsed] had it.
	Gaps string
}

// States of a document.
const (
	DocumentQueued     = "queued"
	DocumentParsing    = "parsing"
	DocumentSearchable = "searchable" // keywords work, vectors follow
	DocumentReady      = "ready"
	DocumentFailed     = "failed"
	DocumentCancelled  = "cancelled"
)

// DocumentUpdate changes the fields that are not nil.
type DocumentUpdate struct {
	Name      *string
	Status    *string
	ErrorCode *string
	Origin    *string
	Hash      *string
	Bytes     *int64
	// ModifiedAt is when the source file was last written, Linked whether it is read in place.
	ModifiedAt *int64
	Linked     *bool
}

// Parsed is everything that a finished parse writes in one transaction.
type Parsed struct {
	// Hash of the bytes that were parsed; if the document has others by now the
	// result is refused. "" takes it in any case.
	Hash            string
	Title           string
	Language        string
	Pages           int
	ParserVersion   int
	ChunkerVersion  int
	AnalyserVersion int
	Text            string
	// Blocks is the parser's block list as JSON, opaque to storage.
	Blocks   json.RawMessage
	Passages []Passage
	// Gaps is JSON, opaque to storage; "" for none.
	Gaps string
}

// Passage is a chunk of one version of a document. ID is the integer key that
// the vector and keyword indexes share; it is never used again after deletion.
type Passage struct {
	ID         int64
	DocumentID string
	Document   string // title, else name; filled on reading
	Ordinal    int
	Start, End int // byte offsets into the document's text
	Text       string
	Heading    string
	Language   string
	Location   json.RawMessage // opaque to storage
}

// EmbedderKey names the space that vectors live in.
type EmbedderKey struct {
	Digest string // of the embedding model's weights
	Scheme string // of its prefixes, e.g. "e5"
}

// Unembedded is a passage that still needs a vector.
type Unembedded struct {
	ID         int64
	DocumentID string
	Heading    string
	Text       string
}

// Scope limits a search of passages; empty fields do not limit.
type Scope struct {
	OwnerID       string
	CollectionIDs []string
	DocumentIDs   []string
	Formats       []string // pdf, docx, …
	// After and Before bound when a document was added: After ≤ t < Before.
	After, Before int64
	// Folder is a folder's path, or the end part of one; what lies in folders
	// below it counts too.
	Folder string
}

// Scored is one hit of a search; a higher score is better.
type Scored struct {
	ID    int64
	Score float64
}

// ChatHit is a chat that a search found, with the best message in it.
type ChatHit struct {
	Chat      Chat
	MessageID string // "" if only the title matched
	Text      string // of that message
	// Sources are the documents that message rests on, if it was found by their names.
	Sources []string
	At      int64 // when it was written; the chat's last message if only the title matched
}
