package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"kontor/app/transfer"
)

// The page, in millimetres, and sizes of type in points.
const (
	pageWidth, pageHeight = 210.0, 297.0
	marginLeft            = 22.0
	marginTop             = 20.0
	marginBottom          = 24.0
	textWidth             = pageWidth - 2*marginLeft

	bodySize, bodyLine = 10.5, 5.3
	codeSize, codeLine = 8.8, 4.3
	noteSize, noteLine = 8.0, 3.7
	notesSpace         = 4.0
	// A quotation longer than this many characters would push the text off the page.
	longestQuote = 1000
	maxPixels    = 40 << 20
)

// PDF writes pages with footnotes at their foot.
func (p Paper) PDF(w io.Writer) error {
	fonts, err := newTypefaces()
	if err != nil {
		return err
	}
	f := fpdf.New("P", "mm", "A4", "")
	d := &pdfWriter{paper: p, f: f, fonts: fonts, notes: map[int]Note{}, placed: map[int]bool{}}
	fonts.add(f)
	d.describe()
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(marginLeft, marginTop, marginLeft)
	f.AliasNbPages("{pages}")
	f.SetFooterFunc(d.footer)
	d.newPage()
	if len(p.Chats) > 1 {
		d.text([]Span{{Text: p.Title, Bold: true}}, look{size: 20, line: 9})
		d.gap(6)
	}
	for i, c := range p.Chats {
		if i > 0 {
			d.newPage()
		}
		d.chat(c)
	}
	for len(d.spilled) > 0 {
		d.newPage()
	}
	return f.Output(w)
}

// describe fills the file's own data.
func (d *pdfWriter) describe() {
	p, f := d.paper, d.f
	f.SetTitle(p.Title, true)
	f.SetSubject(p.Generated, true)
	f.SetKeywords(p.keywords(), true)
	f.SetAuthor(p.Program, true)
	f.SetCreator(p.Program, true)
	f.SetProducer(p.Program, true)
	f.SetCreationDate(p.At)
	f.SetModificationDate(p.At)
	f.SetLang(p.Language)
	f.SetXmpMetadata([]byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + escaped(p.Title) + `</rdf:li></rdf:Alt></dc:title><dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + escaped(p.Generated) + `</rdf:li></rdf:Alt></dc:description><pdf:Keywords>` + escaped(p.keywords()) + `</pdf:Keywords><xmp:CreatorTool>` + escaped(p.Program) + `</xmp:CreatorTool><xmp:CreateDate>` + p.At.Format("2006-01-02T15:04:05Z07:00") + `</xmp:CreateDate><Iptc4xmpExt:DigitalSourceType>` + digitalSource + `</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`))
}

// pdfWriter keeps the place on the page.
type pdfWriter struct {
	paper Paper
	f     *fpdf.Fpdf
	fonts *typefaces
	y     float64
	left  float64 // of the text, from the margin
	// Drawn beside each line: a shade behind it, the bars of quotations, the mark of a list's point.
	shaded bool
	bars   []float64
	marker string
	// Footnotes: all, those that have their place, what stands at the foot of this page and the next.
	notes   map[int]Note
	placed  map[int]bool
	foot    []line
	images  int
	spilled []Note
}

func (d *pdfWriter) limit() float64 {
	limit := pageHeight - marginBottom
	if len(d.foot) > 0 {
		limit -= notesSpace + float64(len(d.foot))*noteLine
	}
	return limit
}

func (d *pdfWriter) newPage() {
	d.f.AddPage() // the footer of the page before is drawn now
	d.y, d.foot = marginTop, nil
	waiting := d.spilled
	d.spilled = nil
	for _, n := range waiting {
		d.note(n)
	}
}

// footer draws the footnotes and the number of the page.
func (d *pdfWriter) footer() {
	f := d.f
	if len(d.foot) > 0 {
		y := pageHeight - marginBottom - float64(len(d.foot))*noteLine
		f.SetDrawColor(150, 150, 150)
		f.SetLineWidth(0.2)
		f.Line(marginLeft, y-1.5, marginLeft+40, y-1.5)
		for _, l := range d.foot {
			d.drawLine(l, marginLeft, y, noteLine, 60)
			y += noteLine
		}
	}
	f.SetTextColor(95, 91, 85)
	d.fonts.use(f, "body", "", noteSize)
	f.Text(marginLeft, pageHeight-11, d.fonts.known(d.paper.Generated))
	number := strings.NewReplacer("{page}", fmt.Sprint(f.PageNo())).Replace(d.paper.PageOf)
	// The number of pages is filled in later and is narrower than its name.
	f.Text(marginLeft+textWidth-f.GetStringWidth(strings.ReplaceAll(number, "{pages}", "00")), pageHeight-11, number)
}

// note puts a footnote at the foot of this page, or of the next if it is full.
func (d *pdfWriter) note(n Note) {
	quote := []rune(n.Quote)
	if len(quote) > longestQuote {
		n.Quote = strings.TrimSpace(string(quote[:longestQuote])) + " …"
	}
	lines := d.fonts.wrap(d.f, []Span{{Text: fmt.Sprintf("%d  %s: %s", n.Number, n.Source, d.paper.quoted(n.Quote))}}, look{size: noteSize}, textWidth)
	if d.limit()-notesSpace-float64(len(lines))*noteLine < max(d.y, marginTop)+bodyLine {
		d.spilled = append(d.spilled, n)
		return
	}
	d.foot = append(d.foot, lines...)
}

// room makes sure that a height fits, with the footnotes its lines bring.
func (d *pdfWriter) room(height float64, lines ...line) {
	var fresh []Note
	wanted := height
	for _, l := range lines {
		for _, p := range l.pieces {
			if p.note > 0 && !d.placed[p.note] {
				d.placed[p.note] = true
				fresh = append(fresh, d.notes[p.note])
				wanted += float64(len([]rune(d.notes[p.note].Quote))/90+2) * noteLine // about
			}
		}
	}
	if d.y > marginTop && (d.y+height > d.limit() || d.y+wanted > d.limit() && wanted < (pageHeight-marginBottom-marginTop)/2) {
		d.newPage()
	}
	before := d.y
	d.y += height // the lines themselves need their place
	for _, n := range fresh {
		d.note(n)
	}
	d.y = before
}

func (d *pdfWriter) gap(height float64) {
	if d.y+height > d.limit() {
		d.y = d.limit()
		return
	}
	d.behind(height)
	d.y += height
}

// behind draws what stands behind a line of text.
func (d *pdfWriter) behind(height float64) {
	if d.shaded {
		d.f.SetFillColor(245, 243, 239)
		d.f.Rect(marginLeft-3, d.y, textWidth+6, height+0.05, "F")
	}
	d.f.SetFillColor(205, 200, 192)
	for _, x := range d.bars {
		d.f.Rect(marginLeft+x, d.y, 0.8, height+0.05, "F")
	}
}

// text sets spans in lines at the current place.
func (d *pdfWriter) text(spans []Span, l look) {
	for _, one := range d.fonts.wrap(d.f, spans, l, textWidth-d.left) {
		d.room(l.line, one)
		d.behind(l.line)
		if d.marker != "" {
			d.drawLine(line{pieces: []piece{{text: d.marker, family: "body", size: l.size}}}, marginLeft+d.left-5.5, d.y, l.line, l.grey)
			d.marker = ""
		}
		d.drawLine(one, marginLeft+d.left, d.y, l.line, l.grey)
		d.y += l.line
	}
}

func (d *pdfWriter) drawLine(l line, x, y, height float64, grey int) {
	f := d.f
	for _, p := range l.pieces {
		d.fonts.use(f, p.family, p.style, p.size)
		f.SetTextColor(grey, grey, grey)
		if p.link != "" {
			f.SetTextColor(31, 78, 121)
		}
		base := y + height*0.72
		if p.note > 0 {
			base -= 1.3
		}
		if p.family == "mono" && p.shade {
			f.SetFillColor(240, 240, 240)
			f.Rect(x, y+height*0.12, p.width, height*0.8, "F")
		}
		f.Text(x, base, p.text)
		if p.struck {
			f.SetDrawColor(grey, grey, grey)
			f.Line(x, base-1.1, x+p.width, base-1.1)
		}
		if p.link != "" {
			f.LinkString(x, y, p.width, height, p.link)
		}
		x += p.width
	}
}

func (d *pdfWriter) chat(c Chat) {
	d.f.SetTextColor(0, 0, 0)
	d.fonts.use(d.f, "body", "", bodySize)
	d.f.Bookmark(d.fonts.known(c.Title), 0, d.y)
	d.text([]Span{{Text: c.Title, Bold: true}}, look{size: 16, line: 7.4})
	d.text([]Span{{Text: c.About}}, look{size: 9, line: 5, grey: 95})
	for _, turn := range c.Turns {
		d.turn(turn)
	}
}

func (d *pdfWriter) turn(t Turn) {
	d.gap(6)
	for _, n := range t.Notes {
		d.notes[n.Number] = n
	}
	d.room(4 * bodyLine) // who speaks does not stand alone at the foot
	d.shaded = !t.Answer
	d.gap(1.5)
	d.text([]Span{{Text: t.Who, Bold: true}}, look{size: 9, line: 5, grey: 95})
	for _, i := range t.Images {
		d.image(i)
	}
	d.blocks(t.Blocks)
	if t.Mark != "" {
		d.gap(1.5)
		d.text([]Span{{Text: t.Mark, Italic: true}}, look{size: 9, line: 5, grey: 95})
	}
	d.gap(1.5)
	d.shaded = false
}

func (d *pdfWriter) blocks(list []Block) {
	body := look{size: bodySize, line: bodyLine, grey: 20}
	for i, b := range list {
		if i > 0 {
			d.gap(2.2)
		}
		switch b.Kind {
		case Heading:
			d.gap(1.5)
			size := []float64{14, 13, 12, 11, 10.5, 10.5}[min(max(b.Level, 1), 6)-1]
			d.room(size*0.5 + 2*bodyLine)
			d.text(bold(b.Spans), look{size: size, line: size * 0.5, grey: 20})
		case Code:
			d.code(b.Text)
		case Quote:
			d.bars = append(d.bars, d.left+1)
			d.left += 6
			d.blocks(b.Blocks)
			d.left -= 6
			d.bars = d.bars[:len(d.bars)-1]
		case List:
			d.list(b)
		case Table:
			d.table(b)
		case Rule:
			d.room(2)
			d.f.SetDrawColor(190, 190, 190)
			d.f.Line(marginLeft+d.left, d.y+1, marginLeft+textWidth, d.y+1)
			d.y += 2
		default:
			d.text(b.Spans, body)
		}
	}
}

func bold(spans []Span) []Span {
	list := append([]Span(nil), spans...)
	for i := range list {
		list[i].Bold = true
	}
	return list
}

func (d *pdfWriter) list(b Block) {
	deep := min(d.left+7, textWidth/2)
	before := d.left
	d.left = deep
	for i, item := range b.Items {
		if i > 0 {
			d.gap(0.8)
		}
		d.marker = "•"
		if b.Ordered {
			d.marker = fmt.Sprintf("%d.", b.Start+i)
		}
		if len(item) == 0 || item[0].Kind != Paragraph && item[0].Kind != Heading {
			d.text([]Span{{Text: " "}}, look{size: bodySize, line: bodyLine})
		}
		d.blocks(item)
	}
	d.left, d.marker = before, ""
}

func (d *pdfWriter) code(text string) {
	l := look{size: codeSize, line: codeLine, grey: 30, plain: true}
	inner := textWidth - d.left - 5
	for _, written := range strings.Split(strings.ReplaceAll(text, "\t", "    "), "\n") {
		for _, one := range d.fonts.wrap(d.f, []Span{{Text: written, Code: true}}, l, inner) {
			d.room(codeLine, one)
			d.behind(codeLine)
			d.f.SetFillColor(240, 240, 240)
			d.f.Rect(marginLeft+d.left, d.y, textWidth-d.left, codeLine+0.05, "F")
			d.drawLine(one, marginLeft+d.left+2.5, d.y, codeLine, l.grey)
			d.y += codeLine
		}
	}
}

// image sets a picture; what cannot be read as one is named.
func (d *pdfWriter) image(i transfer.Image) {
	size, _, err := image.DecodeConfig(bytes.NewReader(i.Bytes))
	var encoded bytes.Buffer
	if err == nil && size.Width > 0 && size.Height > 0 && size.Width*size.Height <= maxPixels {
		var picture image.Image
		if picture, _, err = image.Decode(bytes.NewReader(i.Bytes)); err == nil {
			flat := image.NewRGBA(picture.Bounds())
			draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
			draw.Draw(flat, flat.Bounds(), picture, picture.Bounds().Min, draw.Over)
			err = jpeg.Encode(&encoded, flat, &jpeg.Options{Quality: 88})
		}
	}
	if err != nil || encoded.Len() == 0 {
		d.text([]Span{{Text: i.Name, Italic: true}}, look{size: bodySize, line: bodyLine, grey: 95})
		return
	}
	width := min(float64(size.Width)*25.4/96, textWidth-d.left)
	height := width * float64(size.Height) / float64(size.Width)
	if height > 110 {
		width, height = width*110/height, 110
	}
	d.room(height + 2)
	d.behind(height + 2)
	d.images++
	name := fmt.Sprint("image", d.images)
	options := fpdf.ImageOptions{ImageType: "JPG"}
	d.f.RegisterImageOptionsReader(name, options, &encoded)
	d.f.ImageOptions(name, marginLeft+d.left, d.y+1, width, height, false, options, 0, "")
	d.y += height + 2
}
