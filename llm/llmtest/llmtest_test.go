package llmtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
)

func TestScriptedPassesTheSuite(t *testing.T) {
	long := strings.Repeat("word ", 60)
	llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
		return llmtest.Subject{Provider: llmtest.NewScripted(llmtest.Script{}), Model: llmtest.ChatModel, Window: 512, Long: long, Exact: true, Schemas: llmtest.Supported, Tools: llmtest.Supported, Images: llmtest.Supported}
	})
	llmtest.RunEmbedder(t, llmtest.NewScripted(llmtest.Script{}), llmtest.EmbedModel, 512)
}

func TestScriptedFailures(t *testing.T) {
	crash := &llm.Error{Code: llm.CodeRuntimeCrashed}
	s := llmtest.NewScripted(llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		if r.Messages[0].Text == "hang" {
			return llmtest.Answer{Text: "a b", Hang: true}
		}
		return llmtest.Answer{Text: "one two three four", Err: crash, FailAfter: 2}
	}})
	ask := func(ctx context.Context, text string) (string, error) {
		var got strings.Builder
		_, err := s.Chat(ctx, llm.Request{Model: llmtest.ChatModel, ContextWindow: 100, Messages: []llm.Message{{Text: text}}}, func(d llm.Delta) error {
			got.WriteString(d.Text)
			return nil
		})
		return got.String(), err
	}
	if got, err := ask(t.Context(), "crash"); got != "one two" || !errors.Is(err, crash) {
		t.Errorf("got %q, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got, err := ask(ctx, "hang"); got != "a b" || llm.CodeOf(err) != llm.CodeCancelled {
		t.Errorf("got %q, %v", got, err)
	}
	if calls := s.Calls(); len(calls) != 2 || calls[1].Messages[0].Text != "hang" {
		t.Errorf("calls = %+v", calls)
	}
}
