package parse

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html/charset"

	"kontor/localrag"
)

// Bounds of a message: parts of it, and parts inside parts.
const (
	mailParts = 3000
	mailDepth = 1500
)

// parseEML reads a message: who, when and about what, the text, and the
// attachments, each with the parser of its own format.
func parseEML(ctx context.Context, reader *Reader, in input, b *builder) error {
	if isBinary(in.data) {
		return failf(localrag.CodeUnsupported, "binary content in a message file")
	}
	r := mailReader{ctx: ctx, reader: reader, builder: b}
	return r.message(bytes.NewReader(bytes.TrimLeft(in.data, "\r\n \t")), 0)
}

type mailReader struct {
	ctx     context.Context
	reader  *Reader
	builder *builder
	parts   int
	start   int  // where the message begins in the text
	mailbox bool // one of several messages
}

func (r *mailReader) message(data io.Reader, depth int) error {
	m, err := mail.ReadMessage(data)
	if err != nil {
		if depth > 0 {
			return nil
		}
		return fail(localrag.CodeCorrupt, errors.New("no message header"))
	}
	decoder := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	head := map[string]string{}
	for _, name := range headerNames() {
		value := m.Header.Get(name)
		if decoded, err := decoder.DecodeHeader(value); err == nil {
			value = decoded
		}
		head[name] = value
	}
	if err := r.head(head, depth); err != nil {
		return err
	}
	return r.part(textproto.MIMEHeader(m.Header), m.Body, depth)
}

// headerNames are what is kept of a message's header, in this order.
func headerNames() []string { return []string{"Subject", "From", "To", "Cc", "Date"} }

// head adds the header of a message; its subject is the heading.
func (r *mailReader) head(values map[string]string, depth int) error {
	var lines strings.Builder
	for _, name := range headerNames() {
		value := squeeze(values[name])
		switch {
		case value == "":
		case name != "Subject":
			lines.WriteString(name + ": " + value + "\n")
		default:
			if depth == 0 {
				r.builder.title = value
			}
			if err := r.builder.add(localrag.Heading, shorten(value, 1000), min(depth+1, 6)); err != nil {
				return err
			}
			if depth == 0 && r.mailbox { // attachments say which message they belong to
				r.builder.section = shorten(value, 100)
			}
		}
	}
	return r.builder.add(localrag.MailHeader, tidyLines(lines.String()), 0)
}

// part reads a part of a message of any kind.
func (r *mailReader) part(header textproto.MIMEHeader, body io.Reader, depth int) error {
	if r.parts++; r.parts > mailParts || depth > mailDepth {
		return nil
	}
	if r.ctx.Err() != nil {
		return fail(localrag.CodeCancelled, r.ctx.Err())
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		media = "text/plain"
	}
	name := attachmentName(header, params)
	switch {
	case strings.HasPrefix(media, "multipart/"):
		return r.multipart(params["boundary"], body, depth)
	case media == "message/rfc822":
		return r.message(decodeTransfer(header, body), depth+1)
	case name != "" || !strings.HasPrefix(media, "text/"):
		if name == "" {
			if name = nameOfType(media, r.parts); name == "" {
				return nil
			}
		}
		return r.attachment(name, decodeTransfer(header, body))
	}
	data, err := io.ReadAll(io.LimitReader(decodeTransfer(header, body), int64(r.builder.limits.TextBytes)+1))
	if len(data) > r.builder.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "part over the limit")
	}
	if err != nil && len(data) == 0 {
		return nil // a part that cannot be decoded does not cost the others
	}
	return r.text(media, params["charset"], data)
}

// attachment reads a file in the message. One that is damaged or too much is
// only named.
func (r *mailReader) attachment(name string, content io.Reader) error {
	b := r.builder
	g := b.spend()
	data, err := io.ReadAll(io.LimitReader(content, g.left()+1))
	switch {
	case int64(len(data)) > g.left() || g.members >= b.limits.Members:
		err = fail(localrag.CodeTooLarge, errBudget)
	case err != nil && len(data) > 0: // what was decoded may be enough
		err = nil
	}
	if err != nil {
		b.unread = append(b.unread, Unread{Part: joinParts(b.section, name), Code: localrag.CodeOf(coded(err, localrag.CodeCorrupt))})
		return b.add(localrag.Attachment, name, 0)
	}
	g.unpacked += int64(len(data))
	return r.reader.addMember(r.ctx, b, member{name: name, data: data})
}

// nameOfType names an attachment without a name by its type and place.
func nameOfType(media string, number int) string {
	for _, f := range formats() {
		if slices.Contains(f.MediaTypes, media) {
			return strconv.Itoa(number) + f.Extensions[0]
		}
	}
	return ""
}

func (r *mailReader) text(media, label string, data []byte) error {
	text, err := decodeText(data)
	if label != "" && !strings.EqualFold(label, "utf-8") && !strings.EqualFold(label, "us-ascii") {
		if decoded, e := charset.NewReaderLabel(label, bytes.NewReader(data)); e == nil {
			if all, e := io.ReadAll(decoded); e == nil {
				text, err = cleanText(string(all)), nil
			}
		}
	}
	if err != nil {
		return nil
	}
	if media == "text/html" {
		return r.html(text)
	}
	for _, p := range paragraphs(text) {
		if err := r.builder.add(localrag.Paragraph, text[p.start:p.end], 0); err != nil {
			return err
		}
	}
	return nil
}

// html adds what an HTML part says beyond the text that is there already: it is
// most often the same text once more.
func (r *mailReader) html(text string) error {
	inner := &builder{limits: r.builder.limits, title: "-"}
	if err := readHTML(r.ctx, strings.NewReader(text), inner); err != nil {
		return err
	}
	known := bareText(r.builder.text.String()[r.start:])
	all := inner.text.String()
	for _, block := range inner.blocks {
		text := all[block.Start:block.End]
		if strings.Contains(known, bareText(text)) {
			continue
		}
		if block.Kind == localrag.Heading {
			block.Kind = localrag.Paragraph // the subject is the heading
		}
		if err := r.builder.add(block.Kind, text, 0); err != nil {
			return err
		}
	}
	return nil
}

// bareText leaves letters and digits, so that line breaks and quoting marks do
// not matter.
func bareText(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, s)
}

// multipart reads the parts one after the other.
func (r *mailReader) multipart(boundary string, body io.Reader, depth int) error {
	if boundary == "" {
		return nil
	}
	parts := multipart.NewReader(body, boundary)
	for r.parts <= mailParts {
		part, err := parts.NextRawPart()
		if err != nil {
			return nil // the end, or damage after which nothing can be trusted
		}
		if err := r.part(part.Header, part, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func attachmentName(header textproto.MIMEHeader, params map[string]string) string {
	_, disposition, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	name := params["name"]
	if err == nil && disposition["filename"] != "" {
		name = disposition["filename"]
	}
	decoder := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	if decoded, err := decoder.DecodeHeader(name); err == nil {
		name = decoded
	}
	return baseName(name)
}

// baseName cleans a file name; it is no path.
func baseName(name string) string {
	name = squeeze(name)
	if cut := strings.LastIndexAny(name, `/\`); cut >= 0 {
		name = name[cut+1:]
	}
	return shorten(name, 200)
}

func decodeTransfer(header textproto.MIMEHeader, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}
