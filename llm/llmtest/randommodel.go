package llmtest

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"

	"kontor/llm"
	"kontor/llm/gguf"
)

// Element types of ggml that random models use.
const (
	typeF32  = 0
	typeQ4_0 = 2
)

// WriteRandomModel writes a model file with the given shape and random
// weights: it loads and computes, and answers nonsense. context is the longest
// window the header allows. Matrices are stored in four bits, all else in 32.
func WriteRandomModel(w io.Writer, shape llm.Shape, context int) error {
	m := randomModel{shape: shape, context: context}
	if err := m.describe(); err != nil {
		return err
	}
	noise := newNoise()
	return gguf.Write(w, m.metadata(), m.tensors, func(w io.Writer, t gguf.Weights, size int64) error { return noise.fill(w, t.Type, size) })
}

// randomModel collects the tensors that the runtime expects of a shape.
type randomModel struct {
	shape   llm.Shape
	context int
	tensors []gguf.Weights
}

func (m *randomModel) matrix(name string, in, out int) { m.add(name+".weight", typeQ4_0, in, out) }
func (m *randomModel) vector(name string, n int)       { m.add(name, typeF32, n) }

func (m *randomModel) add(name string, kind uint32, shape ...int) {
	dims := make([]uint64, len(shape))
	for i, n := range shape {
		dims[i] = uint64(n)
		if i == 0 && kind != typeF32 && n%32 != 0 {
			kind = typeF32
		}
	}
	m.tensors = append(m.tensors, gguf.Weights{Name: name, Shape: dims, Type: kind})
}

func (m *randomModel) describe() error {
	s := m.shape
	m.matrix("token_embd", s.Embedding, s.Vocabulary)
	m.vector("output_norm.weight", s.Embedding)
	if !s.Tied {
		m.matrix("output", s.Embedding, s.Vocabulary)
	}
	for i := range s.Layers {
		p := fmt.Sprintf("blk.%d.", i)
		m.vector(p+"attn_norm.weight", s.Embedding)
		switch s.Architecture {
		case "llama", "qwen2", "mistral3", "qwen3", "qwen3moe", "gemma3", "gptoss":
			m.attention(p)
		case "qwen35":
			if (i+1)%s.FullEvery == 0 {
				m.gatedAttention(p)
			} else {
				m.linear(p)
			}
		case "glm4moelite":
			m.latent(p)
		default:
			return fmt.Errorf("llmtest: no random model for %q", s.Architecture)
		}
		m.feedForward(p)
	}
	return nil
}

func (m *randomModel) attention(p string) {
	s := m.shape
	m.matrix(p+"attn_q", s.Embedding, s.Heads*s.KeyLength)
	m.matrix(p+"attn_k", s.Embedding, s.KVHeads*s.KeyLength)
	m.matrix(p+"attn_v", s.Embedding, s.KVHeads*s.ValueLength)
	m.matrix(p+"attn_output", s.Heads*s.ValueLength, s.Embedding)
	switch s.Architecture {
	case "qwen3", "qwen3moe", "gemma3":
		m.vector(p+"attn_q_norm.weight", s.KeyLength)
		m.vector(p+"attn_k_norm.weight", s.KeyLength)
	case "qwen2", "gptoss":
		m.vector(p+"attn_q.bias", s.Heads*s.KeyLength)
		m.vector(p+"attn_k.bias", s.KVHeads*s.KeyLength)
		m.vector(p+"attn_v.bias", s.KVHeads*s.ValueLength)
	}
	switch s.Architecture {
	case "gemma3":
		m.vector(p+"post_attention_norm.weight", s.Embedding)
		m.vector(p+"post_ffw_norm.weight", s.Embedding)
	case "gptoss":
		m.vector(p+"attn_output.bias", s.Embedding)
		m.vector(p+"attn_sinks.weight", s.Heads)
	}
}

// gatedAttention asks with a second query for each head, the gate.
func (m *randomModel) gatedAttention(p string) {
	s := m.shape
	m.matrix(p+"attn_q", s.Embedding, 2*s.Heads*s.KeyLength)
	m.matrix(p+"attn_k", s.Embedding, s.KVHeads*s.KeyLength)
	m.matrix(p+"attn_v", s.Embedding, s.KVHeads*s.ValueLength)
	m.matrix(p+"attn_output", s.Heads*s.ValueLength, s.Embedding)
	m.vector(p+"attn_q_norm.weight", s.KeyLength)
	m.vector(p+"attn_k_norm.weight", s.KeyLength)
	m.vector(p+"post_attention_norm.weight", s.Embedding)
}

func (m *randomModel) linear(p string) {
	s, l := m.shape, m.shape.Linear
	mixed := l.Inner + 2*l.Groups*l.State
	m.matrix(p+"attn_qkv", s.Embedding, mixed)
	m.matrix(p+"attn_gate", s.Embedding, l.Inner)
	m.matrix(p+"ssm_beta", s.Embedding, l.Heads)
	m.matrix(p+"ssm_alpha", s.Embedding, l.Heads)
	m.add(p+"ssm_conv1d.weight", typeF32, l.Kernel, mixed)
	m.vector(p+"ssm_dt.bias", l.Heads)
	m.vector(p+"ssm_a", l.Heads)
	m.vector(p+"ssm_norm.weight", l.State)
	m.matrix(p+"ssm_out", l.Inner, s.Embedding)
	m.vector(p+"post_attention_norm.weight", s.Embedding)
}

// latentQuery is a length of latent attention that the shape does not hold, as
// in GLM-4.7 Flash.
const latentQuery = 768

func (m *randomModel) latent(p string) {
	s := m.shape
	rank, plain := s.LatentLength-s.LatentRope, s.KeyLength-s.LatentRope
	m.matrix(p+"attn_q_a", s.Embedding, latentQuery)
	m.vector(p+"attn_q_a_norm.weight", latentQuery)
	m.matrix(p+"attn_q_b", latentQuery, s.Heads*s.KeyLength)
	m.matrix(p+"attn_kv_a_mqa", s.Embedding, s.LatentLength)
	m.vector(p+"attn_kv_a_norm.weight", rank)
	m.add(p+"attn_k_b.weight", typeQ4_0, plain, rank, s.Heads)
	m.add(p+"attn_v_b.weight", typeQ4_0, rank, s.ValueLength, s.Heads)
	m.matrix(p+"attn_output", s.Heads*s.ValueLength, s.Embedding)
}

func (m *randomModel) feedForward(p string) {
	s := m.shape
	if s.Architecture != "qwen35" {
		m.vector(p+"ffn_norm.weight", s.Embedding)
	}
	if s.Experts == 0 {
		m.matrix(p+"ffn_gate", s.Embedding, s.FeedForward)
		m.matrix(p+"ffn_up", s.Embedding, s.FeedForward)
		m.matrix(p+"ffn_down", s.FeedForward, s.Embedding)
		return
	}
	m.add(p+"ffn_gate_inp.weight", typeF32, s.Embedding, s.Experts)
	m.add(p+"ffn_gate_exps.weight", typeQ4_0, s.Embedding, s.ExpertFeedForward, s.Experts)
	m.add(p+"ffn_up_exps.weight", typeQ4_0, s.Embedding, s.ExpertFeedForward, s.Experts)
	m.add(p+"ffn_down_exps.weight", typeQ4_0, s.ExpertFeedForward, s.Embedding, s.Experts)
	switch s.Architecture {
	case "gptoss":
		m.vector(p+"ffn_gate_inp.bias", s.Experts)
		m.add(p+"ffn_gate_exps.bias", typeF32, s.ExpertFeedForward, s.Experts)
		m.add(p+"ffn_up_exps.bias", typeF32, s.ExpertFeedForward, s.Experts)
		m.add(p+"ffn_down_exps.bias", typeF32, s.Embedding, s.Experts)
	case "glm4moelite":
		m.matrix(p+"ffn_gate_shexp", s.Embedding, s.ExpertFeedForward)
		m.matrix(p+"ffn_up_shexp", s.Embedding, s.ExpertFeedForward)
		m.matrix(p+"ffn_down_shexp", s.ExpertFeedForward, s.Embedding)
		m.vector(p+"exp_probs_b.bias", s.Experts)
	}
}

func (m *randomModel) metadata() []gguf.Entry {
	s := m.shape
	a := s.Architecture + "."
	entries := []gguf.Entry{
		{Key: "general.architecture", Value: s.Architecture}, {Key: "general.name", Value: "random"}, {Key: "general.file_type", Value: uint32(2)},
		{Key: a + "block_count", Value: uint32(s.Layers)}, {Key: a + "context_length", Value: uint32(m.context)},
		{Key: a + "embedding_length", Value: uint32(s.Embedding)}, {Key: a + "feed_forward_length", Value: uint32(max(s.FeedForward, s.ExpertFeedForward))},
		{Key: a + "attention.head_count", Value: uint32(s.Heads)}, {Key: a + "attention.head_count_kv", Value: uint32(s.KVHeads)},
		{Key: a + "attention.key_length", Value: uint32(s.KeyLength)}, {Key: a + "attention.value_length", Value: uint32(s.ValueLength)},
		{Key: a + "attention.layer_norm_rms_epsilon", Value: float32(1e-6)}, {Key: a + "rope.freq_base", Value: float32(1e6)},
	}
	entry := func(key string, value int) {
		if value > 0 {
			entries = append(entries, gguf.Entry{Key: a + key, Value: uint32(value)})
		}
	}
	entry("attention.sliding_window", s.SlidingWindow)
	entry("expert_count", s.Experts)
	entry("expert_used_count", s.ExpertsUsed)
	entry("expert_feed_forward_length", s.ExpertFeedForward)
	if l := s.Linear; l != nil {
		entry("full_attention_interval", s.FullEvery)
		entry("ssm.conv_kernel", l.Kernel)
		entry("ssm.group_count", l.Groups)
		entry("ssm.inner_size", l.Inner)
		entry("ssm.state_size", l.State)
		entry("ssm.time_step_rank", l.Heads)
		entries = append(entries, gguf.Entry{Key: a + "rope.dimension_sections", Value: []int32{11, 11, 10, 0}})
	}
	switch {
	case s.LatentLength > 0:
		entry("attention.kv_lora_rank", s.LatentLength-s.LatentRope)
		entry("attention.q_lora_rank", latentQuery)
		entry("rope.dimension_count", s.LatentRope)
		entries = append(entries, gguf.Entry{Key: a + "expert_weights_scale", Value: float32(1.8)})
	case s.Architecture == "qwen35":
		entry("rope.dimension_count", s.KeyLength/4)
	default:
		entry("rope.dimension_count", s.KeyLength)
	}
	return append(entries, m.vocabulary()...)
}

// vocabulary is made of numbers: the runtime only needs enough entries.
func (m *randomModel) vocabulary() []gguf.Entry {
	n := m.shape.Vocabulary
	tokens, types := make([]string, n), make([]int32, n)
	for i := range tokens {
		tokens[i], types[i] = fmt.Sprintf("t%d", i), 1
	}
	types[0], types[1] = 3, 3
	copy(tokens[2:], []string{"a", "b", "ab"})
	pre := map[string]string{"glm4moelite": "glm4", "llama": "llama-bpe"}[m.shape.Architecture]
	if pre == "" {
		pre = "qwen2"
	}
	return []gguf.Entry{
		{Key: "tokenizer.ggml.model", Value: "gpt2"}, {Key: "tokenizer.ggml.pre", Value: pre},
		{Key: "tokenizer.ggml.tokens", Value: tokens}, {Key: "tokenizer.ggml.token_type", Value: types},
		{Key: "tokenizer.ggml.merges", Value: []string{"a b"}},
		{Key: "tokenizer.ggml.bos_token_id", Value: uint32(0)}, {Key: "tokenizer.ggml.eos_token_id", Value: uint32(1)},
		{Key: "tokenizer.chat_template", Value: "{% for message in messages %}{{ message.content }}{% endfor %}"},
	}
}

// noise repeats a few megabytes of random blocks: making six gigabytes of new
// numbers would take longer than loading them.
type noise struct{ small, blocks []byte }

func newNoise() noise {
	random := rand.New(rand.NewPCG(1, 2))
	n := noise{small: make([]byte, 4*4096), blocks: make([]byte, 18*65536)}
	for i := 0; i < len(n.small); i += 4 {
		// 0.75 … 1.25 as float32: the exponent of 1, random fractions.
		binary.LittleEndian.PutUint32(n.small[i:], 0x3f400000|random.Uint32()&0x003fffff)
	}
	for i := 0; i < len(n.blocks); i += 18 {
		// Scales near 0.01 as float16, then 32 random four-bit numbers.
		binary.LittleEndian.PutUint16(n.blocks[i:], 0x2000|uint16(random.Uint32()&0xff))
		for k := i + 2; k < i+18; k++ {
			n.blocks[k] = byte(random.Uint32())
		}
	}
	return n
}

func (n noise) fill(w io.Writer, kind uint32, size int64) error {
	source := n.small
	if kind == typeQ4_0 {
		source = n.blocks
	}
	for size > 0 {
		part := source[:min(size, int64(len(source)))]
		if _, err := w.Write(part); err != nil {
			return err
		}
		size -= int64(len(part))
	}
	return nil
}
