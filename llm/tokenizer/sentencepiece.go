package tokenizer

import (
	"container/heap"
	"strings"
)

// sentencePiece is SentencePiece's BPE: of all neighbours whose union is a
// token, the pair with the best score is merged first.
type sentencePiece struct {
	ids    map[string]int32
	scores []float32
	prefix bool
}

func newSentencePiece(v Vocabulary) (*sentencePiece, error) {
	if len(v.Scores) != len(v.Tokens) {
		return nil, ErrUnsupported
	}
	s := &sentencePiece{ids: make(map[string]int32, len(v.Tokens)), scores: v.Scores, prefix: true}
	if v.AddSpacePrefix != nil {
		s.prefix = *v.AddSpacePrefix
	}
	for id, token := range v.Tokens {
		s.ids[token] = int32(id)
	}
	return s, nil
}

// piece is a stretch of the text; an empty one has been merged away.
type piece struct {
	start, end     int
	previous, next int
}

func (s *sentencePiece) count(text string) int {
	if s.prefix {
		text = " " + text
	}
	text = strings.ReplaceAll(text, " ", wordMark)
	var pieces []piece
	for at := 0; at < len(text); {
		end := min(at+utf8Width(text[at]), len(text))
		pieces = append(pieces, piece{at, end, len(pieces) - 1, len(pieces) + 1})
		at = end
	}
	if len(pieces) == 0 {
		return 0
	}
	pieces[len(pieces)-1].next = -1
	s.mergeAll(text, pieces)
	total := 0
	for i := 0; i != -1; i = pieces[i].next {
		if _, ok := s.ids[text[pieces[i].start:pieces[i].end]]; ok {
			total++
			continue
		}
		total += pieces[i].end - pieces[i].start // one token for each byte
	}
	return total
}

func (s *sentencePiece) mergeAll(text string, pieces []piece) {
	var queue candidates
	offer := func(left, right int) {
		if left < 0 || right < 0 {
			return
		}
		id, ok := s.ids[text[pieces[left].start:pieces[right].end]]
		if !ok {
			return
		}
		size := pieces[right].end - pieces[left].start
		heap.Push(&queue, candidate{left: left, right: right, leftID: int32(size), cost: -float64(s.scores[id])})
	}
	for i := range len(pieces) - 1 {
		offer(i, i+1)
	}
	for len(queue) > 0 {
		c, _ := heap.Pop(&queue).(candidate)
		left, right := &pieces[c.left], &pieces[c.right]
		if left.start == left.end || right.start == right.end || left.next != c.right || right.end-left.start != int(c.leftID) {
			continue // one of the two is something else by now
		}
		left.end = right.end
		right.start = right.end
		left.next = right.next
		if left.next >= 0 {
			pieces[left.next].previous = c.left
		}
		offer(left.previous, c.left)
		offer(c.left, left.next)
	}
}
