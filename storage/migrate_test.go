package storage

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var writeOld = flag.Bool("write-old", false, "write testdata's database of the present schema")

// dump gives the content of all our tables as text. Columns are named by the
// file that describes an old database, else all are taken.
func dump(t testing.TB, d *DB) string {
	t.Helper()
	var all strings.Builder
	for table, columns := range tableColumns(t, d) {
		fmt.Fprintln(&all, table, must(tableRows(t, d, table, columns))(t))
	}
	lines := strings.Split(all.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func tableColumns(t testing.TB, d *DB) map[string][]string {
	t.Helper()
	tables := map[string][]string{}
	rows := must(d.readers.Load().QueryContext(t.Context(), `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%_fts%' ORDER BY m.name, c.cid`))(t)
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		tables[table] = append(tables[table], column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// tableRows gives a table's rows as sorted SQL literals.
func tableRows(t testing.TB, d *DB, table string, columns []string) ([]string, error) {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = `quote("` + c + `")`
	}
	return collect(t.Context(), d.readers.Load(), scanText, `SELECT `+strings.Join(quoted, ` || ',' || `)+` AS row FROM "`+table+`" ORDER BY row`)
}

// oldTable is what testdata says about a table of an old database.
type oldTable struct {
	Columns []string
	Rows    int
	SHA256  string
}

func sum(rows []string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(rows, "\n"))))
}

// TestOldDatabasesKeepEveryRow opens a database of each schema there ever was.
func TestOldDatabasesKeepEveryRow(t *testing.T) {
	all := must(embeddedMigrations())(t)
	if *writeOld {
		writeOldDatabase(t, len(all))
	}
	for _, m := range all {
		t.Run(fmt.Sprintf("%04d", m.number), func(t *testing.T) {
			d := New(Options{Folder: t.TempDir(), Analyse: analyseForTest, AnalyserVersion: 1})
			unpack(t, fmt.Sprintf("testdata/%04d.db.gz", m.number), d.Path())
			if err := d.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			_, err := os.Stat(fmt.Sprintf("%s.before-%04d", d.Path(), m.number+1))
			if backedUp := err == nil; backedUp != (m.number < len(all)) {
				t.Errorf("backed up before a migration: %v", backedUp)
			}
			var tables map[string]oldTable
			if err := json.Unmarshal(must(os.ReadFile(fmt.Sprintf("testdata/%04d.json", m.number)))(t), &tables); err != nil {
				t.Fatal(err)
			}
			for name, old := range tables {
				rows := must(tableRows(t, d, name, old.Columns))(t)
				if len(rows) != old.Rows || sum(rows) != old.SHA256 {
					t.Errorf("%s has %d rows with sum %s, was %d with %s", name, len(rows), sum(rows), old.Rows, old.SHA256)
				}
			}
			if hits := must(d.FindInChats(t.Context(), anna, ChatSearch{Query: "notice"}, 5))(t); len(hits) != 1 {
				t.Errorf("%d chats are found", len(hits))
			}
			if hits := must(d.SearchTerms(t.Context(), Scope{OwnerID: anna}, "en", []string{"landlord"}, 5))(t); len(hits) != 1 {
				t.Errorf("%d passages are found", len(hits))
			}
			checkIntegrity(t, d)
			fresh := openTest(t)
			if entries := must(os.ReadDir(fresh.folder))(t); len(entries) > 3 {
				t.Errorf("a new database comes with %v", entries)
			}
			if got, want := schema(t, d), schema(t, fresh); !slices.Equal(got, want) {
				t.Errorf("the migrated schema differs from a new one's:\n%v\n%v", got, want)
			}
		})
	}
}

func schema(t *testing.T, d *DB) []string {
	t.Helper()
	return must(collect(t.Context(), d.readers.Load(), scanText, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name`))(t)
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	in := must(os.Open(from))(t)
	defer in.Close()
	out := must(os.Create(to))(t)
	defer out.Close()
	must(io.Copy(out, must(gzip.NewReader(in))(t)))(t)
}

// writeOldDatabase fills a database with something in every table. Run it once
// for each new schema, before that is released:
//
//	go test ./storage -run OldDatabases -write-old
func writeOldDatabase(t *testing.T, number int) {
	t.Helper()
	ctx, ids := t.Context(), 0
	d := New(Options{Folder: t.TempDir(), Analyse: analyseForTest, AnalyserVersion: 1, Now: tick(),
		NewID: func() string { ids++; return fmt.Sprintf("01900000-0000-7000-8000-%012d", ids) }})
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	k := must(d.CreateCollection(ctx, anna, "Verträge"))(t)
	doc, passages := addParsed(t, d, anna, k.ID, "lease.txt", "en", "The landlord may end the lease.", "The tenant pays.")
	addParsed(t, d, anna, k.ID, "vertrag.txt", "de", "Die Kündigungsfrist beträgt drei Monate.")
	addParsed(t, d, ben, "", "secret.txt", "", "Other landlord.")
	must(d.StoreVectors(ctx, e5, passages, [][]float32{{.25, -1.5, 3}, {0, 1, 2}}))(t)
	c := must(d.CreateChat(ctx, anna, Chat{Title: "Lease", CollectionIDs: []string{k.ID}, PinnedDocumentID: doc.ID}))(t)
	asked := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text("What is the notice period?")},
		{Role: "assistant", Parts: []Part{{Type: "text", Text: "Three months."}, {Type: "citation", Data: json.RawMessage(`{"n":1}`)}}}}))(t)
	deleted := must(d.CreateChat(ctx, anna, Chat{Title: "Deleted"}))(t)
	sorted := must(d.CreateChatFolder(ctx, anna, ChatFolder{Name: "Leases", CollectionIDs: []string{k.ID}}))(t)
	must(d.UpdateChat(ctx, anna, c.ID, ChatUpdate{FolderID: &sorted.ID, Tags: &[]string{"important"}, PinnedAt: &c.CreatedAt}))(t)
	must(d.UpdateCollection(ctx, anna, k.ID, CollectionUpdate{Purpose: &k.Name, RetainUntil: new("2031-12-31")}))(t)
	linked := must(d.LinkFolder(ctx, anna, Folder{CollectionID: k.ID, Path: "/share/leases", Exclude: []string{"old/**"}}))(t)
	_, _, err := d.TakeFiles(ctx, anna, linked.ID, []FoundFile{{Path: "a/lease.pdf", Size: 9, Modified: 1e18, Hash: "linked"}})
	if err != nil {
		t.Fatal(err)
	}
	must(d.AddQueuedQuestion(ctx, anna, QueuedQuestion{ChatID: c.ID, Request: json.RawMessage(`{"text":"And the deposit?"}`)}))(t)
	must(d.SavePrompt(ctx, anna, Prompt{Title: "Reply", About: "To a letter", Text: "Answer {{Letter:long}}"}))(t)
	helper := must(d.SaveAssistant(ctx, anna, Assistant{Profile: json.RawMessage(`{"name":"Lawyer"}`)}))(t)
	must(d.AddBriefing(ctx, anna, Briefing{Version: "1", Language: "de"}))(t)
	golden := []GoldenQuestion{{Question: "How long is the notice?", DocumentID: doc.ID, Document: "lease.txt", Place: json.RawMessage(`{"page":1}`)}}
	must(d.AddGoldenRun(ctx, anna, GoldenRun{CollectionID: k.ID, Reason: "asked", Questions: 1, Found: 1, Results: json.RawMessage(`[]`)}))(t)
	for _, err := range []error{d.SaveGoldenQuestions(ctx, anna, k.ID, golden), d.DeleteChat(ctx, anna, deleted.ID), d.SetSetting(ctx, "language", "de"),
		d.SetChatInstructions(ctx, anna, c.ID, "Be brief."), d.SetChatStart(ctx, anna, c.ID, asked[0].ID),
		d.SaveDraft(ctx, anna, Draft{ChatID: c.ID, Text: "And then"}), d.SaveDraft(ctx, anna, Draft{Text: "Hello"}),
		d.SetChatSetup(ctx, anna, c.ID, ChatSetup{AssistantID: helper.ID, Assistant: `{"name":"Lawyer"}`, Parameters: `{"style":"precise"}`}),
		d.RecordEgress(ctx, EgressRecord{Host: "127.0.0.1", Port: 1, Allowed: true, Purpose: "runtime"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tables := map[string]oldTable{}
	for name, columns := range tableColumns(t, d) {
		rows := must(tableRows(t, d, name, columns))(t)
		if len(rows) == 0 {
			t.Errorf("%s is empty", name)
		}
		tables[name] = oldTable{columns, len(rows), sum(rows)}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	description := must(json.MarshalIndent(tables, "", "  "))(t)
	if err := os.WriteFile(fmt.Sprintf("testdata/%04d.json", number), append(description, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	out := must(os.Create(fmt.Sprintf("testdata/%04d.db.gz", number)))(t)
	packer := must(gzip.NewWriterLevel(out, gzip.BestCompression))(t)
	must(packer.Write(must(os.ReadFile(d.Path()))(t)))(t)
	if err := errors.Join(packer.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestMigrationBacksUpAndStaysWholeWhenItFails(t *testing.T) {
	ctx, folder := t.Context(), t.TempDir()
	d := New(Options{Folder: folder})
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	must(d.CreateChat(ctx, anna, Chat{Title: "before"}))(t)
	before := dump(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	with := func(sql string) *DB {
		d := New(Options{Folder: folder})
		first := must(embeddedMigrations())(t)
		d.migrations = func() ([]migration, error) {
			return append(first, migration{len(first) + 1, sql}), nil
		}
		return d
	}
	next := len(must(embeddedMigrations())(t)) + 1
	wantCode(t, with(`DELETE FROM chats; CREATE TABLE x (y); SELECT nonsense`).Open(ctx), CodeFailed)
	d = New(Options{Folder: folder})
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, d); after != before {
		t.Errorf("a failed migration left\n%s\nbefore\n%s", after, before)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	migrated := with(`DELETE FROM chats; CREATE TABLE x (y INTEGER) STRICT`)
	if err := migrated.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := migrated.Close(); err != nil {
		t.Fatal(err)
	}
	saved := New(Options{Folder: t.TempDir()})
	if err := os.Rename(fmt.Sprintf("%s.before-%04d", d.Path(), next), saved.Path()); err != nil {
		t.Fatal(err)
	}
	if err := saved.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, saved); after != before {
		t.Errorf("the backup holds\n%s\nwant\n%s", after, before)
	}
	if err := saved.Close(); err != nil {
		t.Fatal(err)
	}
	// The program from before the migration must not touch the newer database.
	wantCode(t, New(Options{Folder: folder}).Open(ctx), CodeNewer)
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	d := New(Options{Folder: t.TempDir()})
	pool := must(openPool(d.Path(), 1, nil))(t)
	if _, err := pool.Exec(`CREATE TABLE someone_elses (x); PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, d.Open(t.Context()), CodeCorrupt)
}

func TestBackupIsACompleteCopyOfItsMoment(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{Title: "kept"}))(t)
	_, ids := addParsed(t, d, anna, "", "f", "en", slices.Repeat([]string{"tiger"}, 300)...)
	must(d.StoreVectors(ctx, e5, ids[:1], [][]float32{{1, 2}}))(t)
	copied := New(Options{Folder: t.TempDir()})
	for range 2 { // the second replaces the first
		if err := d.Backup(ctx, copied.Path()); err != nil {
			t.Fatal(err)
		}
	}
	before := dump(t, d)
	must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user"}}))(t)
	if err := copied.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if after := dump(t, copied); after != before {
		t.Errorf("the copy holds\n%s\nwant\n%s", after, before)
	}
	checkIntegrity(t, copied)
	if info := must(os.Stat(copied.Path()))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v", info.Mode().Perm())
	}
	if left := must(filepath.Glob(filepath.Join(copied.folder, "*.partial")))(t); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if err := d.Backup(ctx, filepath.Join(t.TempDir(), "missing", "x.db")); err == nil {
		t.Error("a backup into a folder that is not there succeeds")
	}
}
