package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitter cuts text into words, which merges never cross.
type splitter func(text string, word func(string))

// splitters by the pre-tokenizer names llama.cpp knows. The regular
// expressions they stand for are quoted at each; they are written out by hand
// because Go's regexp has no look-ahead and a backtracking engine is slow.
var splitters = map[string]splitter{
	"gpt-2": splitGPT2, "phi-2": splitGPT2, "mpt": splitGPT2, "olmo": splitGPT2, "jais": splitGPT2,
	"smollm": splitDigits, "starcoder": splitDigits, "refact": splitDigits, "command-r": splitDigits,
	"codeshell": splitDigits, "exaone": splitDigits, "minerva-7b": splitDigits,
	"llama3": splitLlama3, "llama-v3": splitLlama3, "llama-bpe": splitLlama3, "falcon3": splitLlama3,
	"falcon-h1": splitLlama3, "lfm2": splitLlama3, "dbrx": splitLlama3, "smaug-bpe": splitLlama3,
	"glm4": splitLlama3, "chatglm-bpe": splitLlama3,
	"qwen2": splitQwen2, "deepseek-r1-qwen": splitQwen2, "stablelm2": splitQwen2, "megrez": splitQwen2,
}

// wholeWords names the pre-tokenizers whose words may skip the merges.
var wholeWords = map[string]bool{
	"llama3": true, "llama-v3": true, "llama-bpe": true, "falcon3": true, "falcon-h1": true, "lfm2": true,
}

func splitLlama3(text string, word func(string)) { splitCased(text, 3, word) }
func splitQwen2(text string, word func(string))  { splitCased(text, 1, word) }

// splitDigits makes every digit a word and applies GPT-2's rules between them:
// \p{N} first, then as in splitGPT2.
func splitDigits(text string, word func(string)) {
	start := 0
	for i, r := range text {
		if !unicode.IsNumber(r) {
			continue
		}
		splitGPT2(text[start:i], word)
		start = i + utf8.RuneLen(r)
		word(text[i:start])
	}
	splitGPT2(text[start:], word)
}

// class of a code point in the expressions.
type class int

const (
	classOther class = iota
	classLetter
	classNumber
	classSpace
	classEnd
)

// look returns the first code point of text, its class and its length.
func look(text string) (rune, class, int) {
	if text == "" {
		return 0, classEnd, 0
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r < utf8.RuneSelf && (r|0x20) >= 'a' && (r|0x20) <= 'z', r >= utf8.RuneSelf && unicode.IsLetter(r):
		return r, classLetter, size
	case unicode.IsSpace(r):
		return r, classSpace, size
	case unicode.IsNumber(r):
		return r, classNumber, size
	}
	return r, classOther, size
}

// run is the length of the code points of class c at the start of text, at
// most limit of them (0: no limit).
func run(text string, c class, limit int) int {
	length := 0
	for n := 0; limit == 0 || n < limit; n++ {
		_, found, size := look(text[length:])
		if found != c {
			break
		}
		length += size
	}
	return length
}

// spaces handles \s+(?!\S)|\s+ : the last space belongs to the next word.
func spaces(text string) int {
	length, last := 0, 0
	for {
		_, found, size := look(text[length:])
		if found != classSpace {
			if found != classEnd && length > last && last > 0 {
				return last
			}
			return length
		}
		last = length
		length += size
	}
}

// splitGPT2 is
// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)
// with single left-over spaces as words of their own.
func splitGPT2(text string, word func(string)) {
	for text != "" {
		n := contraction(text, false)
		if n == 0 {
			lead := 0
			if text[0] == ' ' {
				lead = 1
			}
			switch _, c, _ := look(text[lead:]); c {
			case classLetter, classNumber, classOther:
				n = lead + run(text[lead:], c, 0)
			default:
				n = spaces(text)
			}
		}
		word(text[:n])
		text = text[n:]
	}
}

// splitCased is
// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}|
// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
func splitCased(text string, digits int, word func(string)) {
	for text != "" {
		n := casedWord(text, digits)
		word(text[:n])
		text = text[n:]
	}
}

func casedWord(text string, digits int) int {
	if n := contraction(text, true); n > 0 {
		return n
	}
	r, c, size := look(text)
	if c == classLetter {
		return run(text, classLetter, 0)
	}
	if c != classNumber && r != '\r' && r != '\n' {
		if letters := run(text[size:], classLetter, 0); letters > 0 {
			return size + letters
		}
	}
	if c == classNumber {
		return run(text, classNumber, digits)
	}
	lead := 0
	if text[0] == ' ' {
		lead = 1
	}
	if others := run(text[lead:], classOther, 0); others > 0 {
		n := lead + others
		return n + len(text[n:]) - len(strings.TrimLeft(text[n:], "\r\n"))
	}
	all := run(text, classSpace, 0)
	if newline := strings.LastIndexAny(text[:all], "\r\n"); newline >= 0 {
		return newline + 1
	}
	return spaces(text)
}

// contraction is the length of an English contraction at the start of text.
func contraction(text string, anyCase bool) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	lower := func(b byte) byte {
		if anyCase && b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		return b
	}
	switch lower(text[1]) {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) < 3 {
		return 0
	}
	switch string([]byte{lower(text[1]), lower(text[2])}) {
	case "re", "ve", "ll":
		return 3
	}
	return 0
}
