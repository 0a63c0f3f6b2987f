package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// Draft is what stands in the field of a chat and was not sent.
type Draft struct {
	ChatID    string // "" for the chat that does not exist yet
	Text      string
	Images    json.RawMessage // as app wrote them, nil for none
	UpdatedAt int64
}

// Drafts lists an owner's drafts of chats that are not deleted.
func (d *DB) Drafts(ctx context.Context, owner string) ([]Draft, error) {
	const op = "list drafts"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanDraft, `SELECT coalesce(c.id, ''), d.text, d.images, d.updated_at FROM drafts d
		LEFT JOIN chats c ON c.seq = d.chat_seq WHERE d.owner_id = ? AND coalesce(c.deleted_at, 0) = 0 ORDER BY d.seq`, owner)
	return found, wrap(op, err)
}

func scanDraft(row scanner) (Draft, error) {
	var draft Draft
	var images string
	err := row.Scan(&draft.ChatID, &draft.Text, &images, &draft.UpdatedAt)
	if images != "[]" {
		draft.Images = json.RawMessage(images)
	}
	return draft, err
}

// SaveDraft replaces the draft of a chat; one without text and images ends it.
// CodeNotFound: no such chat.
func (d *DB) SaveDraft(ctx context.Context, owner string, draft Draft) error {
	return d.quickly(ctx, "save draft", func(tx *sql.Tx) error {
		var chatSeq *int64
		if draft.ChatID != "" {
			c, err := liveChat(ctx, tx, owner, draft.ChatID)
			if err != nil {
				return err
			}
			chatSeq = &c.seq
		}
		if _, err := execute(ctx, tx, `DELETE FROM drafts WHERE owner_id = ? AND chat_seq IS ?`, owner, chatSeq); err != nil {
			return err
		}
		return insertDraft(ctx, tx, owner, chatSeq, draft, d.milliseconds())
	})
}

// insertDraft stores a draft that has text or images.
func insertDraft(ctx context.Context, tx *sql.Tx, owner string, chatSeq *int64, draft Draft, now int64) error {
	if draft.Text == "" && len(draft.Images) == 0 {
		return nil
	}
	images := "[]"
	if len(draft.Images) > 0 {
		images = string(draft.Images)
	}
	_, err := execute(ctx, tx, `INSERT INTO drafts (owner_id, chat_seq, text, images, updated_at) VALUES (?,?,?,?,?)`,
		owner, chatSeq, draft.Text, images, now)
	return err
}

// QueuedQuestion waits for the running answer of its chat. A message with its
// ID means that it was sent.
type QueuedQuestion struct {
	ID        string
	ChatID    string
	Request   json.RawMessage
	CreatedAt int64
}

const queuedFrom = ` FROM queued_questions q JOIN chats c ON c.seq = q.chat_seq
	WHERE c.owner_id = ? AND c.deleted_at = 0 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = q.id) `

func scanQueued(row scanner) (QueuedQuestion, error) {
	var q QueuedQuestion
	var request string
	err := row.Scan(&q.ID, &q.ChatID, &request, &q.CreatedAt)
	q.Request = json.RawMessage(request)
	return q, err
}

// QueuedQuestions lists what waits in a chat, first come first.
func (d *DB) QueuedQuestions(ctx context.Context, owner, chatID string) ([]QueuedQuestion, error) {
	const op = "list queued questions"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanQueued, `SELECT q.id, c.id, q.request, q.created_at`+queuedFrom+`AND c.id = ? ORDER BY q.seq`, owner, chatID)
	return found, wrap(op, err)
}

// QueuedQuestion reads one that waits.
func (d *DB) QueuedQuestion(ctx context.Context, owner, id string) (QueuedQuestion, error) {
	const op = "read queued question"
	q, err := d.reading(op)
	if err != nil {
		return QueuedQuestion{}, err
	}
	found, err := scanQueued(q.QueryRowContext(ctx, `SELECT q.id, c.id, q.request, q.created_at`+queuedFrom+`AND q.id = ?`, owner, id))
	return found, wrap(op, err)
}

// AddQueuedQuestion puts a question behind those that wait in its chat.
func (d *DB) AddQueuedQuestion(ctx context.Context, owner string, question QueuedQuestion) (QueuedQuestion, error) {
	if question.ID == "" {
		question.ID = d.newID()
	}
	question.CreatedAt = d.milliseconds()
	err := d.durably(ctx, "queue question", func(tx *sql.Tx) error {
		c, err := liveChat(ctx, tx, owner, question.ChatID)
		if err != nil {
			return err
		}
		_, err = execute(ctx, tx, `INSERT INTO queued_questions (id, chat_seq, request, created_at) VALUES (?,?,?,?)`,
			question.ID, c.seq, string(question.Request), question.CreatedAt)
		return err
	})
	return question, err
}

// UpdateQueuedQuestion replaces what a waiting question asks.
func (d *DB) UpdateQueuedQuestion(ctx context.Context, owner, id string, request json.RawMessage) error {
	return d.changeQueued(ctx, "change queued question", `UPDATE queued_questions SET request = ?`, owner, id, string(request))
}

// RemoveQueuedQuestion takes a question out.
func (d *DB) RemoveQueuedQuestion(ctx context.Context, owner, id string) error {
	return d.changeQueued(ctx, "remove queued question", `DELETE FROM queued_questions`, owner, id)
}

func (d *DB) changeQueued(ctx context.Context, op, change, owner, id string, args ...any) error {
	return d.durably(ctx, op, func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, change+` WHERE id = ? AND chat_seq IN (SELECT seq FROM chats WHERE owner_id = ?)`, append(args, id, owner)...)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
}

// ChatStart is the question from which on a chat is sent along, "" for all of it.
func (d *DB) ChatStart(ctx context.Context, owner, chatID string) (string, error) {
	const op = "read start of chat"
	q, err := d.reading(op)
	if err != nil {
		return "", err
	}
	id, err := scanText(q.QueryRowContext(ctx, `SELECT s.message_id FROM chat_starts s JOIN chats c ON c.seq = s.chat_seq
		WHERE c.id = ? AND c.owner_id = ?`, chatID, owner))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, wrap(op, err)
}

// SetChatStart changes it; "" sends all of the chat along again. CodeNotFound:
// no such chat, or no such message in it.
func (d *DB) SetChatStart(ctx context.Context, owner, chatID, messageID string) error {
	return d.durably(ctx, "set start of chat", func(tx *sql.Tx) error {
		c, err := liveChat(ctx, tx, owner, chatID)
		if err != nil {
			return err
		}
		if messageID == "" {
			_, err = execute(ctx, tx, `DELETE FROM chat_starts WHERE chat_seq = ?`, c.seq)
			return err
		}
		if err := messageIn(ctx, tx, c.seq, messageID); err != nil {
			return err
		}
		_, err = execute(ctx, tx, `INSERT OR REPLACE INTO chat_starts (chat_seq, message_id) VALUES (?,?)`, c.seq, messageID)
		return err
	})
}

// ImageHashes lists the pictures in an owner's messages, deleted chats
// included, drafts and queued questions.
func (d *DB) ImageHashes(ctx context.Context, owner string) ([]string, error) {
	const op = "list images"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanText, `
		SELECT p.value ->> '$.data.hash' FROM messages m JOIN chats c ON c.seq = m.chat_seq, json_each(m.parts) p
			WHERE c.owner_id = ? AND instr(m.parts, '"type":"image"') > 0 AND p.value ->> '$.type' = 'image'
		UNION SELECT i.value ->> '$.hash' FROM drafts d, json_each(d.images) i WHERE d.owner_id = ?
		UNION SELECT i.value ->> '$.hash' FROM queued_questions w JOIN chats c ON c.seq = w.chat_seq, json_each(w.request, '$.images') i
			WHERE c.owner_id = ?`, owner, owner, owner)
	return found, wrap(op, err)
}
