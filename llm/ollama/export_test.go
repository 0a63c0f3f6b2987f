package ollama

import (
	"context"

	"kontor/llm"
)

// Render gives the prompt this package believes the server makes.
func Render(c *Client, ctx context.Context, model string, messages []llm.Message) (string, error) {
	f, err := c.facts(ctx, model, "")
	if err != nil {
		return "", err
	}
	return f.prompt.render(f.withOwn(wireMessages(messages)), f.thinking)
}
