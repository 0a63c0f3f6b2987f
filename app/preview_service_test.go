package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kontor/llm/llmtest"
	"kontor/localrag/parse"
	"kontor/storage"
)

// corpusEnv names a folder of documents to open all passages of; without it
// the readers' own extract is used.
const corpusEnv = "KONTOR_CORPUS"

// letters leaves what two ways to read a text agree on.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

// marked is the highlighted text of a preview made of blocks.
func marked(view Preview) string {
	var text strings.Builder
	for _, block := range view.Blocks {
		units := []rune(block.Text)
		for _, mark := range block.Marks {
			text.WriteString(string(sliceUTF16(units, mark)))
			text.WriteByte('\n')
		}
	}
	return text.String()
}

func sliceUTF16(text []rune, span Span) []rune {
	at, start, end := 0, len(text), len(text)
	for i, r := range text {
		if at == span.Start {
			start = i
		}
		if at == span.End {
			end = i
			break
		}
		at += utf16Length(string(r))
	}
	return text[min(start, end):end]
}

// TestPreviewsShowThePassage opens every passage of a folder of documents in
// every format, as a click on a citation does, and looks whether the highlighted
// place holds the passage's text.
func TestPreviewsShowThePassage(t *testing.T) {
	folder := os.Getenv(corpusEnv)
	if folder == "" {
		folder = filepath.Join("..", "localrag", "parse", "testdata", "corpus")
	}
	b := open(t, llmtest.Script{})
	collection := b.collection("Corpus")
	b.addPath(collection, filepath.Join(folder, "ok"))
	b.allRead()
	reader := parse.NewReader(parse.ReaderOptions{CacheDir: parserCache})
	defer reader.Close()
	documents := do[DocumentList](b, "documents.list", DocumentListRequest{Limit: 500})
	total, right := 0, 0
	for _, d := range documents.Documents {
		if d.Status == storage.DocumentFailed {
			continue
		}
		t.Run(filepath.Base(d.Name), func(t *testing.T) {
			passages, err := b.db.PassagesOf(t.Context(), b.me.OwnerID, d.ID)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(b.original(d.ID))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range passages {
				total++
				request := PreviewRequest{DocumentID: d.ID, Start: p.Start, End: p.End, Text: p.Text}
				view := do[Preview](b, "documents.preview", request)
				shown := marked(view)
				if view.Kind == "pdf" {
					if shown, err = reader.TextIn(t.Context(), data, parseRects(view.Rects)); err != nil {
						t.Fatal(err)
					}
				}
				if want, got := letters(p.Text), letters(shown); holds(got, want, view.Kind) {
					right++
				} else {
					t.Errorf("passage %d at %d–%d:\nhas   %.600s\nshows %.600s", p.Ordinal, p.Start, p.End, want, got)
				}
				if view.Lost || view.Gone || view.Kind != "pdf" && view.Marked < 0 {
					t.Errorf("passage %d: lost %v, gone %v, marked %d", p.Ordinal, view.Lost, view.Gone, view.Marked)
				}
			}
		})
	}
	if total == 0 {
		t.Fatal("no passage was opened")
	}
	t.Logf("%d of %d passages of %d documents", right, total, len(documents.Documents))
}

// holds compares what is shown with what should be. A page's own order may
// differ from the reading order, so there every stretch counts for itself.
func holds(shown, want, kind string) bool {
	if strings.Contains(shown, want) || kind != "pdf" {
		return strings.Contains(shown, want)
	}
	counts := map[rune]int{}
	for _, r := range shown {
		counts[r]++
	}
	for _, r := range want {
		counts[r]--
		if counts[r] < 0 {
			return false
		}
	}
	return true
}

func parseRects(rects []Rect) []parse.Rect {
	var list []parse.Rect
	for _, r := range rects {
		list = append(list, parse.Rect{Page: r.Page, X: r.X, Y: r.Y, Width: r.Width, Height: r.Height, PageWidth: r.PageWidth, PageHeight: r.PageHeight})
	}
	return list
}

// allRead waits until no document is queued any more.
func (b *bench) allRead() {
	b.t.Helper()
	b.until("all documents are read", func() bool {
		pending, err := b.db.PendingDocuments(b.t.Context())
		return err == nil && len(pending) == 0
	})
}

// TestCitationsSurviveTheirDocument changes and deletes a cited document.
func TestCitationsSurviveTheirDocument(t *testing.T) {
	b := open(t, llmtest.Script{})
	folder := t.TempDir()
	path := writeFile(t, folder, "vertrag.md", "# Vertrag\n\nDie Frist beträgt drei Monate.\n\nDer Ort ist Köln.\n")
	collection := b.collection("Verträge")
	d := b.settled(b.addPath(collection, path).Documents[0].ID)
	old, err := b.db.Document(t.Context(), b.me.OwnerID, d.ID, storage.EmbedderKey{})
	if err != nil {
		t.Fatal(err)
	}
	text := "Die Frist beträgt drei Monate."
	request := PreviewRequest{DocumentID: d.ID, FileHash: old.Hash, Start: 12, End: 12 + len(text), Text: text}
	if view := do[Preview](b, "documents.preview", request); view.Changed || view.Lost || strings.TrimSpace(marked(view)) != text {
		t.Errorf("as cited: %+v", view)
	}

	writeFile(t, folder, "vertrag.md", "# Vertrag\n\nNeuer Absatz davor.\n\nDie Frist beträgt drei Monate.\n\nDer Ort ist Bonn.\n")
	do[Document](b, "documents.retry", ByID{ID: d.ID})
	b.settled(d.ID)
	if view := do[Preview](b, "documents.preview", request); !view.Changed || view.Lost || strings.TrimSpace(marked(view)) != text {
		t.Errorf("moved: %+v", view)
	}
	request.Text = "Der Ort ist Köln."
	if view := do[Preview](b, "documents.preview", request); !view.Changed || !view.Lost || marked(view) != "" || len(view.Blocks) == 0 {
		t.Errorf("no longer there: %+v", view)
	}

	do[Empty](b, "documents.delete", ByID{ID: d.ID})
	if view := do[Preview](b, "documents.preview", request); !view.Gone || strings.TrimSpace(marked(view)) != request.Text {
		t.Errorf("deleted: %+v", view)
	}
	request.Text = ""
	if _, problem := run[Preview](b, "documents.preview", request); problem == nil || problem.Code != "not_found" {
		t.Errorf("deleted, without a snapshot: %+v", problem)
	}
}

// openedFiles is a window that remembers what it was asked to open.
type openedFiles struct {
	noShell
	paths []string
}

func (o *openedFiles) OpenFile(path string, folder bool) error {
	if folder {
		path = "folder of " + path
	}
	o.paths = append(o.paths, path)
	return nil
}

func TestOriginalIsOpened(t *testing.T) {
	b := open(t, llmtest.Script{})
	if _, problem := run[Empty](b, "documents.openOriginal", OriginalRequest{DocumentID: b.add(b.collection("A"), "a.txt", "Ein Text ohne Ort.").ID}); problem == nil || problem.Code != ProblemOpenFailed {
		t.Errorf("without a window: %+v", problem)
	}
	shell := &openedFiles{}
	b.shell.become(shell)
	path := writeFile(t, t.TempDir(), "Über uns, 2024.txt", "Wir sind ein Verein.")
	d := b.settled(b.addPath(b.collection("B"), path).Documents[0].ID)
	do[Empty](b, "documents.openOriginal", OriginalRequest{DocumentID: d.ID})
	do[Empty](b, "documents.openOriginal", OriginalRequest{DocumentID: d.ID, Folder: true})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	do[Empty](b, "documents.openOriginal", OriginalRequest{DocumentID: d.ID})
	if len(shell.paths) != 3 || shell.paths[0] != path || shell.paths[1] != "folder of "+path || filepath.Base(shell.paths[2]) != filepath.Base(path) {
		t.Fatalf("opened %q", shell.paths)
	}
	if copied, err := os.ReadFile(shell.paths[2]); err != nil || string(copied) != "Wir sind ein Verein." {
		t.Errorf("the copy holds %q, %v", copied, err)
	}
}

func TestPreviewOfASheet(t *testing.T) {
	b := open(t, llmtest.Script{})
	var rows strings.Builder
	rows.WriteString("Artikel;Preis;\"Ort \"\"x\"\"\"\n")
	for range 500 {
		rows.WriteString("Schraube;0,12;Köln\n")
	}
	d := b.add(b.collection("A"), "preise.csv", rows.String())
	view := do[Preview](b, "documents.preview", PreviewRequest{DocumentID: d.ID, FromBlock: 300, ToBlock: 340})
	if view.Kind != "sheet" || view.Total != 501 || view.First != 300 || len(view.Blocks) != 40 || view.Blocks[0].Row != 301 {
		t.Fatalf("%s, %d blocks from %d of %d", view.Kind, len(view.Blocks), view.First, view.Total)
	}
	if len(view.Sheets) != 1 || view.Sheets[0].Columns != 3 || view.Sheets[0].Blocks != 501 {
		t.Errorf("sheets %+v", view.Sheets)
	}
	head := do[Preview](b, "documents.preview", PreviewRequest{DocumentID: d.ID, FromBlock: 0, ToBlock: 1}).Blocks[0]
	if len(head.Cells) != 3 || head.Cells[1].Text != "Preis" || head.Cells[2].Text != `Ort "x"` {
		t.Errorf("cells %+v", head.Cells)
	}
}
