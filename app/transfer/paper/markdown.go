package paper

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// parse reads Markdown. Formulas become lines of signs, HTML stays as it is written; pictures
// become links, so that no document loads anything.
func parse(markdown string) []Block {
	source := []byte(displayed(markdown))
	md := goldmark.New(
		goldmark.WithExtensions(extension.GFM),
		goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(formulas{}, 150))),
	)
	r := reader{source: source}
	return r.blocks(md.Parser().Parse(text.NewReader(source)))
}

type reader struct{ source []byte }

func (r reader) blocks(parent ast.Node) []Block {
	var list []Block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		list = append(list, r.block(n)...)
	}
	return list
}

func (r reader) block(n ast.Node) []Block {
	switch n := n.(type) {
	case *ast.Heading:
		return []Block{{Kind: Heading, Level: n.Level, Spans: r.spans(n, Span{})}}
	case *ast.FencedCodeBlock:
		if n.Info != nil && string(n.Info.Value(r.source)) == displayedFormula {
			if text, ok := lined(r.lines(n)); ok {
				return []Block{{Kind: Paragraph, Spans: broken(text, Span{})}}
			}
		}
		return []Block{{Kind: Code, Text: r.lines(n), Language: string(n.Language(r.source))}}
	case *ast.CodeBlock:
		return []Block{{Kind: Code, Text: r.lines(n)}}
	case *ast.HTMLBlock:
		written := r.lines(n)
		if n.HasClosure() {
			written += string(n.ClosureLine.Value(r.source))
		}
		return []Block{{Kind: Code, Text: strings.TrimRight(withoutNotes(written), "\n"), Language: "html"}}
	case *ast.Blockquote:
		return []Block{{Kind: Quote, Blocks: r.blocks(n)}}
	case *ast.ThematicBreak:
		return []Block{{Kind: Rule}}
	case *ast.List:
		list := Block{Kind: List, Ordered: n.IsOrdered(), Start: max(n.Start, 1)}
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			list.Items = append(list.Items, r.blocks(item))
		}
		return []Block{list}
	case *east.Table:
		return []Block{r.table(n)}
	}
	if n.Type() == ast.TypeBlock && n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeBlock {
		return r.blocks(n)
	}
	if spans := r.spans(n, Span{}); len(spans) > 0 {
		return []Block{{Kind: Paragraph, Spans: spans}}
	}
	return nil
}

func (r reader) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(r.source))
	}
	return strings.TrimRight(withoutNotes(b.String()), "\n")
}

func (r reader) table(n *east.Table) Block {
	table := Block{Kind: Table}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []Cell
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cell := Cell{Spans: r.spans(c, Span{Bold: len(table.Rows) == 0})}
			if cellNode, is := c.(*east.TableCell); is && cellNode.Alignment != east.AlignNone {
				cell.Align = cellNode.Alignment.String()
			}
			cells = append(cells, cell)
		}
		table.Rows = append(table.Rows, cells)
	}
	return table
}

// spans collects what is in a node in the style around it.
func (r reader) spans(parent ast.Node, style Span) []Span {
	var list []Span
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		list = append(list, r.span(n, style)...)
	}
	return list
}

func (r reader) span(n ast.Node, style Span) []Span {
	switch n := n.(type) {
	case *ast.Text:
		list := cut(string(n.Value(r.source)), style)
		if n.HardLineBreak() {
			return append(list, Span{Break: true})
		}
		if n.SoftLineBreak() {
			return append(list, cut(" ", style)...)
		}
		return list
	case *ast.String:
		return cut(string(n.Value), style)
	case *ast.CodeSpan:
		if tex, is := n.AttributeString("formula"); is {
			if text, ok := lined(tex.(string)); ok {
				return broken(text, style)
			}
		}
		style.Code = true
		return r.spans(n, style)
	case *ast.Emphasis:
		style.Bold = style.Bold || n.Level > 1
		style.Italic = style.Italic || n.Level == 1
	case *east.Strikethrough:
		style.Struck = true
	case *ast.Link:
		style.Link = safe(string(n.Destination))
	case *ast.AutoLink:
		style.Link = safe(string(n.URL(r.source)))
		return cut(string(n.Label(r.source)), style)
	case *ast.Image:
		style.Link = safe(string(n.Destination))
		if n.FirstChild() == nil {
			return cut(string(n.Destination), style)
		}
	case *ast.RawHTML:
		written := string(n.Segments.Value(r.source))
		if name := strings.Trim(strings.ToLower(written), "</> "); name == "br" {
			return []Span{{Break: true}}
		}
		return cut(written, style)
	case *east.TaskCheckBox:
		box := "☐ "
		if n.IsChecked {
			box = "☒ "
		}
		return cut(box, style)
	}
	return r.spans(n, style)
}

// cut makes spans of a text with references to notes in it.
func cut(text string, style Span) []Span {
	var list []Span
	for {
		before, rest, has := strings.Cut(text, string(noteBegin))
		if before != "" {
			style.Text = before
			list = append(list, style)
		}
		if !has {
			return list
		}
		number, after, _ := strings.Cut(rest, string(noteEnd))
		if n, err := strconv.Atoi(number); err == nil {
			one := Span{Note: n}
			if last := len(list) - 1; last >= 0 && list[last].Note > 0 {
				one.Text = ","
			}
			list = append(list, one)
		}
		text = after
	}
}

func withoutNotes(text string) string {
	var b strings.Builder
	for _, s := range cut(text, Span{}) {
		b.WriteString(s.Text)
	}
	return b.String()
}

// safe is an address that may be opened by a click, or "".
func safe(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
		return ""
	}
	return u.String()
}

// broken makes spans of lines.
func broken(text string, style Span) []Span {
	var list []Span
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			list = append(list, Span{Break: true})
		}
		style.Text = strings.TrimSpace(line)
		list = append(list, style)
	}
	return list
}

// displayedFormula is how a formula on lines of its own is told from code.
const displayedFormula = "latex formula"

// formulas finds TeX: $…$, $$…$$, \(…\) and \[…\]. What cannot be a line of signs becomes code.
type formulas struct{}

func (formulas) Trigger() []byte { return []byte{'$', '\\'} }

func (formulas) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	for _, mark := range [][2]string{{"$$", "$$"}, {`\(`, `\)`}, {`\[`, `\]`}, {"$", "$"}} {
		rest, begins := strings.CutPrefix(string(line), mark[0])
		if !begins {
			continue
		}
		inner, after, ends := strings.Cut(rest, mark[1])
		if !ends || strings.TrimSpace(inner) == "" {
			return nil
		}
		if mark[0] == "$" && (inner != strings.TrimSpace(inner) || after != "" && after[0] >= '0' && after[0] <= '9') {
			return nil // amounts of money
		}
		length := len(mark[0]) + len(inner) + len(mark[1])
		block.Advance(length)
		node := ast.NewCodeSpan()
		node.SetAttributeString("formula", inner)
		node.AppendChild(node, ast.NewTextSegment(text.NewSegment(segment.Start, segment.Start+length)))
		return node
	}
	return nil
}

// displayed makes code blocks of formulas that stand on lines of their own.
func displayed(markdown string) string {
	lines := strings.Split(markdown, "\n")
	fence := "" // of the code block or formula the line is in
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "$$" && strings.HasSuffix(trimmed, "$$"), fence == `\]` && strings.HasSuffix(trimmed, `\]`):
			rest := strings.TrimSpace(strings.TrimSuffix(trimmed, fence))
			lines[i], fence = strings.TrimPrefix(rest+"\n```", "\n"), ""
		case fence != "":
			if strings.HasPrefix(trimmed, fence) && fence[0] != '$' && fence[0] != '\\' {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:3]
		case trimmed == "$$" || trimmed == `\[`:
			if fence = "$$"; trimmed == `\[` {
				fence = `\]`
			}
			if !slices.ContainsFunc(lines[i+1:], func(l string) bool { return strings.HasSuffix(strings.TrimSpace(l), fence) }) {
				fence = "" // still being written
				continue
			}
			lines[i] = "```" + displayedFormula
		}
	}
	return strings.Join(lines, "\n")
}
