package app

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
)

// This file turns what a model writes about a batch into findings, and
// findings into an answer.

func surveyPrompt(language, question string) string {
	return prompts.Text(prompts.Survey, language, "{question}", question)
}

var (
	passageNumber = regexp.MustCompile(`\[(\d{1,4})(?:[^\]\d][^\]]*)?\]`)
	bullet        = regexp.MustCompile(`^(?:[-*•–▪]|\d{1,3}[.)])\s+`)
	noFinding     = regexp.MustCompile(`(?i)^\W*(?:keine?|nichts|none|nothing|no findings?|nicht gefunden|not found)\W*$`)
)

// longestFinding bounds a line of the model, in characters.
const longestFinding = 600

// foundLine is a line of the model.
type foundLine struct {
	text   string
	number int  // of the passage it names, 0 if none
	marked bool // it looks like a finding, not like talk around it
}

// foundLines reads the model's lines.
func foundLines(written string) []foundLine {
	var lines []foundLine
	for line := range strings.Lines(written) {
		line = strings.TrimSpace(line)
		rest := bullet.ReplaceAllString(line, "")
		found := foundLine{marked: rest != line}
		if number := passageNumber.FindStringSubmatch(rest); number != nil {
			found.number, _ = strconv.Atoi(number[1])
			found.marked = true
		}
		found.text = strings.TrimSpace(strings.TrimLeft(strings.Join(strings.Fields(passageNumber.ReplaceAllString(rest, " ")), " "), ":-–. "))
		found.text = clip(found.text, longestFinding)
		if found.text == "" || noFinding.MatchString(found.text) || strings.HasSuffix(found.text, ":") || !strings.ContainsFunc(found.text, unicode.IsLetter) {
			continue
		}
		lines = append(lines, found)
	}
	return lines
}

// take checks each line against the batch and keeps it with its sources. The
// check decides, not the number the model wrote.
func (s *surveying) take(batch []localrag.Passage, written string) {
	matcher := localrag.NewMatcher(batch)
	for _, line := range foundLines(written) {
		match := matcher.MatchSentence(s.language, line.text)
		switch {
		case match.Supported:
			sources := make([]localrag.Passage, 0, len(match.Citations))
			if line.number <= len(batch) && slices.Contains(match.Citations, line.number) {
				sources = append(sources, batch[line.number-1])
			} else {
				for _, n := range match.Citations {
					sources = append(sources, batch[n-1])
				}
			}
			s.add(Finding{Text: line.text, Document: sources[0].Document, DocumentID: sources[0].DocumentID, Supported: true}, sources)
		case line.marked && !match.Neutral:
			f := Finding{Text: line.text, Citations: []int{}}
			if line.number > 0 && line.number <= len(batch) {
				f.Document, f.DocumentID = batch[line.number-1].Document, batch[line.number-1].DocumentID
			}
			s.add(f, nil)
		}
	}
	s.publishPassages()
}

// key is equal for findings that say the same in other order or inflexion.
func (s *surveying) key(text string) string {
	terms := s.j.app.analyser.Terms(s.language, text)
	slices.Sort(terms)
	return strings.Join(slices.Compact(terms), " ")
}

// add keeps a finding; one that is known already gets the new sources, too.
func (s *surveying) add(f Finding, sources []localrag.Passage) {
	key := s.key(f.Text)
	if at, known := s.keys[key]; known && key != "" {
		before := &s.survey.Findings[at]
		if !f.Supported {
			return
		}
		if !before.Supported {
			before.Supported, before.Document, before.DocumentID = true, f.Document, f.DocumentID
		}
		merged := slices.Clone(before.Citations)
		for _, n := range s.cite(sources) {
			if !slices.Contains(merged, n) {
				merged = append(merged, n)
			}
		}
		before.Citations = merged
		return
	}
	if len(s.survey.Findings) >= findingsListed {
		if f.Supported {
			s.survey.More++
		}
		return
	}
	if f.Supported {
		f.Citations = s.cite(sources)
	}
	s.keys[key] = len(s.survey.Findings)
	s.survey.Findings = append(s.survey.Findings, f)
}

// cite numbers passages as sources of the answer.
func (s *surveying) cite(sources []localrag.Passage) []int {
	j := s.j
	j.mu.Lock()
	defer j.mu.Unlock()
	numbers := make([]int, 0, len(sources))
	for _, p := range sources {
		place := passagePlace{p.DocumentID, p.Start, p.End}
		n, known := s.numbers[place]
		if !known {
			s.cited = append(s.cited, p)
			n = len(s.cited)
			s.numbers[place] = n
			view := passageView(n, p, j.hashes[p.DocumentID], 0)
			view.Cited = true
			j.message.Passages = append(j.message.Passages, view)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

func (s *surveying) publishPassages() {
	j := s.j
	j.mu.Lock()
	view := slices.Clone(j.message.Passages)
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerPassages: &AnswerPassages{MessageID: j.message.ID, Mode: modeAll, Passages: view}})
}

// conclude makes the answer of the findings, also when the work ended early
// with err. Lists and counts are put together here: a model that copies fifty
// lines loses some, and does not count. Everything else the model writes.
func (s *surveying) conclude(err error) error {
	supported := 0
	for _, f := range s.survey.Findings {
		if f.Supported {
			supported++
		}
	}
	wantsList := s.survey.Ask == string(localrag.AskList) || s.survey.Ask == string(localrag.AskCount)
	if err == nil && !s.survey.ByWords && !wantsList && supported > 0 {
		return s.formulate(s.j.ctx)
	}
	if err == nil || s.survey.Done > 0 {
		s.compose(err != nil)
	}
	return err
}

// formulate lets the model answer from the findings.
func (s *surveying) formulate(ctx context.Context) error {
	items, err := s.condensed(ctx)
	if err != nil {
		s.compose(false)
		return err
	}
	j := s.j
	matcher := &answerMatcher{matcher: localrag.NewMatcher(s.cited), language: s.language}
	j.candidates = s.cited
	j.mu.Lock()
	j.matcher = matcher
	for i := range j.message.Passages {
		j.message.Passages[i].Cited = false // what the answer rests on is found out below
	}
	j.mu.Unlock()
	plan := answerPlan{mode: modeAll, language: s.language, passages: items}
	queued := func() { j.phase("queued") }
	return j.app.queue.Do(ctx, Interactive, j.principal.OwnerID, queued, func(ctx context.Context) error {
		return j.generate(ctx, s.model, plan)
	})
}

// condensed gives the supported findings as passages for the last prompt. Too
// many for the window are first merged, group by group, like passages.
func (s *surveying) condensed(ctx context.Context) ([]localrag.Passage, error) {
	var items []localrag.Passage
	for _, f := range s.survey.Findings {
		if f.Supported {
			p := localrag.Passage{DocumentID: f.Document, Document: f.Document}
			p.Text, p.Language, p.Location = f.Text, s.language, s.cited[f.Citations[0]-1].Location
			items = append(items, p)
		}
	}
	room := s.window - answerReserve(s.window) - 512
	for round := 0; round < 3 && s.j.app.models.countText(ctx, s.model, passageText(items, s.mark)) > room; round++ {
		merged, err := s.merge(ctx, items)
		if err != nil {
			return nil, err
		}
		if len(merged) == 0 || len(merged) >= len(items) {
			break // the prompt leaves out what does not fit, and says so
		}
		items = merged
	}
	return items, nil
}

func (s *surveying) merge(ctx context.Context, items []localrag.Passage) ([]localrag.Passage, error) {
	var merged []localrag.Passage
	sizes := make([]int, len(items))
	for i, p := range items {
		sizes[i] = s.j.app.models.countText(ctx, s.model, passageText([]localrag.Passage{p}, s.mark))
	}
	for len(items) > 0 {
		n := fitting(sizes, s.j.app.batchTokens(s.model)/2)
		request, fits, err := s.request(ctx, items[:n])
		if err != nil {
			return nil, err
		}
		written := ""
		if fits {
			if written, _, err = s.ask(ctx, request); err != nil {
				return nil, err
			}
		}
		matcher := localrag.NewMatcher(items[:n])
		for _, line := range foundLines(written) {
			if match := matcher.MatchSentence(s.language, line.text); match.Supported {
				p := items[match.Citations[0]-1]
				p.Text = line.text
				merged = append(merged, p)
			}
		}
		items, sizes = items[n:], sizes[n:]
	}
	return merged, nil
}

// load makes sure that the model is in memory, and keeps how long that took.
func (j *answering) load(ctx context.Context, model chatModel, window int) error {
	if j.app.models.inMemory(ctx, model.name, window) {
		return nil
	}
	began := time.Now()
	defer func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.facts.LoadMs += time.Since(began).Milliseconds()
	}()
	if err := j.app.models.provider().Load(ctx, model.name, window); err != nil {
		return err
	}
	j.app.models.setLoaded(model.name, window)
	return nil
}

// say emits text that Kontor itself writes.
func (j *answering) say(text string) { _ = j.emit(llm.Delta{Text: text}) } // a delta of ours is always taken
