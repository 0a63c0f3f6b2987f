package parse

import (
	"bytes"
	"context"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"kontor/localrag"
)

// parseText reads plain text: paragraphs are separated by empty lines, short
// numbered lines of their own are headings.
func parseText(_ context.Context, _ *Reader, in input, b *builder) error {
	text, err := decodeText(in.data)
	if err != nil {
		return err
	}
	if len(text) > b.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "text over %d bytes", b.limits.TextBytes)
	}
	b.text.WriteString(text)
	for _, p := range paragraphs(text) {
		content := text[p.start:p.end]
		if level := numberedHeading(content); level > 0 {
			b.cover(localrag.Heading, p.start, p.end, level, content)
			continue
		}
		b.cover(localrag.Paragraph, p.start, p.end, 0, "")
	}
	return nil
}

// span is a stretch of text by byte offsets.
type span struct{ start, end int }

// paragraphs splits at empty lines. Spans carry no white space at their ends.
func paragraphs(text string) []span {
	var list []span
	open := -1
	end := 0
	for start := 0; start < len(text); {
		stop := strings.IndexByte(text[start:], '\n')
		if stop < 0 {
			stop = len(text)
		} else {
			stop += start
		}
		if line := strings.TrimSpace(text[start:stop]); line == "" {
			if open >= 0 {
				list = append(list, span{open, end})
				open = -1
			}
		} else {
			if open < 0 {
				open = start + strings.Index(text[start:stop], line)
			}
			end = start + strings.LastIndex(text[start:stop], line) + len(line)
		}
		start = stop + 1
	}
	if open >= 0 {
		list = append(list, span{open, end})
	}
	return list
}

var headingNumber = regexp.MustCompile(`^(?:(§§? ?\d+[a-z]?)|(Art(?:ikel|\.) ?\d+[a-z]?)|((?:\d+\.)*\d+\.?)|((?i:Kapitel|Chapter|Abschnitt|Section|Teil|Part|Anlage|Anhang|Annex|Appendix) [\dIVX]+[a-z]?))(?:[.:]? +[–—-]?.*)?$`)

// numberedHeading gives the level of a one-line paragraph that is certainly a
// numbered heading, else 0.
func numberedHeading(line string) int {
	if len(line) > 120 || strings.ContainsAny(line, "\n;") || strings.HasSuffix(line, ".") || strings.HasSuffix(line, ",") {
		return 0
	}
	groups := headingNumber.FindStringSubmatch(line)
	switch {
	case groups == nil:
		return 0
	case groups[4] != "":
		return 1
	case groups[1] != "" || groups[2] != "":
		return 2
	}
	// A bare number or a number before a lower-case word is a list item or a value.
	rest := strings.TrimSpace(line[len(groups[3]):])
	first, _ := utf8.DecodeRuneInString(rest)
	if rest == "" || !isUpper(first) || !strings.Contains(groups[3], ".") {
		return 0
	}
	return 1 + strings.Count(strings.TrimSuffix(groups[3], "."), ".")
}

func isUpper(r rune) bool { return r != utf8.RuneError && strings.ToLower(string(r)) != string(r) }

// decodeText finds the encoding of a text and returns it cleaned: UTF-8 and
// UTF-16 with or without a byte-order mark, else Windows-1252.
func decodeText(data []byte) (string, error) {
	var text string
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		text = strings.ToValidUTF8(string(data[3:]), "\uFFFD")
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text = decodeUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text = decodeUTF16(data[2:], binary.BigEndian)
	default:
		if order := guessUTF16(data); order != nil {
			text = decodeUTF16(data, order)
			break
		}
		if isBinary(data) {
			return "", failf(localrag.CodeUnsupported, "binary content in a text file")
		}
		if utf8.Valid(data) || mostlyUTF8(data) {
			text = strings.ToValidUTF8(string(data), "\uFFFD")
			break
		}
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil {
			return "", fail(localrag.CodeCorrupt, err)
		}
		text = string(decoded)
	}
	return cleanText(strings.ReplaceAll(text, "\x00", " ")), nil
}

func decodeUTF16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// guessUTF16 finds the byte order of UTF-16 without a mark: in European text
// nearly every second byte is zero, always on the same side.
func guessUTF16(data []byte) binary.ByteOrder {
	sample := data[:min(len(data), 4096)&^1]
	var even, odd int
	for i := 0; i < len(sample); i += 2 {
		if sample[i] == 0 {
			even++
		}
		if sample[i+1] == 0 {
			odd++
		}
	}
	half := len(sample) / 2
	switch {
	case half < 2:
		return nil
	case odd*10 >= half*7 && even*10 < half:
		return binary.LittleEndian
	case even*10 >= half*7 && odd*10 < half:
		return binary.BigEndian
	}
	return nil
}

// mostlyUTF8 is true for UTF-8 with some damage: more sequences are right than wrong.
func mostlyUTF8(data []byte) bool {
	var right, wrong int
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			wrong++
		} else if size > 1 {
			right++
		}
		data = data[size:]
	}
	return right > 2*wrong
}

// isBinary counts bytes that no text has.
func isBinary(data []byte) bool {
	sample := data[:min(len(data), 8192)]
	controls := 0
	for _, c := range sample {
		if c < 0x09 && c != 0 || c > 0x0d && c < 0x20 && c != 0x1b && c != 0x1a || c == 0x7f {
			controls++
		}
	}
	return controls*50 > len(sample)
}

func looksLikeText(data []byte) bool {
	return guessUTF16(data) != nil || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		!isBinary(data) && bytes.IndexByte(data[:min(len(data), 8192)], 0) < 0
}
