package app

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

// nonsense is what a server may send in the middle of an answer, after a word.
var nonsense = []string{
	"<html>502 Bad Gateway</html>\n", "{\"message\":7,\"done\":\"yes\"}\n", "\x00\xff\xfe\n", "{\"message\":{\"role\":\"assistant\",\"content\":\"cut in the",
	"{\"error\":\"llama runner process no longer running: signal: aborted\"}\n", "",
}

// A runtime that talks nonsense costs an answer its end, never the question or
// the program.
func TestGarbageFromTheRuntime(t *testing.T) {
	rounds := 12
	if soak, err := strconv.Atoi(os.Getenv("KONTOR_SOAK")); err == nil && soak > 0 {
		rounds = soak
	}
	var broken atomic.Int64
	broken.Store(-1)
	well := llmtest.NewScripted(llmtest.Script{}).Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := broken.Load(); n >= 0 && r.URL.Path == "/api/chat" {
			_, _ = fmt.Fprintf(w, "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Once\"},\"done\":false}\n%s", nonsense[int(n)%len(nonsense)])
			return
		}
		well.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: (&net.Dialer{}).DialContext})
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.Provider = client })
	sent, answer := b.ask(SendRequest{Text: "Hello?"})
	if answer.Problem != nil {
		t.Fatalf("a well one: %+v", answer.Problem)
	}
	for round := range rounds {
		broken.Store(int64(round))
		question := fmt.Sprintf("Round %d?", round)
		_, answer := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: question})
		if answer.Status != "partial" || answer.Text != "Once" || answer.Problem == nil || strings.Contains(fmt.Sprint(answer.Problem), "html") {
			t.Errorf("round %d: %s %q, %+v", round, answer.Status, answer.Text, answer.Problem)
		}
		broken.Store(-1)
		_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And now?"})
		if answer.Problem != nil || answer.Text == "" {
			t.Errorf("round %d: afterwards %+v", round, answer.Problem)
		}
	}
	kept := 0
	for _, m := range do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages {
		if m.Role == "user" {
			kept++
		}
	}
	if kept != 1+2*rounds {
		t.Errorf("%d questions kept, want %d", kept, 1+2*rounds)
	}
	t.Logf("%d answers of garbage: %d of %d questions kept", rounds, kept, 1+2*rounds)
}
