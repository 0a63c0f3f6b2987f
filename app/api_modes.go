package app

// Asked is what a question asked for beyond its text. It is kept with the
// question, so that another answer to it starts from the same wishes.
type Asked struct {
	// Mode is how documents shall be used; "" lets the question decide.
	Mode  string         `json:"mode" ts:"''|'whole_document'|'retrieval'|'everything'|'table'"`
	Table *TableQuestion `json:"table,omitempty"`
}

// Survey is how far an answer went through all passages of the chosen
// documents, and what it found there.
type Survey struct {
	Documents int `json:"documents"`
	Total     int `json:"total"` // passages
	Done      int `json:"done"`  // of them read
	// SecondsLeft is an estimate while the answer runs, -1 when unknown.
	SecondsLeft int       `json:"secondsLeft"`
	Findings    []Finding `json:"findings"`
	// More is how many findings are counted but not listed.
	More int `json:"more,omitempty"`
	// ByWords: the passages that hold the question's words, found without a model.
	ByWords bool `json:"byWords"`
	// Ask is what the question wants of the findings.
	Ask string `json:"ask" ts:"''|'list'|'count'|'compare'"`
	// Scope identifies what was read; going on needs the same.
	Scope string `json:"scope"`
}

// Finding is one thing that going through everything found.
type Finding struct {
	Text       string `json:"text"`
	Document   string `json:"document"` // its title; DocumentID is "" where it is not known
	DocumentID string `json:"documentId"`
	Citations  []int  `json:"citations"` // numbers of passages
	// Supported is false if no passage holds what the model wrote; such a
	// finding is shown with a mark and not counted.
	Supported bool `json:"supported"`
}

// AnswerWork replaces what is known of a longer work behind an answer.
type AnswerWork struct {
	MessageID string        `json:"messageId"`
	Survey    *Survey       `json:"survey,omitempty"`
	Table     *TableOutcome `json:"table,omitempty"`
}

// OfferRequest asks how a question would be answered.
type OfferRequest struct {
	ChatID        string   `json:"chatId"`
	Text          string   `json:"text"`
	CollectionIDs []string `json:"collectionIds"` // of a new chat
	Filter        *Filter  `json:"filter,omitempty"`
}

// Offer is how a question would be answered, and what going through everything
// would cost.
type Offer struct {
	// Automatic is the mode that the question itself leads to; "" without documents.
	Automatic string `json:"automatic" ts:"Asked['mode']"`
	// Propose is a better way that takes longer than people wait, "" if there is none.
	Propose string `json:"propose" ts:"Asked['mode']"`
	// Documents and Passages that going through everything would read.
	Documents int `json:"documents"`
	Passages  int `json:"passages"`
	// Seconds it would take on this computer, estimated; 0 without a model.
	Seconds int `json:"seconds"`
	// ByWords: without a model only the question's words are looked for.
	ByWords bool `json:"byWords"`
	// Tables is how many of the documents are spreadsheets.
	Tables int `json:"tables"`
}
