package app

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"kontor/storage"
)

// ProblemQueueFull is the code for more waiting questions than anyone means.
const ProblemQueueFull = "queue_full"

// maxQueued is how many questions wait in one chat at most.
const maxQueued = 20

func composingProblems() []string { return []string{ProblemQueueFull} }

// Composing keeps what was written and not sent yet: drafts, and questions that
// wait for the running answer of their chat.
type Composing struct {
	app *App
	// mu is held while a waiting question is sent, so that none is sent twice.
	mu sync.Mutex
}

func (c *Composing) register(s *Surface) {
	handle(s, "drafts.list", c.Drafts)
	handle(s, "drafts.save", c.SaveDraft)
	handle(s, "queue.list", c.Queue)
	handle(s, "queue.add", c.Add)
	handle(s, "queue.change", c.Change)
	handle(s, "queue.remove", c.Remove)
	handle(s, "queue.send", c.SendNow)
}

// Drafts lists what was not sent, for a page that has just been opened.
func (c *Composing) Drafts(ctx context.Context, p Principal, _ Empty) (Drafts, error) {
	list := Drafts{Drafts: []Draft{}}
	records, err := c.app.db.Drafts(ctx, p.OwnerID)
	for _, d := range records {
		list.Drafts = append(list.Drafts, Draft{ChatID: d.ChatID, Text: d.Text, Images: imagesIn(d.Images)})
	}
	return list, err
}

// SaveDraft replaces the draft of a chat.
func (c *Composing) SaveDraft(ctx context.Context, p Principal, r Draft) (Empty, error) {
	if len(r.Text) > maxQuestion {
		return Empty{}, &Error{Code: ProblemQuestionTooLong}
	}
	if c.app.temporary.has(r.ChatID) {
		return Empty{}, nil // the page keeps it
	}
	draft := storage.Draft{ChatID: r.ChatID, Text: strings.ToValidUTF8(r.Text, "\uFFFD")}
	if len(r.Images) > 0 {
		draft.Images = mustJSON(r.Images)
		if err := c.app.images.settle(p, r.Images); err != nil {
			return Empty{}, err
		}
	}
	return Empty{}, c.app.db.SaveDraft(ctx, p.OwnerID, draft)
}

// dropDraft ends the draft that became a question.
func (c *Composing) dropDraft(ctx context.Context, p Principal, chatID string) {
	if c.app.temporary.has(chatID) {
		return
	}
	if err := c.app.db.SaveDraft(ctx, p.OwnerID, storage.Draft{ChatID: chatID}); err != nil {
		c.app.log.Error("end draft", "chat", chatID, "error", err) // the text is there twice, not lost
	}
}

// Queue lists what waits in a chat.
func (c *Composing) Queue(ctx context.Context, p Principal, r ByID) (ChatQueue, error) {
	queue := ChatQueue{ChatID: r.ID, Questions: []QueuedQuestion{}}
	records, err := c.app.waitingIn(r.ID).QueuedQuestions(ctx, p.OwnerID, r.ID)
	for _, record := range records {
		queue.Questions = append(queue.Questions, queuedView(record))
	}
	return queue, err
}

func queuedRequest(record storage.QueuedQuestion) SendRequest {
	var r SendRequest
	_ = json.Unmarshal(record.Request, &r) // written by Add; a damaged one is an empty question
	r.ChatID, r.ParentID = record.ChatID, ""
	return r
}

func queuedView(record storage.QueuedQuestion) QueuedQuestion {
	r := queuedRequest(record)
	return QueuedQuestion{ID: record.ID, ChatID: record.ChatID, Text: r.Text, Mode: r.Mode, Filter: r.Filter, Images: r.Images}
}

// Add puts a question behind the running answer of its chat. If that has ended
// meanwhile, the question is sent at once.
func (c *Composing) Add(ctx context.Context, p Principal, r SendRequest) (ChatQueue, error) {
	r.Text = strings.ToValidUTF8(strings.TrimSpace(r.Text), "\uFFFD")
	switch {
	case r.Text == "":
		return ChatQueue{}, &Error{Code: ProblemQuestionEmpty}
	case len(r.Text) > maxQuestion:
		return ChatQueue{}, &Error{Code: ProblemQuestionTooLong}
	}
	if err := checkMode(r.Mode); err != nil {
		return ChatQueue{}, err
	}
	chat, err := c.app.history(r.ChatID).Chat(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return ChatQueue{}, err
	}
	if r.Images, err = c.app.images.check(ctx, p, chat, r); err != nil {
		return ChatQueue{}, err
	}
	waiting, err := c.Queue(ctx, p, ByID{ID: r.ChatID})
	if err != nil {
		return waiting, err
	}
	if len(waiting.Questions) >= maxQueued {
		return waiting, &Error{Code: ProblemQueueFull, Args: map[string]string{"count": strconv.Itoa(maxQueued)}}
	}
	if _, err := c.app.waitingIn(r.ChatID).AddQueuedQuestion(ctx, p.OwnerID, storage.QueuedQuestion{ChatID: r.ChatID, Request: mustJSON(r)}); err != nil {
		return waiting, err
	}
	c.app.images.bind(p, r.ChatID, r.Images)
	c.dropDraft(ctx, p, r.ChatID)
	c.tell(ctx, p, r.ChatID, nil)
	if c.app.answers.runningIn(r.ChatID) == "" && c.answered(ctx, p, r.ChatID) {
		c.next(ctx, p, r.ChatID, "")
	}
	return c.Queue(ctx, p, ByID{ID: r.ChatID})
}

// answered says whether the last answer of a chat came to its end, or was
// ended by the person.
func (c *Composing) answered(ctx context.Context, p Principal, chatID string) bool {
	chat, err := c.app.history(chatID).Chat(ctx, p.OwnerID, chatID)
	if err != nil {
		return false
	}
	last, err := c.app.history(chatID).Message(ctx, p.OwnerID, chat.ActiveLeaf)
	return err == nil && (last.Status == storage.MessageComplete || last.Status == storage.MessageStopped)
}

// Change replaces the text of a waiting question.
func (c *Composing) Change(ctx context.Context, p Principal, r QueueChange) (ChatQueue, error) {
	text := strings.ToValidUTF8(strings.TrimSpace(r.Text), "\uFFFD")
	switch {
	case text == "":
		return ChatQueue{}, &Error{Code: ProblemQuestionEmpty}
	case len(text) > maxQuestion:
		return ChatQueue{}, &Error{Code: ProblemQuestionTooLong}
	}
	c.mu.Lock() // one that is being sent is not changed any more
	defer c.mu.Unlock()
	record, err := c.app.waitingWith(r.ID).QueuedQuestion(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatQueue{}, err
	}
	request := queuedRequest(record)
	request.Text = text
	if err := c.app.waitingWith(r.ID).UpdateQueuedQuestion(ctx, p.OwnerID, r.ID, mustJSON(request)); err != nil {
		return ChatQueue{}, err
	}
	c.tell(ctx, p, record.ChatID, nil)
	return c.Queue(ctx, p, ByID{ID: record.ChatID})
}

// Remove takes a question out; one that is not there any more is no failure.
func (c *Composing) Remove(ctx context.Context, p Principal, r ByID) (Empty, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	record, err := c.app.waitingWith(r.ID).QueuedQuestion(ctx, p.OwnerID, r.ID)
	if storage.CodeOf(err) == storage.CodeNotFound {
		return Empty{}, nil
	}
	if err == nil {
		err = c.app.waitingWith(r.ID).RemoveQueuedQuestion(ctx, p.OwnerID, r.ID)
	}
	if err == nil {
		c.tell(ctx, p, record.ChatID, nil)
	}
	return Empty{}, err
}

// SendNow stops the running answer, whose text is kept, and asks this question
// before the others that wait.
func (c *Composing) SendNow(ctx context.Context, p Principal, r ByID) (ChatQueue, error) {
	record, err := c.app.waitingWith(r.ID).QueuedQuestion(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatQueue{}, err
	}
	c.app.answers.stopIn(record.ChatID)
	problem := c.next(ctx, p, record.ChatID, r.ID)
	queue, err := c.Queue(ctx, p, ByID{ID: record.ChatID})
	queue.Problem = problem
	return queue, err
}

// follow sends what waits behind an answer that has ended.
func (c *Composing) follow(p Principal, chatID string) {
	if c.app.closing() {
		return
	}
	c.app.background.Go(func() { c.next(c.app.life, p, chatID, "") })
}

// next sends the first waiting question of a chat, or the one that is wanted.
// What cannot be sent goes on waiting, and everyone is told why.
func (c *Composing) next(ctx context.Context, p Principal, chatID, wanted string) *Problem {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting, err := c.app.waitingIn(chatID).QueuedQuestions(ctx, p.OwnerID, chatID)
	if err != nil || len(waiting) == 0 || c.app.closing() {
		return problemOf(err)
	}
	first := waiting[0]
	for _, record := range waiting {
		if record.ID == wanted {
			first = record
		}
	}
	_, err = c.app.chats.send(ctx, p, queuedRequest(first), first.ID)
	if err == nil {
		err = c.app.waitingIn(chatID).RemoveQueuedQuestion(ctx, p.OwnerID, first.ID)
	}
	problem := problemOf(err)
	if problem != nil && problem.Code == ProblemChatBusy {
		problem = nil // somebody asked something else; this one's turn comes
	}
	if problem != nil && ctx.Err() == nil {
		c.app.log.Warn("send a waiting question", "chat", chatID, "error", err)
	}
	c.tell(ctx, p, chatID, problem)
	return problem
}

func (c *Composing) tell(ctx context.Context, p Principal, chatID string, problem *Problem) {
	queue, err := c.Queue(ctx, p, ByID{ID: chatID})
	if err != nil {
		return
	}
	queue.Problem = problem
	c.app.bus.Publish(Event{ChatQueueMoved: &queue})
}
