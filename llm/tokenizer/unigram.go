package tokenizer

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
)

// wordMark stands for a space in SentencePiece vocabularies.
const wordMark = "\u2581"

// unknownPenalty is subtracted from the worst score for an unknown character.
const unknownPenalty = 10.0

// unigram is SentencePiece's unigram model: the split with the best sum of
// scores wins.
type unigram struct {
	tokens       trie
	userDefined  trie
	scores       []float32
	zero         map[int32]bool // user-defined tokens score zero
	unknownScore float64
	charsMap     charsMap
	prefix       bool
	mergeSpaces  bool
}

func newUnigram(v Vocabulary) (*unigram, error) {
	if len(v.Scores) != len(v.Tokens) {
		return nil, ErrUnsupported
	}
	u := &unigram{scores: v.Scores, zero: map[int32]bool{}, mergeSpaces: v.RemoveExtraWhitespace}
	if v.AddSpacePrefix != nil {
		u.prefix = *v.AddSpacePrefix
	}
	var err error
	if u.charsMap, err = newCharsMap(v.CharsMap); err != nil {
		return nil, err
	}
	worst := math.Inf(1)
	var all, user []entry
	for id, token := range v.Tokens {
		kind := v.kind(id)
		if kind == kindNormal {
			worst = min(worst, v.score(id))
		}
		if token != "" && (kind == kindNormal || kind == kindUserDefined || kind == kindUnused) {
			all = append(all, entry{token, int32(id)})
		}
		if kind == kindUserDefined {
			user = append(user, entry{token, int32(id)})
			u.zero[int32(id)] = true
		}
	}
	u.unknownScore = worst - unknownPenalty
	u.tokens, u.userDefined = newTrie(all), newTrie(user)
	return u, nil
}

// step is the best way to reach an offset.
type step struct {
	from    int32
	unknown bool
	score   float64
}

func (u *unigram) count(text string) int {
	normal := u.normalize(text)
	if normal == "" {
		return 0
	}
	best := make([]step, len(normal)+1)
	for i := 1; i < len(best); i++ {
		best[i].score = -math.MaxFloat64
	}
	for at := 0; at < len(normal); {
		width := min(utf8Width(normal[at]), len(normal)-at)
		single := false
		for node, end := u.tokens.root(), at; end < len(normal); {
			if node = u.tokens.child(node, normal[end]); node == 0 {
				break
			}
			end++
			id := u.tokens.value[node]
			if id == noToken {
				continue
			}
			single = single || end-at == width
			score := float64(u.scores[id])
			if u.zero[id] {
				score = 0
			}
			if sum := best[at].score + score; sum > best[end].score {
				best[end] = step{int32(at), false, sum}
			}
		}
		if !single {
			if sum := best[at].score + u.unknownScore; sum > best[at+width].score {
				best[at+width] = step{int32(at), true, sum}
			}
		}
		at += width
	}
	// Neighbouring unknown characters become one token.
	total, previousUnknown := 0, false
	for at := int32(len(normal)); at > 0; at = best[at].from {
		if !best[at].unknown || !previousUnknown {
			total++
		}
		previousUnknown = best[at].unknown
	}
	return total
}

// utf8Width is the length that the first byte of a sequence announces.
func utf8Width(first byte) int {
	switch {
	case first < 0xc0:
		return 1
	case first < 0xe0:
		return 2
	case first < 0xf0:
		return 3
	}
	return 4
}

// normalize applies the character map and turns spaces into word marks.
func (u *unigram) normalize(text string) string {
	var out strings.Builder
	out.Grow(len(text) + len(text)/4 + 3)
	prefixed, inWord := false, false
	for text != "" {
		piece, used := u.normalizePrefix(text)
		for i := range len(piece) {
			if piece[i] == ' ' {
				inWord = false
				if !u.mergeSpaces {
					out.WriteString(wordMark)
				}
				continue
			}
			if !inWord {
				inWord = true
				if u.mergeSpaces || u.prefix && !prefixed {
					out.WriteString(wordMark)
					prefixed = true
				}
			}
			out.WriteByte(piece[i])
		}
		text = text[used:]
	}
	return out.String()
}

// normalizePrefix normalises the start of text and says how much that was.
func (u *unigram) normalizePrefix(text string) (string, int) {
	if n := u.userDefined.longest(text); n > 0 {
		return text[:n], n
	}
	if replacement, n := u.charsMap.match(text); n > 0 {
		return replacement, n
	}
	if r, size := utf8.DecodeRuneInString(text); r != utf8.RuneError || size > 1 {
		return text[:size], size
	}
	return "\uFFFD", 1
}

// charsMap is SentencePiece's precompiled map from character sequences to
// their normal form: a double array and zero-terminated replacements.
type charsMap struct {
	units        []uint32
	replacements []byte
}

func newCharsMap(blob []byte) (charsMap, error) {
	if len(blob) == 0 {
		return charsMap{}, nil
	}
	if len(blob) < 4 {
		return charsMap{}, ErrUnsupported
	}
	size := int(binary.LittleEndian.Uint32(blob))
	blob = blob[4:]
	if size > len(blob) || size%4 != 0 {
		return charsMap{}, ErrUnsupported
	}
	m := charsMap{units: make([]uint32, size/4), replacements: blob[size:]}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(blob[i*4:])
	}
	return m, nil
}

// base is where a unit's children begin.
func base(unit uint32) uint32 { return unit >> 10 << ((unit & (1 << 9)) >> 6) }

// match finds the longest mapped sequence at the start of text.
func (m *charsMap) match(text string) (replacement string, length int) {
	if len(m.units) == 0 {
		return "", 0
	}
	node, found := base(m.units[0]), uint32(0)
	for i := range len(text) {
		c := uint32(text[i])
		if c == 0 {
			break
		}
		node ^= c
		if node >= uint32(len(m.units)) {
			break
		}
		unit := m.units[node]
		if unit&(1<<31|0xff) != c {
			break
		}
		node ^= base(unit)
		if unit>>8&1 == 1 && node < uint32(len(m.units)) {
			length, found = i+1, m.units[node]&(1<<31-1)
		}
	}
	if length == 0 || found >= uint32(len(m.replacements)) {
		return "", 0
	}
	rest := m.replacements[found:]
	if end := bytes.IndexByte(rest, 0); end >= 0 {
		rest = rest[:end]
	}
	return string(rest), length
}
