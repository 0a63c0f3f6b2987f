package parse

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kontor/localrag"
)

// pageText is a page's text with its blocks. It depends on the page alone, so
// that the place of a passage can be found again without the other pages.
type pageText struct {
	number        int
	width, height float32
	text          []byte
	blocks        []pageBlock
	// marks tell where each character came from: the glyph of the text from
	// offset on. Kept only if asked for.
	marks []mark
}

type mark struct{ offset, glyph int }

// pageBlock is a paragraph, a row of a table or another piece of a page.
type pageBlock struct {
	start, end int
	kind       localrag.BlockKind
	size       float32
	bold       bool
	lines      int
	margin     bool
	top        bool
}

// composer writes the rows of a page as paragraphs.
type composer struct {
	page  *pdfPage
	out   *pageText
	keep  bool // marks are wanted
	pitch float32
	left  map[uint8]float32 // edges of the columns
	right map[uint8]float32
	open  *pageBlock
	prev  *row
}

// compose makes a page's text. Headers and footers come last, so that a page
// begins with its first paragraph.
func compose(page *pdfPage, keepMarks bool) *pageText {
	c := composer{page: page, keep: keepMarks, out: &pageText{number: page.number, width: page.width, height: page.height}}
	rows := page.rows()
	markMargins(rows, page)
	c.survey(rows)
	for pass := 0; pass < 2; pass++ {
		if pass == 1 {
			c.close()
			c.remarks()
		}
		for i := range rows {
			if rows[i].margin == (pass == 1) {
				var next *row
				if i+1 < len(rows) {
					next = &rows[i+1]
				}
				c.row(&rows[i], next)
			}
		}
	}
	c.close()
	return c.out
}

// remarks adds the page's remarks, each with its place as if it were one
// character.
func (c *composer) remarks() {
	for _, r := range c.page.remarks {
		if len(c.out.text) > 0 {
			c.put("\n\n")
		}
		start := len(c.out.text)
		if c.keep {
			c.out.marks = append(c.out.marks, mark{start, len(c.page.glyphs)})
			c.page.glyphs = append(c.page.glyphs, glyph{shown: r.shown, flow: r.shown})
		}
		c.put(r.text)
		c.out.blocks = append(c.out.blocks, pageBlock{start: start, end: len(c.out.text), kind: r.kind})
	}
}

// markMargins finds lines that stand apart at the very top or bottom.
func markMargins(rows []row, page *pdfPage) {
	if len(rows) < 3 {
		return
	}
	height := page.height
	if rows[0].turn%2 == 1 {
		height = page.width
	}
	marked := 0
	for i := range rows {
		w := &rows[i]
		top, bottom := w.flow.y0 < 0.09*height, w.flow.y1 > 0.915*height
		if w.turn != rows[0].turn || !top && !bottom {
			continue
		}
		gap := height
		for j := range rows {
			o := &rows[j]
			if i == j || o.turn != w.turn {
				continue
			}
			if top && o.base > w.base+0.4*w.size {
				gap = min(gap, o.flow.y0-w.flow.y1)
			}
			if bottom && o.base < w.base-0.4*w.size {
				gap = min(gap, w.flow.y0-o.flow.y1)
			}
		}
		if gap > 0.9*w.size {
			w.margin = true
			marked++
		}
	}
	if marked == len(rows) {
		for i := range rows {
			rows[i].margin = false
		}
	}
}

// survey measures the distance of lines and the edges of the columns.
func (c *composer) survey(rows []row) {
	c.left, c.right = map[uint8]float32{}, map[uint8]float32{}
	edges := map[uint8][2][]float32{}
	var pitches []float32
	for i := range rows {
		w := &rows[i]
		if w.margin {
			continue
		}
		e := edges[w.column]
		e[0], e[1] = append(e[0], w.flow.x0), append(e[1], w.flow.x1)
		edges[w.column] = e
		if i > 0 && rows[i-1].column == w.column && rows[i-1].size == w.size {
			if d := (w.base - rows[i-1].base) / w.size; d > 0.8 && d < 2.2 {
				pitches = append(pitches, d)
			}
		}
	}
	for column, e := range edges {
		slices.Sort(e[0])
		slices.Sort(e[1])
		c.left[column], c.right[column] = e[0][len(e[0])/10], e[1][len(e[1])-1-len(e[1])/20]
	}
	c.pitch = 1.25
	if len(pitches) > 0 {
		slices.Sort(pitches)
		c.pitch = pitches[len(pitches)/10] // lines inside paragraphs are the closest
	}
}

// row appends a row to the open paragraph or begins a new one.
func (c *composer) row(w *row, next *row) {
	kind := localrag.Paragraph
	switch first := c.firstWord(w); {
	case w.mono && !c.page.recognised:
		kind = localrag.CodeBlock
	case w.cells() > 1 && !isListMarker(first) && c.tabular(w, next):
		kind = localrag.Table
	case isBullet(first):
		kind = localrag.ListItem
	}
	switch {
	case c.open == nil || c.begins(w, kind):
		c.start(w, kind)
	case c.open.kind == localrag.CodeBlock:
		c.gap("\n")
	default:
		c.joinLine(w)
	}
	c.open.lines++
	c.open.bold = c.open.bold && w.bold
	c.write(w)
	c.prev = w
}

// tabular is true if a neighbour of the row has cells too.
func (c *composer) tabular(w, next *row) bool {
	return c.open != nil && c.open.kind == localrag.Table || next != nil && next.cells() > 1 && next.column == w.column
}

func (c *composer) start(w *row, kind localrag.BlockKind) {
	previous := c.open
	c.close()
	if len(c.out.text) > 0 {
		if previous != nil && previous.kind == kind && kind == localrag.Table {
			c.put("\n")
		} else {
			c.put("\n\n")
		}
	}
	c.open = &pageBlock{
		start: len(c.out.text), kind: kind, size: w.size, bold: true, margin: w.margin, top: w.flow.y0 < c.page.height/2,
	}
}

func (c *composer) close() {
	if c.open == nil {
		return
	}
	c.open.end = len(bytes.TrimRight(c.out.text, " \t\n"))
	if c.open.end > c.open.start {
		c.out.blocks = append(c.out.blocks, *c.open)
	}
	c.open = nil
}

// begins decides whether a row begins a paragraph of its own.
func (c *composer) begins(w *row, kind localrag.BlockKind) bool {
	prev := c.prev
	bothCode := kind == localrag.CodeBlock && c.open.kind == kind
	switch {
	case w.margin || prev.margin || w.turn != prev.turn,
		kind == localrag.Table || c.open.kind == localrag.Table,
		kind == localrag.ListItem,
		(kind == localrag.CodeBlock) != (c.open.kind == localrag.CodeBlock),
		w.size > prev.size*1.07 || w.size < prev.size*0.93,
		w.bold != prev.bold && c.open.bold != w.bold:
		return true
	}
	distance := w.base - prev.base
	if w.column != prev.column || distance < -0.5*w.size || distance > 8*w.size {
		// The next column or a text elsewhere: it goes on only in the middle of a sentence.
		return !c.goesOn(w)
	}
	if distance > (c.pitch+0.3)*w.size {
		return true
	}
	if bothCode {
		return false
	}
	shortBefore := prev.flow.x1 < c.right[prev.column]-0.2*(c.right[prev.column]-c.left[prev.column])
	ended := c.endsSentence()
	indented := w.flow.x0 > prev.flow.x0+0.8*w.size
	switch {
	case isListMarker(c.firstWord(w)) && (shortBefore || ended):
		return true
	case shortBefore && c.open.lines == 1 && numberedHeading(string(c.out.text[c.open.start:])) > 0:
		return true
	case ended && (shortBefore || indented && prev.flow.x0 <= c.left[prev.column]+0.5*w.size):
		return true
	}
	return false
}

// goesOn is true if the text stops in the middle of a sentence and the row
// begins with a small letter.
func (c *composer) goesOn(w *row) bool {
	first, _ := utf8.DecodeRuneInString(c.firstWord(w))
	return !c.endsSentence() && unicode.IsLower(first) && c.open.kind != localrag.Table
}

func (c *composer) endsSentence() bool {
	text := strings.TrimRight(string(c.out.text[max(c.open.start, len(c.out.text)-8):]), " \"'”“»«)")
	return text == "" || strings.ContainsRune(".:!?;", rune(text[len(text)-1]))
}

// joinLine makes the transition from one line of a paragraph to the next: a
// word divided at the end of the line is put together.
func (c *composer) joinLine(w *row) {
	text := c.out.text
	last, size := utf8.DecodeLastRune(text)
	word := c.firstWord(w)
	first, _ := utf8.DecodeRuneInString(word)
	before, _ := utf8.DecodeLastRune(text[:len(text)-size])
	isHyphen := last == '-' || last == 0xad || last == '‐'
	switch {
	case !isHyphen || !unicode.IsLetter(before) && !unicode.IsDigit(before):
		c.gap(" ")
	case unicode.IsLower(first) && unicode.IsLetter(before) && !isConjunction(word) || last == 0xad:
		c.cut(size)
	case isConjunction(word):
		c.put(" ")
	}
}

// isConjunction knows the words after a hyphen that stands for a left-out part
// ("Lern- und Ausbildungsziele").
func isConjunction(word string) bool {
	switch strings.TrimRight(word, ",.;:)") {
	case "und", "oder", "bzw", "bis", "sowie", "noch", "als", "and", "or", "to":
		return true
	}
	return false
}

func (c *composer) put(s string) { c.out.text = append(c.out.text, s...) }

// gap puts white space between two characters of a block, never before the first.
func (c *composer) gap(s string) {
	if len(c.out.text) > c.open.start {
		c.put(s)
	}
}

// cut takes bytes off the end, with their marks.
func (c *composer) cut(size int) {
	c.out.text = c.out.text[:len(c.out.text)-size]
	for n := len(c.out.marks); n > 0 && c.out.marks[n-1].offset >= len(c.out.text); n-- {
		c.out.marks = c.out.marks[:n-1]
	}
}

// write appends the text of a row.
func (c *composer) write(w *row) {
	for i, r := range w.runs {
		if i > 0 {
			switch gap := r.flow.x0 - w.runs[i-1].flow.x1; {
			case gap > wideGap*w.size && !(i == 1 && isListMarker(c.firstWord(w))):
				c.gap("\t")
			case gap > 0.15*w.size || c.page.glyphs[r.from].before != 0:
				c.gap(" ")
			}
		}
		for j := r.from; j < r.to; j++ {
			g := &c.page.glyphs[j]
			if g.before == ' ' && j > r.from {
				c.gap(" ")
			}
			if g.r == 0xad && (j+1 < r.to || i+1 < len(w.runs)) {
				continue // a soft hyphen inside a line is not shown
			}
			if c.keep {
				c.out.marks = append(c.out.marks, mark{len(c.out.text), j})
			}
			if spelled := ligature(g.r); spelled != "" {
				c.put(spelled)
			} else {
				c.out.text = utf8.AppendRune(c.out.text, g.r)
			}
		}
	}
	// A hyphen that PDFium marked as soft is one that people see.
	if text := c.out.text; strings.HasSuffix(string(text[max(0, len(text)-2):]), "\u00ad") {
		c.out.text = append(text[:len(text)-2], "-"...)
	}
}

// firstWord is the text of a row up to its first space.
func (c *composer) firstWord(w *row) string {
	r := w.runs[0]
	var word []byte
	for j := r.from; j < r.to && len(word) < 24; j++ {
		g := &c.page.glyphs[j]
		if g.before != 0 && j > r.from {
			break
		}
		word = utf8.AppendRune(word, g.r)
	}
	return string(word)
}

func isBullet(word string) bool {
	switch word {
	case "•", "◦", "▪", "■", "●", "○", "–", "—", "-", "‣", "", "*", "➢", "✓", "o":
		return word != "" && word != "o" && word != "*"
	}
	return false
}

// isListMarker knows bullets and the numbers of lists and paragraphs: "1.",
// "a)", "(2)", "3.1", "§".
func isListMarker(word string) bool {
	if isBullet(word) || word == "§" || word == "§§" {
		return true
	}
	if len(word) < 2 || len(word) > 8 {
		return false
	}
	closed := strings.TrimLeft(word, "(")
	end := closed[len(closed)-1]
	body := strings.TrimRight(closed, ".)")
	if end != '.' && end != ')' || body == "" {
		return false
	}
	digits := strings.Trim(body, "0123456789.") == ""
	letter := len(body) == 1 && unicode.IsLetter(rune(body[0])) || strings.Trim(body, "ivx") == ""
	return digits && len(body) <= 5 || letter && end == ')'
}
