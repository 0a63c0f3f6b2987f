package app

// CompareRequest shows two answers to one question side by side.
type CompareRequest struct {
	MessageID string `json:"messageId"`
	WithID    string `json:"withId"`
}

// EditAnswerRequest replaces the words of an answer by a person's own; the
// answer as the model wrote it stays beside it.
type EditAnswerRequest struct {
	MessageID string `json:"messageId"`
	Text      string `json:"text"`
}

// Edited says that a person changed an answer.
type Edited struct {
	// From is the message it was made of; At is when.
	From string `json:"from"`
	At   int64  `json:"at"`
}

// Mark is what a person thinks of an answer. It stays on this computer.
type Mark struct {
	Value  string `json:"value" ts:"'good'|'bad'"`
	Reason string `json:"reason,omitempty"`
}

// MarkRequest marks an answer; without a value it takes the mark away.
type MarkRequest struct {
	MessageID string `json:"messageId"`
	Value     string `json:"value" ts:"''|'good'|'bad'"`
	Reason    string `json:"reason"`
}
