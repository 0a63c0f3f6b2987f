package app

// GoldenQuestion is a question that a collection must answer from a known
// place. The first of page, slide, sheet and heading that is set decides.
type GoldenQuestion struct {
	ID           string `json:"id"` // "" for a new one
	CollectionID string `json:"collectionId"`
	Question     string `json:"question"`
	DocumentID   string `json:"documentId"` // "" where only a file name is known
	Document     string `json:"document"`   // file name
	Page         int    `json:"page,omitempty"`
	Slide        int    `json:"slide,omitempty"`
	Sheet        string `json:"sheet,omitempty"`
	Heading      string `json:"heading,omitempty"`
	// Answer are words that must stand in the passage; "" for any.
	Answer string `json:"answer"`
	// Result of the last run, absent if it was not part of it.
	Result *GoldenResult `json:"result,omitempty"`
}

// GoldenResult says what was found for one question.
type GoldenResult struct {
	QuestionID string `json:"questionId"`
	// Rank is the position of the right place among the first three, 0 if it is
	// not there.
	Rank int `json:"rank"`
	// File is true if the right document is among them.
	File bool `json:"file"`
	// Answer is true if a passage at the right place holds the words, or none
	// were given and the place was found.
	Answer bool `json:"answer"`
	// Found are the first three places.
	Found []GoldenPlace `json:"found"`
}

// GoldenPlace is a place that was found.
type GoldenPlace struct {
	DocumentID string `json:"documentId"`
	Document   string `json:"document"`
	Page       int    `json:"page,omitempty"`
	Slide      int    `json:"slide,omitempty"`
	Sheet      string `json:"sheet,omitempty"`
	Heading    string `json:"heading,omitempty"`
}

// QualityRun is one check of all golden questions of a collection.
type QualityRun struct {
	ID     string `json:"id"`
	At     int64  `json:"at"`
	Reason string `json:"reason" ts:"'asked'|'documents'|'model'|'questions'"` // what made it run
	// Embedder is the model that computed the vectors, "" for none.
	Embedder  string `json:"embedder"`
	Questions int    `json:"questions"`
	// Found of them had the right place among the first three citations, First
	// as the first one.
	Found int `json:"found"`
	First int `json:"first"`
}

// Quality are the golden questions of a collection and how they fared.
type Quality struct {
	CollectionID string           `json:"collectionId"`
	Questions    []GoldenQuestion `json:"questions"`
	Runs         []QualityRun     `json:"runs"` // newest first
	// Running is true while a run is going on; Done of Total are asked.
	Running bool `json:"running"`
	Done    int  `json:"done"`
	Total   int  `json:"total"`
}

// GoldenFromAnswer makes a golden question of an answer's passage.
type GoldenFromAnswer struct {
	MessageID string `json:"messageId"` // of the answer
	N         int    `json:"n"`         // of the passage
}

// QualityImport brings questions as CSV: a header line and one line each.
type QualityImport struct {
	CollectionID string `json:"collectionId"`
	// Content is the file's bytes, base64.
	Content []byte `json:"content" ts:"string"`
}

// QualityImported says what became of the lines.
type QualityImported struct {
	Added   int     `json:"added"`
	Known   int     `json:"known"`   // the same question was there already
	Refused []int   `json:"refused"` // numbers of lines without a question or a document
	Quality Quality `json:"quality"`
}

// QualityFile is the export.
type QualityFile struct {
	Name    string `json:"name"`
	Content string `json:"content"` // with a byte order mark
}
