package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

func TestFullDatabaseRefusesAndRecovers(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	doc, ids := addParsed(t, d, anna, "", "f", "en", slices.Repeat([]string{"x"}, 100)...)
	pages := func(pool *sql.DB, limit string) {
		t.Helper()
		if _, err := pool.ExecContext(ctx, `PRAGMA max_page_count = `+limit); err != nil {
			t.Fatal(err)
		}
	}
	full := must(scanText(d.durable.Load().QueryRowContext(ctx, `PRAGMA page_count`)))(t)
	pages(d.durable.Load(), full)
	pages(d.index.Load(), full)

	long := text(strings.Repeat("long ", 20_000))
	vectors := slices.Repeat([][]float32{make([]float32, 384)}, len(ids))
	for name, write := range map[string]func() error{
		"AppendMessages": func() error {
			_, err := d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: long}})
			return err
		},
		"StoreParsed":  func() error { _, _, err := d.StoreParsed(ctx, doc.ID, Parsed{Text: long[0].Text}); return err },
		"StoreVectors": func() error { _, err := d.StoreVectors(ctx, e5, ids, vectors); return err },
		"SetSetting":   func() error { return d.SetSetting(ctx, "k", long[0].Text) },
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, write(), CodeDiskFull) })
	}
	if n := len(must(d.Messages(ctx, anna, c.ID))(t)); n != 0 {
		t.Errorf("%d messages stay of a refused write", n)
	}
	if doc := must(d.Document(ctx, anna, doc.ID, e5))(t); doc.Version != 1 || doc.Embedded != 0 {
		t.Errorf("half a write stays: %+v", doc)
	}

	pages(d.durable.Load(), "1000000")
	pages(d.index.Load(), "1000000")
	must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: long}}))(t)
	must(d.StoreVectors(ctx, e5, ids, vectors))(t)
	checkIntegrity(t, d)
}

func TestDamagedFileIsRefused(t *testing.T) {
	folder := t.TempDir()
	d := New(Options{Folder: folder})
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	addParsed(t, d, anna, "", "f", "en", slices.Repeat([]string{"text"}, 500)...)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	sound := must(os.ReadFile(d.Path()))(t)
	damaged := slices.Clone(sound)
	for page := 2 * 8192; page+8192 <= len(damaged); page += 8192 {
		copy(damaged[page:page+64], strings.Repeat("\xa5", 64))
	}
	// What a process leaves that was killed: a log, here one without frames.
	leftover := slices.Repeat([]byte{0}, 32)
	for name, c := range map[string]struct{ file, log []byte }{
		"not a database":     {[]byte(strings.Repeat("This is a text file, not a database. ", 300)), nil},
		"truncated header":   {sound[:60], nil},
		"pages, after crash": {damaged, leftover},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(d.Path(), c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.log != nil {
				if err := os.WriteFile(d.Path()+"-wal", c.log, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			wantCode(t, New(Options{Folder: folder}).Open(t.Context()), CodeCorrupt)
			if after := must(os.ReadFile(d.Path()))(t); string(after) != string(c.file) {
				t.Error("a damaged file was changed: nobody can rescue it now")
			}
		})
	}
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantCode(t, New(Options{Folder: filepath.Join(file, "below")}).Open(t.Context()), CodeFailed)

	if os.Geteuid() == 0 {
		return // root may write anywhere
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	wantCode(t, New(Options{Folder: folder}).Open(t.Context()), CodeReadOnly)
}

func TestErrorsGetTheirCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Code
	}{
		{sql.ErrNoRows, CodeNotFound},
		{fmt.Errorf("x: %w", syscall.ENOSPC), CodeDiskFull},
		{&fs.PathError{Err: fs.ErrPermission}, CodeReadOnly},
		{syscall.EROFS, CodeReadOnly},
		{context.Canceled, CodeFailed},
		{errors.New("anything"), CodeFailed},
		{newError(CodeNewer, "inner", "text"), CodeNewer},
	} {
		wantCode(t, wrap("test", c.err), c.want)
	}
	for result, want := range map[int]Code{
		sqlite3.SQLITE_FULL: CodeDiskFull, sqlite3.SQLITE_IOERR_WRITE: CodeDiskFull, sqlite3.SQLITE_IOERR_READ: CodeFailed,
		sqlite3.SQLITE_BUSY: CodeBusy, sqlite3.SQLITE_BUSY_SNAPSHOT: CodeBusy, sqlite3.SQLITE_CORRUPT_INDEX: CodeCorrupt,
		sqlite3.SQLITE_NOTADB: CodeCorrupt, sqlite3.SQLITE_READONLY_DBMOVED: CodeReadOnly,
		sqlite3.SQLITE_CONSTRAINT_UNIQUE: CodeExists, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: CodeNotFound,
		sqlite3.SQLITE_CONSTRAINT_CHECK: CodeFailed,
	} {
		if got := codeOf(result); got != want {
			t.Errorf("result %d is %s, want %s", result, got, want)
		}
	}
	for _, code := range []Code{CodeNotFound, CodeExists, CodeDiskFull, CodeBusy, CodeCorrupt, CodeNewer, CodeReadOnly, CodeNetworkPath, CodeFailed} {
		if !slices.Contains(Codes(), code) {
			t.Errorf("Codes() lacks %s", code)
		}
	}
}

func TestErrorsHoldNoContent(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	var causes []string
	for _, query := range []string{`SELECT * FROM messages_fts WHERE messages_fts MATCH 'CANARY ('`,
		`SELECT * FROM messages_fts WHERE messages_fts MATCH 'CANARY : x'`, `SELECT json_extract('CANARY', '$')`, `SELECT * FROM messages_fts WHERE messages_fts MATCH '"CANARY'`} {
		_, err := collect(ctx, d.readers.Load(), scanText, query)
		if err == nil {
			t.Fatalf("%s does not fail", query)
		}
		causes = append(causes, wrap("test", err).Error())
	}
	if all := strings.Join(causes, "\n"); strings.Contains(all, "CANARY") {
		t.Errorf("an error quotes what was searched:\n%s", all)
	}
}

// TestManyAtOnce runs readers and both writers together; the race detector and
// the final counts are what it is for.
func TestManyAtOnce(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{Title: "busy"}))(t)
	const each = 15
	work := []func(i int) error{
		func(int) error {
			_, err := d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text("question")}})
			return err
		},
		func(i int) error {
			doc, _, err := d.AddDocument(ctx, anna, Document{Name: "f", Hash: fmt.Sprint(i)}, "")
			if err != nil {
				return err
			}
			_, ids, err := d.StoreParsed(ctx, doc.ID, Parsed{Passages: []Passage{{Text: "tiger"}, {Text: "lion", Ordinal: 1}}})
			if err != nil {
				return err
			}
			_, err = d.StoreVectors(ctx, e5, ids, [][]float32{{1}, {2}})
			return err
		},
		func(int) error { _, err := d.Messages(ctx, anna, c.ID); return err },
		func(int) error { _, err := d.FindInChats(ctx, anna, ChatSearch{Query: "question"}, 5); return err },
		func(int) error {
			_, err := d.SearchTerms(ctx, Scope{OwnerID: anna}, "", []string{"tiger"}, 5)
			return err
		},
		func(int) error {
			return d.EachVector(ctx, e5, func(int64, []float32) error { return nil })
		},
		func(i int) error {
			if i%5 == 0 {
				return d.Purge(ctx)
			}
			return nil
		},
	}
	var all sync.WaitGroup
	for _, f := range work {
		all.Go(func() {
			for i := range each {
				if err := f(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(must(d.Messages(ctx, anna, c.ID))(t)); n != each {
		t.Errorf("%d messages, want %d", n, each)
	}
	if embedded, total, err := d.CountVectors(ctx, e5); embedded != 2*each || total != 2*each || err != nil {
		t.Errorf("%d of %d vectors, %v", embedded, total, err)
	}
	checkIntegrity(t, d)
}
