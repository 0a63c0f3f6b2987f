package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
)

const chatColumns = `c.seq, c.id, c.owner_id, c.title, c.title_source, c.model, c.active_leaf,
	c.pinned_document_id, c.created_at, c.updated_at, c.deleted_at, c.folder_id, c.pinned_at, c.archived_at,
	(SELECT json_group_array(tag) FROM (SELECT tag FROM chat_tags WHERE chat_seq = c.seq ORDER BY tag)),
	(SELECT json_group_array(collection_id) FROM
		(SELECT collection_id FROM chat_collections WHERE chat_seq = c.seq ORDER BY position))`

// numberedChat is a chat with the integer key that its messages refer to.
type numberedChat struct {
	Chat
	seq int64
}

func scanChat(row scanner) (numberedChat, error) {
	var c numberedChat
	var tags, collections string
	err := row.Scan(&c.seq, &c.ID, &c.OwnerID, &c.Title, &c.TitleSource, &c.Model, &c.ActiveLeaf,
		&c.PinnedDocumentID, &c.CreatedAt, &c.UpdatedAt, &c.DeletedAt, &c.FolderID, &c.PinnedAt, &c.ArchivedAt,
		&tags, &collections)
	if err == nil {
		c.Tags, err = parseIDs(tags)
	}
	if err == nil {
		c.CollectionIDs, err = parseIDs(collections)
	}
	return c, err
}

// parseIDs reads a JSON array of ids or tags; none is nil.
func parseIDs(array string) ([]string, error) {
	if array == "[]" {
		return nil, nil
	}
	var ids []string
	err := json.Unmarshal([]byte(array), &ids)
	return ids, err
}

// chat reads an owner's chat, deleted or not.
func chat(ctx context.Context, q querier, owner, id string) (numberedChat, error) {
	return scanChat(q.QueryRowContext(ctx,
		`SELECT `+chatColumns+` FROM chats c WHERE c.id = ? AND c.owner_id = ?`, id, owner))
}

// liveChat reads an owner's chat that is not deleted.
func liveChat(ctx context.Context, q querier, owner, id string) (numberedChat, error) {
	c, err := chat(ctx, q, owner, id)
	if err == nil && c.DeletedAt != 0 {
		return c, sql.ErrNoRows
	}
	return c, err
}

// CreateChat stores a chat for the owner; id and times are filled in when they
// are empty. CodeNotFound: an unknown collection or pinned document.
func (d *DB) CreateChat(ctx context.Context, owner string, c Chat) (Chat, error) {
	c.OwnerID = owner
	if c.ID == "" {
		c.ID = d.newID()
	}
	if c.CreatedAt == 0 {
		c.CreatedAt = d.milliseconds()
	}
	if c.UpdatedAt == 0 {
		c.UpdatedAt = c.CreatedAt
	}
	err := d.durably(ctx, "create chat", func(tx *sql.Tx) error {
		if err := ownsDocument(ctx, tx, owner, c.PinnedDocumentID); err != nil {
			return err
		}
		if err := ownsChatFolder(ctx, tx, owner, c.FolderID); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO chats (id, owner_id, title, title_source, model,
			active_leaf, pinned_document_id, created_at, updated_at, deleted_at, folder_id, pinned_at, archived_at)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			c.ID, owner, c.Title, c.TitleSource, c.Model, c.ActiveLeaf, c.PinnedDocumentID,
			c.CreatedAt, c.UpdatedAt, c.DeletedAt, c.FolderID, c.PinnedAt, c.ArchivedAt)
		if err != nil {
			return err
		}
		seq, err := result.LastInsertId()
		if err != nil {
			return err
		}
		if err := setChatCollections(ctx, tx, owner, seq, c.CollectionIDs); err != nil {
			return err
		}
		if err := setChatTags(ctx, tx, seq, c.Tags); err != nil {
			return err
		}
		return d.indexTitle(ctx, tx, seq, c.Title)
	})
	return c, err
}

// Chat reads one chat that is not deleted.
func (d *DB) Chat(ctx context.Context, owner, id string) (Chat, error) {
	const op = "read chat"
	q, err := d.reading(op)
	if err != nil {
		return Chat{}, err
	}
	c, err := liveChat(ctx, q, owner, id)
	return c.Chat, wrap(op, err)
}

// Chats lists chats that are neither deleted nor archived, the one with the
// newest message first; beforeUpdatedAt continues a list (0: from the newest).
func (d *DB) Chats(ctx context.Context, owner string, limit int, beforeUpdatedAt int64) ([]Chat, error) {
	return d.ChatsOn(ctx, owner, ChatShelf{}, limit, beforeUpdatedAt)
}

// UpdateChat changes fields of a chat. UpdatedAt stays: it orders the list by
// the last message, and a new title is not one.
func (d *DB) UpdateChat(ctx context.Context, owner, id string, u ChatUpdate) (Chat, error) {
	var c numberedChat
	err := d.durably(ctx, "update chat", func(tx *sql.Tx) (err error) {
		if c, err = liveChat(ctx, tx, owner, id); err != nil {
			return err
		}
		if u.IfTitleSource != nil && *u.IfTitleSource != c.TitleSource {
			return nil
		}
		if err := checkReferences(ctx, tx, owner, c.seq, u); err != nil {
			return err
		}
		var set setter
		set.text("title", u.Title)
		set.text("title_source", u.TitleSource)
		set.text("model", u.Model)
		set.text("active_leaf", u.ActiveLeaf)
		set.text("pinned_document_id", u.PinnedDocumentID)
		set.text("folder_id", u.FolderID)
		set.number("pinned_at", u.PinnedAt)
		set.number("archived_at", u.ArchivedAt)
		if err := set.run(ctx, tx, "chats", c.seq); err != nil {
			return err
		}
		if u.CollectionIDs != nil {
			if err := setChatCollections(ctx, tx, owner, c.seq, *u.CollectionIDs); err != nil {
				return err
			}
		}
		if u.Tags != nil {
			if err := setChatTags(ctx, tx, c.seq, *u.Tags); err != nil {
				return err
			}
		}
		if u.Title != nil {
			if err := d.indexTitle(ctx, tx, c.seq, *u.Title); err != nil {
				return err
			}
		}
		c, err = chat(ctx, tx, owner, id)
		return err
	})
	return c.Chat, err
}

// checkReferences refuses an update that points at what is not there or not
// the owner's.
func checkReferences(ctx context.Context, q querier, owner string, seq int64, u ChatUpdate) error {
	if u.PinnedDocumentID != nil {
		if err := ownsDocument(ctx, q, owner, *u.PinnedDocumentID); err != nil {
			return err
		}
	}
	if u.FolderID != nil {
		if err := ownsChatFolder(ctx, q, owner, *u.FolderID); err != nil {
			return err
		}
	}
	if u.ActiveLeaf != nil && *u.ActiveLeaf != "" {
		return messageIn(ctx, q, seq, *u.ActiveLeaf)
	}
	return nil
}

// ownsDocument fails with sql.ErrNoRows unless id is "" or the owner's.
func ownsDocument(ctx context.Context, q querier, owner, id string) error {
	if id == "" {
		return nil
	}
	_, err := scanInteger(q.QueryRowContext(ctx, `SELECT seq FROM documents WHERE id = ? AND owner_id = ?`, id, owner))
	return err
}

func setChatCollections(ctx context.Context, tx *sql.Tx, owner string, seq int64, ids []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM chat_collections WHERE chat_seq = ?`, seq); err != nil {
		return err
	}
	for i, id := range ids {
		n, err := execute(ctx, tx, `INSERT OR REPLACE INTO chat_collections (chat_seq, collection_id, position)
			SELECT ?, id, ? FROM collections WHERE id = ? AND owner_id = ?`, seq, i, id, owner)
		if err != nil {
			return err
		}
		if n == 0 {
			return sql.ErrNoRows
		}
	}
	return nil
}

// DeleteChat hides a chat; RestoreChat brings it back until PurgeChats.
func (d *DB) DeleteChat(ctx context.Context, owner, id string) error {
	return d.durably(ctx, "delete chat", func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, `UPDATE chats SET deleted_at = ? WHERE id = ? AND owner_id = ? AND deleted_at = 0`,
			max(1, d.milliseconds()), id, owner)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
}

// RestoreChat brings a deleted chat back; one that is not deleted stays as it is.
func (d *DB) RestoreChat(ctx context.Context, owner, id string) (Chat, error) {
	var c numberedChat
	err := d.durably(ctx, "restore chat", func(tx *sql.Tx) (err error) {
		if _, err = execute(ctx, tx, `UPDATE chats SET deleted_at = 0 WHERE id = ? AND owner_id = ?`, id, owner); err != nil {
			return err
		}
		c, err = chat(ctx, tx, owner, id)
		return err
	})
	return c.Chat, err
}

// PurgeChats erases the chats that were deleted before a time (milliseconds),
// with their messages and search terms, and says how many. It also ends what
// is pending of deleted documents: when it returns without an error, nothing of
// all that is left in the database or its log (see Purge).
func (d *DB) PurgeChats(ctx context.Context, deletedBefore int64) (int, error) {
	var purged, pending int64
	err := d.durably(ctx, "purge chats", func(tx *sql.Tx) (err error) {
		const doomed = `SELECT seq FROM chats WHERE deleted_at > 0 AND deleted_at < ?`
		if _, err = execute(ctx, tx, `DELETE FROM messages_fts WHERE rowid IN (SELECT 2 * seq + 1 FROM messages
			WHERE analyser_version > 0 AND chat_seq IN (`+doomed+`))`, deletedBefore); err != nil {
			return err
		}
		if _, err = execute(ctx, tx, `DELETE FROM sources_fts WHERE rowid IN (SELECT seq FROM messages
			WHERE sources_version > 0 AND chat_seq IN (`+doomed+`))`, deletedBefore); err != nil {
			return err
		}
		if _, err = execute(ctx, tx, `DELETE FROM messages_fts WHERE rowid IN (SELECT 2 * seq FROM chats
			WHERE analyser_version > 0 AND seq IN (`+doomed+`))`, deletedBefore); err != nil {
			return err
		}
		purged, err = execute(ctx, tx, `DELETE FROM chats WHERE deleted_at > 0 AND deleted_at < ?`, deletedBefore)
		if err != nil {
			return err
		}
		if _, err = execute(ctx, tx, `UPDATE erasure SET pending = pending + ?`, purged); err != nil {
			return err
		}
		pending, err = pendingErasures(ctx, tx)
		return err
	})
	if err != nil || pending == 0 {
		return 0, err
	}
	return int(purged), d.Purge(ctx)
}

// setter collects the fields of an update that are to change.
type setter struct {
	columns []string
	values  []any
}

func (s *setter) value(column string, value any) {
	s.columns = append(s.columns, column+" = ?")
	s.values = append(s.values, value)
}

func (s *setter) text(column string, value *string) {
	if value != nil {
		s.value(column, *value)
	}
}

func (s *setter) number(column string, value *int64) {
	if value != nil {
		s.value(column, *value)
	}
}

// run writes what was collected to the row with this integer key, if anything.
func (s *setter) run(ctx context.Context, q querier, table string, seq int64) error {
	if len(s.columns) == 0 {
		return nil
	}
	_, err := q.ExecContext(ctx, `UPDATE `+table+` SET `+strings.Join(s.columns, ", ")+` WHERE seq = ?`,
		append(s.values, seq)...)
	return err
}
