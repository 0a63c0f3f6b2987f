// Package openai talks to servers that speak OpenAI's chat completions, in the
// dialects in which they really speak it.
//
// The client is our own, not the maker's: that one takes addresses and keys
// from the environment, sends requests again by itself, takes a stream that
// breaks off for a whole answer, and knows one dialect. The package knows
// nothing of documents, chats or settings.
package openai

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"kontor/llm"
	"kontor/llm/endpoint"
)

const (
	// statusTimeout is what [llm.Provider.Status] promises, minus a margin.
	statusTimeout = 1800 * time.Millisecond
	// listFresh is how long a list of models answers whether one exists.
	listFresh = time.Minute
	// embedBatch is how many texts go into one request.
	embedBatch = 32
)

// Options configure a [Client].
type Options struct {
	Endpoint *endpoint.Endpoint
	Dialect  Dialect
	// Models are names for servers that list none.
	Models []string
	// ContextWindow is the longest window of its models where the server does
	// not tell, in tokens, 0 if unknown.
	ContextWindow int
	// Log gets codes and sizes, never content; nil discards.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Client is an [llm.Provider], an [llm.Embedder] and an [llm.TokenCounter].
type Client struct {
	options Options
	traits  traits

	mu       sync.Mutex
	listed   []llm.Model
	listedAt time.Time
}

var (
	_ llm.Provider     = (*Client)(nil)
	_ llm.Embedder     = (*Client)(nil)
	_ llm.TokenCounter = (*Client)(nil)
)

// New prepares a client; it connects when it is used.
func New(options Options) *Client {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Client{options: options, traits: options.Dialect.traits()}
}

// Models implements [llm.Provider].
func (c *Client) Models(ctx context.Context) ([]llm.Model, error) {
	var list modelList
	if err := c.options.Endpoint.Get(ctx, "/models", &list); err != nil {
		err = classify(err)
		if len(c.options.Models) == 0 || llm.CodeOf(err) != llm.CodeModelMissing {
			return nil, err
		}
		list = modelList{} // the server has no such route: the names that were given count
	}
	models := list.models(c.options)
	c.describe(ctx, models)
	c.mu.Lock()
	c.listed, c.listedAt = models, c.options.Now()
	c.mu.Unlock()
	return models, nil
}

// find says whether the server has a model.
func (c *Client) find(ctx context.Context, name string) (llm.Model, error) {
	c.mu.Lock()
	list, fresh := c.listed, c.options.Now().Sub(c.listedAt) < listFresh
	c.mu.Unlock()
	if !fresh || list == nil {
		var err error
		if list, err = c.Models(ctx); err != nil {
			return llm.Model{}, err
		}
	}
	for _, m := range list {
		if m.Name == name || strings.TrimSuffix(m.Name, ":latest") == name {
			return m, nil
		}
	}
	return llm.Model{}, failed(llm.CodeModelMissing, "the server does not list the model")
}

// Load implements [llm.Provider]. The protocol has no way to load: servers do
// it before they listen, or with the first question.
func (c *Client) Load(ctx context.Context, model string, _ int) error {
	_, err := c.find(ctx, model)
	return err
}

// CountTokens implements [llm.Provider] by [llm.EstimateRequest].
func (c *Client) CountTokens(ctx context.Context, request llm.Request) (llm.TokenCount, error) {
	if _, err := c.find(ctx, request.Model); err != nil {
		return llm.TokenCount{}, err
	}
	return llm.TokenCount{Tokens: llm.EstimateRequest(request)}, nil
}

// CountText implements [llm.TokenCounter].
func (c *Client) CountText(_ context.Context, _, text string) (llm.TokenCount, error) {
	return llm.TokenCount{Tokens: llm.EstimateTokens(text)}, nil
}

// Status implements [llm.Provider].
func (c *Client) Status(ctx context.Context) llm.Status {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	status := llm.Status{State: llm.RuntimeReady, Endpoint: c.options.Endpoint.URL(), Version: string(c.options.Dialect)}
	var list modelList
	if err := c.options.Endpoint.Get(ctx, "/models", &list); err != nil {
		err = classify(err)
		if llm.CodeOf(err) == llm.CodeModelMissing && len(c.options.Models) > 0 {
			return status
		}
		status.State, status.Code = llm.RuntimeDown, llm.CodeOf(err)
		if status.Code == llm.CodeCancelled || status.Code == "" {
			status.Code = llm.CodeRuntimeDown
		}
		return status
	}
	for _, m := range list.Data {
		if c.traits.serves {
			status.Loaded = append(status.Loaded, m.ID)
		}
	}
	if c.traits.about != "" {
		var about struct {
			Version string `json:"version"`
			Build   string `json:"build_info"`
		}
		if c.options.Endpoint.Get(ctx, c.traits.about, &about) == nil && about.Version+about.Build != "" {
			status.Version = about.Version + about.Build
		}
	}
	return status
}

// Embed implements [llm.Embedder].
func (c *Client) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	if len(texts) == 0 {
		return vectors, nil
	}
	if ctx.Err() != nil {
		return vectors, &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	}
	if _, err := c.find(ctx, model); err != nil {
		return vectors, err
	}
	var tooLong error
	for from := 0; from < len(texts); from += embedBatch {
		to := min(from+embedBatch, len(texts))
		err := c.embedBatch(ctx, model, texts[from:to], vectors[from:to])
		if llm.CodeOf(err) == llm.CodeInputTooLong && to-from > 1 {
			for i := from; i < to; i++ { // one text spoils its batch
				if err := c.embedBatch(ctx, model, texts[i:i+1], vectors[i:i+1]); llm.CodeOf(err) == llm.CodeInputTooLong {
					tooLong = err
				} else if err != nil {
					return vectors, err
				}
			}
			continue
		}
		if llm.CodeOf(err) == llm.CodeInputTooLong {
			tooLong = err
		} else if err != nil {
			return vectors, err
		}
	}
	return vectors, tooLong
}

func (c *Client) embedBatch(ctx context.Context, model string, texts []string, into [][]float32) error {
	var answer embeddingAnswer
	request := map[string]any{"model": model, "input": texts}
	if c.options.Dialect != Mistral {
		request["encoding_format"] = "float"
	}
	err := c.options.Endpoint.Post(ctx, "/embeddings", request, &answer)
	if err = classify(err); err != nil {
		var coded *llm.Error
		if errors.As(err, &coded) && coded.Code == llm.CodePromptTooLong {
			return &llm.Error{Code: llm.CodeInputTooLong, Cause: coded.Cause}
		}
		return err
	}
	return answer.into(into)
}
