package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kontor/app"
)

// processes lists who works on a data folder, by command line, environment and
// working directory.
func processes(t *testing.T, data string) []string {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(entries) == 0 {
		t.Fatalf("processes: %v", err)
	}
	var found []string
	for _, entry := range entries {
		if entry == "/proc/"+strconv.Itoa(os.Getpid()) {
			continue
		}
		stat, err := os.ReadFile(entry + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			continue
		}
		line, _ := os.ReadFile(entry + "/cmdline")
		env, _ := os.ReadFile(entry + "/environ")
		folder, _ := os.Readlink(entry + "/cwd")
		if bytes.Contains(line, []byte(data)) || bytes.Contains(env, []byte(data)) || folder == data || strings.HasPrefix(folder, data+"/") {
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// nobodyLeft fails if a process of a killed Kontor is there after 3 seconds.
func nobodyLeft(t *testing.T, data string) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Second)
	for {
		left := processes(t, data)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left after 3 s: %q", left)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// savedWithin is longer than the second for which an answer may stay unsaved.
const savedWithin = 3 * time.Second

// longAnswer asks for a story and returns while it is being written, with what
// had been seen long enough ago to be on the disk. A small model may end any
// answer early; then another is asked for.
func longAnswer(t *testing.T, s *server) (app.SendResult, app.Message) {
	t.Helper()
	for range 5 {
		sent := call[app.SendResult](t, s, "chats.send", app.SendRequest{Text: "Write a very long story about a lighthouse keeper, with many chapters."})
		seen := answered(t, s, sent)
		if n := len(processes(t, shared)); n < 4 {
			t.Fatalf("%d processes at work: the kill would show nothing", n)
		}
		time.Sleep(savedWithin)
		if view := call[app.ChatView](t, s, "chats.open", app.ByID{ID: sent.Chat.ID}); view.Chat.RunningMessageID != "" {
			return sent, seen
		}
	}
	t.Fatal("no answer lasted long enough to be killed")
	return app.SendResult{}, app.Message{}
}

func TestKilledWhileAnswering(t *testing.T) {
	needRuntime(t)
	s := serve(t, shared, installed())
	s.ready(t)
	sent, seen := longAnswer(t, s)
	s.kill()
	nobodyLeft(t, shared)

	s = serve(t, shared, installed())
	view := call[app.ChatView](t, s, "chats.open", app.ByID{ID: sent.Chat.ID})
	if len(view.Messages) != 2 || view.Chat.RunningMessageID != "" {
		t.Fatalf("%d messages, running %q", len(view.Messages), view.Chat.RunningMessageID)
	}
	question, answer := view.Messages[0], view.Messages[1]
	if question.Text != sent.Question.Text || question.Status != "complete" {
		t.Errorf("question %q, %s", question.Text, question.Status)
	}
	if answer.Status != "partial" || !strings.HasPrefix(answer.Text, seen.Text) {
		t.Errorf("answer %s: %q, seen before the kill: %q", answer.Status, answer.Text, seen.Text)
	}
	// The chat goes on.
	s.ready(t)
	again := call[app.SendResult](t, s, "chats.send", app.SendRequest{ChatID: sent.Chat.ID, Text: "Go on."})
	answered(t, s, again)
	call[app.Message](t, s, "chats.stop", app.ByID{ID: again.Answer.ID})
	s.stop(t)
	nobodyLeft(t, shared)
}

func TestKilledWhileIndexing(t *testing.T) {
	needRuntime(t)
	folder := t.TempDir()
	var book strings.Builder
	for i := range 64 {
		fmt.Fprintf(&book, "## Section %d\n\n", i)
		for j := range 4 {
			fmt.Fprintf(&book, "Rule %d of section %d says that machine number %d is oiled every %d days and that its keeper writes this down. ", j, i, i*7+j, j+2)
		}
		book.WriteString("\n\n")
	}
	path := write(t, folder, "rules.md", book.String())
	s := serve(t, shared, installed())
	s.ready(t)
	added := call[app.AddResult](t, s, "documents.add", app.AddRequest{Paths: []string{path}})
	if len(added.Documents) != 1 {
		t.Fatalf("added %+v", added)
	}
	get := func() app.Document {
		return call[app.Document](t, s, "documents.get", app.ByID{ID: added.Documents[0].ID})
	}
	var before app.Document
	until(t, "some passages have vectors", func() bool {
		before = get()
		return before.Embedded > 0
	})
	s.kill()
	if before.Embedded >= before.Passages {
		t.Fatalf("%d of %d passages were embedded before the kill: nothing is left to resume", before.Embedded, before.Passages)
	}
	nobodyLeft(t, shared)

	s = serve(t, shared, installed())
	after := get() // the runtime is still starting: nothing new was embedded
	if after.Embedded < before.Embedded || after.Passages != before.Passages || after.Status != "searchable" {
		t.Errorf("before %d of %d, after %d of %d, %s", before.Embedded, before.Passages, after.Embedded, after.Passages, after.Status)
	}
	until(t, "the document is ready", func() bool { return get().Status == "ready" })
	if done := get(); done.Embedded != done.Passages {
		t.Errorf("%d of %d passages have vectors", done.Embedded, done.Passages)
	}
	s.stop(t)
}
