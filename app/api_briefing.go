package app

// BriefingState says whether the introduction is due on this computer.
type BriefingState struct {
	Mode    string `json:"mode" ts:"'offered'|'required'|'off'"`
	Version string `json:"version"`
	// Due is true while it shall be shown by itself; Blocking while no
	// question may be asked before.
	Due      bool `json:"due"`
	Blocking bool `json:"blocking"`
	// The last time it was gone through; CompletedAt is 0 for never.
	CompletedAt       int64  `json:"completedAt"`
	CompletedVersion  string `json:"completedVersion"`
	CompletedLanguage string `json:"completedLanguage"`
	// Title and Contact are the organisation's words, "" for none.
	Title   string `json:"title"`
	Contact string `json:"contact"`
}

// Briefing is the introduction in the language in use.
type Briefing struct {
	State     BriefingState      `json:"state"`
	Cards     []BriefingCard     `json:"cards"`
	Questions []BriefingQuestion `json:"questions"`
}

// BriefingCard is one page of it.
type BriefingCard struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Text   string   `json:"text"`
	Points []string `json:"points"`
}

// BriefingQuestion is one of the self-check. The page compares the answer
// itself: none is sent or kept.
type BriefingQuestion struct {
	Text    string   `json:"text"`
	Options []string `json:"options"`
	Answer  int      `json:"answer"` // index of the right one
	Why     string   `json:"why"`
}

// BriefingDone records that the introduction was gone through.
type BriefingDone struct {
	Version  string `json:"version"`
	Language string `json:"language" ts:"'de'|'en'"`
}

// CertificateRequest asks for the record as a file; a name is written into it
// and kept nowhere.
type CertificateRequest struct {
	Name string `json:"name"`
}
