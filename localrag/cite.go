package localrag

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Sentence is one sentence of an answer, in byte offsets of its Markdown, with
// the passages that support it.
type Sentence struct {
	Start, End int
	Match
}

// Match tells which passages support a sentence.
type Match struct {
	// Citations are passage numbers from 1, the best first; empty unless Supported.
	Citations []int
	Supported bool
	// Neutral sentences claim nothing that could be looked up: greetings,
	// "Here is a summary:", questions, "The documents do not say."
	Neutral bool
	// Undecided sentences are not supported by their words, but something may
	// still say the same in other words: see [Matcher.MatchMeanings].
	Undecided bool
	// Score is the share of the sentence's content found in the best passage,
	// from 0 to 1, weighted by how telling the words are.
	Score float64
}

// The limits were set on a labelled test set of German and English sentences.
const (
	supportedFrom = .55
	// alsoSupports is how much less than the best a further citation may score.
	alsoSupports = .1
	maxCitations = 3
	// wholePassage discounts words that stand in one passage, but apart.
	wholePassage = .85
	// figureWeight counts a figure, a date or a name more than a plain word.
	figureWeight = 1.6
	// strangeName is what is left of a score for each name the passage does not
	// know: the same sentence about another person or town.
	strangeName = .55
)

// Matcher checks the sentences of an answer against passages by their words,
// figures and negations. Build one per answer; after that a sentence costs
// well under a millisecond. Safe for concurrent use.
type Matcher struct {
	analyser  *Analyser
	passages  []matchPassage
	sentences []matchSentence
	postings  map[string][]int32 // language + term → sentences that hold it
	languages []string           // of the passages

	mu      sync.Mutex
	vectors map[int][]float32 // of sentences, as far as they were compared by meaning
}

type matchPassage struct {
	text        string
	language    string
	first, last int // its sentences
	heading     map[string]bool
	terms       map[string]bool // of text and heading
	context     map[string]bool // figures of the heading
}

type matchSentence struct {
	Span    // in its passage's text
	passage int
	facts   facts
}

// NewMatcher prepares passages; a citation's number is the place in this list,
// from 1.
func NewMatcher(passages []Passage) *Matcher {
	m := &Matcher{analyser: NewAnalyser(), postings: map[string][]int32{}, vectors: map[int][]float32{}}
	for _, p := range passages {
		m.add(p)
	}
	return m
}

func (m *Matcher) add(p Passage) {
	language := p.Language
	if !slices.Contains(m.languages, language) {
		m.languages = append(m.languages, language)
	}
	passage := matchPassage{text: p.Text, language: language, first: len(m.sentences), heading: map[string]bool{}, terms: map[string]bool{}, context: factsIn(p.Heading, true).figures}
	for _, term := range m.analyser.Terms(language, p.Heading) {
		passage.heading[term], passage.terms[term] = true, true
	}
	for _, span := range lineSentences(language, p.Text) {
		text := p.Text[span.Start:span.End]
		number := int32(len(m.sentences))
		sentence := matchSentence{Span: span, passage: len(m.passages), facts: factsIn(text, true)}
		for _, term := range distinct(m.analyser.Terms(language, text)) {
			key := language + ":" + term
			m.postings[key] = append(m.postings[key], number)
			passage.terms[term] = true
		}
		m.sentences = append(m.sentences, sentence)
	}
	passage.last = len(m.sentences)
	m.passages = append(m.passages, passage)
}

// lineSentences splits at sentences; in text without full stops (tables,
// lists) at lines, so that a quotation is not a page.
func lineSentences(language, text string) []Span {
	const long = 300
	var spans []Span
	for _, s := range Sentences(language, text) {
		if s.End-s.Start < long || !strings.Contains(text[s.Start:s.End], "\n") {
			spans = append(spans, s)
			continue
		}
		for start := s.Start; start < s.End; {
			end := strings.IndexByte(text[start:s.End], '\n')
			if end < 0 {
				end = s.End - start
			}
			spans = appendTrimmed(spans, text, start, start+end)
			start += end + 1
		}
	}
	return spans
}

// MatchAnswer checks every sentence of a Markdown answer.
func (m *Matcher) MatchAnswer(markdown string) []Sentence {
	language := DetectLanguage(markdown)
	var sentences []Sentence
	for _, span := range MarkdownSentences(language, markdown) {
		match := m.MatchSentence(language, markdown[span.Start:span.End])
		sentences = append(sentences, Sentence{span.Start, span.End, match})
	}
	return sentences
}

// MatchSentences checks an answer once; for a stream keep a [Matcher].
func MatchSentences(markdown string, passages []Passage) []Sentence {
	return NewMatcher(passages).MatchAnswer(markdown)
}

// MatchSentence checks one sentence, in Markdown or plain. Language is the
// answer's; "" lets the sentence tell.
func (m *Matcher) MatchSentence(language, sentence string) Match {
	claim := m.claim(language, sentence)
	if claim.neutral {
		return Match{Neutral: true}
	}
	supports := m.supports(claim)
	var match Match
	for _, s := range supports {
		match.Score = max(match.Score, s.score)
	}
	for _, s := range supports {
		if s.score >= supportedFrom && s.score >= match.Score-alsoSupports && len(match.Citations) < maxCitations {
			match.Citations = append(match.Citations, s.passage+1)
		}
	}
	match.Supported = len(match.Citations) > 0
	match.Undecided = !match.Supported && len(m.agreeing(claim, nil)) > 0
	return match
}

// Quote returns the part of a passage (numbered from 1) that supports the
// sentence best, as byte offsets into its text: one sentence, or two adjacent
// ones if only together they hold it.
func (m *Matcher) Quote(passage int, sentence string) Span {
	if passage < 1 || passage > len(m.passages) {
		return Span{}
	}
	p := m.passages[passage-1]
	if p.first == p.last {
		return Span{0, len(p.text)}
	}
	claim := m.claim("", sentence)
	s := m.support(claim, passage-1, m.hits(claim))
	return Span{m.sentences[s.from].Start, m.sentences[s.to].End}
}

// Quote finds the best supporting part of one passage.
func Quote(p Passage, sentence string) (start, end int) {
	span := NewMatcher([]Passage{p}).Quote(1, sentence)
	return span.Start, span.End
}

// claim is what a sentence says, taken apart for one comparison.
type claim struct {
	text     string
	language string
	neutral  bool
	terms    map[string][]string // by passage language
	names    []string
	facts    facts
	negated  bool
}

func (m *Matcher) claim(language, sentence string) claim {
	text := plainText(sentence)
	if language == "" {
		language = DetectLanguage(text)
	}
	c := claim{text: text, language: language, terms: map[string][]string{}, facts: factsIn(text, false), negated: isNegated(text)}
	own := m.contentTerms(language, text)
	if len(own) == 0 && len(c.facts.figures) == 0 || isNeutral(text, own, len(c.facts.figures)) {
		c.neutral = true
		return c
	}
	c.terms[language] = own
	c.names = m.namesIn(language, text)
	for _, l := range m.languages {
		if _, ok := c.terms[l]; !ok {
			// Compared in the passage's own terms: names and loan words may meet.
			c.terms[l] = m.contentTerms(l, text)
		}
	}
	return c
}

// contentTerms are the sentence's distinct terms; of a compound the whole and
// its parts. Weekdays are facts: Wednesday is in "Monday to Friday".
func (m *Matcher) contentTerms(language, text string) []string {
	return distinct(m.analyser.Terms(language, weekdayWord.ReplaceAllString(text, " ")))
}

// hits are the weights of the terms a sentence shares with a claim.
type hits map[int32]map[string]float64

// weight of a term: rarer among the passages' sentences is more telling; one
// that is in none of them is what the passages do not say.
func (m *Matcher) weight(language, term string) float64 {
	n := float64(len(m.sentences) + 1)
	w := math.Log(1 + n/(float64(len(m.postings[language+":"+term]))+.5))
	if hasDigit(term) {
		w *= figureWeight
	}
	// With few passages all words are rare: keep the spread moderate.
	return 1 + w/math.Log(1+2*n)
}

// hits collects, for each sentence, the terms it shares with the claim.
func (m *Matcher) hits(c claim) hits {
	found := hits{}
	for _, language := range m.languages {
		for _, term := range c.terms[language] {
			key := language + ":" + term
			weight := m.weight(language, term)
			for _, sentence := range m.postings[key] {
				if found[sentence] == nil {
					found[sentence] = map[string]float64{}
				}
				found[sentence][term] = weight
			}
		}
	}
	return found
}

// supportOf is how well one passage supports a claim, and where.
type supportOf struct {
	passage  int
	score    float64
	from, to int // sentences
}

// supports rates all passages that share anything with the claim, best first.
func (m *Matcher) supports(c claim) []supportOf {
	found := m.hits(c)
	touched := map[int]bool{}
	for sentence := range found {
		touched[m.sentences[sentence].passage] = true
	}
	var supports []supportOf
	for passage := range touched {
		if s := m.support(c, passage, found); s.score > 0 {
			supports = append(supports, s)
		}
	}
	slices.SortFunc(supports, func(a, b supportOf) int {
		if a.score != b.score {
			if a.score > b.score {
				return -1
			}
			return 1
		}
		return a.passage - b.passage
	})
	return supports
}

// support rates one passage: the best one or two adjacent sentences that do not
// contradict the claim, or the passage as a whole at a discount.
func (m *Matcher) support(c claim, passage int, found hits) supportOf {
	p := m.passages[passage]
	terms := c.terms[p.language]
	total, inHeading := 0.0, map[string]bool{}
	for _, term := range terms {
		total += m.weight(p.language, term)
		if p.heading[term] {
			inHeading[term] = true
		}
	}
	best := supportOf{passage: passage, from: p.first, to: p.first}
	if total == 0 {
		return best
	}
	whole, all := map[string]float64{}, facts{}
	nearest, refused := 0.0, false // the window with most words, and whether it contradicts
	for i := p.first; i < p.last; i++ {
		for term, weight := range found[int32(i)] {
			whole[term] = weight
		}
		if len(found[int32(i)]) > 0 {
			all = all.join(m.sentences[i].facts)
		}
		for _, to := range []int{i, i + 1} {
			if to >= p.last {
				continue
			}
			share := m.shareOf(p.language, terms, inHeading, found[int32(i)], found[int32(to)]) / total
			if to > i {
				share *= .97 // one sentence is the better quotation
			}
			if share <= best.score {
				continue
			}
			agreed := m.agreed(c, p, i, to, share)
			if share > nearest {
				nearest, refused = share, agreed < share
			}
			if agreed > best.score {
				best.score, best.from, best.to = agreed, i, to
			}
		}
	}
	if share := wholePassage * m.shareOf(p.language, terms, inHeading, whole, nil) / total; share > best.score && !refused && !all.contradicts(c.facts, p.context) {
		best.score = share
	}
	for _, name := range c.names {
		if terms := m.analyser.Terms(p.language, name); len(terms) > 0 && !p.terms[terms[0]] {
			best.score *= strangeName
		}
	}
	return best
}

// agreed lowers a window's share below support if it contradicts the claim: by
// its figures, by a word that excludes the claim's, or if only one side is
// negated.
func (m *Matcher) agreed(c claim, p matchPassage, from, to int, share float64) float64 {
	source := m.sentences[from].facts
	if to > from {
		source = source.join(m.sentences[to].facts)
	}
	if source.contradicts(c.facts, p.context) {
		return min(share, supportedFrom/2)
	}
	text := p.text[m.sentences[from].Start:m.sentences[to].End]
	negated := false
	if p.language == c.language {
		negated = m.negatedNear(text, p.language, c) != source.turned(c.facts)
	} else {
		negated = isNegated(text) // no words in common that would tell the clause
	}
	if c.negated != negated {
		return min(share, supportedFrom*.8)
	}
	return share
}

// shareOf sums the weights of the terms found; a term that stands only in the
// heading counts half.
func (m *Matcher) shareOf(language string, terms []string, inHeading map[string]bool, a, b map[string]float64) float64 {
	sum := 0.0
	for _, term := range terms {
		if w, ok := a[term]; ok {
			sum += w
		} else if w, ok := b[term]; ok {
			sum += w
		} else if inHeading[term] {
			sum += m.weight(language, term) / 2
		}
	}
	return sum
}

// clauseBorder is where a negation stops counting.
var clauseBorder = regexp.MustCompile(`[,;:–—().\n]|\s(?:und|aber|sondern|jedoch|sowie|and|but|however|who|which)\s`)

// negatedNear tells whether the clauses of source that share words with the
// claim are negated: a long sentence may negate something else.
func (m *Matcher) negatedNear(source, language string, c claim) bool {
	wanted := map[string]bool{}
	for _, term := range c.terms[language] {
		wanted[term] = true
	}
	type clause struct {
		shared  int
		negated bool
	}
	var clauses []clause
	most := 0
	for _, part := range clauseBorder.Split(source, -1) {
		n := 0
		for _, term := range distinct(m.analyser.Terms(language, part)) {
			if wanted[term] {
				n++
			}
		}
		clauses = append(clauses, clause{n, isNegated(part)})
		most = max(most, n)
	}
	for _, cl := range clauses {
		if cl.negated && cl.shared > 0 && 2*cl.shared >= most {
			return true
		}
	}
	return false
}
