package parse

import (
	"bufio"
	"bytes"
	"context"
	"image"
	"io"
	"testing"
	"time"

	"kontor/localrag"
)

// smallLimits keep a fuzzer from spending its time on bombs.
var smallLimits = Limits{UnpackedBytes: 4 << 20, Members: 50, TextBytes: 4 << 20}

func FuzzMSG(f *testing.F) {
	fuzzFormat(f, "a.msg", NewReader(ReaderOptions{Limits: smallLimits}), sampleMSG())
}

func FuzzMBOX(f *testing.F) {
	fuzzFormat(f, "a.mbox", NewReader(ReaderOptions{Limits: smallLimits}),
		[]byte("From a@b Thu Mar 14 09:30:00 2024\nSubject: x\n\ny\n\nFrom a@b Thu Mar 14 09:30:00 2024\nContent-Type: text/csv; name=a.csv\n\na;b\n"))
}

func FuzzZIP(f *testing.F) {
	inner := zipOf(f, zipEntry{"a.md", []byte("# a\n\nb")})
	fuzzFormat(f, "a.zip", NewReader(ReaderOptions{Limits: smallLimits}), inner, zipOf(f, zipEntry{"i.zip", inner}, zipEntry{"a.csv", []byte("a;b\n1;2")}))
}

// FuzzPicture decodes pictures; what is recognised in them does not matter.
func FuzzPicture(f *testing.F) {
	picture := image.NewGray(image.Rect(0, 0, 40, 30))
	help := Help{Recognise: func(_ context.Context, picture []byte) ([]byte, error) {
		if !isPGM(picture) {
			return nil, fail(localrag.CodeCrashed, errNonsense)
		}
		return []byte(oneWord), nil
	}}
	fuzzFormat(f, "a.png", NewReader(ReaderOptions{Help: help}), encodePNG(f, picture), turnedJPEG(f, picture), twoPageTIFF(picture))
}

// FuzzLegacy reads old formats whose conversion gives anything.
func FuzzLegacy(f *testing.F) {
	modernFile := wordFile(f, map[string]string{"word/document.xml": `<w:p><w:r><w:t>a</w:t></w:r></w:p>`})
	f.Add(legacyFile(f, "testWORD_features.doc"), modernFile)
	f.Add(legacyFile(f, "kuendigungsfristen-und-betriebsrat.xls"), modernFile)
	f.Add(compoundOf(map[string][]byte{streamPresenter: []byte("x"), "Current User": make([]byte, 20)}), []byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data, converted []byte) {
		if len(data)+len(converted) > fuzzLimit {
			return
		}
		r := NewReader(ReaderOptions{Limits: smallLimits, Help: Help{
			Convert: func(context.Context, string, []byte) ([]byte, error) { return converted, nil },
		}})
		for _, name := range []string{"a.doc", "a.xls", "a.ppt"} {
			if doc, err := r.Parse(context.Background(), data, name, nil); err == nil {
				checkDocument(t, doc)
			} else if code := localrag.CodeOf(err); code == "" || code == localrag.CodeCrashed {
				t.Fatal(err)
			}
		}
	})
}

const oneWord = "5\t1\t1\t1\t1\t1\t10\t12\t30\t9\t91.5\tGrüße\n"

// FuzzWords reads what another program says it recognised.
func FuzzWords(f *testing.F) {
	f.Add([]byte("level\tpage_num\n4\t1\t1\t1\t1\t0\t1\t1\t1\t1\t-1\t\n" + oneWord + oneWord))
	picture := image.NewGray(image.Rect(0, 0, 600, 600)) // all ink
	f.Fuzz(func(t *testing.T, tsv []byte) {
		r := NewReader(ReaderOptions{Help: Help{Recognise: func(context.Context, []byte) ([]byte, error) { return tsv, nil }}})
		page := &pdfPage{number: 1, width: 144, height: 144}
		o := recogniser{reader: r}
		if err := o.fill(context.Background(), page, picture); err != nil {
			t.Fatal(err)
		}
		text := compose(page, true)
		for _, rect := range text.rects(page, 0, len(text.text)) {
			if !(rect.Width > 0 && rect.Height > 0 && rect.X >= 0 && rect.X+rect.Width <= 144.01) {
				t.Fatalf("%+v", rect)
			}
		}
		b := &builder{limits: DefaultLimits()}
		doc := pdfDocument{builder: b, pages: 1}
		if err := doc.addPage(page); err != nil {
			t.Fatal(err)
		}
		if doc.finish(); len(b.blocks) > 0 {
			result, err := b.result("png")
			if err != nil {
				t.Fatal(err)
			}
			checkDocument(t, result)
		}
	})
}

func FuzzPackedRTF(f *testing.F) {
	f.Add([]byte("\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125\x42\x32\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if out, err := decompressRTF(data, 1<<20); err == nil && len(out) > 1<<20 {
			t.Fatalf("%d bytes", len(out))
		}
	})
}

// FuzzAnswer feeds the program's side with whatever a worker may ask for. It
// must never run anything for nonsense, and never take a fault for an answer.
func FuzzAnswer(f *testing.F) {
	var asked bytes.Buffer
	_ = writeData(&asked, encodePGM(image.NewGray(image.Rect(0, 0, 4, 4))))
	f.Add([]byte(`{"kind":"recognise"}`), asked.Bytes())
	f.Add([]byte(`{"kind":"convert","from":"../x"}`), asked.Bytes())
	f.Fuzz(func(t *testing.T, question, stream []byte) {
		tools := newToolbox(Tools{
			Find: func(string) (string, string) { return "/nowhere/tool", "" },
			Run: func(_ context.Context, p ToolProgram) error {
				if p.Stdin != nil {
					if picture, _ := io.ReadAll(p.Stdin); !isPGM(picture) {
						t.Errorf("%q is given to another program", picture)
					}
				}
				return nil
			},
			Folder: t.TempDir(),
		}, DefaultLimits())
		c := &client{process: &deafProcess{}, out: bufio.NewReader(bytes.NewReader(stream)), tools: tools}
		silence := time.AfterFunc(time.Hour, func() {})
		defer silence.Stop()
		_ = c.answer(context.Background(), question, job{Recognise: true, Convert: true, Limits: DefaultLimits()}, silence)
	})
}

// deafProcess takes everything and says nothing.
type deafProcess struct{}

func (deafProcess) Stdin() io.WriteCloser { return nopCloser{io.Discard} }
func (deafProcess) Stdout() io.Reader     { return bytes.NewReader(nil) }
func (deafProcess) Kill() error           { return nil }
func (deafProcess) Wait() (int, error)    { return 0, nil }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
