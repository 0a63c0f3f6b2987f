package app

import (
	"context"
	"time"

	"kontor/llm"
	"kontor/llm/ollama"
)

// comingBack is how long a question waits for a runtime that has just ended:
// starting it anew takes a second or two.
const comingBack = 20 * time.Second

// steadyClient asks the bundled runtime once more when it ended before it said
// anything: people who ask while it starts anew wait a moment instead of being
// told that it is down.
type steadyClient struct {
	*ollama.Client
	runtime *ollama.Runtime
}

// again says whether the runtime came back after a failure that another try can mend.
func (s steadyClient) again(ctx context.Context, err error) bool {
	if code := llm.CodeOf(err); code != llm.CodeRuntimeDown && code != llm.CodeRuntimeCrashed || ctx.Err() != nil {
		return false
	}
	s.runtime.Check() // it may not have been noticed yet
	deadline := time.Now().Add(comingBack)
	for ctx.Err() == nil && time.Now().Before(deadline) {
		sleep(ctx, 100*time.Millisecond)
		switch s.runtime.Status().State {
		case llm.RuntimeReady:
			waited, cancel := context.WithTimeout(ctx, time.Second)
			status := s.Status(waited)
			cancel()
			if status.State == llm.RuntimeReady {
				return true
			}
		case llm.RuntimeDown:
			return false // it failed several times in a row
		}
	}
	return false
}

// Chat implements [llm.Provider].
func (s steadyClient) Chat(ctx context.Context, request llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	said := false
	result, err := s.Client.Chat(ctx, request, func(d llm.Delta) error {
		said = true
		return emit(d)
	})
	if err != nil && !said && s.again(ctx, err) {
		return s.Client.Chat(ctx, request, emit)
	}
	return result, err
}

// CountTokens implements [llm.Provider].
func (s steadyClient) CountTokens(ctx context.Context, request llm.Request) (llm.TokenCount, error) {
	count, err := s.Client.CountTokens(ctx, request)
	if err != nil && s.again(ctx, err) {
		return s.Client.CountTokens(ctx, request)
	}
	return count, err
}

// Load implements [llm.Provider].
func (s steadyClient) Load(ctx context.Context, model string, window int) error {
	err := s.Client.Load(ctx, model, window)
	if err != nil && s.again(ctx, err) {
		return s.Client.Load(ctx, model, window)
	}
	return err
}

// Models implements [llm.Provider].
func (s steadyClient) Models(ctx context.Context) ([]llm.Model, error) {
	models, err := s.Client.Models(ctx)
	if err != nil && s.again(ctx, err) {
		return s.Client.Models(ctx)
	}
	return models, err
}
