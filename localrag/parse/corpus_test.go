package parse

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kontor/localrag"
)

// corpusEnv names a folder with manifest.jsonl, ok/ and hostile/. Without it
// the extract in testdata is checked.
const corpusEnv = "KONTOR_CORPUS"

func corpusFolder() string {
	if folder := os.Getenv(corpusEnv); folder != "" {
		return folder
	}
	return filepath.Join("testdata", "corpus")
}

type manifestLine struct {
	Path   string          `json:"path"`
	Format string          `json:"format"`
	Pages  int             `json:"pages"`
	Expect json.RawMessage `json:"expect"`
	Also   []string        `json:"also"`
	Why    string          `json:"why"`
}

func readManifest(t *testing.T, path string) []manifestLine {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var lines []manifestLine
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line manifestLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// testReader is a reader with a compiled engine that tests share.
func testReader(t testing.TB) *Reader {
	t.Helper()
	r := NewReader(ReaderOptions{CacheDir: testCache})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// fold leaves what two readers of a text agree on.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("%€$§+", r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

// textAt is the text at a place of the manifest: a page, slide, sheet or
// heading, or a part of the document by its role.
func textAt(doc Result, where any) string {
	var out strings.Builder
	if where == "" {
		out.WriteString(doc.Title + "\n")
	}
	for _, block := range doc.Blocks {
		if isAt(block, where) {
			out.WriteString(doc.Text[block.Start:block.End])
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func isAt(block localrag.Block, where any) bool {
	place := block.Location
	switch where := where.(type) {
	case float64:
		return place.Page == int(where) || place.Slide == int(where)
	case string:
		switch where {
		case "", "header1", "headers", "body", "attachment":
			return true
		case "footnotes":
			return block.Kind == localrag.Footnote
		case "comments":
			return block.Kind == localrag.Comment
		}
		wanted := fold(where)
		if strings.HasPrefix(where, "\t") { // a heading that is the text's own formatting
			return true
		}
		return fold(place.Sheet) == wanted || strings.HasSuffix(fold(place.Heading), wanted)
	}
	return false
}

func TestCorpus(t *testing.T) {
	folder := corpusFolder()
	r := testReader(t)
	for _, line := range readManifest(t, filepath.Join(folder, "manifest.jsonl")) {
		t.Run(filepath.Base(line.Path), func(t *testing.T) {
			if !Supported(line.Path) {
				t.Skipf("no parser for %s", line.Format)
			}
			data, err := os.ReadFile(filepath.Join(folder, line.Path))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := r.Parse(t.Context(), data, line.Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkDocument(t, doc)
			if doc.Pages != line.Pages {
				t.Errorf("%d pages, want %d", doc.Pages, line.Pages)
			}
			var expect []struct {
				Text  string
				Where any
			}
			if err := json.Unmarshal(line.Expect, &expect); err != nil {
				t.Fatal(err)
			}
			placed := len(expect)
			for _, e := range expect {
				if !strings.Contains(fold(textAt(doc, e.Where)), fold(e.Text)) {
					t.Errorf("%q is not at %v", e.Text, e.Where)
					placed--
				}
			}
			t.Logf("%d of %d texts at their place", placed, len(expect))
		})
	}
}

// checkDocument checks what is true for every parsed document.
func checkDocument(t *testing.T, doc Result) {
	t.Helper()
	end := 0
	for i, block := range doc.Blocks {
		if block.Start < end || block.End <= block.Start || block.End > len(doc.Text) {
			t.Fatalf("block %d covers %d–%d after %d of %d", i, block.Start, block.End, end, len(doc.Text))
		}
		if text := doc.Text[block.Start:block.End]; text != strings.TrimSpace(text) {
			t.Errorf("block %d has white space at its ends: %q", i, shorten(text, 60))
		}
		end = block.End
		checkCells(t, i, block)
	}
	for i, r := range doc.Text {
		if kept, ok := cleanRune(r); !ok || kept != r {
			t.Fatalf("%U at %d is not clean", r, i)
		}
	}
}

func checkCells(t *testing.T, i int, block localrag.Block) {
	t.Helper()
	end, column := 0, 0
	for _, cell := range block.Cells {
		if cell.Start < end || cell.End <= cell.Start || cell.End > block.End-block.Start || cell.Column <= column {
			t.Fatalf("block %d: cell %+v after %d in column %d", i, cell, end, column)
		}
		end, column = cell.End, cell.Column
	}
}

// TestHostileCorpus reads the files the way the program does: in a worker,
// which must neither crash nor hang nor need more than 1 GiB.
func TestHostileCorpus(t *testing.T) {
	folder := corpusFolder()
	var started []*execProcess
	pool := testPool(t, Options{Start: starter("1", &started)})
	for _, line := range readManifest(t, filepath.Join(folder, "hostile", "manifest.jsonl")) {
		t.Run(filepath.Base(line.Path), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, line.Path))
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			doc, err := pool.Parse(t.Context(), Source{Name: line.Path, Size: int64(len(data)), Content: bytes.NewReader(data)}, nil)
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			checkHostile(t, line, doc, err)
		})
		if peak := peakMemory(started[max(len(started)-1, 0)]); peak > 1<<30 {
			t.Errorf("after %s the worker's peak is %d MiB", line.Path, peak>>20)
		}
	}
	t.Logf("peak of the last worker: %d MiB, %d workers", peakMemory(started[len(started)-1])>>20, len(started))
}

// peakMemory is the largest resident size of a worker, 0 where the system does
// not tell.
func peakMemory(p *execProcess) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10
}

// wellReasoned results are right although a manifest does not list them.
var wellReasoned = map[string]localrag.Code{
	"cells-shared-string-out-of-range.xlsx": localrag.CodeEmpty, // its only cell points nowhere
}

// checkHostile compares a result with the manifest. A format without a parser
// is refused as unsupported, which is right whatever the file holds.
func checkHostile(t *testing.T, line manifestLine, doc Result, err error) {
	t.Helper()
	var expect string
	if err := json.Unmarshal(line.Expect, &expect); err != nil {
		t.Fatal(err)
	}
	got := "ok_or_error"
	var known *localrag.Error
	switch {
	case errors.As(err, &known):
		got = string(known.Code)
	case err != nil:
		t.Fatalf("error without a code: %v", err)
	default:
		checkDocument(t, doc)
	}
	if got == string(localrag.CodeUnsupported) && !Supported(line.Path) {
		return
	}
	if also := wellReasoned[filepath.Base(line.Path)]; also != "" && got == string(also) {
		return
	}
	if got != expect && !slices.Contains(line.Also, got) {
		t.Errorf("%s: got %s (%v), want %s or %v", line.Why, got, err, expect, line.Also)
	}
}

// TestCorpusQuestions finds the answer to every question of a corpus at its
// page, sheet, slide or heading: what is lost here no search can find.
func TestCorpusQuestions(t *testing.T) {
	folder := corpusFolder()
	file, err := os.Open(filepath.Join(folder, "questions.jsonl"))
	if err != nil {
		t.Skip("the corpus has no questions")
	}
	defer file.Close()
	r := testReader(t)
	docs := map[string]Result{}
	headings, underHeading := 0, 0
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var q question
		if err := json.Unmarshal(scanner.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		found := !q.Answerable
		for _, where := range q.Where {
			path, _ := where["file"].(string)
			if _, read := docs[path]; !read && Supported(path) {
				data, err := os.ReadFile(filepath.Join(folder, path))
				if err != nil {
					t.Fatal(err)
				}
				if docs[path], err = r.Parse(t.Context(), data, path, nil); err != nil {
					t.Fatal(path, err)
				}
			}
			place := any("")
			for _, key := range []string{"heading", "sheet", "slide", "page"} {
				if value, ok := where[key]; ok {
					place = value
				}
			}
			found = found || q.answeredBy(textAt(docs[path], place))
			if heading, ok := where["heading"].(string); ok {
				headings++
				if q.answeredBy(textAt(docs[path], heading)) {
					underHeading++
				}
			}
		}
		if !found {
			t.Errorf("%s: %q is not at %v", q.ID, q.AnswerText, q.Where)
		}
	}
	t.Logf("%d of %d answers stand under their heading", underHeading, headings)
	if underHeading*10 < headings*9 {
		t.Errorf("%d of %d answers stand under their heading", underHeading, headings)
	}
}

type question struct {
	ID           string
	AnswerText   string `json:"answer_text"`
	Alternatives []string
	Answerable   bool
	Where        []map[string]any
}

func (q question) answeredBy(text string) bool {
	text = fold(text)
	for _, answer := range append([]string{q.AnswerText}, q.Alternatives...) {
		if answer = fold(answer); answer != "" && strings.Contains(text, answer) {
			return true
		}
	}
	return false
}
