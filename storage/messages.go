package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
)

const messageColumns = `m.seq, m.chat_seq, m.id, c.id, m.parent_id, m.role, m.status, m.parts,
	m.model, m.digest, m.mode, m.facts, m.created_at, m.updated_at`

const messageTables = ` FROM messages m JOIN chats c ON c.seq = m.chat_seq `

// numberedMessage is a message with its integer keys.
type numberedMessage struct {
	Message
	seq, chatSeq int64
}

func scanMessage(row scanner) (numberedMessage, error) {
	var m numberedMessage
	var parts, facts string
	err := row.Scan(&m.seq, &m.chatSeq, &m.ID, &m.ChatID, &m.ParentID, &m.Role, &m.Status, &parts,
		&m.Model, &m.Digest, &m.Mode, &facts, &m.CreatedAt, &m.UpdatedAt)
	if err != nil {
		return m, err
	}
	if facts != "" {
		m.Facts = json.RawMessage(facts)
	}
	return m, json.Unmarshal([]byte(parts), &m.Parts)
}

func message(ctx context.Context, q querier, owner, id string) (numberedMessage, error) {
	return scanMessage(q.QueryRowContext(ctx, `SELECT `+messageColumns+messageTables+
		`WHERE m.id = ? AND c.owner_id = ?`, id, owner))
}

// messageIn fails with sql.ErrNoRows unless the message is in the chat.
func messageIn(ctx context.Context, q querier, chatSeq int64, id string) error {
	_, err := scanInteger(q.QueryRowContext(ctx, `SELECT seq FROM messages WHERE id = ? AND chat_seq = ?`, id, chatSeq))
	return err
}

// AppendMessages adds messages to a chat in one transaction, makes the last
// one the active leaf and moves the chat to the top of the list. Empty ids and
// times are filled in; a message after the first whose ParentID is empty
// follows the one before it. CodeNotFound: no such chat or parent.
func (d *DB) AppendMessages(ctx context.Context, owner, chatID string, messages []Message) ([]Message, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	added := append([]Message(nil), messages...)
	now := d.milliseconds()
	for i := range added {
		m := &added[i]
		m.ChatID = chatID
		if m.ID == "" {
			m.ID = d.newID()
		}
		if i > 0 && m.ParentID == "" {
			m.ParentID = added[i-1].ID
		}
		if m.Status == "" {
			m.Status = MessageComplete
		}
		if m.CreatedAt == 0 {
			m.CreatedAt = now
		}
		if m.UpdatedAt == 0 {
			m.UpdatedAt = m.CreatedAt
		}
	}
	err := d.durably(ctx, "append messages", func(tx *sql.Tx) error {
		c, err := liveChat(ctx, tx, owner, chatID)
		if err != nil {
			return err
		}
		for _, m := range added {
			if err := d.insertMessage(ctx, tx, c.seq, m); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE chats SET active_leaf = ?, updated_at = max(updated_at, ?) WHERE seq = ?`,
			added[len(added)-1].ID, now, c.seq)
		return err
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

func (d *DB) insertMessage(ctx context.Context, tx *sql.Tx, chatSeq int64, m Message) error {
	if m.ParentID != "" {
		if err := messageIn(ctx, tx, chatSeq, m.ParentID); err != nil {
			return err
		}
	}
	parts, err := marshalParts(m.Parts)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO messages (id, chat_seq, parent_id, role, status, parts,
		model, digest, mode, facts, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		m.ID, chatSeq, m.ParentID, m.Role, m.Status, parts, m.Model, m.Digest, m.Mode, string(m.Facts),
		m.CreatedAt, m.UpdatedAt)
	if err != nil {
		return err
	}
	seq, err := result.LastInsertId()
	if err != nil {
		return err
	}
	return d.indexMessage(ctx, tx, seq, m)
}

func marshalParts(parts []Part) (string, error) {
	if len(parts) == 0 {
		return "[]", nil
	}
	encoded, err := json.Marshal(parts)
	return string(encoded), err
}

// UpdateMessage changes fields of a message, also in a deleted chat: an answer
// that is being written goes on there and is complete when the chat is restored.
func (d *DB) UpdateMessage(ctx context.Context, owner, id string, u MessageUpdate) (Message, error) {
	var m numberedMessage
	err := d.durably(ctx, "update message", func(tx *sql.Tx) (err error) {
		if m, err = message(ctx, tx, owner, id); err != nil {
			return err
		}
		var set setter
		set.text("status", u.Status)
		set.text("model", u.Model)
		set.text("digest", u.Digest)
		set.text("mode", u.Mode)
		if u.Facts != nil {
			set.value("facts", string(*u.Facts))
		}
		if u.Parts != nil {
			parts, err := marshalParts(*u.Parts)
			if err != nil {
				return err
			}
			set.value("parts", parts)
		}
		set.value("updated_at", d.milliseconds())
		if err := set.run(ctx, tx, "messages", m.seq); err != nil {
			return err
		}
		if m, err = message(ctx, tx, owner, id); err != nil {
			return err
		}
		return d.indexMessage(ctx, tx, m.seq, m.Message)
	})
	return m.Message, err
}

// Message reads one message of a chat that is not deleted.
func (d *DB) Message(ctx context.Context, owner, id string) (Message, error) {
	const op = "read message"
	q, err := d.reading(op)
	if err != nil {
		return Message{}, err
	}
	m, err := scanMessage(q.QueryRowContext(ctx, `SELECT `+messageColumns+messageTables+
		`WHERE m.id = ? AND c.owner_id = ? AND c.deleted_at = 0`, id, owner))
	return m.Message, wrap(op, err)
}

// Messages reads the whole tree of a chat, oldest first.
func (d *DB) Messages(ctx context.Context, owner, chatID string) ([]Message, error) {
	return d.chatMessages(ctx, "read messages", owner, chatID, "")
}

// chatMessages reads those messages of a chat that and leaves, oldest first.
func (d *DB) chatMessages(ctx context.Context, op, owner, chatID, and string, args ...any) ([]Message, error) {
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	c, err := liveChat(ctx, q, owner, chatID)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, scanMessage, `SELECT `+messageColumns+messageTables+
		`WHERE m.chat_seq = ?`+and+` ORDER BY m.seq`, slices.Concat([]any{c.seq}, args)...)
	messages := make([]Message, len(found))
	for i := range found {
		messages[i] = found[i].Message
	}
	return messages, wrap(op, err)
}

// MessageNode is the place of a message in the tree of its chat.
type MessageNode struct{ ID, ParentID string }

// MessageTree reads the places of all messages of a chat, oldest first, without
// what they say.
func (d *DB) MessageTree(ctx context.Context, owner, chatID string) ([]MessageNode, error) {
	const op = "read message tree"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	c, err := liveChat(ctx, q, owner, chatID)
	if err != nil {
		return nil, wrap(op, err)
	}
	scan := func(row scanner) (n MessageNode, err error) { return n, row.Scan(&n.ID, &n.ParentID) }
	nodes, err := collect(ctx, q, scan, `SELECT id, parent_id FROM messages WHERE chat_seq = ? ORDER BY seq`, c.seq)
	return nodes, wrap(op, err)
}

// MessagesOf reads the named messages of a chat, oldest first; ids that are not
// in it are passed over.
func (d *DB) MessagesOf(ctx context.Context, owner, chatID string, ids []string) ([]Message, error) {
	const op = "read some messages"
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, wrap(op, err)
	}
	return d.chatMessages(ctx, op, owner, chatID, ` AND m.id IN (SELECT value FROM json_each(?))`, string(list))
}

// RecoverMessages ends what a dead process was writing: an answer with any
// text becomes partial, one without becomes failed. It says how many there
// were, and belongs before the first chat is served.
func (d *DB) RecoverMessages(ctx context.Context) (int, error) {
	count := 0
	err := d.durably(ctx, "recover messages", func(tx *sql.Tx) error {
		running, err := collect(ctx, tx, scanMessage, `SELECT `+messageColumns+messageTables+
			`WHERE m.status = 'running'`)
		if err != nil {
			return err
		}
		count = len(running)
		for _, m := range running {
			m.Status = MessageFailed
			if strings.TrimSpace(textOf(m.Parts)) != "" {
				m.Status = MessagePartial
			}
			if _, err := tx.ExecContext(ctx, `UPDATE messages SET status = ?, updated_at = ? WHERE seq = ?`,
				m.Status, d.milliseconds(), m.seq); err != nil {
				return err
			}
			if err := d.indexMessage(ctx, tx, m.seq, m.Message); err != nil {
				return err
			}
		}
		return nil
	})
	return count, err
}

// textOf joins the text parts of a message.
func textOf(parts []Part) string {
	var text []string
	for _, p := range parts {
		if p.Type == "text" {
			text = append(text, p.Text)
		}
	}
	return strings.Join(text, "\n")
}
