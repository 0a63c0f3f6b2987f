package parse

import (
	"context"
	"encoding/xml"
	"strings"

	"kontor/localrag"
)

const presentationPart = "ppt/presentation.xml"

func isPPTX(_ []byte, parts partNames) bool { return parts[presentationPart] > 0 }

// parsePPTX reads the slides in the order they are shown, each with its notes
// and comments. A slide's title is the heading of its blocks.
func parsePPTX(ctx context.Context, _ *Reader, in input, b *builder) error {
	a, err := openArchive(in.data, b)
	if err != nil {
		return err
	}
	root, err := a.relationships("")
	if err != nil {
		return err
	}
	rels, err := a.relationships(presentationPart)
	if err != nil {
		return err
	}
	if b.title, err = a.coreTitle(a.first(root, "core-properties", "docProps/core.xml")); err != nil {
		return err
	}
	slides, err := slideParts(a, rels)
	if err != nil {
		return err
	}
	missing := 0
	for i, slide := range slides {
		b.report(i+1, len(slides))
		if ctx.Err() != nil {
			return fail(localrag.CodeCancelled, ctx.Err())
		}
		if !a.has(slide) {
			missing++
			continue
		}
		b.outline, b.place = outline{}, localrag.Location{Slide: i + 1}
		if err := readSlide(a, b, slide); err != nil {
			return err
		}
	}
	if missing > 0 && missing == len(slides) {
		return failf(localrag.CodeCorrupt, "no slide is there")
	}
	return nil
}

func slideParts(a *archive, rels relationships) ([]string, error) {
	var slides []string
	err := a.xml(presentationPart, func(_ *xml.Decoder, token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "sldId" || len(slides) > a.limits.Pages {
			return nil
		}
		for _, at := range e.Attr {
			if at.Name.Local == "id" && at.Name.Space != "" {
				slides = append(slides, rels.target[at.Value])
			}
		}
		return nil
	})
	return slides, err
}

func readSlide(a *archive, b *builder, slide string) error {
	if err := readDrawing(a, b, slide, localrag.Paragraph); err != nil {
		return err
	}
	rels, err := a.relationships(slide)
	if err != nil {
		return nil // the slide itself could be read
	}
	for _, more := range []struct {
		relation string
		kind     localrag.BlockKind
	}{{"diagramData", localrag.Paragraph}, {"notesSlide", localrag.Notes}, {"comments", localrag.Comment}, {"comment", localrag.Comment}} {
		for _, part := range rels.byType[more.relation] {
			if err := readDrawing(a, b, part, more.kind); localrag.CodeOf(err) == localrag.CodeTooLarge {
				return err
			}
		}
	}
	return nil
}

// drawingReader turns the shapes of a slide into blocks.
type drawingReader struct {
	builder *builder
	kind    localrag.BlockKind
	text    strings.Builder
	inText  bool
	title   bool // inside the title's shape
	skip    bool // inside a shape that holds a number, date or footer
	level   int
	cells   []string
	cell    []string
	inCell  bool
}

func readDrawing(a *archive, b *builder, part string, kind localrag.BlockKind) error {
	r := drawingReader{builder: b, kind: kind}
	return a.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			r.start(t)
		case xml.EndElement:
			return r.end(t.Name.Local)
		case xml.CharData:
			if r.inText {
				r.text.Write(t)
			}
		}
		return nil
	})
}

func (r *drawingReader) start(e xml.StartElement) {
	switch e.Name.Local {
	case "sp":
		r.title, r.skip = false, false
	case "ph":
		switch attribute(e, "type") {
		case "title", "ctrTitle":
			r.title = r.kind == localrag.Paragraph
		case "sldNum", "dt", "ftr", "hdr", "sldImg":
			r.skip = true
		}
	case "pPr":
		r.level = number(attribute(e, "lvl"), 0)
	case "p":
		r.text.Reset()
		r.level = 0
	case "t", "text":
		r.inText = true
	case "br":
		r.text.WriteByte('\n')
	case "tab":
		r.text.WriteByte('\t')
	case "tr":
		r.cells = nil
	case "tc":
		r.cell, r.inCell = nil, true
	case "pic":
		r.builder.picturesOfPages = true
	}
}

func (r *drawingReader) end(name string) error {
	switch name {
	case "t":
		r.inText = false
	case "text": // a comment in its older form
		r.inText = false
		return r.finish()
	case "p":
		return r.finish()
	case "tc":
		r.inCell = false
		r.cells = append(r.cells, strings.Join(r.cell, "\n"))
	case "tr":
		return r.builder.addRow(r.cells, nil)
	case "sp":
		r.title, r.skip = false, false
	}
	return nil
}

func (r *drawingReader) finish() error {
	text := tidyLines(r.text.String())
	r.text.Reset()
	switch {
	case r.skip || text == "":
		return nil
	case r.inCell:
		r.cell = append(r.cell, text)
		return nil
	case r.title:
		return r.builder.add(localrag.Heading, strings.ReplaceAll(text, "\n", " "), 1)
	case r.level > 0 && r.kind == localrag.Paragraph:
		return r.builder.add(localrag.ListItem, text, 0)
	}
	return r.builder.add(r.kind, text, 0)
}
