package app

// ExportRequest asks for chats as a file.
type ExportRequest struct {
	// ChatID is one chat, FolderID the chats of one folder and those in it; both "" for all.
	ChatID   string `json:"chatId"`
	FolderID string `json:"folderId"`
	Format   string `json:"format" ts:"'json'|'markdown'|'html'|'pdf'|'docx'"`
}

// ExportFile is a file to save.
type ExportFile struct {
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Content   string `json:"content"`
	Base64    bool   `json:"base64"` // how Content is written
	Chats     int    `json:"chats"`
}

// WrittenExport is a file of chats that waits to be fetched in pieces, at most an hour.
type WrittenExport struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"` // in bytes
	Chats     int    `json:"chats"`
}

// ExportPieceRequest asks for a piece of a written export.
type ExportPieceRequest struct {
	ID     string `json:"id"`
	Offset int64  `json:"offset"` // in bytes
}

// ExportPiece is a piece of a written export. With the last one the file is gone.
type ExportPiece struct {
	Content string `json:"content"` // base64 of at most 2 MiB
	Last    bool   `json:"last"`
}

// ImportPiece is a piece of a file of chats; a file may be larger than a call.
type ImportPiece struct {
	ID      string `json:"id"`      // "" for the first piece
	Content string `json:"content"` // base64 of at most 2 MiB
	Last    bool   `json:"last"`
}

// ImportResult says how far an import is. Everything but ID is set with the
// last piece.
type ImportResult struct {
	ID       string `json:"id"`
	Product  string `json:"product" ts:"''|'kontor'|'chatgpt'|'claude'|'openwebui'|'librechat'|'lmstudio'|'jan'|'ollama'"`
	Chats    int    `json:"chats"`    // in the file
	Changed  int    `json:"changed"`  // chats that are new or have new messages
	Messages int    `json:"messages"` // that are new
	// Assistants and Prompts are new ones of the person's own.
	Assistants int `json:"assistants"`
	Prompts    int `json:"prompts"`
	// Skipped counts chats that could not be read, LeftOut pictures and files
	// that new messages name and that could not be taken over.
	Skipped int `json:"skipped"`
	LeftOut int `json:"leftOut"`
}

// ResumedImport is an import that the end of the program had broken off and
// that its next start went on with; State is "" if there was none.
type ResumedImport struct {
	State   string        `json:"state" ts:"''|'running'|'done'|'failed'"`
	Result  *ImportResult `json:"result,omitempty"`
	Problem *Problem      `json:"problem,omitempty"`
}

// ImportMoved says how far the storing of an import is.
type ImportMoved struct {
	ID      string `json:"id"`
	Percent int    `json:"percent"` // of the file, 0 if its size says nothing
	Chats   int    `json:"chats"`   // so far
}
