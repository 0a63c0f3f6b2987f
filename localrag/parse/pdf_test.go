package parse

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kontor/localrag"
)

// drawn is a text of a test page: size, place of the baseline from the bottom
// left, and whether it is bold.
type drawn struct {
	size, x, y float64
	text       string
	bold       bool
}

// pdfOf makes a PDF with pages of 400 × 600 points in Helvetica.
func pdfOf(rotate int, pages ...[]drawn) []byte { return pdfWith(rotate, "", pages...) }

// pdfWith adds annotations to each page.
func pdfWith(rotate int, annotations string, pages ...[]drawn) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(content string) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), content)
	}
	out.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 5+2*i)
	}
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), kids.String()))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	for i, texts := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Rotate %d /Contents %d 0 R /Annots [%s]"+
			" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>", rotate, 6+2*i, annotations))
		var stream strings.Builder
		for _, d := range texts {
			font := "F1"
			if d.bold {
				font = "F2"
			}
			text := strings.NewReplacer("(", `\(`, ")", `\)`, "ü", `\374`, "ä", `\344`, "§", `\247`, "•", `\225`).Replace(d.text)
			fmt.Fprintf(&stream, "BT /%s %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", font, d.size, d.x, d.y, text)
		}
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", stream.Len(), stream.String()))
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.Bytes()
}

// lines draws a paragraph: a line every 14 points, from y downwards.
func lines(x, y float64, texts ...string) []drawn {
	var list []drawn
	for i, text := range texts {
		list = append(list, drawn{size: 10, x: x, y: y - 14*float64(i), text: text})
	}
	return list
}

func parsePDFOf(t *testing.T, r *Reader, data []byte) Result {
	t.Helper()
	doc, err := r.Parse(t.Context(), data, "a.pdf", nil)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, doc)
	return doc
}

func TestPDFParagraphs(t *testing.T) {
	r := testReader(t)
	page := append([]drawn{{size: 16, x: 40, y: 560, text: "Arbeitsvertrag"}, {size: 10, x: 40, y: 536, text: "§ 1 Beginn", bold: true}},
		lines(40, 515, "Das Verhältnis beginnt am ersten Tag und ist auf Dauer einge-",
			"richtet. Es gelten die Lern- und Ausbildungsziele sowie die Lern-",
			"und Prüfungsordnung des Landes in der Fassung von Baden-",
			"Württemberg, soweit nichts anderes vereinbart worden ist.")...)
	page = append(page, lines(40, 445, "(2) Ein neuer Absatz nach einem Abstand.")...)
	page = append(page, lines(40, 420, "• Punkt eins", "• Punkt zwei")...)
	wantText(t, kinds(parsePDFOf(t, r, pdfOf(0, page))), `heading1 [Arbeitsvertrag] Arbeitsvertrag
heading2 [Arbeitsvertrag › § 1 Beginn] § 1 Beginn
paragraph [Arbeitsvertrag › § 1 Beginn] Das Verhältnis beginnt am ersten Tag und ist auf Dauer eingerichtet. Es gelten die Lern- und Ausbildungsziele sowie die Lern- und Prüfungsordnung des Landes in der Fassung von Baden-Württemberg, soweit nichts anderes vereinbart worden ist.
paragraph [Arbeitsvertrag › § 1 Beginn] (2) Ein neuer Absatz nach einem Abstand.
list_item [Arbeitsvertrag › § 1 Beginn] • Punkt eins
list_item [Arbeitsvertrag › § 1 Beginn] • Punkt zwei
`)
}

// Two columns whose lines were written across the gutter must be read column
// by column; a table must not.
func TestPDFColumnsAndTables(t *testing.T) {
	r := testReader(t)
	var page []drawn
	for i := range 8 {
		y := 500 - 14*float64(i)
		page = append(page, drawn{size: 10, x: 30, y: y, text: fmt.Sprintf("links steht Zeile %d mit Text", i)},
			drawn{size: 10, x: 220, y: y, text: fmt.Sprintf("rechts steht Zeile %d mit Text", i)})
	}
	text := parsePDFOf(t, r, pdfOf(0, page)).Text
	if left, right := strings.Index(text, "links steht Zeile 7"), strings.Index(text, "rechts steht Zeile 0"); left < 0 || right < left {
		t.Errorf("columns are mixed:\n%s", text)
	}
	page = nil
	for i := range 8 {
		y := 500 - 14*float64(i)
		page = append(page, drawn{size: 10, x: 30, y: y, text: fmt.Sprintf("Stufe %d", i)}, drawn{size: 10, x: 220, y: y, text: fmt.Sprintf("%d Euro", 100*i)})
	}
	doc := parsePDFOf(t, r, pdfOf(0, page))
	if len(doc.Blocks) != 8 || doc.Blocks[3].Kind != localrag.Table || !strings.Contains(doc.Text, "Stufe 3\t300 Euro\n") {
		t.Errorf("no table:\n%s", kinds(doc))
	}
}

func TestPDFRunningLines(t *testing.T) {
	r := testReader(t)
	var pages [][]drawn
	for i := 1; i <= 4; i++ {
		page := append([]drawn{{size: 8, x: 40, y: 580, text: "Handbuch der Firma"}}, lines(40, 500, fmt.Sprintf("Inhalt der Seite Nummer %d.", i), "Mehr davon.")...)
		pages = append(pages, append(page, drawn{size: 8, x: 200, y: 20, text: fmt.Sprintf("Seite %d von 4", i)}))
	}
	doc := parsePDFOf(t, r, pdfOf(0, pages...))
	if len(doc.Blocks) != 4 || strings.Contains(doc.Text, "Handbuch") || strings.Contains(doc.Text, "Seite 2 von") {
		t.Errorf("running lines:\n%s", kinds(doc))
	}
	start := strings.Index(doc.Text, "der Seite Nummer 3")
	rects, err := r.Locate(t.Context(), pdfOf(0, pages...), "a.pdf", Span{Start: start, End: start + 10, Blocks: doc.Blocks})
	if err != nil || len(rects) != 1 || rects[0].Page != 3 {
		t.Errorf("%v, %v", rects, err)
	}
	for i, block := range doc.Blocks {
		if block.Location.Page != i+1 {
			t.Errorf("block %d is on page %d", i, block.Location.Page)
		}
	}
}

// The rectangle of a span must hold what was drawn there, on the page as displayed.
func TestPDFLocate(t *testing.T) {
	r := testReader(t)
	page := append([]drawn{{size: 8, x: 40, y: 585, text: "Kopf"}}, lines(40, 400, "Hier steht eine Angabe und dann die Ant-", "wort auf die Frage, danach nichts mehr.")...)
	for _, rotate := range []int{0, 90, 180, 270} {
		t.Run(fmt.Sprint(rotate), func(t *testing.T) {
			data := pdfOf(rotate, lines(40, 500, "Erste Seite."), page)
			doc := parsePDFOf(t, r, data)
			start := strings.Index(doc.Text, "Antwort auf")
			if start < 0 {
				t.Fatalf("text is %q", doc.Text)
			}
			rects, err := r.Locate(t.Context(), data, "a.pdf", Span{Start: start, End: start + len("Antwort auf"), Blocks: doc.Blocks})
			if err != nil || len(rects) != 2 {
				t.Fatalf("%v, %v", rects, err)
			}
			want := [2][4]float64{{205, 189, 15, 14}, {40, 203, 36, 14}} // x, y, width, height before the rotation
			for i, rect := range rects {
				x, y, width, height := unrotated(rect, rotate)
				w := want[i]
				if rect.Page != 2 || far(x, w[0]) || far(y, w[1]) || far(width, w[2]) || far(height, w[3]) {
					t.Errorf("rectangle %d: %.0f %.0f %.0f×%.0f on page %d, want %v", i, x, y, width, height, rect.Page, w)
				}
			}
		})
	}
}

func far(a, b float64) bool { return math.Abs(a-b) > 5 }

// unrotated turns a rectangle of a displayed page of 400 × 600 back.
func unrotated(r Rect, rotate int) (x, y, width, height float64) {
	switch rotate {
	case 90:
		return r.Y, 600 - r.X - r.Width, r.Height, r.Width
	case 180:
		return 400 - r.X - r.Width, 600 - r.Y - r.Height, r.Width, r.Height
	case 270:
		return 400 - r.Y - r.Height, r.X, r.Height, r.Width
	}
	return r.X, r.Y, r.Width, r.Height
}

// Every block of a real document is found again where it stands.
func TestPDFLocatesAllBlocks(t *testing.T) {
	r := testReader(t)
	for _, name := range []string{"bundesurlaubsgesetz.pdf", "arbeitszeitgesetz-zweispaltig.pdf", "testPDF_rotated.pdf"} {
		data, err := os.ReadFile(filepath.Join("testdata", "corpus", "ok", name))
		if err != nil {
			t.Fatal(err)
		}
		doc := parsePDFOf(t, r, data)
		for i, block := range doc.Blocks {
			if i%7 != 0 {
				continue
			}
			span := Span{Start: block.Start, End: block.End, Blocks: doc.Blocks}
			rects, err := r.Locate(t.Context(), data, name, span)
			if err != nil || len(rects) == 0 || rects[0].Page != block.Location.Page {
				t.Fatalf("%s, block %d: %v, %v", name, i, rects, err)
			}
			// Offsets of another version are repaired by the text.
			span.Text = doc.Text[span.Start:span.End]
			span.Start, span.End = span.Start+3, span.End+3
			if repaired, err := r.Locate(t.Context(), data, name, span); err != nil || fmt.Sprint(repaired) != fmt.Sprint(rects) {
				t.Fatalf("%s, block %d: repaired to %v, want %v", name, i, repaired, rects)
			}
		}
	}
}

func TestPDFPagesWithoutText(t *testing.T) {
	r := testReader(t)
	doc := parsePDFOf(t, r, pdfOf(0, nil, lines(40, 500, "Nur hier."), nil))
	if fmt.Sprint(doc.PagesWithoutText) != "[1 3]" || doc.Blocks[0].Location.Page != 2 {
		t.Errorf("without text: %v; %s", doc.PagesWithoutText, kinds(doc))
	}
	_, err := r.Parse(t.Context(), pdfOf(0, nil, nil), "a.pdf", nil)
	wantCode(t, err, localrag.CodeNoTextLayer)
}

func TestPDFLimits(t *testing.T) {
	r := testReader(t)
	r.options.Limits.Pages = 2
	_, err := r.Parse(t.Context(), pdfOf(0, nil, nil, nil), "a.pdf", nil)
	wantCode(t, err, localrag.CodeTooLarge)
}

// BenchmarkPDF gives the rate at which pages become text, in one process.
func BenchmarkPDF(b *testing.B) {
	data, err := os.ReadFile(filepath.Join("testdata", "corpus", "ok", "bundesurlaubsgesetz.pdf"))
	if err != nil {
		b.Fatal(err)
	}
	r := testReader(b)
	pages := 0
	for b.Loop() {
		doc, err := r.Parse(b.Context(), data, "a.pdf", nil)
		if err != nil {
			b.Fatal(err)
		}
		pages += doc.Pages
	}
	b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
}

// What was typed into a form and what was noted on a page is found and placed.
func TestPDFRemarks(t *testing.T) {
	r := testReader(t)
	data := pdfWith(0, `<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /TU (Name) /V (Erika Muster) /Rect [100 300 200 320] >>
		<< /Type /Annot /Subtype /Widget /FT /Btn /V /Yes /Rect [0 0 9 9] >> << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /Contents (no) >>
		<< /Type /Annot /Subtype /Text /Contents (Bitte kl\344ren) /Rect [300 500 320 520] >>`, lines(40, 500, "Ein Formular."))
	doc := parsePDFOf(t, r, data)
	wantText(t, kinds(doc), "paragraph [] Ein Formular.\nparagraph [] Name: Erika Muster\ncomment [] Bitte klären\n")
	start := strings.Index(doc.Text, "Erika")
	rects, err := r.Locate(t.Context(), data, "a.pdf", Span{Start: start, End: start + 5, Blocks: doc.Blocks})
	if err != nil || len(rects) != 1 || far(rects[0].X, 100) || far(rects[0].Y, 280) || far(rects[0].Width, 100) || far(rects[0].Height, 20) {
		t.Errorf("%+v, %v", rects, err)
	}
}
