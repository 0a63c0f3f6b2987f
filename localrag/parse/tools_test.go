package parse

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kontor/localrag"
)

// testTools run the programs of the system. Without one, what needs it is skipped.
func testTools(t *testing.T, names ...string) Tools {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("there is no ", name)
		}
	}
	return Tools{
		Folder: t.TempDir(),
		Find: func(name string) (string, string) {
			if !slices.Contains(names, name) {
				return "", ""
			}
			path, _ := exec.LookPath(name)
			return path, ""
		},
		Run: func(ctx context.Context, p ToolProgram) error {
			ctx, cancel := context.WithTimeout(ctx, p.Time)
			defer cancel()
			cmd := exec.CommandContext(ctx, p.Path, p.Args...)
			cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stdout = p.Env, p.Dir, p.Stdin, p.Stdout
			return cmd.Run()
		},
	}
}

// readWith reads a document in a worker that may ask for help.
func readWith(t *testing.T, pool *Pool, name string, data []byte) (Result, error) {
	t.Helper()
	doc, err := pool.Parse(t.Context(), Source{Name: name, Size: int64(len(data)), Content: bytes.NewReader(data)}, nil)
	if err == nil {
		checkDocument(t, doc)
	}
	return doc, err
}

// scan is a page of a law, printed and scanned a little askew.
func scan(t testing.TB) *image.Gray {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "scan", "urlaubsgesetz-scan.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoded, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return decoded.(*image.Gray)
}

// picturePDF makes a PDF whose pages are pictures, nil for an empty page.
func picturePDF(pages ...*image.Gray) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(offsets)}, args...)...)
	}
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 3+3*i)
	}
	out.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(pages))
	for i, page := range pages {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>", 4+3*i, 5+3*i)
		if page == nil {
			object("<</Length 0>>stream\n\nendstream")
			object("null")
			continue
		}
		object("<</Length 25>>stream\n595 0 0 842 0 0 cm /I Do \nendstream")
		var packed bytes.Buffer
		w := zlib.NewWriter(&packed)
		_, _ = w.Write(page.Pix)
		_ = w.Close()
		object("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length %d>>stream\n%s\nendstream",
			page.Rect.Dx(), page.Rect.Dy(), packed.Len(), packed.String())
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.Bytes()
}

const scannedSentence = "Jeder Arbeitnehmer hat in jedem Kalenderjahr Anspruch auf bezahlten Erholungsurlaub."

func TestScannedPDF(t *testing.T) {
	pool := testPool(t, Options{Tools: testTools(t, ToolRecogniser)})
	data := picturePDF(nil, scan(t))
	doc, err := readWith(t, pool, "scan.pdf", data)
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(doc.Text, scannedSentence)
	if start < 0 || doc.Pages != 2 || fmt.Sprint(doc.PagesWithoutText) != "[1]" {
		t.Fatalf("%d pages, without text %v: %s", doc.Pages, doc.PagesWithoutText, kinds(doc))
	}
	var place localrag.Location
	for _, block := range doc.Blocks {
		if block.Start <= start && start < block.End {
			place = block.Location
		}
	}
	if place.Page != 2 || !strings.Contains(place.Heading, "Mindesturlaubsgesetz") {
		t.Errorf("the sentence is at %+v: %s", place, kinds(doc))
	}
	rects, err := pool.Locate(t.Context(), Source{Name: "scan.pdf", Size: int64(len(data)), Content: bytes.NewReader(data)},
		Span{Start: start, End: start + len(scannedSentence), Text: scannedSentence, Blocks: doc.Blocks})
	if err != nil || len(rects) == 0 {
		t.Fatal(rects, err)
	}
	dark := darkness(scan(t), rects)
	if r := rects[0]; r.Page != 2 || r.PageWidth != 595 || r.Width < 200 || dark < 0.05 {
		t.Errorf("%+v, %.3f of it is ink", rects, dark)
	}
}

// darkness is how much of the places on a page is ink.
func darkness(page *image.Gray, rects []Rect) float64 {
	ink, all := 0, 0
	for _, r := range rects {
		scaleX, scaleY := float64(page.Rect.Dx())/r.PageWidth, float64(page.Rect.Dy())/r.PageHeight
		for y := int(r.Y * scaleY); y < int((r.Y+r.Height)*scaleY); y++ {
			for x := int(r.X * scaleX); x < int((r.X+r.Width)*scaleX); x++ {
				if all++; page.GrayAt(x, y).Y < 128 {
					ink++
				}
			}
		}
	}
	return float64(ink) / float64(max(all, 1))
}

func TestPictures(t *testing.T) {
	pool := testPool(t, Options{Tools: testTools(t, ToolRecogniser)})
	page := scan(t)
	small := image.NewGray(image.Rect(0, 0, page.Rect.Dx(), 1100)) // enough for the sentence
	copy(small.Pix, page.Pix)
	for name, data := range map[string][]byte{"foto.jpg": turnedJPEG(t, small), "fax.tif": twoPageTIFF(small)} {
		doc, err := readWith(t, pool, name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(strings.ReplaceAll(doc.Text, "\n", " "), scannedSentence) || doc.Blocks[0].Location.Page != doc.Pages {
			t.Errorf("%s, %d pages: %s", name, doc.Pages, kinds(doc))
		}
	}
	_, err := readWith(t, pool, "leer.png", encodePNG(t, image.NewGray(image.Rect(0, 0, 600, 600))))
	wantCode(t, err, localrag.CodeNoTextFound)
}

func encodePNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// turnedJPEG is a photo with the camera held upright: its pixels lie on their side.
func turnedJPEG(t testing.TB, picture *image.Gray) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(picture, 8), &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	return append([]byte("\xff\xd8"+exif), out.Bytes()[2:]...)
}

// twoPageTIFF has an empty page and then a picture, both uncompressed.
func twoPageTIFF(picture *image.Gray) []byte {
	out := []byte("II*\x00\x00\x00\x00\x00")
	link := 4
	empty := image.NewGray(image.Rect(0, 0, 100, 100))
	for _, page := range []*image.Gray{empty, picture} {
		data := len(out)
		out = append(out, page.Pix...)
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		binary.LittleEndian.PutUint32(out[link:], uint32(len(out)))
		tags := [][2]uint32{
			{256, uint32(page.Rect.Dx())}, {257, uint32(page.Rect.Dy())}, {258, 8}, {259, 1}, {262, 1},
			{273, uint32(data)}, {277, 1}, {278, uint32(page.Rect.Dy())}, {279, uint32(len(page.Pix))},
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(tags)))
		for _, tag := range tags {
			out = binary.LittleEndian.AppendUint16(out, uint16(tag[0]))
			out = binary.LittleEndian.AppendUint16(out, 4)
			out = binary.LittleEndian.AppendUint32(out, 1)
			out = binary.LittleEndian.AppendUint32(out, tag[1])
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}

func TestWithoutTools(t *testing.T) {
	pool := testPool(t, Options{})
	for name, c := range map[string]struct {
		data []byte
		want localrag.Code
	}{
		"scan.pdf":   {picturePDF(scan(t)), localrag.CodeNoTextLayer},
		"scan.png":   {encodePNG(t, scan(t)), localrag.CodeNoTextLayer},
		"kaputt.jpg": {[]byte("\xff\xd8\xff\xe0 nothing"), localrag.CodeCorrupt},
		"riesig.jpg": {hugeJPEG(t), localrag.CodeTooLarge},
		"alt.doc":    {legacyFile(t, "testWORD_features.doc"), localrag.CodeOfficeMissing},
		"alt.xls":    {legacyFile(t, "kuendigungsfristen-und-betriebsrat.xls"), localrag.CodeOfficeMissing},
		"alt.ppt":    {legacyFile(t, "urlaubsplanung.ppt.gz"), localrag.CodeOfficeMissing},
		"geheim.doc": {compoundOf(map[string][]byte{streamWord: append(make([]byte, 11), 1, 0)}), localrag.CodePassword},
		"geheim.xls": {compoundOf(map[string][]byte{streamExcel: []byte("\x09\x08\x02\x00\x00\x06\x2f\x00\x00\x00")}), localrag.CodePassword},
	} {
		_, err := readWith(t, pool, name, c.data)
		if got := localrag.CodeOf(err); got != c.want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.want)
		}
	}
}

// hugeJPEG declares more pixels than are decoded.
func hugeJPEG(t testing.TB) []byte {
	data := turnedJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	frame := bytes.Index(data, []byte("\xff\xc0"))
	copy(data[frame+5:], "\xff\xff\xff\xff")
	return data
}

func legacyFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "legacy", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(unpacked); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

func TestLegacyOffice(t *testing.T) {
	pool := testPool(t, Options{Tools: testTools(t, ToolConverter)})
	for name, c := range map[string]struct{ file, text string }{
		"alt.doc": {"testWORD_features.doc", "This is another comment"},
		"alt.xls": {"kuendigungsfristen-und-betriebsrat.xls", "1001289.49"},
		"alt.ppt": {"urlaubsplanung.ppt.gz", "Übertrag höchstens fünf Tage"},
	} {
		doc, err := readWith(t, pool, name, legacyFile(t, c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Log(doc.Format, kinds(doc))
		if !strings.Contains(doc.Text, c.text) || doc.Format != strings.TrimPrefix(filepath.Ext(name), ".") {
			t.Errorf("%s: %s", doc.Format, kinds(doc))
		}
	}
	broken := legacyFile(t, "testWORD_features.doc")
	clear(broken[1024:4096])
	if _, err := readWith(t, pool, "kaputt.doc", broken); err == nil {
		t.Error("a damaged document was read")
	} else if code := localrag.CodeOf(err); code != localrag.CodeConversion && code != localrag.CodeCorrupt && code != localrag.CodeUnsupported && code != localrag.CodeEmpty {
		t.Error(err)
	}
}

func TestChooseLanguages(t *testing.T) {
	for list, want := range map[string]string{
		"List of available languages in \"/x y/\" (3):\ndeu\neng\nosd\n": "deu+eng",
		"List of available languages (2):\r\nosd\r\neng\r\n":             "eng",
		"List of available languages (1):\nfra\n":                        "fra",
		"osd\n": "",
		"":      "",
	} {
		if got := chooseLanguages(list); got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}
