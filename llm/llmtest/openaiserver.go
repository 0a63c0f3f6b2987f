package llmtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"kontor/llm"
)

// functionSpec is a tool on the wire of Ollama and OpenAI.
type functionSpec struct {
	Name, Description string
	Parameters        json.RawMessage
}

func (f functionSpec) tool() llm.Tool {
	return llm.Tool{Name: f.Name, Description: f.Description, Parameters: f.Parameters}
}

// openAIServer serves a script as one kind of server would.
type openAIServer struct {
	script  *Scripted
	dialect string
}

// OpenAIHandler serves the script in OpenAI's wire format, below /v1, with the
// peculiarities of a kind of server: "lmstudio", "vllm", "tgi", "sglang",
// "llamacpp", "ollama", "deepseek", "mistral", "openai" or "other". What such a
// server refuses is refused here. The forms follow the servers' own
// documentation; nothing was recorded.
func (s *Scripted) OpenAIHandler(dialect string) http.Handler {
	o := openAIServer{s, dialect}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", o.models)
	mux.HandleFunc("POST /v1/chat/completions", o.chat)
	mux.HandleFunc("POST /v1/embeddings", o.embeddings)
	if s.script.Transcriber != "" {
		mux.HandleFunc("POST /v1/audio/transcriptions", o.transcriptions)
	}
	limit := s.script.ContextLength
	switch dialect {
	case "lmstudio":
		mux.HandleFunc("GET /api/v0/models", func(w http.ResponseWriter, _ *http.Request) {
			reply(w, map[string]any{"object": "list", "data": []any{
				map[string]any{"id": s.script.Model, "type": "llm", "state": "loaded", "max_context_length": 8 * limit, "loaded_context_length": limit, "quantization": "Q4_K_M"},
				map[string]any{"id": s.script.Embedder, "type": "embeddings", "state": "not-loaded", "max_context_length": s.script.EmbedLimit},
			}})
		})
	case "tgi":
		mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) {
			reply(w, map[string]any{"model_id": s.script.Model, "max_total_tokens": limit, "version": "3.3.4"})
		})
	case "llamacpp":
		mux.HandleFunc("GET /props", func(w http.ResponseWriter, _ *http.Request) {
			reply(w, map[string]any{"default_generation_settings": map[string]any{"n_ctx": limit}, "build_info": "b6000-1234567"})
		})
	case "vllm":
		mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"version": "0.11.0"}) })
	}
	return mux
}

func (o openAIServer) models(w http.ResponseWriter, r *http.Request) {
	models, _ := o.script.Models(r.Context())
	list := make([]any, len(models))
	for i, m := range models {
		entry := map[string]any{"id": m.Name, "object": "model", "created": 0, "owned_by": o.dialect}
		switch o.dialect {
		case "vllm", "sglang":
			entry["max_model_len"] = m.ContextLength
		case "mistral":
			entry["max_context_length"] = m.ContextLength
			entry["capabilities"] = map[string]bool{"completion_chat": m.Chat, "vision": m.Images, "function_calling": m.Tools}
		case "llamacpp":
			entry["meta"] = map[string]any{"n_ctx_train": 8 * m.ContextLength, "n_params": m.Parameters, "size": m.Bytes}
		}
		list[i] = entry
	}
	reply(w, map[string]any{"object": "list", "data": list})
}

// refuse says what the kind of server says for the code.
func (o openAIServer) refuse(w http.ResponseWriter, code llm.Code) {
	status, kind, text := http.StatusInternalServerError, "server_error", "scripted"
	switch code {
	case llm.CodeModelMissing:
		status, kind, text = http.StatusNotFound, "model_not_found", "The model `x` does not exist"
	case llm.CodePromptTooLong, llm.CodeInputTooLong:
		status, kind, text = http.StatusBadRequest, "context_length_exceeded", "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens."
	}
	var body any = map[string]any{"error": map[string]any{"message": text, "type": "invalid_request_error", "param": nil, "code": kind}}
	switch o.dialect {
	case "vllm", "sglang":
		body = map[string]any{"object": "error", "message": text, "type": "BadRequestError", "param": nil, "code": status}
	case "tgi":
		if code == llm.CodePromptTooLong {
			status, text = http.StatusUnprocessableEntity, "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000"
		}
		body = map[string]any{"error": text, "error_type": "validation"}
	case "mistral":
		if code == llm.CodePromptTooLong {
			text = "Prompt contains 5000 tokens and 0 draft tokens, too large for model with 4096 maximum context length"
		}
		body = map[string]any{"object": "error", "message": text, "type": "invalid_request_error", "param": nil, "code": "3051"}
	case "llamacpp":
		if code == llm.CodePromptTooLong {
			body = map[string]any{"error": map[string]any{"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}}
		}
	case "lmstudio":
		if code == llm.CodePromptTooLong {
			body = map[string]any{"error": "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

// openAIRequest is what clients send.
type openAIRequest struct {
	Model     string
	Messages  []openAIMessage
	MaxTokens int `json:"max_tokens"`
	MaxNew    int `json:"max_completion_tokens"`
	Seed      *int
	Random    *int `json:"random_seed"`

	Temperature *float64
	TopP        *float64 `json:"top_p"`
	Template    *struct {
		Thinking *bool `json:"enable_thinking"`
	} `json:"chat_template_kwargs"`
	Thinking *struct{ Type string }
	Effort   string `json:"reasoning_effort"`

	Options *struct {
		Usage bool `json:"include_usage"`
	} `json:"stream_options"`
	Format *struct {
		Type          string
		Schema, Value json.RawMessage
		Named         struct{ Schema json.RawMessage } `json:"json_schema"`
	} `json:"response_format"`
	Tools []struct{ Function functionSpec }
}

type openAIMessage struct {
	Role    string
	Content json.RawMessage
	CallID  string `json:"tool_call_id"`
	Calls   []struct {
		ID       string
		Function struct{ Name, Arguments string }
	} `json:"tool_calls"`
}

// unknown names a field that the kind of server refuses.
func (o openAIServer) unknown(in openAIRequest) string {
	switch {
	case o.dialect == "mistral" && in.Options != nil:
		return "stream_options"
	case (o.dialect == "mistral" || o.dialect == "deepseek") && in.Seed != nil:
		return "seed"
	case in.Template != nil && o.dialect != "vllm" && o.dialect != "sglang" && o.dialect != "llamacpp":
		return "chat_template_kwargs"
	case in.Thinking != nil && o.dialect != "deepseek":
		return "thinking"
	case in.Effort != "" && o.dialect != "ollama":
		return "reasoning_effort"
	case o.dialect == "openai" && in.MaxTokens > 0:
		return "max_tokens"
	case o.dialect == "deepseek" && in.Format != nil && in.Format.Type != "json_object":
		return "response_format"
	}
	return ""
}

func (in openAIRequest) request(dialect string) llm.Request {
	request := llm.Request{Model: in.Model, ContextWindow: 1 << 20, MaxTokens: max(in.MaxTokens, in.MaxNew), Temperature: in.Temperature, TopP: in.TopP}
	for _, seed := range []*int{in.Seed, in.Random} {
		if seed != nil {
			request.Seed = *seed
		}
	}
	switch {
	case in.Template != nil:
		request.Think = in.Template.Thinking
	case in.Thinking != nil:
		request.Think = new(in.Thinking.Type == "enabled")
	case in.Effort != "":
		request.Think = new(in.Effort != "none")
	}
	for _, m := range in.Messages {
		message := llm.Message{Role: llm.Role(m.Role), CallID: m.CallID}
		if json.Unmarshal(m.Content, &message.Text) != nil {
			var parts []struct {
				Text  string
				Image struct{ URL string } `json:"image_url"`
			}
			_ = json.Unmarshal(m.Content, &parts) // another form is no text
			for _, p := range parts {
				message.Text += p.Text
				if kind, data, ok := strings.Cut(strings.TrimPrefix(p.Image.URL, "data:"), ";base64,"); ok {
					bytes, _ := base64.StdEncoding.DecodeString(data)
					message.Images = append(message.Images, llm.Image{MediaType: kind, Bytes: bytes})
				}
			}
		}
		for _, c := range m.Calls {
			message.Calls = append(message.Calls, llm.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: json.RawMessage(c.Function.Arguments)})
		}
		request.Messages = append(request.Messages, message)
	}
	for _, t := range in.Tools {
		request.Tools = append(request.Tools, t.Function.tool())
	}
	if f := in.Format; f != nil {
		for _, schema := range []json.RawMessage{f.Schema, f.Value, f.Named.Schema} {
			if schema != nil {
				request.Schema = schema
			}
		}
		if dialect == "deepseek" {
			request.Schema = json.RawMessage(`{}`)
			request.Messages = request.Messages[:len(request.Messages)-1] // the one that explains the schema
		}
	}
	return request
}

func (o openAIServer) chat(w http.ResponseWriter, r *http.Request) {
	var in openAIRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		o.refuse(w, llm.CodeBadResponse)
		return
	}
	if field := o.unknown(in); field != "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		reply(w, map[string]any{"detail": []any{map[string]any{"type": "extra_forbidden", "loc": []string{"body", field}}}})
		return
	}
	begun := false
	send := func(value map[string]any) {
		if !begun {
			w.Header().Set("Content-Type", "text/event-stream")
			if o.dialect == "deepseek" {
				_, _ = fmt.Fprint(w, ": keep-alive\n\n") // while it waits for a place
			}
			begun = true
		}
		value["id"], value["object"], value["created"], value["model"] = "chatcmpl-1", "chat.completion.chunk", 0, in.Model
		raw, _ := json.Marshal(value)
		_, _ = fmt.Fprintf(w, "data: %s\n\n", raw) // the client may have gone
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	choice := func(delta map[string]any, finish any) map[string]any {
		return map[string]any{"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}}
	}
	result, err := o.script.Chat(r.Context(), in.request(o.dialect), func(d llm.Delta) error {
		send(choice(o.delta(d), nil))
		return r.Context().Err()
	})
	switch {
	case err != nil && !begun:
		o.refuse(w, llm.CodeOf(err))
		return
	case err != nil:
		_, _ = fmt.Fprint(w, "data: {\"error\":{\"message\":\"scripted\",\"type\":\"server_error\"}}\n\n")
		return
	}
	for i, c := range result.Calls { // in two pieces, as most servers do
		half := len(c.Arguments) / 2
		send(choice(map[string]any{"tool_calls": []any{map[string]any{"index": i, "id": c.ID, "type": "function", "function": map[string]any{"name": c.Name, "arguments": string(c.Arguments[:half])}}}}, nil))
		send(choice(map[string]any{"tool_calls": []any{map[string]any{"index": i, "function": map[string]any{"arguments": string(c.Arguments[half:])}}}}, nil))
	}
	o.end(result, in, send, choice)
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}

// delta is a piece in the server's words.
func (o openAIServer) delta(d llm.Delta) map[string]any {
	delta := map[string]any{"role": "assistant", "content": d.Text}
	if d.Reasoning == "" {
		return delta
	}
	switch o.dialect {
	case "mistral":
		delta["content"] = []any{map[string]any{"type": "thinking", "thinking": []any{map[string]any{"type": "text", "text": d.Reasoning}}}}
	case "ollama", "lmstudio":
		delta["reasoning"] = d.Reasoning
	default:
		delta["content"], delta["reasoning_content"] = nil, d.Reasoning
	}
	return delta
}

// end sends the last pieces: the reason and the figures.
func (o openAIServer) end(result llm.Result, in openAIRequest, send func(map[string]any), choice func(map[string]any, any) map[string]any) {
	finish := map[llm.FinishReason]string{llm.FinishStop: "stop", llm.FinishLength: "length", llm.FinishTools: "tool_calls"}[result.Finish]
	if o.dialect == "tgi" && finish == "stop" {
		finish = "eos_token"
	}
	usage := map[string]any{"prompt_tokens": result.Usage.PromptTokens, "completion_tokens": result.Usage.OutputTokens, "total_tokens": result.Usage.PromptTokens + result.Usage.OutputTokens}
	last := choice(map[string]any{}, finish)
	switch {
	case o.dialect == "mistral" || o.dialect == "deepseek":
		last["usage"] = usage
	case o.dialect == "llamacpp":
		last["timings"] = map[string]any{"prompt_n": result.Usage.PromptTokens, "prompt_ms": 1.5, "predicted_n": result.Usage.OutputTokens, "predicted_ms": 2.5}
	}
	send(last)
	if in.Options != nil && in.Options.Usage {
		send(map[string]any{"choices": []any{}, "usage": usage})
	}
}

func (o openAIServer) embeddings(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model    string
		Input    []string
		Encoding *string `json:"encoding_format"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || o.dialect == "mistral" && in.Encoding != nil {
		o.refuse(w, llm.CodeBadResponse)
		return
	}
	vectors, err := o.script.Embed(r.Context(), in.Model, in.Input)
	if err != nil {
		o.refuse(w, llm.CodeOf(err))
		return
	}
	data := make([]any, len(vectors))
	for i, v := range vectors {
		long := make([]float32, len(v)) // servers do not all give unit length
		for k := range v {
			long[k] = 3 * v[k]
		}
		data[len(vectors)-1-i] = map[string]any{"object": "embedding", "index": i, "embedding": long}
	}
	reply(w, map[string]any{"object": "list", "data": data, "model": in.Model})
}
