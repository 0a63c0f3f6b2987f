package main

import (
	"bytes"
	"fmt"
	"strings"
)

// textPDF writes prose as a PDF of so many full pages, in one of the fonts that
// every reader has.
func textPDF(p *prose, pages int) string {
	const lines, width = 48, 88
	var out bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	out.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", pages, kids.String()))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	text := wrapped(p, pages*lines, width)
	for i := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>", 5+2*i))
		var content strings.Builder
		content.WriteString("BT /F1 11 Tf 14 TL 60 780 Td\n")
		for _, line := range text[i*lines : (i+1)*lines] {
			content.WriteString("(" + line + ") Tj T*\n")
		}
		content.WriteString("ET")
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()))
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.String()
}

// wrapped gives n lines of prose as a PDF's strings hold them: one byte a
// character, parentheses escaped.
func wrapped(p *prose, n, width int) []string {
	var list []string
	line := ""
	for len(list) < n {
		for word := range strings.FieldsSeq(p.sentence()) {
			if len(line)+1+len(word) > width {
				list = append(list, latin(line))
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
	}
	return list[:n]
}

func latin(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '(' || r == ')' || r == '\\' {
			b.WriteByte('\\')
		}
		if r > 0xff {
			r = '?'
		}
		b.WriteByte(byte(r))
	}
	return b.String()
}
