package parse

import "testing"

func parseZip(t *testing.T, name string, parts map[string]string) Result {
	t.Helper()
	doc, err := NewReader(ReaderOptions{}).Parse(t.Context(), sheetFile(t, parts), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, doc)
	return doc
}

// Slides come in the order of the presentation, not of their file names.
func TestSlides(t *testing.T) {
	shape := func(kind, text string) string {
		return `<p:sp><p:nvPr><p:ph type="` + kind + `"/></p:nvPr><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:sp>`
	}
	doc := parseZip(t, "a.pptx", map[string]string{
		"ppt/presentation.xml": `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="b"/><p:sldId id="257" r:id="a"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels": `<Relationships><Relationship Id="a" Type="t/slide" Target="slides/slide1.xml"/>` +
			`<Relationship Id="b" Type="t/slide" Target="slides/slide2.xml"/></Relationships>`,
		"ppt/slides/slide2.xml": `<p:sld xmlns:p="p" xmlns:a="a">` + shape("title", "Ziele") + shape("body", "Punkt") + shape("sldNum", "1") + `</p:sld>`,
		"ppt/slides/slide1.xml": `<p:sld xmlns:p="p" xmlns:a="a"><a:tbl><a:tr><a:tc><a:p><a:r><a:t>x</a:t></a:r></a:p></a:tc>` +
			`<a:tc><a:p><a:r><a:t>y</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>`,
		"ppt/slides/_rels/slide2.xml.rels": `<Relationships><Relationship Id="n" Type="t/notesSlide" Target="../notesSlides/n1.xml"/></Relationships>`,
		"ppt/notesSlides/n1.xml":           `<p:notes xmlns:p="p" xmlns:a="a">` + shape("body", "Notiz") + `</p:notes>`,
	})
	wantText(t, kinds(doc), "heading1 [Ziele] Ziele\nparagraph [Ziele] Punkt\nnotes [Ziele] Notiz\ntable [] x | y\n")
	if doc.Blocks[0].Location.Slide != 1 || doc.Blocks[3].Location.Slide != 2 {
		t.Errorf("slides %d and %d", doc.Blocks[0].Location.Slide, doc.Blocks[3].Location.Slide)
	}
}

const odfRoot = `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:draw="d" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">`

func TestOpenDocumentText(t *testing.T) {
	doc := parseZip(t, "a.odt", map[string]string{
		"mimetype": "application/vnd.oasis.opendocument.text",
		"content.xml": odfRoot + `<text:tracked-changes><text:p>gelöscht</text:p></text:tracked-changes><text:h text:outline-level="2">Fristen</text:h>
<text:p>Ein<text:s text:c="2000000000"/>Satz<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Fußnote</text:p></text:note-body></text:note> mit
 Ende.</text:p><text:list><text:list-item><text:p>Punkt</text:p></text:list-item></text:list>
<table:table table:name="T"><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell table:number-columns-repeated="99999"/>
<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table></office:document-content>`,
	})
	want := `heading2 [Fristen] Fristen
paragraph [Fristen] Ein Satz mit Ende.
footnote [Fristen] Fußnote
list_item [Fristen] Punkt
`
	got := kinds(doc)
	if len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
	if len(doc.Text) > 1000 {
		t.Errorf("repeated cells made %d bytes", len(doc.Text))
	}
}
