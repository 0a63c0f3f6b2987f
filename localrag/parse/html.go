package parse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"kontor/localrag"
)

var htmlStart = regexp.MustCompile(`(?is)^[\s\x00]*(?:<\?xml[^>]{0,300}\?>\s*|<!--.{0,1000}?-->\s*)*<(?:!doctype\s+html|html[\s>])`)

func isHTML(data []byte, parts partNames) bool {
	return parts == nil && htmlStart.Match(bytes.TrimPrefix(data[:min(len(data), 4096)], []byte("\xef\xbb\xbf")))
}

// parseHTML reads a page's text. Nothing it refers to is fetched, no script is
// run, and what its styles hide inline is left out.
func parseHTML(ctx context.Context, _ *Reader, in input, b *builder) error {
	text, err := decodeHTML(in.data)
	if err != nil {
		return err
	}
	return readHTML(ctx, text, b)
}

// decodeHTML finds the encoding by mark, declaration or content.
func decodeHTML(data []byte) (io.Reader, error) {
	if guessUTF16(data) == nil && !bytes.HasPrefix(data, []byte("\xff\xfe")) && !bytes.HasPrefix(data, []byte("\xfe\xff")) {
		if encoding, name, _ := charset.DetermineEncoding(data[:min(len(data), 1024)], ""); name != "utf-8" && name != "windows-1252" {
			return encoding.NewDecoder().Reader(bytes.NewReader(data)), nil
		}
	}
	text, err := decodeText(data)
	return strings.NewReader(text), err
}

// htmlReader walks the tags in one pass and keeps no tree.
type htmlReader struct {
	builder *builder
	text    strings.Builder
	kind    localrag.BlockKind
	level   int
	pre     int
	skip    atom.Atom // element whose content does not count
	depth   int       // of elements of that name inside it
	title   bool
	tables  []*htmlTable
}

type htmlTable struct {
	cells []string
	open  bool
}

// readHTML adds the blocks of a page to b.
func readHTML(ctx context.Context, text io.Reader, b *builder) error {
	z := html.NewTokenizer(text)
	z.SetMaxBuf(b.limits.TextBytes)
	h := htmlReader{builder: b, kind: localrag.Paragraph}
	for count := 0; ; count++ {
		if count%5000 == 0 {
			b.report(0, 0)
			if ctx.Err() != nil {
				return fail(localrag.CodeCancelled, ctx.Err())
			}
		}
		var err error
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				return fail(localrag.CodeTooLarge, z.Err())
			}
			return h.flush()
		case html.TextToken:
			h.chars(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			err = h.start(z.Token())
		case html.EndTagToken:
			err = h.end(z.Token().DataAtom)
		}
		if err != nil {
			return err
		}
	}
}

func (h *htmlReader) chars(text string) {
	switch {
	case h.skip != 0:
	case h.title:
		h.builder.title += text
	case h.text.Len() <= h.builder.limits.TextBytes:
		if h.pre == 0 {
			text = strings.Map(func(r rune) rune {
				if r == '\n' || r == '\r' || r == '\t' {
					return ' '
				}
				return r
			}, text)
		}
		h.text.WriteString(text)
	}
}

func (h *htmlReader) start(t html.Token) error {
	if h.skip != 0 {
		if t.DataAtom == h.skip && t.Type == html.StartTagToken {
			h.depth++
		}
		return nil
	}
	if hiddenHTML(t) {
		if t.Type == html.StartTagToken && !voidHTML(t.DataAtom) {
			h.skip, h.depth = t.DataAtom, 1
		}
		return nil
	}
	switch t.DataAtom {
	case atom.Title:
		if h.title = h.builder.title == "" && t.Type == html.StartTagToken; !h.title && t.Type == html.StartTagToken {
			h.skip, h.depth = atom.Title, 1 // of another chapter
		}
		return nil
	case atom.Br:
		h.text.WriteByte('\n')
		return nil
	case atom.Table:
		if err := h.flush(); err != nil {
			return err
		}
		if len(h.tables) < 50 {
			h.tables = append(h.tables, &htmlTable{})
		}
		return nil
	case atom.Tr:
		return h.endRow()
	case atom.Td, atom.Th:
		h.endCell()
		if n := len(h.tables); n > 0 {
			h.tables[n-1].open = true
		}
		return nil
	}
	if !blockHTML(t.DataAtom) {
		return nil
	}
	if err := h.flush(); err != nil {
		return err
	}
	switch t.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		h.kind, h.level = localrag.Heading, int(t.Data[1]-'0')
	case atom.Li:
		h.kind = localrag.ListItem
	case atom.Pre:
		h.kind = localrag.CodeBlock
		h.pre++
	}
	return nil
}

func (h *htmlReader) end(name atom.Atom) error {
	if h.skip != 0 {
		if name == h.skip {
			if h.depth--; h.depth == 0 {
				h.skip = 0
			}
		}
		return nil
	}
	switch name {
	case atom.Title:
		h.title = false
		return nil
	case atom.Td, atom.Th:
		h.endCell()
		return nil
	case atom.Tr:
		return h.endRow()
	case atom.Table:
		if err := h.endRow(); err != nil {
			return err
		}
		if n := len(h.tables); n > 0 {
			h.tables = h.tables[:n-1]
		}
		return nil
	}
	if !blockHTML(name) {
		return nil
	}
	err := h.flush()
	if name == atom.Pre && h.pre > 0 {
		h.pre--
	}
	return err
}

// flush ends a block. In a cell it only breaks the line.
func (h *htmlReader) flush() error {
	if n := len(h.tables); n > 0 && h.tables[n-1].open {
		h.text.WriteByte('\n')
		h.kind, h.level = localrag.Paragraph, 0
		return nil
	}
	text := h.text.String()
	h.text.Reset()
	kind, level := h.kind, h.level
	h.kind, h.level = localrag.Paragraph, 0
	if kind == localrag.CodeBlock {
		text = strings.TrimSpace(strings.Trim(cleanText(text), "\n"))
	} else {
		text = tidyLines(text)
	}
	return h.builder.add(kind, text, level)
}

// tidyLines cleans a text and squeezes the white space of each line.
func tidyLines(s string) string {
	lines := strings.Split(cleanText(s), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func (h *htmlReader) endCell() {
	n := len(h.tables)
	if n == 0 || !h.tables[n-1].open {
		return
	}
	h.tables[n-1].cells = append(h.tables[n-1].cells, tidyLines(h.text.String()))
	h.tables[n-1].open = false
	h.text.Reset()
}

// endRow makes a block of a row; an inner table's row is text of its cell.
func (h *htmlReader) endRow() error {
	h.endCell()
	n := len(h.tables)
	if n == 0 {
		return nil
	}
	cells := h.tables[n-1].cells
	h.tables[n-1].cells = nil
	switch {
	case n > 1 && h.tables[n-2].open:
		h.text.WriteString(joinRow(cells) + "\n")
		return nil
	case len(cells) == 1:
		return h.builder.add(localrag.Paragraph, cells[0], 0)
	}
	return h.builder.addRow(cells, nil)
}

func blockHTML(name atom.Atom) bool {
	switch name {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Aside, atom.Nav, atom.Ul, atom.Ol, atom.Li,
		atom.Dl, atom.Dt, atom.Dd, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre, atom.Blockquote, atom.Figure, atom.Figcaption,
		atom.Caption, atom.Hr, atom.Address, atom.Form, atom.Fieldset, atom.Legend, atom.Body, atom.Html, atom.Center, atom.Details, atom.Summary,
		atom.Option, atom.Tbody, atom.Thead, atom.Tfoot:
		return true
	}
	return false
}

func voidHTML(name atom.Atom) bool {
	switch name {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// hiddenHTML names elements that hold no text for people.
func hiddenHTML(t html.Token) bool {
	switch t.DataAtom {
	case 0:
		return false
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Svg, atom.Math, atom.Canvas, atom.Audio,
		atom.Video, atom.Textarea, atom.Select:
		return true
	case atom.Html, atom.Body:
		return false
	}
	for _, a := range t.Attr {
		value := strings.ToLower(strings.ReplaceAll(a.Val, " ", ""))
		if a.Key == "hidden" || a.Key == "style" && (strings.Contains(value, "display:none") || strings.Contains(value, "visibility:hidden")) {
			return true
		}
	}
	return false
}
