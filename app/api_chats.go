package app

// ChatFolder holds chats and other folders. Model and CollectionIDs are what a
// new chat in it begins with.
type ChatFolder struct {
	ID            string   `json:"id"`
	ParentID      string   `json:"parentId"` // "" at the top
	Name          string   `json:"name"`
	Model         string   `json:"model"` // "" for the default
	CollectionIDs []string `json:"collectionIds"`
	Chats         int      `json:"chats"` // in it, without those of folders in it
}

// ChatFolders lists all, by name; the tree is in ParentID.
type ChatFolders struct {
	Folders []ChatFolder `json:"folders"`
}

// ChatFolderRequest makes a folder (without an ID) or changes the fields that
// are present.
type ChatFolderRequest struct {
	ID            string    `json:"id"`
	ParentID      *string   `json:"parentId,omitempty"`
	Name          *string   `json:"name,omitempty"`
	Model         *string   `json:"model,omitempty"`
	CollectionIDs *[]string `json:"collectionIds,omitempty"`
}

// ChatSearchRequest looks for words and filter words in chats.
type ChatSearchRequest struct {
	Query string `json:"query"`
	Limit int    `json:"limit"`
}

// ChatSearchResult is what was found, chats whose title has the words first,
// then those with the newest message.
type ChatSearchResult struct {
	Hits []ChatHit `json:"hits"`
	// Unknown are values of filter words that mean nothing here, as typed.
	Unknown []string `json:"unknown"`
}

// ChatHit is one chat found. Marks are the words looked for, in the title and
// in the excerpt.
type ChatHit struct {
	Chat       Chat   `json:"chat"`
	MessageID  string `json:"messageId"` // "" if the title was found
	At         int64  `json:"at"`        // of the message, else of the chat's last one
	Excerpt    string `json:"excerpt"`   // of the message
	TitleMarks []Span `json:"titleMarks"`
	Marks      []Span `json:"marks"`
	// Document is one that the message rests on, if it was found by its name.
	Document      string `json:"document,omitempty"`
	DocumentMarks []Span `json:"documentMarks,omitempty"`
}
