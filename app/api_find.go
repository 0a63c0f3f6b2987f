package app

// FindRequest looks for words in one chat.
type FindRequest struct {
	ChatID string `json:"chatId"`
	Query  string `json:"query"`
}

// FindResult lists the messages of the shown branch that have the words as they
// are typed, oldest first.
type FindResult struct {
	Matches []FindMatch `json:"matches"`
}

// FindMatch is a message that was found.
type FindMatch struct {
	MessageID string `json:"messageId"`
	Position  int    `json:"position"` // on the branch, from 0
	Count     int    `json:"count"`    // how often the words are in it
}
