package parse

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"kontor/localrag"
)

// parts spells the blocks that stand in files in the document, one a line.
func parts(doc Result) string {
	var out strings.Builder
	for _, b := range doc.Blocks {
		if b.Location.Part != "" {
			fmt.Fprintf(&out, "%s: %s\n", b.Location.Part, strings.ReplaceAll(doc.Text[b.Start:b.End], "\n", "⏎"))
		}
	}
	return out.String()
}

type zipEntry struct {
	name string
	data []byte
}

func zipOf(t testing.TB, entries ...zipEntry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		part, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate, NonUTF8: !strings.Contains(e.name, "ü")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestZIP(t *testing.T) {
	inner := zipOf(t, zipEntry{"tief.txt", []byte("Ganz unten.")})
	data := zipOf(t,
		zipEntry{"Verträge/", nil},
		zipEntry{"Vertr\x84ge/b.md", []byte("# Kündigung\n\nDie Frist.")}, // as DOS writes it
		zipEntry{"Übersicht für alle.csv", []byte("Ort;Preis\nKöln;1,50\n")},
		zipEntry{"__MACOSX/._b.md", []byte("x")},
		zipEntry{"../../a.txt", []byte("Außerhalb?")},
		zipEntry{"alt.zip", inner},
		zipEntry{"bild.gif", []byte("GIF89a")},
		zipEntry{"leer.txt", nil},
	)
	doc := parseAs(t, "alles.zip", string(data))
	wantText(t, parts(doc), `a.txt: a.txt
a.txt: Außerhalb?
alt.zip: alt.zip
alt.zip › tief.txt: tief.txt
alt.zip › tief.txt: Ganz unten.
Verträge/b.md: Verträge/b.md
Verträge/b.md: # Kündigung
Verträge/b.md: Die Frist.
Übersicht für alle.csv: Übersicht für alle.csv
Übersicht für alle.csv: Ort;Preis
Übersicht für alle.csv: Köln;1,50
`)
	wantText(t, fmt.Sprint(doc.Unread), "[{bild.gif unsupported} {leer.txt empty}]")
	last := doc.Blocks[len(doc.Blocks)-1].Location
	if last.Row != 2 || doc.Format != "zip" {
		t.Errorf("row %d, format %s", last.Row, doc.Format)
	}
}

func TestZIPLimits(t *testing.T) {
	r := NewReader(ReaderOptions{Limits: Limits{Members: 20, UnpackedBytes: 40 << 20}})
	deep := []byte("Text")
	name := "text.txt"
	for i := range 8 {
		deep = zipOf(t, zipEntry{name, deep})
		name = fmt.Sprintf("%d.zip", i)
	}
	var many, wide []zipEntry
	for i := range 30 {
		many = append(many, zipEntry{fmt.Sprintf("%d.txt", i), []byte("Text")})
	}
	for i := range 3 {
		wide = append(wide, zipEntry{fmt.Sprintf("%d.txt", i), bytes.Repeat([]byte("ein Wort und noch eins, "), 15<<20/24)})
	}
	locked := zipOf(t, zipEntry{"a.txt", []byte("Text")})
	for i := 0; i+4 < len(locked); i++ { // the bit that says encrypted, in both headers
		if s := string(locked[i : i+4]); s == "PK\x03\x04" {
			locked[i+6] |= 1
		} else if s == "PK\x01\x02" {
			locked[i+8] |= 1
		}
	}
	for what, c := range map[string]struct {
		data []byte
		want localrag.Code
	}{
		"nothing":    {zipOf(t), localrag.CodeCorrupt},
		"pictures":   {zipOf(t, zipEntry{"a.gif", []byte("GIF89a")}), localrag.CodeUnsupported},
		"too deep":   {deep, localrag.CodeTooLarge},
		"too many":   {zipOf(t, many...), localrag.CodeTooLarge},
		"too much":   {zipOf(t, wide...), localrag.CodeTooLarge},
		"too dense":  {zipOf(t, zipEntry{"a.txt", bytes.Repeat([]byte("a"), 20<<20)}), localrag.CodeTooLarge},
		"locked":     {locked, localrag.CodePassword},
		"empty file": {zipOf(t, zipEntry{"a.txt", nil}), localrag.CodeEmpty},
	} {
		_, err := r.Parse(t.Context(), c.data, "a.zip", nil)
		if got := localrag.CodeOf(err); got != c.want {
			t.Errorf("%s: got %q (%v), want %q", what, got, err, c.want)
		}
	}
}

func TestMailAttachments(t *testing.T) {
	doc := parseAs(t, "a.eml", strings.ReplaceAll(`From: a@example.org
Subject: Unterlagen
Content-Type: multipart/mixed; boundary=X

--X
Content-Type: text/plain

Anbei.
--X
Content-Type: text/csv; charset=utf-8; name="Liste.csv"
Content-Disposition: attachment

Ort;Preis
Ulm;2,50
--X
Content-Type: application/octet-stream; name="../b.html"
Content-Transfer-Encoding: base64

PGh0bWw+PGgxPkltIEFuaGFuZzwvaDE+PHA+VGV4dC48L3A+PC9odG1sPg==
--X
Content-Type: image/gif; name=logo.gif

GIF89a
--X
Content-Type: text/markdown

# Ohne Namen
--X--
`, "\n", "\r\n"))
	wantText(t, kinds(doc), `heading1 [Unterlagen] Unterlagen
mail_header [Unterlagen] From: a@example.org
paragraph [Unterlagen] Anbei.
heading1 [Liste.csv] Liste.csv
table [] Ort;Preis
table [] Ulm;2,50
heading1 [b.html] b.html
heading1 [Im Anhang] Im Anhang
paragraph [Im Anhang] Text.
attachment [Unterlagen] logo.gif
paragraph [Unterlagen] # Ohne Namen
`)
	wantText(t, parts(doc), `Liste.csv: Liste.csv
Liste.csv: Ort;Preis
Liste.csv: Ulm;2,50
b.html: b.html
b.html: Im Anhang
b.html: Text.
`)
	wantText(t, fmt.Sprint(doc.Unread), "[{logo.gif unsupported}]")
}

func TestMBOX(t *testing.T) {
	doc := parseAs(t, "Postfach.mbox", `From a@example.org Thu Mar 14 09:30:00 2024
From: a@example.org
Subject: Erste
Content-Type: text/plain

Text.
From hier an steht 12:30 im Satz.
>From wird entschärft.

From b@example.org Fri Mar 15 10:00:00 2024
From: b@example.org
Subject: Zweite
Content-Type: text/plain; name=notiz.txt
Content-Disposition: attachment

Im Anhang.
`)
	wantText(t, kinds(doc), `heading1 [Erste] Erste
mail_header [Erste] From: a@example.org
paragraph [Erste] Text.⏎From hier an steht 12:30 im Satz.⏎From wird entschärft.
heading1 [Zweite] Zweite
mail_header [Zweite] From: b@example.org
heading1 [notiz.txt] notiz.txt
paragraph [] Im Anhang.
`)
	wantText(t, parts(doc), "Zweite › notiz.txt: notiz.txt\nZweite › notiz.txt: Im Anhang.\n")
	wantText(t, doc.Format, "mbox")
}

// messageOf makes the streams of a message under a prefix.
func messageOf(prefix string, header int, streams map[string][]byte, properties map[string]string, values map[uint16]uint64) {
	table := make([]byte, header)
	for id, value := range values {
		entry := make([]byte, 16)
		binary.LittleEndian.PutUint16(entry[2:], id)
		binary.LittleEndian.PutUint64(entry[8:], value)
		table = append(table, entry...)
	}
	streams[prefix+messageProperties] = table
	for id, text := range properties {
		data := []byte(text)
		if strings.HasSuffix(id, "001F") {
			data = nil
			for _, unit := range utf16.Encode([]rune(text)) {
				data = append(data, byte(unit), byte(unit>>8))
			}
		}
		streams[prefix+"__substg1.0_"+id] = data
	}
}

// sampleMSG is a message with a text, two files and a message attached.
func sampleMSG() []byte {
	streams := map[string][]byte{}
	messageOf("", 32, streams, map[string]string{
		"0037001F": "Angebot Größe M", "0C1A001F": "Jürgen Müßig", "5D01001F": "jm@example.org", "0E04001F": "Büro",
		"1000001F": "Guten Tag,\r\n\r\nanbei die Liste.", "10130102": "<html><p>Guten Tag,</p><p>anbei die Liste.</p><p>Nur im HTML.</p></html>",
	}, map[uint16]uint64{propSubmitted: 133548930000000000})
	messageOf("__attach_version1.0_#00000000/", 8, streams, map[string]string{
		"3707001F": "Liste.csv", "37010102": "Ort;Preis\nUlm;2,50\n"}, nil)
	messageOf("__attach_version1.0_#00000001/", 8, streams, map[string]string{
		"3704001E": "image001.gif", "37010102": "GIF89a"}, map[uint16]uint64{propHidden: 1})
	messageOf("__attach_version1.0_#00000002/", 8, streams, map[string]string{"3707001F": "x"}, nil)
	messageOf("__attach_version1.0_#00000002/__substg1.0_3701000D/", 24, streams, map[string]string{
		"0037001E": "Alte Gr\xfc\xdfe", "1000001E": "Text mit \x80."}, map[uint16]uint64{propMessagePage: 1252})
	return compoundOf(streams)
}

func TestMSG(t *testing.T) {
	doc := parseAs(t, "a.msg", string(sampleMSG()))
	wantText(t, kinds(doc), `heading1 [Angebot Größe M] Angebot Größe M
mail_header [Angebot Größe M] From: Jürgen Müßig <jm@example.org>⏎To: Büro⏎Date: Thu, 14 Mar 2024 12:30:00 +0000
paragraph [Angebot Größe M] Guten Tag,
paragraph [Angebot Größe M] anbei die Liste.
paragraph [Angebot Größe M] Nur im HTML.
heading1 [Liste.csv] Liste.csv
table [] Ort;Preis
table [] Ulm;2,50
heading2 [Angebot Größe M › Alte Grüße] Alte Grüße
paragraph [Angebot Größe M › Alte Grüße] Text mit €.
`)
	wantText(t, doc.Title+" "+doc.Format, "Angebot Größe M msg")
	wantText(t, fmt.Sprint(doc.Unread), "[]")
}

func TestCompressedRTF(t *testing.T) {
	// The example of [MS-OXRTFCP] 3.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n".
	packed := "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125\x42\x32\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"
	got, err := decompressRTF([]byte(packed), 1000)
	if err != nil || string(got) != "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	streams := map[string][]byte{}
	messageOf("", 32, streams, map[string]string{"0037001F": "Nur RTF", "10090102": packed}, nil)
	doc := parseAs(t, "a.msg", string(compoundOf(streams)))
	wantText(t, kinds(doc), "heading1 [Nur RTF] Nur RTF\nparagraph [Nur RTF] hello world\n")
}
