package localrag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a stretch of a text, in bytes.
type Span struct{ Start, End int }

// Sentences splits plain text. Language is "de", "en" or "" (German rules for
// ordinals, which also suit a mixed text better). Spans are in order, hold no
// outer white space, and cover everything but white space. A blank line and a
// line that starts like a list item end a sentence.
func Sentences(language, text string) []Span {
	return splitSentences(nil, language, text, 0, len(text))
}

// splitSentences appends the sentences of text[start:end] to spans.
func splitSentences(spans []Span, language, text string, start, end int) []Span {
	begin := skipSpace(text, start, end)
	hasWord := false // full stops alone are no sentence
	for i := begin; i < end; {
		c := text[i]
		hasWord = hasWord || isLetter(c) || isDigit(c) || c >= utf8.RuneSelf
		switch {
		case c == '\n':
			if next, ok := hardBreak(text, i, end); ok {
				spans = appendTrimmed(spans, text, begin, i)
				begin = skipSpace(text, next, end)
				i, hasWord = begin, false
				continue
			}
			i++
		case c == '.' || c == '!' || c == '?' || strings.HasPrefix(text[i:end], "…"):
			stop := skipTerminals(text, i, end)
			if closes := skipClosers(text, stop, end); hasWord && isBorder(language, text, begin, i, stop, closes, end) {
				spans = appendTrimmed(spans, text, begin, closes)
				begin = skipSpace(text, closes, end)
				i, hasWord = begin, false
				continue
			}
			i = stop
		default:
			i++
		}
	}
	return appendTrimmed(spans, text, begin, end)
}

func appendTrimmed(spans []Span, text string, start, end int) []Span {
	start = skipSpace(text, start, end)
	for end > start {
		r, size := utf8.DecodeLastRuneInString(text[start:end])
		if !unicode.IsSpace(r) {
			break
		}
		end -= size
	}
	if start < end {
		spans = append(spans, Span{start, end})
	}
	return spans
}

func skipSpace(text string, i, end int) int {
	for i < end {
		r, size := utf8.DecodeRuneInString(text[i:end])
		if !unicode.IsSpace(r) {
			break
		}
		i += size
	}
	return min(i, end)
}

// hardBreak tells whether the line break at i ends a paragraph or an item.
func hardBreak(text string, i, end int) (next int, ok bool) {
	rest := text[i+1 : end]
	trimmed := strings.TrimLeft(rest, " \t\r\u00a0")
	if strings.HasPrefix(trimmed, "\n") {
		return i + 1 + len(rest) - len(trimmed) + 1, true
	}
	return i + 1, isListItem(trimmed)
}

// isListItem recognises "- x", "• x", "a) x", "(2) x" and "1. x" at the start of a line.
func isListItem(line string) bool {
	if len(line) > 12 {
		line = line[:12]
	}
	for _, marker := range []string{"- ", "* ", "+ ", "• ", "– ", "▪ ", "· ", "o ", "\uf0b7", "◦ ", "‣ "} {
		if strings.HasPrefix(line, marker) {
			return true
		}
	}
	line = strings.TrimPrefix(line, "(")
	n := 0
	for n < len(line) && n < 3 && isDigit(line[n]) {
		n++
	}
	if n == 0 && len(line) > 0 && isLetter(line[0]) {
		return strings.HasPrefix(line[1:], ") ")
	}
	return n > 0 && (strings.HasPrefix(line[n:], ") ") || n <= 2 && strings.HasPrefix(line[n:], ". ") && !startsMonth(line[n+2:]))
}

func startsMonth(s string) bool {
	for month := range months {
		if len(s) >= 3 && len(month) >= 3 && strings.EqualFold(s[:3], month[:3]) {
			return true
		}
	}
	return false
}

func skipTerminals(text string, i, end int) int {
	for i < end {
		switch {
		case text[i] == '.' || text[i] == '!' || text[i] == '?':
			i++
		case strings.HasPrefix(text[i:end], "…"):
			i += len("…")
		default:
			return i
		}
	}
	return i
}

const (
	closerRunes = "\"'”“’‘»«›‹)]*_`"
	openerRunes = "\"'„“”‚‘’»«›‹([*_`¿¡–—-"
)

// skipClosers passes quotes, brackets and emphasis after the full stop, and
// note marks like [3] or ¹.
func skipClosers(text string, i, end int) int {
	for i < end {
		r, size := utf8.DecodeRuneInString(text[i:end])
		if strings.ContainsRune(closerRunes, r) || unicode.Is(unicode.No, r) {
			i += size
			continue
		}
		mark := noteMark(text[i:end])
		if mark == 0 {
			break
		}
		i += mark
	}
	return i
}

// noteMark is the length of " [12]" or "[3, 4]" at the start of text.
func noteMark(text string) int {
	i := len(text) - len(strings.TrimPrefix(text, " "))
	if i >= len(text) || text[i] != '[' {
		return 0
	}
	j := strings.IndexByte(text[i:min(len(text), i+16)], ']')
	if j < 2 || strings.Trim(text[i+1:i+j], "0123456789,; –-") != "" {
		return 0
	}
	return i + j + 1
}

// isBorder decides whether the full stop at dot..stop ends a sentence that
// began at begin; closes is where closing quotes end.
func isBorder(language, text string, begin, dot, stop, closes, end int) bool {
	if closes >= end {
		return true
	}
	if r, _ := utf8.DecodeRuneInString(text[closes:end]); !unicode.IsSpace(r) {
		return false
	}
	next := nextWord(text, closes, end)
	first, _ := utf8.DecodeRuneInString(next)
	switch {
	case next == "":
		// A sign, an emoji, a bracket: punctuation goes on, other things start anew.
		i := skipSpace(text, closes, end)
		return i >= end || !strings.ContainsRune(",;:)]/=&%", rune(text[i]))
	case unicode.IsLower(first):
		return false
	}
	if text[dot] != '.' || stop-dot > 1 {
		return true
	}
	return dotEndsSentence(language, text, begin, dot, next)
}

// nextWord returns the word after opening quotes and brackets.
func nextWord(text string, i, end int) string {
	i = skipSpace(text, i, end)
	for i < end {
		r, size := utf8.DecodeRuneInString(text[i:end])
		if !strings.ContainsRune(openerRunes, r) && r != ' ' {
			break
		}
		i += size
	}
	j := i
	for j < end && j-i < 40 {
		r, size := utf8.DecodeRuneInString(text[j:end])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '§' {
			break
		}
		j += size
	}
	return text[i:j]
}

// dotEndsSentence handles the single full stop: abbreviations, ordinals,
// initials, dates.
func dotEndsSentence(language, text string, begin, dot int, next string) bool {
	word := lastWord(text, begin, dot)
	lower := strings.ToLower(word)
	start := dot - len(word)
	starter := sentenceStarters.has(strings.ToLower(next)) || language == "en" && englishStarters.has(strings.ToLower(next))
	switch {
	case word == "":
		return true
	case isFigure(word):
		return numberEndsSentence(language, text, begin, start, word, next, starter)
	case isRoman(word) && language != "en":
		return starter
	case utf8.RuneCountInString(word) == 1:
		if previousIsInitial(text, begin, start) { // z. B. / J. R. R.
			return starter && terminalInitials.has(initialsBefore(text, begin, dot))
		}
		return starter && word != "§"
	case isDigit(next[0]) && (months.has(lower) || numbered.has(lower)):
		return false
	case neverEnd.has(lower):
		return false
	case mayEnd.has(lower):
		return starter || language == "en" && !isAllUpper(next)
	case isDottedAbbreviation(word): // i.V.m, U.S
		return starter
	}
	return true
}

// numberEndsSentence: "am 3. März" and "das 1. Quartal" go on in German;
// "waren es 3. Danach" and "im Jahr 2015. Auch" end.
func numberEndsSentence(language, text string, begin, start int, word, next string, starter bool) bool {
	switch {
	case skipSpace(text, begin, start) == start: // "1. Einleitung": a list number
		return false
	case months.has(strings.ToLower(next)):
		return false
	case len(word) >= 4 && !strings.ContainsAny(word, ".,"):
		return true
	case isDigit(next[0]): // 1. 2. 2024
		return len(word) > 2 && !strings.Contains(word, ".")
	case language == "en":
		return true
	}
	return starter
}

// lastWord is the run of letters, digits and inner dots before the full stop.
func lastWord(text string, begin, dot int) string {
	i := dot
	for i > begin {
		r, size := utf8.DecodeLastRuneInString(text[begin:i])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != ',' {
			break
		}
		i -= size
	}
	return strings.TrimLeft(text[i:dot], ".,")
}

// previousIsInitial tells whether "X. " stands before start.
func previousIsInitial(text string, begin, start int) bool {
	before := strings.TrimRight(text[begin:start], " \u00a0\u202f\t\n")
	if !strings.HasSuffix(before, ".") {
		return false
	}
	word := lastWord(text, begin, begin+len(before)-1)
	return utf8.RuneCountInString(word) == 1 || neverEnd.has(strings.ToLower(word))
}

// initialsBefore joins "e. V" to "ev".
func initialsBefore(text string, begin, dot int) string {
	i := max(begin, dot-12)
	var b strings.Builder
	for part := range strings.FieldsSeq(strings.ReplaceAll(text[i:dot], ".", " ")) {
		if utf8.RuneCountInString(part) > 1 {
			b.Reset()
			continue
		}
		b.WriteString(strings.ToLower(part))
	}
	return b.String()
}

// isDottedAbbreviation tells i.V.m and U.S from main.go.
func isDottedAbbreviation(word string) bool {
	parts := strings.Split(word, ".")
	for _, p := range parts {
		if utf8.RuneCountInString(p) > 2 {
			return false
		}
	}
	return len(parts) > 1
}

func isRoman(word string) bool {
	return strings.Trim(word, "IVXLC") == "" && word != "" && (len(word) > 1 || word == "I" || word == "V" || word == "X")
}

func isAllUpper(word string) bool {
	return utf8.RuneCountInString(word) > 1 && strings.ToUpper(word) == word && !isFigure(word)
}
