package tokenizer

import (
	"bytes"
	"slices"
	"strings"
)

// trie finds tokens by prefix. Its nodes lie breadth first in three arrays,
// nine bytes a node, so that 250,000 tokens take about 6 MB.
type trie struct {
	first []uint32 // where a node's children begin; they end where the next node's begin
	label []byte
	value []int32 // the token's id, or noToken
}

type entry struct {
	token string
	id    int32
}

// newTrie builds a trie; of equal tokens the last one counts.
func newTrie(entries []entry) trie {
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.token, b.token) })
	type span struct{ low, high, depth int }
	var t trie
	t.label = append(t.label, 0)
	queue := []span{{0, len(entries), 0}}
	for at := 0; at < len(queue); at++ {
		s := queue[at]
		id := int32(noToken)
		for s.low < s.high && len(entries[s.low].token) == s.depth {
			id = entries[s.low].id
			s.low++
		}
		t.value = append(t.value, id)
		t.first = append(t.first, uint32(len(t.label)))
		for low := s.low; low < s.high; {
			label := entries[low].token[s.depth]
			high := low + 1
			for high < s.high && entries[high].token[s.depth] == label {
				high++
			}
			t.label = append(t.label, label)
			queue = append(queue, span{low, high, s.depth + 1})
			low = high
		}
	}
	t.first = append(t.first, uint32(len(t.label)))
	return t
}

func (t *trie) root() uint32 { return 0 }

// child is the node below node under label, 0 if there is none.
func (t *trie) child(node uint32, label byte) uint32 {
	first, end := t.first[node], t.first[node+1]
	if i := bytes.IndexByte(t.label[first:end], label); i >= 0 {
		return first + uint32(i)
	}
	return 0
}

// longest is the length of the longest token at the start of text.
func (t *trie) longest(text string) int {
	found := 0
	if len(t.label) == 1 {
		return 0
	}
	node := t.root()
	for i := range len(text) {
		if node = t.child(node, text[i]); node == 0 {
			break
		}
		if t.value[node] != noToken {
			found = i + 1
		}
	}
	return found
}
