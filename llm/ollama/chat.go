package ollama

import (
	"context"
	"errors"
	"strings"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// repeatLimit is how often Ollama 0.24 lets a model repeat a token before it
// ends the stream without the closing line.
const repeatLimit = 30

// errStopped carries the caller's own error out of the API package.
type errStopped struct{ cause error }

func (e errStopped) Error() string { return e.cause.Error() }
func (e errStopped) Unwrap() error { return e.cause }

// Chat implements [llm.Provider]. Ending ctx closes the connection, which
// makes the server stop computing.
func (c *Client) Chat(ctx context.Context, request llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	cancelled := llm.Result{Finish: llm.FinishCancelled}
	thinks, err := c.able(ctx, request)
	if err != nil {
		if llm.CodeOf(err) == llm.CodeCancelled {
			return cancelled, err
		}
		return llm.Result{}, err
	}
	server, err := c.connect(ctx)
	if err != nil {
		return llm.Result{}, err
	}
	a := answer{ctx: ctx, emit: emit}
	if request.Think != nil && !thinks { // the server would refuse it
		if *request.Think {
			a.ignored = []llm.Parameter{llm.ParameterThinking}
		}
		request.Think = nil
	}
	wire, err := c.wire(request)
	if err != nil {
		return llm.Result{}, err
	}
	attended, attention := c.attend(ctx, request)
	defer attention.end()
	watchedCtx, exchange := watch(attended, true)
	line := func(response api.ChatResponse) error {
		attention.came()
		return a.line(response)
	}
	if request.Begun != "" {
		err = c.generate(watchedCtx, server, request, wire, line)
	} else {
		err = server.Chat(watchedCtx, wire, line)
	}
	var stopped errStopped
	switch {
	case errors.As(err, &stopped):
		return a.result(llm.FinishCancelled), &llm.Error{Code: llm.CodeCancelled, Cause: stopped.cause}
	case ctx.Err() != nil && !a.done:
		return a.result(llm.FinishCancelled), classify(ctx, ctx.Err(), onChat)
	case errors.Is(context.Cause(attended), errQuiet) && !a.done:
		return a.result(""), failed(llm.CodeRuntimeCrashed, errQuiet.Error())
	case err == nil && !a.done:
		err = exchange.fault
		if err == nil && a.repeats > repeatLimit-2 {
			// The server gave up on a model that repeats itself.
			return a.result(llm.FinishLength), nil
		}
		if err == nil {
			err = failed(llm.CodeBadResponse, "the stream ended without its last line")
		}
	}
	if err != nil {
		if !a.any && llm.CodeOf(classify(ctx, err, onChat)) == llm.CodeModelMissing {
			c.forget(request.Model)
		}
		return a.result(""), classify(ctx, err, onChat)
	}
	if request.Begun == "" {
		c.verify(request, a.last.PromptEvalCount)
	}
	return a.result(finishReason(a.last.DoneReason)), nil
}

// wire translates a request.
func (c *Client) wire(request llm.Request) (*api.ChatRequest, error) {
	if request.ContextWindow <= 0 {
		return nil, failed(llm.CodePromptTooLong, "no context window was set")
	}
	no := false
	options := c.chatOptions(request.ContextWindow)
	if request.MaxTokens > 0 {
		options["num_predict"] = request.MaxTokens
	}
	if request.Temperature != nil {
		options["temperature"] = *request.Temperature
	}
	if request.TopP != nil {
		options["top_p"] = *request.TopP
	}
	if request.Seed != 0 {
		options["seed"] = request.Seed
	}
	var think *api.ThinkValue
	if request.Think != nil {
		think = &api.ThinkValue{Value: *request.Think}
	}
	return &api.ChatRequest{
		Think: think,
		Model: request.Model, Messages: wireMessages(request.Messages), Options: options,
		Format: request.Schema, Tools: wireTools(request.Tools), Truncate: &no, Shift: &no, KeepAlive: c.keepAlive(request.KeepAlive),
	}, nil
}

// chatOptions are the ones with which a model is loaded: another value in a
// later request makes the server load it again.
func (c *Client) chatOptions(window int) map[string]any {
	options := map[string]any{"num_ctx": window}
	if c.options.ChatThreads > 0 {
		options["num_thread"] = c.options.ChatThreads
	}
	return options
}

// answer collects what one stream says.
type answer struct {
	ctx       context.Context
	emit      func(llm.Delta) error
	any, done bool
	last      api.ChatResponse
	token     string
	repeats   int
	calls     []llm.ToolCall
	ignored   []llm.Parameter
}

func (a *answer) line(response api.ChatResponse) error {
	a.any = true
	if response.Done {
		a.done, a.last = true, response
	}
	a.calls = append(a.calls, toolCalls(response.Message.ToolCalls)...)
	delta := llm.Delta{Text: response.Message.Content, Reasoning: response.Message.Thinking}
	if delta == (llm.Delta{}) {
		return nil
	}
	if token := strings.TrimSpace(delta.Text); token == a.token {
		a.repeats++
	} else {
		a.token, a.repeats = token, 0
	}
	if err := a.ctx.Err(); err != nil {
		return err // what has arrived already is not handed on any more
	}
	if err := a.emit(delta); err != nil {
		return errStopped{err}
	}
	return nil
}

func (a *answer) result(finish llm.FinishReason) llm.Result {
	m := a.last.Metrics
	if len(a.calls) > 0 && finish == llm.FinishStop {
		finish = llm.FinishTools
	}
	return llm.Result{Finish: finish, Calls: a.calls, Ignored: a.ignored, Usage: llm.Usage{
		PromptTokens: m.PromptEvalCount, OutputTokens: m.EvalCount,
		LoadDuration: m.LoadDuration, PromptDuration: m.PromptEvalDuration, OutputDuration: m.EvalDuration,
	}}
}

func finishReason(reason string) llm.FinishReason {
	if reason == "length" {
		return llm.FinishLength
	}
	return llm.FinishStop
}
