// Package llmtest helps to test everything that talks to models: the
// conformance suite each [llm.Provider] must pass ([RunProvider]), a provider
// that answers from a script ([Scripted]), the same behind Ollama's wire format
// ([Scripted.Handler]) and a server that replays recorded traffic ([Replay]).
//
// It is for tests only and knows nothing of a particular server beyond the
// wire format it imitates.
package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"kontor/llm"
)

// Names of the two models a [Scripted] has unless the script says otherwise.
const (
	ChatModel  = "scripted/chat"
	EmbedModel = "scripted/embed"
)

// Answer is one scripted generation.
type Answer struct {
	// Text is streamed word by word.
	Text string
	// Reasoning is streamed before it.
	Reasoning string
	// Calls are the tools the model asks for after its text.
	Calls []llm.ToolCall
	// First is the time to the first token, Pace the time between two.
	First, Pace time.Duration
	// Err ends the stream after FailAfter tokens.
	Err       error
	FailAfter int
	// Hang makes the stream stand still at its end until it is cancelled.
	Hang bool
}

// Script says how a [Scripted] behaves. The zero script repeats the question.
type Script struct {
	// Answer is asked for each generation; it must be safe for concurrent use.
	Answer func(llm.Request) Answer
	// Model and Embedder are names; Dimensions of vectors is 64 by default.
	Model, Embedder string
	// Others are more chat models, which follow the same script.
	Others []string
	// Transcriber is the name of a model that writes down speech, "" for none;
	// Said is what it writes, nil for the same words whatever is heard.
	Transcriber string
	Said        func(llm.Recording) (string, error)
	// Continues lets the models go on with an answer that was begun.
	Continues  bool
	Dimensions int
	// ContextLength of the chat model, 4096 tokens by default, and EmbedLimit
	// of the embedder, 512.
	ContextLength, EmbedLimit int
	// LoadTime passes before the first answer of a model.
	LoadTime time.Duration
	// EmbedTime passes for each text.
	EmbedTime time.Duration
	// Status overrides what Status says; nil means ready.
	Status func() llm.Status
}

// Scripted is a deterministic [llm.Provider], [llm.Embedder] and
// [llm.TokenCounter] without any server. A token is a word with the blanks
// before it. Vectors are bags of words: texts that share words are near.
type Scripted struct {
	script Script

	mu     sync.Mutex
	loaded map[string]bool
	calls  []llm.Request
	embeds [][]string

	recordings []llm.Recording
}

var (
	_ llm.Provider     = (*Scripted)(nil)
	_ llm.Embedder     = (*Scripted)(nil)
	_ llm.TokenCounter = (*Scripted)(nil)
)

// NewScripted returns a provider that follows the script.
func NewScripted(script Script) *Scripted {
	if script.Model == "" {
		script.Model = ChatModel
	}
	if script.Embedder == "" {
		script.Embedder = EmbedModel
	}
	if script.Dimensions == 0 {
		script.Dimensions = 64
	}
	if script.ContextLength == 0 {
		script.ContextLength = 4096
	}
	if script.EmbedLimit == 0 {
		script.EmbedLimit = 512
	}
	if script.Answer == nil {
		script.Answer = obliging
	}
	return &Scripted{script: script, loaded: map[string]bool{}}
}

// Names of what [obliging] writes and asks for.
const (
	scriptedWord  = "word"
	scriptedPlace = "Bonn"
)

// obliging does what a request asks for: it calls the first tool once, follows
// the suite's schema, counts images, or repeats the question.
func obliging(request llm.Request) Answer {
	last := request.Messages[len(request.Messages)-1]
	switch {
	case len(request.Tools) > 0 && last.Role != llm.ToolResult:
		arguments := json.RawMessage(`{"place":"` + scriptedPlace + `"}`)
		return Answer{Calls: []llm.ToolCall{{ID: "call00001", Name: request.Tools[0].Name, Arguments: arguments}}}
	case request.Schema != nil:
		return Answer{Text: `{"` + scriptedWord + `": "yes"}`}
	case len(last.Images) > 0:
		return Answer{Text: fmt.Sprintf("You sent %d image of %d bytes", len(last.Images), len(last.Images[0].Bytes))}
	}
	return Answer{Text: "You said: " + last.Text}
}

// Calls returns the requests so far, in order.
func (s *Scripted) Calls() []llm.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]llm.Request(nil), s.calls...)
}

// Embedded returns the batches of texts so far, in order.
func (s *Scripted) Embedded() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]string(nil), s.embeds...)
}

func fail(code llm.Code, cause string) error { return &llm.Error{Code: code, Cause: errors.New(cause)} }

// Chat implements [llm.Provider].
func (s *Scripted) Chat(ctx context.Context, request llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	s.mu.Lock()
	s.calls = append(s.calls, request)
	s.mu.Unlock()
	count, err := s.CountTokens(ctx, request)
	if err != nil {
		return llm.Result{}, err
	}
	if request.ContextWindow <= 0 || count.Tokens > min(request.ContextWindow, s.script.ContextLength) {
		return llm.Result{}, fail(llm.CodePromptTooLong, "the prompt exceeds the window")
	}
	result := llm.Result{Finish: llm.FinishStop, Usage: llm.Usage{PromptTokens: count.Tokens}}
	if err := s.load(ctx, request.Model); err != nil {
		return llm.Result{Finish: llm.FinishCancelled}, err
	}
	answer := s.script.Answer(request)
	limit := min(request.ContextWindow, s.script.ContextLength) - count.Tokens
	if request.MaxTokens > 0 {
		limit = min(limit, request.MaxTokens)
	}
	cancelled := func(cause error) (llm.Result, error) {
		result.Finish = llm.FinishCancelled
		return result, &llm.Error{Code: llm.CodeCancelled, Cause: cause}
	}
	if err := pause(ctx, answer.First); err != nil {
		return cancelled(err)
	}
	for i, delta := range deltas(answer) {
		switch {
		case answer.Err != nil && i == answer.FailAfter:
			return result, answer.Err
		case i == limit:
			result.Finish = llm.FinishLength
			return result, nil
		case i > 0:
			if err := pause(ctx, answer.Pace); err != nil {
				return cancelled(err)
			}
		}
		if err := ctx.Err(); err != nil {
			return cancelled(err)
		}
		if err := emit(delta); err != nil {
			return cancelled(err)
		}
		result.Usage.OutputTokens++
	}
	if answer.Err != nil {
		return result, answer.Err
	}
	if result.Calls = answer.Calls; len(result.Calls) > 0 {
		result.Finish = llm.FinishTools
	}
	if answer.Hang {
		<-ctx.Done()
		return cancelled(ctx.Err())
	}
	return result, nil
}

// deltas are the tokens of an answer, reasoning first.
func deltas(answer Answer) []llm.Delta {
	var list []llm.Delta
	for _, token := range tokens(answer.Reasoning) {
		list = append(list, llm.Delta{Reasoning: token})
	}
	for _, token := range tokens(answer.Text) {
		list = append(list, llm.Delta{Text: token})
	}
	return list
}

// tokens cuts text into words, each with the blanks before it; blanks at the
// end are a token of their own. Joined they are the text.
func tokens(text string) []string {
	var list []string
	start, inWord := 0, false
	for i, r := range text {
		blank := unicode.IsSpace(r)
		if blank && inWord {
			list = append(list, text[start:i])
			start = i
		}
		inWord = !blank
	}
	if start < len(text) {
		list = append(list, text[start:])
	}
	return list
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Scripted) load(ctx context.Context, model string) error {
	s.mu.Lock()
	loaded := s.loaded[model]
	s.loaded[model] = true
	s.mu.Unlock()
	if loaded {
		return nil
	}
	if err := pause(ctx, s.script.LoadTime); err != nil {
		return &llm.Error{Code: llm.CodeCancelled, Cause: err}
	}
	return nil
}

// CountTokens implements [llm.Provider]: the words of all messages and three
// tokens around each, plus two.
func (s *Scripted) CountTokens(_ context.Context, request llm.Request) (llm.TokenCount, error) {
	if !s.chats(request.Model) {
		return llm.TokenCount{}, fail(llm.CodeModelMissing, "not in the script")
	}
	total := 2 + len(tokens(request.Begun))
	for _, m := range request.Messages {
		total += 3 + len(tokens(m.Text))
	}
	return llm.TokenCount{Tokens: total, Exact: true}, nil
}

// CountText implements [llm.TokenCounter].
func (s *Scripted) CountText(_ context.Context, model, text string) (llm.TokenCount, error) {
	if !s.chats(model) && model != s.script.Embedder {
		return llm.TokenCount{}, fail(llm.CodeModelMissing, "not in the script")
	}
	return llm.TokenCount{Tokens: len(tokens(text)), Exact: true}, nil
}

// Models implements [llm.Provider].
func (s *Scripted) Models(context.Context) ([]llm.Model, error) {
	list := []llm.Model{
		{Name: s.script.Model, Digest: "scripted-chat", Bytes: 1 << 20, Parameters: 1e6, ContextLength: s.script.ContextLength, Quantization: "F32", Chat: true, Images: true, Tools: true},
		{Name: s.script.Embedder, Digest: "scripted-embed", Bytes: 1 << 20, Parameters: 1e6, ContextLength: s.script.EmbedLimit, Quantization: "F32", Embedding: true},
	}
	for _, name := range s.script.Others {
		list = append(list, llm.Model{Name: name, Digest: "scripted-" + name, Bytes: 1 << 20, Parameters: 1e5, ContextLength: s.script.ContextLength, Quantization: "Q8_0", Chat: true})
	}
	if s.script.Transcriber != "" {
		list = append(list, llm.Model{Name: s.script.Transcriber, Digest: "scripted-speech", Bytes: 1 << 20, Parameters: 1e5, Transcription: true})
	}
	return list, nil
}

// chats says whether a model of the script writes answers.
func (s *Scripted) chats(model string) bool {
	return model == s.script.Model || slices.Contains(s.script.Others, model)
}

// Continues implements [llm.Continuer].
func (s *Scripted) Continues(context.Context, llm.Request) bool { return s.script.Continues }

// Load implements [llm.Provider].
func (s *Scripted) Load(ctx context.Context, model string, _ int) error {
	if !s.chats(model) && model != s.script.Embedder {
		return fail(llm.CodeModelMissing, "not in the script")
	}
	return s.load(ctx, model)
}

// Status implements [llm.Provider].
func (s *Scripted) Status(context.Context) llm.Status {
	if s.script.Status != nil {
		return s.script.Status()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status := llm.Status{State: llm.RuntimeReady, Version: "scripted", Endpoint: "scripted"}
	for _, model := range []string{s.script.Model, s.script.Embedder} {
		if s.loaded[model] {
			status.Loaded = append(status.Loaded, model)
		}
	}
	return status
}

// Embed implements [llm.Embedder].
func (s *Scripted) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	if model != s.script.Embedder {
		return vectors, fail(llm.CodeModelMissing, "not in the script")
	}
	s.mu.Lock()
	s.embeds = append(s.embeds, append([]string(nil), texts...))
	s.mu.Unlock()
	if err := s.load(ctx, model); err != nil {
		return vectors, err
	}
	tooLong := false
	for i, text := range texts {
		if err := pause(ctx, s.script.EmbedTime); err != nil {
			return vectors, &llm.Error{Code: llm.CodeCancelled, Cause: err}
		}
		if len(tokens(text)) > s.script.EmbedLimit {
			tooLong = true
			continue
		}
		vectors[i] = bagOfWords(text, s.script.Dimensions)
	}
	if tooLong {
		return vectors, fail(llm.CodeInputTooLong, "at least one text")
	}
	return vectors, nil
}

// bagOfWords gives each word a fixed direction and adds them up.
func bagOfWords(text string, dimensions int) []float32 {
	vector := make([]float32, dimensions)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for _, word := range append(words, "\x00") { // even an empty text has a direction
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(word)) // never fails
		h := hash.Sum64()
		for range 4 {
			sign := float32(1)
			if h&(1<<20) != 0 {
				sign = -1
			}
			vector[h%uint64(dimensions)] += sign
			h = h*6364136223846793005 + 1442695040888963407
		}
	}
	var sum float64
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		vector[0], sum = 1, 1
	}
	for i := range vector {
		vector[i] /= float32(math.Sqrt(sum))
	}
	return vector
}
