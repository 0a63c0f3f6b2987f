package app

import (
	"context"

	"kontor/app/policy"
	"kontor/storage"
)

// Codes of problems with temporary chats.
const (
	ProblemTemporaryOff  = "temporary_off"
	ProblemTemporaryOnly = "temporary_only"
	// ProblemTemporaryImages: the memory for their images is used up.
	ProblemTemporaryImages = "temporary_images"
)

func temporaryProblems() []string {
	return []string{ProblemTemporaryOff, ProblemTemporaryOnly, ProblemTemporaryImages}
}

// Keep writes a temporary chat to the history after all.
func (c *Chats) Keep(ctx context.Context, p Principal, r ByID) (Chat, error) {
	if c.app.policy.Text(policy.TemporaryChats) == temporaryAlways {
		return Chat{}, &Error{Code: ProblemTemporaryOnly}
	}
	release, err := c.app.answers.reserve(r.ID, r.ID) // no answer may begin meanwhile
	if err != nil {
		return Chat{}, err
	}
	kept, err := c.app.temporary.moveTo(ctx, c.app.db, p.OwnerID, r.ID)
	release()
	if err != nil {
		return Chat{}, err
	}
	return c.changed(kept), nil
}

// moveTo writes a chat with everything in it to the database and forgets it here.
func (t *temporaryChats) moveTo(ctx context.Context, db *storage.DB, owner, id string) (storage.Chat, error) {
	record, err := t.Chat(ctx, owner, id)
	if err != nil {
		return record, err
	}
	messages, err := t.Messages(ctx, owner, id)
	if err != nil {
		return record, err
	}
	instructions, err := t.instructions(owner, id, nil)
	if err != nil {
		return record, err
	}
	setup, err := t.app.chatSetup(ctx, owner, id)
	if err != nil {
		return record, err
	}
	waiting, err := t.QueuedQuestions(ctx, owner, id)
	if err != nil {
		return record, err
	}
	if err := t.settleImages(owner, messages, waiting); err != nil {
		return record, err
	}
	whole := storage.ImportedChat{Chat: record, Instructions: instructions, Setup: setup}
	if _, err := db.ImportChat(ctx, owner, whole, messages); err != nil {
		return record, err
	}
	for _, question := range waiting {
		if _, err := db.AddQueuedQuestion(ctx, owner, question); err != nil {
			return record, err
		}
	}
	if err := t.DeleteChat(ctx, owner, id); err != nil {
		return record, err
	}
	return db.Chat(ctx, owner, id)
}

// settleImages writes the pictures of a chat that is kept.
func (t *temporaryChats) settleImages(owner string, messages []storage.Message, waiting []storage.QueuedQuestion) error {
	var images []Image
	for _, m := range messages {
		images = append(images, messageView(m).Images...)
	}
	for _, question := range waiting {
		images = append(images, queuedRequest(question).Images...)
	}
	return t.app.images.settle(Principal{OwnerID: owner}, images)
}

// endTemporary forgets a temporary chat, also in the memory of events.
func (c *Chats) endTemporary(ctx context.Context, owner, id string) error {
	messages, err := c.app.temporary.Messages(ctx, owner, id)
	if err != nil {
		return err
	}
	if err := c.app.temporary.DeleteChat(ctx, owner, id); err != nil {
		return err
	}
	forgotten := map[string]bool{id: true}
	for _, m := range messages {
		forgotten[m.ID] = true
	}
	c.app.bus.Forget(id, forgotten)
	c.app.bus.Publish(Event{ChatRemoved: &ByID{ID: id}})
	return nil
}

// endIdle ends temporary chats that nobody has used for long, and forgets
// pictures that nobody asked about.
func (c *Chats) endIdle(ctx context.Context) {
	c.app.temporary.images.endIdle()
	for id, owner := range c.app.temporary.idle() {
		if err := c.endTemporary(ctx, owner, id); err != nil {
			c.app.log.Warn("end a temporary chat", "chat", id, "error", err)
		}
	}
}

// instructionsFor reads what one chat tells the model.
func (a *App) instructionsFor(ctx context.Context, chat storage.Chat) (string, error) {
	if a.temporary.has(chat.ID) {
		return a.temporary.instructions(chat.OwnerID, chat.ID, nil)
	}
	return a.db.ChatInstructions(ctx, chat.OwnerID, chat.ID)
}
