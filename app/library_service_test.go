package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/localrag"
	"kontor/storage"
)

// rules is a text of n passages, each about something of its own.
func rules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "## Section %d\n\n", i)
		for j := range 8 {
			fmt.Fprintf(&b, "Rule %d of section %d says that machine number %d is oiled every %d days and that its keeper writes this down. ", j, i, i*7+j, j+2)
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

// original is where the copy of a document lies.
func (b *bench) original(id string) string {
	b.t.Helper()
	record, err := b.db.Document(b.t.Context(), b.me.OwnerID, id, storage.EmbedderKey{})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.library.originalPath(record.Hash)
}

func (b *bench) addPath(collection string, paths ...string) AddResult {
	b.t.Helper()
	return do[AddResult](b, "documents.add", AddRequest{Paths: paths, CollectionID: collection})
}

func writeFile(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIndexingYieldsToPeople(t *testing.T) {
	script := says("At once.")
	script.EmbedTime = 40 * time.Millisecond // a batch takes more than a second
	b := open(t, script)
	house := b.collection("House")
	text := rules(40)
	d, err := b.Upload(t.Context(), b.me, "rules.md", house, int64(len(text)), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	b.until("a batch is being embedded", func() bool { return len(b.models.Embedded()) > 0 })
	_, answer := b.ask(SendRequest{Text: "Are you there?"})
	if answer.Status != "complete" {
		t.Errorf("answer %+v", answer)
	}
	embeds := b.models.ended(&b.models.embeds)
	if len(embeds) == 0 || llm.CodeOf(embeds[0]) != llm.CodeCancelled {
		t.Errorf("the batch ended with %v", embeds)
	}
	if do[Document](b, "documents.get", ByID{ID: d.ID}).Status == "ready" {
		t.Error("the person waited until everything was embedded")
	}
	// It goes on behind the answer, with the batch that was given up.
	if done := b.settled(d.ID); done.Status != "ready" || done.Embedded != done.Passages || done.Passages < 40 {
		t.Errorf("document %+v", done)
	}
	if batches := b.models.Embedded(); !slices.Equal(batches[0][:len(batches[0])/2], batches[1]) {
		t.Error("half of the batch that was given up was not the next one")
	}
}

func TestIndexingEndsThoughPeopleAskWithoutEnd(t *testing.T) {
	script := says("At once.")
	script.EmbedTime = 15 * time.Millisecond
	b := open(t, script)
	text := rules(32)
	d, err := b.Upload(t.Context(), b.me, "rules.md", "", int64(len(text)), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	b.until("the document is indexed between the questions", func() bool {
		if n := len(b.models.Embedded()); n > asked {
			asked = n
			sent := do[SendResult](b, "chats.send", SendRequest{Text: "Are you there?"})
			b.until("the question is answered", func() bool {
				return do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Chat.RunningMessageID == ""
			})
		}
		return do[Document](b, "documents.get", ByID{ID: d.ID}).Status == "ready"
	})
	batches, lost := b.models.Embedded(), 0
	for i, err := range b.models.ended(&b.models.embeds) {
		if llm.CodeOf(err) != llm.CodeCancelled {
			continue
		}
		lost++
		if want := max(len(batches[i])/2, smallestBatch); i+1 < len(batches) && len(batches[i+1]) > want {
			t.Errorf("%d passages were given up, then %d tried", len(batches[i]), len(batches[i+1]))
		}
	}
	if lost == 0 {
		t.Error("no batch was given up: nobody asked in time")
	}
}

// A batch that is given up while the embedder is being loaded would make the
// runtime let it go; so it is loaded by itself, once for many documents.
func TestEmbedderIsLoadedOnceBeforeItWorks(t *testing.T) {
	b := open(t, says("At once."))
	house := b.collection("House")
	for _, name := range []string{"one.md", "two.md", "three.md"} {
		b.add(house, name, rules(40)+name)
	}
	if n := b.models.loaded(llmtest.EmbedModel); n != 1 {
		t.Errorf("the embedder was loaded %d times for three documents, want once", n)
	}
}

func TestRestartEmbedsNothingAgain(t *testing.T) {
	folder := t.TempDir()
	script := llmtest.Script{EmbedTime: 5 * time.Millisecond}
	b := openIn(t, folder, script)
	text := rules(80)
	d, err := b.Upload(t.Context(), b.me, "rules.md", "", int64(len(text)), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	b.until("some passages have vectors", func() bool {
		return do[Document](b, "documents.get", ByID{ID: d.ID}).Embedded > 0
	})
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, folder, script)
	left := do[Document](again, "documents.get", ByID{ID: d.ID})
	done := again.settled(d.ID)
	if done.Status != "ready" || done.Embedded != done.Passages {
		t.Fatalf("document %+v", done)
	}
	first, counted := map[string]bool{}, 0
	for i, err := range b.models.ended(&b.models.embeds) {
		if err != nil {
			continue // given up at the end, embedded later
		}
		for _, text := range b.models.Embedded()[i] {
			first[text] = true
		}
	}
	for _, batch := range again.models.Embedded() {
		for _, text := range batch {
			if counted++; first[text] {
				t.Errorf("embedded twice: %.40q", text)
			}
		}
	}
	if counted == 0 || counted > left.Passages-len(first)+embedBatch {
		t.Errorf("%d of %d passages were embedded before, %d after", len(first), left.Passages, counted)
	}
}

func TestSameFileTwice(t *testing.T) {
	b := open(t, llmtest.Script{})
	house, cellar := b.collection("House"), b.collection("Cellar")
	folder := t.TempDir()
	path := writeFile(t, folder, "lease.md", lease)
	added := b.addPath(house, path)
	if len(added.Documents) != 1 || len(added.Known) != 0 || len(added.Refused) != 0 {
		t.Fatalf("added %+v", added)
	}
	id := added.Documents[0].ID
	b.settled(id)
	embedded := len(b.models.Embedded())
	again := b.addPath(house, path)
	other := b.addPath(cellar, writeFile(t, folder, "copy.md", lease))
	for _, result := range []AddResult{again, other} {
		if len(result.Documents) != 0 || !slices.Equal(result.Known, []string{id}) {
			t.Errorf("the same bytes: %+v", result)
		}
	}
	d := b.settled(id)
	slices.Sort(d.CollectionIDs)
	want := []string{house, cellar}
	slices.Sort(want)
	if !slices.Equal(d.CollectionIDs, want) {
		t.Errorf("collections %v", d.CollectionIDs)
	}
	if list := do[DocumentList](b, "documents.list", DocumentListRequest{}); list.Total != 1 || len(b.models.Embedded()) != embedded {
		t.Errorf("%d documents, %d batches after %d", list.Total, len(b.models.Embedded()), embedded)
	}
	// Out of one collection it stays in the other.
	do[Empty](b, "documents.removeFromCollection", MembershipRequest{DocumentID: id, CollectionID: house})
	if d := do[Document](b, "documents.get", ByID{ID: id}); !slices.Equal(d.CollectionIDs, []string{cellar}) {
		t.Errorf("collections %v", d.CollectionIDs)
	}
	copied := b.original(id)
	do[Empty](b, "collections.delete", ByID{ID: cellar})
	if _, problem := run[Document](b, "documents.get", ByID{ID: id}); problem == nil || problem.Code != string(storage.CodeNotFound) {
		t.Errorf("after its last collection: %+v", problem)
	}
	if _, err := os.Stat(copied); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is still there: %v", err)
	}
}

func TestChangedFileIsReadAgain(t *testing.T) {
	b := open(t, llmtest.Script{})
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	path := writeFile(t, t.TempDir(), "lease.md", lease)
	id := b.addPath(house, path).Documents[0].ID
	b.settled(id)
	old := b.original(id)
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(lease, "three months", "eleven fortnights")), 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if d := do[Document](b, "documents.get", ByID{ID: id}); !d.Changed {
		t.Error("the change is not seen")
	}
	added := b.addPath(house, path)
	if len(added.Documents) != 1 || added.Documents[0].ID != id || len(added.Known) != 0 {
		t.Fatalf("added %+v", added)
	}
	b.settled(id)
	_, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
	text := ""
	for _, p := range answer.Passages {
		text += p.Text
	}
	if !strings.Contains(text, "eleven fortnights") || strings.Contains(text, "three months") {
		t.Errorf("found %q", text)
	}
	if b.original(id) == old {
		t.Error("the copy is the old one")
	}
	if list := do[DocumentList](b, "documents.list", DocumentListRequest{}); list.Total != 1 {
		t.Errorf("%d documents", list.Total)
	}
}

func TestBadFilesSayWhyAndTheRestGoesOn(t *testing.T) {
	b := open(t, llmtest.Script{})
	corpus := filepath.Join("..", "localrag", "parse", "testdata", "corpus")
	folder := t.TempDir()
	want := map[string]string{
		"password.pdf":    "password",
		"password.docx":   "password",
		"scan.pdf":        "no_text_layer",
		"blank.txt":       "empty",
		"nothing.txt":     "empty",
		"truncated.docx":  "corrupt",
		"no-document.pdf": "corrupt",
		"program.bin":     "unsupported",
	}
	for name, source := range map[string]string{
		"password.pdf": "hostile/encrypted-aes256-user-password.pdf", "password.docx": "hostile/encrypted-protected_agile.docx",
		"blank.txt": "hostile/empty-whitespace.txt", "nothing.txt": "hostile/empty-0-bytes.txt",
		"truncated.docx": "hostile/testWORD_truncated.docx", "no-document.pdf": "hostile/pdf-header-only.pdf",
		"program.bin": "hostile/wrong-elf-header.bin", "good.pdf": "ok/structure_simple.pdf", "good.docx": "ok/testWORD_various.docx",
	} {
		data, err := os.ReadFile(filepath.Join(corpus, filepath.FromSlash(source)))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, folder, name, string(data))
	}
	writeFile(t, folder, "scan.pdf", scannedPDF)
	writeFile(t, folder, "sub/good.md", lease)
	writeFile(t, folder, ".hidden.md", "never")
	writeFile(t, folder, "~$good.docx", "never")
	added := b.addPath(b.collection("House"), folder)
	got := map[string]string{}
	for _, refused := range added.Refused {
		got[filepath.Base(refused.Name)] = refused.Problem.Code
	}
	for _, d := range added.Documents {
		done := b.settled(d.ID)
		if done.Problem != nil {
			got[filepath.Base(d.Name)] = done.Problem.Code
		} else if done.Status == "ready" {
			got[filepath.Base(d.Name)] = "ready"
		}
	}
	want["good.pdf"], want["good.docx"], want["good.md"] = "ready", "ready", "ready"
	for name, code := range want {
		if got[name] != code {
			t.Errorf("%s: %q, want %q", name, got[name], code)
		}
		if message, hint := b.Explain(Problem{Code: code, Args: map[string]string{"name": name}}); code != "ready" && (!strings.Contains(message+hint, " ") || strings.HasPrefix(message, "problem.")) {
			t.Errorf("%s has no sentence: %q %q", code, message, hint)
		}
	}
	if len(got) != len(want) {
		t.Errorf("files %v", got)
	}
}

// scannedPDF is a page that holds a picture and no text.
const scannedPDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>endobj
4 0 obj<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>stream
0
endstream endobj
5 0 obj<</Length 30>>stream
q 200 0 0 200 0 0 cm /I Do Q 
endstream endobj
trailer<</Root 1 0 R>>
%%EOF
`

func TestCancelADocument(t *testing.T) {
	b := open(t, llmtest.Script{})
	// The reader is busy with a long one while the other waits.
	text := rules(3000)
	first, err := b.Upload(t.Context(), b.me, "long.md", "", int64(len(text)), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Upload(t.Context(), b.me, "short.md", "", int64(len(lease)), strings.NewReader(lease))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Document{second, first} {
		if now := do[Document](b, "documents.cancel", ByID{ID: d.ID}); now.Status != "cancelled" && now.Status != "searchable" && now.Status != "ready" {
			t.Errorf("cancelled: %+v", now)
		}
	}
	b.until("nobody reads", func() bool {
		b.library.mu.Lock()
		defer b.library.mu.Unlock()
		return len(b.library.progress) == 0
	})
	if d := do[Document](b, "documents.get", ByID{ID: second.ID}); d.Status != "cancelled" || d.Passages != 0 {
		t.Errorf("document %+v", d)
	}
	do[Document](b, "documents.retry", ByID{ID: second.ID})
	b.until("it is read after all", func() bool { return do[Document](b, "documents.get", ByID{ID: second.ID}).Passages > 0 })
}

func TestDeleteLeavesNothing(t *testing.T) {
	b := open(t, llmtest.Script{})
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	b.add(house, "machine.md", machine)
	count := b.vectors.current().Len()
	d := b.add(house, "lease.md", lease)
	copied := b.original(d.ID)
	if b.vectors.current().Len() != count+d.Passages {
		t.Fatalf("%d vectors of %d passages", b.vectors.current().Len()-count, d.Passages)
	}
	do[Empty](b, "documents.delete", ByID{ID: d.ID})
	if got := b.vectors.current().Len(); got != count {
		t.Errorf("%d vectors in memory, want %d", got, count)
	}
	if embedded, total, err := b.db.CountVectors(t.Context(), b.App.models.embedderKey()); err != nil || embedded != count || total != count {
		t.Errorf("stored: %d of %d, %v; want %d", embedded, total, err, count)
	}
	if _, err := os.Stat(copied); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is still there: %v", err)
	}
	found, err := b.retrieve(t.Context(), localrag.Query{Question: "What notice period does the tenant have?", Scope: localrag.Scope{OwnerID: b.me.OwnerID, CollectionIDs: []string{house}}, Limit: 8})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found.Passages {
		if p.DocumentID == d.ID || strings.Contains(p.Text, "tenant") {
			t.Errorf("found %q", p.Text)
		}
	}
	hits, err := b.db.SearchTerms(t.Context(), storage.Scope{OwnerID: b.me.OwnerID}, "en", strings.Fields(b.analyser.Analyse("en", "tenant notice deposit")), 8)
	if err != nil || len(hits) != 0 {
		t.Errorf("the words are still known: %v, %v", hits, err)
	}
}
