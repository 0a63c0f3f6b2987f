package ollama

import (
	"context"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// Continues implements [llm.Continuer]: true for a model whose template is
// rendered here as by the server, and for a request of text alone.
func (c *Client) Continues(ctx context.Context, request llm.Request) bool {
	_, err := c.begun(ctx, request)
	return err == nil
}

// begun is the prompt with the beginning of the answer behind it. Whoever has
// begun to answer has thought already.
func (c *Client) begun(ctx context.Context, request llm.Request) (string, error) {
	f, err := c.facts(ctx, request.Model, "")
	if err != nil {
		return "", err
	}
	if f.renderer != "" || f.remote || !onlyText(request) {
		return "", failed(llm.CodeModelCannot, "the prompt of this model cannot be rendered here")
	}
	no := false
	prompt, err := f.prompt.render(f.withOwn(wireMessages(request.Messages)), f.thinking, &no)
	if err != nil {
		return "", failed(llm.CodeModelCannot, err.Error())
	}
	return prompt + request.Begun, nil
}

// generate asks for what follows a prompt that is rendered already.
func (c *Client) generate(ctx context.Context, server *api.Client, request llm.Request, wire *api.ChatRequest, line func(api.ChatResponse) error) error {
	prompt, err := c.begun(ctx, request)
	if err != nil {
		return err
	}
	return server.Generate(ctx, &api.GenerateRequest{
		Model: wire.Model, Prompt: prompt, Raw: true, Options: wire.Options, Format: wire.Format,
		Truncate: wire.Truncate, Shift: wire.Shift, KeepAlive: wire.KeepAlive,
	}, func(response api.GenerateResponse) error {
		return line(api.ChatResponse{
			Message: api.Message{Role: "assistant", Content: response.Response},
			Done:    response.Done, DoneReason: response.DoneReason, Metrics: response.Metrics,
		})
	})
}
