package storage

import (
	"context"
	"database/sql"
)

// ChatFolder holds chats and other folders. Model and CollectionIDs are what a
// new chat in it begins with.
type ChatFolder struct {
	ID            string
	ParentID      string // "" at the top
	Name          string
	Model         string // "" for the default
	CollectionIDs []string
	Chats         int // in it, without those of folders in it
	CreatedAt     int64
}

// ChatFolderUpdate changes the fields that are not nil.
type ChatFolderUpdate struct {
	ParentID      *string
	Name          *string
	Model         *string
	CollectionIDs *[]string
}

// ChatShelf says which chats to list; the zero value means all that are not
// archived.
type ChatShelf struct {
	FolderID string // those of this folder
	Loose    bool   // those that are in no folder and not pinned
	Pinned   bool
	Archived bool
}

const chatFolderColumns = `f.id, f.parent_id, f.name, f.model, f.created_at,
	(SELECT count(*) FROM chats c WHERE c.owner_id = f.owner_id AND c.folder_id = f.id AND c.folder_id <> ''
		AND c.deleted_at = 0 AND c.archived_at = 0),
	(SELECT json_group_array(collection_id) FROM
		(SELECT collection_id FROM chat_folder_collections WHERE folder_id = f.id ORDER BY position))`

func scanChatFolder(row scanner) (ChatFolder, error) {
	var f ChatFolder
	var collections string
	err := row.Scan(&f.ID, &f.ParentID, &f.Name, &f.Model, &f.CreatedAt, &f.Chats, &collections)
	if err == nil {
		f.CollectionIDs, err = parseIDs(collections)
	}
	return f, err
}

func chatFolder(ctx context.Context, q querier, owner, id string) (ChatFolder, error) {
	return scanChatFolder(q.QueryRowContext(ctx, `SELECT `+chatFolderColumns+` FROM chat_folders f
		WHERE f.id = ? AND f.owner_id = ?`, id, owner))
}

// ownsChatFolder fails with sql.ErrNoRows unless id is "" or the owner's.
func ownsChatFolder(ctx context.Context, q querier, owner, id string) error {
	if id == "" {
		return nil
	}
	_, err := scanText(q.QueryRowContext(ctx, `SELECT id FROM chat_folders WHERE id = ? AND owner_id = ?`, id, owner))
	return err
}

// ChatsOn lists chats of a shelf that are not deleted, the one with the newest
// message first; beforeUpdatedAt continues a list (0: from the newest).
func (d *DB) ChatsOn(ctx context.Context, owner string, shelf ChatShelf, limit int, beforeUpdatedAt int64) ([]Chat, error) {
	const op = "list chats"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	where := ` AND c.archived_at = 0`
	args := []any{owner}
	switch {
	case shelf.Archived:
		where = ` AND c.archived_at <> 0`
	case shelf.Pinned:
		where += ` AND c.pinned_at <> 0`
	case shelf.Loose:
		where += ` AND c.pinned_at = 0 AND c.folder_id = ''`
	case shelf.FolderID != "":
		where += ` AND c.folder_id = ? AND c.folder_id <> ''`
		args = append(args, shelf.FolderID)
	}
	if beforeUpdatedAt != 0 {
		where += ` AND c.updated_at < ?`
		args = append(args, beforeUpdatedAt)
	}
	found, err := collect(ctx, q, scanChat, `SELECT `+chatColumns+` FROM chats c
		WHERE c.owner_id = ? AND c.deleted_at = 0`+where+`
		ORDER BY c.updated_at DESC, c.seq DESC LIMIT ?`, append(args, limit)...)
	chats := make([]Chat, len(found))
	for i := range found {
		chats[i] = found[i].Chat
	}
	return chats, wrap(op, err)
}

// ChatFolders lists all folders of the owner by name; the tree is in ParentID.
func (d *DB) ChatFolders(ctx context.Context, owner string) ([]ChatFolder, error) {
	const op = "list chat folders"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanChatFolder, `SELECT `+chatFolderColumns+` FROM chat_folders f
		WHERE f.owner_id = ? ORDER BY f.name COLLATE NOCASE, f.id`, owner)
	return found, wrap(op, err)
}

// CreateChatFolder makes an empty folder. CodeNotFound: no such parent or
// collection.
func (d *DB) CreateChatFolder(ctx context.Context, owner string, f ChatFolder) (ChatFolder, error) {
	f.ID, f.CreatedAt = d.newID(), d.milliseconds()
	err := d.durably(ctx, "create chat folder", func(tx *sql.Tx) error {
		if err := ownsChatFolder(ctx, tx, owner, f.ParentID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO chat_folders (id, owner_id, parent_id, name, model, created_at)
			VALUES (?,?,?,?,?,?)`, f.ID, owner, f.ParentID, f.Name, f.Model, f.CreatedAt); err != nil {
			return err
		}
		return setFolderCollections(ctx, tx, owner, f.ID, f.CollectionIDs)
	})
	return f, err
}

// UpdateChatFolder changes fields of a folder. CodeNotFound: no such folder,
// or a new parent that is not there or lies in the folder itself.
func (d *DB) UpdateChatFolder(ctx context.Context, owner, id string, u ChatFolderUpdate) (ChatFolder, error) {
	var f ChatFolder
	err := d.durably(ctx, "update chat folder", func(tx *sql.Tx) (err error) {
		if f, err = chatFolder(ctx, tx, owner, id); err != nil {
			return err
		}
		if u.ParentID != nil {
			if err := checkParent(ctx, tx, owner, id, *u.ParentID); err != nil {
				return err
			}
			f.ParentID = *u.ParentID
		}
		if u.Name != nil {
			f.Name = *u.Name
		}
		if u.Model != nil {
			f.Model = *u.Model
		}
		if _, err := tx.ExecContext(ctx, `UPDATE chat_folders SET parent_id = ?, name = ?, model = ? WHERE id = ?`,
			f.ParentID, f.Name, f.Model, id); err != nil {
			return err
		}
		if u.CollectionIDs != nil {
			if err := setFolderCollections(ctx, tx, owner, id, *u.CollectionIDs); err != nil {
				return err
			}
		}
		f, err = chatFolder(ctx, tx, owner, id)
		return err
	})
	return f, err
}

// checkParent refuses a parent that is not the owner's or lies in the folder.
func checkParent(ctx context.Context, q querier, owner, id, parent string) error {
	if parent == "" {
		return nil
	}
	_, err := scanText(q.QueryRowContext(ctx, `WITH RECURSIVE inside (id) AS (
			SELECT ?1 UNION SELECT f.id FROM chat_folders f JOIN inside ON f.parent_id = inside.id)
		SELECT id FROM chat_folders WHERE id = ?2 AND owner_id = ?3 AND id NOT IN (SELECT id FROM inside)`, id, parent, owner))
	return err
}

func setFolderCollections(ctx context.Context, tx *sql.Tx, owner, folder string, ids []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM chat_folder_collections WHERE folder_id = ?`, folder); err != nil {
		return err
	}
	for i, id := range ids {
		n, err := execute(ctx, tx, `INSERT OR REPLACE INTO chat_folder_collections (folder_id, collection_id, position)
			SELECT ?, id, ? FROM collections WHERE id = ? AND owner_id = ?`, folder, i, id, owner)
		if err != nil {
			return err
		}
		if n == 0 {
			return sql.ErrNoRows
		}
	}
	return nil
}

// DeleteChatFolder removes a folder; its chats and folders move up to where it
// was.
func (d *DB) DeleteChatFolder(ctx context.Context, owner, id string) error {
	return d.durably(ctx, "delete chat folder", func(tx *sql.Tx) error {
		f, err := chatFolder(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		for _, statement := range []string{
			`UPDATE chats SET folder_id = ? WHERE folder_id = ? AND folder_id <> '' AND owner_id = ?`,
			`UPDATE chat_folders SET parent_id = ? WHERE parent_id = ? AND owner_id = ?`,
		} {
			if _, err := tx.ExecContext(ctx, statement, f.ParentID, id, owner); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM chat_folders WHERE id = ?`, id)
		return err
	})
}

func setChatTags(ctx context.Context, tx *sql.Tx, seq int64, tags []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM chat_tags WHERE chat_seq = ?`, seq); err != nil {
		return err
	}
	for _, tag := range tags {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO chat_tags (chat_seq, tag) VALUES (?,?)`, seq, tag); err != nil {
			return err
		}
	}
	return nil
}

// DuplicateChat copies a chat with its whole tree under another title. What is
// being written is copied as far as it is stored, as a partial message.
func (d *DB) DuplicateChat(ctx context.Context, owner, id, title string) (Chat, error) {
	var made Chat
	err := d.durably(ctx, "duplicate chat", func(tx *sql.Tx) error {
		from, err := liveChat(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		messages, err := collect(ctx, tx, scanMessage, `SELECT `+messageColumns+messageTables+
			`WHERE m.chat_seq = ? ORDER BY m.seq`, from.seq)
		if err != nil {
			return err
		}
		newID, now := d.newID(), d.milliseconds()
		result, err := tx.ExecContext(ctx, `INSERT INTO chats (id, owner_id, title, title_source, model, pinned_document_id,
			created_at, updated_at, folder_id) VALUES (?,?,?,'user',?,?,?,?,?)`,
			newID, owner, title, from.Model, from.PinnedDocumentID, now, now, from.FolderID)
		if err != nil {
			return err
		}
		seq, err := result.LastInsertId()
		if err != nil {
			return err
		}
		ids := map[string]string{"": ""}
		for _, m := range messages {
			ids[m.ID] = d.newID()
		}
		for _, m := range messages {
			copied := m.Message
			copied.ID, copied.ParentID = ids[m.ID], ids[m.ParentID]
			if copied.Status == MessageRunning {
				copied.Status = MessagePartial
			}
			if err := d.insertMessage(ctx, tx, seq, copied); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE chats SET active_leaf = ? WHERE seq = ?`, ids[from.ActiveLeaf], seq); err != nil {
			return err
		}
		if err := setChatCollections(ctx, tx, owner, seq, from.CollectionIDs); err != nil {
			return err
		}
		if err := setChatTags(ctx, tx, seq, from.Tags); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO chat_instructions (chat_seq, text)
			SELECT ?, text FROM chat_instructions WHERE chat_seq = ?`, seq, from.seq); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO chat_setups (chat_seq, assistant_id, assistant, parameters)
			SELECT ?, assistant_id, assistant, parameters FROM chat_setups WHERE chat_seq = ?`, seq, from.seq); err != nil {
			return err
		}
		if err := d.indexTitle(ctx, tx, seq, title); err != nil {
			return err
		}
		copied, err := chat(ctx, tx, owner, newID)
		made = copied.Chat
		return err
	})
	return made, err
}
