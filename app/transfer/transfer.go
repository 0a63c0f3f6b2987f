// Package transfer is how chats leave and enter the program: its own JSON
// format, which loses nothing, Markdown for people, and the files of other
// programs. It knows files, not where chats are kept.
package transfer

import "encoding/json"

// Format and Version name the JSON format. A reader takes files of its own
// version and older ones. Version 2 added what chats begin with: the defaults
// of folders, assistants, prompts, settings; and of a chat its draft and the
// question from which on it is sent along.
const (
	Format  = "kontor-chats"
	Version = 2
)

// File is the JSON format; its schema is in schema.json. Times are Unix
// milliseconds.
type File struct {
	Format     string   `json:"format"`
	Version    int      `json:"version"`
	Program    string   `json:"program"`
	ExportedAt int64    `json:"exportedAt"`
	Folders    []Folder `json:"folders"`
	// Assistants are the person's own: those the chats were begun with, or all
	// of them beside all chats.
	Assistants []Assistant `json:"assistants"`
	// Prompts and Settings are written beside all chats. Settings are those the
	// person made for chats, by their keys.
	Prompts  []Prompt          `json:"prompts"`
	Settings map[string]string `json:"settings"`
	Chats    []Chat            `json:"chats"`
}

// Folder holds chats and other folders. Model and Collections are what a new
// chat in it begins with.
type Folder struct {
	ID          string       `json:"id"`
	ParentID    string       `json:"parentId"` // "" at the top
	Name        string       `json:"name"`
	Model       string       `json:"model"` // "" for the default
	Collections []Collection `json:"collections"`
}

// Assistant is one that the person made. Profile is what a file of an
// assistant says under "assistant".
type Assistant struct {
	ID        string          `json:"id"`
	Profile   json.RawMessage `json:"assistant"`
	CreatedAt int64           `json:"createdAt"`
	UpdatedAt int64           `json:"updatedAt"`
}

// Prompt is one that the person wrote.
type Prompt struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	About     string `json:"about"`
	Text      string `json:"text"`
	CreatedAt int64  `json:"createdAt"`
	UpdatedAt int64  `json:"updatedAt"`
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
	// StartsAt is the question from which on the chat is sent to the model, "" for all of it.
	StartsAt string `json:"startsAt,omitempty"`
	// Draft was written and not sent.
	Draft *Draft `json:"draft,omitempty"`

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

// Draft is what stands in the field of a chat. Images are as in a part.
type Draft struct {
	Text   string            `json:"text"`
	Images []json.RawMessage `json:"images,omitempty"`
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
