package localrag

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	defaultLimit      = 8
	defaultCandidates = 100
)

// Retriever finds the passages that may answer a question by words and by
// vectors. Vectors and Embedder may be nil: then it works by words alone.
type Retriever struct {
	Keyword  Keyword
	Vectors  VectorIndex
	Embedder QueryEmbedder
	Passages Passages
	// Unembedded tells which of these passages have no vector yet: while
	// documents are being indexed, the vectors know only some of them. nil means
	// that all have one.
	Unembedded func(ctx context.Context, ids []int64) ([]int64, error)
	Analyser   *Analyser
	Profile    Profile          // of the embedder; zero means ProfileFor("")
	Now        func() time.Time // nil: time.Now
}

// Query is one question with the conversation's earlier ones.
type Query struct {
	Question string
	// History holds the earlier questions of the conversation, oldest first.
	// "And in the second year?" is looked up with its predecessor.
	History []string
	// Standalone is a follow-up rewritten so that it can be understood without
	// History; it takes the place of the predecessor. "" if nobody rewrote it.
	Standalone string
	Scope      Scope
	Limit      int // passages wanted; 0 means 8
	// Candidates is the length of each list before fusion; 0 means 100.
	Candidates int
	// Allow filters the vector ranking, which does not know scopes; nil allows
	// everything the index holds.
	Allow func(id int64) bool
}

// Result is what was found and how.
type Result struct {
	// Passages are the best, loaded, without repeated texts.
	Passages []RankedPassage
	// Keyword, Vector and Fused are the whole rankings of the question itself,
	// Fused with what earlier questions and identifiers added.
	Keyword, Vector, Fused []Scored
	Language               string   // of the question: "de", "en", ""
	Terms, Identifiers     []string // of the question
	// LookedUp is the completed form in which a follow-up was looked up beside
	// its own words, "" for a question that stands alone.
	LookedUp string
	// Nothing means that no passage seems to be about the question. Passages
	// may still hold the nearest ones.
	Nothing bool
	// Support says how much speaks for it that the passages hold an answer, from
	// 0 to 1: comparable between questions, not between embedders.
	Support float64
	// KeywordOnly means that no vectors took part.
	KeywordOnly bool
	// KeywordError and EmbedError say why a ranking is missing. For the log.
	KeywordError, EmbedError error
	Timings                  Timings
}

// RankedPassage is a passage with its place in each ranking: ranks count from
// 1, 0 means absent.
type RankedPassage struct {
	Passage
	Score                   float64 // of the fusion
	KeywordRank, VectorRank int
	KeywordScore, Cosine    float64
}

// Timings are the wall times of the steps; Keyword runs beside Embed.
type Timings struct{ Embed, Keyword, Vector, Load, Total time.Duration }

// Retrieve answers with the best passages. It fails only if neither ranking
// could be made, the passages cannot be loaded, or ctx ends.
func (r *Retriever) Retrieve(ctx context.Context, query Query) (Result, error) {
	run := r.newRun(query)
	begin := run.now()
	keywords := make(chan struct{})
	go func() {
		defer close(keywords)
		run.searchKeywords(ctx)
	}()
	run.searchVectors(ctx)
	<-keywords
	if err := ctx.Err(); err != nil {
		return run.result, err
	}
	result := &run.result
	if result.KeywordError != nil && result.KeywordOnly {
		return *result, errors.Join(result.KeywordError, result.EmbedError)
	}
	if err := run.load(ctx); err != nil {
		return *result, fmt.Errorf("load passages: %w", err)
	}
	result.Fused = run.fuse()
	run.rank()
	run.judge()
	result.Timings.Total = run.now().Sub(begin)
	return *result, nil
}

// question is one form in which the query is looked up: the question itself,
// or with the one before it.
type question struct {
	text        string
	weight      float64
	language    string
	terms       []string
	identifiers []string
	keyword     []Scored
	foreign     []Scored // words in the other language, only without vectors
	exact       []Scored // passages with the identifiers
	vector      []Scored
	rarity      []float64 // of the terms, among the best candidates
	evidence    map[int64]evidence
}

// retrieval is the state of one Retrieve.
type retrieval struct {
	*Retriever
	query     Query
	profile   Profile
	now       func() time.Time
	questions []question
	loaded    map[int64]Passage
	wordsOnly map[int64]bool // of them, those that have no vector yet
	result    Result
}

// A follow-up is searched alone with double weight and joined to its
// predecessor with single weight: nearly as good as rewriting it by hand.
const (
	ownWeight      = 2.0
	followUpWeight = 1.0
	// bareWeight is for a follow-up of less than two words of content ("And how
	// much?"): alone it finds anything.
	bareWeight = .5
	// formalWeight is for the question in the words of documents.
	formalWeight = 1.0
)

func (r *Retriever) newRun(query Query) *retrieval {
	if query.Limit <= 0 {
		query.Limit = defaultLimit
	}
	if query.Candidates <= 0 {
		query.Candidates = defaultCandidates
	}
	query.Candidates = max(query.Candidates, query.Limit)
	run := &retrieval{Retriever: r, query: query, profile: r.Profile, now: r.Now}
	if run.profile == (Profile{}) {
		run.profile = ProfileFor("")
	}
	if run.now == nil {
		run.now = time.Now
	}
	run.add(query.Question, ownWeight)
	if form := run.completedForm(); form != "" {
		run.result.LookedUp = form
		run.add(form, followUpWeight)
		if len(run.questions[0].terms) < 2 {
			run.questions[0].weight = bareWeight
		}
	}
	if form := run.Analyser.formally(query.Question); form != "" {
		run.add(form, formalWeight)
	}
	own := run.questions[0]
	run.result.Language, run.result.Terms, run.result.Identifiers = own.language, own.terms, own.identifiers
	return run
}

// completedForm is a follow-up with what it refers to, "" for other questions.
func (run *retrieval) completedForm() string {
	query := run.query
	n := len(query.History)
	switch {
	case n == 0 || query.History[n-1] == "" || !run.Analyser.IsFollowUp(query.Question):
		return ""
	case query.Standalone != "":
		return query.Standalone
	}
	return completed(query.History[n-1], query.Question)
}

func (run *retrieval) add(text string, weight float64) {
	language, terms, identifiers := run.Analyser.QueryTerms(text)
	run.questions = append(run.questions, question{text: text, weight: weight, language: language, terms: terms, identifiers: identifiers})
}

func (run *retrieval) searchKeywords(ctx context.Context) {
	begin := run.now()
	defer func() { run.result.Timings.Keyword = run.now().Sub(begin) }()
	for i := range run.questions {
		if err := run.searchQuestion(ctx, &run.questions[i]); err != nil {
			run.result.KeywordError = fmt.Errorf("keyword search: %w", err)
			return
		}
	}
	run.result.Keyword = run.questions[0].keyword
}

func (run *retrieval) searchQuestion(ctx context.Context, q *question) (err error) {
	search := func(language string, terms []string) []Scored {
		if len(terms) == 0 || err != nil {
			return nil
		}
		var found []Scored
		found, err = run.Keyword.SearchTerms(ctx, run.query.Scope, language, terms, run.query.Candidates)
		return found
	}
	q.keyword = search(q.language, q.terms)
	q.exact = search("", q.identifiers)
	if other := otherLanguage(q.language); other != "" && run.Embedder == nil {
		q.foreign = search(other, distinct(run.Analyser.Terms(other, q.text)))
	}
	return err
}

func otherLanguage(language string) string {
	switch language {
	case "de":
		return "en"
	case "en":
		return "de"
	}
	return ""
}

func (run *retrieval) searchVectors(ctx context.Context) {
	run.result.KeywordOnly = true
	if run.Embedder == nil || run.Vectors == nil || run.Vectors.Len() == 0 {
		return
	}
	texts := make([]string, len(run.questions))
	for i := range run.questions { // not a copy: the keyword search writes beside us
		texts[i] = run.questions[i].text
	}
	begin := run.now()
	vectors, err := run.Embedder.EmbedQueries(ctx, texts)
	embedded := run.now()
	run.result.Timings.Embed = embedded.Sub(begin)
	if err == nil && len(vectors) != len(texts) {
		err = fmt.Errorf("%d vectors for %d questions", len(vectors), len(texts))
	}
	if err != nil {
		run.result.EmbedError = fmt.Errorf("embed question: %w", err)
		return
	}
	for i, vector := range vectors {
		found, err := run.Vectors.Search(ctx, vector, run.query.Candidates, run.query.Allow)
		if err != nil {
			run.result.EmbedError = fmt.Errorf("vector search: %w", err)
			return
		}
		run.questions[i].vector = found
	}
	run.result.Timings.Vector = run.now().Sub(embedded)
	run.result.Vector = run.questions[0].vector
	run.result.KeywordOnly = false
}

// load fetches all candidates: the fusion needs their language, the decision
// whether anything relevant was found their words.
func (run *retrieval) load(ctx context.Context) error {
	begin := run.now()
	defer func() { run.result.Timings.Load = run.now().Sub(begin) }()
	var ids []int64
	seen := map[int64]bool{}
	for _, q := range run.questions {
		for _, list := range [][]Scored{q.keyword, q.vector, q.exact, q.foreign} {
			for _, s := range list {
				if !seen[s.ID] {
					seen[s.ID] = true
					ids = append(ids, s.ID)
				}
			}
		}
	}
	run.loaded = make(map[int64]Passage, len(ids))
	if len(ids) == 0 {
		return nil
	}
	passages, err := run.Passages.Passages(ctx, ids)
	if err != nil {
		return err
	}
	for _, p := range passages {
		run.loaded[p.ID] = p
	}
	if run.Unembedded == nil || run.result.KeywordOnly {
		return nil
	}
	without, err := run.Unembedded(ctx, ids)
	run.wordsOnly = make(map[int64]bool, len(without))
	for _, id := range without {
		run.wordsOnly[id] = true
	}
	return err
}

// rank fills the result's passages from the fused ranking.
func (run *retrieval) rank() {
	result := &run.result
	keyword, vector := places(result.Keyword), places(result.Vector)
	at := map[string]int{} // where a text is among the passages
	for _, s := range result.Fused {
		passage := run.loaded[s.ID]
		k, v := keyword[s.ID], vector[s.ID]
		ranked := RankedPassage{
			Passage: passage, Score: s.Score,
			KeywordRank: k.rank, KeywordScore: k.score, VectorRank: v.rank, Cosine: v.score,
		}
		switch i, known := at[passage.Text]; {
		case known:
			// The same text in a copy adds nothing; but a document of its own is the
			// better source than an attachment of a message.
			if result.Passages[i].Location.Part != "" && passage.Location.Part == "" {
				result.Passages[i] = ranked
			}
		case len(result.Passages) < run.query.Limit:
			at[passage.Text] = len(result.Passages)
			result.Passages = append(result.Passages, ranked)
		}
	}
}

type place struct {
	rank  int
	score float64
}

func places(list []Scored) map[int64]place {
	m := make(map[int64]place, len(list))
	for i, s := range list {
		m[s.ID] = place{i + 1, s.Score}
	}
	return m
}
