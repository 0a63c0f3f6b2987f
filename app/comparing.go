package app

import (
	"context"
	"slices"

	"kontor/storage"
)

// ProblemNotComparable is the code for messages that are no two ended answers to
// one question.
const ProblemNotComparable = "not_comparable"

// pair is the answer to a question, or two of them if a second model is asked,
// too. They are written one after the other: the memory of an office computer
// holds one model at a time.
func (c *Chats) pair(answer storage.Message, model string) []storage.Message {
	if model == "" {
		return []storage.Message{answer}
	}
	second := answer
	second.ID = c.app.newID()
	second.Parts = []storage.Part{{Type: partCompared, Text: answer.ID}}
	second.Model = c.app.models.known(model) // its name outlives a crash before its first word
	answer.Parts = []storage.Part{{Type: partCompared, Text: second.ID}}
	return []storage.Message{answer, second}
}

// beginBeside registers the second answer of a pair behind the first one. The
// chat goes on with the first one until a person chooses.
func (c *Chats) beginBeside(ctx context.Context, first *answering, chat storage.Chat, second storage.Message, model string) (*answering, storage.Chat) {
	if updated, err := c.app.history(chat.ID).UpdateChat(ctx, first.principal.OwnerID, chat.ID, storage.ChatUpdate{ActiveLeaf: &first.message.ID}); err == nil {
		chat = updated
	} else {
		c.app.log.Error("go on with the first of two answers", "chat", chat.ID, "error", err)
	}
	with := chat
	with.Model = model
	job := c.app.answers.begin(first.principal, with, second, first.options)
	job.after, job.expected = first.done, c.app.models.known(model)
	job.message.Siblings = []string{first.message.ID, second.ID}
	first.message.Siblings = job.message.Siblings
	return job, chat
}

// besideEarlier puts a new answer beside the earlier one it is compared with;
// the chat goes on as before.
func (c *Chats) besideEarlier(ctx context.Context, p Principal, chat storage.Chat, earlier, second storage.Message) storage.Chat {
	if err := c.compareWith(ctx, p, earlier.ID, second.ID); err != nil {
		c.app.log.Error("compare answers", "message", earlier.ID, "error", err) // the new one is shown alone
		return chat
	}
	updated, err := c.app.history(chat.ID).UpdateChat(ctx, p.OwnerID, chat.ID, storage.ChatUpdate{ActiveLeaf: &chat.ActiveLeaf})
	if err != nil {
		c.app.log.Error("go on with the earlier answer", "chat", chat.ID, "error", err)
		return chat
	}
	return updated
}

// Compare shows two ended answers to one question side by side.
func (c *Chats) Compare(ctx context.Context, p Principal, r CompareRequest) (Chat, error) {
	history := c.app.historyOf(r.MessageID)
	one, err := history.Message(ctx, p.OwnerID, r.MessageID)
	if err != nil {
		return Chat{}, err
	}
	other, err := history.Message(ctx, p.OwnerID, r.WithID)
	if err != nil {
		return Chat{}, err
	}
	if one.ID == other.ID || one.ChatID != other.ChatID || one.ParentID != other.ParentID || one.Role != "assistant" || other.Role != "assistant" {
		return Chat{}, &Error{Code: ProblemNotComparable}
	}
	if err := c.compareWith(ctx, p, one.ID, other.ID); err != nil {
		return Chat{}, err
	}
	if err := c.compareWith(ctx, p, other.ID, one.ID); err != nil {
		return Chat{}, err
	}
	record, err := c.app.history(one.ChatID).Chat(ctx, p.OwnerID, one.ChatID)
	return c.app.chatView(record), err
}

// Choose ends a comparison: the chat goes on with this answer, and the other
// one, stopped if it was being written, stays as another version.
func (c *Chats) Choose(ctx context.Context, p Principal, r ByID) (Chat, error) {
	history := c.app.historyOf(r.ID)
	chosen, err := history.Message(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Chat{}, err
	}
	if other := messageView(chosen).ComparedWith; other != "" {
		c.app.answers.stop(other)
		if err := c.compareWith(ctx, p, other, ""); err != nil && storage.CodeOf(err) != storage.CodeNotFound {
			return Chat{}, err
		}
		if err := c.compareWith(ctx, p, r.ID, ""); err != nil {
			return Chat{}, err
		}
	}
	record, err := c.app.history(chosen.ChatID).Chat(ctx, p.OwnerID, chosen.ChatID)
	if err != nil {
		return Chat{}, err
	}
	nodes, err := c.app.history(record.ID).MessageTree(ctx, p.OwnerID, record.ID)
	if err != nil {
		return Chat{}, err
	}
	if !slices.Contains(pathTo(nodes, record.ActiveLeaf), r.ID) {
		if record, err = c.app.history(record.ID).UpdateChat(ctx, p.OwnerID, record.ID, storage.ChatUpdate{ActiveLeaf: &r.ID}); err != nil {
			return Chat{}, err
		}
	}
	return c.changed(record), nil
}

// compareWith notes beside which other answer one is shown, "" for none.
func (c *Chats) compareWith(ctx context.Context, p Principal, id, other string) error {
	if job := c.app.answers.get(id); job != nil && !job.compareWith(other) {
		<-job.done
	} else if job != nil {
		return nil
	}
	return c.replacePart(ctx, p, id, partCompared, func(parts []storage.Part) []storage.Part {
		if other == "" {
			return parts
		}
		return append(parts, storage.Part{Type: partCompared, Text: other})
	})
}

// replacePart writes a message without its parts of one type, with what add
// puts behind the others. It is for messages that have ended.
func (c *Chats) replacePart(ctx context.Context, p Principal, id, kind string, add func([]storage.Part) []storage.Part) error {
	history := c.app.historyOf(id)
	record, err := history.Message(ctx, p.OwnerID, id)
	if err != nil {
		return err
	}
	parts := add(slices.DeleteFunc(slices.Clone(record.Parts), func(part storage.Part) bool { return part.Type == kind }))
	_, err = history.UpdateMessage(ctx, p.OwnerID, id, storage.MessageUpdate{Parts: &parts})
	return err
}

// compareWith is that of [Chats] for an answer that is being written; false if
// its last state is already on the way to the disk.
func (j *answering) compareWith(other string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.message.Status != storage.MessageRunning {
		return false
	}
	j.message.ComparedWith = other
	return true
}

// awaitTurn waits for the other answer of a pair; they share the machine.
func (j *answering) awaitTurn() error {
	if j.after == nil {
		return nil
	}
	j.phase("queued")
	select {
	case <-j.after:
		return nil
	case <-j.ctx.Done():
		return context.Cause(j.ctx)
	}
}

// compared reads the answers beside the ones that are shown. One that is gone,
// or no longer beside it, is left out.
func (c *Chats) compared(ctx context.Context, p Principal, chatID string, views []Message) error {
	var ids []string
	for _, m := range views {
		if m.ComparedWith != "" {
			ids = append(ids, m.ComparedWith)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	stored, err := c.app.history(chatID).MessagesOf(ctx, p.OwnerID, chatID, ids)
	if err != nil {
		return err
	}
	for i := range views {
		for _, record := range stored {
			if record.ID != views[i].ComparedWith || record.ParentID != views[i].ParentID {
				continue
			}
			other := messageView(record)
			if running := c.app.answers.get(record.ID); running != nil {
				other = running.snapshot()
			}
			other.Siblings = views[i].Siblings
			views[i].Compared = &other
		}
	}
	return nil
}
