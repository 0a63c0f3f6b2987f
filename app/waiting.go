package app

import (
	"context"
	"encoding/json"
	"slices"

	"kontor/storage"
)

// queueStore keeps the questions that wait for the running answer of their
// chat: the database, or the memory for temporary chats.
type queueStore interface {
	QueuedQuestions(ctx context.Context, owner, chatID string) ([]storage.QueuedQuestion, error)
	QueuedQuestion(ctx context.Context, owner, id string) (storage.QueuedQuestion, error)
	AddQueuedQuestion(ctx context.Context, owner string, question storage.QueuedQuestion) (storage.QueuedQuestion, error)
	UpdateQueuedQuestion(ctx context.Context, owner, id string, request json.RawMessage) error
	RemoveQueuedQuestion(ctx context.Context, owner, id string) error
}

// waitingIn is where the questions of a chat wait.
func (a *App) waitingIn(chatID string) queueStore {
	if a.temporary.has(chatID) {
		return a.temporary
	}
	return a.db
}

// waitingWith is where one question waits.
func (a *App) waitingWith(id string) queueStore {
	if a.temporary.hasWaiting(id) {
		return a.temporary
	}
	return a.db
}

func (t *temporaryChats) hasWaiting(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.chats {
		if c.waits(id) >= 0 {
			return true
		}
	}
	return false
}

// waits is the place of a question that waits, or -1.
func (c *temporaryChat) waits(id string) int {
	return slices.IndexFunc(c.waiting, func(q storage.QueuedQuestion) bool { return q.ID == id })
}

// QueuedQuestions implements queueStore, as do the methods below.
func (t *temporaryChats) QueuedQuestions(_ context.Context, owner, chatID string) ([]storage.QueuedQuestion, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, err := t.of(owner, chatID)
	if err != nil {
		return nil, err
	}
	// What has become a message does not wait any more.
	return slices.DeleteFunc(slices.Clone(c.waiting), func(q storage.QueuedQuestion) bool { return t.in[q.ID] != "" }), nil
}

func (t *temporaryChats) QueuedQuestion(_ context.Context, owner, id string) (storage.QueuedQuestion, error) {
	var found storage.QueuedQuestion
	err := t.changeWaiting(owner, id, func(c *temporaryChat, at int) { found = c.waiting[at] })
	return found, err
}

func (t *temporaryChats) AddQueuedQuestion(_ context.Context, owner string, question storage.QueuedQuestion) (storage.QueuedQuestion, error) {
	if question.ID == "" {
		question.ID = t.app.newID()
	}
	question.CreatedAt = t.app.now().UnixMilli()
	return question, t.change(owner, question.ChatID, func(c *temporaryChat) { c.waiting = append(c.waiting, question) })
}

func (t *temporaryChats) UpdateQueuedQuestion(_ context.Context, owner, id string, request json.RawMessage) error {
	return t.changeWaiting(owner, id, func(c *temporaryChat, at int) { c.waiting[at].Request = request })
}

func (t *temporaryChats) RemoveQueuedQuestion(_ context.Context, owner, id string) error {
	return t.changeWaiting(owner, id, func(c *temporaryChat, at int) { c.waiting = slices.Delete(c.waiting, at, at+1) })
}

// changeWaiting calls change with the chat a question waits in and its place.
func (t *temporaryChats) changeWaiting(owner, id string, change func(c *temporaryChat, at int)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.chats {
		if at := c.waits(id); at >= 0 && c.chat.OwnerID == owner {
			change(c, at)
			return nil
		}
	}
	return &storage.Error{Code: storage.CodeNotFound}
}
