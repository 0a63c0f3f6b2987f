// Package llm describes language models and the servers that run them.
//
// It owns the [Provider] and [Embedder] contracts, the model catalogue and the
// rules that decide which model fits which machine. It knows nothing of
// documents, chats, databases or windows: app translates between them.
package llm

import (
	"context"
	"encoding/json"
	"time"
)

// Role says who speaks in a [Message].
type Role string

// The roles every provider understands.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	// ToolResult is what a tool gave back.
	ToolResult Role = "tool"
)

// Message is one turn of a conversation as the model will read it.
type Message struct {
	Role Role
	Text string
	// Images belong to a message of the user.
	Images []Image
	// Calls are the tools that the assistant asked for in this turn.
	Calls []ToolCall
	// CallID and ToolName say, in a message of the role [ToolResult], which
	// call it answers.
	CallID, ToolName string
}

// Request is one generation.
type Request struct {
	// Model is the provider's own name of the model.
	Model    string
	Messages []Message
	// ContextWindow is the number of tokens, prompt and answer together, that
	// the provider must make room for. It must be set: a server's default cuts
	// prompts silently.
	ContextWindow int
	// MaxTokens limits the answer; 0 leaves it to the window.
	MaxTokens int
	// Temperature and TopP are nil for the model's own defaults.
	Temperature, TopP *float64
	// Seed makes sampling repeatable where the provider can; 0 means none.
	Seed int
	// Think asks a model that can to think before it answers, or not to; nil
	// leaves it to the model.
	Think *bool
	// Schema is a JSON schema that the answer must follow, nil for free text.
	// A server that cannot hold a model to it ignores it: check what comes.
	Schema json.RawMessage
	// Begun is the beginning of the answer, which the model goes on with; what is
	// emitted comes behind it. Only what a [Continuer] agrees to may be asked.
	Begun string
	// Tools the model may ask for; what it asks for is in [Result.Calls]. A
	// model that cannot is [CodeModelCannot], as with images.
	Tools []Tool
	// KeepAlive is how long the model stays in memory afterwards; 0 leaves it
	// to the provider, a negative value keeps it for good.
	KeepAlive time.Duration
}

// Delta is a piece of a streamed answer. Text and Reasoning may both be empty.
type Delta struct {
	Text      string
	Reasoning string
}

// FinishReason says why a generation ended.
type FinishReason string

// A generation ends because the model stopped, because the window or MaxTokens
// was reached, because it wants tools, or because the caller cancelled.
const (
	FinishStop      FinishReason = "stop"
	FinishLength    FinishReason = "length"
	FinishTools     FinishReason = "tools"
	FinishCancelled FinishReason = "cancelled"
)

// Usage is what the provider measured. Durations are the provider's own and
// are not wall time, but where a server tells none OutputDuration is the time
// from the first piece to the last; zero means unknown.
type Usage struct {
	PromptTokens   int
	OutputTokens   int
	LoadDuration   time.Duration
	PromptDuration time.Duration
	OutputDuration time.Duration
}

// Result is the end of a generation.
type Result struct {
	Finish FinishReason
	Usage  Usage
	// Calls are the tools the model asked for, in its order, with whole arguments.
	Calls []ToolCall
	// Ignored are the request's parameters that the server or the model does
	// not know: they were not sent.
	Ignored []Parameter
}

// Parameter is a part of a [Request] that some servers do not know.
type Parameter string

// The parameters that may be left out.
const (
	ParameterTemperature Parameter = "temperature"
	ParameterTopP        Parameter = "top_p"
	ParameterSeed        Parameter = "seed"
	ParameterThinking    Parameter = "thinking"
)

// TokenCount is the number of tokens of a rendered prompt.
type TokenCount struct {
	Tokens int
	// Exact is false when Tokens is an upper bound.
	Exact bool
}

// Model is one model a provider can run now.
type Model struct {
	// Name is what requests must carry.
	Name string
	// Digest identifies the weights; empty if the provider tells none.
	Digest string
	// Bytes on disk, 0 if unknown.
	Bytes int64
	// Parameters, 0 if unknown.
	Parameters int64
	// ContextLength is the longest window the model was made for, in tokens, 0 if unknown.
	ContextLength int
	// Quantization, for example "Q4_1"; empty if unknown.
	Quantization string
	// Chat and Embedding say what the model can do.
	Chat      bool
	Embedding bool
	// Transcription says that it writes down speech; see [Transcriber].
	Transcription bool
	// Images and Tools say that it takes them, as far as the server tells.
	Images, Tools bool
}

// LoadedModel is a model in a server's memory.
type LoadedModel struct {
	Name, Digest string
	// Bytes the server reckons for it, GraphicsBytes of them in the memory of
	// graphics processors.
	Bytes, GraphicsBytes int64
	// ContextWindow it was loaded with, in tokens; 0 if unknown.
	ContextWindow int
}

// Status is what a provider says of itself.
type Status struct {
	// State is one of the Runtime* constants.
	State string
	// Version of the server, empty until known.
	Version string
	// Loaded names the models that are in memory.
	Loaded []string
	// Endpoint is the base URL, for people and logs.
	Endpoint string
	// Code is the reason when State is RuntimeDown.
	Code Code
}

// States of a runtime.
const (
	RuntimeStarting = "starting"
	RuntimeReady    = "ready"
	RuntimeDown     = "down"
)

// Provider runs chat models. Implementations are safe for concurrent use and
// pass the suite in llmtest. Every method returns an [*Error] on failure.
type Provider interface {
	// Chat streams an answer. It calls emit from one goroutine, in order, and
	// never after it returned. When emit returns an error or ctx ends, the
	// provider stops the computation on the server, and Chat returns what it
	// knows with FinishCancelled and the error CodeCancelled. A prompt that
	// does not fit the window is CodePromptTooLong, never cut.
	Chat(ctx context.Context, request Request, emit func(Delta) error) (Result, error)
	// CountTokens counts the prompt the request would send, template included.
	// It loads no model.
	CountTokens(ctx context.Context, request Request) (TokenCount, error)
	// Models lists what can be asked for now.
	Models(ctx context.Context) ([]Model, error)
	// Load brings a model into memory with the window; it returns when the
	// model is ready. Loading a loaded model is cheap.
	Load(ctx context.Context, model string, contextWindow int) error
	// Status asks the server how it is. It returns within two seconds.
	Status(ctx context.Context) Status
}

// Embedder turns texts into vectors. It is its own interface because the
// fastest way to embed is seldom the way to chat.
type Embedder interface {
	// Embed returns one unit-length vector for each text, in order. The caller
	// adds the model's prefixes. If single texts are too long the others are
	// still embedded: their vector is nil and the error is CodeInputTooLong.
	Embed(ctx context.Context, model string, texts []string) ([][]float32, error)
}

// Thinker tells whether a model can be asked to think first, or not to;
// providers implement it where their server tells.
type Thinker interface {
	Thinks(ctx context.Context, model string) (bool, error)
}

// Continuer tells whether a model can go on with an answer in the middle of its
// words; providers implement it where they can put [Request.Begun] behind the
// prompt.
type Continuer interface {
	Continues(ctx context.Context, request Request) bool
}

// TokenCounter counts tokens of plain text for a model whose vocabulary is
// known; providers implement it where they can.
type TokenCounter interface {
	CountText(ctx context.Context, model, text string) (TokenCount, error)
}
