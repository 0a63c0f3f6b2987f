package storage

import (
	"context"
	"database/sql"
	"errors"
)

// Prompt is a text that a person wrote to be used again.
type Prompt struct {
	ID        string
	Title     string
	About     string
	Text      string
	CreatedAt int64
	UpdatedAt int64
}

func scanPrompt(row scanner) (Prompt, error) {
	var p Prompt
	err := row.Scan(&p.ID, &p.Title, &p.About, &p.Text, &p.CreatedAt, &p.UpdatedAt)
	return p, err
}

// Prompts lists an owner's prompts in the order they were made.
func (d *DB) Prompts(ctx context.Context, owner string) ([]Prompt, error) {
	const op = "list prompts"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanPrompt, `SELECT id, title, about, text, created_at, updated_at
		FROM prompts WHERE owner_id = ? ORDER BY seq`, owner)
	return found, wrap(op, err)
}

// SavePrompt adds a prompt without an id and replaces one that has it.
// CodeNotFound: the owner has no such prompt.
func (d *DB) SavePrompt(ctx context.Context, owner string, p Prompt) (Prompt, error) {
	now := d.milliseconds()
	p.UpdatedAt = now
	err := d.durably(ctx, "save prompt", func(tx *sql.Tx) error {
		if p.ID == "" {
			p.ID, p.CreatedAt = d.newID(), now
			_, err := tx.ExecContext(ctx, `INSERT INTO prompts (id, owner_id, title, about, text, created_at, updated_at)
				VALUES (?,?,?,?,?,?,?)`, p.ID, owner, p.Title, p.About, p.Text, now, now)
			return err
		}
		n, err := execute(ctx, tx, `UPDATE prompts SET title = ?, about = ?, text = ?, updated_at = ? WHERE id = ? AND owner_id = ?`,
			p.Title, p.About, p.Text, now, p.ID, owner)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
	return p, err
}

// ImportPrompt adds a prompt from a file, with its id and times; one that has
// this id stays as it is, whosever it is. It says whether it was new.
func (d *DB) ImportPrompt(ctx context.Context, owner string, p Prompt) (bool, error) {
	var n int64
	err := d.durably(ctx, "import prompt", func(tx *sql.Tx) (err error) {
		n, err = execute(ctx, tx, `INSERT INTO prompts (id, owner_id, title, about, text, created_at, updated_at)
			VALUES (?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING`, p.ID, owner, p.Title, p.About, p.Text, p.CreatedAt, p.UpdatedAt)
		return err
	})
	return n > 0, err
}

// DeletePrompt removes one.
func (d *DB) DeletePrompt(ctx context.Context, owner, id string) error {
	return d.durably(ctx, "delete prompt", func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, `DELETE FROM prompts WHERE id = ? AND owner_id = ?`, id, owner)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
}

// ChatInstructions reads what the model is told in a chat, "" for nothing.
func (d *DB) ChatInstructions(ctx context.Context, owner, chatID string) (string, error) {
	const op = "read instructions"
	q, err := d.reading(op)
	if err != nil {
		return "", err
	}
	text, err := scanText(q.QueryRowContext(ctx, `SELECT i.text FROM chat_instructions i JOIN chats c ON c.seq = i.chat_seq
		WHERE c.id = ? AND c.owner_id = ?`, chatID, owner))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, wrap(op, err)
}

// SetChatInstructions replaces what the model is told in a chat; "" ends it.
func (d *DB) SetChatInstructions(ctx context.Context, owner, chatID, text string) error {
	return d.durably(ctx, "set instructions", func(tx *sql.Tx) error {
		c, err := liveChat(ctx, tx, owner, chatID)
		if err != nil {
			return err
		}
		if text == "" {
			_, err = tx.ExecContext(ctx, `DELETE FROM chat_instructions WHERE chat_seq = ?`, c.seq)
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO chat_instructions (chat_seq, text) VALUES (?, ?)`, c.seq, text)
		return err
	})
}
