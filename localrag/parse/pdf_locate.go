package parse

import (
	"bytes"
	"context"
	"sort"
	"strings"

	"kontor/localrag"
)

// Span asks where a stretch of a document's text stands on its pages.
type Span struct {
	// Start and End are byte offsets into ParsedDocument.Text.
	Start int `json:"start"`
	End   int `json:"end"`
	// Text is what stands there, if the caller has it. It repairs offsets that
	// another version of the parser made.
	Text string `json:"text,omitempty"`
	// Blocks are the document's blocks, used to find where pages begin.
	Blocks []localrag.Block `json:"-"`
}

// Rect is a stretch of a line on a page, in PDF points from the top left
// corner of the page as displayed.
type Rect struct {
	Page       int     `json:"page"`
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
	PageWidth  float64 `json:"pageWidth"`
	PageHeight float64 `json:"pageHeight"`
}

// pageStart says at which offset of the text a page begins.
type pageStart struct {
	Page  int `json:"page"`
	Start int `json:"start"`
}

// pagesOf lists the pages a span touches, with their starts.
func pagesOf(span Span) []pageStart {
	var starts []pageStart
	for _, block := range span.Blocks {
		page := block.Location.Page
		if page > 0 && (len(starts) == 0 || starts[len(starts)-1].Page != page) {
			starts = append(starts, pageStart{page, block.Start})
		}
	}
	first := sort.Search(len(starts), func(i int) bool { return starts[i].Start > span.Start }) - 1
	if first < 0 {
		return nil
	}
	last := first
	for last+1 < len(starts) && starts[last+1].Start < span.End {
		last++
	}
	return starts[first : last+1]
}

// Locate gives the rectangles of a span, line by line. Documents without
// pages have none. Only the pages needed are read.
func (r *Reader) Locate(ctx context.Context, data []byte, name string, span Span) ([]Rect, error) {
	return r.locate(ctx, data, name, span, pagesOf(span))
}

func (r *Reader) locate(ctx context.Context, data []byte, name string, span Span, pages []pageStart) (rects []Rect, err error) {
	defer recoverCrash(&err)
	if !isPDF(data, nil) || len(pages) == 0 || span.End <= span.Start {
		return nil, nil
	}
	file, err := r.pdf.openFile(data)
	if err != nil {
		return nil, err
	}
	defer file.close()
	o := recogniser{reader: r}
	for i, at := range pages {
		if err := ctx.Err(); err != nil {
			return nil, fail(localrag.CodeCancelled, err)
		}
		if at.Page > file.pages || i >= maxLocatedPages {
			break
		}
		page, err := o.page(ctx, file, at.Page)
		if err != nil {
			return nil, coded(err, localrag.CodeCorrupt)
		}
		text := compose(page, true)
		from, to := span.Start-at.Start, span.End-at.Start
		from, to, whole := text.repair(from, to, span.Text)
		if whole {
			return text.rects(page, from, to), nil
		}
		rects = append(rects, text.rects(page, from, to)...)
	}
	return rects, nil
}

// maxLocatedPages bounds a span: a passage is never longer.
const maxLocatedPages = 10

// repair looks for the expected text on the page, nearest to where it should
// be. It is true if all of it is there.
func (t *pageText) repair(from, to int, expected string) (int, int, bool) {
	if expected == "" {
		return from, to, false
	}
	best := -1
	for at := 0; at < len(t.text); {
		found := bytes.Index(t.text[at:], []byte(expected))
		if found < 0 {
			break
		}
		found += at
		if best < 0 || distance(found, from) < distance(best, from) {
			best = found
		}
		at = found + 1
	}
	if best < 0 {
		return from, to, false
	}
	return best, best + len(expected), true
}

func distance(a, b int) int { return max(a-b, b-a) }

// rects joins the boxes of the characters from offset from up to to, one
// rectangle for each line.
func (t *pageText) rects(page *pdfPage, from, to int) []Rect {
	var boxes []box
	var last *glyph
	for i, m := range t.marks {
		end := len(t.text)
		if i+1 < len(t.marks) {
			end = t.marks[i+1].offset
		}
		if end <= from || m.offset >= to {
			continue
		}
		if m.offset < from && strings.TrimSpace(string(t.text[from:min(end, to)])) == "" {
			continue // only the space after the character is meant
		}
		g := &page.glyphs[m.glyph]
		lit := lineBox(g)
		if n := len(boxes); n > 0 && sameLine(last, g) {
			boxes[n-1] = boxes[n-1].join(lit)
		} else {
			boxes = append(boxes, lit)
		}
		last = g
	}
	rects := make([]Rect, 0, len(boxes))
	for _, b := range boxes {
		b = box{max(b.x0, 0), max(b.y0, 0), min(b.x1, t.width), min(b.y1, t.height)}
		if b.x1 <= b.x0 || b.y1 <= b.y0 {
			continue
		}
		rects = append(rects, Rect{
			Page: t.number, X: float64(b.x0), Y: float64(b.y0), Width: float64(b.x1 - b.x0), Height: float64(b.y1 - b.y0),
			PageWidth: float64(t.width), PageHeight: float64(t.height),
		})
	}
	return rects
}

// lineBox is the box of a character, grown to the height of its line: PDFium's
// boxes hug the letters.
func lineBox(g *glyph) box {
	b := g.shown
	grow := 0.12 * g.size
	if g.turn%2 == 0 {
		b.y0 -= grow
		b.y1 += grow
	} else {
		b.x0 -= grow
		b.x1 += grow
	}
	return b
}

func sameLine(a, b *glyph) bool {
	if a.turn != b.turn || b.flow.x0 < a.flow.x0-0.5*a.size || b.flow.x0 > a.flow.x1+wideGap*max(a.size, b.size) {
		return false
	}
	overlap := min(a.flow.y1, b.flow.y1) - max(a.flow.y0, b.flow.y0)
	return overlap > -0.1*a.size
}

// TextIn gives the characters of a PDF whose middle lies in one of the
// rectangles, in the order of the page's text. It reads the page anew, so it
// can tell whether a highlight covers what it should.
func (r *Reader) TextIn(ctx context.Context, data []byte, rects []Rect) (text string, err error) {
	defer recoverCrash(&err)
	file, err := r.pdf.openFile(data)
	if err != nil {
		return "", err
	}
	defer file.close()
	byPage := map[int][]Rect{}
	var pages []int
	for _, rect := range rects {
		if byPage[rect.Page] == nil {
			pages = append(pages, rect.Page)
		}
		byPage[rect.Page] = append(byPage[rect.Page], rect)
	}
	var out strings.Builder
	for _, number := range pages {
		if err := ctx.Err(); err != nil {
			return "", fail(localrag.CodeCancelled, err)
		}
		page, err := file.readPage(number)
		if err != nil {
			return "", coded(err, localrag.CodeCorrupt)
		}
		within := func(b box) bool {
			x, y := float64(b.x0+b.x1)/2, float64(b.y0+b.y1)/2
			for _, rect := range byPage[number] {
				if x >= rect.X && x <= rect.X+rect.Width && y >= rect.Y && y <= rect.Y+rect.Height {
					return true
				}
			}
			return false
		}
		for _, g := range page.glyphs {
			if within(g.shown) {
				out.WriteRune(g.r)
			}
		}
		for _, remark := range page.remarks { // typed into fields, or comments
			if within(remark.shown) {
				out.WriteString(remark.text)
			}
		}
	}
	return out.String(), nil
}
