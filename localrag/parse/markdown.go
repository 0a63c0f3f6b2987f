package parse

import (
	"context"
	"regexp"
	"strings"

	"kontor/localrag"
)

// parseMarkdown keeps the source text as it is and finds its blocks: offsets
// of blocks are offsets into the (cleaned) source.
func parseMarkdown(_ context.Context, _ *Reader, in input, b *builder) error {
	text, err := decodeText(in.data)
	if err != nil {
		return err
	}
	if len(text) > b.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "text over %d bytes", b.limits.TextBytes)
	}
	b.text.WriteString(text)
	s := markdownScanner{builder: b, text: text, open: -1}
	s.scan()
	return nil
}

var (
	atxHeading   = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	setextLine   = regexp.MustCompile(`^ {0,3}(=+|-+)[ \t]*$`)
	thematic     = regexp.MustCompile(`^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$`)
	listMarker   = regexp.MustCompile(`^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)`)
	fence        = regexp.MustCompile("^ {0,3}(```+|~~~+)")
	footnoteLine = regexp.MustCompile(`^\[\^[^\]]{1,64}\]:`)
	delimiterRow = regexp.MustCompile(`^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)
	markup       = regexp.MustCompile("\\[([^\\[\\]]*)\\]\\([^()]*\\)|[*_`~]+|</?[a-zA-Z][^<>]*>")
)

// markdownScanner walks the lines once. An open block grows until a line ends it.
type markdownScanner struct {
	builder *builder
	text    string

	kind     localrag.BlockKind
	open     int // start of the open block, -1 for none
	end      int
	lines    int
	fence    string // closing mark of the open code block
	metadata bool   // inside front matter
}

func (s *markdownScanner) scan() {
	for start, number := 0, 0; start < len(s.text); number++ {
		stop := strings.IndexByte(s.text[start:], '\n')
		if stop < 0 {
			stop = len(s.text)
		} else {
			stop += start
		}
		s.line(start, stop, number)
		start = stop + 1
	}
	s.close()
}

func (s *markdownScanner) line(start, stop, number int) {
	line := s.text[start:stop]
	blank := strings.TrimSpace(line) == ""
	switch {
	case s.metadata:
		s.metadata = strings.TrimRight(line, " ") != "---" && strings.TrimRight(line, " ") != "..."
	case number == 0 && strings.TrimRight(line, " ") == "---":
		s.metadata = strings.Contains(s.text[stop:], "\n---")
	case s.fence != "":
		s.extend(start, stop)
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, s.fence) && strings.Trim(trimmed, s.fence[:1]) == "" {
			s.close()
		}
	case blank:
		s.close()
	default:
		s.content(start, stop, line)
	}
}

func (s *markdownScanner) content(start, stop int, line string) {
	if mark := fence.FindStringSubmatch(line); mark != nil {
		s.begin(localrag.CodeBlock, start, stop)
		s.fence = mark[1]
		return
	}
	if h := atxHeading.FindStringSubmatch(line); h != nil {
		s.close()
		if title := plainMarkdown(h[2]); title != "" {
			first := start + strings.IndexByte(line, '#')
			s.builder.cover(localrag.Heading, first, start+len(strings.TrimRight(line, " \t")), len(h[1]), title)
		}
		return
	}
	if underline := setextLine.FindStringSubmatch(line); underline != nil && s.open >= 0 && s.kind == localrag.Paragraph && s.lines <= 2 {
		level := 1
		if underline[1][0] == '-' {
			level = 2
		}
		s.builder.cover(localrag.Heading, s.open, s.end, level, plainMarkdown(s.text[s.open:s.end]))
		s.open = -1
		return
	}
	if thematic.MatchString(line) {
		s.close()
		return
	}
	if s.table(start, stop, line) {
		return
	}
	switch {
	case footnoteLine.MatchString(line):
		s.begin(localrag.Footnote, start, stop)
	case listMarker.MatchString(line):
		s.begin(localrag.ListItem, start, stop)
	case s.open < 0 && (strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")):
		if n := len(s.builder.blocks); n > 0 && s.builder.blocks[n-1].Kind == localrag.ListItem {
			s.begin(localrag.ListItem, start, stop) // goes on with the item above
		} else {
			s.begin(localrag.CodeBlock, start, stop)
		}
	case s.open < 0 || s.kind == localrag.Table:
		s.begin(localrag.Paragraph, start, stop)
	default:
		s.extend(start, stop)
	}
}

// table takes the line if it belongs to a table: each row is a block.
func (s *markdownScanner) table(start, stop int, line string) bool {
	if s.open >= 0 && s.lines == 1 && s.kind == localrag.Paragraph && strings.Contains(line, "|") &&
		delimiterRow.MatchString(line) && strings.Contains(s.text[s.open:s.end], "|") {
		s.kind = localrag.Table
		s.close()
		return true
	}
	n := len(s.builder.blocks)
	if s.open >= 0 || n == 0 || s.builder.blocks[n-1].Kind != localrag.Table || !strings.Contains(line, "|") {
		return false
	}
	between := s.text[s.builder.blocks[n-1].End:start]
	if strings.Contains(strings.Replace(between, "\n", "", 1), "\n\n") || !onlyTableLines(between) {
		return false
	}
	s.begin(localrag.Table, start, stop)
	s.close()
	return true
}

// onlyTableLines is true if nothing but a delimiter row stands between two rows.
func onlyTableLines(between string) bool {
	rest := strings.TrimSpace(between)
	return rest == "" && strings.Count(between, "\n") <= 1 || rest != "" && delimiterRow.MatchString(rest)
}

func (s *markdownScanner) begin(kind localrag.BlockKind, start, stop int) {
	s.close()
	line := s.text[start:stop]
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	s.kind, s.open, s.end, s.lines = kind, start+indent, start+len(strings.TrimRight(line, " \t")), 1
}

func (s *markdownScanner) extend(start, stop int) {
	s.end = start + len(strings.TrimRight(s.text[start:stop], " \t"))
	s.lines++
}

func (s *markdownScanner) close() {
	if s.open >= 0 && s.end > s.open { // code that never ends may end with empty lines
		s.end = s.open + len(strings.TrimRight(s.text[s.open:s.end], " \t\n"))
	}
	if s.open >= 0 && s.end > s.open {
		s.builder.cover(s.kind, s.open, s.end, 0, "")
	}
	s.open, s.fence = -1, ""
}

// plainMarkdown drops emphasis, code marks, tags and link targets of a heading.
func plainMarkdown(s string) string {
	if len(s) > 1000 {
		return shorten(s, 200)
	}
	return strings.Join(strings.Fields(markup.ReplaceAllString(s, "$1")), " ")
}
