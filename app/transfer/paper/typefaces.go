package paper

import (
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
)

// typefaces are the fonts of a PDF: one for text, one for code, and one with
// many signs for what those do not have.
type typefaces struct {
	body, mono, signs *sfnt.Font
	buffer            sfnt.Buffer
	family            map[rune]string
}

func newTypefaces() (*typefaces, error) {
	t := &typefaces{family: map[rune]string{}}
	for _, one := range []struct {
		font **sfnt.Font
		data []byte
	}{{&t.body, liberationsansregular.TTF}, {&t.mono, liberationmonoregular.TTF}, {&t.signs, dejavusans.TTF}} {
		parsed, err := sfnt.Parse(one.data)
		if err != nil {
			return nil, err
		}
		*one.font = parsed
	}
	return t, nil
}

func (t *typefaces) add(f *fpdf.Fpdf) {
	f.AddUTF8FontFromBytes("body", "", liberationsansregular.TTF)
	f.AddUTF8FontFromBytes("body", "B", liberationsansbold.TTF)
	f.AddUTF8FontFromBytes("body", "I", liberationsansitalic.TTF)
	f.AddUTF8FontFromBytes("body", "BI", liberationsansbolditalic.TTF)
	f.AddUTF8FontFromBytes("mono", "", liberationmonoregular.TTF)
	f.AddUTF8FontFromBytes("signs", "", dejavusans.TTF)
}

func (t *typefaces) use(f *fpdf.Fpdf, family, style string, size float64) {
	if family != "body" {
		style = ""
	}
	f.SetFont(family, style, size)
}

func (t *typefaces) has(font *sfnt.Font, r rune) bool {
	index, err := font.GlyphIndex(&t.buffer, r)
	return err == nil && index != 0
}

// missing stands for a sign that none of the fonts has.
const missing = '□'

// familyOf says which font has a sign; "" for none.
func (t *typefaces) familyOf(r rune, code bool) string {
	key := r
	if code {
		key = -r
	}
	family, known := t.family[key]
	if known {
		return family
	}
	switch {
	case r > 0xffff: // the PDF library counts only as far
	case code && t.has(t.mono, r):
		family = "mono"
	case t.has(t.body, r):
		family = "body"
	case t.has(t.signs, r):
		family = "signs"
	}
	t.family[key] = family
	return family
}

// known is a text for one font, such as a bookmark's.
func (t *typefaces) known(text string) string {
	return strings.Map(func(r rune) rune {
		if t.familyOf(r, false) != "body" {
			return -1
		}
		return r
	}, text)
}

// look is how a text is set; sizes in points, lines in millimetres, grey from 0 to 255.
type look struct {
	size, line float64
	grey       int
	plain      bool // spaces at the begin of a line stay: code
}

// piece is text in one font.
type piece struct {
	text, family, style, link string
	size, width               float64
	note                      int
	struck, shade             bool
}

type line struct {
	pieces []piece
	width  float64
}

// wrap breaks spans into lines of a width in millimetres.
func (t *typefaces) wrap(f *fpdf.Fpdf, spans []Span, l look, width float64) []line {
	w := &wrapper{faces: t, f: f, look: l, limit: width}
	for _, s := range spans {
		switch {
		case s.Break:
			w.word()
			w.end()
		case s.Note > 0:
			w.sign(s, []rune(s.Text+itoa(s.Note)))
		default:
			w.span(s)
		}
	}
	w.word()
	w.end()
	return w.lines
}

type wrapper struct {
	faces *typefaces
	f     *fpdf.Fpdf
	look  look
	limit float64
	lines []line
	now   line
	next  line // the word that is being put together
}

// span takes a text apart at its spaces.
func (w *wrapper) span(s Span) {
	runes := []rune(s.Text)
	for start := 0; start < len(runes); {
		end := start
		space := unicode.IsSpace(runes[start]) && runes[start] != '\u00a0'
		for end < len(runes) && (unicode.IsSpace(runes[end]) && runes[end] != '\u00a0') == space {
			end++
		}
		if space {
			w.word()
			if len(w.now.pieces) > 0 || w.look.plain {
				gap := []rune{' '}
				if w.look.plain {
					gap = runes[start:end]
				}
				for _, p := range w.pieces(s, gap) {
					w.now.pieces, w.now.width = append(w.now.pieces, p), w.now.width+p.width
				}
			}
		} else {
			w.sign(s, runes[start:end])
		}
		start = end
	}
}

func (w *wrapper) sign(s Span, runes []rune) {
	for _, p := range w.pieces(s, runes) {
		w.next.pieces, w.next.width = append(w.next.pieces, p), w.next.width+p.width
	}
}

// pieces are runs of signs that one font has.
func (w *wrapper) pieces(s Span, runes []rune) []piece {
	var list []piece
	for _, r := range runes {
		if r == '\ufe0f' || r == '\u200d' || r == '\u00ad' || unicode.IsControl(r) {
			continue // says how another sign is drawn
		}
		family := w.faces.familyOf(r, s.Code)
		if family == "" {
			r, family = missing, "signs"
		}
		if last := len(list) - 1; last >= 0 && list[last].family == family {
			list[last].text += string(r)
			continue
		}
		list = append(list, piece{text: string(r), family: family})
	}
	for i := range list {
		p := &list[i]
		p.link, p.note, p.struck, p.size = s.Link, s.Note, s.Struck, w.look.size
		p.shade = s.Code && !w.look.plain
		if s.Code && !w.look.plain {
			p.size *= 0.92
		}
		if s.Note > 0 {
			p.size *= 0.68
		}
		if s.Bold {
			p.style += "B"
		}
		if s.Italic {
			p.style += "I"
		}
		w.measure(p)
	}
	return list
}

func (w *wrapper) measure(p *piece) {
	w.faces.use(w.f, p.family, p.style, p.size)
	p.width = w.f.GetStringWidth(p.text)
}

// word puts the word into the line, or into the next one; one that is wider than a line is cut.
func (w *wrapper) word() {
	word := w.next
	w.next = line{}
	if len(word.pieces) == 0 {
		return
	}
	if w.now.width+word.width > w.limit && len(w.now.pieces) > 0 && (word.width <= w.limit || !w.look.plain) {
		w.end()
	}
	if w.now.width+word.width <= w.limit {
		w.now.pieces, w.now.width = append(w.now.pieces, word.pieces...), w.now.width+word.width
		return
	}
	for _, p := range word.pieces {
		for _, r := range p.text {
			one := p
			one.text = string(r)
			w.measure(&one)
			if w.now.width+one.width > w.limit && len(w.now.pieces) > 0 {
				w.end()
			}
			if last := len(w.now.pieces) - 1; last >= 0 && w.now.pieces[last].like(one) {
				w.now.pieces[last].text += one.text
				w.now.pieces[last].width += one.width
			} else {
				w.now.pieces = append(w.now.pieces, one)
			}
			w.now.width += one.width
		}
	}
}

func (p piece) like(other piece) bool {
	return p.family == other.family && p.style == other.style && p.link == other.link && p.note == other.note && p.size == other.size && p.struck == other.struck && p.shade == other.shade
}

func (w *wrapper) end() {
	if len(w.now.pieces) > 0 || w.look.plain && len(w.lines) == 0 {
		w.lines = append(w.lines, w.now)
	}
	w.now = line{}
}
