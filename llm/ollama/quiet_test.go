package ollama_test

import (
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

// An answer that stops in the middle ends by itself; what came is kept.
func TestAnswerThatStandsStill(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/api/show": {Pieces: []llmtest.Piece{{Bytes: shown}}},
		"/api/chat": {Pieces: []llmtest.Piece{{Bytes: token}, {Hang: true}}},
	})
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial, Quiet: 100 * time.Millisecond})
	var text strings.Builder
	_, err := client.Chat(testContext(t), llm.Request{Model: "m", Messages: user("x"), ContextWindow: 100}, func(d llm.Delta) error {
		text.WriteString(d.Text)
		return nil
	})
	if llm.CodeOf(err) != llm.CodeRuntimeCrashed || text.String() != "Hi" {
		t.Errorf("err = %v, text %q", err, text.String())
	}
}

// Reading a prompt may take long: nothing is given up before the first piece.
func TestSlowPromptIsWaitedFor(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/api/show": {Pieces: []llmtest.Piece{{Bytes: shown}}},
		"/api/chat": {Pieces: []llmtest.Piece{{After: 400 * time.Millisecond, Bytes: token + last}}},
	})
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial, Quiet: 100 * time.Millisecond})
	if _, err := client.Chat(testContext(t), llm.Request{Model: "m", Messages: user("x"), ContextWindow: 100}, func(llm.Delta) error { return nil }); err != nil {
		t.Error(err)
	}
}

// A call of a tool comes in one piece, however long its arguments are: that
// pause is none.
func TestToolCallIsWaitedFor(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/api/show": {Pieces: []llmtest.Piece{{Bytes: `{"capabilities":["completion","tools"]}`}}},
		"/api/chat": {Pieces: []llmtest.Piece{{Bytes: token}, {After: 2 * time.Second, Bytes: last}}},
	})
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial, Quiet: time.Second})
	request := llm.Request{Model: "m", Messages: user("x"), ContextWindow: 100}
	nothing := func(llm.Delta) error { return nil }
	if _, err := client.Chat(testContext(t), request, nothing); llm.CodeOf(err) != llm.CodeRuntimeCrashed {
		t.Errorf("without tools: %v", err)
	}
	request.Tools = []llm.Tool{{Name: "look", Parameters: []byte(`{"type":"object"}`)}}
	if _, err := client.Chat(testContext(t), request, nothing); err != nil {
		t.Errorf("with tools: %v", err)
	}
}

func TestReplacedRuntimeComesBack(t *testing.T) {
	s := newSupervised(t, "", nil)
	first := s.until(t, "ready", ready)
	s.Replace()
	s.until(t, "ready again", func(status llm.Status) bool { return ready(status) && status.Endpoint != first.Endpoint })
}
