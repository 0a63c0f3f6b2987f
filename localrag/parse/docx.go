package parse

import (
	"bytes"
	"context"
	"encoding/xml"
	"strings"

	"kontor/localrag"
)

const wordDocument = "word/document.xml"

func isDOCX(_ []byte, parts partNames) bool {
	if parts[wordDocument] > 0 {
		return true
	}
	if parts["[Content_Types].xml"] == 0 {
		return false
	}
	for name := range parts { // the main part may have another name
		if strings.HasPrefix(name, "word/document") && strings.HasSuffix(name, ".xml") {
			return true
		}
	}
	return false
}

// parseDOCX streams the parts of a Word document: first what paragraphs refer
// to (styles, numbering, notes, comments), then the text.
func parseDOCX(ctx context.Context, _ *Reader, in input, b *builder) error {
	a, err := openArchive(in.data, b)
	if err != nil {
		return err
	}
	root, err := a.relationships("")
	if err != nil {
		return err
	}
	main := a.first(root, "officeDocument", wordDocument)
	if !a.has(main) {
		return failf(localrag.CodeCorrupt, "no main part")
	}
	rels, err := a.relationships(main)
	if err != nil {
		return err
	}
	if b.title, err = a.coreTitle(a.first(root, "core-properties", "docProps/core.xml")); err != nil {
		return err
	}
	w := &wordReader{archive: a, builder: b, notes: map[string][]string{}, ctx: ctx}
	if err := w.readReferences(rels); err != nil {
		return err
	}
	if err := w.part(main, partBody); err != nil {
		return err
	}
	return w.headersAndFooters(rels)
}

// readReferences loads what the body refers to. Damage there costs numbers and
// notes, not the document; a limit that is hit still counts.
func (w *wordReader) readReferences(rels relationships) error {
	a := w.archive
	tolerate := func(err error) error {
		switch localrag.CodeOf(err) {
		case localrag.CodeTooLarge, localrag.CodePassword:
			return err
		}
		return nil
	}
	var err error
	if w.styles, err = a.wordStyles(a.first(rels, "styles", "word/styles.xml")); tolerate(err) != nil {
		return err
	}
	if w.numbering, err = a.wordNumbering(a.first(rels, "numbering", "word/numbering.xml")); tolerate(err) != nil {
		return err
	}
	for _, part := range []struct {
		kind, fallback string
		role           partRole
	}{
		{"footnotes", "word/footnotes.xml", partFootnotes},
		{"endnotes", "word/endnotes.xml", partEndnotes},
		{"comments", "word/comments.xml", partComments},
	} {
		if err := tolerate(w.part(a.first(rels, part.kind, part.fallback), part.role)); err != nil {
			return err
		}
	}
	return nil
}

// headersAndFooters adds each different text once, after the body.
func (w *wordReader) headersAndFooters(rels relationships) error {
	w.builder.outline = outline{}
	for _, part := range append(rels.byType["header"], rels.byType["footer"]...) {
		if err := w.part(part, partMargins); err != nil && localrag.CodeOf(err) == localrag.CodeTooLarge {
			return err
		}
	}
	seen := map[string]bool{}
	for _, text := range w.margins {
		if seen[text] || !hasLetterOrDigit(text) {
			continue
		}
		seen[text] = true
		if err := w.builder.add(localrag.Paragraph, text, 0); err != nil {
			return err
		}
	}
	return nil
}

// coreTitle reads the title of the document's properties.
func (a *archive) coreTitle(part string) (string, error) {
	var title strings.Builder
	inside := false
	err := a.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			inside = t.Name.Local == "title"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside && title.Len() < 1000 {
				title.Write(t)
			}
		}
		return nil
	})
	if localrag.CodeOf(err) == localrag.CodeTooLarge {
		return "", err
	}
	return squeeze(title.String()), nil
}

type partRole int

const (
	partBody partRole = iota
	partFootnotes
	partEndnotes
	partComments
	partMargins
)

// wordReader turns the elements of a Word document into blocks. Elements may
// nest in any depth (text boxes in paragraphs, tables in cells), so open
// paragraphs and tables are kept on stacks.
type wordReader struct {
	ctx       context.Context
	archive   *archive
	builder   *builder
	styles    wordStyles
	numbering wordNumbering
	notes     map[string][]string // paragraphs of a note or comment, by kind and id
	margins   []string            // of headers and footers

	role       partRole
	note       string // key of the note that is being read
	skip       int    // depth inside an element that does not count
	paragraphs []*wordParagraph
	tables     []*wordTable
	seen       int
}

type wordParagraph struct {
	text     strings.Builder
	style    string
	level    int // outline level set directly, 1-based; 0 none, -1 body text
	list     string
	depth    string
	hasNum   bool
	hidden   bool
	inRun    bool
	refs     []string
	inPProps bool
	runBold  bool
	plain    bool // some of the text is not bold
}

type wordTable struct {
	cells []wordCell
	open  bool // a cell is open
}

type wordCell struct{ paragraphs []cellParagraph }

type cellParagraph struct {
	kind  localrag.BlockKind
	text  string
	level int
}

// part reads one part of the archive in a role.
func (w *wordReader) part(name string, role partRole) error {
	w.role, w.note, w.skip, w.paragraphs, w.tables = role, "", 0, nil, nil
	return w.archive.xml(name, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			if w.skip > 0 || skippedWord(t.Name) {
				w.skip++
				return nil
			}
			return w.start(t)
		case xml.EndElement:
			if w.skip > 0 {
				w.skip--
				return nil
			}
			return w.end(t)
		case xml.CharData:
			if p := w.paragraph(); p != nil && p.inRun && !p.hidden && w.skip == 0 {
				p.text.Write(t)
				p.plain = p.plain || !p.runBold && len(bytes.TrimSpace(t)) > 0
			}
		}
		return nil
	})
}

// skippedWord names elements whose content is no visible text: deletions, the
// source of moves, field codes, older twins of drawings.
func skippedWord(name xml.Name) bool {
	switch name.Local {
	case "del", "moveFrom", "delText", "instrText", "delInstrText", "Fallback", "rt", "sdtPr", "pPrChange", "rPrChange",
		"sectPrChange", "tblPrChange", "docDefaults":
		return true
	}
	return false
}

func (w *wordReader) paragraph() *wordParagraph {
	if n := len(w.paragraphs); n > 0 {
		return w.paragraphs[n-1]
	}
	return nil
}

func (w *wordReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "p":
		if e.Name.Space != drawingNamespace {
			w.paragraphs = append(w.paragraphs, &wordParagraph{})
		}
	case "tbl":
		w.tables = append(w.tables, &wordTable{})
	case "tc":
		if n := len(w.tables); n > 0 {
			w.tables[n-1].cells = append(w.tables[n-1].cells, wordCell{})
			w.tables[n-1].open = true
		}
	case "footnote", "endnote", "comment":
		w.note = ""
		if kind := attribute(e, "type"); kind == "" || kind == "normal" {
			w.note = e.Name.Local + attribute(e, "id")
		}
	case "drawing", "pict", "object":
		w.builder.picturesOfPages = w.builder.picturesOfPages || w.role == partBody
	}
	if p := w.paragraph(); p != nil {
		w.inParagraph(p, e)
	}
	return nil
}

const drawingNamespace = "http://schemas.openxmlformats.org/drawingml/2006/main"

// inParagraph handles the elements of a paragraph and its runs.
func (w *wordReader) inParagraph(p *wordParagraph, e xml.StartElement) {
	switch e.Name.Local {
	case "pPr":
		p.inPProps = true
	case "pStyle":
		p.style = attribute(e, "val")
	case "outlineLvl":
		p.level = outlineLevel(attribute(e, "val"))
	case "numId":
		p.list, p.hasNum = attribute(e, "val"), true
	case "ilvl":
		p.depth = attribute(e, "val")
	case "r":
		p.hidden, p.runBold = false, false
	case "vanish":
		p.hidden = !p.inPProps && isOn(e)
	case "b":
		p.runBold = !p.inPProps && isOn(e)
	case "t":
		p.inRun = true
	case "tab", "ptab":
		if !p.inPProps {
			p.text.WriteByte('\t')
		}
	case "br", "cr":
		p.text.WriteByte('\n')
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "sym":
		if strings.EqualFold(attribute(e, "char"), "F0B7") {
			p.text.WriteString("•")
		}
	case "footnoteReference", "endnoteReference", "commentReference":
		p.refs = append(p.refs, strings.TrimSuffix(e.Name.Local, "Reference")+attribute(e, "id"))
	}
}

// isOn reads a property that is on unless it says otherwise.
func isOn(e xml.StartElement) bool {
	switch attribute(e, "val") {
	case "0", "false", "off":
		return false
	}
	return true
}

func (w *wordReader) end(e xml.EndElement) error {
	switch e.Name.Local {
	case "t":
		if p := w.paragraph(); p != nil {
			p.inRun = false
		}
	case "pPr":
		if p := w.paragraph(); p != nil {
			p.inPProps = false
		}
	case "p":
		n := len(w.paragraphs)
		if n == 0 || e.Name.Space == drawingNamespace {
			return nil
		}
		p := w.paragraphs[n-1]
		w.paragraphs = w.paragraphs[:n-1]
		return w.finish(p)
	case "tr":
		return w.endRow()
	case "tbl":
		if n := len(w.tables); n > 0 {
			w.tables = w.tables[:n-1]
		}
	}
	return nil
}
