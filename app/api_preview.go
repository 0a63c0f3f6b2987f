package app

// PreviewRequest opens a document at a passage. Start and End are the byte
// offsets of a [Passage]; equal means no highlight.
type PreviewRequest struct {
	DocumentID string `json:"documentId"`
	FileHash   string `json:"fileHash"` // of the passage; "" for the present version
	Start      int    `json:"start"`
	End        int    `json:"end"`
	// Text is the passage's snapshot. It finds the place again in another
	// version, and is shown alone when the document is gone.
	Text string `json:"text,omitempty"`
	// FromBlock and ToBlock page through documents made of blocks; both 0 means
	// around the highlight.
	FromBlock int `json:"fromBlock"`
	ToBlock   int `json:"toBlock"`
}

// Preview is what the side panel shows.
type Preview struct {
	DocumentID string `json:"documentId"`
	Document   string `json:"document"`
	Format     string `json:"format"`
	Kind       string `json:"kind" ts:"'pdf'|'text'|'sheet'|'slides'|'mail'"`
	// Date is when the file was last written, else when it was added.
	Date int64 `json:"date"`
	// URL of the original's bytes, relative to the page.
	URL   string `json:"url,omitempty"`
	Page  int    `json:"page,omitempty"` // to open first, for Kind pdf
	Pages int    `json:"pages,omitempty"`
	Rects []Rect `json:"rects"`
	// Blocks of all other kinds; Total counts all, First is the ordinal of the first one here.
	Blocks []PreviewBlock `json:"blocks"`
	First  int            `json:"first"`
	Total  int            `json:"total"`
	// Marked is the ordinal of the first highlighted block, -1 for none.
	Marked int `json:"marked"`
	// Sheets of a workbook or table, in order.
	Sheets []PreviewSheet `json:"sheets,omitempty"`
	// Changed: the file is not the one the passage was taken from.
	Changed bool `json:"changed"`
	// Lost: the passage's text is not in this version any more. Gone: the
	// document was deleted. The snapshot is shown in both cases.
	Lost bool `json:"lost"`
	Gone bool `json:"gone"`
}

// PreviewSheet is one sheet of a workbook.
type PreviewSheet struct {
	Name    string `json:"name"`    // "" for a file that is one table
	First   int    `json:"first"`   // ordinal of its first block
	Blocks  int    `json:"blocks"`  // rows with content, and comments
	Columns int    `json:"columns"` // the last one with content
}

// Rect is a highlighted area in PDF points, origin at the top left of the page as displayed.
type Rect struct {
	Page       int     `json:"page"`
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
	PageWidth  float64 `json:"pageWidth"`
	PageHeight float64 `json:"pageHeight"`
}

// PreviewBlock is a paragraph, heading or table row with the parts to highlight.
type PreviewBlock struct {
	Kind  string `json:"kind" ts:"'paragraph'|'heading'|'list_item'|'table'|'footnote'|'comment'|'code'|'notes'|'mail_header'|'attachment'"`
	Level int    `json:"level,omitempty"`
	Slide int    `json:"slide,omitempty"`
	Row   int    `json:"row,omitempty"`
	Text  string `json:"text"`
	Marks []Span `json:"marks"`
	// Cells of a table row, where they are known; Text is the whole row then.
	Cells []PreviewCell `json:"cells,omitempty"`
}

// PreviewCell is a cell with text.
type PreviewCell struct {
	Column int    `json:"column"` // from 1
	Text   string `json:"text"`
	Marks  []Span `json:"marks,omitempty"`
}

// Span is a part of a text, in UTF-16 code units.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// OriginalRequest opens a document's file in the program the system has for it,
// or shows it in its folder; window only.
type OriginalRequest struct {
	DocumentID string `json:"documentId"`
	Folder     bool   `json:"folder"` // show it in its folder instead
}
