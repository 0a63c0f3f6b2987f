package anthropic

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"kontor/llm"
	"kontor/llm/endpoint"
)

// answerTool is the tool whose arguments are a structured answer.
const answerTool = "answer"

// Chat implements [llm.Provider].
func (c *Client) Chat(ctx context.Context, request llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	if ctx.Err() != nil {
		return llm.Result{Finish: llm.FinishCancelled}, &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	}
	if request.ContextWindow <= 0 {
		return llm.Result{}, failed(llm.CodePromptTooLong, "no context window was set")
	}
	if err := c.find(ctx, request.Model); err != nil {
		if llm.CodeOf(err) == llm.CodeCancelled {
			return llm.Result{Finish: llm.FinishCancelled}, err
		}
		return llm.Result{}, err
	}
	if llm.EstimateRequest(request) > 2*request.ContextWindow { // up to twice the truth; closer calls are the server's
		return llm.Result{}, failed(llm.CodePromptTooLong, "the prompt exceeds the window")
	}
	a := answer{Pieces: endpoint.NewPieces(ctx, c.options.Now, emit), structured: len(request.Schema) > 0, blocks: map[int]*block{}, ignored: ignored(request)}
	err := c.options.Endpoint.Stream(ctx, "/messages", wire(request), a.event)
	if cancelled := a.Cancelled(err, a.done); cancelled != nil {
		return a.result(llm.FinishCancelled), cancelled
	}
	switch {
	case err != nil:
		return a.result(""), classify(err)
	case !a.done:
		return a.result(""), failed(llm.CodeBadResponse, "the stream ended without its end")
	case a.reason == "refusal":
		return a.result(""), failed(llm.CodeAnswerFiltered, "the model declined")
	}
	return a.result(a.finish()), nil
}

// ignored lists what this format has no field for. Newer models take a
// temperature or a top_p, not both: the temperature says more. Without being
// asked no model thinks, so that only a wish to think is lost.
func ignored(request llm.Request) []llm.Parameter {
	var list []llm.Parameter
	if request.TopP != nil && request.Temperature != nil {
		list = append(list, llm.ParameterTopP)
	}
	if request.Seed != 0 {
		list = append(list, llm.ParameterSeed)
	}
	if request.Think != nil && *request.Think {
		list = append(list, llm.ParameterThinking)
	}
	return list
}

func wire(request llm.Request) map[string]any {
	limit := request.MaxTokens
	if limit <= 0 || limit > longestAnswer {
		limit = longestAnswer
	}
	system, messages := turns(request.Messages)
	wire := map[string]any{"model": request.Model, "messages": messages, "max_tokens": limit, "stream": true}
	if system != "" {
		wire["system"] = system
	}
	if request.Temperature != nil {
		wire["temperature"] = min(*request.Temperature, 1)
	} else if request.TopP != nil {
		wire["top_p"] = *request.TopP
	}
	var tools []any
	for _, t := range request.Tools {
		tools = append(tools, map[string]any{"name": t.Name, "description": t.Description, "input_schema": t.Parameters})
	}
	if len(request.Schema) > 0 {
		tools = append(tools, map[string]any{"name": answerTool, "description": "The answer.", "input_schema": request.Schema})
		wire["tool_choice"] = map[string]any{"type": "tool", "name": answerTool}
	}
	if tools != nil {
		wire["tools"] = tools
	}
	return wire
}

// turns takes the system's messages out and writes the others as blocks.
// Results of tools belong to the user, several in a row into one message.
func turns(messages []llm.Message) (string, []map[string]any) {
	var system []string
	var list []map[string]any
	for i, m := range messages {
		if m.Role == llm.System {
			system = append(system, m.Text)
			continue
		}
		role, blocks := string(m.Role), []any{}
		if m.Role == llm.ToolResult {
			role = string(llm.User)
			blocks = append(blocks, map[string]any{"type": "tool_result", "tool_use_id": m.CallID, "content": m.Text})
			if i > 0 && messages[i-1].Role == llm.ToolResult {
				last := list[len(list)-1]
				last["content"] = append(last["content"].([]any), blocks...)
				continue
			}
		} else if m.Text != "" {
			blocks = append(blocks, map[string]any{"type": "text", "text": m.Text})
		}
		for _, image := range m.Images {
			blocks = append(blocks, map[string]any{"type": "image", "source": map[string]any{
				"type": "base64", "media_type": image.MediaType, "data": base64.StdEncoding.EncodeToString(image.Bytes),
			}})
		}
		for _, call := range m.Calls {
			blocks = append(blocks, map[string]any{"type": "tool_use", "id": call.ID, "name": call.Name, "input": call.Arguments})
		}
		if len(blocks) > 0 { // an empty message is refused
			list = append(list, map[string]any{"role": role, "content": blocks})
		}
	}
	return strings.Join(system, "\n\n"), list
}

// happening is one event of the stream.
type happening struct {
	Type    string
	Index   int
	Message struct{ Usage usage }
	Block   struct{ Type, ID, Name, Text string } `json:"content_block"`
	Delta   struct {
		Type, Text, Thinking string
		PartialJSON          string `json:"partial_json"`
		StopReason           string `json:"stop_reason"`
	}
	Usage usage
}

type usage struct {
	Input        int `json:"input_tokens"`
	Output       int `json:"output_tokens"`
	CacheWritten int `json:"cache_creation_input_tokens"`
	CacheRead    int `json:"cache_read_input_tokens"`
}

func (u usage) prompt() int { return u.Input + u.CacheWritten + u.CacheRead }

// block is a tool call as far as it has come.
type block struct {
	id, name  string
	arguments strings.Builder
}

// answer collects what one stream says.
type answer struct {
	endpoint.Pieces
	structured     bool
	prompt, output int
	reason         string
	done           bool
	blocks         map[int]*block
	ignored        []llm.Parameter
}

func (a *answer) event(e endpoint.Event) error {
	var h happening
	if err := json.Unmarshal(e.Data, &h); err != nil {
		return failed(llm.CodeBadResponse, "an event of the stream is not the expected JSON")
	}
	switch h.Type {
	case "error":
		err := said(0, e.Data)
		if llm.CodeOf(err) == llm.CodeBadResponse {
			err = failed(llm.CodeRuntimeCrashed, "the server reports an error in the stream")
		}
		return err
	case "message_start":
		a.prompt = h.Message.Usage.prompt()
	case "content_block_start":
		if h.Block.Type == "tool_use" {
			a.blocks[h.Index] = &block{id: h.Block.ID, name: h.Block.Name}
		}
		return a.Take(llm.Delta{Text: h.Block.Text})
	case "content_block_delta":
		if b := a.blocks[h.Index]; b != nil {
			if a.structured && b.name == answerTool {
				return a.Take(llm.Delta{Text: h.Delta.PartialJSON})
			}
			b.arguments.WriteString(h.Delta.PartialJSON)
		}
		return a.Take(llm.Delta{Text: h.Delta.Text, Reasoning: h.Delta.Thinking})
	case "message_delta":
		if h.Delta.StopReason != "" {
			a.reason = h.Delta.StopReason
		}
		a.output = max(a.output, h.Usage.Output)
		a.prompt = max(a.prompt, h.Usage.prompt())
	case "message_stop":
		a.done = true
	}
	return nil // pings, and kinds that come later
}

func (a *answer) finish() llm.FinishReason {
	switch {
	case a.reason == "max_tokens" || a.reason == "model_context_window_exceeded":
		return llm.FinishLength
	case a.reason == "tool_use" && !a.structured:
		return llm.FinishTools
	}
	return llm.FinishStop
}

func (a *answer) result(finish llm.FinishReason) llm.Result {
	result := llm.Result{Finish: finish, Ignored: a.ignored, Usage: llm.Usage{PromptTokens: a.prompt, OutputTokens: cmp.Or(a.output, a.Count)}}
	if a.Count > 1 {
		result.Usage.OutputDuration = a.Duration()
	}
	var order []int
	for index := range a.blocks {
		order = append(order, index)
	}
	slices.Sort(order)
	for _, index := range order {
		b := a.blocks[index]
		if a.structured && b.name == answerTool {
			continue
		}
		arguments := b.arguments.String()
		if !json.Valid([]byte(arguments)) {
			arguments = "{}"
			if b.arguments.Len() > 0 {
				quoted, _ := json.Marshal(b.arguments.String()) // a string always can
				arguments = string(quoted)
			}
		}
		result.Calls = append(result.Calls, llm.ToolCall{ID: b.id, Name: b.name, Arguments: json.RawMessage(arguments)})
	}
	return result
}
