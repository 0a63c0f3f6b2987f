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

// parseEML reads a message: who, when and about what, the text, the names of
// the attachments. Attachments themselves are documents of their own.
func parseEML(ctx context.Context, _ *Reader, in input, b *builder) error {
	if isBinary(in.data) {
		return failf(localrag.CodeUnsupported, "binary content in a message file")
	}
	r := mailReader{ctx: ctx, builder: b}
	return r.message(bytes.NewReader(bytes.TrimLeft(in.data, "\r\n \t")), 0)
}

type mailReader struct {
	ctx     context.Context
	builder *builder
	parts   int
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
	var head strings.Builder
	for _, name := range []string{"From", "To", "Cc", "Date", "Subject"} {
		value := m.Header.Get(name)
		if decoded, err := decoder.DecodeHeader(value); err == nil {
			value = decoded
		}
		if value = squeeze(value); value == "" {
			continue
		}
		if name == "Subject" {
			if depth == 0 {
				r.builder.title = value
			}
			if err := r.builder.add(localrag.Heading, shorten(value, 1000), min(depth+1, 6)); err != nil {
				return err
			}
			continue
		}
		head.WriteString(name + ": " + value + "\n")
	}
	if err := r.builder.add(localrag.MailHeader, tidyLines(head.String()), 0); err != nil {
		return err
	}
	return r.part(textproto.MIMEHeader(m.Header), m.Body, depth)
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
			return nil
		}
		return r.builder.add(localrag.Attachment, name, 0)
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
	known := bareText(r.builder.text.String())
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
	name = squeeze(name)
	if cut := strings.LastIndexAny(name, `/\`); cut >= 0 { // a name is no path
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
