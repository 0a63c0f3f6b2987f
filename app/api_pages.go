package app

// ChatOpenRequest opens a chat, whole or a part of its shown branch.
type ChatOpenRequest struct {
	ID string `json:"id"`
	// Limit is how many messages to load, 0 for all.
	Limit int `json:"limit,omitempty"`
	// Around is a message to have among them, if it is on the shown branch; ""
	// for those at the end. While an answer is written nothing after it is left out.
	Around string `json:"around,omitempty"`
}

// MessagesRequest asks for the messages next to one that is there.
type MessagesRequest struct {
	ChatID string `json:"chatId"`
	// MessageID is the first or the last message that is there.
	MessageID string `json:"messageId"`
	// Later asks for those after it instead of those before it.
	Later bool `json:"later"`
	Limit int  `json:"limit"`
}

// MessagePage is a part of a branch, oldest first.
type MessagePage struct {
	Messages []Message `json:"messages"`
	// More counts the messages beyond it in the direction that was asked for.
	More int `json:"more"`
}
