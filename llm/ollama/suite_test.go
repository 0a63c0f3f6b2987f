package ollama_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

func TestRealServerPassesTheSuite(t *testing.T) {
	r := realServer(t)
	llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
		return llmtest.Subject{
			Provider: r.client, Model: r.chat, Window: 1024, Exact: true, Schemas: llmtest.Supported, Tools: llmtest.Refused, Images: llmtest.Refused,
			Long: "Count from one to one hundred in words, one number on each line, without leaving out any.",
		}
	})
	llmtest.RunEmbedder(t, r.client, r.embed, 512)
}

// The same over the wire from a script: this runs without the real parts.
func TestScriptedServerPassesTheSuite(t *testing.T) {
	server := httptest.NewServer(llmtest.NewScripted(llmtest.Script{}).Handler())
	t.Cleanup(server.Close)
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial})
	llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
		return llmtest.Subject{Provider: client, Model: llmtest.ChatModel, Window: 512, Long: strings.Repeat("word ", 60), Schemas: llmtest.Supported, Tools: llmtest.Supported, Images: llmtest.Supported}
	})
	llmtest.RunEmbedder(t, client, llmtest.EmbedModel, 512)
}

// A stopped generation must not keep the machine busy: what comes next must
// be served at once, though the answer would have gone on for a long time.
func TestCancelStopsTheServer(t *testing.T) {
	r := realServer(t)
	ctx := testContext(t)
	request := llm.Request{Model: r.chat, Messages: user("Write a very long story about a lighthouse."), ContextWindow: 2048, MaxTokens: 1500}
	stop := errors.New("stop")
	if _, err := r.client.Chat(ctx, request, func(llm.Delta) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	start := time.Now()
	request.MaxTokens = 1
	if _, err := r.client.Chat(ctx, request, func(llm.Delta) error { return nil }); err != nil {
		t.Fatal(err)
	}
	waited := time.Since(start)
	start = time.Now()
	request.MaxTokens = 40
	if _, err := r.client.Chat(ctx, request, func(llm.Delta) error { return nil }); err != nil {
		t.Fatal(err)
	}
	// 1,500 tokens take some forty times as long as 40.
	if forty := time.Since(start); waited > 10*forty+time.Second {
		t.Errorf("the next answer waited %v; 40 tokens take %v", waited, forty)
	}
}

const (
	shown = `{"template":"{{ .Prompt }}","capabilities":["completion"],"model_info":{"general.architecture":"x","x.context_length":4096}}`
	token = `{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hi"},"done":false}` + "\n"
	last  = `{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":1}` + "\n"
)

func TestStreams(t *testing.T) {
	piece := func(text string) llmtest.Piece { return llmtest.Piece{Bytes: text} }
	tests := map[string]struct {
		status int
		pieces []llmtest.Piece
		code   llm.Code // empty: no error
		finish llm.FinishReason
		text   string
	}{
		"whole":             {0, []llmtest.Piece{piece(token), piece(last)}, "", llm.FinishStop, "Hi"},
		"slow and in parts": {0, []llmtest.Piece{piece(token[:20]), {After: 30 * time.Millisecond, Bytes: token[20:]}, {After: 30 * time.Millisecond, Bytes: last}}, "", llm.FinishStop, "Hi"},
		"unknown fields":    {0, []llmtest.Piece{piece(strings.Replace(token, `"done":false`, `"done":false,"new":{"a":[1]}`, 1)), piece(last)}, "", llm.FinishStop, "Hi"},
		"broken off":        {0, []llmtest.Piece{piece(token), {Break: true}}, llm.CodeRuntimeCrashed, "", "Hi"},
		"broken in a line":  {0, []llmtest.Piece{piece(token), piece(last[:30]), {Break: true}}, "", "", "Hi"},
		"no last line":      {0, []llmtest.Piece{piece(token)}, llm.CodeBadResponse, "", "Hi"},
		"garbage":           {0, []llmtest.Piece{piece(token), piece("<html>secret words of a chat</html>\n")}, llm.CodeBadResponse, "", "Hi"},
		"wrong types":       {0, []llmtest.Piece{piece(`{"message":7,"done":"yes"}` + "\n")}, llm.CodeBadResponse, "", ""},
		"nothing":           {0, nil, llm.CodeBadResponse, "", ""},
		"crash reported":    {0, []llmtest.Piece{piece(token), piece(`{"error":"an error was encountered while running the model: signal: aborted"}` + "\n")}, llm.CodeRuntimeCrashed, "", "Hi"},
		"refused":           {400, []llmtest.Piece{piece(`{"error":"the input length exceeds the context length"}`)}, llm.CodePromptTooLong, "", ""},
		"not JSON":          {502, []llmtest.Piece{piece(`<html>bad gateway</html>`)}, llm.CodeRuntimeDown, "", ""},
		"redirect":          {302, nil, llm.CodeBadResponse, "", ""},
		"repeats itself":    {0, []llmtest.Piece{piece(strings.Repeat(token, 32))}, "", llm.FinishLength, strings.Repeat("Hi", 32)},
		"done by length":    {0, []llmtest.Piece{piece(token), piece(strings.Replace(last, `"stop"`, `"length"`, 1))}, "", llm.FinishLength, "Hi"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := llmtest.NewReplay(t, map[string]llmtest.Recording{
				"/api/show": {Pieces: []llmtest.Piece{piece(shown)}},
				"/api/chat": {Status: test.status, Pieces: test.pieces},
			})
			client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial})
			var text strings.Builder
			result, err := client.Chat(testContext(t), llm.Request{Model: "m", Messages: user("x"), ContextWindow: 100}, func(d llm.Delta) error {
				text.WriteString(d.Text)
				return nil
			})
			if name == "broken in a line" {
				// What arrived of the line is no JSON; both words are right.
				if code := llm.CodeOf(err); code != llm.CodeBadResponse && code != llm.CodeRuntimeCrashed {
					t.Errorf("err = %v", err)
				}
			} else if llm.CodeOf(err) != test.code || (err == nil) != (test.code == "") {
				t.Errorf("err = %v, want %q", err, test.code)
			}
			if result.Finish != test.finish || text.String() != test.text {
				t.Errorf("finish %q text %q", result.Finish, text.String())
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats content: %v", err)
			}
		})
	}
}

func TestHangingStreamCanBeCancelled(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/api/show": {Pieces: []llmtest.Piece{{Bytes: shown}}},
		"/api/chat": {Pieces: []llmtest.Piece{{Bytes: token}, {Hang: true}}},
	})
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial})
	start := time.Now()
	_, err := client.Chat(testContext(t), llm.Request{Model: "m", Messages: user("x"), ContextWindow: 100}, func(llm.Delta) error { return errors.New("enough") })
	if llm.CodeOf(err) != llm.CodeCancelled || time.Since(start) > 5*time.Second {
		t.Errorf("err = %v after %v", err, time.Since(start))
	}
}

func TestHostedModelsAreRefused(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/api/show": {Pieces: []llmtest.Piece{{Bytes: `{"remote_host":"https://example.org","capabilities":["completion"]}`}}},
		"/api/tags": {Pieces: []llmtest.Piece{{Bytes: `{"models":[{"name":"a","remote_host":"https://example.org"},{"name":"b:cloud"}]}`}}},
	})
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial})
	for _, model := range []string{"looks-local", "gpt-oss:120b-cloud", "x:cloud"} {
		_, err := client.Chat(testContext(t), llm.Request{Model: model, Messages: user("x"), ContextWindow: 100}, func(llm.Delta) error { return nil })
		if llm.CodeOf(err) != llm.CodeDenied {
			t.Errorf("%s: err = %v, want denied", model, err)
		}
		if _, err := client.Embed(testContext(t), model, []string{"x"}); llm.CodeOf(err) != llm.CodeDenied {
			t.Errorf("%s: embed: err = %v, want denied", model, err)
		}
	}
	models, err := client.Models(testContext(t))
	if err != nil || len(models) != 0 {
		t.Errorf("models = %+v, %v, want none", models, err)
	}
}

func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(nil)
	url := server.URL
	server.Close()
	client := ollama.New(ollama.Options{Server: ollama.External(url), DialContext: dial})
	if status := client.Status(testContext(t)); status.State != llm.RuntimeDown || status.Code != llm.CodeRuntimeDown {
		t.Errorf("status = %+v", status)
	}
	if _, err := client.Models(testContext(t)); llm.CodeOf(err) != llm.CodeRuntimeDown {
		t.Errorf("err = %v", err)
	}
	none := ollama.New(ollama.Options{Server: ollama.External("http://ollama.com"), DialContext: dial})
	if _, err := none.Models(testContext(t)); llm.CodeOf(err) != llm.CodeDenied {
		t.Errorf("hosted endpoint: err = %v", err)
	}
}

// The same for embedding: indexing yields to people by cancelling its batch.
func TestCancelStopsEmbedding(t *testing.T) {
	r := realServer(t)
	text := "passage: " + strings.Repeat("Die Kündigung bedarf der Schriftform. ", 12)
	embed := func(ctx context.Context, count int) (time.Duration, error) {
		texts := make([]string, count)
		for i := range texts {
			texts[i] = text + strings.Repeat("x", i)
		}
		start := time.Now()
		_, err := r.client.Embed(ctx, r.embed, texts)
		return time.Since(start), err
	}
	if _, err := embed(testContext(t), 1); err != nil { // warm
		t.Fatal(err)
	}
	one, err := embed(testContext(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(testContext(t), 2*one)
	defer cancel()
	if took, err := embed(ctx, 32); llm.CodeOf(err) != llm.CodeCancelled || took > 4*one+time.Second {
		t.Fatalf("err = %v after %v", err, took)
	}
	// What is left of the batch takes some thirty times as long as one text.
	waited, err := embed(testContext(t), 1)
	if err != nil || waited > 10*one+time.Second {
		t.Errorf("the next text waited %v, %v; one takes %v", waited, err, one)
	}
	t.Logf("one text %v, after a cancel %v", one, waited)
}
