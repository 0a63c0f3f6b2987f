package openai

import "slices"

// Dialect names the kind of server, because "OpenAI-compatible" is no standard.
type Dialect string

// The dialects that are told apart. Other is the common ground.
const (
	LMStudio Dialect = "lmstudio"
	VLLM     Dialect = "vllm"
	TGI      Dialect = "tgi"
	SGLang   Dialect = "sglang"
	LlamaCpp Dialect = "llamacpp" // also llama-cpp-python's server
	Ollama   Dialect = "ollama"   // its /v1, for servers where nothing else can be reached
	DeepSeek Dialect = "deepseek"
	Mistral  Dialect = "mistral"
	OpenAI   Dialect = "openai"
	Other    Dialect = "other"
)

// Dialects lists all of them.
func Dialects() []Dialect {
	return []Dialect{LMStudio, VLLM, TGI, SGLang, LlamaCpp, Ollama, DeepSeek, Mistral, OpenAI, Other}
}

// Known reports whether the dialect is one of [Dialects].
func (d Dialect) Known() bool { return slices.Contains(Dialects(), d) }

// How a server is told that the answer must follow a JSON schema.
type schemaForm int

const (
	namedSchema  schemaForm = iota // {"type":"json_schema","json_schema":{"name":…,"schema":…}}
	plainSchema                    // {"type":"json_object","schema":…}
	valueSchema                    // {"type":"json_object","value":…}
	onlyAnObject                   // {"type":"json_object"}: the schema stands in the prompt
)

// How a server is told whether the model shall think before it answers.
type thinkingForm int

const (
	noThinking       thinkingForm = iota // it cannot be told
	templateThinking                     // {"chat_template_kwargs":{"enable_thinking":…}}
	typedThinking                        // {"thinking":{"type":"enabled"}}
	effortThinking                       // {"reasoning_effort":"none"}
)

// traits are where a dialect differs.
type traits struct {
	// limit and seed are the names of two fields; seed is "" where there is none.
	limit, seed string
	// usage asks for the figures at the end of a stream; the others send them
	// unasked or refuse a field they do not know.
	usage  bool
	schema schemaForm
	// cuts says that the server cuts long prompts silently.
	cuts bool
	// longest is the longest answer the server takes in a request, in tokens; 0
	// for as long as the window. A longer wish is left out.
	longest int
	// serves says that a listed model is in memory.
	serves bool
	// thinking is how the server is told to let the model think or not.
	thinking thinkingForm
	// hears says that such servers may write down speech; see [Client.Transcribe].
	hears bool
	// about is a path that tells the version, below the server's root.
	about string
}

func (d Dialect) traits() traits {
	t := traits{limit: "max_tokens", seed: "seed", usage: true}
	switch d {
	case VLLM:
		t.serves, t.about, t.thinking, t.hears = true, "//version", templateThinking, true
	case TGI:
		t.schema, t.serves, t.about = valueSchema, true, "//info"
	case SGLang:
		t.serves, t.about, t.thinking, t.hears = true, "//get_server_info", templateThinking, true
	case LlamaCpp:
		t.schema, t.serves, t.about, t.thinking, t.hears = plainSchema, true, "//props", templateThinking, true
	case Ollama:
		t.cuts, t.about, t.thinking = true, "//api/version", effortThinking
	case DeepSeek:
		t.schema, t.longest, t.thinking, t.seed = onlyAnObject, 8192, typedThinking, ""
	case Mistral:
		t.seed, t.usage, t.hears = "random_seed", false, true
	case OpenAI:
		t.limit, t.longest, t.hears = "max_completion_tokens", 16_384, true
	case Other:
		t.hears = true
	}
	return t
}
