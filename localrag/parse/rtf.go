package parse

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"

	"kontor/localrag"
)

func isRTF(data []byte, parts partNames) bool {
	return parts == nil && bytes.HasPrefix(data, []byte(`{\rtf`))
}

// rtfGroup is what a group takes over from the one around it.
type rtfGroup struct {
	skip      bool // its text is not the document's
	hidden    bool
	fallback  int // characters after \u that stand in for it
	level     int
	list      bool
	table     bool
	styles    bool // inside the style sheet
	footnote  bool
	beginning bool // nothing but the opening brace was read
}

// rtfReader reads the control words in one pass. Groups are kept on a stack of
// small values, so that deep nesting costs little.
type rtfReader struct {
	ctx     context.Context
	builder *builder
	data    []byte
	at      int

	group  rtfGroup
	stack  []rtfGroup
	text   strings.Builder
	notes  []string
	note   strings.Builder
	cells  []string
	level  map[int]int // heading level of a style
	style  int
	name   strings.Builder
	high   rune
	left   int // fallback characters still to skip
	decode *encoding.Decoder
	single []byte // bytes of \'hh that are not decoded yet
}

// rtfGroups bounds the stack.
const rtfGroups = 100_000

func parseRTF(ctx context.Context, _ *Reader, in input, b *builder) error {
	r := rtfReader{ctx: ctx, builder: b, data: in.data, group: rtfGroup{fallback: 1}, level: map[int]int{}}
	r.codePage(1252)
	for steps := 0; r.at < len(r.data); steps++ {
		if steps%50_000 == 0 {
			b.report(0, 0)
			if ctx.Err() != nil {
				return fail(localrag.CodeCancelled, ctx.Err())
			}
		}
		if err := r.step(); err != nil {
			return err
		}
	}
	return r.paragraph()
}

func (r *rtfReader) step() error {
	c := r.data[r.at]
	r.at++
	switch c {
	case '{':
		if len(r.stack) > rtfGroups {
			return failf(localrag.CodeTooLarge, "groups nested deeper than %d", rtfGroups)
		}
		r.flush()
		r.stack = append(r.stack, r.group)
		r.group.beginning = true
		return nil
	case '}':
		r.endGroup()
		return nil
	case '\\':
		return r.control()
	case '\r', '\n', 0:
		return nil
	}
	r.character(c)
	return nil
}

func (r *rtfReader) endGroup() {
	r.flush()
	n := len(r.stack)
	if n == 0 {
		return
	}
	outer := r.stack[n-1]
	if r.group.styles && outer.styles {
		if match := headingName.FindStringSubmatch(strings.TrimSpace(strings.TrimSuffix(r.name.String(), ";"))); match != nil {
			r.level[r.style], _ = strconv.Atoi(match[1])
		}
		r.name.Reset()
	}
	if r.group.footnote && !outer.footnote {
		r.notes = append(r.notes, tidyLines(r.note.String()))
		r.note.Reset()
	}
	r.group, r.stack = outer, r.stack[:n-1]
}

// character takes a byte of text.
func (r *rtfReader) character(c byte) {
	r.group.beginning = false
	if r.left > 0 {
		r.left--
		return
	}
	if c < utf8.RuneSelf {
		r.flush()
		r.write(string(rune(c)))
		return
	}
	r.single = append(r.single, c)
}

// flush decodes bytes in the code page of the document.
func (r *rtfReader) flush() {
	if len(r.single) == 0 {
		return
	}
	text, err := r.decode.Bytes(r.single)
	r.single = r.single[:0]
	if err == nil {
		r.write(string(text))
	}
}

func (r *rtfReader) write(s string) {
	switch {
	case r.group.styles:
		if r.name.Len() < 200 {
			r.name.WriteString(s)
		}
	case r.group.skip || r.group.hidden:
	case r.text.Len()+r.note.Len() > r.builder.limits.TextBytes:
	case r.group.footnote:
		r.note.WriteString(s)
	default:
		r.text.WriteString(s)
	}
}

// control reads a control symbol or word.
func (r *rtfReader) control() error {
	if r.at >= len(r.data) {
		return nil
	}
	c := r.data[r.at]
	if !isASCIILetter(c) {
		r.at++
		r.symbol(c)
		return nil
	}
	start := r.at
	for r.at < len(r.data) && isASCIILetter(r.data[r.at]) && r.at-start < 40 {
		r.at++
	}
	word := string(r.data[start:r.at])
	start = r.at
	if r.at < len(r.data) && r.data[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' && r.at-start < 11 {
		r.at++
	}
	value, err := strconv.Atoi(string(r.data[start:r.at]))
	hasValue := err == nil
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	return r.word(word, value, hasValue)
}

func isASCIILetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (r *rtfReader) symbol(c byte) {
	switch c {
	case '\'':
		if r.at+2 > len(r.data) {
			r.at = len(r.data)
			return
		}
		value, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8)
		r.at += 2
		if err != nil {
			return
		}
		if r.left > 0 {
			r.left--
			return
		}
		r.single = append(r.single, byte(value))
	case '*':
		r.group.skip = r.group.skip || r.group.beginning
	case '~':
		r.flush()
		r.write(" ")
	case '_':
		r.flush()
		r.write("-")
	case '\\', '{', '}':
		r.character(c)
	case '\r', '\n':
		r.flush()
		_ = r.paragraph()
	}
}

// word acts on a control word.
func (r *rtfReader) word(word string, value int, hasValue bool) error {
	if word != "u" {
		r.flush()
		r.left = 0
	}
	first := r.group.beginning
	r.group.beginning = false
	switch word {
	case "u":
		r.flush()
		r.unicode(rune(uint16(value)))
	case "uc":
		r.group.fallback = min(max(value, 0), 10)
	case "bin":
		r.at = min(len(r.data), r.at+max(value, 0))
	case "ansicpg":
		r.codePage(value)
	case "par", "sect", "page":
		if !r.group.skip {
			if r.group.footnote {
				r.note.WriteByte('\n')
				return nil
			}
			if r.group.table {
				r.text.WriteByte('\n')
				return nil
			}
			return r.paragraph()
		}
	case "pard":
		r.group.level, r.group.list, r.group.table = 0, false, false
	case "intbl":
		r.group.table = true
	case "cell", "nestcell":
		r.cells = append(r.cells, tidyLines(r.text.String()))
		r.text.Reset()
	case "row", "nestrow":
		return r.row()
	case "line":
		r.write("\n")
	case "tab":
		r.write("\t")
	case "outlinelevel":
		r.group.level = outlineLevel(strconv.Itoa(value))
	case "s":
		r.style = value
		if !r.group.styles && r.group.level == 0 {
			r.group.level = r.level[value]
		}
	case "v":
		r.group.hidden = !hasValue || value != 0
	case "plain":
		r.group.hidden = false
	case "footnote":
		r.group.footnote, r.group.skip = true, false
	case "ls", "pn", "listtext", "pntext":
		r.group.list = true
	default:
		r.destinationOrSign(word, first)
	}
	return nil
}

// destinationOrSign handles words that stand for a character and words that
// begin a group whose text is not the document's.
func (r *rtfReader) destinationOrSign(word string, first bool) {
	if sign, ok := rtfSigns[word]; ok {
		r.write(sign)
		return
	}
	if !first {
		return
	}
	switch word {
	case "stylesheet":
		r.group.styles = true
	case "fonttbl", "colortbl", "info", "pict", "object", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "filetbl",
		"themedata", "colorschememapping", "datastore", "latentstyles", "xmlnstbl", "fldinst", "bkmkstart", "bkmkend", "header", "footer",
		"headerl", "headerr", "headerf", "footerl", "footerr", "footerf", "objdata", "mmathPr", "userprops", "template", "deleted":
		r.group.skip = true
	case "fldrslt", "shptxt", "objresult":
		r.group.skip = len(r.stack) > 1 && r.stack[len(r.stack)-2].skip
	}
}

var rtfSigns = map[string]string{
	"emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
	"qmspace": " ",
}

// unicode takes a UTF-16 unit; the characters after it are for older readers.
func (r *rtfReader) unicode(unit rune) {
	r.left = r.group.fallback
	switch {
	case utf16.IsSurrogate(unit) && r.high == 0:
		r.high = unit
		return
	case utf16.IsSurrogate(unit):
		unit = utf16.DecodeRune(r.high, unit)
	}
	r.high = 0
	r.write(string(unit))
}

func (r *rtfReader) codePage(page int) {
	if encoding, name := charset.Lookup("windows-" + strconv.Itoa(page)); name != "" {
		r.decode = encoding.NewDecoder()
		return
	}
	encoding, _ := charset.Lookup("windows-1252")
	r.decode = encoding.NewDecoder()
}

// paragraph makes a block of the text so far, and of the notes in it.
func (r *rtfReader) paragraph() error {
	r.flush()
	text := tidyLines(r.text.String())
	r.text.Reset()
	kind, level := localrag.Paragraph, 0
	switch {
	case r.group.level > 0 && len(text) < 500:
		kind, level = localrag.Heading, r.group.level
	case r.group.list:
		kind = localrag.ListItem
	}
	if err := r.builder.add(kind, text, level); err != nil {
		return err
	}
	return r.addNotes()
}

func (r *rtfReader) row() error {
	if rest := tidyLines(r.text.String()); rest != "" {
		r.cells = append(r.cells, rest)
	}
	r.text.Reset()
	cells := r.cells
	r.cells = nil
	if err := r.builder.addRow(cells, nil); err != nil {
		return err
	}
	return r.addNotes()
}

func (r *rtfReader) addNotes() error {
	for _, note := range r.notes {
		if err := r.builder.add(localrag.Footnote, note, 0); err != nil {
			return err
		}
	}
	r.notes = nil
	return nil
}
