package localrag

import (
	"cmp"
	"math"
	"slices"
)

const (
	// exactWeight lets the passage that names the identifier asked for best win
	// over everything the other rankings say: 3 > 3 × exactShare + 1.
	exactWeight = 3
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
	fused := make([]Scored, 0, len(total))
	for id, score := range total {
		fused = append(fused, Scored{id, score})
	}
	slices.SortFunc(fused, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return fused
}

func (run *retrieval) fuseQuestion(q *question) map[int64]float64 {
	weight := run.profile.weight(q.language)
	if run.result.KeywordOnly {
		weight = 0
	}
	scores := map[int64]float64{}
	addScaled(scores, q.keyword, 1-weight)
	run.addForeign(scores, q, (1-weight)*foreignWeight)
	addScaled(scores, named(q.exact), exactWeight)
	if weight == 0 || len(q.vector) == 0 {
		return scores
	}
	top := q.vector[0].Score
	width := max(top-q.vector[len(q.vector)-1].Score, run.profile.Spread)
	for _, s := range q.vector {
		near := max(0, 1-(top-s.Score)/width)
		scores[s.ID] += weight * near
		// The keyword ranking holds passages in the question's language only.
		// One in another language is judged by its vector alone, not as one
		// that lacks the words: without this the recall@5 of translations in a
		// mixed library falls from .87 to .67.
		if language := run.loaded[s.ID].Language; q.language != "" && language != "" && language != q.language {
			scores[s.ID] += (1 - weight) * near
		}
	}
	return scores
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

const (
	// wordsWorth weighs found words against cosines. With the thresholds of the
	// profile at least 98.5 % of the answerable questions of each development
	// set pass, and 79 to 93 % of questions about something else are caught;
	// the cosine alone catches 2 to 51 %.
	wordsWorth = .15
	// leastCovered is the share of words that must be found when nothing else
	// can be told.
	leastCovered = .28
	// mayAnswer is how many of the best passages may hold the answer's words.
	mayAnswer = 5
	// rarityDepth is how much of each ranking tells rare words from common ones.
	rarityDepth = 50
)

// nothing decides whether no passage is about the question.
func (run *retrieval) nothing() bool {
	if len(run.result.Passages) == 0 {
		return true
	}
	for i := range run.questions {
		if q := &run.questions[i]; len(named(q.exact)) > 0 || run.isAbout(q) {
			return false
		}
	}
	return true
}

// isAbout tells whether one form of the question found something about it.
func (run *retrieval) isAbout(q *question) bool {
	if run.Analyser.asksForWhole(q.terms) {
		return true
	}
	profile := run.profile
	if run.result.KeywordOnly || len(q.vector) == 0 {
		return run.covered(q, false) >= leastCovered || len(q.foreign) > 0
	}
	nearest := q.vector[0]
	language := run.loaded[nearest.ID].Language
	foreign := q.language != "" && language != "" && language != q.language
	switch {
	case foreign:
		return nearest.Score >= profile.RelatedForeign || run.covered(q, false) >= .5
	case profile.Related == 0:
		return run.covered(q, false) >= leastCovered
	case nearest.Score >= profile.Related:
		return true
	}
	return nearest.Score+wordsWorth*run.covered(q, true) >= profile.Related
}

// covered is the greatest share of the question's terms held by one of the
// best passages. Weighted counts a term the more the fewer candidates hold it:
// the word that is nowhere in the library is what the question is about.
func (run *retrieval) covered(q *question, weighted bool) float64 {
	held := make([]map[string]bool, 0, mayAnswer)
	for _, p := range run.result.Passages[:min(mayAnswer, len(run.result.Passages))] {
		held = append(held, run.termsOf(q.language, p.Passage))
	}
	weights := make([]float64, len(q.terms))
	total := 0.0
	rarity := func(string) float64 { return 1 }
	if weighted {
		rarity = run.rarity(q)
	}
	for i, term := range q.terms {
		weights[i] = rarity(term)
		total += weights[i]
	}
	best := 0.0
	for _, terms := range held {
		sum := 0.0
		for i, term := range q.terms {
			if terms[term] {
				sum += weights[i]
			}
		}
		best = max(best, sum)
	}
	if total == 0 {
		return 0
	}
	return best / total
}

// rarity weighs terms by how few of the candidates hold them.
func (run *retrieval) rarity(q *question) func(term string) float64 {
	seen := map[int64]bool{}
	count := map[string]int{}
	for _, list := range [][]Scored{q.keyword, q.vector} {
		for _, s := range list[:min(rarityDepth, len(list))] {
			if seen[s.ID] {
				continue
			}
			seen[s.ID] = true
			for term := range run.termsOf(q.language, run.loaded[s.ID]) {
				count[term]++
			}
		}
	}
	n := float64(len(seen))
	return func(term string) float64 {
		return math.Log((n + 1) / (float64(count[term]) + .5))
	}
}

func (run *retrieval) termsOf(language string, p Passage) map[string]bool {
	held := map[string]bool{}
	for _, part := range []string{p.Heading, p.Text} {
		for _, term := range run.Analyser.Terms(language, part) {
			held[term] = true
		}
	}
	return held
}
