package localrag

import (
	"context"
	"math"
	"strings"
)

// Words decide most sentences and cost nothing. What they leave open (a
// paraphrase, an answer in another language than the document) is compared by
// embeddings. Figures, names and negations must agree all the same: to an
// embedder "eight hours" and "six hours" are nearly the same sentence.

// MeaningLimits are the cosines of query embeddings from which a sentence of a
// passage supports a claim. Cosines of different models are not comparable.
type MeaningLimits struct {
	// Same is for a passage in the claim's language, which must also share words.
	Same float64
	// Foreign is for a passage in another language, ForeignFigures if figures of
	// the claim are found there.
	Foreign, ForeignFigures float64
}

// MeaningLimitsFor returns the limits of an embedder by its name or prefix
// scheme; zero limits for one that was not measured, which then decides
// nothing. Set on the development half of testdata/sentences.
func MeaningLimitsFor(scheme string) MeaningLimits {
	if strings.Contains(strings.ToLower(scheme), "e5") {
		return MeaningLimits{Same: .955, Foreign: .877, ForeignFigures: .866}
	}
	return MeaningLimits{}
}

const (
	// sharedAtLeast is the share of words below which sentences of one language
	// are not compared by meaning.
	sharedAtLeast = .3
	// comparedAtMost bounds the sentences that are embedded for one call.
	comparedAtMost = 48
	// windowsOfClaim bounds them for one claim.
	windowsOfClaim = 24
)

// window is one sentence of a passage, or two adjacent ones.
type window struct {
	passage  int
	from, to int
	share    float64 // of the claim's words, in the passage's language
	foreign  bool
	figures  bool // holds figures of the claim
}

// MatchMeanings compares sentences that [Matcher.MatchSentence] left undecided
// with the passages by embeddings, in at most two requests. Near names the
// passages (from 1) to look at for a claim's vector, the nearest first; nil
// looks at all. Matches are in the order of the sentences.
func (m *Matcher) MatchMeanings(ctx context.Context, e QueryEmbedder, near func(vector []float32) []int, limits MeaningLimits, language string, sentences []string) ([]Match, error) {
	matches := make([]Match, len(sentences))
	if limits.Foreign == 0 || len(sentences) == 0 {
		return matches, nil
	}
	claims, texts := make([]claim, len(sentences)), make([]string, len(sentences))
	for i, sentence := range sentences {
		claims[i] = m.claim(language, sentence)
		texts[i] = claims[i].text
	}
	vectors, err := e.EmbedQueries(ctx, texts)
	if err != nil {
		return nil, err
	}
	windows := make([][]window, len(claims))
	for i, c := range claims {
		var passages []int
		if near != nil {
			passages = near(vectors[i])
		}
		windows[i] = m.agreeing(c, passages)
	}
	if err := m.embedSentences(ctx, e, windows); err != nil {
		return nil, err
	}
	for i := range claims {
		matches[i] = m.nearest(vectors[i], windows[i], limits)
	}
	return matches, nil
}

// agreeing lists the windows that do not contradict a claim, the likeliest
// first.
func (m *Matcher) agreeing(c claim, passages []int) []window {
	if passages == nil {
		for i := range m.passages {
			passages = append(passages, i+1)
		}
	}
	found := m.hits(c)
	var first, rest []window
	for _, number := range passages {
		if number < 1 || number > len(m.passages) {
			continue
		}
		p := m.passages[number-1]
		foreign := p.language != c.language
		terms, total := c.terms[p.language], 0.0
		for _, term := range terms {
			total += m.weight(p.language, term)
		}
		for from := p.first; from < p.last; from++ {
			for to := from; to <= from+1 && to < p.last; to++ {
				w := window{passage: number - 1, from: from, to: to, foreign: foreign}
				if total > 0 {
					w.share = m.shareOf(p.language, terms, p.heading, found[int32(from)], found[int32(to)]) / total
				}
				if !foreign && w.share < sharedAtLeast || m.agreed(c, p, from, to, 1) < 1 {
					continue
				}
				w.figures = len(c.facts.figures) > 0
				if w.figures || !foreign {
					first = append(first, w)
				} else {
					rest = append(rest, w)
				}
			}
		}
	}
	all := append(first, rest...)
	return all[:min(len(all), 2*windowsOfClaim)]
}

// embedSentences gets the vectors of the windows' sentences that are not known
// yet, in one request.
func (m *Matcher) embedSentences(ctx context.Context, e QueryEmbedder, windows [][]window) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var wanted []int
	var texts []string
	queued := map[int]bool{}
	for round := 0; len(wanted) < comparedAtMost; round++ {
		more := false
		for _, list := range windows {
			if round >= len(list) {
				continue
			}
			more = true
			for _, sentence := range []int{list[round].from, list[round].to} {
				if m.vectors[sentence] != nil || queued[sentence] || len(wanted) >= comparedAtMost {
					continue
				}
				s := m.sentences[sentence]
				queued[sentence] = true
				wanted, texts = append(wanted, sentence), append(texts, m.passages[s.passage].text[s.Start:s.End])
			}
		}
		if !more {
			break
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	vectors, err := e.EmbedQueries(ctx, texts)
	if err != nil {
		return err
	}
	for i, sentence := range wanted {
		m.vectors[sentence] = vectors[i]
	}
	return nil
}

// nearest picks the windows whose meaning is close enough.
func (m *Matcher) nearest(claim []float32, windows []window, limits MeaningLimits) Match {
	m.mu.Lock()
	defer m.mu.Unlock()
	best := map[int]float64{} // passage → cosine
	var match Match
	for _, w := range windows {
		cosine := m.cosine(claim, w)
		match.Score = max(match.Score, cosine)
		limit := limits.Same
		switch {
		case w.foreign && w.figures:
			limit = limits.ForeignFigures
		case w.foreign:
			limit = limits.Foreign
		}
		if cosine >= limit {
			best[w.passage] = max(best[w.passage], cosine)
		}
	}
	for len(match.Citations) < maxCitations && len(best) > 0 {
		at, top := -1, 0.0
		for passage, cosine := range best {
			if cosine > top || cosine == top && passage < at {
				at, top = passage, cosine
			}
		}
		const alsoNear = .02
		if len(match.Citations) > 0 && top < match.Score-alsoNear {
			break
		}
		match.Citations = append(match.Citations, at+1)
		delete(best, at)
	}
	match.Supported = len(match.Citations) > 0
	return match
}

// cosine of a claim and a window; two sentences count as the mean of both.
func (m *Matcher) cosine(claim []float32, w window) float64 {
	a, b := m.vectors[w.from], m.vectors[w.to]
	if len(a) != len(claim) || len(b) != len(claim) {
		return 0
	}
	if w.from == w.to {
		return float64(dot(claim, a))
	}
	norm := math.Sqrt(2 + 2*float64(dot(a, b)))
	return (float64(dot(claim, a)) + float64(dot(claim, b))) / max(norm, 1e-9)
}
