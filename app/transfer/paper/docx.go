package paper

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // sizes of pictures
	_ "image/jpeg"
	_ "image/png"
	"io"
	"strings"

	"kontor/app/transfer"
)

//go:embed styles.xml
var docxStyles string

const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordSpace    = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relation     = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	wordType     = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	emuPerPixel  = 9525
	widestPixels = 600
)

// DOCX writes an Office Open XML document with real headings, tables and
// footnotes. No Go library that is kept writes footnotes, hence this one.
func (p Paper) DOCX(w io.Writer) error {
	d := &docxWriter{paper: p, placed: map[int]bool{}, quotes: map[int]Note{}}
	if len(p.Chats) > 1 {
		d.paragraph("Title", func() { d.run(Span{Text: p.Title}) })
	}
	for i, c := range p.Chats {
		if i > 0 {
			d.body.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
		}
		title := "Title"
		if len(p.Chats) > 1 {
			title = "Heading1"
		}
		d.paragraph(title, func() { d.run(Span{Text: c.Title}) })
		d.paragraph("About", func() { d.run(Span{Text: c.About}) })
		for _, turn := range c.Turns {
			d.turn(turn)
		}
	}
	return d.save(w)
}

type docxWriter struct {
	paper     Paper
	body      bytes.Buffer
	footnotes bytes.Buffer
	relations bytes.Buffer
	numbering bytes.Buffer
	lists     int
	links     int
	quotes    map[int]Note
	placed    map[int]bool // notes that have their footnote
	images    []transfer.Image
	kinds     []string // of images: png, jpeg, gif
}

// escaped is text for XML, without what XML cannot hold.
func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

func (d *docxWriter) paragraph(style string, fill func()) {
	d.body.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`)
	fill()
	d.body.WriteString(`</w:p>`)
}

func (d *docxWriter) turn(t Turn) {
	style := "Question"
	if t.Answer {
		style = ""
	}
	d.paragraph("Heading2", func() { d.run(Span{Text: t.Who}) })
	for _, n := range t.Notes {
		d.quotes[n.Number] = n
	}
	for _, i := range t.Images {
		d.image(i)
	}
	d.blocks(t.Blocks, docxPlace{style: style})
	if t.Mark != "" {
		d.paragraph("Mark", func() { d.run(Span{Text: t.Mark}) })
	}
}

// docxPlace is where blocks stand: in a list, a quote, a question.
type docxPlace struct {
	style string
	list  int // number of the list, 0 for none
	depth int // of the list, from 0
	more  bool
}

func (at docxPlace) properties() string {
	var b strings.Builder
	if at.style != "" {
		b.WriteString(`<w:pStyle w:val="` + at.style + `"/>`)
	}
	switch {
	case at.list > 0 && !at.more:
		fmt.Fprintf(&b, `<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, min(at.depth, 8), at.list)
	case at.list > 0:
		fmt.Fprintf(&b, `<w:ind w:left="%d"/>`, 360*(min(at.depth, 8)+1))
	}
	return `<w:pPr>` + b.String() + `</w:pPr>`
}

func (d *docxWriter) blocks(list []Block, at docxPlace) {
	for i, b := range list {
		if i > 0 && at.list > 0 {
			at.more = true
		}
		switch b.Kind {
		case Heading: // below the chat and who speaks
			d.body.WriteString(fmt.Sprintf(`<w:p><w:pPr><w:pStyle w:val="Heading%d"/></w:pPr>`, min(b.Level+2, 6)))
			d.spans(b.Spans)
			d.body.WriteString(`</w:p>`)
		case Code:
			place := at
			place.style = "Code"
			d.body.WriteString(`<w:p>` + place.properties())
			for n, line := range strings.Split(b.Text, "\n") {
				if n > 0 {
					d.body.WriteString(`<w:r><w:br/></w:r>`)
				}
				d.run(Span{Text: line})
			}
			d.body.WriteString(`</w:p>`)
		case Quote:
			place := at
			place.style = "Quote"
			d.blocks(b.Blocks, place)
		case List:
			d.list(b, at)
		case Table:
			d.table(b)
		case Rule:
			d.body.WriteString(`<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="BBBBBB"/></w:pBdr></w:pPr></w:p>`)
		default:
			d.body.WriteString(`<w:p>` + at.properties())
			d.spans(b.Spans)
			d.body.WriteString(`</w:p>`)
		}
	}
}

// list writes points; each list counts for itself.
func (d *docxWriter) list(b Block, at docxPlace) {
	place := docxPlace{style: firstOf(at.style, "ListParagraph")}
	if at.list > 0 {
		place.depth = at.depth + 1
	}
	d.lists++
	abstract := 1
	if b.Ordered {
		abstract = 2
	}
	place.list = d.lists
	fmt.Fprintf(&d.numbering, `<w:num w:numId="%d"><w:abstractNumId w:val="%d"/><w:lvlOverride w:ilvl="%d"><w:startOverride w:val="%d"/></w:lvlOverride></w:num>`,
		d.lists, abstract, min(place.depth, 8), b.Start)
	for _, item := range b.Items {
		if len(item) == 0 || item[0].Kind != Paragraph {
			item = append([]Block{{Kind: Paragraph}}, item...)
		}
		d.blocks(item, place)
	}
}

func (d *docxWriter) table(b Block) {
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="5000" w:type="pct"/><w:tblLook w:firstRow="1"/></w:tblPr><w:tblGrid>`)
	for _, width := range columnShares(b, 9400) {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, width)
	}
	d.body.WriteString(`</w:tblGrid>`)
	for i, row := range b.Rows {
		d.body.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		if i == 0 {
			d.body.WriteString(`<w:tblHeader/>`)
		}
		d.body.WriteString(`</w:trPr>`)
		for _, cell := range row {
			d.body.WriteString(`<w:tc><w:p><w:pPr><w:pStyle w:val="Cell"/><w:jc w:val="` + firstOf(cell.Align, "left") + `"/></w:pPr>`)
			d.spans(cell.Spans)
			d.body.WriteString(`</w:p></w:tc>`)
		}
		d.body.WriteString(`</w:tr>`)
	}
	d.body.WriteString(`</w:tbl><w:p><w:pPr><w:pStyle w:val="Cell"/></w:pPr></w:p>`)
}

// columnShares parts a width by how much text the columns hold.
func columnShares(b Block, width int) []int {
	if len(b.Rows) == 0 {
		return nil
	}
	shares, sum := make([]int, len(b.Rows[0])), 0
	for c := range shares {
		longest := 8
		for _, row := range b.Rows {
			length := 0
			for _, s := range row[min(c, len(row)-1)].Spans {
				length += len(s.Text)
			}
			longest = max(longest, length)
		}
		shares[c] = min(longest, 45)
		sum += shares[c]
	}
	for c := range shares {
		shares[c] = width * shares[c] / sum
	}
	return shares
}

func (d *docxWriter) spans(list []Span) {
	for _, s := range list {
		switch {
		case s.Break:
			d.body.WriteString(`<w:r><w:br/></w:r>`)
		case s.Note > 0:
			d.reference(s)
		case s.Link != "":
			d.links++
			fmt.Fprintf(&d.relations, `<Relationship Id="link%d" Type="%shyperlink" Target="%s" TargetMode="External"/>`, d.links, relation, escaped(s.Link))
			fmt.Fprintf(&d.body, `<w:hyperlink r:id="link%d">`, d.links)
			d.run(s)
			d.body.WriteString(`</w:hyperlink>`)
		default:
			d.run(s)
		}
	}
}

func (d *docxWriter) run(s Span) {
	properties := ""
	if s.Link != "" {
		properties += `<w:rStyle w:val="Hyperlink"/>`
	} else if s.Code {
		properties += `<w:rStyle w:val="CodeText"/>`
	}
	if s.Bold {
		properties += `<w:b/>`
	}
	if s.Italic {
		properties += `<w:i/>`
	}
	if s.Struck {
		properties += `<w:strike/>`
	}
	d.body.WriteString(`<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + escaped(s.Text) + `</w:t></w:r>`)
}

// reference sets a footnote; where a passage is referred to again, its number only.
func (d *docxWriter) reference(s Span) {
	number := s.Note
	if s.Text != "" {
		d.body.WriteString(`<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>` + s.Text + `</w:t></w:r>`)
	}
	if d.placed[number] {
		fmt.Fprintf(&d.body, `<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>%d</w:t></w:r>`, number)
		return
	}
	d.placed[number] = true
	note := d.quotes[number]
	fmt.Fprintf(&d.body, `<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="%d"/></w:r>`, number)
	fmt.Fprintf(&d.footnotes, `<w:footnote w:id="%d"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr><w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> %s: %s</w:t></w:r></w:p></w:footnote>`,
		number, escaped(note.Source), escaped(d.paper.quoted(note.Quote)))
}

func (d *docxWriter) image(i transfer.Image) {
	size, kind, err := image.DecodeConfig(bytes.NewReader(i.Bytes))
	if err != nil || size.Width == 0 || size.Height == 0 {
		d.paragraph("About", func() { d.run(Span{Text: i.Name}) })
		return
	}
	d.images, d.kinds = append(d.images, i), append(d.kinds, kind)
	n := len(d.images)
	fmt.Fprintf(&d.relations, `<Relationship Id="image%d" Type="%simage" Target="media/image%d.%s"/>`, n, relation, n, kind)
	width, height := size.Width, size.Height
	if width > widestPixels {
		width, height = widestPixels, max(height*widestPixels/width, 1)
	}
	fmt.Fprintf(&d.body, `<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="%s" descr="%s"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="%d" name="%s"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="image%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
		width*emuPerPixel, height*emuPerPixel, n, escaped(i.Name), escaped(i.Name), n, escaped(i.Name), n, width*emuPerPixel, height*emuPerPixel)
}

func (d *docxWriter) save(w io.Writer) error {
	archive := zip.NewWriter(w)
	var failed error
	add := func(name, content string) {
		member, err := archive.Create(name)
		if err == nil {
			_, err = io.WriteString(member, content)
		}
		failed = errors.Join(failed, err)
	}
	d.addFixed(add)
	add("word/document.xml", xmlHead+`<w:document `+wordSpace+`><w:body>`+d.body.String()+
		`<w:sectPr><w:footerReference w:type="default" r:id="footer"/><w:footnotePr><w:numFmt w:val="decimal"/></w:footnotePr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1247" w:right="1247" w:bottom="1247" w:left="1247" w:header="624" w:footer="624" w:gutter="0"/></w:sectPr></w:body></w:document>`)
	add("word/footnotes.xml", xmlHead+`<w:footnotes `+wordSpace+`><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>`+d.footnotes.String()+`</w:footnotes>`)
	add("word/numbering.xml", xmlHead+`<w:numbering `+wordSpace+`>`+docxLists()+d.numbering.String()+`</w:numbering>`)
	add("word/footer1.xml", xmlHead+`<w:ftr `+wordSpace+`><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>`+d.pageOf()+`</w:p></w:ftr>`)
	add("word/_rels/document.xml.rels", xmlHead+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="styles" Type="`+relation+`styles" Target="styles.xml"/><Relationship Id="numbering" Type="`+relation+`numbering" Target="numbering.xml"/><Relationship Id="footnotes" Type="`+relation+`footnotes" Target="footnotes.xml"/><Relationship Id="footer" Type="`+relation+`footer" Target="footer1.xml"/><Relationship Id="settings" Type="`+relation+`settings" Target="settings.xml"/>`+d.relations.String()+`</Relationships>`)
	for i, picture := range d.images {
		add(fmt.Sprintf("word/media/image%d.%s", i+1, d.kinds[i]), string(picture.Bytes))
	}
	return errors.Join(failed, archive.Close())
}

// pageOf is "page n of m" with fields for the numbers.
func (d *docxWriter) pageOf() string {
	field := func(name string) string {
		return `</w:t></w:r><w:fldSimple w:instr=" ` + name + ` "><w:r><w:t>1</w:t></w:r></w:fldSimple><w:r><w:t xml:space="preserve">`
	}
	text := strings.NewReplacer("{pages}", field("NUMPAGES"), "{page}", field("PAGE")).Replace(escaped(d.paper.PageOf))
	return `<w:r><w:t xml:space="preserve">` + escaped(d.paper.Generated) + ` · ` + text + `</w:t></w:r>`
}
