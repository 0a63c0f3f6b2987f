package app

// Filter narrows where a question looks. Empty fields do not limit; named
// documents are found wherever they are, everything else within the chat's
// collections, or in all documents if the chat has none.
type Filter struct {
	DocumentIDs []string `json:"documentIds"`
	Types       []string `json:"types"` // formats as in [Document].Format
	// After and Before bound when a document was added: After ≤ t < Before; 0 for no bound.
	After  int64 `json:"after"`
	Before int64 `json:"before"`
	// Folder is a path or the end part of one ("Contracts/2024"), with all below it.
	Folder string `json:"folder"`
}

// FilterRequest is a question as it is being typed.
type FilterRequest struct {
	Text          string   `json:"text"`
	CollectionIDs []string `json:"collectionIds"`
}

// FilterReading is what the words of a question say about where to look. The
// same reading happens when the question is sent.
type FilterReading struct {
	// Text is the question without those words.
	Text   string `json:"text"`
	Filter Filter `json:"filter"`
	// Documents are the named ones, for chips.
	Documents []FilterDocument `json:"documents"`
	// Unknown are names behind an @ that no document has.
	Unknown []string `json:"unknown"`
}

// FilterDocument is a document to choose.
type FilterDocument struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Format string `json:"format"`
}

// FilterSuggestRequest asks what could follow an @ or stand in a filter.
type FilterSuggestRequest struct {
	// Query is the start of a name, or a word in it; "" for the newest.
	Query         string   `json:"query"`
	CollectionIDs []string `json:"collectionIds"` // none: all documents
	Limit         int      `json:"limit"`         // of documents; 0 for 8
}

// FilterSuggestions are the choices.
type FilterSuggestions struct {
	Documents []FilterDocument `json:"documents"`
	// Types and Folders occur among the documents; types most frequent first.
	Types   []string `json:"types"`
	Folders []string `json:"folders"`
}
