package app

// DictationChat is where the words will go; it decides which providers may
// hear them.
type DictationChat struct {
	ChatID        string   `json:"chatId"`        // "" for a new chat
	CollectionIDs []string `json:"collectionIds"` // of a new chat
	// Filter is what is chosen beside the question.
	Filter *Filter `json:"filter,omitempty"`
}

// DictationState says whether speech can be written down here.
type DictationState struct {
	// Models can write down speech; Model is the one that would, "" if none.
	Models []DictationModel `json:"models"`
	Model  string           `json:"model"`
	// Problem says why Model may not be used for this chat.
	Problem *Problem `json:"problem,omitempty"`
	// Seconds is how long a recording may be.
	Seconds int `json:"seconds"`
}

// DictationModel is a provider's model for speech.
type DictationModel struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Provider string `json:"provider"`
	Place    string `json:"place" ts:"'this_computer'|'company'|'hosted'"`
}

// TranscribeRequest is a recording that is to become text. It is written
// nowhere.
type TranscribeRequest struct {
	Chat DictationChat `json:"chat"`
	// WAV is a file with one channel of 16-bit samples, 16,000 a second; base64.
	WAV []byte `json:"wav" ts:"string"`
	// Language is the window's: it counts where the settings say so.
	Language string `json:"language" ts:"'de'|'en'"`
}

// Transcript is what was said.
type Transcript struct {
	Text string `json:"text"`
}
