package app

// CollectionUpdateRequest changes the fields that are present. RetainUntil is
// YYYY-MM-DD, "" for no date.
type CollectionUpdateRequest struct {
	ID          string  `json:"id"`
	Name        *string `json:"name,omitempty"`
	Purpose     *string `json:"purpose,omitempty"`
	Owner       *string `json:"owner,omitempty"`
	RetainUntil *string `json:"retainUntil,omitempty"`
	// DataClass is public, internal or confidential, "" for what the settings say.
	DataClass *string `json:"dataClass,omitempty" ts:"''|Provider['dataClass']"`
}

// CollectionStatistics describe a collection, or all documents.
type CollectionStatistics struct {
	Documents int `json:"documents"`
	Failed    int `json:"failed"`
	Waiting   int `json:"waiting"`
	Passages  int `json:"passages"`
	Embedded  int `json:"embedded"`
	Pages     int `json:"pages"`
	// Tokens is an estimate from the length of the text.
	Tokens    int64           `json:"tokens"`
	Languages []LanguageCount `json:"languages"` // most documents first
	// CopiedBytes are copies in the data folder, LinkedBytes files that are read
	// where they lie, IndexBytes about what text, passages and vectors take.
	CopiedBytes int64 `json:"copiedBytes"`
	LinkedBytes int64 `json:"linkedBytes"`
	IndexBytes  int64 `json:"indexBytes"`
}

// LanguageCount is how many documents are in a language, "" for not recognised.
type LanguageCount struct {
	Language  string `json:"language"`
	Documents int    `json:"documents"`
}

// TwinsRequest asks what is there more than once, in a collection ("": all) or
// with one document.
type TwinsRequest struct {
	CollectionID string `json:"collectionId"`
	DocumentID   string `json:"documentId"`
}

// Twins are groups of files or documents that hold the same.
type Twins struct {
	Groups []TwinGroup `json:"groups"`
	// More is true when there are more than are listed.
	More bool `json:"more"`
}

// TwinGroup holds the same. Bytes: identical files, read once; text: documents
// with the same words in another file.
type TwinGroup struct {
	Same  string `json:"same" ts:"'bytes'|'text'"`
	Files []Twin `json:"files"`
}

// Twin is one of a group.
type Twin struct {
	DocumentID string `json:"documentId"`
	Name       string `json:"name"`
}

// TransferRequest puts documents into a collection and takes them out of
// another one unless that is "".
type TransferRequest struct {
	DocumentIDs []string `json:"documentIds"`
	From        string   `json:"from"`
	To          string   `json:"to"`
}

// DocumentsRequest names documents.
type DocumentsRequest struct {
	DocumentIDs []string `json:"documentIds"`
}
