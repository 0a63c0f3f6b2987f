package localrag

import (
	"cmp"
	"math"
	"slices"
)

// The weights below were learned as a linear ranking on German and English
// sets together and rounded: recall@1/@5 of .613/.899 on omos-de-dev, .538/.882
// on omos-en-dev, .758/.926 on xquad-r-de, .955/.995 on xquad-de and .968/.998
// on xquad-en, where equal weights of the two scores alone gave .585/.882,
// .516/.865, .740/.921, .952/.992 and .965/.997. Learned on two thirds of
// omos-de-dev, xquad-r-de and xquad-de they gave .604/.894, .760/.924 and
// .952/.995 on the rest.
const (
	// keywordShare is the keyword score's weight for each 1 that is not the
	// vector's: the words' evidence below takes the rest.
	keywordShare = .85
	// nearShare and sentenceShare weigh words that stand side by side as in the
	// question, and the best single sentence.
	nearShare     = .34
	sentenceShare = .2
	// parentShare lets a passage inherit from the start of its document, which
	// says what the whole is about, and firstBonus favours that start itself.
	parentShare = .2
	firstBonus  = .08
	// partlyShare is what a score without words counts while passages wait for
	// their vectors.
	partlyShare = .1
	// refined is how many candidates are looked at word by word.
	refined = 30
)

const (
	// exactWeight lets the passage that names the identifier asked for best win
	// over everything the other rankings say: 4 > 4 × exactShare + 1.5.
	exactWeight = 4
	// exactShare is how near to the best a further passage must come to count
	// as one that names the identifier, not just mentions a part of it.
	exactShare = .6
	// maxExact: what more passages share identifies none of them.
	maxExact = 20
	// foreignWeight: shared names and loan words are thin evidence across languages.
	foreignWeight = .5
)

// fuse combines the rankings of all forms of the question. Scores, not ranks,
// are added up, each scaled to 0…1 in its list: with equal weights this gave
// R@1/R@5 of .952/.993 on xquad-de where reciprocal ranks (k = 10) gave
// .931/.990, and .965/.997 against .952/.994 on xquad-en.
func (run *retrieval) fuse() []Scored {
	total := map[int64]float64{}
	for i := range run.questions {
		q := &run.questions[i]
		for id, score := range run.fuseQuestion(q) {
			if _, ok := run.loaded[id]; ok { // deleted meanwhile
				total[id] += q.weight * score
			}
		}
	}
	return sorted(total)
}

func sorted(scores map[int64]float64) []Scored {
	list := make([]Scored, 0, len(scores))
	for id, score := range scores {
		list = append(list, Scored{id, score})
	}
	slices.SortFunc(list, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (run *retrieval) fuseQuestion(q *question) map[int64]float64 {
	weight := run.profile.weight(q.language)
	if run.result.KeywordOnly || len(q.vector) == 0 {
		weight = 0
	}
	scores := run.fuseWith(q, weight)
	if weight == 0 || !run.partlyEmbedded(q) {
		return scores
	}
	// The nearest of a few is near to nothing in particular: until the rest has
	// vectors words decide, and what only vectors found comes after.
	byWords := run.fuseWith(q, 0)
	for id, score := range scores {
		if _, found := byWords[id]; !found {
			byWords[id] = partlyShare * score
		}
	}
	return byWords
}

// partlyEmbedded tells whether one of the best passages by words has no vector
// yet.
func (run *retrieval) partlyEmbedded(q *question) bool {
	for _, s := range q.keyword[:min(refined, len(q.keyword))] {
		if run.wordsOnly[s.ID] {
			return true
		}
	}
	return false
}

// fuseWith gives the vectors a weight from 0 to 1, words the rest.
func (run *retrieval) fuseWith(q *question, weight float64) map[int64]float64 {
	words := 1 - weight
	near := run.nearness(q, weight)
	base := func(trust float64) map[int64]float64 {
		scores := map[int64]float64{}
		addScaled(scores, q.keyword, words*keywordShare*trust)
		run.addForeign(scores, q, words*keywordShare*foreignWeight)
		for id, n := range near {
			scores[id] += n
		}
		return scores
	}
	best := sorted(base(1))
	run.weigh(q, best[:min(refined, len(best))])
	// The less of the question the best passage by words holds, the less its
	// ranking says.
	trust := 1.0
	if len(q.keyword) > 0 {
		trust = math.Sqrt(run.evidenceOf(q, q.keyword[0].ID).covered)
	}
	scores := base(trust)
	for _, s := range best[:min(refined, len(best))] {
		e := q.evidence[s.ID]
		scores[s.ID] += words * (nearShare*e.adjacent + sentenceShare*e.sentence)
	}
	run.addParents(scores)
	addScaled(scores, named(q.exact), exactWeight)
	return scores
}

// nearness scales cosines so that the nearest passage has the vector's weight
// and the farthest of the list nothing.
func (run *retrieval) nearness(q *question, weight float64) map[int64]float64 {
	scores := map[int64]float64{}
	if weight == 0 {
		return scores
	}
	top := q.vector[0].Score
	width := max(top-q.vector[len(q.vector)-1].Score, run.profile.Spread)
	for _, s := range q.vector {
		near := max(0, 1-(top-s.Score)/width)
		scores[s.ID] = weight * near
		// The keyword ranking holds passages in the question's language only.
		// One in another language is judged by its vector alone, not as one
		// that lacks the words: without this the recall@5 of translations in a
		// mixed library falls from .87 to .67.
		if run.isForeign(q, s.ID) {
			scores[s.ID] = max(scores[s.ID], run.profile.Foreign*near)
		}
	}
	return scores
}

func (run *retrieval) isForeign(q *question, id int64) bool {
	language := run.loaded[id].Language
	return q.language != "" && language != "" && language != q.language
}

// addParents lets passages share in the score of their document's first one.
func (run *retrieval) addParents(scores map[int64]float64) {
	first := map[string]float64{}
	for id, score := range scores {
		if p := run.loaded[id]; p.Ordinal == 0 && p.DocumentID != "" {
			first[p.DocumentID] = max(first[p.DocumentID], score)
		}
	}
	for id := range scores {
		p := run.loaded[id]
		scores[id] += parentShare * first[p.DocumentID]
		if _, ok := first[p.DocumentID]; ok && p.Ordinal == 0 {
			scores[id] += firstBonus
		}
	}
}

// named keeps the passages that name an identifier, none if that is nearly
// everywhere, as a domain or a product's number may be.
func named(exact []Scored) []Scored {
	n := 0
	for n < len(exact) && exact[n].Score >= exactShare*exact[0].Score {
		n++
	}
	if n > maxExact {
		return nil
	}
	return exact[:n]
}

// addForeign adds what the search in the question's own language could not
// see, on the same scale: BM25 scores of one index are comparable.
func (run *retrieval) addForeign(scores map[int64]float64, q *question, weight float64) {
	best := max(bestOf(q.keyword), bestOf(q.foreign))
	for _, s := range q.foreign {
		if best > 0 && run.loaded[s.ID].Language != "" {
			scores[s.ID] += weight * max(0, s.Score) / best
		}
	}
}

// addScaled adds weight × score, scaled so that the best of the list has 1.
func addScaled(scores map[int64]float64, list []Scored, weight float64) {
	best := bestOf(list)
	for _, s := range list {
		if best > 0 {
			scores[s.ID] += weight * max(0, s.Score) / best
		}
	}
}

func bestOf(list []Scored) float64 {
	if len(list) == 0 {
		return 0
	}
	return list[0].Score
}
