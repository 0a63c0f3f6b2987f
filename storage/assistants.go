package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// Assistant is one that a person made. Profile is JSON of the program's own form.
type Assistant struct {
	ID        string
	Profile   json.RawMessage
	CreatedAt int64
	UpdatedAt int64
}

func scanAssistant(row scanner) (Assistant, error) {
	var a Assistant
	var profile string
	err := row.Scan(&a.ID, &profile, &a.CreatedAt, &a.UpdatedAt)
	a.Profile = json.RawMessage(profile)
	return a, err
}

// Assistants lists an owner's assistants in the order they were made.
func (d *DB) Assistants(ctx context.Context, owner string) ([]Assistant, error) {
	const op = "list assistants"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanAssistant, `SELECT id, profile, created_at, updated_at
		FROM assistants WHERE owner_id = ? ORDER BY seq`, owner)
	return found, wrap(op, err)
}

// SaveAssistant replaces the assistant with this id or adds it; without an id
// it gets a new one. CodeNotFound: the id is another owner's.
func (d *DB) SaveAssistant(ctx context.Context, owner string, a Assistant) (Assistant, error) {
	if a.ID == "" {
		a.ID = d.newID()
	}
	now := d.milliseconds()
	err := d.durably(ctx, "save assistant", func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, `INSERT INTO assistants (id, owner_id, profile, created_at, updated_at) VALUES (?,?,?,?,?)
			ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, updated_at = excluded.updated_at WHERE owner_id = excluded.owner_id`,
			a.ID, owner, string(a.Profile), now, now)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		if err != nil {
			return err
		}
		a, err = scanAssistant(tx.QueryRowContext(ctx, `SELECT id, profile, created_at, updated_at FROM assistants WHERE id = ?`, a.ID))
		return err
	})
	return a, err
}

// ImportAssistant adds an assistant from a file, with its id and times; one
// that has this id stays as it is, whosever it is. It says whether it was new.
func (d *DB) ImportAssistant(ctx context.Context, owner string, a Assistant) (bool, error) {
	var n int64
	err := d.durably(ctx, "import assistant", func(tx *sql.Tx) (err error) {
		n, err = execute(ctx, tx, `INSERT INTO assistants (id, owner_id, profile, created_at, updated_at) VALUES (?,?,?,?,?)
			ON CONFLICT (id) DO NOTHING`, a.ID, owner, string(a.Profile), a.CreatedAt, a.UpdatedAt)
		return err
	})
	return n > 0, err
}

// DeleteAssistant removes one; chats that were started with it keep their copy.
func (d *DB) DeleteAssistant(ctx context.Context, owner, id string) error {
	return d.durably(ctx, "delete assistant", func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, `DELETE FROM assistants WHERE id = ? AND owner_id = ?`, id, owner)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
}

// ChatSetup is what a chat was started with and what it has of its own. The
// texts are JSON of the program's own form, "" for none.
type ChatSetup struct {
	AssistantID string
	Assistant   string
	Parameters  string
}

// ChatSetup reads it; a chat that has none gets the zero value.
func (d *DB) ChatSetup(ctx context.Context, owner, chatID string) (ChatSetup, error) {
	const op = "read setup"
	q, err := d.reading(op)
	if err != nil {
		return ChatSetup{}, err
	}
	var s ChatSetup
	err = q.QueryRowContext(ctx, `SELECT s.assistant_id, s.assistant, s.parameters FROM chat_setups s JOIN chats c ON c.seq = s.chat_seq
		WHERE c.id = ? AND c.owner_id = ?`, chatID, owner).Scan(&s.AssistantID, &s.Assistant, &s.Parameters)
	if errors.Is(err, sql.ErrNoRows) {
		return ChatSetup{}, nil
	}
	return s, wrap(op, err)
}

// SetChatSetup replaces it; the zero value ends it.
func (d *DB) SetChatSetup(ctx context.Context, owner, chatID string, s ChatSetup) error {
	return d.durably(ctx, "set setup", func(tx *sql.Tx) error {
		c, err := liveChat(ctx, tx, owner, chatID)
		if err != nil {
			return err
		}
		if s == (ChatSetup{}) {
			_, err = tx.ExecContext(ctx, `DELETE FROM chat_setups WHERE chat_seq = ?`, c.seq)
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO chat_setups (chat_seq, assistant_id, assistant, parameters) VALUES (?,?,?,?)`,
			c.seq, s.AssistantID, s.Assistant, s.Parameters)
		return err
	})
}

// Briefing is the record that a person went through one.
type Briefing struct {
	Version     string
	Language    string
	CompletedAt int64
}

// Briefings lists an owner's records, newest first.
func (d *DB) Briefings(ctx context.Context, owner string) ([]Briefing, error) {
	const op = "list briefings"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, func(row scanner) (Briefing, error) {
		var b Briefing
		err := row.Scan(&b.Version, &b.Language, &b.CompletedAt)
		return b, err
	}, `SELECT version, language, completed_at FROM briefings WHERE owner_id = ? ORDER BY seq DESC`, owner)
	return found, wrap(op, err)
}

// AddBriefing records one; CompletedAt is filled in.
func (d *DB) AddBriefing(ctx context.Context, owner string, b Briefing) (Briefing, error) {
	b.CompletedAt = d.milliseconds()
	err := d.durably(ctx, "add briefing", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO briefings (owner_id, version, language, completed_at) VALUES (?,?,?,?)`,
			owner, b.Version, b.Language, b.CompletedAt)
		return err
	})
	return b, err
}

// DeleteBriefings removes an owner's records.
func (d *DB) DeleteBriefings(ctx context.Context, owner string) error {
	return d.durably(ctx, "delete briefings", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM briefings WHERE owner_id = ?`, owner)
		return err
	})
}
