package app

import (
	"slices"

	"kontor/localrag"
)

// answerMatcher checks the sentences of one answer against its passages while
// the answer is being written.
type answerMatcher struct {
	matcher  *localrag.Matcher
	language string
	checked  int // bytes of the text whose sentences are settled
	settled  []Sentence
	open     []openSentence // left to be compared by meaning at the end
	lost     []openSentence // settled, and supported by no candidate
	position utf16Position
}

// checkSentences matches what is new. Before the end only sentences that are
// followed by another one are settled.
func (j *answering) checkSentences(end bool) {
	j.mu.Lock()
	text, matcher := j.message.Text, j.matcher
	j.mu.Unlock()
	if matcher == nil || len(text) == matcher.checked && !end {
		return
	}
	if !end && !worthChecking(text[matcher.checked:]) {
		return
	}
	before := len(matcher.settled)
	byMeaning := j.app.meaningLimits().Foreign > 0
	spans := localrag.MarkdownSentences(matcher.language, text)
	for i, span := range spans {
		if span.Start < matcher.checked || !end && i == len(spans)-1 {
			continue
		}
		match := matcher.matcher.MatchSentence(matcher.language, text[span.Start:span.End])
		matcher.checked = span.End
		if match.Neutral {
			continue
		}
		if match.Undecided && byMeaning {
			// No mark yet: what is taken back later was an accusation.
			matcher.open = append(matcher.open, openSentence{span.Start, span.End})
			continue
		}
		citations := match.Citations
		if citations == nil {
			citations = []int{}
		}
		if !match.Supported {
			matcher.lost = append(matcher.lost, openSentence{span.Start, span.End})
		}
		matcher.settled = append(matcher.settled, Sentence{
			Start: matcher.position.of(text, span.Start), End: matcher.position.of(text, span.End),
			Citations: j.number(citations), Supported: match.Supported,
		})
	}
	if len(matcher.settled) == before {
		return
	}
	j.publishSentences()
}

// number turns the matcher's candidate numbers into the numbers people see. A
// candidate that is not shown yet gets the next number.
func (j *answering) number(candidates []int) []int {
	j.mu.Lock()
	defer j.mu.Unlock()
	numbers := make([]int, 0, len(candidates))
	grown := false
	for _, c := range candidates {
		candidate := j.candidates[c-1]
		at := slices.IndexFunc(j.message.Passages, func(p Passage) bool {
			return p.DocumentID == candidate.DocumentID && p.Start == candidate.Start && p.End == candidate.End
		})
		if at < 0 {
			at = len(j.message.Passages)
			j.message.Passages = append(j.message.Passages, passageView(at+1, candidate, j.hashes[candidate.DocumentID], 0))
			grown = true
		}
		if !j.message.Passages[at].Cited {
			j.message.Passages[at].Cited = true
			grown = true
		}
		numbers = append(numbers, at+1)
	}
	if grown {
		view := slices.Clone(j.message.Passages)
		j.app.bus.Publish(Event{AnswerPassages: &AnswerPassages{MessageID: j.message.ID, Mode: j.message.Mode, Passages: view}})
	}
	return numbers
}

// utf16Position turns growing byte offsets into UTF-16 offsets without
// counting from the start each time.
type utf16Position struct{ bytes, units int }

func (p *utf16Position) of(text string, offset int) int {
	if offset < p.bytes {
		return utf16Length(text[:offset])
	}
	p.units += utf16Length(text[p.bytes:offset])
	p.bytes = offset
	return p.units
}
