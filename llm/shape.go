package llm

import (
	"slices"
	"strings"

	"kontor/llm/gguf"
)

// Shape holds the numbers of a model's architecture that decide how much
// memory running it takes. Lengths are in elements, windows in tokens; 0 means
// that the model has none of it.
type Shape struct {
	// Architecture is GGUF's name of it, for example "llama".
	Architecture string `json:"architecture"`
	Layers       int    `json:"layers"`
	Embedding    int    `json:"embedding"`
	FeedForward  int    `json:"feedForward,omitempty"`
	Vocabulary   int    `json:"vocabulary"`
	// Heads that ask, and KVHeads that are cached, each with a key and a value.
	Heads       int `json:"heads"`
	KVHeads     int `json:"kvHeads"`
	KeyLength   int `json:"keyLength"`
	ValueLength int `json:"valueLength"`
	// SlidingWindow is what most layers see; every GlobalEvery-th layer sees
	// all of the window. Where those layers differ from the others,
	// GlobalKVHeads and GlobalLength (of keys and of values) say how.
	SlidingWindow int `json:"slidingWindow,omitempty"`
	GlobalEvery   int `json:"globalEvery,omitempty"`
	GlobalKVHeads int `json:"globalKVHeads,omitempty"`
	GlobalLength  int `json:"globalLength,omitempty"`
	// SharedLayers at the end use the cache of earlier ones.
	SharedLayers int `json:"sharedLayers,omitempty"`
	// LatentLength is what multi-head latent attention caches for each token
	// and layer; LatentRope is the part of it that carries the position.
	LatentLength int `json:"latentLength,omitempty"`
	LatentRope   int `json:"latentRope,omitempty"`
	// Linear is set for layers that keep a state of fixed size instead of a
	// cache: all but every FullEvery-th.
	FullEvery int     `json:"fullEvery,omitempty"`
	Linear    *Linear `json:"linear,omitempty"`
	// Compressed layers cache one entry of KeyLength for several tokens.
	Compressed []Compression `json:"compressed,omitempty"`
	// Experts of each layer and how many of them each token uses.
	Experts           int `json:"experts,omitempty"`
	ExpertsUsed       int `json:"expertsUsed,omitempty"`
	ExpertFeedForward int `json:"expertFeedForward,omitempty"`
	// Tied says that one matrix serves as input and as output vocabulary.
	Tied bool `json:"tied,omitempty"`
	// Encoder says that the model reads all of its text at once and caches
	// nothing.
	Encoder bool `json:"encoder,omitempty"`
}

// Linear describes linear attention: a convolution over the last Kernel tokens
// and a state of Inner × State elements, shared by Heads heads.
type Linear struct {
	Kernel int `json:"kernel"`
	Groups int `json:"groups"`
	Inner  int `json:"inner"`
	State  int `json:"state"`
	Heads  int `json:"heads"`
}

// Compression says that Layers layers cache one entry for Tokens tokens.
type Compression struct {
	Layers int `json:"layers"`
	Tokens int `json:"tokens"`
}

// mixed is how many channels the convolution of linear attention has.
func (l *Linear) mixed() int { return l.Inner + 2*l.Groups*l.State }

// global reports whether layer i sees the whole window.
func (s Shape) global(i int) bool {
	return s.SlidingWindow == 0 || s.GlobalEvery == 0 || (i+1)%s.GlobalEvery == 0
}

// linear reports whether layer i keeps a state instead of a cache.
func (s Shape) linear(i int) bool {
	return s.Linear != nil && s.FullEvery > 0 && (i+1)%s.FullEvery != 0
}

// known reports whether the numbers suffice for an estimate.
func (s Shape) known() bool {
	return s.Layers > 0 && s.Embedding > 0 && s.Heads > 0 && s.Vocabulary > 0 && (s.KeyLength > 0 || s.LatentLength > 0)
}

// KeepForShape chooses the arrays that [ShapeOf] reads, for [gguf.Open].
func KeepForShape(key string) bool {
	return slices.ContainsFunc([]string{".attention.head_count_kv", ".attention.head_count", ".attention.sliding_window_pattern", ".feed_forward_length"},
		func(suffix string) bool { return strings.HasSuffix(key, suffix) })
}

// encoders are architectures that make vectors and cache nothing.
var encoders = []string{"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "modern-bert", "gemma-embedding"}

// ShapeOf reads the shape from a model file's header and the bytes of its
// tensors. It is false if the header lacks what an estimate needs; the file
// must have been opened with [KeepForShape].
func ShapeOf(f *gguf.File) (Shape, Weights, bool) {
	a := f.Architecture()
	number := func(key string) int { return clamp(f.Uint(a+"."+key, 0)) }
	s := Shape{
		Architecture: a, Layers: number("block_count"), Embedding: number("embedding_length"), FeedForward: most(f, a+".feed_forward_length"),
		Heads: most(f, a+".attention.head_count"), KVHeads: most(f, a+".attention.head_count_kv"),
		KeyLength: number("attention.key_length"), ValueLength: number("attention.value_length"),
		SlidingWindow: number("attention.sliding_window"), SharedLayers: number("attention.shared_kv_layers"),
		Experts: number("expert_count"), ExpertsUsed: number("expert_used_count"), ExpertFeedForward: number("expert_feed_forward_length"),
		Encoder: slices.Contains(encoders, a),
	}
	weights := Weights{}
	tied := true
	for _, t := range f.Tensors {
		size := t.Bytes()
		weights.Bytes += size
		switch t.Name {
		case "token_embd.weight":
			weights.Embedding = size
			if len(t.Shape) == 2 {
				s.Vocabulary = clamp(t.Shape[1])
			}
		case "output.weight":
			tied = false
		}
	}
	s.Tied = tied && !s.Encoder
	if s.KVHeads == 0 {
		s.KVHeads = s.Heads
	}
	if s.KeyLength == 0 && s.Heads > 0 {
		s.KeyLength = s.Embedding / s.Heads
	}
	if s.ValueLength == 0 {
		s.ValueLength = s.KeyLength
	}
	s.readAttention(f, a)
	return s, weights, s.known()
}

// readAttention fills in what differs between layers.
func (s *Shape) readAttention(f *gguf.File, a string) {
	number := func(key string) int { return clamp(f.Uint(a+"."+key, 0)) }
	if rank := number("attention.kv_lora_rank"); rank > 0 {
		s.LatentRope = number("rope.dimension_count")
		s.LatentLength = rank + s.LatentRope
	}
	if inner := number("ssm.inner_size"); inner > 0 {
		s.FullEvery = number("full_attention_interval")
		s.Linear = &Linear{
			Kernel: number("ssm.conv_kernel"), Groups: number("ssm.group_count"), Inner: inner, State: number("ssm.state_size"), Heads: number("ssm.time_step_rank"),
		}
	}
	if s.SlidingWindow == 0 {
		return
	}
	s.GlobalEvery = globalEvery(a)
	if pattern := f.Bytes(a + ".attention.sliding_window_pattern"); len(pattern) > 0 {
		if i := slices.Index(pattern, 0); i >= 0 {
			s.GlobalEvery = i + 1
		}
		if heads := f.Ints(a + ".attention.head_count_kv"); len(heads) == len(pattern) {
			for i, local := range pattern {
				if local != 0 {
					s.KVHeads = clamp(uint64(max(heads[i], 0)))
				} else {
					s.GlobalKVHeads = clamp(uint64(max(heads[i], 0)))
				}
			}
		}
	}
	if local := number("attention.key_length_swa"); local > 0 {
		s.GlobalLength, s.KeyLength = s.KeyLength, local
		s.ValueLength = local
	}
}

// globalEvery is the pattern of architectures whose headers do not tell it.
func globalEvery(architecture string) int {
	switch architecture {
	case "gemma3", "gemma3n":
		return 6
	case "gptoss", "gpt-oss", "gemma2":
		return 2
	}
	return 4
}

// most reads a number, or the largest of an array with one for each layer.
func most(f *gguf.File, key string) int {
	if list := f.Ints(key); len(list) > 0 {
		return clamp(uint64(max(slices.Max(list), 0)))
	}
	return clamp(f.Uint(key, 0))
}

// clamp keeps numbers from a file far from overflowing a product of three.
func clamp(n uint64) int { return int(min(n, 1<<20)) }
