package app

// Draft is what stands in the field of a chat and was not sent.
type Draft struct {
	ChatID string `json:"chatId"` // "" for the chat that does not exist yet
	Text   string `json:"text"`   // "" ends the draft
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
