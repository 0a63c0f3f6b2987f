package parse

import (
	"archive/zip"
	"bytes"
	"testing"

	"kontor/localrag"
)

// wordFile packs parts as a Word document. Bodies get their root element.
func wordFile(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	const namespaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`
	roots := map[string]string{
		"word/document.xml": "document", "word/styles.xml": "styles", "word/numbering.xml": "numbering",
		"word/footnotes.xml": "footnotes", "word/comments.xml": "comments", "word/header1.xml": "hdr",
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range parts {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if root := roots[name]; root != "" {
			if root == "document" {
				content = "<w:body>" + content + "</w:body>"
			}
			content = `<?xml version="1.0"?><w:` + root + namespaces + `>` + content + `</w:` + root + `>`
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func parseWord(t *testing.T, parts map[string]string) (Result, error) {
	t.Helper()
	return NewReader(ReaderOptions{}).Parse(t.Context(), wordFile(t, parts), "a.docx", nil)
}

func wantWord(t *testing.T, parts map[string]string, want string) {
	t.Helper()
	doc, err := parseWord(t, parts)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, doc)
	wantText(t, kinds(doc), want)
}

const testStyles = `<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>` +
	`<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H1"/></w:style>` +
	`<w:style w:styleId="Out"><w:name w:val="Out"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>`

func paragraphXML(style, text string) string {
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

func TestWordHeadings(t *testing.T) {
	wantWord(t, map[string]string{
		"word/styles.xml": testStyles,
		"word/document.xml": paragraphXML("Mine", "Vertrag") + paragraphXML("", "Text") + paragraphXML("Out", "Fristen") +
			paragraphXML("", "Drei Monate") + paragraphXML("H1", "Anhang"),
	}, `heading1 [Vertrag] Vertrag
paragraph [Vertrag] Text
heading2 [Vertrag › Fristen] Fristen
paragraph [Vertrag › Fristen] Drei Monate
heading1 [Anhang] Anhang
`)
}

func TestWordHeadingsWithoutStyle(t *testing.T) {
	run := func(text, properties string) string {
		return `<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
	}
	wantWord(t, map[string]string{"word/document.xml": `<w:p>` + run("§ 3 ", "<w:b/>") + run("Urlaub", "<w:b/>") + `</w:p><w:p>` +
		run("Achtung, ", "<w:b/>") + run("nicht alles ist fett", `<w:b w:val="0"/>`) + `</w:p><w:p>` + run("Ein fetter Satz.", "<w:b/>") + `</w:p><w:p>` +
		run("Zwischentitel", "<w:b/>") + `</w:p>`},
		`heading2 [§ 3 Urlaub] § 3 Urlaub
paragraph [§ 3 Urlaub] Achtung, nicht alles ist fett
paragraph [§ 3 Urlaub] Ein fetter Satz.
heading6 [§ 3 Urlaub › Zwischentitel] Zwischentitel
`)
}

func TestWordRuns(t *testing.T) {
	wantWord(t, map[string]string{"word/document.xml": `<w:p>
 <w:r><w:t xml:space="preserve">Alt </w:t></w:r>
 <w:del><w:r><w:delText>gelöscht</w:delText></w:r></w:del>
 <w:moveFrom><w:r><w:t>verschoben</w:t></w:r></w:moveFrom>
 <w:ins><w:r><w:t>neu</w:t></w:r></w:ins>
 <w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE \* MERGEFORMAT</w:instrText></w:r>
 <w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t> Seite 7</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>
 <w:r><w:rPr><w:vanish/></w:rPr><w:t>unsichtbar</w:t></w:r>
 <w:r><w:noBreakHyphen/><w:softHyphen/><w:t>E</w:t><w:tab/><w:t>F</w:t><w:br/><w:t>G</w:t></w:r></w:p>`},
		"paragraph [] Alt neu Seite 7-E\tF⏎G\n")
}

func TestWordTextBoxOnce(t *testing.T) {
	box := `<w:txbxContent><w:p><w:r><w:t>im Kasten</w:t></w:r></w:p></w:txbxContent>`
	wantWord(t, map[string]string{"word/document.xml": `<w:p><w:r><w:t>davor </w:t></w:r><w:r><mc:AlternateContent><mc:Choice>` + box +
		`</mc:Choice><mc:Fallback>` + box + `</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>danach</w:t></w:r></w:p>`},
		"paragraph [] im Kasten\nparagraph [] davor danach\n")
}

func TestWordTables(t *testing.T) {
	cell := func(text string) string { return `<w:tc><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:tc>` }
	inner := `<w:tc><w:tbl><w:tr>` + cell("x") + cell("y") + `</w:tr></w:tbl><w:p/></w:tc>`
	wantWord(t, map[string]string{"word/document.xml": `<w:tbl><w:tr>` + cell("Stufe") + cell("Betrag") + cell("") + `</w:tr><w:tr>` + cell("1") +
		inner + `</w:tr><w:tr>` + cell("allein") + `</w:tr></w:tbl>`},
		"table [] Stufe | Betrag\ntable [] 1 | x | y\nparagraph [] allein\n")
}

func TestWordNotes(t *testing.T) {
	wantWord(t, map[string]string{
		"word/footnotes.xml": `<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>` +
			`<w:footnote w:id="2"><w:p><w:r><w:t>Die Fußnote.</w:t></w:r></w:p></w:footnote>`,
		"word/comments.xml": `<w:comment w:id="2"><w:p><w:r><w:t>Bitte prüfen</w:t></w:r></w:p></w:comment>`,
		"word/header1.xml":  `<w:p><w:r><w:t>Firma GmbH</w:t></w:r></w:p>`,
		"word/_rels/document.xml.rels": `<Relationships><Relationship Id="r1" Type="x/header" Target="header1.xml"/>` +
			`<Relationship Id="r2" Type="x/header" Target="header1.xml"/><Relationship Id="r3" Type="x/footer" Target="https://example.org/f" TargetMode="External"/></Relationships>`,
		"word/document.xml": `<w:p><w:r><w:t>Satz</w:t><w:footnoteReference w:id="2"/><w:commentReference w:id="2"/></w:r></w:p><w:p><w:r><w:t>Ende</w:t></w:r></w:p>`,
	}, `paragraph [] Satz
footnote [] Die Fußnote.
comment [] Bitte prüfen
paragraph [] Ende
paragraph [] Firma GmbH
`)
}

func TestWordNumbering(t *testing.T) {
	item := func(list, level, text string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + list + `"/></w:numPr></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
	}
	wantWord(t, map[string]string{
		"word/numbering.xml": `<w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>` +
			`<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl></w:abstractNum>` +
			`<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>` +
			`<w:num w:numId="2"><w:abstractNumId w:val="5"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>`,
		"word/document.xml": item("1", "0", "eins") + item("1", "1", "a") + item("1", "1", "b") + item("1", "0", "zwei") + item("1", "1", "wieder a") + item("2", "0", "sieben"),
	}, `list_item [] 1. eins
list_item [] a) a
list_item [] b) b
list_item [] 2. zwei
list_item [] a) wieder a
list_item [] 7. sieben
`)
}

func TestWordFailures(t *testing.T) {
	deep := ""
	for range 2000 {
		deep += "<w:tbl>"
	}
	for name, c := range map[string]struct {
		parts map[string]string
		code  localrag.Code
	}{
		"no text":    {map[string]string{"word/document.xml": "<w:p/>"}, localrag.CodeEmpty},
		"a picture":  {map[string]string{"word/document.xml": "<w:p><w:r><w:drawing/></w:r></w:p>"}, localrag.CodeNoTextLayer},
		"broken XML": {map[string]string{"word/document.xml": "<w:p><w:r>"}, localrag.CodeCorrupt},
		"entity":     {map[string]string{"word/document.xml": "<w:p><w:r><w:t>&xxe;</w:t></w:r></w:p>"}, localrag.CodeCorrupt},
		"deep":       {map[string]string{"word/document.xml": deep}, localrag.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseWord(t, c.parts)
			wantCode(t, err, c.code)
		})
	}
}

func TestFormatNumber(t *testing.T) {
	for _, c := range []struct {
		format string
		value  int
		want   string
	}{
		{"decimal", 12, "12"}, {"lowerLetter", 2, "b"}, {"upperLetter", 27, "AA"}, {"lowerRoman", 9, "ix"}, {"upperRoman", 1994, "MCMXCIV"},
		{"decimalZero", 7, "07"}, {"upperRoman", 0, "0"},
	} {
		if got := formatNumber(c.format, c.value); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.format, c.value, got, c.want)
		}
	}
}
