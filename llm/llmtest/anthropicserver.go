package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"kontor/llm"
)

// AnthropicHandler serves the script in the wire format of Anthropic's messages
// API, below /v1, as its documentation has it; nothing was recorded.
func (s *Scripted) AnthropicHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"data": []any{map[string]any{"type": "model", "id": s.script.Model, "display_name": "Scripted"}}, "has_more": false})
	})
	mux.HandleFunc("POST /v1/messages", s.anthropicChat)
	return mux
}

type anthropicRequest struct {
	Model     string
	System    string
	MaxTokens int `json:"max_tokens"`
	Messages  []struct {
		Role    string
		Content []struct {
			Type, Text, ID, Name string
			Content              string
			CallID               string `json:"tool_use_id"`
			Input                json.RawMessage
			Source               struct {
				MediaType string `json:"media_type"`
				Data      []byte
			}
		}
	}
	Tools []struct {
		Name, Description string
		Schema            json.RawMessage `json:"input_schema"`
	}
	Choice *struct{ Type, Name string } `json:"tool_choice"`
}

func (in anthropicRequest) request() llm.Request {
	request := llm.Request{Model: in.Model, ContextWindow: 1 << 20, MaxTokens: in.MaxTokens}
	if in.System != "" {
		request.Messages = append(request.Messages, llm.Message{Role: llm.System, Text: in.System})
	}
	for _, m := range in.Messages {
		message := llm.Message{Role: llm.Role(m.Role)}
		for _, c := range m.Content {
			switch c.Type {
			case "text":
				message.Text += c.Text
			case "image":
				message.Images = append(message.Images, llm.Image{MediaType: c.Source.MediaType, Bytes: c.Source.Data})
			case "tool_use":
				message.Calls = append(message.Calls, llm.ToolCall{ID: c.ID, Name: c.Name, Arguments: c.Input})
			case "tool_result":
				message.Role, message.CallID, message.Text = llm.ToolResult, c.CallID, c.Content
			}
		}
		request.Messages = append(request.Messages, message)
	}
	for _, t := range in.Tools {
		if in.Choice != nil && in.Choice.Name == t.Name {
			request.Schema = t.Schema
			continue
		}
		request.Tools = append(request.Tools, llm.Tool{Name: t.Name, Description: t.Description, Parameters: t.Schema})
	}
	return request
}

func refuseAnthropic(w http.ResponseWriter, code llm.Code) {
	status, kind, text := http.StatusInternalServerError, "api_error", "Internal server error"
	switch code {
	case llm.CodeModelMissing:
		status, kind, text = http.StatusNotFound, "not_found_error", "model: x"
	case llm.CodePromptTooLong:
		status, kind, text = http.StatusBadRequest, "invalid_request_error", "prompt is too long: 5000 tokens > 4096 maximum"
	case llm.CodeBadResponse:
		status, kind, text = http.StatusBadRequest, "invalid_request_error", "max_tokens: Field required"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "error", "error": map[string]any{"type": kind, "message": text}}) // the client may have gone
}

func (s *Scripted) anthropicChat(w http.ResponseWriter, r *http.Request) {
	var in anthropicRequest
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.MaxTokens <= 0 || r.Header.Get("anthropic-version") == "" {
		refuseAnthropic(w, llm.CodeBadResponse)
		return
	}
	request := in.request()
	begun := false
	send := func(kind string, value map[string]any) {
		value["type"] = kind
		raw, _ := json.Marshal(value)
		_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, raw) // the client may have gone
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	count, _ := s.CountTokens(r.Context(), request)
	begin := func() {
		if begun {
			return
		}
		begun = true
		w.Header().Set("Content-Type", "text/event-stream")
		send("message_start", map[string]any{"message": map[string]any{"id": "msg_1", "role": "assistant", "usage": map[string]any{"input_tokens": count.Tokens - 1, "cache_read_input_tokens": 1, "output_tokens": 1}}})
		send("content_block_start", map[string]any{"index": 0, "content_block": anthropicBlock(request)})
		send("ping", map[string]any{})
	}
	result, err := s.Chat(r.Context(), request, func(d llm.Delta) error {
		begin()
		delta := map[string]any{"type": "text_delta", "text": d.Text}
		switch {
		case d.Reasoning != "":
			delta = map[string]any{"type": "thinking_delta", "thinking": d.Reasoning}
		case request.Schema != nil:
			delta = map[string]any{"type": "input_json_delta", "partial_json": d.Text}
		}
		send("content_block_delta", map[string]any{"index": 0, "delta": delta})
		return r.Context().Err()
	})
	switch {
	case err != nil && !begun:
		refuseAnthropic(w, llm.CodeOf(err))
		return
	case err != nil:
		send("error", map[string]any{"error": map[string]any{"type": "overloaded_error", "message": "Overloaded"}})
		return
	}
	begin()
	send("content_block_stop", map[string]any{"index": 0})
	for i, c := range result.Calls {
		half := len(c.Arguments) / 2
		send("content_block_start", map[string]any{"index": i + 1, "content_block": map[string]any{"type": "tool_use", "id": c.ID, "name": c.Name, "input": map[string]any{}}})
		for _, part := range []string{string(c.Arguments[:half]), string(c.Arguments[half:])} {
			send("content_block_delta", map[string]any{"index": i + 1, "delta": map[string]any{"type": "input_json_delta", "partial_json": part}})
		}
		send("content_block_stop", map[string]any{"index": i + 1})
	}
	reason := map[llm.FinishReason]string{llm.FinishStop: "end_turn", llm.FinishLength: "max_tokens", llm.FinishTools: "tool_use"}[result.Finish]
	send("message_delta", map[string]any{"delta": map[string]any{"stop_reason": reason}, "usage": map[string]any{"output_tokens": max(1, result.Usage.OutputTokens)}})
	send("message_stop", map[string]any{})
}

func anthropicBlock(request llm.Request) map[string]any {
	if request.Schema != nil {
		return map[string]any{"type": "tool_use", "id": "toolu_1", "name": "answer", "input": map[string]any{}}
	}
	return map[string]any{"type": "text", "text": ""}
}
