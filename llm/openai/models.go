package openai

import (
	"context"
	"math"
	"slices"
	"strings"

	"kontor/llm"
)

// modelList is what /models says: the standard's id and what dialects add.
type modelList struct {
	Data []modelEntry `json:"data"`
}

type modelEntry struct {
	ID   string `json:"id"`
	Type string `json:"type"` // LM Studio's own route, Together: chat, llm, vlm, embedding(s)
	Task string `json:"task"` // speaches
	// Windows, each of another dialect: vLLM and SGLang, Mistral and LM Studio,
	// OpenRouter, Groq.
	MaxModelLen      int    `json:"max_model_len"`
	MaxContextLength int    `json:"max_context_length"`
	ContextLength    int    `json:"context_length"`
	ContextWindow    int    `json:"context_window"`
	Loaded           int    `json:"loaded_context_length"` // LM Studio
	Quantization     string `json:"quantization"`
	// Meta is llama.cpp's.
	Meta *struct {
		Trained    int   `json:"n_ctx_train"`
		Window     int   `json:"n_ctx"`
		Parameters int64 `json:"n_params"`
		Bytes      int64 `json:"size"`
	} `json:"meta"`
	// Capabilities is an object with Mistral; others list words.
	Capabilities capabilities `json:"capabilities"`
}

type capabilities struct{ chat, embedding, known bool }

// UnmarshalJSON takes whatever form the server uses.
func (c *capabilities) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	switch {
	case strings.Contains(text, `"completion_chat"`):
		c.known, c.chat = true, strings.Contains(strings.ReplaceAll(text, " ", ""), `"completion_chat":true`)
	case strings.HasPrefix(text, "["):
		c.embedding = strings.Contains(text, `"embedding"`)
		c.chat = strings.Contains(text, `"completion"`) || strings.Contains(text, `"chat"`)
		c.known = c.chat || c.embedding
	}
	return nil
}

func (e modelEntry) window(fallback int) int {
	for _, n := range []int{e.Loaded, e.MaxModelLen, e.MaxContextLength, e.ContextLength, e.ContextWindow} {
		if n > 0 {
			return n
		}
	}
	if e.Meta != nil {
		if e.Meta.Window > 0 {
			return e.Meta.Window
		}
		return e.Meta.Trained
	}
	return fallback
}

// neither are parts of the names of models that neither chat nor embed; hosted
// services list them among the others.
var neither = []string{"whisper", "tts", "dall-e", "moderation", "rerank", "realtime", "transcribe", "image", "sora", "ocr", "davinci", "babbage"}

// uses guesses from the name what the server does not say.
func (e modelEntry) uses() (chat, embedding bool) {
	name := strings.ToLower(e.ID)
	has := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case e.Type == "embedding" || e.Type == "embeddings":
		return false, true
	case e.Type == "llm" || e.Type == "vlm" || e.Type == "chat":
		return true, false
	case e.Capabilities.known && e.Capabilities.chat:
		return true, false
	case has("embed") || has("bge-") || has("e5-") || has("minilm"):
		return false, true
	case e.Capabilities.known:
		return false, e.Capabilities.embedding
	case slices.ContainsFunc(neither, has):
		return false, false
	}
	return true, false
}

func (l modelList) models(options Options) []llm.Model {
	entries := l.Data
	for _, name := range options.Models {
		if !slices.ContainsFunc(entries, func(e modelEntry) bool { return e.ID == name }) {
			entries = append(entries, modelEntry{ID: name})
		}
	}
	models := make([]llm.Model, 0, len(entries))
	for _, e := range entries {
		if e.ID == "" {
			continue
		}
		m := llm.Model{Name: e.ID, ContextLength: e.window(options.ContextWindow), Quantization: e.Quantization}
		m.Chat, m.Embedding = e.uses()
		if yes, only := e.transcribes(); yes {
			m.Transcription = options.Dialect.traits().hears
			m.Chat = m.Chat && !only
		}
		if e.Meta != nil {
			m.Bytes, m.Parameters = e.Meta.Bytes, e.Meta.Parameters
		}
		models = append(models, m)
	}
	slices.SortFunc(models, func(a, b llm.Model) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(models, func(a, b llm.Model) bool { return a.Name == b.Name })
}

// describe asks a dialect's own routes for the window that the standard's list
// leaves out. Whatever fails leaves the list as it is.
func (c *Client) describe(ctx context.Context, models []llm.Model) {
	switch c.options.Dialect {
	case LMStudio:
		var own modelList
		if c.options.Endpoint.Get(ctx, "//api/v0/models", &own) != nil {
			return
		}
		for i := range models {
			for _, e := range own.Data {
				if e.ID == models[i].Name {
					models[i].ContextLength, models[i].Quantization = e.window(models[i].ContextLength), e.Quantization
					models[i].Chat, models[i].Embedding = e.uses()
				}
			}
		}
	case TGI:
		var info struct {
			Total int `json:"max_total_tokens"`
		}
		if c.options.Endpoint.Get(ctx, "//info", &info) != nil || info.Total <= 0 {
			return
		}
		for i := range models {
			models[i].ContextLength = info.Total
		}
	case LlamaCpp:
		var props struct {
			Settings struct {
				Window int `json:"n_ctx"`
			} `json:"default_generation_settings"`
		}
		if c.options.Endpoint.Get(ctx, "//props", &props) != nil || props.Settings.Window <= 0 {
			return
		}
		for i := range models {
			models[i].ContextLength = props.Settings.Window
		}
	}
}

// embeddingAnswer is what /embeddings says.
type embeddingAnswer struct {
	Data []struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	} `json:"data"`
}

// into puts the vectors in order and brings them to unit length.
func (a embeddingAnswer) into(vectors [][]float32) error {
	if len(a.Data) != len(vectors) {
		return failed(llm.CodeBadResponse, "another number of vectors than of texts")
	}
	for i, entry := range a.Data {
		at := entry.Index
		if at < 0 || at >= len(vectors) || vectors[at] != nil {
			at = i
		}
		var sum float64
		for _, x := range entry.Embedding {
			sum += float64(x) * float64(x)
		}
		if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
			return failed(llm.CodeBadResponse, "a vector without direction")
		}
		for k := range entry.Embedding {
			entry.Embedding[k] = float32(float64(entry.Embedding[k]) / math.Sqrt(sum))
		}
		vectors[at] = entry.Embedding
	}
	return nil
}
