// Package anthropic talks to servers that speak Anthropic's messages API: the
// maker's own and gateways that speak the same.
//
// It knows nothing of documents, chats or settings. The protocol has no
// embeddings, no seed and no field for a schema: structured answers are asked
// for as the arguments of a tool that the model must call.
package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/llm"
	"kontor/llm/endpoint"
)

// Version is the value of the header "anthropic-version" that requests need.
const Version = "2023-06-01"

const (
	// statusTimeout is what [llm.Provider.Status] promises, minus a margin.
	statusTimeout = 1800 * time.Millisecond
	listFresh     = time.Minute
	// defaultWindow is the window of the maker's models, in tokens.
	defaultWindow = 200_000
	// longestAnswer is the longest answer every present model of the maker
	// gives, in tokens; the field must be set, and a larger value is refused.
	longestAnswer = 8192
)

// Options configure a [Client].
type Options struct {
	Endpoint *endpoint.Endpoint
	// Models are names for servers that list none.
	Models []string
	// ContextWindow of its models, in tokens, 0 for the maker's 200,000.
	ContextWindow int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Client is an [llm.Provider] and an [llm.TokenCounter].
type Client struct {
	options Options

	mu       sync.Mutex
	listed   []llm.Model
	listedAt time.Time
}

var (
	_ llm.Provider     = (*Client)(nil)
	_ llm.TokenCounter = (*Client)(nil)
)

// New prepares a client; it connects when it is used.
func New(options Options) *Client {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.ContextWindow <= 0 {
		options.ContextWindow = defaultWindow
	}
	return &Client{options: options}
}

type modelList struct {
	Data []struct {
		ID     string `json:"id"`
		Window int    `json:"max_input_tokens"`
	} `json:"data"`
}

// Models implements [llm.Provider].
func (c *Client) Models(ctx context.Context) ([]llm.Model, error) {
	var list modelList
	if err := c.options.Endpoint.Get(ctx, "/models?limit=1000", &list); err != nil {
		err = classify(err)
		if len(c.options.Models) == 0 || llm.CodeOf(err) != llm.CodeModelMissing {
			return nil, err
		}
	}
	models := make([]llm.Model, 0, len(list.Data)+len(c.options.Models))
	for _, m := range list.Data {
		window := m.Window
		if window <= 0 {
			window = c.options.ContextWindow
		}
		models = append(models, llm.Model{Name: m.ID, ContextLength: window, Chat: true})
	}
	for _, name := range c.options.Models {
		if !slices.ContainsFunc(models, func(m llm.Model) bool { return m.Name == name }) {
			models = append(models, llm.Model{Name: name, ContextLength: c.options.ContextWindow, Chat: true})
		}
	}
	slices.SortFunc(models, func(a, b llm.Model) int { return strings.Compare(a.Name, b.Name) })
	c.mu.Lock()
	c.listed, c.listedAt = models, c.options.Now()
	c.mu.Unlock()
	return models, nil
}

func (c *Client) find(ctx context.Context, name string) error {
	c.mu.Lock()
	list, fresh := c.listed, c.options.Now().Sub(c.listedAt) < listFresh
	c.mu.Unlock()
	if !fresh || list == nil {
		var err error
		if list, err = c.Models(ctx); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(list, func(m llm.Model) bool { return m.Name == name }) {
		return failed(llm.CodeModelMissing, "the server does not list the model")
	}
	return nil
}

// Load implements [llm.Provider]; there is nothing to load.
func (c *Client) Load(ctx context.Context, model string, _ int) error { return c.find(ctx, model) }

// CountTokens implements [llm.Provider] by [llm.EstimateRequest]: the server's
// own count would have the prompt sent twice.
func (c *Client) CountTokens(ctx context.Context, request llm.Request) (llm.TokenCount, error) {
	if err := c.find(ctx, request.Model); err != nil {
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
	status := llm.Status{State: llm.RuntimeReady, Endpoint: c.options.Endpoint.URL(), Version: Version}
	var list modelList
	err := classify(c.options.Endpoint.Get(ctx, "/models?limit=1", &list))
	if err == nil || llm.CodeOf(err) == llm.CodeModelMissing && len(c.options.Models) > 0 {
		return status
	}
	status.State, status.Code = llm.RuntimeDown, llm.CodeOf(err)
	if status.Code == llm.CodeCancelled {
		status.Code = llm.CodeRuntimeDown
	}
	return status
}

func failed(code llm.Code, cause string) error {
	return &llm.Error{Code: code, Cause: errors.New(cause)}
}

// kinds maps the server's error types to codes.
var kinds = map[string]llm.Code{
	"authentication_error": llm.CodeKeyRefused,
	"permission_error":     llm.CodeKeyRefused,
	"not_found_error":      llm.CodeModelMissing,
	"request_too_large":    llm.CodePromptTooLong,
	"rate_limit_error":     llm.CodeServerBusy,
	"overloaded_error":     llm.CodeServerBusy,
	"billing_error":        llm.CodeQuotaUsedUp,
	"api_error":            llm.CodeRuntimeCrashed,
	"timeout_error":        llm.CodeTimedOut,
}

func classify(err error) error { return endpoint.Classify(err, said) }

// said classifies {"type":"error","error":{"type":…,"message":…}}. The message
// may repeat what was sent, so it is not kept.
func said(status int, body []byte) error {
	var whole struct {
		Error struct{ Type, Message string }
	}
	_ = json.Unmarshal(body, &whole) // what is no JSON has neither
	message := strings.ToLower(whole.Error.Message)
	cause := fmt.Sprintf("status %d, type %.40q", status, whole.Error.Type)
	switch {
	case strings.Contains(message, "prompt is too long"), strings.Contains(message, "exceed context limit"), strings.Contains(message, "maximum context length"):
		return failed(llm.CodePromptTooLong, cause)
	case strings.Contains(message, "credit balance"):
		return failed(llm.CodeQuotaUsedUp, cause)
	}
	if code, known := kinds[whole.Error.Type]; known {
		return failed(code, cause)
	}
	return failed(endpoint.StatusCode(status), cause)
}
