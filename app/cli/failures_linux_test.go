package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kontor/app"
)

// ollamas finds the processes of the runtime that work on a data folder: the
// server, and the one that computes.
func ollamas(t *testing.T, data, role string) []int {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, entry := range entries {
		line, _ := os.ReadFile(entry + "/cmdline")
		env, _ := os.ReadFile(entry + "/environ")
		stat, _ := os.ReadFile(entry + "/stat")
		args := strings.Split(string(line), "\x00")
		if len(args) > 1 && filepath.Base(args[0]) == "ollama" && args[1] == role && bytes.Contains(env, []byte(data)) && !bytes.Contains(stat, []byte(") Z ")) {
			id, _ := strconv.Atoi(filepath.Base(entry))
			found = append(found, id)
		}
	}
	return found
}

// failures are the ways in which a runtime fails that can be brought about
// here. The last one is out of the short test's reach: half a minute passes
// before a pause counts as one.
var failures = []struct {
	name, role string
	signal     syscall.Signal
}{
	{"server killed", "serve", syscall.SIGKILL},
	{"runner killed", "runner", syscall.SIGKILL},
	{"server killed", "serve", syscall.SIGKILL},
	{"runner killed", "runner", syscall.SIGKILL},
	{"server stands still", "serve", syscall.SIGSTOP},
	{"runner killed", "runner", syscall.SIGKILL},
	{"server killed", "serve", syscall.SIGKILL},
	{"runner killed", "runner", syscall.SIGKILL},
	{"server stands still", "serve", syscall.SIGSTOP},
	{"runner killed", "runner", syscall.SIGKILL},
	{"runner stands still", "runner", syscall.SIGSTOP},
}

// harmed asks, harms the runtime while it answers, and returns the answer as
// it was seen before and as it ended. Each question has a chat of its own: a
// small model imitates the torn answers of a history. It may still end an
// answer by itself, within the moment that a signal takes; then nothing was
// torn, and the question is asked again.
func harmed(t *testing.T, s *server, question, role string, signal syscall.Signal) (sent app.SendResult, seen, ended app.Message) {
	t.Helper()
	for range 5 {
		sent = call[app.SendResult](t, s, "chats.send", app.SendRequest{Text: question})
		seen = answered(t, s, sent)
		hit := ollamas(t, shared, role)
		for _, id := range hit {
			_ = syscall.Kill(id, signal) // it may have ended by itself
		}
		if len(hit) == 0 {
			t.Fatalf("no %s to harm", role)
		}
		until(t, "the answer has ended", func() bool {
			messages := call[app.ChatView](t, s, "chats.open", app.ByID{ID: sent.Chat.ID}).Messages
			ended = messages[len(messages)-1]
			return ended.Status != "running"
		})
		if ended.Status != "complete" {
			break
		}
		t.Logf("the answer was over with %d characters before the %s was harmed; asked again", len(ended.Text), role)
		s.ready(t)
	}
	return sent, seen, ended
}

// TestRuntimeFailures lets the runtime fail in the middle of answers: whatever
// was asked is kept, and the next question is answered.
func TestRuntimeFailures(t *testing.T) {
	needRuntime(t)
	rounds := 10
	if soak, err := strconv.Atoi(os.Getenv("KONTOR_SOAK")); err == nil && soak > 0 {
		rounds = soak/2 + 2
	}
	s := serve(t, shared, installed())
	s.ready(t)
	lost, partial := 0, 0
	slowest := map[string]time.Duration{}
	counts := map[string]int{}
	for round := range rounds {
		failure := failures[round%len(failures)]
		question := fmt.Sprintf("Round %d: write a very long story about a lighthouse keeper, with many chapters.", round)
		sent, seen, answer := harmed(t, s, question, failure.role, failure.signal)
		counts[failure.name]++
		ended := time.Now()
		if answer.Status != "partial" || answer.Problem == nil || !strings.HasPrefix(answer.Text, seen.Text) {
			t.Errorf("round %d, %s: the answer is %s, problem %+v, %d characters of which %d had been seen",
				round, failure.name, answer.Status, answer.Problem, len(answer.Text), len(seen.Text))
		} else {
			partial++
		}
		again := call[app.SendResult](t, s, "chats.send", app.SendRequest{Text: "Say hello."})
		var usable app.Message
		until(t, "the next question is answered", func() bool {
			view := call[app.ChatView](t, s, "chats.open", app.ByID{ID: again.Chat.ID})
			usable = view.Messages[len(view.Messages)-1]
			return usable.Status != "running" || usable.Text != ""
		})
		if usable.Text == "" {
			t.Errorf("round %d, %s: the next question failed: %+v", round, failure.name, usable.Problem)
		}
		slowest[failure.name] = max(slowest[failure.name], time.Since(ended).Round(100*time.Millisecond))
		call[app.Message](t, s, "chats.stop", app.ByID{ID: again.Answer.ID})
		kept := 0
		for _, m := range call[app.ChatView](t, s, "chats.open", app.ByID{ID: sent.Chat.ID}).Messages {
			if m.Text == question {
				kept++
			}
		}
		if kept != 1 {
			lost++
		}
		s.ready(t)
	}
	if lost > 0 {
		t.Errorf("%d of %d questions were lost", lost, rounds)
	}
	t.Logf("%d failures %v: %d questions lost, %d partial answers kept, usable again after at most %v", rounds, counts, lost, partial, slowest)
	s.stop(t)
	nobodyLeft(t, shared)
}
