package app

import (
	"context"
	"math"

	"kontor/localrag"
)

// mentionShare is how much of the question's words, weighted by how rare they
// are, a sentence must hold to be a mention.
const mentionShare = .5

// searchWords finds every mention of the question's words, without a model.
// The documents are gone through twice: to learn how rare each word is, and to
// collect the sentences.
func (s *surveying) searchWords(ctx context.Context) error {
	terms := map[string][]string{} // by language of the passages
	seen := map[string]map[string]int{}
	total := 0
	err := s.eachPassage(ctx, func(p localrag.Passage) {
		total++
		if terms[p.Language] == nil {
			terms[p.Language] = s.j.app.analyser.TopicTerms(p.Language, s.j.options.question)
			seen[p.Language] = map[string]int{}
		}
		held := map[string]bool{}
		for _, t := range s.j.app.analyser.Terms(p.Language, p.Heading+"\n"+p.Text) {
			held[t] = true
		}
		for _, t := range terms[p.Language] {
			if held[t] {
				seen[p.Language][t]++
			}
		}
	})
	if err != nil {
		return err
	}
	weights := map[string]map[string]float64{}
	for language, list := range terms {
		weights[language] = map[string]float64{}
		for _, t := range list {
			if n := seen[language][t]; n > 0 { // a word that is nowhere tells nothing apart
				weights[language][t] = math.Log(1 + float64(total)/float64(n))
			}
		}
	}
	err = s.eachPassage(ctx, func(p localrag.Passage) {
		for _, span := range s.j.app.analyser.Mentions(p, weights[p.Language], mentionShare) {
			text := clip(p.Text[span.Start:span.End], longestFinding)
			s.add(Finding{Text: text, Document: p.Document, DocumentID: p.DocumentID, Supported: true}, []localrag.Passage{p})
		}
		if s.survey.Done++; s.survey.Done%2000 == 0 {
			s.tell()
		}
	})
	s.publishPassages()
	s.tell()
	return err
}

// eachPassage hands out all passages in their order.
func (s *surveying) eachPassage(ctx context.Context, f func(localrag.Passage)) error {
	for _, d := range s.documents {
		records, err := s.j.app.db.PassagesOf(ctx, s.j.principal.OwnerID, d.ID)
		if err != nil {
			return err
		}
		for _, r := range records {
			f(ragPassage(r))
		}
	}
	return nil
}
