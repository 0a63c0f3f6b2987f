package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"kontor/llm"
)

// Subject is a provider under test with what the suite must know of it.
type Subject struct {
	Provider llm.Provider
	// Model is a small chat model the provider has.
	Model string
	// Window is the context window the suite asks for, in tokens.
	Window int
	// Long is a question whose answer has at least 40 tokens.
	Long string
	// Exact says that counts must be exact for this model.
	Exact bool
	// Foreign servers do not tell a model's size nor, where Mute is set, which
	// models are loaded.
	Foreign, Mute bool
	// Unseeded servers do not promise the same words for the same seed.
	Unseeded bool
	// Schemas, Tools and Images say what becomes of a request with a schema,
	// with tools, with a picture. All three must be declared.
	Schemas, Tools, Images Support
}

// Support is what a server and its model make of a part of a request. Each
// kind is checked: there is nothing that a subject can leave out.
type Support string

// Kinds of support.
const (
	// Supported: it is done. A model that has tools or sees pictures must do as
	// a scripted one does.
	Supported Support = "supported"
	// Refused: the request ends with [llm.CodeModelCannot] before any text.
	Refused Support = "refused"
	// Ignored: the server answers in good order, as if the part were not there.
	Ignored Support = "ignored"
	// Broken: the server breaks off, which is told as a bad answer or a crash,
	// and answers again afterwards.
	Broken Support = "broken"
)

// within bounds each check, so that a provider that hangs fails.
const within = 2 * time.Minute

// RunProvider checks everything [llm.Provider] promises. subject is called
// once for each check; it may return the same provider each time.
func RunProvider(t *testing.T, subject func(t *testing.T) Subject) {
	checks := map[string]func(*testing.T, context.Context, Subject){
		"answers in order":              answersInOrder,
		"cancel in the middle":          cancelInTheMiddle,
		"cancel before the start":       cancelBeforeTheStart,
		"an error of emit stops":        emitErrorStops,
		"a long prompt is refused":      longPromptRefused,
		"no window is refused":          noWindowRefused,
		"a missing model is told":       missingModel,
		"the answer's limit holds":      limitHolds,
		"the count is the server's":     countIsUsage,
		"counting loads nothing":        countingIsPure,
		"several at once":               severalAtOnce,
		"the same seed, the same words": sameSeed,
		"models are listed":             modelsListed,
		"load and status":               loadAndStatus,
		"structured output":             structuredOutput,
		"tools are asked for":           toolsAsked,
		"images arrive":                 imagesArrive,
	}
	t.Run(conformance, func(t *testing.T) {
		for name, check := range checks {
			t.Run(name, func(t *testing.T) {
				s := subject(t)
				ctx, cancel := context.WithTimeout(t.Context(), within)
				defer cancel()
				check(t, ctx, s)
			})
		}
	})
}

// conformance is part of the names of all checks of this suite, by which the
// task runner counts them.
const conformance = "conformance"

func (s Subject) request(text string) llm.Request {
	zero := 0.0
	return llm.Request{
		Model: s.Model, Messages: []llm.Message{{Role: llm.User, Text: text}},
		ContextWindow: s.Window, MaxTokens: 8, Temperature: &zero, Seed: 7,
	}
}

// ask runs a generation and returns its text.
func (s Subject) ask(t *testing.T, ctx context.Context, request llm.Request) (string, llm.Result) {
	t.Helper()
	var text strings.Builder
	result, err := s.Provider.Chat(ctx, request, func(d llm.Delta) error {
		text.WriteString(d.Text)
		return nil
	})
	if err != nil {
		t.Fatalf("chat: %v", err)
	}
	return text.String(), result
}

func wantCode(t *testing.T, err error, code llm.Code) {
	t.Helper()
	var coded *llm.Error
	if !errors.As(err, &coded) || coded.Code != code {
		t.Errorf("error = %v, want code %s", err, code)
	}
}

func answersInOrder(t *testing.T, ctx context.Context, s Subject) {
	var inside, returned bool
	var count int
	result, err := s.Provider.Chat(ctx, s.request("Say hello to the world."), func(d llm.Delta) error {
		if inside || returned {
			t.Error("emit was called twice at once or after the end")
		}
		inside = true
		defer func() { inside = false }()
		if d == (llm.Delta{}) {
			return nil
		}
		count++
		return nil
	})
	returned = true
	if err != nil {
		t.Fatal(err)
	}
	if count == 0 || result.Usage.OutputTokens == 0 || result.Usage.PromptTokens == 0 {
		t.Errorf("%d deltas, usage %+v", count, result.Usage)
	}
	if result.Finish != llm.FinishStop && result.Finish != llm.FinishLength {
		t.Errorf("finish = %q", result.Finish)
	}
}

func cancelInTheMiddle(t *testing.T, ctx context.Context, s Subject) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	request := s.request(s.Long)
	request.MaxTokens = s.Window / 2
	deltas := 0
	result, err := s.Provider.Chat(inner, request, func(llm.Delta) error {
		if deltas++; deltas == 3 {
			cancel()
		}
		return nil
	})
	wantCode(t, err, llm.CodeCancelled)
	if result.Finish != llm.FinishCancelled {
		t.Errorf("finish = %q, want cancelled", result.Finish)
	}
	if deltas > 6 {
		t.Errorf("%d deltas after a cancel at the third", deltas)
	}
	// The server must be free again: a short answer must not wait for the rest
	// of the long one.
	s.ask(t, ctx, s.request("Say yes."))
}

func cancelBeforeTheStart(t *testing.T, ctx context.Context, s Subject) {
	inner, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.Provider.Chat(inner, s.request("Hello"), func(llm.Delta) error {
		t.Error("emit was called")
		return nil
	})
	wantCode(t, err, llm.CodeCancelled)
}

func emitErrorStops(t *testing.T, ctx context.Context, s Subject) {
	own := errors.New("no more")
	calls := 0
	result, err := s.Provider.Chat(ctx, s.request(s.Long), func(llm.Delta) error {
		calls++
		return own
	})
	wantCode(t, err, llm.CodeCancelled)
	if !errors.Is(err, own) {
		t.Errorf("error = %v does not carry the caller's own", err)
	}
	if calls != 1 || result.Finish != llm.FinishCancelled {
		t.Errorf("%d calls, finish %q", calls, result.Finish)
	}
}

func longPromptRefused(t *testing.T, ctx context.Context, s Subject) {
	request := s.request(strings.Repeat("one two three four five ", s.Window/3))
	_, err := s.Provider.Chat(ctx, request, func(llm.Delta) error {
		t.Error("a prompt beyond the window was answered")
		return errors.New("stop")
	})
	wantCode(t, err, llm.CodePromptTooLong)
	if count, err := s.Provider.CountTokens(ctx, request); err != nil || count.Tokens <= s.Window {
		t.Errorf("count = %+v, %v, want more than %d", count, err, s.Window)
	}
}

func noWindowRefused(t *testing.T, ctx context.Context, s Subject) {
	request := s.request("Hello")
	request.ContextWindow = 0
	if _, err := s.Provider.Chat(ctx, request, func(llm.Delta) error { return nil }); err == nil {
		t.Error("a request without a window was answered")
	}
}

func missingModel(t *testing.T, ctx context.Context, s Subject) {
	request := s.request("Hello")
	request.Model = "kontor-no-such-model"
	_, err := s.Provider.Chat(ctx, request, func(llm.Delta) error { return nil })
	wantCode(t, err, llm.CodeModelMissing)
	_, err = s.Provider.CountTokens(ctx, request)
	wantCode(t, err, llm.CodeModelMissing)
	wantCode(t, s.Provider.Load(ctx, request.Model, s.Window), llm.CodeModelMissing)
}

func limitHolds(t *testing.T, ctx context.Context, s Subject) {
	request := s.request(s.Long)
	request.MaxTokens = 3
	_, result := s.ask(t, ctx, request)
	if result.Finish != llm.FinishLength || result.Usage.OutputTokens > 3 {
		t.Errorf("result = %+v, want length after 3", result)
	}
}

func countIsUsage(t *testing.T, ctx context.Context, s Subject) {
	request := s.request("Wie geht es dir? 😀")
	request.MaxTokens = 1
	request.Messages = append([]llm.Message{
		{Role: llm.System, Text: "Be brief."}, {Role: llm.User, Text: "Hello"}, {Role: llm.Assistant, Text: "Hi!"},
	}, request.Messages...)
	count, err := s.Provider.CountTokens(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	_, result := s.ask(t, ctx, request)
	got := result.Usage.PromptTokens
	if count.Tokens < got || count.Exact && count.Tokens != got || s.Exact && !count.Exact {
		t.Errorf("count = %+v, the provider used %d", count, got)
	}
}

func countingIsPure(t *testing.T, ctx context.Context, s Subject) {
	before := s.Provider.Status(ctx).Loaded
	if _, err := s.Provider.CountTokens(ctx, s.request("Hello")); err != nil {
		t.Fatal(err)
	}
	if after := s.Provider.Status(ctx).Loaded; len(after) > len(before) {
		t.Errorf("counting loaded %v", after)
	}
}

func severalAtOnce(t *testing.T, ctx context.Context, s Subject) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			result, err := s.Provider.Chat(ctx, s.request("Say hello."), func(llm.Delta) error { return nil })
			if err != nil || result.Usage.OutputTokens == 0 {
				t.Errorf("result = %+v, %v", result, err)
			}
		})
	}
	group.Wait()
}

func sameSeed(t *testing.T, ctx context.Context, s Subject) {
	first, _ := s.ask(t, ctx, s.request("Name a colour."))
	second, _ := s.ask(t, ctx, s.request("Name a colour."))
	if s.Unseeded && first != "" && second != "" {
		return
	}
	if first != second || first == "" {
		t.Errorf("answers %q and %q differ at temperature 0 with one seed", first, second)
	}
}

func modelsListed(t *testing.T, ctx context.Context, s Subject) {
	models, err := s.Provider.Models(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		if m.Name == s.Model || m.Name == s.Model+":latest" {
			if !m.Chat || m.ContextLength <= 0 || m.Bytes <= 0 && !s.Foreign {
				t.Errorf("model = %+v", m)
			}
			return
		}
	}
	t.Errorf("%s is not among %+v", s.Model, models)
}

func loadAndStatus(t *testing.T, ctx context.Context, s Subject) {
	if err := s.Provider.Load(ctx, s.Model, s.Window); err != nil {
		t.Fatal(err)
	}
	var status llm.Status
	for ctx.Err() == nil { // a busy machine may miss the two seconds once
		start := time.Now()
		status = s.Provider.Status(ctx)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("status took %v", took)
		}
		if status.State == llm.RuntimeReady {
			break
		}
	}
	if status.State != llm.RuntimeReady || status.Version == "" || status.Endpoint == "" {
		t.Errorf("status = %+v", status)
	}
	if s.Mute {
		return
	}
	for _, name := range status.Loaded {
		if name == s.Model || name == s.Model+":latest" {
			return
		}
	}
	t.Errorf("%s is not among the loaded %v", s.Model, status.Loaded)
}

var suiteSchema = json.RawMessage(`{"type":"object","properties":{"word":{"type":"string","maxLength":12}},"required":["word"],"additionalProperties":false}`)

func structuredOutput(t *testing.T, ctx context.Context, s Subject) {
	request := s.request("Name a colour as JSON.")
	request.Schema, request.MaxTokens = suiteSchema, 64
	if s.without(t, ctx, s.Schemas, request) {
		return
	}
	text, _ := s.ask(t, ctx, request)
	var answer struct {
		Word *string `json:"word"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Word == nil {
		t.Errorf("the answer %q does not follow the schema: %v", text, err)
	}
}

// without checks what becomes of a request with a part that is not supported,
// and says whether that is so.
func (s Subject) without(t *testing.T, ctx context.Context, support Support, request llm.Request) bool {
	t.Helper()
	switch support {
	case Supported:
		return false
	case Refused:
		_, err := s.Provider.Chat(ctx, request, func(d llm.Delta) error {
			if d.Text != "" {
				t.Errorf("%q came of what must be refused", d.Text)
			}
			return nil
		})
		wantCode(t, err, llm.CodeModelCannot)
	case Ignored:
		if _, result := s.ask(t, ctx, request); len(result.Calls) > 0 || result.Finish != llm.FinishStop && result.Finish != llm.FinishLength {
			t.Errorf("result = %+v, want an answer without any calls", result)
		}
	case Broken:
		_, err := s.Provider.Chat(ctx, request, func(llm.Delta) error { return nil })
		if code := llm.CodeOf(err); code != llm.CodeBadResponse && code != llm.CodeRuntimeCrashed {
			t.Errorf("error = %v, want a bad answer or a crash", err)
		}
		for err != nil && ctx.Err() == nil { // the server may still be closing the connection
			_, err = s.Provider.Chat(ctx, s.request("Say yes."), func(llm.Delta) error { return nil })
		}
		if err != nil {
			t.Errorf("afterwards: %v", err)
		}
	default:
		t.Errorf("the subject does not declare its support, %q", support)
	}
	return true
}

var suiteTool = llm.Tool{
	Name: "weather", Description: "Tells the weather of a place.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"place":{"type":"string"}},"required":["place"]}`),
}

// toolsAsked goes through a whole round: the model asks, the tool answers, the
// model writes.
func toolsAsked(t *testing.T, ctx context.Context, s Subject) {
	request := s.request("How is the weather in Bonn?")
	request.Tools = []llm.Tool{suiteTool}
	if s.without(t, ctx, s.Tools, request) {
		return
	}
	_, result := s.ask(t, ctx, request)
	if result.Finish != llm.FinishTools || len(result.Calls) != 1 || result.Calls[0].Name != suiteTool.Name {
		t.Fatalf("result = %+v, want one call of %s", result, suiteTool.Name)
	}
	var arguments struct{ Place string }
	if err := json.Unmarshal(result.Calls[0].Arguments, &arguments); err != nil || arguments.Place != scriptedPlace {
		t.Errorf("arguments = %s, %v", result.Calls[0].Arguments, err)
	}
	call := result.Calls[0]
	request.Messages = append(request.Messages,
		llm.Message{Role: llm.Assistant, Calls: []llm.ToolCall{call}},
		llm.Message{Role: llm.ToolResult, Text: "sunny", CallID: call.ID, ToolName: call.Name})
	text, result := s.ask(t, ctx, request)
	if !strings.Contains(text, "sunny") || result.Finish != llm.FinishStop {
		t.Errorf("after the tool's result: %q, %+v", text, result)
	}
}

func imagesArrive(t *testing.T, ctx context.Context, s Subject) {
	request := s.request("What is this?")
	request.ContextWindow, request.MaxTokens = 4096, 16 // a picture may take many tokens
	request.Messages[0].Images = []llm.Image{{MediaType: "image/png", Bytes: []byte("\x89PNG not really")}}
	if s.without(t, ctx, s.Images, request) {
		return
	}
	if text, _ := s.ask(t, ctx, request); text != "You sent 1 image of 15 bytes" {
		t.Errorf("the model saw %q", text)
	}
}

// RunEmbedder checks what [llm.Embedder] promises. limit is the model's
// longest input in tokens, 0 for a server that cuts texts and does not tell.
func RunEmbedder(t *testing.T, embedder llm.Embedder, model string, limit int) {
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	t.Run("embedding/"+conformance, func(t *testing.T) { embedderChecks(t, ctx, embedder, model, limit) })
}

func embedderChecks(t *testing.T, ctx context.Context, embedder llm.Embedder, model string, limit int) {
	texts := []string{"query: Wie lang ist die Kündigungsfrist?", "passage: Die Kündigungsfrist beträgt drei Monate.", "passage: Bananas are yellow.", ""}
	t.Run("unit length, in order", func(t *testing.T) {
		together, err := embedder.Embed(ctx, model, texts)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if length := dot(together[i], together[i]); math.Abs(length-1) > 1e-4 {
				t.Errorf("vector %d has length² %v", i, length)
			}
			alone, err := embedder.Embed(ctx, model, []string{text})
			if err != nil || dot(alone[0], together[i]) < .9999 {
				t.Errorf("text %d alone differs from the batch: %v", i, err)
			}
		}
		if dot(together[0], together[1]) <= dot(together[0], together[2]) {
			t.Error("the unrelated passage is nearer")
		}
	})
	t.Run("one text too long", func(t *testing.T) {
		long := []string{texts[0], strings.Repeat("one two three ", max(limit, 1024)), texts[1]}
		vectors, err := embedder.Embed(ctx, model, long)
		if limit == 0 { // cut without a word
			if err != nil || len(vectors) != 3 || vectors[0] == nil || vectors[1] == nil || vectors[2] == nil {
				t.Errorf("%d vectors, %v, want one for each text", len(vectors), err)
			}
			return
		}
		wantCode(t, err, llm.CodeInputTooLong)
		if len(vectors) != 3 || vectors[0] == nil || vectors[1] != nil || vectors[2] == nil {
			t.Error("only the long text must have no vector")
		}
	})
	t.Run("nothing", func(t *testing.T) {
		if vectors, err := embedder.Embed(ctx, model, nil); err != nil || len(vectors) != 0 {
			t.Errorf("vectors = %v, %v", vectors, err)
		}
	})
	t.Run("missing model", func(t *testing.T) {
		_, err := embedder.Embed(ctx, "kontor-no-such-model", texts[:1])
		wantCode(t, err, llm.CodeModelMissing)
	})
	t.Run("cancelled", func(t *testing.T) {
		inner, stop := context.WithCancel(ctx)
		stop()
		_, err := embedder.Embed(inner, model, texts)
		wantCode(t, err, llm.CodeCancelled)
	})
}

func dot(a, b []float32) float64 {
	var sum float64
	for i := range min(len(a), len(b)) {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
