package parse

import (
	"bytes"
	"context"
	"regexp"

	"kontor/localrag"
)

// mboxStart is the line before each message of a mailbox file: an address and
// a date, whose year or time of day tells it from a sentence that begins so.
var mboxStart = regexp.MustCompile(`(?m)^From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n`)

func isMBOX(data []byte, parts partNames) bool {
	if parts != nil || !bytes.HasPrefix(data, []byte("From ")) {
		return false
	}
	at := mboxStart.FindIndex(data[:min(len(data), 1024)])
	return at != nil && at[0] == 0
}

// parseMBOX reads the messages of a mailbox file one after the other. One that
// cannot be read does not cost the others.
func parseMBOX(ctx context.Context, r *Reader, in input, b *builder) error {
	messages := splitMBOX(in.data)
	if len(messages) == 0 {
		return failf(localrag.CodeCorrupt, "no message in a mailbox file")
	}
	for i, message := range messages {
		b.report(i+1, len(messages))
		if i%10 == 9 {
			b.spend().work++
		}
		b.outline, b.section = outline{}, ""
		mail := mailReader{ctx: ctx, reader: r, builder: b, start: b.text.Len(), mailbox: true}
		if err := mail.message(bytes.NewReader(unquoteMBOX(message)), 0); err != nil && localrag.CodeOf(err) != localrag.CodeCorrupt {
			return err
		}
	}
	b.title = ""
	return nil
}

// splitMBOX gives the messages without the lines that separate them. Such a
// line stands at the start or after an empty line.
func splitMBOX(data []byte) [][]byte {
	var messages [][]byte
	open := -1
	for _, at := range mboxStart.FindAllIndex(data, -1) {
		before := data[:at[0]]
		if len(before) > 0 && !bytes.HasSuffix(before, []byte("\n\n")) && !bytes.HasSuffix(before, []byte("\n\r\n")) {
			continue
		}
		if open >= 0 {
			messages = append(messages, data[open:at[0]])
		}
		open = at[1]
	}
	if open >= 0 {
		messages = append(messages, data[open:])
	}
	return messages
}

var mboxQuoted = regexp.MustCompile(`(?m)^>(>*From )`)

// unquoteMBOX takes back what the format does to lines that look like its separators.
func unquoteMBOX(message []byte) []byte { return mboxQuoted.ReplaceAll(message, []byte("$1")) }
