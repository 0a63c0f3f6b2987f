package storage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// occurrences counts a text in every file of the database's folder.
func occurrences(t *testing.T, d *DB, what []byte) int {
	t.Helper()
	n := 0
	for _, entry := range must(os.ReadDir(d.folder))(t) {
		content := must(os.ReadFile(filepath.Join(d.folder, entry.Name())))(t)
		n += bytes.Count(content, what)
	}
	return n
}

func TestErasedMeansErased(t *testing.T) {
	folder, ctx := t.TempDir(), t.Context()
	// The terms look different from the text, so that each is searched alone.
	d := New(Options{Folder: folder, AnalyserVersion: 1, Analyse: func(_, s string) string {
		return strings.ReplaceAll(strings.ToLower(s), "canary", "kanarie")
	}})
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	vector := []float32{.123456789, .987654321, -.5555555, .7777777}
	vectorBytes := []byte{0xea, 0xd6, 0xfc, 0x3d, 0xea, 0xd6, 0x7c, 0x3f} // of the first two, little-endian
	canaries := map[string][]byte{"text": []byte("CANARY"), "term": []byte("kanarie"), "vector": vectorBytes}

	// Other content around, so that the doomed rows share pages and segments.
	for i := range 30 {
		add(t, d, fmt.Sprint("bird ", i), "sparrow", []float32{1, 2, 3, 4})
		if i == 15 {
			add(t, d, "CANARY title", "CANARY "+strings.Repeat("CANARY text ", 2000), vector)
		}
	}
	if err := d.emptyLog(ctx, "test"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.Path()+".before-0002", []byte("CANARY"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, canary := range canaries {
		if occurrences(t, d, canary) == 0 {
			t.Fatalf("the %s is nowhere: the test looks for the wrong bytes", what)
		}
	}

	for _, c := range must(d.Chats(ctx, anna, 100, 0))(t) {
		if strings.Contains(c.Title, "CANARY") {
			if err := d.DeleteChat(ctx, anna, c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	docs, _, err := d.Documents(ctx, anna, "", e5, 100, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		if strings.Contains(doc.Title, "CANARY") {
			must(d.DeleteDocument(ctx, anna, doc.ID))(t)
		}
	}
	if n := must(d.PurgeChats(ctx, d.milliseconds()+1000))(t); n != 1 {
		t.Fatalf("%d chats purged", n)
	}
	for what, canary := range canaries {
		if n := occurrences(t, d, canary); n != 0 {
			t.Errorf("%s: %d occurrences after the purge", what, n)
		}
	}
	if hits := must(d.SearchTerms(ctx, Scope{OwnerID: anna}, "", []string{"sparrow"}, 100))(t); len(hits) != 30 {
		t.Errorf("%d of 30 other passages are found", len(hits))
	}
	checkIntegrity(t, d)
}

// TestPendingErasureSurvivesARestart deletes a document and ends before any
// purge; the next hourly call finds that there is something to do.
func TestPendingErasureSurvivesARestart(t *testing.T) {
	folder, ctx := t.TempDir(), t.Context()
	d := New(Options{Folder: folder})
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	doc, _ := addParsed(t, d, anna, "", "f", "en", "other")
	kept, _ := addParsed(t, d, anna, "", "g", "en", "sparrow")
	secret, _ := addParsed(t, d, anna, "", "h", "en", "canary")
	if n := must(pendingErasures(ctx, d.readers.Load()))(t); n != 0 {
		t.Errorf("%d erasures pending before any deletion", n)
	}
	must(d.DeleteDocument(ctx, anna, secret.ID))(t)
	must(d.DeleteDocument(ctx, anna, doc.ID))(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = openIn(t, folder)
	if occurrences(t, d, []byte("canary")) == 0 {
		t.Fatal("nothing is left of the document without a purge: the test tests nothing")
	}
	if n := must(d.PurgeChats(ctx, 1))(t); n != 0 {
		t.Errorf("%d chats purged", n)
	}
	if n := occurrences(t, d, []byte("canary")); n != 0 {
		t.Errorf("%d occurrences left", n)
	}
	if n := must(pendingErasures(ctx, d.readers.Load()))(t); n != 0 {
		t.Errorf("%d erasures pending after the purge", n)
	}
	must(d.Document(ctx, anna, kept.ID, e5))(t)
}

// add stores a chat with two messages and a document with a vector, and
// replaces a message and a version so that older copies exist too.
func add(t *testing.T, d *DB, title, body string, vector []float32) {
	t.Helper()
	ctx := t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{Title: title}))(t)
	must(d.UpdateChat(ctx, anna, c.ID, ChatUpdate{Title: &title}))(t)
	m := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text(body)}}))(t)[0]
	parts := text(body + " again")
	must(d.UpdateMessage(ctx, anna, m.ID, MessageUpdate{Parts: &parts}))(t)
	doc, _, err := d.AddDocument(ctx, anna, Document{Name: title, Hash: title}, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, ids, err := d.StoreParsed(ctx, doc.ID, Parsed{Title: title, Text: body, Blocks: []byte(`["` + body + `"]`),
			Passages: []Passage{{Heading: title, Text: body, End: len(body)}}})
		if err != nil {
			t.Fatal(err)
		}
		must(d.StoreVectors(ctx, e5, ids, [][]float32{vector}))(t)
	}
}
