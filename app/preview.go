package app

import (
	"context"
	"strings"
	"sync"

	"kontor/localrag"
	"kontor/storage"
)

const (
	// previewBlocks is how many blocks are sent at once.
	previewBlocks = 200
	// shownAtOnce bounds the documents whose text is kept for the next page.
	shownAtOnce = 2
	// keptText is the largest text that is kept, in bytes.
	keptText = 32 << 20
)

// shownDocument is the text of a document that someone is looking at.
type shownDocument struct {
	id     string
	hash   string
	stamp  int64 // UpdatedAt of the record
	text   string
	blocks []localrag.Block
	sheets []PreviewSheet
}

// shownDocuments keeps what was decoded last: paging through a large sheet must
// not decode all of it for each page.
type shownDocuments struct {
	mu   sync.Mutex
	list []*shownDocument // the newest first
}

func (s *shownDocuments) get(d storage.Document) *shownDocument {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, shown := range s.list {
		if shown.id == d.ID && shown.hash == d.Hash && shown.stamp == d.UpdatedAt {
			return shown
		}
	}
	return nil
}

func (s *shownDocuments) keep(shown *shownDocument) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []*shownDocument{shown}
	for _, other := range s.list {
		if other.id != shown.id && len(list) < shownAtOnce {
			list = append(list, other)
		}
	}
	s.list = list
}

// forget drops a deleted document.
func (s *shownDocuments) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*shownDocument
	for _, shown := range s.list {
		if shown.id != id {
			list = append(list, shown)
		}
	}
	s.list = list
}

// open reads a document's text and blocks.
func (l *Library) open(ctx context.Context, d storage.Document) (*shownDocument, error) {
	if shown := l.shown.get(d); shown != nil {
		return shown, nil
	}
	text, raw, err := l.app.db.DocumentText(ctx, d.OwnerID, d.ID)
	if err != nil {
		return nil, err
	}
	blocks, err := decodeBlocks(raw)
	if err != nil {
		return nil, err
	}
	shown := &shownDocument{id: d.ID, hash: d.Hash, stamp: d.UpdatedAt, text: text, blocks: blocks}
	if previewKind(d.Format, blocks) == "sheet" {
		shown.sheets = sheetsOf(blocks)
	}
	if len(text) <= keptText {
		l.shown.keep(shown)
	}
	return shown, nil
}

// Preview opens a document at a passage. A passage that moved is found by its
// text; one that is gone, or whose document is, comes back as its snapshot.
func (l *Library) Preview(ctx context.Context, p Principal, r PreviewRequest) (Preview, error) {
	record, err := l.app.db.Document(ctx, p.OwnerID, r.DocumentID, storage.EmbedderKey{})
	if storage.CodeOf(err) == storage.CodeNotFound && r.Text != "" {
		return goneView(r), nil
	}
	if err != nil {
		return Preview{}, err
	}
	shown, err := l.open(ctx, record)
	if storage.CodeOf(err) == storage.CodeNotFound && r.Text != "" {
		return lostView(record, r), nil // it is being read again
	}
	if err != nil {
		return Preview{}, err
	}
	available, changed := l.checkSource(record)
	view := Preview{
		DocumentID: record.ID, Document: record.Name, Format: record.Format, Kind: previewKind(record.Format, shown.blocks),
		Date: record.ModifiedAt, Pages: record.Pages,
		Rects: []Rect{}, Blocks: []PreviewBlock{}, Sheets: shown.sheets, Marked: -1,
		Changed: changed || r.FileHash != "" && r.FileHash != record.Hash,
	}
	if available {
		view.URL = "/api/original/" + record.ID + "?hash=" + record.Hash
	} else if view.Kind == "pdf" {
		view.Kind = "text" // what was read from it
	}
	if view.Date == 0 {
		view.Date = record.CreatedAt
	}
	start, end := view.place(r, shown.text)
	if view.Kind == "pdf" {
		view.Page = pageAt(shown.blocks, start)
		if end > start {
			if err := l.locate(ctx, record, shown.text, shown.blocks, start, end, &view); err != nil {
				l.app.log.Warn("locate passage", "document", record.ID, "error", err)
			}
		}
		return view, nil
	}
	view.fill(r, shown, start, end)
	return view, nil
}

// place finds the passage in the present text.
func (v *Preview) place(r PreviewRequest, text string) (start, end int) {
	if r.Text != "" {
		start, end, ok := localrag.Anchor(text, r.Text, r.Start)
		v.Lost = !ok
		return start, end
	}
	if v.Changed {
		return 0, 0
	}
	return clampRange(text, r.Start, r.End)
}

// fill adds the blocks asked for.
func (v *Preview) fill(r PreviewRequest, shown *shownDocument, start, end int) {
	v.Total = len(shown.blocks)
	at := 0
	for i, b := range shown.blocks {
		if b.Start <= start {
			at = i
		}
		if v.Marked < 0 && start < end && b.Start < end && b.End > start {
			v.Marked = i
		}
	}
	if v.Marked >= 0 {
		at = v.Marked
	}
	from, to := blockWindow(len(shown.blocks), r, at)
	v.First = from
	for _, b := range shown.blocks[from:to] {
		v.Blocks = append(v.Blocks, previewBlock(shown.text, v.Format, b, start, end))
	}
}

// lostView shows the snapshot of a passage whose document has no text now.
func lostView(d storage.Document, r PreviewRequest) Preview {
	view := goneView(r)
	view.Document, view.Format, view.Gone, view.Lost = d.Name, d.Format, false, true
	return view
}

// goneView shows the snapshot of a passage whose document was deleted.
func goneView(r PreviewRequest) Preview {
	block := PreviewBlock{Kind: "paragraph", Text: r.Text, Marks: []Span{{End: utf16Length(r.Text)}}}
	return Preview{
		DocumentID: r.DocumentID, Kind: "text", Rects: []Rect{}, Blocks: []PreviewBlock{block}, Total: 1, Gone: true,
	}
}

// previewKind is how a document is shown: by its format, as far as its blocks
// have what that needs.
func previewKind(format string, blocks []localrag.Block) string {
	switch format {
	case "pdf":
		return "pdf"
	case "eml", "msg", "mbox":
		return "mail"
	case "xlsx", "xls", "csv", "ods":
		return "sheet"
	case "pptx", "ppt", "odp":
		for _, b := range blocks {
			if b.Location.Slide > 0 {
				return "slides"
			}
		}
	}
	return "text"
}

// sheetsOf lists the sheets of a workbook; a table file is one without a name.
func sheetsOf(blocks []localrag.Block) []PreviewSheet {
	var sheets []PreviewSheet
	for i, b := range blocks {
		if n := len(sheets); n == 0 || sheets[n-1].Name != b.Location.Sheet {
			sheets = append(sheets, PreviewSheet{Name: b.Location.Sheet, First: i})
		}
		sheet := &sheets[len(sheets)-1]
		sheet.Blocks++
		if n := len(b.Cells); n > 0 {
			sheet.Columns = max(sheet.Columns, b.Cells[n-1].Column)
		} else {
			sheet.Columns = max(sheet.Columns, 1)
		}
	}
	return sheets
}

func pageAt(blocks []localrag.Block, offset int) int {
	page := 1
	for _, b := range blocks {
		if b.Start > offset {
			break
		}
		page = max(page, b.Location.Page)
	}
	return page
}

// blockWindow chooses the blocks to send: those asked for, else around the
// highlight.
func blockWindow(total int, r PreviewRequest, at int) (from, to int) {
	if r.ToBlock > r.FromBlock && r.FromBlock >= 0 {
		from, to = r.FromBlock, min(r.ToBlock, r.FromBlock+previewBlocks)
	} else {
		from = max(0, at-previewBlocks/4)
		to = from + previewBlocks
	}
	return min(from, total), min(to, total)
}

func previewBlock(text, format string, b localrag.Block, start, end int) PreviewBlock {
	view := PreviewBlock{
		Kind: string(b.Kind), Level: b.Level, Slide: b.Location.Slide, Row: b.Location.Row, Text: text[b.Start:b.End],
		Marks: marksIn(text, b.Start, b.End, start, end),
	}
	for _, c := range b.Cells {
		from, to := b.Start+c.Start, b.Start+c.End
		if from >= to || to > b.End {
			continue
		}
		cell := PreviewCell{Column: c.Column, Text: text[from:to], Marks: marksIn(text, from, to, start, end)}
		if format == "csv" && strings.Contains(cell.Text, `""`) {
			cell.Text = strings.ReplaceAll(cell.Text, `""`, `"`)
			if len(cell.Marks) > 0 {
				cell.Marks = []Span{{End: utf16Length(cell.Text)}}
			}
		}
		view.Cells = append(view.Cells, cell)
	}
	return view
}

// marksIn is the part of start..end that lies in from..to, counted from there.
func marksIn(text string, from, to, start, end int) []Span {
	a, b := max(start, from), min(end, to)
	if a >= b {
		return []Span{}
	}
	return []Span{{Start: utf16Length(text[from:a]), End: utf16Length(text[from:b])}}
}
