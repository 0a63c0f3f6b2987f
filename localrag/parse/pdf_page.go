package parse

import (
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/text/unicode/norm"
)

// box is a rectangle in points, y growing downwards.
type box struct{ x0, y0, x1, y1 float32 }

func (b box) join(o box) box {
	return box{min(b.x0, o.x0), min(b.y0, o.y0), max(b.x1, o.x1), max(b.y1, o.y1)}
}

// glyph is a character of a page as PDFium gives it: on the page as displayed
// and in the frame of its own direction, where text runs to the right.
type glyph struct {
	r      rune
	shown  box // on the page as displayed
	flow   box // in the frame of its direction
	turn   uint8
	bold   bool
	size   float32
	before byte // 0, ' ' or '\n': what PDFium found between this and the one before
}

// pdfPage is what is read of a page before its layout is known.
type pdfPage struct {
	number        int
	width, height float32 // as displayed
	glyphs        []glyph
	remarks       []remark
	recognised    bool // by other eyes: letters have no widths of their own
}

// hasText is true if the page has more than a few signs, such as a stamp's.
func (p *pdfPage) hasText() bool { return len(p.glyphs) > 3 || len(p.remarks) > 0 }

// glyphsPerPage bounds the work on one page.
const glyphsPerPage = 400_000

// readPage reads the characters of a page, counted from 1.
func (f *pdfFile) readPage(number int) (page *pdfPage, err error) {
	loaded, err := f.api.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: f.ref, Index: number - 1})
	if err != nil {
		return nil, classify(err)
	}
	defer func() { _, _ = f.api.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) }()
	frame, err := f.frame(loaded.Page)
	if err != nil {
		return nil, err
	}
	text, err := f.api.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &loaded.Page}})
	if err != nil {
		return nil, classify(err)
	}
	defer func() {
		_, _ = f.api.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage})
	}()
	count, err := f.api.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	if err != nil {
		return nil, classify(err)
	}
	page = &pdfPage{number: number, width: frame.width, height: frame.height}
	reader := glyphReader{file: f, text: text.TextPage, frame: frame, page: page}
	for i := 0; i < min(count.Count, glyphsPerPage); i++ {
		if err := reader.read(i); err != nil {
			return nil, err
		}
	}
	page.remarks, err = f.remarks(loaded.Page, frame)
	return page, err
}

// classify tells faults that break the engine from plain refusals.
func classify(err error) error {
	text := err.Error()
	if strings.Contains(text, "wasm") || strings.Contains(text, "module closed") || strings.Contains(text, "exit_code") ||
		strings.Contains(text, "panic") || strings.Contains(text, "memory") {
		return &engineTrap{errors.New("fault inside the engine")}
	}
	return err
}

// pageFrame maps PDF's user space to the page as displayed.
type pageFrame struct {
	left, top     float32 // of the visible box, in user space
	inner         [2]float32
	width, height float32 // as displayed
	rotation      enums.FPDF_PAGE_ROTATION
}

func (f *pdfFile) frame(page references.FPDF_PAGE) (pageFrame, error) {
	byReference := requests.Page{ByReference: &page}
	visible, err := f.api.FPDF_GetPageBoundingBox(&requests.FPDF_GetPageBoundingBox{Page: byReference})
	if err != nil {
		return pageFrame{}, classify(err)
	}
	rotation, err := f.api.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: byReference})
	if err != nil {
		return pageFrame{}, classify(err)
	}
	r := visible.Rect
	frame := pageFrame{left: r.Left, top: r.Top, inner: [2]float32{r.Right - r.Left, r.Top - r.Bottom}, rotation: rotation.PageRotation}
	frame.width, frame.height = frame.inner[0], frame.inner[1]
	if frame.rotation == 1 || frame.rotation == 3 {
		frame.width, frame.height = frame.height, frame.width
	}
	return frame, nil
}

// shown maps a rectangle of user space.
func (f pageFrame) shown(left, top, right, bottom float32) box {
	x0, y0 := f.point(left, top)
	x1, y1 := f.point(right, bottom)
	return box{min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)}
}

func (f pageFrame) point(x, y float32) (float32, float32) {
	x, y = x-f.left, f.top-y
	switch f.rotation {
	case 1:
		return f.inner[1] - y, x
	case 2:
		return f.inner[0] - x, f.inner[1] - y
	case 3:
		return y, f.inner[0] - x
	}
	return x, y
}

// turned maps a box of the displayed page to the frame of text that runs in
// quarter turns clockwise from left to right.
func (f pageFrame) turned(b box, turn uint8) box {
	switch turn {
	case 1:
		return box{b.y0, f.width - b.x1, b.y1, f.width - b.x0}
	case 2:
		return box{f.width - b.x1, f.height - b.y1, f.width - b.x0, f.height - b.y0}
	case 3:
		return box{f.height - b.y1, b.x0, f.height - b.y0, b.x1}
	}
	return b
}

// glyphReader reads one character after the other. Style is asked for at the
// first character of each word only: asking is what costs time.
type glyphReader struct {
	file  *pdfFile
	text  references.FPDF_TEXTPAGE
	frame pageFrame
	page  *pdfPage

	before   byte
	size     float32
	bold     bool
	turn     uint8
	high     rune // first half of a surrogate pair
	nominal  float64
	measured float32 // effective size ÷ nominal size
}

func (g *glyphReader) read(index int) error {
	char, err := g.file.api.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: g.text, Index: index})
	if err != nil {
		return classify(err)
	}
	r := rune(char.Unicode)
	switch {
	case r == '\r' || r == '\n':
		g.before = '\n'
		return nil
	case r == 0x02 || r == 0xad: // PDFium's mark for a hyphen at the end of a line; soft hyphen
		return g.add(0xad, index)
	case utf16.IsSurrogate(r):
		if g.high == 0 {
			g.high = r
			return nil
		}
		r, g.high = utf16.DecodeRune(g.high, r), 0
	}
	switch kept, ok := cleanRune(r); {
	case !ok:
		return nil
	case unicode.IsSpace(kept):
		if g.before == 0 {
			g.before = ' '
		}
		return nil
	default:
		r = kept
	}
	return g.add(r, index)
}

func (g *glyphReader) add(r rune, index int) error {
	placed, err := g.file.api.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: g.text, Index: index})
	if err != nil {
		if err = classify(err); errors.As(err, new(*engineTrap)) {
			return err
		}
		return nil // a character without a place
	}
	b := placed.Rect
	for _, v := range [...]float32{b.Left, b.Top, b.Right, b.Bottom} {
		if v != v || math.Abs(float64(v)) > 1e6 {
			return nil
		}
	}
	shown := g.frame.shown(b.Left, b.Top, b.Right, b.Bottom)
	if x, y := (shown.x0+shown.x1)/2, (shown.y0+shown.y1)/2; x < 0 || y < 0 || x > g.frame.width || y > g.frame.height {
		return nil // beside the page: nobody sees it, and no preview could show it
	}
	if g.jumps(shown) {
		g.before = '\n'
	}
	if g.before != 0 {
		if err := g.style(index); err != nil {
			return err
		}
	}
	if n := len(g.page.glyphs); n > 0 && unicode.Is(unicode.Mn, r) {
		last := &g.page.glyphs[n-1]
		if composed := []rune(norm.NFC.String(string([]rune{last.r, r}))); len(composed) == 1 {
			last.r, g.before = composed[0], 0
			last.shown = last.shown.join(shown)
			return nil
		}
	}
	g.page.glyphs = append(g.page.glyphs, glyph{
		r: r, shown: shown, flow: g.frame.turned(shown, g.turn), turn: g.turn, bold: g.bold, size: g.size, before: g.before,
	})
	g.before = 0
	return nil
}

// jumps is true if a character stands away from the one before it, which
// PDFium does not always mark with the end of a line.
func (g *glyphReader) jumps(shown box) bool {
	n := len(g.page.glyphs)
	if n == 0 {
		return true
	}
	last := g.page.glyphs[n-1].shown
	far := 2 * g.size
	return shown.x0 > last.x1+far || shown.x1 < last.x0-far || shown.y0 > last.y1+far || shown.y1 < last.y0-far
}

// style reads size, weight and direction of a character.
func (g *glyphReader) style(index int) error {
	api, text := g.file.api, g.text
	size, err := api.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: text, Index: index})
	if err != nil {
		return classify(err)
	}
	if g.before == '\n' || size.FontSize != g.nominal || g.size == 0 {
		g.nominal, g.measured = size.FontSize, 1
		if matrix, err := api.FPDFText_GetMatrix(&requests.FPDFText_GetMatrix{TextPage: text, Index: index}); err == nil {
			m := matrix.Matrix
			if scale := float32(math.Hypot(float64(m.C), float64(m.D))); scale > 0 {
				g.measured = scale
			}
			// Directions are given in user space, where y grows upwards.
			quarter := int(math.Round(math.Atan2(float64(-m.B), float64(m.A)) / (math.Pi / 2)))
			g.turn = uint8((quarter + int(g.frame.rotation) + 8) % 4)
		}
	}
	g.size = float32(size.FontSize) * g.measured
	if g.size < 1 || g.size > 500 || g.size != g.size {
		g.size = 10
	}
	// Bold text is of interest as whole lines, so only lines that begin bold
	// are looked at word by word.
	if g.before == '\n' || g.bold {
		g.bold = g.isBold(index)
	}
	return nil
}

// isBold asks for the weight and, because many files do not tell it, for the
// name of the font.
func (g *glyphReader) isBold(index int) bool {
	weight, err := g.file.api.FPDFText_GetFontWeight(&requests.FPDFText_GetFontWeight{TextPage: g.text, Index: index})
	if err == nil && weight.FontWeight >= 600 {
		return true
	}
	info, err := g.file.api.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: g.text, Index: index})
	if err != nil {
		return false
	}
	name := strings.ToLower(info.FontName)
	return strings.Contains(name, "bold") || strings.Contains(name, "black") || strings.Contains(name, "heavy") ||
		strings.HasSuffix(name, ",b") || strings.HasSuffix(name, "-demi")
}
