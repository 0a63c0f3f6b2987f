package tokenizer

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
)

// expressions the splitters stand for, in the order they are applied
// (llama.cpp, llama-vocab.cpp; left-over text is a word of its own).
var expressions = map[string][]string{
	"gpt-2":  {`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`},
	"smollm": {`\p{N}`, `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`},
	"llama3": {`(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`},
	"qwen2":  {`(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`},
}

// byExpression splits as the expressions say, with a backtracking engine.
func byExpression(t *testing.T, text string, list []*regexp2.Regexp) []string {
	t.Helper()
	parts := []string{text}
	for _, re := range list {
		var next []string
		for _, part := range parts {
			runes := []rune(part)
			at := 0
			match, err := re.FindRunesMatch(runes)
			for ; match != nil && err == nil; match, err = re.FindNextMatch(match) {
				if match.Index > at {
					next = append(next, string(runes[at:match.Index]))
				}
				next = append(next, match.String())
				at = match.Index + match.Length
			}
			if err != nil {
				t.Fatal(err)
			}
			if at < len(runes) {
				next = append(next, string(runes[at:]))
			}
		}
		parts = next
	}
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

func TestSplittersAreTheirExpressions(t *testing.T) {
	texts := []string{
		"", " ", "  ", "   x", "x   ", "Hello, world!  It's\n\n  we'll I'M'd", "a\r\n\r\nb \n c", "12345 1.234,56 x²½", "\t\tfunc(x)", "ä ö ü ß\u00a0e\u2003f",
		"!!!\n\n???", "'s's ' t", "日本語 12 テスト", "😀😀 👍🏽", " \n", "\n ", "a\u0308b", "x'Re y'LL",
	}
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab Z'srelv \n\r\t  1²9.,!ä\u00a0日😀")
	for range 400 {
		runes := make([]rune, random.IntN(14))
		for i := range runes {
			runes[i] = alphabet[random.IntN(len(alphabet))]
		}
		texts = append(texts, string(runes))
	}
	for name, list := range expressions {
		var compiled []*regexp2.Regexp
		for _, expression := range list {
			compiled = append(compiled, regexp2.MustCompile(expression, regexp2.None))
		}
		for _, text := range texts {
			var got []string
			splitters[name](text, func(word string) { got = append(got, word) })
			if want := byExpression(t, text, compiled); !slices.Equal(got, want) {
				t.Fatalf("%s: %q splits into %q, want %q", name, text, got, want)
			}
		}
	}
}

// vocabulary with the bytes, some merges and special tokens.
func small() Vocabulary {
	v := Vocabulary{Model: "gpt2", Pre: "gpt-2"}
	for b := range 256 {
		v.Tokens = append(v.Tokens, string(byteRune(byte(b))))
		v.Kinds = append(v.Kinds, kindNormal)
	}
	for _, m := range []string{"a a", "aa aa", "a b", "h e", "l l", "he ll", "hell o", "Ġ hello", "aaaa aaaa", "b a", "ab ab"} {
		left, right, _ := strings.Cut(m, " ")
		v.Merges = append(v.Merges, m)
		v.Tokens = append(v.Tokens, left+right)
		v.Kinds = append(v.Kinds, kindNormal)
	}
	v.Tokens = append(v.Tokens, "<|end|>", "<|en|>")
	v.Kinds = append(v.Kinds, kindControl, kindControl)
	return v
}

func TestBytePair(t *testing.T) {
	tok, err := New(small())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"": 0, "hello": 1, " hello": 1, "hello hello": 2, "aaaaa": 2, "x": 1, "ä": 2, "hello<|end|>hello": 3, "<|end|": 3, "<|en|><|end|>": 2, "\x00\xff": 2,
	} {
		if text == "<|end|" {
			// Not a special token: signs and letters, byte by byte.
			want = 6
		}
		if got := tok.Count(text); got != want {
			t.Errorf("Count(%q) = %d, want %d", text, got, want)
		}
	}
	if tok.Surround() != 0 {
		t.Errorf("surround = %d", tok.Surround())
	}
}

// The two ways to merge must agree.
func TestLongWordsMergeLikeShortOnes(t *testing.T) {
	b, err := newBytePair(small())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		word := make([]byte, 2+random.IntN(shortWord-2))
		for i := range word {
			word[i] = "aabhelo"[random.IntN(7)]
		}
		if short, long := b.word(string(word)), b.longWord(string(word)); short != long {
			t.Fatalf("%q: %d and %d tokens", word, short, long)
		}
	}
}

func unigramVocabulary() Vocabulary {
	yes := true
	v := Vocabulary{Model: "t5", AddSpacePrefix: &yes, RemoveExtraWhitespace: true, AddBOS: &yes, AddEOS: &yes}
	for _, token := range []struct {
		text  string
		score float32
		kind  int64
	}{
		{"<s>", 0, kindControl}, {"<unk>", 0, kindUnknown}, {"▁", -5, kindNormal}, {"▁haus", -3, kindNormal}, {"haus", -4, kindNormal},
		{"h", -6, kindNormal}, {"a", -6, kindNormal}, {"u", -6, kindNormal}, {"s", -6, kindNormal}, {"▁a", -4, kindNormal}, {"ä", -7, kindNormal},
	} {
		v.Tokens = append(v.Tokens, token.text)
		v.Scores = append(v.Scores, token.score)
		v.Kinds = append(v.Kinds, token.kind)
	}
	return v
}

func TestUnigram(t *testing.T) {
	tok, err := New(unigramVocabulary())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"": 0, "haus": 1, "haus haus": 2, "  haus   haus  ": 2, "haushaus": 2, "a": 1, "ä": 2, "xyz": 2, "a xyz a": 4, "<s>haus": 2, "\xff\xfe": 2,
	} {
		if got := tok.Count(text); got != want {
			t.Errorf("Count(%q) = %d, want %d", text, got, want)
		}
	}
	if tok.Surround() != 2 {
		t.Errorf("surround = %d, want 2", tok.Surround())
	}
}

func TestSentencePiece(t *testing.T) {
	no := false
	v := Vocabulary{Model: "llama"}
	for i, token := range []string{"<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab", "abab", "▁a"} {
		v.Tokens = append(v.Tokens, token)
		v.Scores = append(v.Scores, -float32(i))
		v.Kinds = append(v.Kinds, kindNormal)
	}
	v.Kinds[1], v.Kinds[2] = kindControl, kindControl
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	// An unknown character is one token for each byte.
	for text, want := range map[string]int{"ab": 1, "abab": 2, "a": 1, "ä": 3, "<s>ab": 2, "": 0} {
		if got := tok.Count(text); got != want {
			t.Errorf("Count(%q) = %d, want %d", text, got, want)
		}
	}
	v.AddSpacePrefix = &no
	if tok, err = New(v); err != nil {
		t.Fatal(err)
	}
	if got := tok.Count("ababab"); got != 2 {
		t.Errorf("without a blank before: %d, want 2", got)
	}
	if tok.Surround() != 1 {
		t.Errorf("surround = %d, want 1", tok.Surround())
	}
}

func TestUnsupported(t *testing.T) {
	for name, v := range map[string]Vocabulary{
		"empty": {}, "wordpiece": {Model: "bert", Tokens: []string{"a"}}, "unknown rules": {Model: "gpt2", Pre: "new", Tokens: []string{"a"}},
		"no scores": {Model: "t5", Tokens: []string{"a"}}, "bad map": {Model: "t5", Tokens: []string{"a"}, Scores: []float32{1}, CharsMap: []byte{255, 255, 255, 255, 0}},
	} {
		if _, err := New(v); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

// A hostile map of characters must not lead out of its arrays, and no text
// may make a tokenizer panic.
func FuzzUnigram(f *testing.F) {
	f.Add([]byte{8, 0, 0, 0, 1, 4, 0, 0, 97, 5, 0, 128, 98, 0}, "ab a\u0308 \xff")
	f.Fuzz(func(t *testing.T, blob []byte, text string) {
		v := unigramVocabulary()
		v.CharsMap = blob
		tok, err := New(v)
		if err != nil {
			return
		}
		if got := tok.Count(text); got < 0 || got > 4*len(text)+len(blob)*len(text)+1 {
			t.Errorf("Count(%q) = %d", text, got)
		}
	})
}

func FuzzBytePair(f *testing.F) {
	f.Add("hello <|end|> \xff ä 12")
	v := small()
	v.Pre = "llama3"
	tok, err := New(v)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := tok.Count(text); got > len(text) || text != "" && got == 0 {
			t.Errorf("Count(%q) = %d", text, got)
		}
	})
}

func TestLongInputsAreFast(t *testing.T) {
	tok, err := New(small())
	if err != nil {
		t.Fatal(err)
	}
	// Quadratic work would take a minute here.
	if got := tok.Count(strings.Repeat("a", 1<<18)); got != 1<<15 {
		t.Errorf("count = %d", got)
	}
}
