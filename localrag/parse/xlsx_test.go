package parse

import (
	"archive/zip"
	"bytes"
	"testing"
)

func sheetFile(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range parts {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
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

func TestSheetCells(t *testing.T) {
	data := sheetFile(t, map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="Löhne" sheetId="1" r:id="x"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="x" Type="t/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>Name</t></si><si><r><t>Grund</t></r><r><t>lohn</t></r><rPh><t>no</t></rPh></si></sst>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy&quot; Uhr&quot;"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` +
			`<row r="2"><c r="B2" t="s"><v>0</v></c><c r="D2" t="s"><v>1</v></c></row>` +
			`<row r="3"><c r="B3" t="inlineStr"><is><t>Müller</t></is></c><c r="D3"><f>SUM(A1:A2)</f><v>0.30000000000000004</v></c>` +
			`<c r="E3" s="1"><v>45292</v></c><c r="F3" s="2"><v>0.075</v></c><c r="G3" t="b"><v>1</v></c></row>` +
			`<row r="1048576"><c r="XFD1048576" t="str"><v>weit weg</v></c></row></sheetData></worksheet>`,
	})
	doc, err := NewReader(ReaderOptions{}).Parse(t.Context(), data, "a.xlsx", nil)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, doc)
	wantText(t, kinds(doc), "table [] Name | | Grundlohn\ntable [] Müller | | 0.3 | 2024-01-01 | 7.5 % | TRUE\ntable [] weit weg\n")
	if place := doc.Blocks[1].Location; place.Sheet != "Löhne" || place.Row != 3 {
		t.Errorf("place %+v", place)
	}
}

func TestNumberFormat(t *testing.T) {
	for code, want := range map[string]cellFormat{
		"General": formatNumberCell, `#,##0.00 "days"`: formatNumberCell, "dd.mm.yyyy": formatDate, "[$-407]d. mmmm yyyy": formatDate,
		"hh:mm": formatTime, "yyyy-mm-dd hh:mm": formatDateTime, "0.0%": formatPercent, `0\d`: formatNumberCell, "[Red]0": formatNumberCell,
		"mmm": formatDate, "[h]:mm:ss": formatTime,
	} {
		if got := numberFormat("164", code); got != want {
			t.Errorf("%q: %d, want %d", code, got, want)
		}
	}
}
