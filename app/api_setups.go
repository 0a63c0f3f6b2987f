package app

// NewChatSetup is what a person gives a chat before its first question, beside
// its assistant.
type NewChatSetup struct {
	Instructions string `json:"instructions"`
	// Parameters are absent for those of the assistant.
	Parameters *Parameters `json:"parameters,omitempty"`
}

// NewSetupRequest asks what a new chat would answer by.
type NewSetupRequest struct {
	// AssistantID is as in SendRequest, FolderID where the chat would go.
	AssistantID string       `json:"assistantId"`
	FolderID    string       `json:"folderId"`
	Setup       NewChatSetup `json:"setup"`
}

// AssistantChange lets a chat go on with another assistant.
type AssistantChange struct {
	ChatID string `json:"chatId"`
	// AssistantID is "none" to go on without one.
	AssistantID string `json:"assistantId"`
}

// AnswerAssistant is the assistant an answer was written with. Name is "" for
// none; Version changes with everything a chat takes over.
type AnswerAssistant struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
}
