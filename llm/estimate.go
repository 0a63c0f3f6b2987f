package llm

import "slices"

// Weights are the bytes of a model's tensors, those of the matrix that turns
// tokens into vectors told apart.
type Weights struct{ Bytes, Embedding int64 }

// Loading says how a model is loaded.
type Loading struct {
	// Window in tokens.
	Window int
	// FlashAttention computes attention without a matrix of window × batch.
	// Kontor's runtime leaves it off on a processor alone.
	FlashAttention bool
}

// Estimate is the memory a loaded model takes, in bytes.
type Estimate struct {
	Weights int64
	// Cache holds keys and values of the window, or what the architecture
	// keeps instead.
	Cache int64
	// Graph is what computing one batch takes.
	Graph int64
	// Program is the process around it. The runtime's own figures do not
	// count it.
	Program int64
}

// Model is the part that the runtime counts.
func (e Estimate) Model() int64 { return e.Weights + e.Cache + e.Graph }

// Total of all parts.
func (e Estimate) Total() int64 { return e.Model() + e.Program }

const (
	// batch is how many tokens Ollama computes at once, unless the window is
	// smaller.
	batch = 512
	// half is the bytes of a cached element, single those of a computed one.
	half, single = 2, 4
	// checkpoints of linear attention that Ollama 0.24 sets aside for each slot
	// beside the state itself, so that a chat can go back.
	checkpoints = 24
	// slidingMemory is what Ollama 0.24 keeps behind a sliding window for
	// architectures that gain from it.
	slidingMemory = 4096
	// programBytes is an allowance for the process that computes a model: its
	// program, its vocabulary and what is allocated on the way.
	programBytes = 300 << 20
)

// ownEngine lists the architectures that Ollama 0.24 runs on its own engine
// (OllamaEngineRequired in fs/ggml/ggml.go); it runs the others on llama.cpp.
var ownEngine = []string{
	"bert", "deepseek2", "deepseekocr", "gemma3", "gemma3n", "gemma4", "gptoss", "gpt-oss", "laguna", "llama4", "mistral3", "mllama",
	"nemotron_h", "nemotron_h_moe", "nemotron_h_omni", "nomic-bert", "olmo3", "qwen25vl", "qwen3", "qwen3moe", "qwen35", "qwen35moe",
	"qwen3next", "qwen3vl", "qwen3vlmoe", "glm4moelite", "glmocr", "lfm2", "lfm2moe",
}

// Estimate reckons what loading a model of this shape takes. The formulas
// follow the buffers that Ollama 0.24 sets aside, measured on ten generated
// models; `go run ./build bench memory` compares them again.
func (s Shape) Estimate(weights Weights, load Loading) Estimate {
	own := slices.Contains(ownEngine, s.Architecture)
	e := Estimate{Weights: weights.Bytes, Program: programBytes}
	if own && s.Tied {
		// The engine keeps the matrix twice: as input and as output.
		e.Weights += weights.Embedding
	}
	window := max(load.Window, 1)
	e.Cache = s.cacheBytes(window)
	e.Graph = s.graphBytes(window, load.FlashAttention, own)
	return e
}

// CountedWhole reports whether the runtime's own figure for a loaded model of
// this shape counts everything: for the architectures that Ollama runs on
// llama.cpp it leaves out the buffers for computing.
func (s Shape) CountedWhole() bool { return slices.Contains(ownEngine, s.Architecture) }

// cacheBytes adds up the layers.
func (s Shape) cacheBytes(window int) int64 {
	if s.Encoder {
		return 0
	}
	if len(s.Compressed) > 0 {
		return s.compressedBytes(window)
	}
	var total int64
	for i := range s.Layers - min(s.SharedLayers, s.Layers) {
		switch {
		case s.linear(i):
			state := s.Linear.Inner*s.Linear.State + (s.Linear.Kernel-1)*s.Linear.mixed()
			total += int64(state) * single * (1 + checkpoints)
		case s.LatentLength > 0:
			total += int64(2*s.LatentLength-s.LatentRope) * half * int64(window)
		case s.global(i):
			heads, keys, values := s.KVHeads, s.KeyLength, s.ValueLength
			if s.SlidingWindow > 0 && s.GlobalKVHeads > 0 {
				heads = s.GlobalKVHeads
			}
			if s.SlidingWindow > 0 && s.GlobalLength > 0 {
				keys, values = s.GlobalLength, s.GlobalLength
			}
			total += int64(heads*(keys+values)) * half * int64(window)
		default:
			total += int64(s.KVHeads*(s.KeyLength+s.ValueLength)) * half * int64(min(window, s.kept()))
		}
	}
	return total
}

// compressedBytes is for architectures of which the runtime has none yet: an
// entry for every few tokens, and the sliding window in full.
func (s Shape) compressedBytes(window int) int64 {
	var total int64
	for _, group := range s.Compressed {
		entries := s.SlidingWindow
		if group.Tokens > 0 {
			entries += window / group.Tokens
		}
		total += int64(group.Layers) * int64(min(entries, window+s.SlidingWindow)) * int64(s.KeyLength) * half
	}
	return total
}

// kept is how many tokens the cache of a sliding window holds: the window and
// a batch, for some architectures more.
func (s Shape) kept() int {
	switch s.Architecture {
	case "gptoss", "gpt-oss", "gemma4":
		return slidingMemory + batch
	}
	return s.SlidingWindow + batch
}

// graphBytes is the largest of what attention, the feed-forward layers and the
// output need at a time: their buffers are used one after the other.
func (s Shape) graphBytes(window int, flash, own bool) int64 {
	if s.Encoder {
		window = min(window, batch)
	}
	rows := int64(min(batch, window)) * single
	asked := s.Heads * max(s.KeyLength, s.GlobalLength)
	inner := 2*s.Embedding + 2*asked
	if s.LatentLength > 0 {
		inner = 2*s.Embedding + s.Heads*(3*s.LatentLength-2*s.LatentRope)
	}
	attention := rows * int64(inner)
	if !flash {
		attention += rows * int64(s.Heads) * int64(window)
	}
	if !own || flash {
		attention += rows * int64(window) // the mask
	}
	peak := attention
	if s.Linear != nil {
		// Linear layers hold their mixed channels while attention's are set aside.
		peak += rows * int64(s.Linear.mixed())
	}
	peak = max(peak, rows*int64(3*s.FeedForward+2*s.Embedding))
	if s.Experts > 0 {
		peak = max(peak, rows*int64(s.ExpertsUsed*(2*s.Embedding+s.ExpertFeedForward)))
	}
	if !own {
		peak = max(peak, rows*int64(s.Vocabulary)) // all tokens of a batch may be asked for
	}
	return peak
}
