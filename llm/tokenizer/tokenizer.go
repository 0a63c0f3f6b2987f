// Package tokenizer counts tokens exactly as a model's runtime does, from the
// vocabulary in the model's own file.
//
// It covers byte-level BPE with the pre-tokenizers of GPT-2, SmolLM, Llama 3
// and Qwen 2, SentencePiece unigram ("t5", used by multilingual E5) and
// SentencePiece BPE ("llama", used by Llama 2 and Gemma). The rules follow
// llama.cpp's llama-vocab.cpp, which runs or defines all of them. The package
// knows nothing of servers, prompts or templates.
package tokenizer

import (
	"errors"
	"slices"
	"strings"

	"kontor/llm/gguf"
)

// ErrUnsupported says that a vocabulary's kind is not covered here.
var ErrUnsupported = errors.New("tokenizer: unsupported vocabulary")

// Kinds of tokens in a vocabulary (llama.h, llama_token_type).
const (
	kindNormal      = 1
	kindUnknown     = 2
	kindControl     = 3
	kindUserDefined = 4
	kindUnused      = 5
)

// noToken is an id no vocabulary has.
const noToken = -1

// Vocabulary is what a model file says about its tokens.
type Vocabulary struct {
	// Model is "gpt2", "t5" or "llama".
	Model string
	// Pre names the pre-tokenizer of a "gpt2" vocabulary.
	Pre    string
	Tokens []string
	Scores []float32
	Kinds  []int64
	Merges []string
	// CharsMap is SentencePiece's precompiled normalisation.
	CharsMap []byte
	// AddBOS and AddEOS are nil when the file leaves them to the default.
	AddBOS, AddEOS        *bool
	AddSpacePrefix        *bool
	RemoveExtraWhitespace bool
	// WholeWords makes a word that is a token that token, whatever the merges
	// say; always true in the runtime's newer engine.
	WholeWords bool
}

// Keep chooses the arrays of a model file that [FromFile] needs.
func Keep(key string) bool {
	switch key {
	case "tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type",
		"tokenizer.ggml.merges", "tokenizer.ggml.precompiled_charsmap":
		return true
	}
	return false
}

// FromFile reads the vocabulary from a header opened with [Keep].
func FromFile(f *gguf.File) Vocabulary {
	optional := func(key string) *bool {
		if !f.Has(key) {
			return nil
		}
		value := f.Bool(key, false)
		return &value
	}
	return Vocabulary{
		Model: f.Text("tokenizer.ggml.model"), Pre: f.Text("tokenizer.ggml.pre"),
		Tokens: f.Texts("tokenizer.ggml.tokens"), Scores: f.Floats("tokenizer.ggml.scores"),
		Kinds: f.Ints("tokenizer.ggml.token_type"), Merges: f.Texts("tokenizer.ggml.merges"),
		CharsMap: f.Bytes("tokenizer.ggml.precompiled_charsmap"),
		AddBOS:   optional("tokenizer.ggml.add_bos_token"), AddEOS: optional("tokenizer.ggml.add_eos_token"),
		AddSpacePrefix:        optional("tokenizer.ggml.add_space_prefix"),
		RemoveExtraWhitespace: f.Bool("tokenizer.ggml.remove_extra_whitespaces", false),
	}
}

// Tokenizer counts the tokens of one vocabulary. It is safe for concurrent
// use and never changes after [New].
type Tokenizer struct {
	special  specials
	encode   encoder
	surround int
}

// encoder counts the tokens of text that holds no special token. Such a text
// always begins a prompt or follows a special token.
type encoder interface {
	count(text string) int
}

// New prepares a tokenizer.
func New(v Vocabulary) (*Tokenizer, error) {
	if len(v.Tokens) == 0 {
		return nil, ErrUnsupported
	}
	var t Tokenizer
	var err error
	bos, eos := false, false
	switch v.Model {
	case "gpt2":
		bos = slices.Contains([]string{"llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"}, v.Pre)
		t.encode, err = newBytePair(v)
	case "t5":
		eos = true
		t.encode, err = newUnigram(v)
	case "llama":
		bos = true
		t.encode, err = newSentencePiece(v)
	default:
		err = ErrUnsupported
	}
	if err != nil {
		return nil, err
	}
	if v.AddBOS != nil {
		bos = *v.AddBOS
	}
	if v.AddEOS != nil {
		eos = *v.AddEOS
	}
	for _, added := range []bool{bos, eos} {
		if added {
			t.surround++
		}
	}
	t.special = newSpecials(v)
	return &t, nil
}

// Count is the number of tokens of text. Special tokens written out in it,
// such as "<|im_end|>", count as one, as they do in a rendered prompt.
func (t *Tokenizer) Count(text string) int {
	total := 0
	for text != "" {
		start, length := t.special.next(text)
		if start > 0 {
			total += t.encode.count(text[:start])
		}
		if length == 0 {
			break
		}
		total++
		text = text[start+length:]
	}
	return total
}

// Surround is the number of tokens the runtime adds around every prompt or
// text to embed, such as a begin-of-sequence token.
func (t *Tokenizer) Surround() int { return t.surround }

// kind of a token; vocabularies without kinds have normal tokens only.
func (v *Vocabulary) kind(id int) int64 {
	if id < len(v.Kinds) {
		return v.Kinds[id]
	}
	return kindNormal
}

func (v *Vocabulary) score(id int) float64 {
	if id < len(v.Scores) {
		return float64(v.Scores[id])
	}
	return 0
}

// specials finds tokens that are recognised in the text itself.
type specials struct {
	byFirst map[byte][]string // longest first
	firsts  string            // the bytes a special token can begin with
}

func newSpecials(v Vocabulary) specials {
	s := specials{byFirst: map[byte][]string{}}
	for id, token := range v.Tokens {
		switch v.kind(id) {
		case kindControl, kindUserDefined, kindUnknown:
			if token != "" {
				s.byFirst[token[0]] = append(s.byFirst[token[0]], token)
			}
		}
	}
	var firsts []byte
	for first, tokens := range s.byFirst {
		slices.SortFunc(tokens, func(a, b string) int { return len(b) - len(a) })
		firsts = append(firsts, first)
	}
	s.firsts = string(firsts)
	return s
}

// next finds the first special token: its offset and length, or the length of
// the text and 0.
func (s *specials) next(text string) (start, length int) {
	for at := 0; at < len(text); at++ {
		skip := indexAnyByte(text[at:], s.firsts)
		if skip < 0 {
			break
		}
		at += skip
		for _, token := range s.byFirst[text[at]] {
			if strings.HasPrefix(text[at:], token) {
				return at, len(token)
			}
		}
	}
	return len(text), 0
}

// indexAnyByte is strings.IndexAny for bytes: tokens may begin in the middle
// of nothing that is valid UTF-8.
func indexAnyByte(text, set string) int {
	if len(set) == 1 {
		return strings.IndexByte(text, set[0])
	}
	for i := range len(text) {
		if strings.IndexByte(set, text[i]) >= 0 {
			return i
		}
	}
	return -1
}
