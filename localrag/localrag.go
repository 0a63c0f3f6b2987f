// Package localrag turns documents into passages and questions into cited
// passages: analysis of German and English text, chunking, hybrid retrieval,
// rank fusion and the check of an answer against its sources.
//
// It knows no model, no database and no window. What it needs of them it
// declares here as small interfaces; app provides them.
package localrag

import "context"

// Location says where text stands in its document. Zero values mean "does not
// apply"; pages and slides count from 1.
type Location struct {
	Page    int    `json:"page,omitempty"`
	Slide   int    `json:"slide,omitempty"`
	Sheet   string `json:"sheet,omitempty"`
	Row     int    `json:"row,omitempty"`
	Heading string `json:"heading,omitempty"` // path of headings, joined by " › "
	Part    string `json:"part,omitempty"`    // file in the document, such as an attachment; of nested ones the path, joined by " › "
}

// Block is a stretch of a parsed document that belongs together.
type Block struct {
	// Start and End are byte offsets into ParsedDocument.Text.
	Start, End int
	Kind       BlockKind
	Location   Location
	// Level of a heading, 1 for the highest.
	Level int
	// Cells of a [Table] row, in order, where the parser knows them.
	Cells []Cell `json:",omitempty"`
}

// Cell is a cell of a table row. Its JSON is short because large sheets have
// millions.
type Cell struct {
	Column int `json:"c"` // from 1
	// Start and End are bytes from the start of the row's block.
	Start int `json:"s"`
	End   int `json:"e"`
}

// BlockKind is the role of a block in its document.
type BlockKind string

// Kinds of block.
const (
	Paragraph BlockKind = "paragraph"
	Heading   BlockKind = "heading"
	ListItem  BlockKind = "list_item"
	Table     BlockKind = "table"
	Footnote  BlockKind = "footnote"
	Comment   BlockKind = "comment"
	CodeBlock BlockKind = "code"
	// Notes are what a speaker sees below a slide.
	Notes BlockKind = "notes"
	// MailHeader holds sender, receivers and date, a line each.
	MailHeader BlockKind = "mail_header"
	// Attachment is the name of a file that came with a message.
	Attachment BlockKind = "attachment"
)

// ParsedDocument is what a parser makes of a file: one text, and blocks that
// cover all of it that is worth finding, in order, without overlap.
type ParsedDocument struct {
	Title  string
	Text   string
	Blocks []Block
	// Pages is 0 for formats without pages.
	Pages int
	// ParserVersion changes whenever the same bytes may give other text.
	ParserVersion int
}

// Chunk is a passage before it is stored.
type Chunk struct {
	// Start and End are byte offsets into the document's text; Text is exactly that part.
	Start, End int
	Text       string
	// Heading is the context the chunk is indexed with: document title and path of headings.
	Heading  string
	Location Location
	// Language is "de", "en" or "" when it could not be told.
	Language string
}

// Passage is a stored chunk, as retrieval returns it.
type Passage struct {
	ID         int64
	DocumentID string
	Document   string // title or file name, for people
	Ordinal    int    // position in the document, from 0
	Chunk
}

// Scored is a passage's place in one ranking; higher scores are better.
type Scored struct {
	ID    int64
	Score float64
}

// Scope limits a search. Empty fields do not limit: an empty scope is
// everything its owner may see.
type Scope struct {
	OwnerID       string
	CollectionIDs []string
	DocumentIDs   []string
	Formats       []string // pdf, docx, …
	// After and Before, in Unix milliseconds, bound when a document was added:
	// After ≤ t < Before.
	After, Before int64
	Folder        string // path or end part of a path, with all below it
}

// Keyword searches the analysed terms of passages.
type Keyword interface {
	// SearchTerms ranks passages that hold any of the terms by BM25, best
	// first, at most limit. Terms are as the [Analyser] made them. With a
	// language only passages of that or of unknown language count.
	SearchTerms(ctx context.Context, scope Scope, language string, terms []string, limit int) ([]Scored, error)
}

// VectorIndex finds the nearest vectors. It has several implementations and a
// conformance suite in ragtest. Safe for concurrent use.
type VectorIndex interface {
	// Add stores unit-length vectors under their passage ids, replacing earlier ones.
	Add(ctx context.Context, ids []int64, vectors [][]float32) error
	// Remove forgets ids; unknown ids are ignored.
	Remove(ctx context.Context, ids []int64) error
	// Search returns the nearest by cosine, best first, at most limit. Allow
	// is nil for no filter; it may be called from several goroutines at once.
	Search(ctx context.Context, vector []float32, limit int, allow func(id int64) bool) ([]Scored, error)
	// Len is the number of vectors held.
	Len() int
}

// Passages loads passages by id, in the order asked; unknown ids are left out.
type Passages interface {
	Passages(ctx context.Context, ids []int64) ([]Passage, error)
}

// QueryEmbedder embeds questions with the prefix their model wants. Vectors
// have unit length.
type QueryEmbedder interface {
	EmbedQueries(ctx context.Context, questions []string) ([][]float32, error)
}
