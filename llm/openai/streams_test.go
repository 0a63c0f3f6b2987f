package openai_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

const (
	token = `data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}` + "\n\n"
	last  = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}` + "\n\n"
	done  = "data: [DONE]\n\n"
)

func TestStreams(t *testing.T) {
	piece := func(text string) llmtest.Piece { return llmtest.Piece{Bytes: text} }
	tests := map[string]struct {
		pieces []llmtest.Piece
		code   llm.Code // empty: no error
		finish llm.FinishReason
		text   string
	}{
		"whole":                  {[]llmtest.Piece{piece(token), piece(last), piece(done)}, "", llm.FinishStop, "Hi"},
		"carriage returns":       {[]llmtest.Piece{piece(strings.ReplaceAll(token+last+done, "\n", "\r\n"))}, "", llm.FinishStop, "Hi"},
		"slow and in parts":      {[]llmtest.Piece{piece(token[:20]), {After: 30 * time.Millisecond, Bytes: token[20:]}, {After: 30 * time.Millisecond, Bytes: last + done}}, "", llm.FinishStop, "Hi"},
		"no DONE":                {[]llmtest.Piece{piece(token), piece(last)}, "", llm.FinishStop, "Hi"},
		"no last empty line":     {[]llmtest.Piece{piece(token), piece(strings.TrimRight(last, "\n"))}, "", llm.FinishStop, "Hi"},
		"DONE without a reason":  {[]llmtest.Piece{piece(token), piece(done)}, "", llm.FinishStop, "Hi"},
		"only DONE":              {[]llmtest.Piece{piece(done)}, llm.CodeBadResponse, "", ""},
		"broken off":             {[]llmtest.Piece{piece(token), {Break: true}}, llm.CodeRuntimeCrashed, "", "Hi"},
		"broken in an event":     {[]llmtest.Piece{piece(token), piece(last[:30]), {Break: true}}, llm.CodeRuntimeCrashed, "", "Hi"},
		"ends early":             {[]llmtest.Piece{piece(token)}, llm.CodeBadResponse, "", "Hi"},
		"garbage":                {[]llmtest.Piece{piece(token), piece("data: <html>secret words of a chat</html>\n\n")}, llm.CodeBadResponse, "", "Hi"},
		"not a stream":           {[]llmtest.Piece{piece("<html>secret</html>")}, llm.CodeBadResponse, "", ""},
		"wrong types":            {[]llmtest.Piece{piece(`data: {"choices":"none"}` + "\n\n")}, llm.CodeBadResponse, "", ""},
		"nothing":                {nil, llm.CodeBadResponse, "", ""},
		"unknown fields, events": {[]llmtest.Piece{piece("id: 7\nretry: 10\nevent: message\n" + token), piece(last)}, "", llm.FinishStop, "Hi"},
		"a line without end":     {[]llmtest.Piece{piece(token), piece("data: " + strings.Repeat("x", 5<<20))}, llm.CodeBadResponse, "", "Hi"},
		"hangs":                  {[]llmtest.Piece{piece(token), {Hang: true}}, llm.CodeTimedOut, "", "Hi"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := llmtest.NewReplay(t, map[string]llmtest.Recording{
				"/v1/models":           {Pieces: []llmtest.Piece{piece(`{"data":[{"id":"m"}]}`)}},
				"/v1/chat/completions": {Pieces: test.pieces},
			})
			timeout := time.Minute
			if name == "hangs" {
				timeout = 200 * time.Millisecond
			}
			text, _, result, err := ask(t, clientOf(t, server.URL, openai.Other, timeout))
			if llm.CodeOf(err) != test.code || (err == nil) != (test.code == "") {
				t.Errorf("err = %v, want %q", err, test.code)
			}
			if result.Finish != test.finish || text != test.text {
				t.Errorf("finish %q, text %q", result.Finish, text)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats content: %v", err)
			}
		})
	}
}

func TestHangingStreamCanBeCancelled(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/v1/models":           {Pieces: []llmtest.Piece{{Bytes: `{"data":[{"id":"m"}]}`}}},
		"/v1/chat/completions": {Pieces: []llmtest.Piece{{Bytes: token}, {Hang: true}}},
	})
	client := clientOf(t, server.URL, openai.Other, 0)
	own := errors.New("enough")
	request := llm.Request{Model: "m", ContextWindow: 4096, Messages: []llm.Message{{Role: llm.User, Text: "x"}}}
	result, err := client.Chat(t.Context(), request, func(llm.Delta) error { return own })
	if llm.CodeOf(err) != llm.CodeCancelled || !errors.Is(err, own) || result.Finish != llm.FinishCancelled {
		t.Errorf("result = %+v, err = %v", result, err)
	}
}

// Names that were given count where a server has no list.
func TestServerWithoutList(t *testing.T) {
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{"/v1/chat/completions": {Pieces: []llmtest.Piece{{Bytes: token + last}}}})
	client := openai.New(openai.Options{Endpoint: endpointOf(t, server.URL), Dialect: openai.Other, Models: []string{"m"}, ContextWindow: 1000})
	if text, _, _, err := ask(t, client); text != "Hi" || err != nil {
		t.Errorf("text %q, %v", text, err)
	}
	if status := client.Status(t.Context()); status.State != llm.RuntimeReady {
		t.Errorf("status = %+v", status)
	}
	if _, err := client.CountTokens(t.Context(), llm.Request{Model: "other"}); llm.CodeOf(err) != llm.CodeModelMissing {
		t.Errorf("err = %v", err)
	}
}
