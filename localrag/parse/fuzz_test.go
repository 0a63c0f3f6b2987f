package parse

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kontor/localrag"
)

const fuzzLimit = 64 << 10

// fuzzFormat runs a format's parser on anything: it must end with a sound
// document or a coded error, and never by a panic.
func fuzzFormat(f *testing.F, name string, r *Reader, seeds ...[]byte) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	for _, folder := range []string{"ok", "hostile"} {
		files, err := filepath.Glob(filepath.Join("testdata", "corpus", folder, "*"+filepath.Ext(name)))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil && len(data) <= fuzzLimit {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > fuzzLimit {
			return
		}
		doc, err := r.Parse(context.Background(), data, name, nil)
		var known *localrag.Error
		switch {
		case err == nil:
			checkDocument(t, doc)
		case !errors.As(err, &known) || known.Code == localrag.CodeCrashed:
			t.Fatal(err)
		}
	})
}

func FuzzText(f *testing.F)     { fuzzFormat(f, "a.txt", NewReader(ReaderOptions{})) }
func FuzzMarkdown(f *testing.F) { fuzzFormat(f, "a.md", NewReader(ReaderOptions{})) }
func FuzzHTML(f *testing.F)     { fuzzFormat(f, "a.html", NewReader(ReaderOptions{})) }
func FuzzCSV(f *testing.F)      { fuzzFormat(f, "a.csv", NewReader(ReaderOptions{})) }
func FuzzXLSX(f *testing.F) {
	fuzzFormat(f, "a.xlsx", NewReader(ReaderOptions{Limits: Limits{UnpackedBytes: 4 << 20}}))
}
func FuzzPPTX(f *testing.F) {
	fuzzFormat(f, "a.pptx", NewReader(ReaderOptions{Limits: Limits{UnpackedBytes: 4 << 20}}))
}
func FuzzODF(f *testing.F) {
	fuzzFormat(f, "a.odt", NewReader(ReaderOptions{Limits: Limits{UnpackedBytes: 4 << 20}}))
}
func FuzzRTF(f *testing.F) { fuzzFormat(f, "a.rtf", NewReader(ReaderOptions{})) }
func FuzzEML(f *testing.F) { fuzzFormat(f, "a.eml", NewReader(ReaderOptions{})) }
func FuzzEPUB(f *testing.F) {
	fuzzFormat(f, "a.epub", NewReader(ReaderOptions{Limits: Limits{UnpackedBytes: 4 << 20}}))
}
func FuzzDOCX(f *testing.F) {
	fuzzFormat(f, "a.docx", NewReader(ReaderOptions{Limits: Limits{UnpackedBytes: 4 << 20}}))
}
func FuzzPDF(f *testing.F) {
	r := testReader(f)
	// Each fuzzing process compiles the engine anew, which on a busy machine
	// takes longer than the 10 s that one input may.
	if _, err := r.Parse(f.Context(), []byte("%PDF-1.4\n"), "a.pdf", nil); localrag.CodeOf(err) != localrag.CodeCorrupt {
		f.Fatalf("half a PDF: %v", err)
	}
	fuzzFormat(f, "a.pdf", r)
}

// FuzzDOCXBody fuzzes the document part itself, past the compression.
func FuzzDOCXBody(f *testing.F) {
	f.Add(`<w:p><w:r><w:t>a</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>`, `<w:abstractNum w:abstractNumId="1"/>`)
	r := NewReader(ReaderOptions{})
	f.Fuzz(func(t *testing.T, body, numbering string) {
		if len(body)+len(numbering) > fuzzLimit {
			return
		}
		data := wordFile(t, map[string]string{"word/document.xml": body, "word/numbering.xml": numbering})
		doc, err := r.Parse(context.Background(), data, "a.docx", nil)
		if err == nil {
			checkDocument(t, doc)
		} else if code := localrag.CodeOf(err); code == "" || code == localrag.CodeCrashed {
			t.Fatal(err)
		}
	})
}

// FuzzCollector feeds the program's side with whatever a worker may send.
func FuzzCollector(f *testing.F) {
	f.Add(byte(frameText), []byte("text"), byte(frameDone), []byte(`{"pages":1}`))
	f.Add(byte(frameBlocks), []byte(`[{"Start":0,"End":9}]`), byte(frameDone), []byte(`{}`))
	f.Fuzz(func(t *testing.T, kind1 byte, content1 []byte, kind2 byte, content2 []byte) {
		var result Result
		out := collector{result: &result, limits: DefaultLimits()}
		for _, frame := range []struct {
			kind    byte
			content []byte
		}{{kind1, content1}, {kind2, content2}} {
			ended, err := out.take(frame.kind, frame.content, &client{})
			if err != nil {
				return
			}
			if ended {
				for _, b := range result.Blocks {
					_ = result.Text[b.Start:b.End]
				}
				return
			}
		}
	})
}
