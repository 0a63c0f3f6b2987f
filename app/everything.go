package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// Going through everything: all passages of the chosen documents are read in
// batches, each batch gives findings, and the findings are the answer. What a
// search would leave out is read as well; the price is time, so the work tells
// how far it is, can be stopped, keeps what it has and goes on from there.

const (
	// batchSeconds bounds how long a batch is read: it is how often progress
	// shows, and what a stop or a failure costs.
	batchSeconds = 90
	// findingsReserve is kept for what the model writes about a batch, in tokens.
	findingsReserve = 768
	// surveyTries is how often a batch is tried before the work stops there.
	surveyTries = 2
	surveyPause = 500 * time.Millisecond
	// findingsListed bounds a list that people read; all are counted.
	findingsListed = 500
)

// surveying is one answer that goes through everything.
type surveying struct {
	j         *answering
	model     chatModel
	window    int
	language  string
	prompt    string // system text, the same for each batch: the runtime keeps it
	mark      string
	documents []storage.SizedDocument
	survey    *Survey
	cited     []localrag.Passage // by number
	numbers   map[passagePlace]int
	keys      map[string]int // finding by its terms
	began     time.Time
	skipped   int // passages an earlier answer had read
}

// passagePlace identifies a passage in its document.
type passagePlace struct {
	document   string
	start, end int
}

// copied is a survey that can be read while the work goes on.
func (s *Survey) copied() *Survey {
	if s == nil {
		return nil
	}
	c := *s
	c.Findings = slices.Clone(s.Findings)
	return &c
}

// read is how far a survey is; nil is not begun.
func (s *Survey) read() int {
	if s == nil {
		return 0
	}
	return s.Done
}

// resumed lets an answer go on where an earlier one stopped.
func resumed(options answerOptions, earlier Message) answerOptions {
	if earlier.Survey == nil {
		return options
	}
	options.mode, options.table = modeAll, nil
	options.formulate = options.formulate || !earlier.Survey.ByWords
	options.survey, options.cited = earlier.Survey.copied(), earlier.Passages
	return options
}

// goThrough answers from all passages.
func (j *answering) goThrough() error {
	documents, err := j.app.db.SizesIn(j.ctx, storedScope(j.scope()))
	if err != nil {
		return err
	}
	model, _ := j.app.models.forChat(j.ctx, j.classed(j.ctx)) // without one the words decide
	s, err := j.newSurveying(documents, model)
	if err != nil {
		return err
	}
	known := []Passage{}
	if !s.survey.ByWords {
		known = append(known, j.options.cited...)
	}
	j.show(modeAll, known)
	s.tell()
	if s.survey.ByWords {
		err = s.searchWords(j.ctx)
	} else {
		err = s.readAll(j.ctx)
	}
	return s.conclude(err)
}

func (j *answering) newSurveying(documents []storage.SizedDocument, model chatModel) (*surveying, error) {
	language := localrag.DetectLanguage(j.options.question)
	if language == "" {
		language = j.app.language()
	}
	ask, _ := localrag.AsksForAll(j.options.question)
	s := &surveying{
		j: j, model: model, language: language, mark: newMark(), documents: documents, began: j.app.now(),
		numbers: map[passagePlace]int{}, keys: map[string]int{},
		survey: &Survey{Documents: len(documents), SecondsLeft: -1, Findings: []Finding{}, ByWords: j.byWords(model), Ask: string(ask)},
	}
	hash := sha256.New()
	for _, d := range documents {
		s.survey.Total += d.Passages
		j.hashes[d.ID] = d.Hash
		fmt.Fprintln(hash, d.ID, d.Hash, d.Passages)
	}
	s.survey.Scope = hex.EncodeToString(hash.Sum(nil)[:8])
	if !s.survey.ByWords {
		s.window = j.app.models.window(model)
		s.prompt = surveyPrompt(language, j.options.question)
		j.mu.Lock()
		j.message.Model, j.digest = model.shown(), model.digest
		j.facts = Facts{ContextWindow: s.window}
		j.mu.Unlock()
	}
	if earlier := j.options.survey; earlier != nil {
		if earlier.Scope != s.survey.Scope || earlier.ByWords != s.survey.ByWords {
			return nil, &Error{Code: ProblemSurveyChanged}
		}
		if !earlier.ByWords { // words are looked for anew, it takes no time
			s.resume(earlier)
		}
	}
	return s, nil
}

// resume takes over what an earlier answer read and found.
func (s *surveying) resume(earlier *Survey) {
	s.survey.Done, s.survey.Findings, s.skipped = earlier.Done, earlier.Findings, earlier.Done
	for _, view := range s.j.options.cited {
		p := localrag.Passage{DocumentID: view.DocumentID, Document: view.Document}
		p.Chunk = localrag.Chunk{Start: view.Start, End: view.End, Text: view.Text, Heading: view.Heading, Language: localrag.DetectLanguage(view.Text)}
		p.Location = localrag.Location{Page: view.Page, Slide: view.Slide, Sheet: view.Sheet, Row: view.Row, Heading: view.Heading}
		s.cited = append(s.cited, p)
		s.numbers[passagePlace{p.DocumentID, p.Start, p.End}] = len(s.cited)
	}
	for i, f := range s.survey.Findings {
		s.keys[s.key(f.Text)] = i
	}
}

// tell publishes how far the work is.
func (s *surveying) tell() {
	left := s.survey.Total - s.survey.Done
	if read := s.survey.Done - s.skipped; read > 0 && left > 0 {
		s.survey.SecondsLeft = int(s.j.app.now().Sub(s.began).Seconds()*float64(left)/float64(read)) + 1
	} else if s.survey.ByWords || left == 0 {
		s.survey.SecondsLeft = -1
	} else {
		text := int64(0)
		for _, d := range s.documents {
			text += d.Text
		}
		s.survey.SecondsLeft = s.j.app.surveySeconds(s.model, text, s.survey.Total)
	}
	view := s.survey.copied()
	j := s.j
	j.mu.Lock()
	j.message.Survey, j.message.Phase = view, "surveying"
	j.message.Percent = percent(s.survey.Done, s.survey.Total)
	p := j.message.Percent
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerWork: &AnswerWork{MessageID: j.message.ID, Survey: view.copied()}})
	j.app.bus.Publish(Event{AnswerProgress: &AnswerProgress{MessageID: j.message.ID, Phase: "surveying", Percent: p}})
}

func percent(done, total int) int {
	if total <= 0 {
		return 0
	}
	return min(100, 100*done/total)
}

// readAll lets the model read every passage that was not read yet.
func (s *surveying) readAll(ctx context.Context) error {
	skip := s.survey.Done
	var pending []localrag.Passage
	var sizes []int
	room := s.j.app.batchTokens(s.model)
	for _, d := range s.documents {
		if skip >= d.Passages {
			skip -= d.Passages
			continue
		}
		records, err := s.j.app.db.PassagesOf(ctx, s.j.principal.OwnerID, d.ID)
		if err != nil {
			return err
		}
		for _, r := range records[min(skip, len(records)):] {
			p := ragPassage(r)
			pending = append(pending, p)
			sizes = append(sizes, s.j.app.models.countText(ctx, s.model, passageText([]localrag.Passage{p}, s.mark)))
		}
		skip = 0
		for n := fitting(sizes, room); n < len(pending); n = fitting(sizes, room) {
			if err := s.readBatch(ctx, pending[:n]); err != nil {
				return err
			}
			pending, sizes = pending[n:], sizes[n:]
		}
	}
	if len(pending) == 0 {
		return nil
	}
	return s.readBatch(ctx, pending)
}

// fitting is how many of the first sizes add up to at most room; at least one.
func fitting(sizes []int, room int) int {
	for i, size := range sizes {
		if room -= size; room < 0 {
			return max(1, i)
		}
	}
	return len(sizes)
}

// batchTokens is how many tokens of passages are read at once: what fits into
// the window beside the findings, and into the time between two signs of life.
func (a *App) batchTokens(model chatModel) int {
	window := a.models.window(model)
	room := window - min(findingsReserve, window/4) - 256
	return max(128, min(room, int(a.models.promptSpeed(model)*batchSeconds)))
}

// readBatch reads passages and takes over what the model found in them. A
// batch that turns out too long, or whose findings were cut, is read in parts.
func (s *surveying) readBatch(ctx context.Context, batch []localrag.Passage) error {
	request, fits, err := s.request(ctx, batch)
	if err != nil {
		return err
	}
	written, finish := "", llm.FinishReason("")
	if fits {
		if written, finish, err = s.ask(ctx, request); err != nil {
			return err
		}
	}
	if half := len(batch) / 2; half > 0 && (!fits || finish == llm.FinishLength && !s.model.trial) {
		if err := s.readBatch(ctx, batch[:half]); err != nil {
			return err
		}
		return s.readBatch(ctx, batch[half:])
	}
	if !fits {
		return &Error{Code: ProblemQuestionTooLong, Args: map[string]string{"tokens": strconv.Itoa(s.j.app.models.countText(ctx, s.model, s.prompt)), "limit": strconv.Itoa(s.window - min(findingsReserve, s.window/4))}}
	}
	if finish == llm.FinishLength { // the last line is not whole
		written = written[:max(0, strings.LastIndexByte(written, '\n'))]
	}
	s.take(batch, written)
	s.survey.Done += len(batch)
	s.tell()
	return nil
}

// request lays out a batch and counts it before it is sent.
func (s *surveying) request(ctx context.Context, batch []localrag.Passage) (llm.Request, bool, error) {
	exact := 0.0
	reserve := min(findingsReserve, s.window/4)
	request := llm.Request{
		Model: s.model.name, ContextWindow: s.window, MaxTokens: reserve, Temperature: &exact,
		Messages: []llm.Message{{Role: llm.System, Text: s.prompt}, {Role: llm.User, Text: passageText(batch, s.mark)}},
	}
	count, err := s.j.app.models.provider().CountTokens(ctx, request)
	return request, count.Tokens <= s.window-reserve, err
}

// ask sends one batch. It makes room when a person asks something else, and
// tries once more when the runtime fails.
func (s *surveying) ask(ctx context.Context, request llm.Request) (string, llm.FinishReason, error) {
	j := s.j
	for try := 1; ; {
		var written strings.Builder
		var result llm.Result
		err := j.app.queue.Do(ctx, Surveying, j.principal.OwnerID, nil, func(ctx context.Context) (err error) {
			if err = j.load(ctx, s.model, s.window); err != nil {
				return err
			}
			result, err = j.app.models.provider().Chat(ctx, request, func(d llm.Delta) error {
				written.WriteString(d.Text)
				return nil
			})
			return err
		})
		if errors.Is(err, errPreempted) && ctx.Err() == nil {
			continue
		}
		if err == nil {
			s.account(result.Usage)
			return written.String(), result.Finish, nil
		}
		if ctx.Err() != nil || try == surveyTries {
			return "", "", err
		}
		try++
		j.app.models.setLoaded("", 0)
		sleep(ctx, surveyPause)
	}
}

func (s *surveying) account(usage llm.Usage) {
	s.j.mu.Lock()
	s.j.facts.PromptTokens += usage.PromptTokens
	s.j.facts.OutputTokens += usage.OutputTokens
	s.j.mu.Unlock()
	s.j.app.models.learnSpeed(s.model, usage)
}
