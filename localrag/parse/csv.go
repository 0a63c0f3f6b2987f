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
	list := records(text)
	delimiter := delimiterOf(text, list)
	for i, record := range list {
		b.place.Row = i + 1
		content := text[record.start:record.end]
		trimmed := strings.TrimSpace(content)
		if !hasLetterOrDigit(trimmed) {
			continue
		}
		start := record.start + strings.Index(content, trimmed)
		b.cover(localrag.Table, start, start+len(trimmed), 0, "")
		b.blocks[len(b.blocks)-1].Cells = fieldsOf(content, start-record.start, len(trimmed), delimiter)
	}
	return nil
}

// delimiterOf is the character that splits most records into fields, by the
// first ones.
func delimiterOf(text string, list []span) byte {
	best, most := byte(','), 0
	for _, delimiter := range []byte{';', '\t', ',', '|'} {
		fields := 0
		for _, record := range list[:min(len(list), 20)] {
			fields += min(len(fieldsOf(text[record.start:record.end], 0, record.end-record.start, delimiter)), 50)
		}
		if fields > most {
			best, most = delimiter, fields
		}
	}
	return best
}

// fieldsOf finds the fields of a record that have text, without their quotes.
// The block covers length bytes of the record from offset.
func fieldsOf(record string, offset, length int, delimiter byte) []localrag.Cell {
	var cells []localrag.Cell
	column, start, quoted := 1, 0, false
	for i := 0; i <= len(record); i++ {
		if i < len(record) && (record[i] != delimiter || quoted) {
			if record[i] == '"' {
				quoted = !quoted
			}
			continue
		}
		from, to := trimField(record, start, i)
		if from, to = max(from-offset, 0), min(to-offset, length); from < to {
			cells = append(cells, localrag.Cell{Column: column, Start: from, End: to})
		}
		column, start = column+1, i+1
	}
	return cells
}

// trimField leaves out white space and the quotes around a field.
func trimField(record string, from, to int) (int, int) {
	field := record[from:to]
	from += len(field) - len(strings.TrimLeft(field, " \t\r\n"))
	to = from + len(strings.TrimRight(record[from:max(from, to)], " \t\r\n"))
	if to-from >= 2 && record[from] == '"' && record[to-1] == '"' {
		return from + 1, to - 1
	}
	return from, to
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
