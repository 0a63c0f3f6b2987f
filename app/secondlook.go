package app

import (
	"context"
	"slices"
	"time"

	"kontor/localrag"
)

const (
	// lookedAgainAtMost bounds the sentences that are looked up once more; each
	// costs a search by words, some 30 ms with 100,000 passages.
	lookedAgainAtMost = 12
	// lookedAgainPassages are compared with one such sentence.
	lookedAgainPassages = 4
)

// lookAgain searches the documents for sentences that none of the answer's
// passages support. A model that knows the subject writes true sentences whose
// passage the question did not find; and a passage that says so is a better
// answer to "where does it stand?" than a mark that says nowhere.
func (j *answering) lookAgain(text string) {
	matcher := j.matcher
	lost := matcher.lost[:min(len(matcher.lost), lookedAgainAtMost)]
	matcher.lost = nil
	j.mu.Lock()
	mode := j.message.Mode
	j.mu.Unlock()
	if mode != modeRetrieve || len(lost) == 0 || j.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(j.ctx, meaningWait)
	defer cancel()
	changed := false
	for _, sentence := range lost {
		found, err := j.sources(ctx, text[sentence.start:sentence.end])
		if err != nil {
			j.app.log.Warn("sentence not looked up again", "error", err)
			break
		}
		match := localrag.NewMatcher(found).MatchSentence(matcher.language, text[sentence.start:sentence.end])
		if !match.Supported {
			continue
		}
		for i, number := range match.Citations {
			match.Citations[i] = j.candidate(ctx, found[number-1])
		}
		settled := j.sentence(text, sentence, match)
		for i := range matcher.settled {
			if matcher.settled[i].Start == settled.Start {
				matcher.settled[i] = settled
				changed = true
			}
		}
	}
	if changed {
		j.publishSentences()
	}
}

// sources finds passages by the words of a sentence.
func (j *answering) sources(ctx context.Context, sentence string) ([]localrag.Passage, error) {
	retriever := localrag.Retriever{
		Keyword: keywordSearch{j.app.db}, Passages: passageLoader{j.app.db, j.principal.OwnerID}, Analyser: j.app.analyser, Now: time.Now,
	}
	result, err := retriever.Retrieve(ctx, localrag.Query{Question: sentence, Scope: j.scope(), Limit: lookedAgainPassages})
	passages := make([]localrag.Passage, len(result.Passages))
	for i, ranked := range result.Passages {
		passages[i] = ranked.Passage
	}
	return passages, err
}

// candidate is the number of a passage among the candidates; one that is not
// among them becomes the last.
func (j *answering) candidate(ctx context.Context, passage localrag.Passage) int {
	at := slices.IndexFunc(j.candidates, func(p localrag.Passage) bool { return p.ID == passage.ID })
	if at < 0 {
		j.hash(ctx, passage.DocumentID)
		at = len(j.candidates)
		j.candidates = append(j.candidates, passage)
	}
	return at + 1
}
