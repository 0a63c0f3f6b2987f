package tokenizer

import (
	"container/heap"
	"strings"
)

// bytePair is byte-level BPE.
type bytePair struct {
	split  splitter
	bytes  [256]int32 // the token of each byte
	merges map[uint64]merge
	whole  map[string]struct{} // whole words that are tokens, if that matters
}

// merge of two tokens: the lower the rank the earlier.
type merge struct{ rank, id int32 }

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func newBytePair(v Vocabulary) (*bytePair, error) {
	split, ok := splitters[v.Pre]
	if !ok {
		return nil, ErrUnsupported
	}
	ids := make(map[string]int32, len(v.Tokens))
	for id, token := range v.Tokens {
		ids[token] = int32(id)
	}
	b := &bytePair{split: split, merges: make(map[uint64]merge, len(v.Merges))}
	for value := range b.bytes {
		id, ok := ids[string(byteRune(byte(value)))]
		if !ok {
			id = noToken
		}
		b.bytes[value] = id
	}
	for rank, line := range v.Merges {
		// A space can only separate: the space byte itself is written "Ġ".
		left, right, ok := strings.Cut(line, " ")
		if !ok {
			return nil, ErrUnsupported
		}
		leftID, okLeft := ids[left]
		rightID, okRight := ids[right]
		id, okMerged := ids[left+right]
		if !okLeft || !okRight || !okMerged {
			continue
		}
		key := pairKey(leftID, rightID)
		if _, twice := b.merges[key]; !twice {
			b.merges[key] = merge{int32(rank), id}
		}
	}
	if v.WholeWords || wholeWords[v.Pre] {
		b.whole = make(map[string]struct{}, len(v.Tokens))
		for _, token := range v.Tokens {
			if plain, ok := plainBytes(token); ok {
				b.whole[plain] = struct{}{}
			}
		}
	}
	return b, nil
}

// byteRune is GPT-2's printable stand-in for a byte.
func byteRune(b byte) rune {
	r := rune(b)
	switch {
	case r == 0x00ad:
		return 0x0143
	case r <= 0x0020:
		return r + 0x0100
	case r >= 0x007f && r <= 0x00a0:
		return r + 0x00a2
	}
	return r
}

// plainBytes undoes byteRune for a whole token.
func plainBytes(token string) (string, bool) {
	plain := make([]byte, 0, len(token))
	for _, r := range token {
		switch {
		case r == 0x0143:
			r = 0x00ad
		case r >= 0x0100 && r <= 0x0120:
			r -= 0x0100
		case r > 0x0120 && r <= 0x0142:
			r -= 0x00a2
		case r > 0x00ff:
			return "", false
		}
		plain = append(plain, byte(r))
	}
	return string(plain), true
}

func (b *bytePair) count(text string) int {
	total := 0
	b.split(text, func(word string) {
		if len(word) == 1 {
			total++
			return
		}
		if _, ok := b.whole[word]; ok {
			total++
			return
		}
		total += b.word(word)
	})
	return total
}

// shortWord is up to where looking at all pairs beats a heap.
const shortWord = 48

// word counts the tokens one word ends up as.
func (b *bytePair) word(word string) int {
	if len(word) > shortWord {
		return b.longWord(word)
	}
	var buffer [shortWord]int32
	ids := buffer[:len(word)]
	for i := range ids {
		ids[i] = b.bytes[word[i]]
	}
	for len(ids) > 1 {
		best, at := merge{rank: 1 << 30}, -1
		for i := range len(ids) - 1 {
			if m, ok := b.merges[pairKey(ids[i], ids[i+1])]; ok && m.rank < best.rank {
				best, at = m, i
			}
		}
		if at < 0 {
			break
		}
		ids[at] = best.id
		ids = append(ids[:at+1], ids[at+2:]...)
	}
	return len(ids)
}

// longWord is word for long runs, such as a line of one character, in
// n·log(n) steps.
func (b *bytePair) longWord(word string) int {
	symbols := make([]symbol, len(word))
	for i := range symbols {
		symbols[i] = symbol{id: b.bytes[word[i]], previous: i - 1, next: i + 1}
	}
	symbols[len(symbols)-1].next = -1
	queue := make(candidates, 0, len(symbols))
	offer := func(left, right int) {
		if left < 0 || right < 0 {
			return
		}
		if m, ok := b.merges[pairKey(symbols[left].id, symbols[right].id)]; ok {
			heap.Push(&queue, candidate{left, right, symbols[left].id, symbols[right].id, float64(m.rank), m.id})
		}
	}
	for i := range len(symbols) - 1 {
		offer(i, i+1)
	}
	count := len(symbols)
	for len(queue) > 0 {
		c, _ := heap.Pop(&queue).(candidate)
		if symbols[c.left].id != c.leftID || symbols[c.right].id != c.rightID || symbols[c.left].next != c.right {
			continue // one of the two is something else by now
		}
		count--
		symbols[c.left].id = c.id
		symbols[c.right].id = noToken
		symbols[c.left].next = symbols[c.right].next
		if next := symbols[c.left].next; next >= 0 {
			symbols[next].previous = c.left
		}
		offer(symbols[c.left].previous, c.left)
		offer(c.left, symbols[c.left].next)
	}
	return count
}

// symbol is a link in the chain of what a word consists of so far.
type symbol struct {
	id             int32
	previous, next int
}

// candidate is a possible merge of two neighbours.
type candidate struct {
	left, right     int
	leftID, rightID int32
	cost            float64
	id              int32
}

// candidates is a heap: the cheapest first, then the leftmost.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return c[i].cost < c[j].cost || c[i].cost == c[j].cost && c[i].left < c[j].left
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any) {
	if item, ok := x.(candidate); ok {
		*c = append(*c, item)
	}
}
func (c *candidates) Pop() any {
	last := len(*c) - 1
	item := (*c)[last]
	*c = (*c)[:last]
	return item
}
