package llmtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"kontor/llm"
)

// Handler serves the script in Ollama's wire format, so that a whole Kontor
// can be tested with it as its external server.
func (s *Scripted) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"version": "0.24.0"}) })
	mux.HandleFunc("GET /api/tags", s.tags)
	mux.HandleFunc("GET /api/ps", s.running)
	mux.HandleFunc("POST /api/show", s.show)
	mux.HandleFunc("POST /api/chat", s.chat)
	mux.HandleFunc("POST /api/embed", s.embed)
	return mux
}

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	// An error here means that the client has gone.
	_ = json.NewEncoder(w).Encode(value)
}

// refuse says what Ollama says for the code.
func refuse(w http.ResponseWriter, err error) {
	status, text := http.StatusInternalServerError, err.Error()
	switch llm.CodeOf(err) {
	case llm.CodeModelMissing:
		status, text = http.StatusNotFound, "model 'scripted' not found"
	case llm.CodePromptTooLong, llm.CodeInputTooLong:
		status, text = http.StatusBadRequest, "the input length exceeds the context length"
	case llm.CodeOutOfMemory:
		text = "model requires more system memory (9 GiB) than is available (1 GiB)"
	case llm.CodeRuntimeCrashed:
		text = "model runner has unexpectedly stopped"
	}
	w.WriteHeader(status)
	reply(w, map[string]string{"error": text})
}

func (s *Scripted) tags(w http.ResponseWriter, r *http.Request) {
	models, _ := s.Models(r.Context())
	list := make([]map[string]any, len(models))
	for i, m := range models {
		list[i] = map[string]any{
			"name": m.Name, "model": m.Name, "digest": m.Digest, "size": m.Bytes,
			"details": map[string]string{"format": "gguf", "parameter_size": "1M", "quantization_level": m.Quantization},
		}
	}
	reply(w, map[string]any{"models": list})
}

func (s *Scripted) running(w http.ResponseWriter, r *http.Request) {
	list := []map[string]any{}
	for _, name := range s.Status(r.Context()).Loaded {
		list = append(list, map[string]any{"name": name, "model": name})
	}
	reply(w, map[string]any{"models": list})
}

func (s *Scripted) show(w http.ResponseWriter, r *http.Request) {
	var in struct{ Model string }
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(w, errors.New("missing request body"))
		return
	}
	models, _ := s.Models(r.Context())
	for _, m := range models {
		if m.Name != in.Model {
			continue
		}
		capabilities := []string{"completion", "vision", "tools", "thinking"}
		if m.Embedding {
			capabilities = []string{"embedding"}
		}
		reply(w, map[string]any{
			"template": "{{ range .Messages }}{{ .Content }}{{ end }}", "capabilities": capabilities,
			"model_info": map[string]any{"general.architecture": "scripted", "scripted.context_length": m.ContextLength},
		})
		return
	}
	refuse(w, fail(llm.CodeModelMissing, in.Model))
}

func (s *Scripted) chat(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model    string
		Messages []struct {
			Role, Content string
			Images        [][]byte
			ToolName      string `json:"tool_name"`
		}
		Format  json.RawMessage
		Tools   []struct{ Function functionSpec }
		Options struct {
			NumCtx     int `json:"num_ctx"`
			NumPredict int `json:"num_predict"`

			Temperature *float64
			TopP        *float64 `json:"top_p"`
			Seed        int
		}
		Think *bool
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(w, errors.New("missing request body"))
		return
	}
	request := llm.Request{Model: in.Model, ContextWindow: in.Options.NumCtx, MaxTokens: in.Options.NumPredict, Schema: in.Format,
		Temperature: in.Options.Temperature, TopP: in.Options.TopP, Seed: in.Options.Seed, Think: in.Think}
	for _, m := range in.Messages {
		message := llm.Message{Role: llm.Role(m.Role), Text: m.Content, ToolName: m.ToolName}
		for _, bytes := range m.Images {
			message.Images = append(message.Images, llm.Image{Bytes: bytes})
		}
		request.Messages = append(request.Messages, message)
	}
	for _, t := range in.Tools {
		request.Tools = append(request.Tools, t.Function.tool())
	}
	if len(request.Messages) == 0 {
		if err := s.Load(r.Context(), in.Model, in.Options.NumCtx); err != nil {
			refuse(w, err)
			return
		}
		reply(w, map[string]any{"model": in.Model, "message": map[string]string{"role": "assistant"}, "done": true, "done_reason": "load"})
		return
	}
	flusher, _ := w.(http.Flusher)
	begun := false
	line := func(value map[string]any) {
		if !begun {
			w.Header().Set("Content-Type", "application/x-ndjson")
			begun = true
		}
		value["model"], value["created_at"] = in.Model, time.Unix(0, 0).UTC()
		_ = json.NewEncoder(w).Encode(value) // the client may have gone
		if flusher != nil {
			flusher.Flush()
		}
	}
	result, err := s.Chat(r.Context(), request, func(d llm.Delta) error {
		line(map[string]any{"message": map[string]string{"role": "assistant", "content": d.Text, "thinking": d.Reasoning}, "done": false})
		return r.Context().Err()
	})
	switch {
	case err != nil && !begun:
		refuse(w, err)
	case err != nil:
		line(map[string]any{"error": "an error was encountered while running the model: scripted"})
	default:
		if len(result.Calls) > 0 {
			calls := make([]any, len(result.Calls))
			for i, c := range result.Calls {
				calls[i] = map[string]any{"id": c.ID, "function": map[string]any{"index": i, "name": c.Name, "arguments": c.Arguments}}
			}
			line(map[string]any{"message": map[string]any{"role": "assistant", "content": "", "tool_calls": calls}, "done": false})
			result.Finish = llm.FinishStop // as Ollama says it
		}
		line(map[string]any{
			"message": map[string]string{"role": "assistant"}, "done": true, "done_reason": string(result.Finish),
			"prompt_eval_count": result.Usage.PromptTokens, "eval_count": result.Usage.OutputTokens,
			"prompt_eval_duration": 1, "eval_duration": 1, "load_duration": 1, "total_duration": 3,
		})
	}
}

func (s *Scripted) embed(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model string
		Input []string
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(w, errors.New("invalid input type"))
		return
	}
	vectors, err := s.Embed(r.Context(), in.Model, in.Input)
	if err != nil {
		refuse(w, err)
		return
	}
	reply(w, map[string]any{"model": in.Model, "embeddings": vectors, "prompt_eval_count": 0})
}
