package parse

import (
	"strings"
	"testing"
	"unicode/utf16"

	"kontor/localrag"
)

// kinds spells the blocks of a document, one a line: kind, level, heading, text.
func kinds(doc Result) string {
	var out strings.Builder
	for _, b := range doc.Blocks {
		out.WriteString(string(b.Kind))
		if b.Level > 0 {
			out.WriteByte(byte('0' + b.Level))
		}
		out.WriteString(" [" + b.Location.Heading + "] " + strings.ReplaceAll(doc.Text[b.Start:b.End], "\n", "⏎") + "\n")
	}
	return out.String()
}

func parseAs(t *testing.T, name, content string) Result {
	t.Helper()
	doc, err := NewReader(ReaderOptions{}).Parse(t.Context(), []byte(content), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, doc)
	return doc
}

func wantText(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextEncodings(t *testing.T) {
	const want = "Prüfung – 5 €\nzweite Zeile"
	units := utf16.Encode([]rune(want))
	var little, big []byte
	for _, u := range units {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	for name, data := range map[string]string{
		"UTF-8":          want,
		"UTF-8 mark":     "\xef\xbb\xbf" + want,
		"Windows ends":   strings.ReplaceAll(want, "\n", "\r\n"),
		"old Mac ends":   strings.ReplaceAll(want, "\n", "\r"),
		"UTF-16LE":       string(little),
		"UTF-16BE":       string(big),
		"UTF-16LE mark":  "\xff\xfe" + string(little),
		"UTF-16BE mark":  "\xfe\xff" + string(big),
		"Windows-1252":   "Pr\xfcfung \x96 5 \x80\nzweite Zeile",
		"decomposed":     "Pru\u0308fung – 5 €\nzweite Zeile",
		"soft hyphen":    "Prü\u00adfung – 5 €\nzweite Zeile",
		"hidden signs":   "Prü\u202efung\u200b – 5\U000e0041 €\nzweite\u2066 Zeile",
		"no-break space": "Prüfung\u00a0– 5\u202f€\nzweite Zeile",
	} {
		t.Run(name, func(t *testing.T) { wantText(t, parseAs(t, "a.txt", data).Text, want) })
	}
}

func TestTextBlocks(t *testing.T) {
	doc := parseAs(t, "a.txt", "Vertrag\n\n§ 1 Gegenstand\n\n  Erste Zeile\nzweite Zeile  \n\n2.1 Fristen\n\nDie Frist.\n\n12 Tage\n")
	wantText(t, kinds(doc), `paragraph [] Vertrag
heading2 [§ 1 Gegenstand] § 1 Gegenstand
paragraph [§ 1 Gegenstand] Erste Zeile⏎zweite Zeile
heading2 [2.1 Fristen] 2.1 Fristen
paragraph [2.1 Fristen] Die Frist.
paragraph [2.1 Fristen] 12 Tage
`)
}

func TestMarkdownBlocks(t *testing.T) {
	const source = `---
title: hidden
---
# Top *one*

A paragraph
of two lines.

Second
------
- item one
  goes on
- item two
    
    more of two
1. first

> quoted

~~~sh
# no heading
~~~

| a | b |
|---|---|
| 1 | 2 |
| 3 | 4 |

[^n]: A note.
### Third ###
    indented code
`
	doc := parseAs(t, "a.md", source)
	wantText(t, kinds(doc), `heading1 [Top one] # Top *one*
paragraph [Top one] A paragraph⏎of two lines.
heading2 [Top one › Second] Second
list_item [Top one › Second] - item one⏎  goes on
list_item [Top one › Second] - item two
list_item [Top one › Second] more of two
list_item [Top one › Second] 1. first
paragraph [Top one › Second] > quoted
code [Top one › Second] ~~~sh⏎# no heading⏎~~~
table [Top one › Second] | a | b |
table [Top one › Second] | 1 | 2 |
table [Top one › Second] | 3 | 4 |
footnote [Top one › Second] [^n]: A note.
heading3 [Top one › Second › Third] ### Third ###
code [Top one › Second › Third] indented code
`)
	if doc.Text != source {
		t.Error("the source text was changed")
	}
}

func TestDetect(t *testing.T) {
	const word = "PK\x03\x04"
	for _, c := range []struct {
		name, data, format string
		code               localrag.Code
	}{
		{"a.pdf", "%PDF-1.7", "pdf", ""},
		{"a.docx", "junk %PDF-1.4", "pdf", ""},
		{"a.md", "# x", "md", ""},
		{"a.unknown", "plain words", "txt", ""},
		{"a.unknown", "\x00\x01\x02\x03", "", localrag.CodeUnsupported},
		{"a.txt", "\x7fELF\x02", "", localrag.CodeUnsupported},
		{"a.pdf", "plain words", "", localrag.CodeCorrupt},
		{"a.docx", word + "rest is missing", "", localrag.CodeCorrupt},
		{"a.zip", word + "rest is missing", "", localrag.CodeCorrupt},
		{"a.bin", word + "rest is missing", "", localrag.CodeUnsupported},
		{"a.zip", string(zipOf(t, zipEntry{"a.txt", []byte("x")})), "zip", ""},
		{"a.docx", string(zipOf(t, zipEntry{"a.txt", []byte("x")})), "", localrag.CodeUnsupported},
		{"a.zip", string(zipOf(t, zipEntry{wordDocument, []byte("x")})), "docx", ""},
		{"a.eml", "From a@b Thu Mar 14 09:30:00 2024\nSubject: x\n\ny", "mbox", ""},
		{"a.txt", "From Monday on we open at ten.", "txt", ""},
		{"a.doc", string(sampleMSG()), "msg", ""},
		{"a.bin", string(legacyFile(t, "testWORD_features.doc")), "doc", ""},
		{"a.png", "\xff\xd8\xff\xe0", "jpeg", ""},
		{"a.tif", "MM\x00*", "tiff", ""},
		{"a.pdf", "\x89PNG\r\n\x1a\n", "", localrag.CodeUnsupported},
		{"a.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 2000) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "", localrag.CodePassword},
		{"a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 2000), "", localrag.CodeCorrupt},
		{"a.doc", string(compoundOf(map[string][]byte{"Other": make([]byte, 2000)})), "", localrag.CodeUnsupported},
	} {
		got, err := detect([]byte(c.data), c.name)
		if got.Name != c.format || localrag.CodeOf(err) != c.code {
			t.Errorf("%s %q: %q, %v; want %q %q", c.name, shorten(c.data, 20), got.Name, err, c.format, c.code)
		}
	}
}

func TestFormatsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range formats() {
		if f.Name == "" || len(f.Extensions) == 0 || len(f.MediaTypes) == 0 || f.parse == nil {
			t.Errorf("%+v is incomplete", f.Format)
		}
		for _, extension := range f.Extensions {
			if seen[extension] || !strings.HasPrefix(extension, ".") || extension != strings.ToLower(extension) {
				t.Errorf("extension %q of %s", extension, f.Name)
			}
			seen[extension] = true
		}
		if !Supported("X" + strings.ToUpper(f.Extensions[0])) {
			t.Errorf("%s is not supported in upper case", f.Name)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	long := strings.Repeat("Wort ", 1000)
	for name, limits := range map[string]Limits{
		"file": {FileBytes: 100}, "text": {TextBytes: 100},
	} {
		for _, file := range []string{"a.txt", "a.md"} {
			_, err := NewReader(ReaderOptions{Limits: limits}).Parse(t.Context(), []byte(long), file, nil)
			if localrag.CodeOf(err) != localrag.CodeTooLarge {
				t.Errorf("%s limit, %s: %v", name, file, err)
			}
		}
	}
}

func TestHTMLBlocks(t *testing.T) {
	doc := parseAs(t, "a.html", `<!DOCTYPE html><html><head><title> The
 title </title><style>p {}</style><script>var x = "<p>no</p>"</script></head><body onload="x()">
<h1>One &amp; <em>only</em></h1><p>A   line<br>and <b>more</b>.<p style="display: none">hidden <b>too</b></p>
<div hidden><div>inner</div>still hidden</div><ul><li>first<li>second</ul>
<h2>Two</h2><pre>  code
   indented</pre>
<table><tr><th>a<th>b</tr><tr><td>1</td><td>x<table><tr><td>in</td><td>ner</td></tr></table></td></tr><tr><td>alone</td></tr></table>
<p>&#x202e;end<img src="http://example.org/x.png" alt="no"></p>`)
	wantText(t, kinds(doc), `heading1 [One & only] One & only
paragraph [One & only] A line⏎and more.
list_item [One & only] first
list_item [One & only] second
heading2 [One & only › Two] Two
code [One & only › Two] code⏎   indented
table [One & only › Two] a | b
table [One & only › Two] 1 | x⏎in | ner
paragraph [One & only › Two] alone
paragraph [One & only › Two] end
`)
	wantText(t, doc.Title, "The title")
}

func TestCSVRecords(t *testing.T) {
	doc := parseAs(t, "a.csv", "Name;Text\r\nA;\"eins\r\nzwei\"\r\n;;\r\nB;\"offen\r\nC;Ende\r\n")
	wantText(t, kinds(doc), "table [] Name;Text\ntable [] A;\"eins⏎zwei\"\ntable [] B;\"offen\ntable [] C;Ende\n")
	if doc.Blocks[2].Location.Row != 4 {
		t.Errorf("row %d", doc.Blocks[2].Location.Row)
	}
}
