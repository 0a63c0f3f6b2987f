package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"kontor/localrag"
)

// openSentence is a sentence of an answer that its words neither support nor
// refute.
type openSentence struct{ start, end int } // bytes of the text

const (
	// openAtMost bounds what is compared by meaning: a long answer in another
	// language than its documents must not keep the embedder for minutes.
	openAtMost = 24
	// meaningWait bounds how long an answer waits for it; what is open then is
	// shown as not found.
	meaningWait = 20 * time.Second
	// nearPassages are looked at for one sentence.
	nearPassages = 4
)

// meaningLimits are those of the present embedder, zero if none is ready: words
// decide alone then.
func (a *App) meaningLimits() localrag.MeaningLimits {
	if !a.models.embedderReady() {
		return localrag.MeaningLimits{}
	}
	return localrag.MeaningLimitsFor(a.models.embedderKey().Scheme)
}

// checkMeanings compares what words left open with the passages by embeddings.
// It runs once, when the text is complete, in two requests: the model and the
// embedder share the processor.
func (j *answering) checkMeanings() {
	j.mu.Lock()
	matcher, text := j.matcher, j.message.Text
	j.mu.Unlock()
	if matcher == nil || len(matcher.open)+len(matcher.lost) == 0 {
		return
	}
	defer j.lookAgain(text)
	open := matcher.open
	if len(open) == 0 {
		return
	}
	matcher.open = nil
	var matches []localrag.Match
	if limits := j.app.meaningLimits(); limits.Foreign > 0 && j.ctx.Err() == nil {
		j.phase("checking")
		asked := open[:min(len(open), openAtMost)]
		sentences := make([]string, len(asked))
		for i, o := range asked {
			sentences[i] = text[o.start:o.end]
		}
		ctx, cancel := context.WithTimeout(j.ctx, meaningWait)
		defer cancel()
		err := j.app.queue.Do(ctx, Interactive, j.principal.OwnerID, nil, func(ctx context.Context) error {
			var err error
			matches, err = matcher.matcher.MatchMeanings(ctx, j.app.models, j.nearCandidates(ctx), limits, matcher.language, sentences)
			return err
		})
		if err != nil {
			matches = nil
			j.app.log.Warn("sentences not compared by meaning", "error", err)
		}
	}
	for i, o := range open {
		var match localrag.Match
		if i < len(matches) {
			match = matches[i]
		}
		if !match.Supported {
			matcher.lost = append(matcher.lost, o)
		}
		matcher.settled = append(matcher.settled, j.sentence(text, o, match))
	}
	slices.SortFunc(matcher.settled, func(a, b Sentence) int { return a.Start - b.Start })
	j.publishSentences()
}

// nearCandidates finds an answer's nearest candidates for a vector in the index
// that retrieval uses; nil where there are few anyway.
func (j *answering) nearCandidates(ctx context.Context) func([]float32) []int {
	index := j.app.vectors.current()
	if index == nil || len(j.candidates) <= 2*nearPassages {
		return nil
	}
	numbers := make(map[int64]int, len(j.candidates))
	for i, p := range j.candidates {
		numbers[p.ID] = i + 1
	}
	return func(vector []float32) []int {
		found, err := index.Search(ctx, vector, nearPassages, func(id int64) bool { return numbers[id] > 0 })
		if err != nil {
			return nil
		}
		near := make([]int, 0, len(found))
		for _, scored := range found {
			near = append(near, numbers[scored.ID])
		}
		return near
	}
}

// sentence is what people see of a checked one.
func (j *answering) sentence(text string, s openSentence, match localrag.Match) Sentence {
	citations := match.Citations
	if citations == nil {
		citations = []int{}
	}
	return Sentence{Start: utf16Length(text[:s.start]), End: utf16Length(text[:s.end]), Citations: j.number(citations), Supported: match.Supported}
}

func (j *answering) publishSentences() {
	sentences := slices.Clone(j.matcher.settled)
	j.mu.Lock()
	j.message.Sentences = sentences
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerSentences: &AnswerSentences{MessageID: j.message.ID, Sentences: sentences}})
}

// worthChecking: before a sentence can have ended there is nothing new.
func worthChecking(added string) bool { return strings.ContainsAny(added, ".!?:\n") }
