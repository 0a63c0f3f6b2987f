package parse

import (
	"context"
	"strings"
	"unicode"

	"kontor/localrag"
)

// finish turns a paragraph into a block, or into a part of its cell or note.
func (w *wordReader) finish(p *wordParagraph) error {
	if w.seen++; w.seen%200 == 0 {
		w.builder.report(0, 0)
		if w.ctx.Err() != nil {
			return fail(localrag.CodeCancelled, context.Cause(w.ctx))
		}
	}
	text := tidy(p.text.String())
	kind, level := localrag.Paragraph, 0
	if w.role == partBody {
		style := w.styles.resolve(p.style)
		list, depth := p.list, p.depth
		if !p.hasNum && style.list != "" {
			list, depth = style.list, style.depth
		}
		if level = p.level; level == 0 {
			level = style.level
		}
		if label, ok := w.numbering.next(list, depth); ok && text != "" {
			kind = localrag.ListItem
			if label != "" {
				text = label + " " + text
			}
		}
		if level == 0 && kind == localrag.Paragraph && len(w.tables) == 0 && len(w.paragraphs) == 0 {
			level = p.guessedLevel(text)
		}
		if level > 0 && len(text) < 500 {
			kind = localrag.Heading
		}
	}
	switch {
	case text == "":
		return w.referenced(p)
	case w.role == partMargins:
		w.margins = append(w.margins, text)
		return nil
	case w.role != partBody:
		if w.note != "" {
			w.notes[w.note] = append(w.notes[w.note], text)
		}
		return nil
	}
	if n := len(w.tables); n > 0 && w.tables[n-1].open {
		cell := &w.tables[n-1].cells[len(w.tables[n-1].cells)-1]
		cell.paragraphs = append(cell.paragraphs, cellParagraph{kind, text, max(level, 0)})
	} else if err := w.builder.add(kind, text, level); err != nil {
		return err
	}
	return w.referenced(p)
}

// guessedLevel takes a short line that is bold throughout for a heading, as
// many people write them without a style: below all headings with one.
func (p *wordParagraph) guessedLevel(text string) int {
	if p.plain || len(text) > 120 || len(text) < 3 || strings.ContainsAny(text, "\n\t") || !strings.ContainsFunc(text, unicode.IsLetter) {
		return 0
	}
	if strings.ContainsRune(".,:;!", rune(text[len(text)-1])) {
		return 0
	}
	if level := numberedHeading(text); level > 0 {
		return level
	}
	return 6
}

// referenced adds the notes and comments of a paragraph after it. In a table
// they follow the paragraph's row only by way of the cell, so they are put
// there as text of their own once the row is done.
func (w *wordReader) referenced(p *wordParagraph) error {
	for _, key := range p.refs {
		kind := localrag.Footnote
		if strings.HasPrefix(key, "comment") {
			kind = localrag.Comment
		}
		text := strings.Join(w.notes[key], "\n")
		delete(w.notes, key)
		if n := len(w.tables); n > 0 && w.tables[n-1].open && text != "" {
			cell := &w.tables[n-1].cells[len(w.tables[n-1].cells)-1]
			cell.paragraphs = append(cell.paragraphs, cellParagraph{kind, text, 0})
			continue
		}
		if err := w.builder.add(kind, text, 0); err != nil {
			return err
		}
	}
	return nil
}

// endRow makes a block of a table row. A row of one cell is no table to a
// reader: its paragraphs become blocks of their own. A row of an inner table
// becomes a paragraph of the cell around it.
func (w *wordReader) endRow() error {
	n := len(w.tables)
	if n == 0 {
		return nil
	}
	table := w.tables[n-1]
	cells := table.cells
	table.cells, table.open = nil, false
	texts, notes := cellTexts(cells)
	if n > 1 && w.tables[n-2].open {
		outer := w.tables[n-2]
		cell := &outer.cells[len(outer.cells)-1]
		if row := joinRow(texts); row != "" {
			cell.paragraphs = append(cell.paragraphs, cellParagraph{localrag.Paragraph, row, 0})
		}
		cell.paragraphs = append(cell.paragraphs, notes...)
		return nil
	}
	if len(cells) == 1 {
		for _, p := range cells[0].paragraphs {
			if err := w.builder.add(p.kind, p.text, p.level); err != nil {
				return err
			}
		}
		return nil
	}
	if err := w.builder.addRow(texts, nil); err != nil {
		return err
	}
	for _, note := range notes {
		if err := w.builder.add(note.kind, note.text, 0); err != nil {
			return err
		}
	}
	return nil
}

// cellTexts gives the cells' texts and the notes their paragraphs refer to.
func cellTexts(cells []wordCell) ([]string, []cellParagraph) {
	var notes []cellParagraph
	texts := make([]string, 0, len(cells))
	for _, cell := range cells {
		var parts []string
		for _, p := range cell.paragraphs {
			if p.kind == localrag.Footnote || p.kind == localrag.Comment {
				notes = append(notes, p)
				continue
			}
			parts = append(parts, p.text)
		}
		texts = append(texts, strings.Join(parts, "\n"))
	}
	return texts, notes
}
