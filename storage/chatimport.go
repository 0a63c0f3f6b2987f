package storage

import (
	"context"
	"database/sql"
	"errors"
)

// ChatIDs lists all chats that are not deleted, oldest first, archived ones
// included; folderID limits it to one folder.
func (d *DB) ChatIDs(ctx context.Context, owner, folderID string) ([]string, error) {
	const op = "list chat ids"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanText, `SELECT id FROM chats WHERE owner_id = ? AND deleted_at = 0
		AND (? = '' OR folder_id = ?) ORDER BY created_at, seq`, owner, folderID, folderID)
	return found, wrap(op, err)
}

// ChatOfAnother says whether another person's chat has this id.
func (d *DB) ChatOfAnother(ctx context.Context, owner, id string) (bool, error) {
	const op = "look up chat id"
	q, err := d.reading(op)
	if err != nil {
		return false, err
	}
	n, err := scanInteger(q.QueryRowContext(ctx, `SELECT count(*) FROM chats WHERE id = ? AND owner_id <> ?`, id, owner))
	return n > 0, wrap(op, err)
}

// ImportedChat is a chat from a file with what is no message: what the model is
// told in it, how it answers, the message from which on it is sent along, and
// what was not sent yet.
type ImportedChat struct {
	Chat
	Instructions string
	Setup        ChatSetup
	StartsAt     string
	Draft        Draft
}

// ImportChat stores a chat from a file, all of it or nothing, with its ids and
// times. Of a chat that is there already it adds the messages that are not and
// changes nothing else; of a deleted one nothing. Messages whose parent is
// unknown begin a branch of their own. It says how many messages were new.
func (d *DB) ImportChat(ctx context.Context, owner string, c ImportedChat, messages []Message) (int, error) {
	added := 0
	err := d.durably(ctx, "import chat", func(tx *sql.Tx) error {
		existing, err := chat(ctx, tx, owner, c.ID)
		fresh := errors.Is(err, sql.ErrNoRows)
		if err != nil && !fresh || existing.DeletedAt != 0 {
			return err
		}
		seq := existing.seq
		if fresh {
			if seq, err = d.insertImported(ctx, tx, owner, c); err != nil {
				return err
			}
		}
		for _, m := range messages {
			known, err := scanInteger(tx.QueryRowContext(ctx, `SELECT count(*) FROM messages WHERE id = ?`, m.ID))
			if err != nil {
				return err
			}
			if known > 0 {
				continue
			}
			if m.ParentID != "" && messageIn(ctx, tx, seq, m.ParentID) != nil {
				m.ParentID = ""
			}
			if err := d.insertMessage(ctx, tx, seq, m); err != nil {
				return err
			}
			added++
		}
		if fresh && c.StartsAt != "" && messageIn(ctx, tx, seq, c.StartsAt) == nil {
			_, err = execute(ctx, tx, `INSERT INTO chat_starts (chat_seq, message_id) VALUES (?,?)`, seq, c.StartsAt)
			return err
		}
		if fresh || added == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE chats SET active_leaf = ?, updated_at = max(updated_at, ?) WHERE seq = ?`, c.ActiveLeaf, c.UpdatedAt, seq)
		return err
	})
	return added, err
}

func (d *DB) insertImported(ctx context.Context, tx *sql.Tx, owner string, c ImportedChat) (int64, error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO chats (id, owner_id, title, title_source, model, active_leaf, folder_id,
		pinned_at, archived_at, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)`, c.ID, owner, c.Title, c.TitleSource, c.Model,
		c.ActiveLeaf, c.FolderID, c.PinnedAt, c.ArchivedAt, c.CreatedAt, c.UpdatedAt)
	if err != nil {
		return 0, err
	}
	seq, err := result.LastInsertId()
	if err != nil {
		return 0, err
	}
	if err := ownsChatFolder(ctx, tx, owner, c.FolderID); err != nil {
		return 0, err
	}
	if err := setChatCollections(ctx, tx, owner, seq, c.CollectionIDs); err != nil {
		return 0, err
	}
	for _, tag := range c.Tags {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO chat_tags (chat_seq, tag) VALUES (?, ?)`, seq, tag); err != nil {
			return 0, err
		}
	}
	if c.Instructions != "" {
		if _, err := tx.ExecContext(ctx, `INSERT INTO chat_instructions (chat_seq, text) VALUES (?, ?)`, seq, c.Instructions); err != nil {
			return 0, err
		}
	}
	if c.Setup != (ChatSetup{}) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO chat_setups (chat_seq, assistant_id, assistant, parameters) VALUES (?,?,?,?)`,
			seq, c.Setup.AssistantID, c.Setup.Assistant, c.Setup.Parameters); err != nil {
			return 0, err
		}
	}
	if err := insertDraft(ctx, tx, owner, &seq, c.Draft, d.milliseconds()); err != nil {
		return 0, err
	}
	return seq, d.indexTitle(ctx, tx, seq, c.Title)
}
