package openai

import (
	"context"
	"encoding/base64"
	"regexp"
	"time"

	"kontor/llm"
	"kontor/llm/endpoint"
)

// Chat implements [llm.Provider]. Ending ctx closes the connection, which
// makes servers stop computing.
func (c *Client) Chat(ctx context.Context, request llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	if ctx.Err() != nil {
		return llm.Result{Finish: llm.FinishCancelled}, &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	}
	if request.ContextWindow <= 0 {
		return llm.Result{}, failed(llm.CodePromptTooLong, "no context window was set")
	}
	if _, err := c.find(ctx, request.Model); err != nil {
		if llm.CodeOf(err) == llm.CodeCancelled {
			return llm.Result{Finish: llm.FinishCancelled}, err
		}
		return llm.Result{}, err
	}
	estimate := llm.EstimateRequest(request)
	if c.surelyTooLong(estimate, request.ContextWindow) {
		return llm.Result{}, failed(llm.CodePromptTooLong, "the prompt exceeds the window")
	}
	wire, ignored := c.wire(request)
	a := answer{Pieces: endpoint.NewPieces(ctx, c.options.Now, emit), ignored: ignored}
	err := c.options.Endpoint.Stream(ctx, "/chat/completions", wire, a.event)
	if cancelled := a.Cancelled(err, a.done); cancelled != nil {
		return a.result(llm.FinishCancelled, estimate), cancelled
	}
	switch {
	case err != nil:
		return a.result("", estimate), classify(err)
	case !a.done:
		return a.result("", estimate), failed(llm.CodeBadResponse, "the stream ended without its end")
	case a.failure != nil:
		return a.result("", estimate), a.failure
	}
	if a.finish == "" {
		a.finish = llm.FinishStop // an end without a reason
	}
	return a.result(a.finish, estimate), nil
}

// surelyTooLong tells what must not be sent. The estimate is up to twice the
// truth; in between a server that refuses by itself decides.
func (c *Client) surelyTooLong(estimate, window int) bool {
	if c.traits.cuts {
		return estimate > window
	}
	return estimate > 2*window
}

// wire translates a request and says what of it the server does not know.
func (c *Client) wire(request llm.Request) (map[string]any, []llm.Parameter) {
	wire := map[string]any{"model": request.Model, "messages": c.messages(request), "stream": true}
	if c.traits.usage {
		wire["stream_options"] = map[string]any{"include_usage": true}
	}
	if request.MaxTokens > 0 && (c.traits.longest == 0 || request.MaxTokens <= c.traits.longest) {
		wire[c.traits.limit] = request.MaxTokens
	}
	ignored := c.sampling(request, wire)
	if len(request.Schema) > 0 {
		wire["response_format"] = c.schema(request)
	}
	if len(request.Tools) > 0 {
		tools := make([]any, len(request.Tools))
		for i, t := range request.Tools {
			tools[i] = map[string]any{"type": "function", "function": map[string]any{
				"name": t.Name, "description": t.Description, "parameters": t.Parameters,
			}}
		}
		wire["tools"] = tools
	}
	return wire, ignored
}

// sampling adds how the answer is chosen.
func (c *Client) sampling(request llm.Request, wire map[string]any) (ignored []llm.Parameter) {
	fixed := c.options.Dialect == OpenAI && reasoning.MatchString(request.Model)
	set := func(name string, p llm.Parameter, value any, known bool) {
		if !known {
			ignored = append(ignored, p)
			return
		}
		wire[name] = value
	}
	if request.Temperature != nil {
		set("temperature", llm.ParameterTemperature, *request.Temperature, !fixed)
	}
	if request.TopP != nil {
		set("top_p", llm.ParameterTopP, *request.TopP, !fixed)
	}
	if request.Seed != 0 {
		set(c.traits.seed, llm.ParameterSeed, request.Seed, c.traits.seed != "")
	}
	if request.Think == nil {
		return ignored
	}
	state := map[bool]string{true: "enabled", false: "disabled"}[*request.Think]
	switch c.traits.thinking {
	case templateThinking:
		wire["chat_template_kwargs"] = map[string]any{"enable_thinking": *request.Think}
	case typedThinking:
		wire["thinking"] = map[string]any{"type": state}
	case effortThinking:
		wire["reasoning_effort"] = map[bool]string{true: "medium", false: "none"}[*request.Think]
	default:
		ignored = append(ignored, llm.ParameterThinking)
	}
	return ignored
}

// reasoning matches models whose server refuses any sampling but its own.
var reasoning = regexp.MustCompile(`^(o[1-9]|gpt-5)`)

func (c *Client) schema(request llm.Request) map[string]any {
	switch c.traits.schema {
	case plainSchema:
		return map[string]any{"type": "json_object", "schema": request.Schema}
	case valueSchema:
		return map[string]any{"type": "json_object", "value": request.Schema}
	case onlyAnObject:
		return map[string]any{"type": "json_object"}
	}
	return map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": request.Schema}}
}

func (c *Client) messages(request llm.Request) []map[string]any {
	list := make([]map[string]any, 0, len(request.Messages)+1)
	for _, m := range request.Messages {
		wire := map[string]any{"role": string(m.Role), "content": content(m)}
		if m.Role == llm.ToolResult {
			wire["tool_call_id"] = m.CallID
			if c.options.Dialect == Mistral && m.ToolName != "" {
				wire["name"] = m.ToolName
			}
		}
		if len(m.Calls) > 0 {
			calls := make([]any, len(m.Calls))
			for i, call := range m.Calls {
				calls[i] = map[string]any{"id": call.ID, "type": "function", "function": map[string]any{
					"name": call.Name, "arguments": string(call.Arguments),
				}}
			}
			wire["tool_calls"] = calls
		}
		list = append(list, wire)
	}
	if len(request.Schema) > 0 && c.traits.schema == onlyAnObject {
		// The server asks for the word in the prompt and takes no schema.
		list = append(list, map[string]any{"role": "system", "content": "Answer with a JSON object that follows this JSON schema: " + string(request.Schema)})
	}
	return list
}

func content(m llm.Message) any {
	if len(m.Images) == 0 {
		return m.Text
	}
	parts := []any{map[string]any{"type": "text", "text": m.Text}}
	for _, image := range m.Images {
		parts = append(parts, map[string]any{"type": "image_url", "image_url": map[string]any{
			"url": "data:" + image.MediaType + ";base64," + base64.StdEncoding.EncodeToString(image.Bytes),
		}})
	}
	return parts
}

// answer collects what one stream says.
type answer struct {
	endpoint.Pieces
	done    bool
	finish  llm.FinishReason
	failure error
	usage   *usage
	timings *timings
	calls   []callPieces
	ignored []llm.Parameter
}

func (a *answer) event(e endpoint.Event) error {
	if string(e.Data) == "[DONE]" {
		if a.finish != "" || a.failure != nil || a.Count > 0 {
			a.done = true
		}
		return nil
	}
	c, err := readChunk(e)
	if err != nil {
		return err
	}
	if c.Usage != nil {
		a.usage = c.Usage
	}
	if c.Timings != nil {
		a.timings = c.Timings
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue
		}
		piece := choice.Delta
		if choice.Message != nil { // a whole answer instead of a stream
			piece = *choice.Message
		}
		if err := a.take(piece); err != nil {
			return err
		}
		if choice.Finish != nil && *choice.Finish != "" {
			a.done = true
			a.finish, a.failure = finishReason(*choice.Finish)
		}
	}
	return nil
}

func (a *answer) take(piece message) error {
	for _, call := range piece.Calls {
		a.calls = joinCall(a.calls, call)
	}
	return a.Take(piece.delta())
}

func (a *answer) result(finish llm.FinishReason, estimate int) llm.Result {
	result := llm.Result{Finish: finish, Ignored: a.ignored}
	u := &result.Usage
	u.OutputTokens = a.Count // one token each, with most servers
	if a.Count > 1 {
		u.OutputDuration = a.Duration()
	}
	if a.Count > 0 {
		u.PromptTokens = estimate
	}
	if a.usage != nil {
		u.PromptTokens, u.OutputTokens = a.usage.Prompt, a.usage.Output
	}
	if t := a.timings; t != nil {
		u.PromptDuration, u.OutputDuration = milliseconds(t.PromptMs), milliseconds(t.PredictedMs)
	}
	for i := range a.calls {
		result.Calls = append(result.Calls, a.calls[i].whole())
	}
	if len(result.Calls) > 0 && finish == llm.FinishStop {
		result.Finish = llm.FinishTools // several servers say "stop" here
	}
	return result
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func finishReason(reason string) (llm.FinishReason, error) {
	switch reason {
	case "length", "model_length", "max_tokens":
		return llm.FinishLength, nil
	case "tool_calls", "function_call":
		return llm.FinishTools, nil
	case "content_filter", "sensitive":
		return "", failed(llm.CodeAnswerFiltered, "the server held the answer back")
	case "insufficient_system_resource":
		return "", failed(llm.CodeServerBusy, "the server ran out of resources")
	case "error", "abort":
		return "", failed(llm.CodeRuntimeCrashed, "the server ended the answer with an error")
	}
	return llm.FinishStop, nil // "stop", "eos_token", "stop_sequence"
}
