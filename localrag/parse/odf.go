package parse

import (
	"bytes"
	"context"
	"encoding/xml"
	"strings"

	"kontor/localrag"
)

// isODF makes the signature of an OpenDocument kind: its name should stand
// uncompressed at the start of the file. Where it does not, the file is taken
// for a text; all kinds are read alike.
func isODF(kind string) func([]byte, partNames) bool {
	const family = "vnd.oasis.opendocument."
	return func(data []byte, parts partNames) bool {
		if parts["content.xml"] == 0 || parts["mimetype"]+parts["META-INF/manifest.xml"] == 0 {
			return false
		}
		head := data[:min(len(data), 200)]
		return bytes.Contains(head, []byte(family+kind)) || kind == "text" && !bytes.Contains(head, []byte(family))
	}
}

// parseODF reads texts, sheets and slides of OpenDocument.
func parseODF(ctx context.Context, _ *Reader, in input, b *builder) error {
	a, err := openArchive(in.data, b)
	if err != nil {
		return err
	}
	err = a.xml("META-INF/manifest.xml", func(_ *xml.Decoder, token xml.Token) error {
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "encryption-data" {
			return fail(localrag.CodePassword, nil)
		}
		return nil
	})
	if code := localrag.CodeOf(err); code == localrag.CodePassword || code == localrag.CodeTooLarge {
		return err
	}
	if b.title, err = a.coreTitle("meta.xml"); err != nil {
		return err
	}
	if !a.has("content.xml") {
		return failf(localrag.CodeCorrupt, "no content")
	}
	r := odfReader{ctx: ctx, builder: b}
	return a.xml("content.xml", r.visit)
}

// odfReader keeps open paragraphs, tables and notes on stacks, since they nest.
type odfReader struct {
	ctx     context.Context
	builder *builder
	skip    int
	open    []*odfParagraph
	lists   int
	tables  []*odfTable
	notes   []odfNote // of the open paragraphs, added after them
	inNote  []localrag.BlockKind
	slide   int
	speaker bool // inside the notes of a slide
	seen    int
}

type odfParagraph struct {
	text  strings.Builder
	level int
}

type odfTable struct {
	sheet   bool
	row     int
	repeat  int
	cells   []string
	places  []int // columns of the cells
	column  int   // of the open cell, from 1
	cell    []string
	inCell  bool
	columns int // times the open cell is repeated, as far as it counts
	repeats int // the same, as the file says
}

type odfNote struct {
	kind localrag.BlockKind
	text string
}

// repeatedAtMost bounds what an attribute may repeat.
const repeatedAtMost = 100

func (r *odfReader) visit(_ *xml.Decoder, token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if r.skip > 0 || skippedODF(t.Name.Local) {
			r.skip++
			return nil
		}
		return r.start(t)
	case xml.EndElement:
		if r.skip > 0 {
			r.skip--
			return nil
		}
		return r.end(t.Name.Local)
	case xml.CharData:
		if n := len(r.open); n > 0 && r.skip == 0 {
			r.open[n-1].text.WriteString(strings.Map(func(c rune) rune {
				if c == '\n' || c == '\t' || c == '\r' {
					return ' '
				}
				return c
			}, string(t)))
		}
	}
	return nil
}

// skippedODF names elements whose text is not shown where they stand.
func skippedODF(name string) bool {
	switch name {
	case "tracked-changes", "note-citation", "forms", "scripts", "automatic-styles", "creator", "date", "sequence-decls", "title", "desc", "tracked-change":
		return true
	}
	return false
}

func (r *odfReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "p", "h":
		p := &odfParagraph{}
		if e.Name.Local == "h" {
			p.level = max(number(attribute(e, "outline-level"), 1), 1)
		}
		r.open = append(r.open, p)
	case "s", "tab", "line-break":
		if n := len(r.open); n > 0 {
			r.open[n-1].text.WriteString(map[string]string{"s": " ", "tab": "\t", "line-break": "\n"}[e.Name.Local])
		}
	case "list-item":
		r.lists++
	case "notes":
		r.speaker = true
	case "note":
		r.inNote = append(r.inNote, localrag.Footnote)
	case "annotation":
		r.inNote = append(r.inNote, localrag.Comment)
	case "page":
		r.slide++
		r.builder.outline, r.builder.place = outline{}, localrag.Location{Slide: r.slide}
		r.builder.report(r.slide, 0)
	case "image":
		r.builder.picturesOfPages = true
	case "table":
		t := &odfTable{}
		if e.Name.Space == "urn:oasis:names:tc:opendocument:xmlns:table:1.0" && len(r.tables) == 0 && len(r.open) == 0 && r.slide == 0 {
			t.sheet = true
		}
		r.tables = append(r.tables, t)
		if t.sheet {
			r.builder.place.Sheet = squeeze(attribute(e, "name"))
		}
	case "table-row":
		if t := r.table(); t != nil {
			t.row += max(t.repeat, 1)
			t.repeat = number(attribute(e, "number-rows-repeated"), 1)
			t.cells, t.places, t.column = nil, nil, 1
		}
	case "table-cell", "covered-table-cell":
		if t := r.table(); t != nil {
			t.cell, t.inCell = nil, true
			t.repeats = max(number(attribute(e, "number-columns-repeated"), 1), 1)
			t.columns = min(t.repeats, repeatedAtMost)
		}
	}
	return nil
}

func (r *odfReader) table() *odfTable {
	if n := len(r.tables); n > 0 {
		return r.tables[n-1]
	}
	return nil
}

func (r *odfReader) end(name string) error {
	switch name {
	case "p", "h":
		return r.finish()
	case "list-item":
		r.lists--
	case "notes":
		r.speaker = false
	case "note", "annotation":
		if n := len(r.inNote); n > 0 {
			r.inNote = r.inNote[:n-1]
		}
	case "table-cell", "covered-table-cell":
		if t := r.table(); t != nil && t.inCell {
			t.inCell = false
			text := strings.Join(t.cell, "\n")
			column := t.column
			t.column += t.repeats
			if text == "" && len(t.cells) == 0 && t.sheet {
				return nil
			}
			for i := range t.columns {
				if len(t.cells) < cellsPerRow {
					t.cells, t.places = append(t.cells, text), append(t.places, column+i)
				}
				if text != "" {
					break // a value that stands in many cells is read once
				}
			}
		}
	case "table-row":
		return r.endRow()
	case "table":
		if n := len(r.tables); n > 0 {
			r.tables = r.tables[:n-1]
		}
		if len(r.tables) == 0 {
			r.builder.place.Sheet, r.builder.place.Row = "", 0
		}
	}
	return nil
}

func (r *odfReader) endRow() error {
	t := r.table()
	if t == nil {
		return nil
	}
	if n := len(r.tables); n > 1 && r.tables[n-2].inCell {
		if row := joinRow(t.cells); row != "" {
			r.tables[n-2].cell = append(r.tables[n-2].cell, row)
		}
		return nil
	}
	if t.sheet && r.builder.place.Sheet != "" {
		r.builder.place.Row = t.row
	}
	if err := r.builder.addRow(t.cells, t.places); err != nil {
		return err
	}
	return r.addNotes()
}

// finish ends a paragraph: text of a note, of a cell, or a block.
func (r *odfReader) finish() error {
	n := len(r.open)
	if n == 0 {
		return nil
	}
	if r.seen++; r.seen%500 == 0 {
		r.builder.report(0, 0)
		if r.ctx.Err() != nil {
			return fail(localrag.CodeCancelled, r.ctx.Err())
		}
	}
	p := r.open[n-1]
	r.open = r.open[:n-1]
	text := tidyLines(p.text.String())
	if text == "" {
		return r.addNotes()
	}
	if k := len(r.inNote); k > 0 {
		r.notes = append(r.notes, odfNote{r.inNote[k-1], text})
		return nil
	}
	if t := r.table(); t != nil && t.inCell {
		t.cell = append(t.cell, text)
		return nil
	}
	kind := localrag.Paragraph
	switch {
	case r.speaker && r.slide > 0:
		kind, p.level = localrag.Notes, 0
	case p.level > 0:
		kind = localrag.Heading
	case r.lists > 0:
		kind = localrag.ListItem
	}
	if err := r.builder.add(kind, text, p.level); err != nil {
		return err
	}
	return r.addNotes()
}

// addNotes adds what was referred to, once no paragraph or cell is open.
func (r *odfReader) addNotes() error {
	if len(r.open) > 0 || len(r.inNote) > 0 {
		return nil
	}
	if t := r.table(); t != nil && t.inCell {
		return nil
	}
	for _, note := range r.notes {
		if err := r.builder.add(note.kind, note.text, 0); err != nil {
			return err
		}
	}
	r.notes = nil
	return nil
}
