package localrag

import (
	"strings"
	"unicode/utf8"
)

// MarkdownSentences splits an answer written in Markdown. Spans are byte
// offsets into the source without list, quote and table markers; headings,
// code blocks and rules are left out; each row of a table's body is one.
func MarkdownSentences(language, markdown string) []Span {
	s := markdownSplitter{language: language, text: markdown, paragraph: -1}
	for start := 0; start < len(markdown); {
		end := strings.IndexByte(markdown[start:], '\n')
		if end < 0 {
			end = len(markdown)
		} else {
			end += start
		}
		s.line(start, end)
		start = end + 1
	}
	s.flush(len(markdown))
	return s.spans
}

type markdownSplitter struct {
	language  string
	text      string
	spans     []Span
	paragraph int    // where the open paragraph starts, or -1
	last      int    // where its last line ends
	fence     string // the marker of the open code block
	table     bool   // inside a table's body
}

// flush splits the open paragraph.
func (s *markdownSplitter) flush(int) {
	if s.paragraph >= 0 {
		s.spans = splitSentences(s.spans, s.language, s.text, s.paragraph, s.last)
	}
	s.paragraph = -1
}

func (s *markdownSplitter) line(start, end int) {
	raw := strings.TrimRight(s.text[start:end], "\r")
	content := strings.TrimLeft(raw, " \t")
	if s.fence != "" {
		if strings.HasPrefix(content, s.fence) {
			s.fence = ""
		}
		return
	}
	wasTable := s.table
	s.table = false
	switch {
	case strings.HasPrefix(content, "```") || strings.HasPrefix(content, "~~~"):
		s.flush(start)
		s.fence = content[:3]
	case content == "", isRule(content), isMarkdownHeading(content), isBoldTitle(content):
		if isRule(content) && s.paragraph >= 0 && strings.Trim(content, "=-") == "" {
			s.paragraph = -1 // the line under a heading
		}
		s.flush(start)
	case strings.HasPrefix(content, "|"):
		s.flush(start)
		s.tableRow(start, end, wasTable)
	default:
		s.prose(start, end, raw)
	}
}

// prose adds a line to the open paragraph, or opens one at its text.
func (s *markdownSplitter) prose(start, end int, raw string) {
	skip := markerLength(raw)
	if skip > 0 || s.paragraph < 0 {
		quoteGoesOn := s.paragraph >= 0 && strings.Trim(raw[:skip], "> \t") == ""
		if !quoteGoesOn {
			s.flush(start)
			if isBoldTitle(strings.TrimSpace(raw[skip:])) {
				return
			}
			s.paragraph = start + skip
		}
	}
	s.last = start + len(raw)
}

// tableRow adds a row; the header is the row before the rule and is dropped
// when the rule comes.
func (s *markdownSplitter) tableRow(start, end int, inBody bool) {
	row := s.text[start:end]
	if strings.Trim(row, "|-: \t\r") == "" && strings.Contains(row, "-") {
		if n := len(s.spans); n > 0 && s.spans[n-1].End <= start && start-s.spans[n-1].End <= 4 && !strings.Contains(s.text[s.spans[n-1].End:start-1], "\n") {
			s.spans = s.spans[:n-1]
		}
		s.table = true
		return
	}
	s.table = inBody
	from := start + len(row) - len(strings.TrimLeft(row, "| \t"))
	to := start + len(strings.TrimRight(row, "| \t\r"))
	if from < to {
		s.spans = append(s.spans, Span{from, to})
	}
}

// markerLength counts the indentation, quote, list and check-box markers.
func markerLength(line string) int {
	i := 0
	for {
		rest := strings.TrimLeft(line[i:], " \t")
		i = len(line) - len(rest)
		switch {
		case strings.HasPrefix(rest, ">"):
			i++
		case len(rest) >= 2 && strings.ContainsRune("-*+", rune(rest[0])) && (rest[1] == ' ' || rest[1] == '\t'):
			i += 2
		case strings.HasPrefix(rest, "• "):
			i += len("• ")
		case strings.HasPrefix(rest, "[ ] "), strings.HasPrefix(rest, "[x] "), strings.HasPrefix(rest, "[X] "):
			i += 4
		default:
			return i + numberMarker(rest)
		}
	}
}

// numberMarker is the length of "12. " or "3) ".
func numberMarker(rest string) int {
	n := 0
	for n < len(rest) && n < 3 && isDigit(rest[n]) {
		n++
	}
	if n == 0 || n+1 >= len(rest) || rest[n] != '.' && rest[n] != ')' || rest[n+1] != ' ' || startsMonth(rest[n+2:]) {
		return 0
	}
	return n + 2
}

func isMarkdownHeading(content string) bool {
	n := len(content) - len(strings.TrimLeft(content, "#"))
	return n >= 1 && n <= 6 && (n == len(content) || content[n] == ' ')
}

func isRule(content string) bool {
	content = strings.ReplaceAll(strings.TrimSpace(content), " ", "")
	if len(content) < 3 {
		return false
	}
	return strings.Trim(content, content[:1]) == "" && strings.ContainsRune("-*_=", rune(content[0]))
}

// isBoldTitle recognises a line that is nothing but bold: a heading by habit.
func isBoldTitle(content string) bool {
	for _, mark := range []string{"**", "__"} {
		inner, ok := strings.CutPrefix(content, mark)
		if !ok {
			continue
		}
		inner = strings.TrimSuffix(inner, ":")
		inner, ok = strings.CutSuffix(inner, mark)
		if !ok || strings.Contains(inner, mark) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(inner)
		return !strings.ContainsRune(".!?", last)
	}
	return false
}
