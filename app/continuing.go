package app

import (
	"context"
	"strings"
	"unicode"

	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// Codes of problems with versions of answers. ProblemCannotContinue: it was not cut.
const (
	ProblemCannotContinue = "cannot_continue"
	// ProblemNoRoom: the answer fills the model's window.
	ProblemNoRoom = "no_room"
	// ProblemAnswerEmpty: an edited answer without a word.
	ProblemAnswerEmpty = "answer_empty"
)

func versionProblems() []string {
	return []string{ProblemNotComparable, ProblemCannotContinue, ProblemNoRoom, ProblemAnswerEmpty}
}

// finishLength is the [Facts].Finish of an answer that filled its room.
const finishLength = string(llm.FinishLength)

// continues says whether an answer was cut in the middle: by its length, by a
// person, by an error or a crash. Lists that Kontor itself puts together have
// their own way to go on.
func continues(m Message) bool {
	if m.Role != "assistant" || strings.TrimSpace(m.Text) == "" || m.Edited != nil {
		return false
	}
	if m.Mode != "" && m.Mode != modeRetrieve && m.Mode != modeWhole {
		return false
	}
	return m.Status == storage.MessageStopped || m.Status == storage.MessagePartial ||
		m.Status == storage.MessageComplete && m.Facts != nil && m.Facts.Finish == finishLength
}

// Continue goes on with an answer that was cut, in the same message. What is
// there stays whatever happens.
func (c *Chats) Continue(ctx context.Context, p Principal, r ByID) (RegenerateResult, error) {
	history := c.app.historyOf(r.ID)
	record, err := history.Message(ctx, p.OwnerID, r.ID)
	if err != nil {
		return RegenerateResult{}, err
	}
	begun := messageView(record)
	if record.Status == storage.MessageRunning {
		return RegenerateResult{}, &Error{Code: ProblemChatBusy}
	}
	if !continues(begun) {
		return RegenerateResult{}, &Error{Code: ProblemCannotContinue}
	}
	question, err := history.Message(ctx, p.OwnerID, record.ParentID)
	if err != nil {
		return RegenerateResult{}, err
	}
	chat, err := history.Chat(ctx, p.OwnerID, record.ChatID)
	if err != nil {
		return RegenerateResult{}, err
	}
	asked := messageView(question)
	options := wishes(askedOf(question), true, "")
	options.question, options.images, options.begun = asked.Text, asked.Images, &begun
	if asked.Filter != nil {
		options.filter = *asked.Filter
	}
	if options, err = c.app.withFilter(ctx, p, chat.CollectionIDs, options); err != nil {
		return RegenerateResult{}, err
	}
	release, err := c.app.answers.reserve(chat.ID, record.ID)
	if err != nil {
		return RegenerateResult{}, err
	}
	running := storage.MessageRunning
	if record, err = history.UpdateMessage(ctx, p.OwnerID, record.ID, storage.MessageUpdate{Status: &running}); err != nil {
		release()
		return RegenerateResult{}, err
	}
	chat.Model = c.app.models.named(ctx, begun.Model, chat.Model)
	job := c.app.answers.begin(p, chat, record, options)
	job.message.Problem, job.message.Sentences = nil, []Sentence{}
	job.units = utf16Length(begun.Text)
	if all, err := history.Messages(ctx, p.OwnerID, chat.ID); err == nil {
		job.message.Siblings = siblings(all, record)
	}
	result := RegenerateResult{Answer: job.snapshot(), Chat: c.app.chatView(chat)}
	c.app.bus.Publish(Event{ChatChanged: &result.Chat})
	c.app.bus.Publish(Event{AnswerStarted: &AnswerStarted{Answer: result.Answer, Continued: true}})
	job.start()
	return result, nil
}

// goOn writes what follows an answer that was cut, from the same passages.
func (j *answering) goOn(queued func()) error {
	return j.app.queue.Do(j.ctx, Interactive, j.principal.OwnerID, queued, func(ctx context.Context) error {
		model, err := j.app.models.forChat(ctx, j.classed(ctx))
		if err != nil {
			return err
		}
		j.countBegun(ctx, model)
		plan := answerPlan{mode: j.options.begun.Mode}
		switch plan.mode {
		case modeWhole:
			plan.whole = j.givenDocuments(ctx)
		case modeRetrieve:
			plan.passages = shownPassages(j.options.begun.Passages)
		}
		if plan.mode != "" {
			for _, p := range j.options.begun.Passages {
				j.hashes[p.DocumentID] = p.FileHash
			}
			if err := j.prepareMatcher(ctx, plan); err != nil {
				return err
			}
		}
		return j.generate(ctx, model, plan)
	})
}

// countBegun counts the first part of an answer whose figures were lost with
// the program that wrote it, or with the connection that was stopped.
func (j *answering) countBegun(ctx context.Context, model chatModel) {
	facts := Facts{}
	if known := j.options.begun.Facts; known != nil {
		facts = *known
	}
	if facts.OutputTokens == 0 {
		facts.OutputTokens = j.app.models.countText(ctx, model, j.options.begun.Reasoning+j.options.begun.Text)
	}
	j.options.begun.Facts = &facts
}

// begunTokens is the room of the first part of an answer, 0 for a new one.
func (j *answering) begunTokens() int {
	if j.options.begun == nil {
		return 0
	}
	return j.options.begun.Facts.OutputTokens
}

// written counts what the model has written in this generation.
func (j *answering) written(ctx context.Context, model chatModel) int {
	message := j.snapshot()
	text, reasoning := message.Text, message.Reasoning
	if begun := j.options.begun; begun != nil {
		text, reasoning = strings.TrimPrefix(text, begun.Text), strings.TrimPrefix(reasoning, begun.Reasoning)
	}
	if text+reasoning == "" {
		return 0
	}
	return j.app.models.countText(context.WithoutCancel(ctx), model, reasoning+text)
}

// shownPassages are the sources of an answer as retrieval gave them.
func shownPassages(shown []Passage) []localrag.Passage {
	passages := make([]localrag.Passage, len(shown))
	for i, p := range shown {
		passages[i] = localrag.Passage{DocumentID: p.DocumentID, Document: p.Document, Chunk: localrag.Chunk{
			Start: p.Start, End: p.End, Text: p.Text, Heading: p.Heading,
			Location: localrag.Location{Page: p.Page, Slide: p.Slide, Sheet: p.Sheet, Row: p.Row, Heading: p.Heading, Part: p.Part},
		}}
	}
	return passages
}

// noRoom is what a prompt that does not fit means for an answer that is gone on
// with: its own words take the room.
func (j *answering) noRoom(err error) error {
	if j.options.begun != nil && AsError(err).Code == ProblemQuestionTooLong {
		return &Error{Code: ProblemNoRoom, Cause: err}
	}
	return err
}

// leastRoom is how many tokens must be free to go on with an answer.
const leastRoom = 16

// goingOn lays out the request for what follows an answer: behind its own
// words where the model's server can, else by asking for it. It is counted
// again, for the answer takes room.
func (j *answering) goingOn(ctx context.Context, request llm.Request, window int) (llm.Request, error) {
	begun := strings.TrimRightFunc(j.options.begun.Text, unicode.IsSpace)
	provider := j.app.models.provider()
	written := request
	written.Begun = begun
	if c, can := provider.(llm.Continuer); !can || !c.Continues(ctx, written) {
		written.Begun = ""
		written.Messages = append(request.Messages[:len(request.Messages):len(request.Messages)],
			llm.Message{Role: llm.Assistant, Text: begun},
			llm.Message{Role: llm.User, Text: prompts.Text(prompts.Continue, localrag.DetectLanguage(begun), "{end}", lastWords(begun))})
	}
	count, err := provider.CountTokens(ctx, written)
	if err != nil {
		return written, err
	}
	room := window - count.Tokens
	if room < leastRoom {
		return written, &Error{Code: ProblemNoRoom}
	}
	written.MaxTokens = min(written.MaxTokens, room)
	return written, nil
}

// lastWords are the end of a text, enough to find the place.
func lastWords(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[max(0, len(words)-12):], " ")
}

// seam joins what a model writes to an answer that was cut. A model that was
// asked to go on likes to begin with the last words once more: those are left
// out. It holds back what comes until it knows.
type seam struct {
	before  string // the answer that was cut
	asked   bool   // the model was asked to go on, and does not stand behind its words
	held    string
	settled bool
}

// seamLength is how much is looked at for words that stand there already, in
// bytes; seamLeast is the shortest repetition that is no chance.
const (
	seamLength = 200
	seamLeast  = 12
)

// take gives what is new of a piece of text.
func (s *seam) take(piece string) string {
	if s.settled {
		return piece
	}
	s.held += piece
	if len(strings.TrimSpace(s.held)) == 0 || len(s.held) < seamLength && s.mayRepeat() {
		return ""
	}
	return s.rest()
}

// mayRepeat says whether what is held could still turn out to stand there.
func (s *seam) mayRepeat() bool {
	return s.asked && strings.Contains(s.tail(), s.start())
}

// start is what is held without the dots that lead over to it.
func (s *seam) start() string { return strings.TrimLeft(s.held, " \t…") }

func (s *seam) tail() string {
	end := strings.TrimRightFunc(s.before, unicode.IsSpace)
	return end[max(0, len(end)-seamLength):]
}

// rest gives what is held without a repetition; nothing is held afterwards.
func (s *seam) rest() string {
	if s.settled {
		return ""
	}
	s.settled = true
	held := s.held
	if s.asked {
		held = s.withoutRepetition()
	}
	// Blanks at the end of what was there count as the first ones of what follows.
	end := s.before[len(strings.TrimRightFunc(s.before, unicode.IsSpace)):]
	blanks := held[:len(held)-len(strings.TrimLeftFunc(held, unicode.IsSpace))]
	if strings.HasPrefix(blanks, end) {
		return held[len(end):]
	}
	return held[len(blanks):]
}

// withoutRepetition is what is held without words that stand there already, and
// with the blank that an answer to a request to go on does not begin with.
func (s *seam) withoutRepetition() string {
	tail, start := s.tail(), s.start()
	for n := min(len(start), len(tail)); n >= seamLeast; n-- {
		if strings.HasSuffix(tail, start[:n]) {
			return start[n:]
		}
	}
	if start != "" && !unicode.IsSpace(rune(start[0])) && !strings.ContainsRune(",.;:!?)", rune(start[0])) {
		return " " + start
	}
	return start
}

// continued is what the answer emits: the new text without what repeats itself.
func (j *answering) continued(asked bool) (emit func(llm.Delta) error, end func() error) {
	s := &seam{before: j.options.begun.Text, asked: asked}
	emit = func(d llm.Delta) error {
		d.Text = s.take(d.Text)
		if d == (llm.Delta{}) {
			return nil
		}
		return j.emit(d)
	}
	return emit, func() error {
		if rest := s.rest(); rest != "" {
			return j.emit(llm.Delta{Text: rest})
		}
		return nil
	}
}

// together are the facts of an answer that was written in two parts, the first
// of which may be lost with the program that wrote it. What was read is that of
// the first; the second read the same and the answer so far.
func together(first *Facts, second Facts) Facts {
	if first == nil {
		return second
	}
	if second.OutputTokens == 0 {
		sum := *first
		sum.TotalMs += second.TotalMs
		return sum
	}
	sum := second
	if first.PromptTokens == 0 {
		sum.PromptTokens = max(0, second.PromptTokens-first.OutputTokens)
	} else {
		sum.PromptTokens = first.PromptTokens
	}
	sum.FirstTokenMs, sum.LoadMs, sum.ReasoningMs = first.FirstTokenMs, first.LoadMs, first.ReasoningMs
	sum.OutputTokens += first.OutputTokens
	sum.TotalMs += first.TotalMs
	sum.EnergyWh += first.EnergyWh
	sum.Parts = max(1, first.Parts) + 1
	if first.TokensPerSec > 0 && second.TokensPerSec > 0 {
		seconds := float64(first.OutputTokens)/first.TokensPerSec + float64(second.OutputTokens)/second.TokensPerSec
		sum.TokensPerSec = float64(sum.OutputTokens) / seconds
	}
	return sum
}
