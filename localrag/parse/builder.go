package parse

import (
	"strings"

	"kontor/localrag"
)

// headingSeparator joins the headings of a path.
const headingSeparator = " › "

// outline is the path of headings at a point of a document.
type outline struct {
	levels []int
	titles []string
}

// enter makes title the current heading of its level and returns the path.
func (o *outline) enter(level int, title string) string {
	for len(o.levels) > 0 && o.levels[len(o.levels)-1] >= level {
		o.levels = o.levels[:len(o.levels)-1]
		o.titles = o.titles[:len(o.titles)-1]
	}
	o.levels = append(o.levels, level)
	o.titles = append(o.titles, shorten(strings.ReplaceAll(title, "\n", " "), 200))
	return o.path()
}

func (o *outline) path() string { return strings.Join(o.titles, headingSeparator) }

// shorten cuts s to at most limit runes.
func shorten(s string, limit int) string {
	count := 0
	for i := range s {
		if count == limit {
			return strings.TrimSpace(s[:i]) + "…"
		}
		count++
	}
	return s
}

// builder collects the text and blocks of a document and holds it to its limits.
type builder struct {
	limits   Limits
	progress func(Progress)

	title   string
	text    strings.Builder
	blocks  []localrag.Block
	outline outline
	pages   int
	// place is put into every block that add makes; its heading is replaced.
	place           localrag.Location
	pagesWithout    []int
	picturesOfPages bool // something that may be a picture of text was seen
	recognised      bool // text in such pictures was looked for

	// budget is shared with the builders of members; depth counts them.
	budget *budget
	depth  int
	unread []Unread
	// section names what the files that follow belong to: a message of several.
	section string
}

// add appends a block after a separator. Empty text adds nothing.
func (b *builder) add(kind localrag.BlockKind, text string, level int) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if b.text.Len()+len(text)+2 > b.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "text over %d bytes", b.limits.TextBytes)
	}
	if b.text.Len() > 0 {
		b.text.WriteString(b.separator(kind))
	}
	start := b.text.Len()
	b.text.WriteString(text)
	b.cover(kind, start, b.text.Len(), level, text)
	return nil
}

// separator keeps rows of a table and items of a list on following lines.
func (b *builder) separator(kind localrag.BlockKind) string {
	if n := len(b.blocks); n > 0 && kind == b.blocks[n-1].Kind {
		switch kind {
		case localrag.Table, localrag.ListItem, localrag.Attachment:
			return "\n"
		}
	}
	return "\n\n"
}

// cover makes a block of text that is already there.
func (b *builder) cover(kind localrag.BlockKind, start, end, level int, heading string) {
	place := b.place
	if kind == localrag.Heading {
		place.Heading = b.outline.enter(level, heading)
	} else {
		level = 0
		place.Heading = b.outline.path()
	}
	b.blocks = append(b.blocks, localrag.Block{Start: start, End: end, Kind: kind, Level: level, Location: place})
}

// report tells how far the work is and gives the caller a chance to stop it.
func (b *builder) report(page, pages int) {
	if b.progress != nil {
		b.progress(Progress{Page: page, Pages: pages})
	}
}

// result is the finished document.
func (b *builder) result(format string) (Result, error) {
	if err := b.nothing(); err != nil {
		return Result{}, err
	}
	title := b.title
	if title == "" && b.blocks[0].Kind == localrag.Heading {
		title = b.blocks[0].Location.Heading // without the signs of Markdown
	}
	return Result{
		Format: format,
		ParsedDocument: localrag.ParsedDocument{
			Title:         shorten(squeeze(title), 300),
			Text:          b.text.String(),
			Blocks:        b.blocks,
			Pages:         b.pages,
			ParserVersion: Version,
		},
		PagesWithoutText: b.pagesWithout,
		Unread:           b.unread,
	}, nil
}

// nothing says why there is no text, nil if there is some.
func (b *builder) nothing() error {
	switch {
	case len(b.blocks) > 0:
		return nil
	case b.picturesOfPages && b.recognised:
		return fail(localrag.CodeNoTextFound, nil)
	case b.picturesOfPages:
		return fail(localrag.CodeNoTextLayer, nil)
	}
	return fail(localrag.CodeEmpty, nil)
}
