package app

// Parameters say how the answers of a chat or an assistant are made. Zero
// values leave it to the settings and the model.
type Parameters struct {
	Style string `json:"style" ts:"''|'precise'|'balanced'|'creative'|'own'"`
	// Temperature and TopP count with the style own.
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"topP,omitempty"`
	// MaxTokens is the longest answer and ContextWindow what the model has in
	// view, in tokens; 0 for as much as fits and for the settings.
	MaxTokens     int    `json:"maxTokens"`
	ContextWindow int    `json:"contextWindow"`
	Seed          int    `json:"seed"` // 0 for none
	Thinking      string `json:"thinking" ts:"''|'on'|'off'"`
}

// NamedCollection is a collection an assistant brings; ID is "" when none
// here has that name.
type NamedCollection struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Assistant is a way to begin a chat: instructions, model, collections and
// parameters under one name.
type Assistant struct {
	ID string `json:"id"` // "" for a new one
	// Version changes with everything a chat takes over.
	Version string `json:"version"`
	// Source says whose it is; only own ones can be changed.
	Source      string `json:"source" ts:"'own'|'builtin'|'organisation'"`
	Name        string `json:"name"`
	Icon        string `json:"icon"`
	Colour      string `json:"colour"`
	Description string `json:"description"`
	// Model is "" for the default one. ModelMissing says that it is not
	// installed; then ModelInstead answers, "" if nothing can.
	Model        string            `json:"model"`
	ModelMissing bool              `json:"modelMissing"`
	ModelInstead string            `json:"modelInstead"`
	Instructions string            `json:"instructions"`
	Collections  []NamedCollection `json:"collections"`
	Parameters   Parameters        `json:"parameters"`
	Starters     []string          `json:"starters"`
	UpdatedAt    int64             `json:"updatedAt"` // 0 for those of the program
}

// AssistantList is what a chat can be begun with: those of the organisation
// first, then own ones, then the program's.
type AssistantList struct {
	Assistants []Assistant `json:"assistants"`
	// DefaultID begins every new chat, "" for none.
	DefaultID string `json:"defaultId"`
	// OwnAllowed is false where the organisation provides all.
	OwnAllowed bool `json:"ownAllowed"`
	// Problems are files of the organisation that could not be read.
	Problems []Problem `json:"problems"`
	Icons    []string  `json:"icons" ts:"('sparkles'|'scale'|'mail'|'languages'|'code'|'list-checks'|'pen'|'book'|'table'|'people'|'search'|'shield')[]"`
	Colours  []string  `json:"colours" ts:"('blue'|'green'|'amber'|'red'|'violet'|'teal'|'grey')[]"`
}

// ChatAssistant is the assistant a chat was started with, as it was then.
type ChatAssistant struct {
	ID          string `json:"id"`
	Version     string `json:"version"`
	Name        string `json:"name"`
	Icon        string `json:"icon"`
	Colour      string `json:"colour"`
	Description string `json:"description"`
	// State is changed when the assistant is another one by now, and gone when
	// there is none any more; the chat goes on as it was.
	State        string `json:"state" ts:"'same'|'changed'|'gone'"`
	ModelMissing string `json:"modelMissing"` // the model it wanted, "" if it is there
	ModelInstead string `json:"modelInstead"`
	Instructions string `json:"instructions"`
}

// ChatSetup is what a chat answers by beside its instructions.
type ChatSetup struct {
	ChatID    string         `json:"chatId"`
	Assistant *ChatAssistant `json:"assistant,omitempty"`
	// Parameters in force; Own says that they are the chat's and not the assistant's.
	Parameters Parameters `json:"parameters"`
	Own        bool       `json:"own"`
	// LargestWindow is what model and memory allow, in tokens; 0 unknown.
	LargestWindow int `json:"largestWindow"`
	// Window is what the next question will have.
	Window int `json:"window"`
	// Thinks says whether the model can be asked to think first.
	Thinks string `json:"thinks" ts:"'yes'|'no'|'unknown'"`
}

// ParametersRequest changes the parameters of a chat; Reset returns to those
// of its assistant.
type ParametersRequest struct {
	ChatID     string     `json:"chatId"`
	Parameters Parameters `json:"parameters"`
	Reset      bool       `json:"reset"`
}

// SharedFile is a file to save, or one that a person chose.
type SharedFile struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// SharedPath is a file on this computer; local callers only.
type SharedPath struct {
	Path string `json:"path"`
}

// AssistantDraft is what a file holds, for a person to look at before it is
// kept. Nothing was stored.
type AssistantDraft struct {
	Assistant Assistant `json:"assistant"`
	// NameTaken says that an own assistant has this name; the draft has
	// another one.
	NameTaken bool `json:"nameTaken"`
	// MissingCollections are named in the file and not here.
	MissingCollections []string `json:"missingCollections"`
}

// PromptImport says what became of a file of prompts.
type PromptImport struct {
	Added int `json:"added"`
	// Known were there already, word for word; Renamed have a name that was taken.
	Known   int `json:"known"`
	Renamed int `json:"renamed"`
}
