package storage

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// crashFolder in the environment makes the test binary the writer that is killed.
const crashFolder = "STORAGE_CRASH_FOLDER"

// writeUntilKilled appends messages and vectors and prints an id only after
// the call that stored it came back: that is the acknowledgement.
func writeUntilKilled(folder string) {
	ctx := context.Background()
	d := New(Options{Folder: folder, Analyse: analyseForTest, AnalyserVersion: 1})
	fail := func(err error) {
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	fail(d.Open(ctx))
	c, err := d.CreateChat(ctx, anna, Chat{Title: "crash"})
	fail(err)
	go func() { // indexing runs beside the chat, as it does in life
		for n := 0; ; n++ {
			doc, _, err := d.AddDocument(ctx, anna, Document{Name: "d", Hash: fmt.Sprint(c.ID, n)}, "")
			fail(err)
			_, ids, err := d.StoreParsed(ctx, doc.ID, Parsed{Text: "one two", Passages: []Passage{
				{Text: "one", Start: 0, End: 3}, {Text: "two", Start: 4, End: 7, Ordinal: 1}}})
			fail(err)
			_, err = d.StoreVectors(ctx, e5, ids, [][]float32{{1, 2}, {3, 4}})
			fail(err)
		}
	}()
	for n := 0; ; n++ {
		added, err := d.AppendMessages(ctx, anna, c.ID, []Message{
			{Role: "user", Parts: text(fmt.Sprint("question ", n))},
			{Role: "assistant", Status: MessageRunning},
		})
		fail(err)
		fmt.Println("message", c.ID, added[0].ID, n)
		parts := text(fmt.Sprint("answer ", n))
		status := MessageComplete
		_, err = d.UpdateMessage(ctx, anna, added[1].ID, MessageUpdate{Parts: &parts, Status: &status})
		fail(err)
		fmt.Println("answer", c.ID, added[1].ID, n)
	}
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	rounds := 20
	if soak, err := strconv.Atoi(os.Getenv("KONTOR_SOAK")); err == nil && soak > 0 {
		rounds = soak
	}
	folder := t.TempDir()
	acknowledged, lost := 0, 0
	for round := range rounds {
		lines := killWriter(t, folder, 5+round*7%20)
		acknowledged += len(lines)
		lost += missing(t, folder, lines)
	}
	t.Logf("%d rounds of kill -9, %d acknowledged writes, %d lost", rounds, acknowledged, lost)
	if lost > 0 {
		t.Errorf("%d of %d acknowledged writes are lost", lost, acknowledged)
	}
}

// killWriter runs a writer, kills it in the middle of what it does after so
// many acknowledgements and returns all it acknowledged.
func killWriter(t *testing.T, folder string, after int) []string {
	t.Helper()
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), crashFolder+"="+folder)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		line := scan.Text()
		if strings.HasPrefix(line, "error") {
			t.Fatal(line)
		}
		if lines = append(lines, line); len(lines) == after {
			_ = writer.Process.Kill() // it may have ended with an error, seen below
		}
	}
	if len(lines) < after {
		t.Fatalf("the writer ended after %d of %d acknowledgements", len(lines), after)
	}
	_ = writer.Wait() // it was killed; that is its error
	return lines
}

// missing reopens the database and counts what was acknowledged and is not
// there as it was written.
func missing(t *testing.T, folder string, lines []string) int {
	t.Helper()
	ctx := t.Context()
	d := New(Options{Folder: folder, Analyse: analyseForTest, AnalyserVersion: 1})
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	must(d.RecoverMessages(ctx))(t)
	stored := map[string]Message{}
	lost := 0
	for _, line := range lines {
		f := strings.Fields(line) // kind, chat, message, number
		if len(stored) == 0 {
			for _, m := range must(d.Messages(ctx, anna, f[1]))(t) {
				stored[m.ID] = m
			}
		}
		want := "question " + f[3]
		if f[0] == "answer" {
			want = "answer " + f[3]
		}
		if m, ok := stored[f[2]]; !ok || textOf(m.Parts) != want || m.Status != MessageComplete {
			lost++
		}
	}
	checkIntegrity(t, d)
	return lost
}

// checkIntegrity checks the file, the references, the full-text tables and the
// counters that are kept beside the rows they count.
func checkIntegrity(t testing.TB, d *DB) {
	t.Helper()
	ctx := t.Context()
	// On a connection of its own: integrity_check takes an FTS5 structure that
	// the connection remembers from before another one's write for damage.
	fresh, err := openPool(d.Path(), 1, readerPragmas())
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if result := must(collect(ctx, fresh, scanText, `PRAGMA integrity_check`))(t); len(result) != 1 || result[0] != "ok" {
		t.Errorf("integrity_check: %v", result)
	}
	rows := must(d.readers.Load().QueryContext(ctx, `PRAGMA foreign_key_check`))(t)
	if rows.Next() {
		t.Error("a reference leads nowhere")
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	for what, query := range map[string]string{
		"passages without a full-text row": `SELECT count(*) FROM passages WHERE id NOT IN (SELECT id FROM passages_fts_docsize)`,
		"full-text rows without a passage": `SELECT count(*) FROM passages_fts_docsize WHERE id NOT IN (SELECT id FROM passages)`,
		"messages whose full-text mark is wrong": `SELECT count(*) FROM messages
			WHERE (analyser_version > 0) <> (2 * seq + 1 IN (SELECT id FROM messages_fts_docsize))`,
		"chats whose full-text mark is wrong": `SELECT count(*) FROM chats
			WHERE (analyser_version > 0) <> (2 * seq IN (SELECT id FROM messages_fts_docsize))`,
		"documents with a wrong number of passages": `SELECT count(*) FROM documents d
			WHERE passages <> (SELECT count(*) FROM passages WHERE document = d.seq)`,
		"documents with a wrong number of vectors": `SELECT count(*) FROM embedded e WHERE vectors <>
			(SELECT count(*) FROM vectors v JOIN passages p ON p.id = v.passage_id
			 WHERE p.document = e.document AND v.embedder_id = e.embedder_id)`,
	} {
		if n := must(scanInteger(d.readers.Load().QueryRowContext(ctx, query)))(t); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}
