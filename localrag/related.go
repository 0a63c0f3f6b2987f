package localrag

import "math"

// Whether anything found is about the question is a logistic judgement over
// the figures below. Its weights were learned on questions about the documents
// and about something else (omos-de-dev and xquad-de with the other's questions,
// omos-en-dev and xquad-en likewise) and rounded. Learned on the German half
// alone they refuse 99.2 and 95.5 % of the others in the English half, where
// 95.6 and 97.2 % of the answerable questions pass. Weights of cosines are in
// units of e5's spread, so that they fit other embedders.
const (
	spreadOfLearning = .04 // of the profile the weights were learned with
	nearestWorth     = 99.6
	peakWorth        = 8.1   // how far the nearest stands out
	bestCoveredWorth = 4.2   // words held by the best passage
	bestSideWorth    = 5.8   // and words that stand there as in the question
	sentenceWorth    = 2.85  // words held by one sentence of one of the best
	perTermWorth     = -1.79 // keyword score for each term, in tens
	agreementWorth   = .91   // the nearest passage is among the best by words
	aboutBias        = -.7
)

// Support tells questions the documents answer from those that are merely
// about the same: learned on omos-de-dev's unanswerable questions, area under
// the curve .76 in five-fold cross-validation.
const (
	peakSupport     = 32.7
	sentenceSupport = 1.67
	supportBias     = -2.4
)

const (
	// leastCovered is the share of words that must be found when nothing else
	// can be told.
	leastCovered = .28
	// mayAnswer is how many of the best passages may hold the answer's words.
	mayAnswer = 5
	// peakDepth is the passage by vectors that the nearest one is compared with.
	peakDepth = 20
)

// judge decides whether no passage is about the question, and how much speaks
// for an answer.
func (run *retrieval) judge() {
	result := &run.result
	result.Nothing = true
	if len(result.Passages) == 0 {
		return
	}
	for i := range run.questions {
		q := &run.questions[i]
		if len(named(q.exact)) > 0 {
			result.Nothing, result.Support = false, 1
			return
		}
		if run.isAbout(q) {
			result.Nothing = false
		}
		result.Support = max(result.Support, run.support(q))
	}
}

// isAbout tells whether one form of the question found something about it.
func (run *retrieval) isAbout(q *question) bool {
	if run.Analyser.asksForWhole(q.terms) {
		return true
	}
	profile := run.profile
	if run.result.KeywordOnly || len(q.vector) == 0 {
		return run.heldTerms(q) >= leastCovered || len(q.foreign) > 0
	}
	if run.unembeddedHeld(q) >= leastCovered {
		return true // the vectors cannot tell: they do not know the passage yet
	}
	nearest := q.vector[0]
	switch {
	case run.isForeign(q, nearest.ID):
		return nearest.Score >= profile.RelatedForeign || run.heldTerms(q) >= .5
	case profile.Related == 0 || profile.weight(q.language) == 0:
		return run.heldTerms(q) >= leastCovered
	}
	best := run.evidenceOf(q, run.result.Passages[0].ID)
	words := aboutBias + bestCoveredWorth*best.covered + bestSideWorth*best.adjacent + sentenceWorth*run.bestSentence(q)
	if n := len(q.terms); n > 0 && len(q.keyword) > 0 {
		words += perTermWorth * q.keyword[0].Score / float64(n) / 10
	}
	if run.agrees(q, nearest.ID) {
		words += agreementWorth
	}
	scale := spreadOfLearning / profile.Spread
	return scale*(nearestWorth*(nearest.Score-profile.Related)+peakWorth*run.peak(q))+words >= 0
}

// agrees tells whether a passage is among the best by words.
func (run *retrieval) agrees(q *question, id int64) bool {
	for _, s := range q.keyword {
		if s.ID == id {
			return s.Score > exactShare*q.keyword[0].Score
		}
	}
	return false
}

// peak is how much nearer the nearest passage is than the twentieth. In a
// library of fewer passages there is no crowd to stand out from.
func (run *retrieval) peak(q *question) float64 {
	if len(q.vector) <= peakDepth {
		return run.profile.Spread
	}
	return q.vector[0].Score - q.vector[peakDepth].Score
}

// bestSentence is the greatest share of the question's terms held by one
// sentence of the best passages.
func (run *retrieval) bestSentence(q *question) float64 {
	best := 0.0
	for _, p := range run.result.Passages[:min(mayAnswer, len(run.result.Passages))] {
		best = max(best, run.evidenceOf(q, p.ID).sentence)
	}
	return best
}

// heldTerms is the greatest share of the terms held by one of the best
// passages, where all terms weigh the same. Without vectors all
// candidates hold a term, so how many do says nothing of it.
func (run *retrieval) heldTerms(q *question) float64 {
	best := 0.0
	for _, p := range run.result.Passages[:min(mayAnswer, len(run.result.Passages))] {
		best = max(best, run.evidenceOf(q, p.ID).terms)
	}
	return best
}

// unembeddedHeld is heldTerms of passages that have no vector yet.
func (run *retrieval) unembeddedHeld(q *question) float64 {
	best := 0.0
	for _, p := range run.result.Passages[:min(mayAnswer, len(run.result.Passages))] {
		if run.wordsOnly[p.ID] {
			best = max(best, run.evidenceOf(q, p.ID).terms)
		}
	}
	return best
}

// support is a chance, as far as words and cosines can tell.
func (run *retrieval) support(q *question) float64 {
	evidence := supportBias + sentenceSupport*run.bestSentence(q)
	if run.result.KeywordOnly || len(q.vector) == 0 {
		evidence += peakSupport * spreadOfLearning // what a usual peak is worth
	} else {
		evidence += peakSupport * run.peak(q) * spreadOfLearning / run.profile.Spread
	}
	return 1 / (1 + math.Exp(-evidence))
}
