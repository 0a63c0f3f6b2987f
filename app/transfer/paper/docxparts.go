package paper

import (
	"fmt"
	"strings"
)

// addFixed writes the parts that say what the file is and who made it.
func (d *docxWriter) addFixed(add func(name, content string)) {
	p := d.paper
	add("[Content_Types].xml", xmlHead+`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="gif" ContentType="image/gif"/>`+
		override("/word/document.xml", wordType+"document.main+xml")+override("/word/styles.xml", wordType+"styles+xml")+
		override("/word/footnotes.xml", wordType+"footnotes+xml")+override("/word/numbering.xml", wordType+"numbering+xml")+
		override("/word/footer1.xml", wordType+"footer+xml")+override("/word/settings.xml", wordType+"settings+xml")+
		override("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml")+
		override("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml")+
		override("/docProps/custom.xml", "application/vnd.openxmlformats-officedocument.custom-properties+xml")+`</Types>`)
	add("_rels/.rels", xmlHead+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="document" Type="`+relation+`officeDocument" Target="word/document.xml"/><Relationship Id="core" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/><Relationship Id="app" Type="`+relation+`extended-properties" Target="docProps/app.xml"/><Relationship Id="custom" Type="`+relation+`custom-properties" Target="docProps/custom.xml"/></Relationships>`)
	at := p.At.UTC().Format("2006-01-02T15:04:05Z")
	add("docProps/core.xml", xmlHead+`<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>`+escaped(p.Title)+`</dc:title><dc:subject>`+escaped(p.Generated)+`</dc:subject><dc:creator>`+escaped(p.Program)+`</dc:creator><cp:keywords>`+escaped(p.keywords())+`</cp:keywords><dc:description>`+escaped(p.Generated)+` · `+digitalSource+`</dc:description><dc:language>`+escaped(p.Language)+`</dc:language><dcterms:created xsi:type="dcterms:W3CDTF">`+at+`</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">`+at+`</dcterms:modified></cp:coreProperties>`)
	add("docProps/app.xml", xmlHead+`<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>`+escaped(p.Program)+`</Application></Properties>`)
	add("docProps/custom.xml", xmlHead+`<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">`+
		custom(2, "AI-generated", `<vt:bool>true</vt:bool>`)+custom(3, "AI-model", `<vt:lpwstr>`+escaped(strings.Join(p.Models, ", "))+`</vt:lpwstr>`)+
		custom(4, "DigitalSourceType", `<vt:lpwstr>`+digitalSource+`</vt:lpwstr>`)+`</Properties>`)
	add("word/styles.xml", xmlHead+strings.ReplaceAll(docxStyles, "{language}", escaped(p.Language)))
	add("word/settings.xml", xmlHead+`<w:settings `+wordSpace+`><w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`)
}

func override(part, kind string) string {
	return `<Override PartName="` + part + `" ContentType="` + kind + `"/>`
}

func custom(id int, name, value string) string {
	return fmt.Sprintf(`<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="%d" name="%s">%s</property>`, id, name, value)
}

// docxLists are the two kinds of lists, nine levels each.
func docxLists() string {
	var b strings.Builder
	for id, level := range []func(int) string{
		func(int) string { return `<w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>` },
		func(n int) string {
			format := []string{"decimal", "lowerLetter", "lowerRoman"}[n%3]
			return fmt.Sprintf(`<w:numFmt w:val="%s"/><w:lvlText w:val="%%%d."/>`, format, n+1)
		},
	} {
		fmt.Fprintf(&b, `<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="hybridMultilevel"/>`, id+1)
		for n := range 9 {
			fmt.Fprintf(&b, `<w:lvl w:ilvl="%d"><w:start w:val="1"/>%s<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="%d" w:hanging="360"/></w:pPr></w:lvl>`, n, level(n), 360*(n+1))
		}
		b.WriteString(`</w:abstractNum>`)
	}
	return b.String()
}
