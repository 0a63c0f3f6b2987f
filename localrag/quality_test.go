package localrag_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"

	"kontor/localrag"
)

// bm25 ranks like the full-text index: headings five times, k1 1.2, b .75.
type bm25 struct {
	library
	frequency []map[string]float64
	length    []float64
	average   float64
	documents map[string]int
}

func newBM25(analyser *localrag.Analyser, passages []localrag.Passage) *bm25 {
	index := &bm25{library: library{analyser: analyser, passages: passages}, documents: map[string]int{}}
	for _, p := range passages {
		counts, n := map[string]float64{}, 0.0
		for weight, text := range map[float64]string{5: p.Heading, 1: p.Text} {
			for _, term := range analyser.Terms(p.Language, text) {
				if counts[term] == 0 {
					index.documents[term]++
				}
				counts[term] += weight
				n++
			}
		}
		index.frequency, index.length = append(index.frequency, counts), append(index.length, n)
		index.average += n / float64(len(passages))
	}
	return index
}

func (index *bm25) SearchTerms(_ context.Context, _ localrag.Scope, language string, terms []string, limit int) ([]localrag.Scored, error) {
	var found []localrag.Scored
	for i, p := range index.passages {
		if language != "" && p.Language != "" && p.Language != language {
			continue
		}
		score := 0.0
		for _, term := range terms {
			f, df := index.frequency[i][term], float64(index.documents[term])
			idf := math.Log((float64(len(index.passages))-df+.5)/(df+.5) + 1)
			score += idf * f * 2.2 / (f + 1.2*(.25+.75*index.length[i]/index.average))
		}
		if score > 0 {
			found = append(found, localrag.Scored{ID: p.ID, Score: score})
		}
	}
	slices.SortFunc(found, func(a, b localrag.Scored) int { return cmp.Compare(b.Score, a.Score) })
	return found[:min(limit, len(found))], nil
}

// TestKeywordQuality keeps the analyser's share of retrieval from getting
// worse unnoticed: sections of four laws, by number and by a heading that does
// not stand in the text.
func TestKeywordQuality(t *testing.T) {
	set, err := localrag.LoadEvalSet("testdata/laws")
	if err != nil {
		t.Fatal(err)
	}
	chunker := localrag.NewChunker(localrag.ChunkerOptions{})
	var passages []localrag.Passage
	for _, document := range set.Documents {
		for i, chunk := range chunker.Chunk(document.Parsed()) {
			passages = append(passages, localrag.Passage{ID: int64(len(passages) + 1), DocumentID: document.ID, Ordinal: i, Chunk: chunk})
		}
	}
	analyser := localrag.NewAnalyser()
	index := newBM25(analyser, passages)
	retriever := &localrag.Retriever{Keyword: index, Passages: index, Analyser: analyser}
	runs := map[string][]string{}
	for _, query := range set.Queries {
		result, err := retriever.Retrieve(t.Context(), localrag.Query{Question: query.Text})
		if err != nil {
			t.Fatal(err)
		}
		runs[query.ID] = localrag.BestOf(result.Fused, func(id int64) string { return passages[id-1].DocumentID })
	}
	for kind, floor := range map[string][2]float64{"number": {1, 1}, "heading": {.5, .83}} {
		m := localrag.Score(set.Where("kind", kind), runs)
		t.Logf("%s: %d questions, R@1 %.3f R@5 %.3f MRR@10 %.3f", kind, m.Queries, m.Recall[1], m.Recall[5], m.MRR10)
		if m.Recall[1] < floor[0] || m.Recall[5] < floor[1] {
			t.Errorf("%s: R@1 %.3f R@5 %.3f, want %v", kind, m.Recall[1], m.Recall[5], floor)
		}
	}
}
