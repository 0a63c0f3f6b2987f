package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A formula on paper is one line of signs, as people write one in a letter:
// there is no typesetter of TeX in these formats that all readers understand.

// lined writes TeX as such a line, or several. It fails for what it does not
// know; then the formula stays as it is written.
func lined(tex string) (string, bool) {
	f := &formula{rest: tex}
	var lines []string
	for line := range strings.SplitSeq(f.until(""), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n"), !f.failed && len(lines) > 0
}

// spaced are signs that stand between two others.
const spaced = "·×÷±∓≤≥≠≈≡∼∝≪≫→←⇒⇐⇔↔↦∈∉⊂⊆⊃∪∩∧∨⊥∥"

type formula struct {
	rest   string
	depth  int
	failed bool
}

// until reads to the end, or to a sign that closes a group.
func (f *formula) until(end string) string {
	var b strings.Builder
	for f.rest != "" && !f.failed {
		if end != "" && strings.HasPrefix(f.rest, end) {
			f.rest = f.rest[len(end):]
			return b.String()
		}
		b.WriteString(f.token())
	}
	f.failed = f.failed || end != "" // nothing closes it
	return b.String()
}

// token reads a sign, a group or a command with what belongs to it.
func (f *formula) token() string {
	r, size := utf8.DecodeRuneInString(f.rest)
	f.rest = f.rest[size:]
	switch {
	case r == '\\':
		return f.command()
	case r == '{':
		if f.depth++; f.depth > 50 {
			f.failed = true
		}
		text := f.until("}")
		f.depth--
		return text
	case r == '^':
		return raised(f.argument(), superscripts, "^")
	case r == '_':
		return raised(f.argument(), subscripts, "_")
	case r == '\'':
		return "′"
	case r == '-':
		return "−"
	case r == '~', r == '&', unicode.IsSpace(r):
		return " "
	case r == '}', r == '#', r == '%', r == '$', r >= 0xe000 && r <= 0xf8ff: // the last are references to notes
		f.failed = true
	}
	return string(r)
}

// argument reads what a command applies to.
func (f *formula) argument() string {
	f.rest = strings.TrimLeft(f.rest, " ")
	if f.rest == "" {
		f.failed = true
		return ""
	}
	return strings.TrimSpace(f.token())
}

func (f *formula) command() string {
	name := f.name()
	if sign, known := signs[name]; known {
		if name != "" && unicode.IsLetter(rune(name[0])) {
			f.rest = strings.TrimPrefix(f.rest, " ") // it only ended the name
		}
		if strings.Contains(spaced, sign) && sign != "" && sign != " " {
			return " " + sign + " "
		}
		return sign
	}
	switch name {
	case "frac", "dfrac", "tfrac", "cfrac":
		over, under := f.argument(), f.argument()
		return whole(over) + "/" + whole(under)
	case "sqrt":
		index := ""
		if rest, has := strings.CutPrefix(f.rest, "["); has {
			f.rest = rest
			index = raised(f.until("]"), superscripts, "")
		}
		return index + "√" + whole(f.argument())
	case "text", "textrm", "textbf", "textit", "mbox", "mathrm", "mathbf", "mathit", "mathsf", "boldsymbol", "operatorname":
		return f.written()
	case "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr":
		f.rest = strings.TrimPrefix(strings.TrimLeft(f.rest, " "), ".")
		return ""
	case "displaystyle", "textstyle", "limits", "nolimits":
		return ""
	case "begin", "end":
		return f.environment()
	}
	if strings.HasSuffix(name, "n") || len(name) == 3 { // sin, lim, max …: functions are written out
		if strings.Contains(" sin tan ln min lim max log exp cos cot det dim gcd arg sup inf ", " "+name+" ") {
			return name + " "
		}
	}
	f.failed = true
	return ""
}

func (f *formula) name() string {
	at := strings.IndexFunc(f.rest, func(r rune) bool { return !unicode.IsLetter(r) || r > unicode.MaxASCII })
	switch {
	case at < 0:
		at = len(f.rest)
	case at == 0: // a sign, such as \, or \\
		_, at = utf8.DecodeRuneInString(f.rest)
	}
	name := f.rest[:at]
	f.rest = f.rest[at:]
	return name
}

// written is text in a group, whose spaces count.
func (f *formula) written() string {
	f.rest = strings.TrimLeft(f.rest, " ")
	if !strings.HasPrefix(f.rest, "{") {
		return f.argument()
	}
	return f.token()
}

// environment lines up equations or cases; a table of numbers stays as it is written.
func (f *formula) environment() string {
	switch strings.TrimSuffix(f.written(), "*") {
	case "aligned", "align", "gathered", "cases", "split", "equation":
		return ""
	}
	f.failed = true
	return ""
}

// whole puts a part in brackets unless it is one number or name.
func whole(text string) string {
	letters, digits := false, false
	for _, r := range text {
		switch {
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsDigit(r) && r < 0x80, strings.ContainsRune(".,", r):
			digits = true
		case !strings.ContainsRune("²³₀₁₂₃₄₅₆₇₈₉⁴⁵⁶⁷⁸⁹", r):
			return "(" + text + ")"
		}
	}
	if letters && digits {
		return "(" + text + ")"
	}
	return text
}

// raised writes with small signs if there are all, else behind a mark.
func raised(text string, small map[rune]rune, mark string) string {
	var b strings.Builder
	for _, r := range text {
		if r == ' ' {
			continue
		}
		s, has := small[r]
		if !has {
			if mark == "" || text == "∘" {
				return strings.Replace(text, "∘", "°", 1)
			}
			if mark == "_" && strings.Contains(text, ",") {
				return mark + "(" + text + ")"
			}
			return mark + whole(text)
		}
		b.WriteRune(s)
	}
	return b.String()
}
