package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleanRune says what stands for r in stored text: a replacement, or false
// when r must not reach the text. Controls, direction overrides, zero-width
// and tag characters are dropped because they change what people see without
// being seen; ligatures and odd spaces become plain letters and spaces so that
// a search finds them.
func cleanRune(r rune) (rune, bool) {
	switch {
	case r == '\n' || r == '\t':
		return r, true
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return 0, false
	case r < 0x7f:
		return r, true
	case r == 0xa0 || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x205f || r == 0x3000 || r == 0x1680:
		return ' ', true
	case r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f:
		return 0, false
	case r == 0x2028 || r == 0x2029:
		return '\n', true
	case r == 0xfeff || r >= 0xfff9 && r <= 0xfffb || r == 0xfffe || r == 0xffff || r == 0x061c || r == 0x180e:
		return 0, false
	case r >= 0xe0000 && r <= 0xe0fff:
		return 0, false
	case r == 0xf0b7 || r == 0xf0a7 || r == 0xf0d8 || r == 0xf0fc:
		return '•', true // bullets of the symbol fonts
	case r >= 0xe000 && r <= 0xf8ff || r >= 0xf0000:
		return 0, false // private use means nothing outside its font
	}
	return r, true
}

// ligature spells a ligature out, or returns "".
func ligature(r rune) string {
	if r < 0xfb00 || r > 0xfb06 {
		return ""
	}
	return [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xfb00]
}

// cleanText applies cleanRune to a whole text and composes accents. Line ends
// become \n.
func cleanText(s string) string {
	if isPlain(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for i, r := range s {
		if r == '\r' {
			if !strings.HasPrefix(s[i+1:], "\n") {
				out.WriteByte('\n')
			}
			continue
		}
		if r == '\f' || r == '\v' {
			out.WriteByte('\n')
			continue
		}
		if spelled := ligature(r); spelled != "" {
			out.WriteString(spelled)
		} else if kept, ok := cleanRune(r); ok {
			out.WriteRune(kept)
		}
	}
	return norm.NFC.String(out.String())
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// squeeze cleans s and makes each run of white space one space.
func squeeze(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }

// tidy cleans s, trims each line and drops empty ones.
func tidy(s string) string {
	lines := strings.Split(cleanText(s), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimSpace(strings.ReplaceAll(line, "  ", " ")); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func hasLetterOrDigit(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}
