package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
	"unicode/utf16"

	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

const (
	// flushEvery bounds how often text goes to the pages; the eye sees no
	// difference below 30 ms and pages have less to do.
	flushEvery = 30 * time.Millisecond
	// saveEvery is how much of an answer a crash may cost.
	saveEvery = time.Second
)

// errStopped is the cause when a person stopped an answer.
var errStopped = errors.New("stopped by the person")

// Answers holds the answers that are being written. They belong to the
// program, not to the page that asked.
type Answers struct {
	app *App

	mu      sync.Mutex
	byID    map[string]*answering
	byChat  map[string][]string // two while answers are compared
	pending sync.WaitGroup
}

func newAnswers(a *App) *Answers {
	return &Answers{app: a, byID: map[string]*answering{}, byChat: map[string][]string{}}
}

// answerOptions is what a question asks for beyond its text.
type answerOptions struct {
	question  string
	images    []Image
	formulate bool
	// passagesOnly stops after retrieval.
	passagesOnly bool
	// documents limits the answer to these instead of the chat's collections.
	documents []string
	// filter narrows where the question looks.
	filter Filter
	// ephemeral answers are not kept.
	ephemeral bool
	// mode is what the person asked for, "" for automatic.
	mode string
	// table is a query put together in a form.
	table *TableQuestion
	// survey is where an earlier answer stopped going through everything.
	survey *Survey
	// cited are the passages of that answer.
	cited []Passage
	// begun is an answer that was cut and is gone on with.
	begun *Message
}

// answering is one answer in the making.
type answering struct {
	app       *App
	principal Principal
	chat      storage.Chat
	options   answerOptions
	ctx       context.Context
	cancel    context.CancelCauseFunc
	began     time.Time
	done      chan struct{}
	// expected is the model as people know it, where it is chosen beforehand.
	expected string
	// after is the end of the answer this one waits for, nil for none.
	after <-chan struct{}

	mu        sync.Mutex
	message   Message
	units     int // length of message.Text in UTF-16 code units
	unsent    string
	unsentRsn string
	firstText time.Time
	// firstThought is when the model began to think, zero if it did not.
	firstThought time.Time

	// of the goroutine that writes
	timings    localrag.Timings
	matcher    *answerMatcher
	candidates []localrag.Passage
	hashes     map[string]string
	digest     string
	facts      Facts
	assistant  *AnswerAssistant
}

// runningIn returns the message being written in a chat, the first of them if
// two are compared, "" if none.
func (s *Answers) runningIn(chatID string) string {
	if all := s.allIn(chatID); len(all) > 0 {
		return all[0]
	}
	return ""
}

// allIn returns the messages being written in a chat, in the order they began.
func (s *Answers) allIn(chatID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.byChat[chatID])
}

// stopIn ends all answers of a chat and waits until they are saved. The last
// one goes first, so that none begins because another has ended.
func (s *Answers) stopIn(chatID string) {
	for _, id := range slices.Backward(s.allIn(chatID)) {
		s.stop(id)
	}
}

func (s *Answers) get(messageID string) *answering {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[messageID]
}

// reserve makes sure that one answer at a time, or one pair that is compared,
// is written in a chat.
func (s *Answers) reserve(chatID string, messageIDs ...string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byChat[chatID]) > 0 {
		return nil, &Error{Code: ProblemChatBusy}
	}
	if s.app.closing() {
		return nil, &Error{Code: ProblemClosing}
	}
	s.byChat[chatID] = messageIDs
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byChat, chatID)
	}, nil
}

// begin registers an answer; start lets it run.
func (s *Answers) begin(p Principal, chat storage.Chat, record storage.Message, options answerOptions) *answering {
	ctx, cancel := context.WithCancelCause(s.app.life)
	message := messageView(record)
	message.Phase = "queued"
	job := &answering{
		app: s.app, principal: p, chat: chat, options: options, ctx: ctx, cancel: cancel, began: s.app.now(),
		done: make(chan struct{}), message: message, hashes: map[string]string{},
		assistant: s.app.answerAssistant(s.app.life, chat),
	}
	s.mu.Lock()
	s.byID[record.ID] = job
	if !slices.Contains(s.byChat[chat.ID], record.ID) {
		s.byChat[chat.ID] = append(s.byChat[chat.ID], record.ID)
	}
	s.mu.Unlock()
	s.pending.Add(1)
	return job
}

// stop ends an answer and waits until it is saved.
func (s *Answers) stop(messageID string) {
	if job := s.get(messageID); job != nil {
		job.cancel(errStopped)
		<-job.done
	}
}

// stopAll ends all answers, for the end of the program.
func (s *Answers) stopAll() {
	s.mu.Lock()
	jobs := make([]*answering, 0, len(s.byID))
	for _, job := range s.byID {
		jobs = append(jobs, job)
	}
	s.mu.Unlock()
	for _, job := range jobs {
		job.cancel(&Error{Code: ProblemClosing})
	}
	s.pending.Wait()
}

// snapshot is the message as far as it is written.
func (j *answering) snapshot() Message {
	j.mu.Lock()
	defer j.mu.Unlock()
	message := j.message
	message.Passages = append([]Passage{}, message.Passages...)
	message.Sentences = append([]Sentence{}, message.Sentences...)
	message.Survey = message.Survey.copied()
	if message.Model == "" {
		message.Model = j.expected
	}
	return message
}

func (j *answering) start() {
	go func() {
		defer j.app.answers.pending.Done()
		stopFlush := j.flushLoop()
		err := j.write()
		stopFlush()
		j.finish(err)
	}()
}

// phase tells what the answer waits for.
func (j *answering) phase(phase string) {
	j.mu.Lock()
	j.message.Phase = phase
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerProgress: &AnswerProgress{MessageID: j.message.ID, Phase: phase}})
}

// show publishes the numbered passages and saves them with the answer.
func (j *answering) show(mode string, passages []Passage) {
	j.mu.Lock()
	j.message.Mode, j.message.Passages = mode, passages
	view := append([]Passage{}, passages...)
	lookedUp := j.message.LookedUp
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerPassages: &AnswerPassages{MessageID: j.message.ID, Mode: mode, Passages: view, LookedUp: lookedUp}})
}

// emit takes a piece of the model's text.
func (j *answering) emit(d llm.Delta) error {
	j.mu.Lock()
	first := j.firstText.IsZero() && d.Text != ""
	if d.Reasoning != "" && j.firstThought.IsZero() {
		j.firstThought = j.app.now()
	}
	if first {
		j.firstText = j.app.now()
		j.message.Phase = "writing"
		if !j.firstThought.IsZero() {
			j.facts.ReasoningMs = j.firstText.Sub(j.firstThought).Milliseconds()
		}
	}
	j.message.Text += d.Text
	j.message.Reasoning += d.Reasoning
	j.unsent += d.Text
	j.unsentRsn += d.Reasoning
	j.mu.Unlock()
	if first {
		j.flush() // the first token is not held back
	}
	return nil
}

// flush publishes what was written since the last time.
func (j *answering) flush() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.unsent == "" && j.unsentRsn == "" {
		return
	}
	delta := &AnswerDelta{MessageID: j.message.ID, Offset: j.units, Text: j.unsent, Reasoning: j.unsentRsn}
	j.units += utf16Length(j.unsent)
	j.unsent, j.unsentRsn = "", ""
	// Published under the lock, so that offsets stay in order.
	j.app.bus.Publish(Event{AnswerDelta: delta})
}

// flushLoop publishes and saves at their intervals until it is stopped.
func (j *answering) flushLoop() (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		flush, save := time.NewTicker(flushEvery), time.NewTicker(saveEvery)
		defer flush.Stop()
		defer save.Stop()
		saved := 0
		for {
			select {
			case <-quit:
				return
			case <-flush.C:
				j.flush()
				j.checkSentences(false)
			case <-save.C:
				snapshot := j.snapshot()
				if size := len(snapshot.Text) + len(snapshot.Reasoning) + len(snapshot.Passages) + snapshot.Survey.read(); size != saved {
					saved = size
					_ = j.save(snapshot, storage.MessageRunning) // logged; the next one tries again
				}
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// save writes the message as it is.
func (j *answering) save(m Message, status string) error {
	if j.options.ephemeral {
		return nil
	}
	parts := messageParts(m)
	update := storage.MessageUpdate{Status: &status, Parts: &parts, Model: &m.Model, Digest: &j.digest, Mode: &m.Mode}
	if m.Facts != nil {
		facts := mustJSON(m.Facts)
		update.Facts = &facts
	}
	_, err := j.app.history(j.chat.ID).UpdateMessage(context.WithoutCancel(j.ctx), j.principal.OwnerID, m.ID, update)
	if err != nil {
		j.app.log.Error("save answer", "message", m.ID, "error", err)
	}
	return err
}

// finish settles the state, saves the answer and tells everyone.
func (j *answering) finish(err error) {
	j.flush()
	j.checkSentences(true)
	j.checkMeanings()
	j.mu.Lock()
	m := &j.message
	m.Phase, m.Percent = "", 0
	j.facts.TotalMs = j.app.now().Sub(j.began).Milliseconds()
	if !j.firstText.IsZero() {
		j.facts.FirstTokenMs = j.firstText.Sub(j.began).Milliseconds()
	}
	if j.options.begun != nil {
		j.facts = together(j.options.begun.Facts, j.facts)
	}
	if m.Model != "" {
		facts := j.facts
		facts.Assistant = j.assistant
		m.Facts = &facts
	}
	if m.Model == "" {
		m.Model = j.expected
	}
	cause := context.Cause(j.ctx)
	switch {
	case err == nil:
		m.Status = storage.MessageComplete
	case errors.Is(cause, errStopped):
		m.Status = storage.MessageStopped
	default:
		if cause != nil {
			err = cause
		}
		m.Status = storage.MessagePartial
		if m.Text == "" {
			m.Status = storage.MessageFailed
		}
		m.Problem = j.app.models.problem(err)
		j.app.log.Warn("answer ended early", "message", m.ID, "error", err)
	}
	message := j.message
	j.mu.Unlock()
	if saveErr := j.save(message, message.Status); saveErr != nil && message.Problem == nil {
		message.Problem = problemOf(saveErr)
	}
	j.app.answers.end(j)
	j.announce(message)
	if err == nil && message.Text != "" && !j.options.ephemeral && !j.app.temporary.has(j.chat.ID) {
		j.app.titles.consider(j.principal, j.chat.ID)
	}
	if err == nil && !j.options.ephemeral {
		j.app.composing.follow(j.principal, j.chat.ID)
	}
	close(j.done)
}

func (j *answering) announce(message Message) {
	if j.options.ephemeral {
		j.cancel(nil)
		return
	}
	ctx := context.WithoutCancel(j.ctx)
	if stored, err := j.app.history(j.chat.ID).Messages(ctx, j.principal.OwnerID, j.chat.ID); err == nil {
		message.Siblings = siblings(stored, storage.Message{ParentID: message.ParentID})
	}
	// Read last: what a person changed meanwhile must not be undone on the page.
	chat, err := j.app.history(j.chat.ID).Chat(ctx, j.principal.OwnerID, j.chat.ID)
	if err != nil {
		chat = j.chat
	}
	j.app.bus.Publish(Event{AnswerEnded: &AnswerEnded{Message: message, Chat: j.app.chatView(chat)}})
	j.cancel(nil)
}

func (s *Answers) end(j *answering) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, j.message.ID)
	left := slices.DeleteFunc(s.byChat[j.chat.ID], func(id string) bool { return id == j.message.ID })
	if s.byChat[j.chat.ID] = left; len(left) == 0 {
		delete(s.byChat, j.chat.ID)
	}
}

// utf16Length is the length of a text as JavaScript counts it.
func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
