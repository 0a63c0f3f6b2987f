package storage

import (
	"context"
	"database/sql"
	"encoding/json"
)

// Folder is a folder that is linked to a collection: its files are documents
// that are read in place.
type Folder struct {
	ID           string
	OwnerID      string
	CollectionID string
	Path         string // absolute
	Include      []string
	Exclude      []string
	Paused       bool
	// Removing is set while the folder is being unlinked with its documents; the
	// program may end before all are gone.
	Removing bool
	// Device names the file system the folder lay on, opaque; "" unknown.
	Device    string
	Problem   string // code of what keeps it from being read, "" for nothing
	Skipped   int    // files of other kinds, at the last look
	ScannedAt int64  // 0 never
	CreatedAt int64
}

// FolderUpdate changes the fields that are not nil.
type FolderUpdate struct {
	Include, Exclude *[]string
	Paused           *bool
	Removing         *bool
	Device           *string
	Problem          *string
	Skipped          *int
	ScannedAt        *int64
}

type numberedFolder struct {
	Folder
	seq int64
}

const folderColumns = `k.seq, k.id, k.owner_id, k.collection_id, k.path, k.include, k.exclude, k.paused, k.removing,
	k.device, k.problem, k.skipped, k.scanned_at, k.created_at`

func scanFolder(row scanner) (numberedFolder, error) {
	var f numberedFolder
	var include, exclude string
	err := row.Scan(&f.seq, &f.ID, &f.OwnerID, &f.CollectionID, &f.Path, &include, &exclude, &f.Paused, &f.Removing,
		&f.Device, &f.Problem, &f.Skipped, &f.ScannedAt, &f.CreatedAt)
	if err == nil {
		if f.Include, err = parseIDs(include); err == nil {
			f.Exclude, err = parseIDs(exclude)
		}
	}
	return f, err
}

func folder(ctx context.Context, q querier, owner, id string) (numberedFolder, error) {
	return scanFolder(q.QueryRowContext(ctx,
		`SELECT `+folderColumns+` FROM folders k WHERE k.id = ? AND k.owner_id = ?`, id, owner))
}

// patternList is a list of patterns as JSON.
func patternList(patterns []string) (string, error) {
	if patterns == nil {
		patterns = []string{}
	}
	list, err := json.Marshal(patterns)
	return string(list), err
}

// LinkFolder stores a folder. CodeExists: it is linked to this collection
// already.
func (d *DB) LinkFolder(ctx context.Context, owner string, f Folder) (Folder, error) {
	var stored numberedFolder
	err := d.durably(ctx, "link folder", func(tx *sql.Tx) error {
		if _, err := collection(ctx, tx, owner, f.CollectionID); err != nil {
			return err
		}
		include, err := patternList(f.Include)
		if err != nil {
			return err
		}
		exclude, err := patternList(f.Exclude)
		if err != nil {
			return err
		}
		id := d.newID()
		if _, err := tx.ExecContext(ctx, `INSERT INTO folders (id, owner_id, collection_id, path, include, exclude, paused, created_at)
			VALUES (?,?,?,?,?,?,?,?)`, id, owner, f.CollectionID, f.Path, include, exclude, f.Paused, d.milliseconds()); err != nil {
			return err
		}
		stored, err = folder(ctx, tx, owner, id)
		return err
	})
	return stored.Folder, err
}

// Folder reads one linked folder.
func (d *DB) Folder(ctx context.Context, owner, id string) (Folder, error) {
	const op = "read folder"
	q, err := d.reading(op)
	if err != nil {
		return Folder{}, err
	}
	found, err := folder(ctx, q, owner, id)
	return found.Folder, wrap(op, err)
}

// Folders lists the owner's linked folders by path.
func (d *DB) Folders(ctx context.Context, owner string) ([]Folder, error) {
	const op = "list folders"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanFolder, `SELECT `+folderColumns+` FROM folders k
		WHERE k.owner_id = ? ORDER BY k.path COLLATE NOCASE, k.seq`, owner)
	folders := make([]Folder, len(found))
	for i := range found {
		folders[i] = found[i].Folder
	}
	return folders, wrap(op, err)
}

// UpdateFolder changes fields of a linked folder.
func (d *DB) UpdateFolder(ctx context.Context, owner, id string, u FolderUpdate) (Folder, error) {
	var f numberedFolder
	err := d.durably(ctx, "update folder", func(tx *sql.Tx) (err error) {
		if f, err = folder(ctx, tx, owner, id); err != nil {
			return err
		}
		var set setter
		for column, patterns := range map[string]*[]string{"include": u.Include, "exclude": u.Exclude} {
			if patterns == nil {
				continue
			}
			list, err := patternList(*patterns)
			if err != nil {
				return err
			}
			set.value(column, list)
		}
		for column, value := range map[string]*bool{"paused": u.Paused, "removing": u.Removing} {
			if value != nil {
				set.value(column, *value)
			}
		}
		set.text("device", u.Device)
		set.text("problem", u.Problem)
		if u.Skipped != nil {
			set.value("skipped", *u.Skipped)
		}
		if u.ScannedAt != nil {
			set.value("scanned_at", *u.ScannedAt)
		}
		if err := set.run(ctx, tx, "folders", f.seq); err != nil {
			return err
		}
		f, err = folder(ctx, tx, owner, id)
		return err
	})
	return f.Folder, err
}

// UnlinkFolder forgets a folder; its documents stay as they are. To take them
// away as well, first set Removing, then call [DB.MarkGone] and [DB.RemoveGone].
func (d *DB) UnlinkFolder(ctx context.Context, owner, id string) error {
	return d.durably(ctx, "unlink folder", func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, `DELETE FROM folders WHERE id = ? AND owner_id = ?`, id, owner)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
}
