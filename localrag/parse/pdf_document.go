package parse

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"kontor/localrag"
)

// pdfDocument puts pages together and decides what only the whole document
// tells: which lines are running headers, which paragraphs are headings.
type pdfDocument struct {
	builder *builder
	pages   int
	blocks  []placedBlock
}

type placedBlock struct {
	pageBlock
	page int
}

// pageSeparator stands between the texts of two pages.
const pageSeparator = "\n\n"

func (d *pdfDocument) addPage(page *pdfPage) error {
	text := compose(page, false)
	b := d.builder
	if len(text.blocks) == 0 {
		d.skipPage(page.number)
		return nil
	}
	if b.text.Len()+len(text.text) > b.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "text over %d bytes", b.limits.TextBytes)
	}
	if b.text.Len() > 0 {
		b.text.WriteString(pageSeparator)
	}
	offset := b.text.Len()
	b.text.Write(text.text)
	for _, block := range text.blocks {
		block.start += offset
		block.end += offset
		d.blocks = append(d.blocks, placedBlock{block, page.number})
	}
	return nil
}

func (d *pdfDocument) skipPage(number int) {
	d.builder.pagesWithout = append(d.builder.pagesWithout, number)
}

// givenUp ends a document whose rest breaks the engine again and again.
func (d *pdfDocument) givenUp(left int) error {
	if len(d.blocks) == 0 {
		return failf(localrag.CodeTooLarge, "the PDF engine failed, %d pages left", left)
	}
	for number := d.pages - left; number <= d.pages; number++ {
		d.skipPage(number)
	}
	d.finish()
	return nil
}

// finish turns what was collected into the document's blocks. Running headers
// and footers, which stand last on their page, leave the text as well, so that
// a sentence that runs over the page is not interrupted.
func (d *pdfDocument) finish() {
	b := d.builder
	b.pages = d.pages
	text := b.text.String()
	dropped := d.runningBlocks(text)
	body := d.bodySize()
	levels := d.headingSizes(text, body)
	b.text = strings.Builder{}
	b.text.Grow(len(text))
	for start := 0; start < len(d.blocks); {
		stop := start + 1
		for stop < len(d.blocks) && d.blocks[stop].page == d.blocks[start].page {
			stop++
		}
		last := stop - 1
		for dropped[last] {
			last--
		}
		if b.text.Len() > 0 {
			b.text.WriteString(pageSeparator)
		}
		from := d.blocks[start].start
		shift := b.text.Len() - from
		b.text.WriteString(text[from:d.blocks[last].end])
		for i := start; i <= last; i++ {
			block := d.blocks[i]
			content := text[block.start:block.end]
			if dropped[i] || i > start && !hasLetterOrDigit(content) {
				continue
			}
			b.place = localrag.Location{Page: block.page}
			if d.isHeading(i, text, body) {
				b.cover(localrag.Heading, block.start+shift, block.end+shift, headingLevel(levels, block), joinLines(content))
			} else {
				b.cover(block.kind, block.start+shift, block.end+shift, 0, "")
			}
		}
		start = stop
	}
}

// runningBlocks marks running headers, footers and page numbers. The first
// block of a page is never one: it marks where the page's text begins.
func (d *pdfDocument) runningBlocks(text string) []bool {
	running := d.runningLines(text)
	dropped := make([]bool, len(d.blocks))
	for i, block := range d.blocks {
		content := text[block.start:block.end]
		dropped[i] = block.margin && (running[runningKey(block, content)] || isPageNumber(content)) && !d.isFirstOfPage(i)
	}
	return dropped
}

func (d *pdfDocument) isFirstOfPage(i int) bool {
	return i == 0 || d.blocks[i-1].page != d.blocks[i].page
}

func joinLines(s string) string { return strings.Join(strings.Fields(s), " ") }

// runningLines finds what repeats at the margins of at least three pages (of
// both, if there are two), numbers left aside.
func (d *pdfDocument) runningLines(text string) map[string]bool {
	pages := map[string]int{}
	for _, block := range d.blocks {
		if block.margin {
			pages[runningKey(block, text[block.start:block.end])]++
		}
	}
	running := map[string]bool{}
	for key, count := range pages {
		running[key] = count >= 3 || d.pages == 2 && count == 2
	}
	return running
}

func runningKey(block placedBlock, content string) string {
	key := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '#'
		}
		return r
	}, content)
	for strings.Contains(key, "##") {
		key = strings.ReplaceAll(key, "##", "#")
	}
	if block.top {
		return "top " + key
	}
	return "bottom " + key
}

func isPageNumber(content string) bool {
	trimmed := strings.Trim(strings.TrimPrefix(strings.TrimPrefix(content, "Seite "), "Page "), " -–—|./")
	return len(trimmed) <= 12 && strings.IndexFunc(trimmed, func(r rune) bool {
		return !unicode.IsDigit(r) && r != ' ' && r != '/' && r != '-'
	}) < 0
}

// roundSize makes sizes comparable.
func roundSize(size float32) float32 { return float32(math.Round(float64(size)*2) / 2) }

// bodySize is the size most characters have.
func (d *pdfDocument) bodySize() float32 {
	count := map[float32]int{}
	for _, block := range d.blocks {
		if !block.margin && block.size > 0 {
			count[roundSize(block.size)] += block.end - block.start
		}
	}
	var body float32
	for size, n := range count {
		if n > count[body] || n == count[body] && size < body {
			body = size
		}
	}
	return body
}

// isHeading judges a paragraph by size, weight and form, against its neighbours.
func (d *pdfDocument) isHeading(i int, text string, body float32) bool {
	block := d.blocks[i]
	content := text[block.start:block.end]
	if block.margin || block.kind != localrag.Paragraph || block.lines > 3 || len(content) > 220 || len(content) < 3 {
		return false
	}
	if !strings.ContainsFunc(content, unicode.IsLetter) || strings.Contains(content, "....") || strings.Contains(content, "\t") {
		return false
	}
	end := content[len(content)-1]
	size := roundSize(block.size)
	numbered := numberedHeading(joinLines(content)) > 0
	switch {
	case end == ',' || end == ';':
		return false
	case size >= body*1.25:
		return true
	case size > body*1.04:
		return numbered || end != '.' || block.bold
	case size < body*0.96:
		return false
	case block.bold:
		return (end != '.' || strings.HasPrefix(content, "§")) && block.lines <= 2 && !d.boldAround(i)
	}
	return false
}

// boldAround is true if the text around a bold paragraph is bold as well: then
// boldness says nothing.
func (d *pdfDocument) boldAround(i int) bool {
	for j := i + 1; j < len(d.blocks) && j <= i+3; j++ {
		if !d.blocks[j].bold || d.blocks[j].lines > 2 {
			return false
		}
	}
	return true
}

// headingSizes lists the sizes of headings, largest first. A level is a place
// in the list; bold text of the body's size comes last.
func (d *pdfDocument) headingSizes(text string, body float32) []float32 {
	count := map[float32]int{}
	for i, block := range d.blocks {
		if size := roundSize(block.size); size > body*1.04 && d.isHeading(i, text, body) {
			count[size]++
		}
	}
	var sizes []float32
	for size := range count {
		sizes = append(sizes, size)
	}
	slices.SortFunc(sizes, func(a, b float32) int { return sign(b - a) })
	// Sizes that hardly differ are one level.
	merged := sizes[:0]
	for _, size := range sizes {
		if n := len(merged); n == 0 || size < merged[n-1]*0.97 {
			merged = append(merged, size)
		}
	}
	return merged
}

func headingLevel(sizes []float32, block placedBlock) int {
	size := roundSize(block.size)
	for i, s := range sizes {
		if size >= s*0.97 {
			return min(i+1, 6)
		}
	}
	return min(len(sizes)+1, 6)
}
