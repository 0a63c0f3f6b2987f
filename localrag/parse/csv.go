package parse

import (
	"context"
	"strings"

	"kontor/localrag"
)

// parseCSV keeps the source text and makes a block of each record, so that a
// quotation is what stands in the file. Quotes may hold line breaks.
func parseCSV(_ context.Context, _ *Reader, in input, b *builder) error {
	text, err := decodeText(in.data)
	if err != nil {
		return err
	}
	if len(text) > b.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "text over %d bytes", b.limits.TextBytes)
	}
	b.text.WriteString(text)
	for i, record := range records(text) {
		b.place.Row = i + 1
		content := text[record.start:record.end]
		trimmed := strings.TrimSpace(content)
		if !hasLetterOrDigit(trimmed) {
			continue
		}
		start := record.start + strings.Index(content, trimmed)
		b.cover(localrag.Table, start, start+len(trimmed), 0, "")
	}
	return nil
}

// recordLines bounds a record: a quote that never closes must not swallow the file.
const recordLines = 50

// records splits at line breaks outside quotes.
func records(text string) []span {
	var list []span
	for start := 0; start < len(text); {
		stop, ok := recordEnd(text, start)
		if !ok { // the quote does not close: take the line alone
			if stop = strings.IndexByte(text[start:], '\n'); stop < 0 {
				stop = len(text)
			} else {
				stop += start
			}
		}
		list = append(list, span{start, stop})
		start = stop + 1
	}
	return list
}

func recordEnd(text string, start int) (end int, ok bool) {
	quoted, lines := false, 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\n':
			if !quoted {
				return i, true
			}
			if lines++; lines > recordLines {
				return 0, false
			}
		}
	}
	return len(text), !quoted
}
