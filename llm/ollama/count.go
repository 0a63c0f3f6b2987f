package ollama

import (
	"context"
	"slices"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// checksWanted is how many prompts are compared with the server's own count
// before a model's counting is trusted for good.
const checksWanted = 5

// CountTokens implements [llm.Provider]. It renders the model's template and
// counts with the model's own vocabulary. Where one of the two is not covered
// it gives an upper bound: see [llm.EstimateTokens].
func (c *Client) CountTokens(ctx context.Context, request llm.Request) (llm.TokenCount, error) {
	if bare, pictures := withoutImages(request); pictures > 0 {
		count, err := c.CountTokens(ctx, bare)
		return llm.TokenCount{Tokens: count.Tokens + pictures}, err
	}
	m := c.entry(request.Model)
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := c.factsLocked(ctx, m, request.Model, "")
	if err != nil {
		return llm.TokenCount{}, err
	}
	messages := f.withOwn(wireMessages(request.Messages))
	if !onlyText(request) {
		return llm.TokenCount{Tokens: llm.EstimateRequest(request) + llm.EstimateTokens(f.system) + boundSurround}, nil
	}
	if t := c.vocabulary(ctx, m, request.Model, f); t != nil && f.renderer == "" && !m.mistrusted {
		if prompt, err := f.prompt.render(messages, f.thinking, request.Think); err == nil {
			return llm.TokenCount{Tokens: t.Count(prompt+request.Begun) + t.Surround(), Exact: true}, nil
		}
	}
	total := boundSurround + llm.EstimateTokens(request.Begun)
	for _, message := range messages {
		total += boundMessage + llm.EstimateTokens(message.Content)
	}
	return llm.TokenCount{Tokens: total}, nil
}

// withoutImages takes the pictures out of a request and says how many tokens
// they may be.
func withoutImages(request llm.Request) (llm.Request, int) {
	tokens := 0
	messages := slices.Clone(request.Messages)
	for i := range messages {
		for _, image := range messages[i].Images {
			tokens += llm.ImageTokens(image)
		}
		messages[i].Images = nil
	}
	request.Messages = messages
	return request, tokens
}

// onlyText reports whether the template of a request is known to be rendered
// here as by the server.
func onlyText(request llm.Request) bool {
	for _, m := range request.Messages {
		if len(m.Images) > 0 || len(m.Calls) > 0 || m.Role == llm.ToolResult {
			return false
		}
	}
	return len(request.Tools) == 0
}

// CountText implements [llm.TokenCounter]: the tokens of the text alone,
// without those that the model puts around it (see [Client.Surround]).
func (c *Client) CountText(ctx context.Context, model, text string) (llm.TokenCount, error) {
	m := c.entry(model)
	m.mu.Lock()
	f, err := c.factsLocked(ctx, m, model, "")
	if err != nil {
		m.mu.Unlock()
		return llm.TokenCount{}, err
	}
	t := c.vocabulary(ctx, m, model, f)
	m.mu.Unlock() // a tokenizer never changes; several texts can be counted at once
	if t == nil {
		return llm.TokenCount{Tokens: llm.EstimateTokens(text)}, nil
	}
	return llm.TokenCount{Tokens: t.Count(text), Exact: true}, nil
}

// Surround is the number of tokens a model puts around a text to embed.
func (c *Client) Surround(ctx context.Context, model string) (int, error) {
	m := c.entry(model)
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := c.factsLocked(ctx, m, model, "")
	if err != nil {
		return 0, err
	}
	if t := c.vocabulary(ctx, m, model, f); t != nil {
		return t.Surround(), nil
	}
	return 2, nil
}

// withOwn puts the model's own system prompt and messages before a chat, as
// the server does.
func (f *facts) withOwn(messages []api.Message) []api.Message {
	all := append(append([]api.Message{}, f.messages...), messages...)
	if f.system != "" && len(messages) > 0 && messages[0].Role != "system" {
		all = append([]api.Message{{Role: "system", Content: f.system}}, all...)
	}
	return all
}

// verify compares the count of an answered prompt with the server's. A model
// that is counted wrongly falls back to the upper bound.
func (c *Client) verify(request llm.Request, counted int) {
	c.mu.Lock()
	m := c.models[plain(request.Model)]
	c.mu.Unlock()
	if m == nil || counted == 0 || !onlyText(request) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokenizer == nil || m.facts == nil || m.facts.renderer != "" || m.mistrusted || m.checked >= checksWanted {
		return
	}
	prompt, err := m.facts.prompt.render(m.facts.withOwn(wireMessages(request.Messages)), m.facts.thinking, request.Think)
	if err != nil {
		return
	}
	ours := m.tokenizer.Count(prompt) + m.tokenizer.Surround()
	if ours == counted {
		m.checked++
		return
	}
	m.mistrusted = true
	c.log.Warn("token count differs from the server's", "model", request.Model, "ours", ours, "server", counted)
}

// Tokens that a template adds: none known has more than 8 around a message;
// twice that and some for what stands before all messages.
const (
	boundMessage  = 16
	boundSurround = 64
)
