package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	anna = "owner-anna"
	ben  = "owner-ben"
)

var e5 = EmbedderKey{Digest: "sha256:0123", Scheme: "e5"}

// analyseForTest lower-cases, drops punctuation and a plural ending: enough to
// tell analysed terms from the text they come from.
func analyseForTest(_, text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" \t\n.,;:!?\"'()", r) })
	for i, w := range words {
		if len(w) > 3 {
			words[i] = strings.TrimSuffix(w, "s")
		}
	}
	return strings.Join(words, " ")
}

// openTest opens a database in a new folder.
func openTest(t testing.TB) *DB {
	t.Helper()
	return openIn(t, t.TempDir())
}

func openIn(t testing.TB, folder string) *DB {
	t.Helper()
	d := New(Options{Folder: folder, Analyse: analyseForTest, AnalyserVersion: 1})
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// must gives the value or ends the test.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func wantCode(t testing.TB, err error, code Code) {
	t.Helper()
	var own *Error
	if !errors.As(err, &own) || own.Code != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
}

func text(s string) []Part { return []Part{{Type: "text", Text: s}} }

// addParsed adds a document with one passage per text.
func addParsed(t testing.TB, d *DB, owner, collection, name, language string, texts ...string) (Document, []int64) {
	t.Helper()
	doc, _, err := d.AddDocument(t.Context(), owner, Document{Name: name, Hash: owner + name, Bytes: 1, Format: "txt"}, collection)
	if err != nil {
		t.Fatal(err)
	}
	p := Parsed{Title: "Title of " + name, Language: language, Pages: 1, ParserVersion: 3, ChunkerVersion: 2}
	for i, s := range texts {
		p.Passages = append(p.Passages, Passage{Ordinal: i, Start: len(p.Text), End: len(p.Text) + len(s), Text: s,
			Heading: "Section " + fmt.Sprint(i), Language: language, Location: []byte(`{"page":1}`)})
		p.Text += s + "\n"
	}
	doc, ids, err := d.StoreParsed(t.Context(), doc.ID, p)
	if err != nil {
		t.Fatal(err)
	}
	return doc, ids
}

func TestOpenMakesAPrivateFolderAndFile(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data with space ? # %41", "kontor")
	d := openIn(t, folder)
	must(d.CreateChat(t.Context(), anna, Chat{Title: "x"}))(t)
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{folder: 0o700, d.Path(): 0o600, d.Path() + "-wal": 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(path), info.Mode().Perm(), want)
		}
	}
}

func TestEveryConnectionHasItsPragmas(t *testing.T) {
	d := openTest(t)
	pragma := func(name string) map[string]string {
		return map[string]string{
			"durable": must(scanText(d.durable.Load().QueryRowContext(t.Context(), "PRAGMA "+name)))(t),
			"index":   must(scanText(d.index.Load().QueryRowContext(t.Context(), "PRAGMA "+name)))(t),
			"readers": must(scanText(d.readers.Load().QueryRowContext(t.Context(), "PRAGMA "+name)))(t),
		}
	}
	for name, want := range map[string]string{"journal_mode": "wal", "busy_timeout": "5000", "foreign_keys": "1",
		"secure_delete": "1", "temp_store": "2"} {
		for pool, got := range pragma(name) {
			if got != want {
				t.Errorf("%s of %s is %q, want %q", name, pool, got, want)
			}
		}
	}
	synchronous := pragma("synchronous")
	if synchronous["durable"] != "2" || synchronous["index"] != "1" {
		t.Errorf("synchronous is %v, want FULL (2) for durable and NORMAL (1) for index", synchronous)
	}
	if _, err := d.readers.Load().Exec(`DELETE FROM chats`); err == nil {
		t.Error("a reader's connection can write")
	}
}

func TestClosedDatabaseRefuses(t *testing.T) {
	d := New(Options{Folder: t.TempDir()})
	_, err := d.Chats(t.Context(), anna, 10, 0)
	wantCode(t, err, CodeFailed)
	_, err = d.CreateChat(t.Context(), anna, Chat{})
	wantCode(t, err, CodeFailed)
	wantCode(t, d.Purge(t.Context()), CodeFailed)
}

func TestCancelledContextIsToldApart(t *testing.T) {
	d := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.CreateChat(ctx, anna, Chat{Title: "x"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v, want context.Canceled inside", err)
	}
	_, err = d.Chats(ctx, anna, 10, 0)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v, want context.Canceled inside", err)
	}
	if n := len(must(d.Chats(t.Context(), anna, 10, 0))(t)); n != 0 {
		t.Errorf("%d chats after a cancelled write", n)
	}
}

func TestMain(m *testing.M) {
	if folder := os.Getenv(crashFolder); folder != "" {
		writeUntilKilled(folder)
		return
	}
	code := m.Run()
	removeCorpora()
	os.Exit(code)
}

// tick is a clock that moves a millisecond at each look.
func tick() func() time.Time {
	at := time.UnixMilli(1_700_000_000_000)
	return func() time.Time { at = at.Add(time.Millisecond); return at }
}
