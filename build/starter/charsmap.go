package starter

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A charsmap is the table by which a SentencePiece tokenizer rewrites text before it splits it. Its file form is a
// double array of the darts-clone library: a uint32 with the array's size in bytes, the array of uint32 units, then the
// replacements, each ended by a NUL byte.
//
// A unit for the byte c reached from a parent with base b stands at b^c and holds offset<<10 | leaf<<8 | c, where its own
// base is its index ^ offset. A node that ends a rule has the leaf bit and a child under the byte 0, whose unit is
// valueBit | position of the replacement.
const (
	leafBit  uint32 = 1 << 8
	valueBit uint32 = 1 << 31
	// wideBit multiplies an offset by 256; offsets that need it are refused.
	wideBit    uint32 = 1 << 9
	offsetFrom        = 10
	maxOffset  uint32 = 1 << 21
	// blockUnits is the reach of one byte: an array padded to it can be walked without leaving it.
	blockUnits = 256
)

// rule rewrites from (UTF-8, not empty, no NUL) as to (no NUL, may be empty).
type rule struct {
	from, to string
}

// withCompositions adds rules that rewrite decomposed characters (a + U+0308) as the rules already rewrite the composed
// one (ä). PDFs and file names from macOS carry the decomposed form; without these rules it costs a passage a cosine of
// .83 instead of 1. Hangul is left out: it composes by arithmetic, in 11,172 combinations.
func withCompositions(rules []rule) []rule {
	known := make(map[string]string, len(rules))
	for _, r := range rules {
		known[r.from] = r.to
	}
	all := slices.Clone(rules)
	for r := rune(0x80); r < 0x30000; r++ {
		if (r >= 0xAC00 && r < 0xD7A4) || !norm.NFC.IsNormalString(string(r)) {
			continue
		}
		decomposed := []rune(norm.NFD.String(string(r)))
		if len(decomposed) < 2 {
			continue
		}
		to, ok := known[string(r)]
		if !ok {
			to = string(r)
		}
		for _, from := range equivalents(r, decomposed) {
			if _, ok := known[from]; !ok {
				known[from] = to
				all = append(all, rule{from: from, to: to})
			}
		}
	}
	return all
}

// equivalents lists the spellings of composed that Unicode calls the same: every order of its marks, with none or some of
// them already joined to the base (a Vietnamese keyboard types ê + dot below for ệ).
func equivalents(composed rune, decomposed []rune) []string {
	var found []string
	for _, marks := range permutations(decomposed[1:]) {
		for joined := range len(marks) {
			base := norm.NFC.String(string(decomposed[:1]) + string(marks[:joined]))
			from := base + string(marks[joined:])
			if norm.NFC.String(from) == string(composed) && !slices.Contains(found, from) {
				found = append(found, from)
			}
		}
	}
	return found
}

func permutations(marks []rune) [][]rune {
	if len(marks) < 2 {
		return [][]rune{marks}
	}
	var all [][]rune
	for i := range marks {
		rest := append(slices.Clone(marks[:i]), marks[i+1:]...)
		for _, p := range permutations(rest) {
			all = append(all, append([]rune{marks[i]}, p...))
		}
	}
	return all
}

// buildCharsmap returns the file form of rules. It walks the result as the runtime does and fails if one rule is lost.
func buildCharsmap(rules []rule) ([]byte, error) {
	rules = slices.Clone(rules)
	slices.SortFunc(rules, func(a, b rule) int { return cmp.Compare(a.from, b.from) })
	var replacements bytes.Buffer
	position := map[string]uint32{}
	b := builder{units: make([]uint32, blockUnits), used: make([]bool, blockUnits), bases: map[uint32]bool{}}
	for i, r := range rules {
		if r.from == "" || strings.ContainsRune(r.from, 0) || strings.ContainsRune(r.to, 0) {
			return nil, fmt.Errorf("rule %q -> %q cannot be stored", r.from, r.to)
		}
		if i > 0 && rules[i-1].from == r.from {
			return nil, fmt.Errorf("two rules for %q", r.from)
		}
		if _, ok := position[r.to]; !ok {
			position[r.to] = uint32(replacements.Len())
			replacements.WriteString(r.to)
			replacements.WriteByte(0)
		}
	}
	b.used[0] = true
	if err := b.place(0, rules, 0, position); err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(4*len(b.units)))
	for _, u := range b.units {
		out = binary.LittleEndian.AppendUint32(out, u)
	}
	out = append(out, replacements.Bytes()...)
	for _, r := range rules {
		to, length, err := walkCharsmap(out, r.from)
		if err != nil {
			return nil, err
		}
		if length != len(r.from) || to != r.to {
			return nil, fmt.Errorf("charsmap rewrites %q as %q, not as %q", r.from, to, r.to)
		}
	}
	return out, nil
}

// builder fills a double array first-fit. Each parent gets a base of its own: a unit only proves the byte it was
// reached by, so two parents with one base would see each other's children.
type builder struct {
	units []uint32
	used  []bool
	bases map[uint32]bool
	// free is the lowest unit that may still be unused.
	free uint32
}

// place stores the children of the node at index, whose rules share their first depth bytes and are sorted.
func (b *builder) place(index uint32, rules []rule, depth int, position map[string]uint32) error {
	var labels []byte
	for _, r := range rules {
		var label byte // 0: the rule ends here
		if len(r.from) > depth {
			label = r.from[depth]
		}
		if len(labels) == 0 || labels[len(labels)-1] != label {
			labels = append(labels, label)
		}
	}
	base := b.findBase(labels)
	offset := index ^ base
	if offset >= maxOffset {
		return errors.New("too many rules for a charsmap without wide offsets")
	}
	b.units[index] |= offset << offsetFrom
	for _, label := range labels {
		b.used[base^uint32(label)] = true
	}
	for len(rules) > 0 {
		if len(rules[0].from) == depth {
			b.units[index] |= leafBit
			b.units[base] = valueBit | position[rules[0].to]
			rules = rules[1:]
			continue
		}
		label := rules[0].from[depth]
		n := 1
		for n < len(rules) && rules[n].from[depth] == label {
			n++
		}
		child := base ^ uint32(label)
		b.units[child] |= uint32(label)
		if err := b.place(child, rules[:n], depth+1, position); err != nil {
			return err
		}
		rules = rules[n:]
	}
	return nil
}

// findBase returns the first unused base under which every label falls on an unused unit, growing the array by whole
// blocks.
func (b *builder) findBase(labels []byte) uint32 {
	for int(b.free) < len(b.used) && b.used[b.free] {
		b.free++
	}
	for unit := b.free; ; unit++ {
		for int(unit|(blockUnits-1)) >= len(b.units) {
			b.units = append(b.units, make([]uint32, blockUnits)...)
			b.used = append(b.used, make([]bool, blockUnits)...)
		}
		base := unit ^ uint32(labels[0])
		if b.bases[base] || slices.ContainsFunc(labels, func(l byte) bool { return b.used[base^uint32(l)] }) {
			continue
		}
		b.bases[base] = true
		return base
	}
}

// walkCharsmap finds the longest rule that text begins with, step by step as llama.cpp does, and returns its
// replacement and the bytes it covers, 0 for none. It fails where llama.cpp would: outside the array.
func walkCharsmap(charsmap []byte, text string) (to string, length int, err error) {
	size := binary.LittleEndian.Uint32(charsmap) / 4
	replacements := charsmap[4+4*size:]
	unit := func(index uint32) uint32 {
		if index >= size {
			err = fmt.Errorf("charsmap: index %d of %d while reading %q", index, size, text)
			return 0
		}
		return binary.LittleEndian.Uint32(charsmap[4+4*index:])
	}
	base := func(u uint32) uint32 { return u >> offsetFrom << ((u & wideBit) >> 6) }
	node := base(unit(0))
	for i := 0; i < len(text) && text[i] != 0; i++ {
		node ^= uint32(text[i])
		u := unit(node)
		if u&(valueBit|0xff) != uint32(text[i]) {
			break
		}
		node ^= base(u)
		if u&leafBit != 0 {
			value := replacements[unit(node)&^valueBit:]
			to, length = string(value[:bytes.IndexByte(value, 0)]), i+1
		}
	}
	return to, length, err
}
