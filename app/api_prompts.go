package app

// PromptField is a place of a prompt that a person fills in.
type PromptField struct {
	Label    string   `json:"label"`
	Kind     string   `json:"kind" ts:"'line'|'long'|'choice'"`
	Options  []string `json:"options"` // of a choice
	Optional bool     `json:"optional"`
	// Places are the spellings in the text that the value replaces.
	Places []string `json:"places"`
}

// Prompt is a text to be used again, with places to fill in.
type Prompt struct {
	ID    string `json:"id"` // "" for a new one
	Title string `json:"title"`
	About string `json:"about"`
	Group string `json:"group" ts:"'organisation'|'own'|'write'|'language'|'read'|'meeting'|'data'|'think'|'people'"`
	Text  string `json:"text"`
	// Fields are found in the text; they are not read when it is saved.
	Fields []PromptField `json:"fields"`
	// BuiltIn prompts come with the program or from the organisation: they can
	// be copied, not changed.
	BuiltIn bool `json:"builtIn"`
}

// InLanguage asks for texts of the program in the language of a page; "" is the
// program's own.
type InLanguage struct {
	Language string `json:"language" ts:"''|'de'|'en'"`
}

// PromptList is the library: those of the organisation, then a person's own.
type PromptList struct {
	Prompts []Prompt `json:"prompts"`
}

// Instructions are what the model is told in one chat beside the question.
type Instructions struct {
	ChatID string `json:"chatId"`
	Text   string `json:"text"` // "" for none
}
