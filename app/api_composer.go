package app

// Image is a picture that belongs to a question.
type Image struct {
	Hash      string `json:"hash"` // SHA-256 of its bytes, hex
	Name      string `json:"name"`
	MediaType string `json:"mediaType" ts:"'image/png'|'image/jpeg'"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Bytes     int64  `json:"bytes"`
	// Tokens it may take of a model's window, an upper bound for the usual models.
	Tokens int `json:"tokens"`
}

// ImageUpload is a picture in PNG or JPEG, at most 2.5 MiB; a page makes larger
// ones and other formats fit.
type ImageUpload struct {
	Name    string `json:"name"`
	Content string `json:"content"` // base64
	// ChatID is the chat whose question it belongs to, "" for one that does not
	// exist yet; that one is Temporary if it will never be written.
	ChatID    string `json:"chatId,omitempty"`
	Temporary bool   `json:"temporary,omitempty"`
}

// ImageRequest names a picture.
type ImageRequest struct {
	Hash string `json:"hash"`
}

// ImageContent is the bytes of a picture.
type ImageContent struct {
	MediaType string `json:"mediaType"`
	Content   string `json:"content"` // base64
}

// ImagePath is a picture that fell on the window.
type ImagePath struct {
	Path string `json:"path"`
}

// ImageFile is its bytes, for the page to make fit.
type ImageFile struct {
	Name    string `json:"name"`
	Content string `json:"content"` // base64
}

// Draft is what stands in the field of a chat and was not sent.
type Draft struct {
	ChatID string  `json:"chatId"` // "" for the chat that does not exist yet
	Text   string  `json:"text"`   // "" without images ends the draft
	Images []Image `json:"images,omitempty"`
}

// Drafts are those of all chats.
type Drafts struct {
	Drafts []Draft `json:"drafts"`
}

// QueuedQuestion waits in a chat for the running answer.
type QueuedQuestion struct {
	ID     string  `json:"id"`
	ChatID string  `json:"chatId"`
	Text   string  `json:"text"`
	Mode   string  `json:"mode" ts:"Asked['mode']"`
	Filter *Filter `json:"filter,omitempty"`
	Images []Image `json:"images,omitempty"`
}

// ChatQueue is what waits in a chat, first come first.
type ChatQueue struct {
	ChatID    string           `json:"chatId"`
	Questions []QueuedQuestion `json:"questions"`
	// Problem kept the first one from being sent.
	Problem *Problem `json:"problem,omitempty"`
}

// QueueChange replaces the text of a waiting question.
type QueueChange struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// BudgetRequest asks what the next request of a chat would hold.
type BudgetRequest struct {
	ChatID        string   `json:"chatId"`
	Text          string   `json:"text"`
	CollectionIDs []string `json:"collectionIds"` // of a new chat
	// AssistantID is what a new chat would begin with, as in SendRequest.
	AssistantID string        `json:"assistantId,omitempty"`
	Setup       *NewChatSetup `json:"setup,omitempty"` // of a new chat
	Filter      *Filter       `json:"filter,omitempty"`
	Mode        string        `json:"mode" ts:"Asked['mode']"`
	Images      []Image       `json:"images,omitempty"`
}

// Budget is about how many tokens the next request of a chat would hold, and
// what of it has no room. It is counted piece by piece: what a template adds is
// estimated.
type Budget struct {
	Model         string `json:"model"`         // "" if none would be asked
	ContextWindow int    `json:"contextWindow"` // tokens
	AnswerReserve int    `json:"answerReserve"` // of it kept for the answer
	// What would be sent, in tokens.
	Instructions int `json:"instructions"`
	History      int `json:"history"`
	Documents    int `json:"documents"`
	Question     int `json:"question"`
	Images       int `json:"images"` // of this question
	// Mode is how documents would be used, "" without any. WholeTokens is what
	// they hold in full, 0 if they are too many to be given in full.
	Mode        string `json:"mode" ts:"Asked['mode']"`
	WholeTokens int    `json:"wholeTokens"`
	// Turns are the earlier questions with their answers, oldest first; a chat
	// that starts later by a person's wish has fewer.
	Turns []BudgetTurn `json:"turns"`
	// LeftOut of them, from the oldest on, have no room.
	LeftOut int `json:"leftOut"`
	// Before is how many earlier questions stand before the chosen start.
	Before int `json:"before"`
	// Trouble is what does not fit, "" if all does.
	Trouble string `json:"trouble" ts:"''|'history'|'document'|'question'"`
	// LargerWindow is one in which all would fit, 0 if there is none on this
	// computer. It would take LargerBytes of memory, 0 if that is unknown, and
	// WindowSlow says that the model would get slower.
	LargerWindow int   `json:"largerWindow"`
	LargerBytes  int64 `json:"largerBytes"`
	WindowSlow   bool  `json:"windowSlow"`
}

// BudgetTurn is an earlier question with its answer.
type BudgetTurn struct {
	MessageID string `json:"messageId"` // of the question
	Question  string `json:"question"`  // its beginning
	Tokens    int    `json:"tokens"`
}

// ChatStart is the question from which on a chat is sent along; "" for all.
type ChatStart struct {
	ChatID    string `json:"chatId"`
	MessageID string `json:"messageId"`
}
