// Package transfer is how chats leave and enter the program: its own JSON
// format, which loses nothing, Markdown for people, and the files of other
// programs. It knows files, not where chats are kept.
package transfer

import "encoding/json"

// Format and Version name the JSON format. A reader takes files of its own
// version and older ones.
const (
	Format  = "kontor-chats"
	Version = 1
)

// File is the JSON format; its schema is in schema.json. Times are Unix
// milliseconds.
type File struct {
	Format     string   `json:"format"`
	Version    int      `json:"version"`
	Program    string   `json:"program"`
	ExportedAt int64    `json:"exportedAt"`
	Folders    []Folder `json:"folders"`
	Chats      []Chat   `json:"chats"`
}

// Folder holds chats and other folders.
type Folder struct {
	ID       string `json:"id"`
	ParentID string `json:"parentId"` // "" at the top
	Name     string `json:"name"`
}

// Chat is a conversation with all its branches.
type Chat struct {
	ID           string       `json:"id"`
	Title        string       `json:"title"`
	TitleSource  string       `json:"titleSource"`
	Model        string       `json:"model"`
	ActiveLeaf   string       `json:"activeLeaf"` // last message of the branch that is shown
	Instructions string       `json:"instructions"`
	Collections  []Collection `json:"collections"`
	FolderID     string       `json:"folderId"`
	Tags         []string     `json:"tags"`
	PinnedAt     int64        `json:"pinnedAt"`
	ArchivedAt   int64        `json:"archivedAt"`
	CreatedAt    int64        `json:"createdAt"`
	UpdatedAt    int64        `json:"updatedAt"`
	Messages     []Message    `json:"messages"` // parents before children

	// Setup is the assistant the chat was begun with and its own parameters.
	Setup *Setup `json:"setup,omitempty"`

	// FolderPath are the names of the folders another program kept it in, the outermost first.
	FolderPath []string `json:"-"`
	// LeftOut counts pictures and files that are named in the file and not in it.
	LeftOut int `json:"-"`
}

// Setup is how a chat answers beside its instructions. Assistant is what a
// file of an assistant says under that name, as it was when the chat began;
// both may be absent.
type Setup struct {
	AssistantID string          `json:"assistantId,omitempty"`
	Assistant   json.RawMessage `json:"assistant,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// Collection names a set of documents; the documents are not part of the file.
type Collection struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Message is a node in a chat's tree.
type Message struct {
	ID        string          `json:"id"`
	ParentID  string          `json:"parentId"` // "" for a first message
	Role      string          `json:"role"`     // user or assistant
	Status    string          `json:"status"`
	Model     string          `json:"model"`
	Digest    string          `json:"digest"` // of the model's weights
	Mode      string          `json:"mode"`   // how documents were used
	Facts     json.RawMessage `json:"facts,omitempty"`
	Parts     []Part          `json:"parts"`
	CreatedAt int64           `json:"createdAt"`
	UpdatedAt int64           `json:"updatedAt"`

	// Images are those that another program's file holds.
	Images []Image `json:"-"`
}

// Image is a picture in a message.
type Image struct {
	Name      string
	MediaType string // such as image/png
	Bytes     []byte
}

// Part is a typed piece of a message: text, reasoning, a citation with its own
// snapshot of the passage, and others.
type Part struct {
	Type string          `json:"type"`
	Text string          `json:"text,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}
