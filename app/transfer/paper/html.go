package paper

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strings"
)

//go:embed paper.css
var style string

// HTML writes one file that loads nothing and prints well.
func (p Paper) HTML(w io.Writer) error {
	h := &htmlWriter{paper: p}
	h.put(`<!doctype html><html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`, p.Language)
	// No script, no picture from elsewhere, whatever an answer says.
	h.put(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><meta name="referrer" content="no-referrer">`)
	h.put(`<title>%s</title><meta name="generator" content="%s"><meta name="date" content="%s">`, p.Title, p.Program, p.At.Format("2006-01-02T15:04:05Z07:00"))
	h.put(`<meta name="keywords" content="%s"><meta name="ai-generated" content="true"><meta name="ai-model" content="%s"><meta name="digitalSourceType" content="%s">`,
		p.keywords(), strings.Join(p.Models, ", "), digitalSource)
	h.raw("<style>" + style + "</style></head><body>")
	if len(p.Chats) > 1 {
		h.put(`<h1>%s</h1><nav><ol>`, p.Title)
		for i, c := range p.Chats {
			h.put(`<li><a href="#chat-%s">%s</a></li>`, fmt.Sprint(i+1), c.Title)
		}
		h.raw("</ol></nav>")
	}
	for i, c := range p.Chats {
		h.put(`<article id="chat-%s"><h1>%s</h1><p class="about">%s</p>`, fmt.Sprint(i+1), c.Title, c.About)
		for _, turn := range c.Turns {
			h.turn(turn)
		}
		h.raw("</article>")
	}
	h.raw("</body></html>\n")
	_, err := io.WriteString(w, h.b.String())
	return err
}

type htmlWriter struct {
	paper    Paper
	b        strings.Builder
	referred map[int]bool
}

func (h *htmlWriter) raw(text string) { h.b.WriteString(text) }

// put writes markup with texts in it, which are escaped.
func (h *htmlWriter) put(markup string, texts ...string) {
	safe := make([]any, len(texts))
	for i, t := range texts {
		safe[i] = html.EscapeString(t)
	}
	fmt.Fprintf(&h.b, markup, safe...)
}

func (h *htmlWriter) turn(t Turn) {
	kind := "question"
	if t.Answer {
		kind = "answer"
	}
	h.put(`<section class="%s"><h2>%s</h2>`, kind, t.Who)
	for _, image := range t.Images {
		h.put(`<img alt="%s" src="data:%s;base64,%s">`, image.Name, image.MediaType, base64.StdEncoding.EncodeToString(image.Bytes))
	}
	h.blocks(t.Blocks)
	if t.Mark != "" {
		h.put(`<p class="mark">%s</p>`, t.Mark)
	}
	if len(t.Notes) > 0 {
		h.put(`<aside class="notes"><h3>%s</h3><ol start="%s">`, h.paper.Sources, fmt.Sprint(t.Notes[0].Number))
		for _, n := range t.Notes {
			number := fmt.Sprint(n.Number)
			h.put(`<li id="note-%s">%s: <q>%s</q> <a href="#ref-%s" aria-label="%s">↩</a></li>`, number, n.Source, n.Quote, number, number)
		}
		h.raw("</ol></aside>")
	}
	h.raw("</section>")
}

func (h *htmlWriter) blocks(list []Block) {
	for _, b := range list {
		switch b.Kind {
		case Heading: // below the title and who speaks
			level := fmt.Sprint(min(b.Level+2, 6))
			h.put("<h%s>", level)
			h.spans(b.Spans)
			h.put("</h%s>", level)
		case Code:
			h.put(`<pre><code class="language-%s">%s</code></pre>`, b.Language, b.Text)
		case Quote:
			h.raw("<blockquote>")
			h.blocks(b.Blocks)
			h.raw("</blockquote>")
		case List:
			h.list(b)
		case Table:
			h.table(b)
		case Rule:
			h.raw("<hr>")
		default:
			h.raw("<p>")
			h.spans(b.Spans)
			h.raw("</p>")
		}
	}
}

func (h *htmlWriter) list(b Block) {
	open, end := "<ul>", "</ul>"
	if b.Ordered {
		open, end = fmt.Sprintf(`<ol start="%d">`, b.Start), "</ol>"
	}
	h.raw(open)
	for _, item := range b.Items {
		h.raw("<li>")
		if len(item) > 0 && item[0].Kind == Paragraph { // a short point without the space of a paragraph
			h.spans(item[0].Spans)
			item = item[1:]
		}
		h.blocks(item)
		h.raw("</li>")
	}
	h.raw(end)
}

func (h *htmlWriter) table(b Block) {
	h.raw(`<div class="table"><table>`)
	for i, row := range b.Rows {
		tag := "td"
		if i == 0 {
			tag = "th"
			h.raw("<thead>")
		}
		h.raw("<tr>")
		for _, cell := range row {
			h.put(`<`+tag+` style="text-align:%s">`, firstOf(cell.Align, "left"))
			h.spans(cell.Spans)
			h.raw("</" + tag + ">")
		}
		h.raw("</tr>")
		if i == 0 {
			h.raw("</thead><tbody>")
		}
	}
	h.raw("</tbody></table></div>")
}

func (h *htmlWriter) spans(list []Span) {
	for _, s := range list {
		if s.Break {
			h.raw("<br>")
			continue
		}
		if s.Note > 0 {
			h.reference(s)
			continue
		}
		end := ""
		for _, tag := range []struct {
			on   bool
			name string
		}{{s.Bold, "strong"}, {s.Italic, "em"}, {s.Struck, "del"}, {s.Code, "code"}} {
			if tag.on {
				h.raw("<" + tag.name + ">")
				end = "</" + tag.name + ">" + end
			}
		}
		if s.Link != "" {
			h.put(`<a href="%s" rel="noopener noreferrer">%s</a>`, s.Link, s.Text)
		} else {
			h.put("%s", s.Text)
		}
		h.raw(end)
	}
}

// reference to a note; the way back leads to the first one.
func (h *htmlWriter) reference(s Span) {
	number := s.Note
	if h.referred == nil {
		h.referred = map[int]bool{}
	}
	n, id := fmt.Sprint(number), ""
	if !h.referred[number] {
		id = ` id="ref-` + n + `"`
	}
	h.referred[number] = true
	h.raw(`<sup` + id + `>` + s.Text + `<a href="#note-` + n + `">` + n + `</a></sup>`)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
