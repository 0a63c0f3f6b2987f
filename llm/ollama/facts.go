package ollama

import (
	"context"
	"encoding/base64"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ollama/ollama/api"

	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/llm/tokenizer"
)

// vocabularyIdle is how long an unused vocabulary stays in memory; the larger
// ones take some 25 MB.
const vocabularyIdle = 10 * time.Minute

// newEngine lists the architectures that Ollama 0.24 runs on its own engine,
// whose tokenizer takes a whole word that is a token without looking at the
// merges (fs/ggml/ggml.go, OllamaEngineRequired).
var newEngine = []string{
	"deepseek2", "gemma3", "gemma3n", "gemma4", "gptoss", "gpt-oss", "llama4", "mistral3", "mllama", "olmo3",
	"qwen25vl", "qwen3", "qwen3moe", "qwen35", "qwen35moe", "qwen3next", "qwen3vl", "qwen3vlmoe", "glm4moelite", "lfm2", "lfm2moe",
}

// facts are what the server says about a model once.
type facts struct {
	template, system string
	messages         []api.Message // put before every chat
	renderer         string
	thinking         bool
	architecture     string
	contextLength    int
	chat, embedding  bool
	vision, tools    bool
	remote           bool
	blob             string // file name of the weights in the model folder
	prompt           *promptTemplate
}

// model is what is remembered of one model.
type model struct {
	mu        sync.Mutex
	digest    string
	facts     *facts
	tokenizer *tokenizer.Tokenizer
	// unsupported says that the vocabulary cannot be read.
	unsupported bool
	used        time.Time
	// checked counts prompts whose count was what the server counted;
	// mistrusted is set when one was not.
	checked    int
	mistrusted bool
}

// entry returns the memory of a model and drops what others have not used.
func (c *Client) entry(name string) *model {
	name = plain(name)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for other, m := range c.models {
		if other != name && m.mu.TryLock() {
			if m.tokenizer != nil && now.Sub(m.used) > vocabularyIdle {
				m.tokenizer = nil
			}
			m.mu.Unlock()
		}
	}
	m := c.models[name]
	if m == nil {
		m = &model{}
		c.models[name] = m
	}
	return m
}

// plain is the short form of a name: servers list "name:latest".
func plain(name string) string { return strings.TrimSuffix(name, ":latest") }

// forget drops what is remembered, because the model may be another one now.
func (c *Client) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.models, plain(name))
}

// facts returns what is known of a model, asking the server the first time.
// A digest other than the remembered one makes it ask again.
func (c *Client) facts(ctx context.Context, name, digest string) (*facts, error) {
	m := c.entry(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	return c.factsLocked(ctx, m, name, digest)
}

func (c *Client) factsLocked(ctx context.Context, m *model, name, digest string) (*facts, error) {
	if digest != "" && m.digest != "" && digest != m.digest {
		m.facts, m.tokenizer, m.unsupported, m.checked, m.mistrusted = nil, nil, false, 0, false
	}
	if digest != "" {
		m.digest = digest
	}
	if m.facts != nil {
		return m.facts, nil
	}
	server, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	watchedCtx, _ := watch(ctx, false)
	shown, err := server.Show(watchedCtx, &api.ShowRequest{Model: name})
	if err != nil {
		return nil, classify(ctx, err, onChat)
	}
	m.facts = readFacts(shown)
	return m.facts, nil
}

func readFacts(shown *api.ShowResponse) *facts {
	f := &facts{
		template: shown.Template, system: shown.System, messages: shown.Messages, renderer: shown.Renderer,
		remote: shown.RemoteHost != "",
	}
	f.architecture, _ = shown.ModelInfo["general.architecture"].(string)
	if length, ok := shown.ModelInfo[f.architecture+".context_length"].(float64); ok && length > 0 && length < 1<<31 {
		f.contextLength = int(length)
	}
	for _, capability := range shown.Capabilities {
		switch string(capability) {
		case "completion":
			f.chat = true
		case "embedding":
			f.embedding = true
		case "thinking":
			f.thinking = true
		case "vision":
			f.vision = true
		case "tools":
			f.tools = true
		}
	}
	for line := range strings.Lines(shown.Modelfile) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(word) {
		case "FROM":
			if name := filepath.Base(filepath.FromSlash(strings.Trim(rest, `"`))); strings.HasPrefix(name, "sha256-") && f.blob == "" {
				f.blob = name
			}
		case "RENDERER":
			f.renderer = strings.Trim(rest, `"`)
		}
	}
	f.prompt = parseTemplate(f.template)
	return f
}

// local refuses models that the server would have computed elsewhere.
func (c *Client) local(ctx context.Context, name string) error {
	if hosted(name) {
		return failed(llm.CodeDenied, "the model runs elsewhere")
	}
	f, err := c.facts(ctx, name, "")
	if err != nil {
		return err
	}
	if f.remote {
		return failed(llm.CodeDenied, "the model runs elsewhere")
	}
	return nil
}

// Thinks implements [llm.Thinker].
func (c *Client) Thinks(ctx context.Context, model string) (bool, error) {
	f, err := c.facts(ctx, model, "")
	if err != nil {
		return false, err
	}
	return f.thinking, nil
}

// able refuses models that are not local, and what a model cannot do: the
// server drops images without a word. It says whether the model can think
// before it answers.
func (c *Client) able(ctx context.Context, request llm.Request) (thinks bool, err error) {
	if err := c.local(ctx, request.Model); err != nil {
		return false, err
	}
	f, err := c.facts(ctx, request.Model, "")
	if err != nil {
		return false, err
	}
	if len(request.Tools) > 0 && !f.tools {
		return false, failed(llm.CodeModelCannot, "the model knows no tools")
	}
	for _, m := range request.Messages {
		if len(m.Images) > 0 && !f.vision {
			return false, failed(llm.CodeModelCannot, "the model takes no images")
		}
	}
	return f.thinking, nil
}

// vocabulary returns the tokenizer of a model, or nil if there is none for it.
func (c *Client) vocabulary(ctx context.Context, m *model, name string, f *facts) *tokenizer.Tokenizer {
	m.used = c.now()
	if m.tokenizer != nil || m.unsupported {
		return m.tokenizer
	}
	v, err := c.readVocabulary(ctx, name, f)
	if err == nil {
		v.WholeWords = v.WholeWords || slices.Contains(newEngine, f.architecture)
		m.tokenizer, err = tokenizer.New(v)
	}
	if err != nil && ctx.Err() == nil {
		m.unsupported = true
		c.log.Info("tokens of this model are estimated", "model", name)
	}
	return m.tokenizer
}

func (c *Client) readVocabulary(ctx context.Context, name string, f *facts) (tokenizer.Vocabulary, error) {
	if c.options.ModelFolder != nil && f.blob != "" {
		file, err := gguf.Open(filepath.Join(c.options.ModelFolder(), "blobs", f.blob), tokenizer.Keep)
		if err == nil {
			return tokenizer.FromFile(file), nil
		}
		c.log.Warn("model file cannot be read", "model", name)
	}
	server, err := c.connect(ctx)
	if err != nil {
		return tokenizer.Vocabulary{}, err
	}
	watchedCtx, _ := watch(ctx, false)
	shown, err := server.Show(watchedCtx, &api.ShowRequest{Model: name, Verbose: true})
	if err != nil {
		return tokenizer.Vocabulary{}, classify(ctx, err, onChat)
	}
	return shownVocabulary(shown.ModelInfo), nil
}

// shownVocabulary reads a vocabulary from the server's own description.
func shownVocabulary(info map[string]any) tokenizer.Vocabulary {
	const prefix = "tokenizer.ggml."
	text := func(key string) string { s, _ := info[prefix+key].(string); return s }
	optional := func(key string) *bool {
		if value, ok := info[prefix+key].(bool); ok {
			return &value
		}
		return nil
	}
	texts := func(key string) []string {
		list, _ := info[prefix+key].([]any)
		out := make([]string, len(list))
		for i, item := range list {
			out[i], _ = item.(string)
		}
		return out
	}
	numbers := func(key string) []float64 {
		list, _ := info[prefix+key].([]any)
		out := make([]float64, len(list))
		for i, item := range list {
			out[i], _ = item.(float64)
		}
		return out
	}
	v := tokenizer.Vocabulary{
		Model: text("model"), Pre: text("pre"), Tokens: texts("tokens"), Merges: texts("merges"),
		AddBOS: optional("add_bos_token"), AddEOS: optional("add_eos_token"), AddSpacePrefix: optional("add_space_prefix"),
	}
	for _, score := range numbers("scores") {
		v.Scores = append(v.Scores, float32(score))
	}
	for _, kind := range numbers("token_type") {
		v.Kinds = append(v.Kinds, int64(kind))
	}
	// Bytes are written as base64, as encoding/json does.
	v.CharsMap, _ = base64.StdEncoding.DecodeString(text("precompiled_charsmap"))
	if remove := optional("remove_extra_whitespaces"); remove != nil {
		v.RemoveExtraWhitespace = *remove
	}
	return v
}
