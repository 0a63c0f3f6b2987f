package storage

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// States of a file in a linked folder.
const (
	FileWaiting = "waiting" // seen, not read yet
	FileTaken   = "taken"   // it has a document, or the person took that out
	FileFailed  = "failed"  // it could not be opened
	FileGone    = "gone"    // not there any more
)

// FolderFile is a file in a linked folder as it was when it was last looked at.
type FolderFile struct {
	Seq        int64
	Path       string // below the folder's, with slashes; not always UTF-8
	Size       int64  // bytes
	Modified   int64  // Unix nanoseconds
	DocumentID string // "" without one
	State      string // one of the File* constants
	ErrorCode  string // of the file when it failed, of its document when that failed
	// DocumentStatus is one of the Document* constants, "" without a document.
	DocumentStatus string
	// DocumentHash is the hash of the bytes that were taken, "" without a document.
	DocumentHash string
}

const folderFileColumns = `f.seq, f.path, f.size, f.modified, coalesce(d.id, ''), f.state,
	CASE f.error_code WHEN '' THEN coalesce(d.error_code, '') ELSE f.error_code END, coalesce(d.status, ''), coalesce(d.hash, '')`

func scanFolderFile(row scanner) (FolderFile, error) {
	var f FolderFile
	err := row.Scan(&f.Seq, &f.Path, &f.Size, &f.Modified, &f.DocumentID, &f.State, &f.ErrorCode, &f.DocumentStatus, &f.DocumentHash)
	return f, err
}

// FileFilter chooses files of a linked folder by what a person asks about.
type FileFilter string

// The filters. A file is in exactly one of the last four.
const (
	FilesAll     FileFilter = ""
	FilesIndexed FileFilter = "indexed"  // its text can be searched
	FilesWaiting FileFilter = "waiting"  // for its turn, or to be complete
	FilesFailed  FileFilter = "failed"   // it or its document could not be read
	FilesLeftOut FileFilter = "left_out" // the person deleted or cancelled the document
)

// condition is the filter on the aliases f and d.
func (f FileFilter) condition() string {
	switch f {
	case FilesIndexed:
		return ` AND f.state = 'taken' AND d.status IN ('searchable', 'ready')`
	case FilesWaiting:
		return ` AND (f.state = 'waiting' OR f.state = 'taken' AND d.status IN ('queued', 'parsing'))`
	case FilesFailed:
		return ` AND (f.state = 'failed' OR f.state = 'taken' AND d.status = 'failed')`
	case FilesLeftOut:
		return ` AND f.state = 'taken' AND (d.status IS NULL OR d.status = 'cancelled')`
	}
	return ` AND f.state <> 'gone'`
}

const fromFolderFiles = ` FROM folder_files f LEFT JOIN documents d ON d.seq = f.document WHERE f.folder = ?`

// FolderFiles lists a page of a folder's files by path, and says how many there
// are. limit 0: all, those that are gone included.
func (d *DB) FolderFiles(ctx context.Context, owner, id string, filter FileFilter, limit, offset int) (files []FolderFile, total int, err error) {
	err = d.snapshot(ctx, "list folder files", func(q querier) error {
		f, err := folder(ctx, q, owner, id)
		if err != nil {
			return err
		}
		if limit == 0 {
			files, err = collect(ctx, q, scanFolderFile, `SELECT `+folderFileColumns+fromFolderFiles, f.seq)
			total = len(files)
			return err
		}
		count, err := scanInteger(q.QueryRowContext(ctx, `SELECT count(*)`+fromFolderFiles+filter.condition(), f.seq))
		if err != nil {
			return err
		}
		total = int(count)
		files, err = collect(ctx, q, scanFolderFile, `SELECT `+folderFileColumns+fromFolderFiles+filter.condition()+
			` ORDER BY f.path LIMIT ? OFFSET ?`, f.seq, limit, offset)
		return err
	})
	return files, total, err
}

// FolderCounts is how far a folder is, in files.
type FolderCounts struct{ Indexed, Waiting, Failed, LeftOut int }

// CountFolderFiles counts a folder's files.
func (d *DB) CountFolderFiles(ctx context.Context, owner, id string) (FolderCounts, error) {
	const op = "count folder files"
	var n FolderCounts
	q, err := d.reading(op)
	if err != nil {
		return n, err
	}
	sum := func(f FileFilter) string {
		return `coalesce(sum(` + strings.TrimPrefix(f.condition(), " AND ") + `), 0)`
	}
	err = q.QueryRowContext(ctx, `SELECT `+sum(FilesIndexed)+`, `+sum(FilesWaiting)+`, `+sum(FilesFailed)+`, `+sum(FilesLeftOut)+`
		FROM folders k JOIN folder_files f ON f.folder = k.seq LEFT JOIN documents d ON d.seq = f.document
		WHERE k.id = ? AND k.owner_id = ?`, id, owner).Scan(&n.Indexed, &n.Waiting, &n.Failed, &n.LeftOut)
	return n, wrap(op, err)
}

// NoteFiles records files as waiting or failed; a document they have stays theirs.
func (d *DB) NoteFiles(ctx context.Context, owner, id string, files []FolderFile) error {
	return d.quickly(ctx, "note files", func(tx *sql.Tx) error {
		k, err := folder(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		for _, f := range files {
			if _, err := tx.ExecContext(ctx, `INSERT INTO folder_files (folder, path, size, modified, state, error_code) VALUES (?,?,?,?,?,?)
				ON CONFLICT (folder, path) DO UPDATE SET size = excluded.size, modified = excluded.modified,
				state = excluded.state, error_code = excluded.error_code`,
				k.seq, f.Path, f.Size, f.Modified, f.State, f.ErrorCode); err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkGone marks files that are not there any more, nil: all of the folder.
// Their documents stay until [DB.RemoveGone], so that one that turns up at
// another place is recognised.
func (d *DB) MarkGone(ctx context.Context, owner, id string, seqs []int64) error {
	return d.quickly(ctx, "mark files gone", func(tx *sql.Tx) error {
		k, err := folder(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		if seqs == nil {
			_, err = tx.ExecContext(ctx, `UPDATE folder_files SET state = 'gone' WHERE folder = ?`, k.seq)
			return err
		}
		for _, seq := range seqs {
			if _, err := tx.ExecContext(ctx, `UPDATE folder_files SET state = 'gone' WHERE seq = ? AND folder = ?`, seq, k.seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetFile removes the record of one file, so that the next look finds it new.
func (d *DB) ForgetFile(ctx context.Context, owner, id string, seq int64) error {
	return d.quickly(ctx, "forget file", func(tx *sql.Tx) error {
		k, err := folder(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		n, err := execute(ctx, tx, `DELETE FROM folder_files WHERE seq = ? AND folder = ?`, seq, k.seq)
		if err == nil && n == 0 {
			return sql.ErrNoRows
		}
		return err
	})
}

// Removed is a document that went, and what caches know it by.
type Removed struct {
	ID       string
	Hash     string
	Linked   bool
	Passages []int64
}

// RemoveGone forgets up to limit files that are gone. A document none of whose
// files is left goes, too: everywhere if it was read in place, and if a person
// had also added it, only out of the collection the folder had put it into. It
// returns how many files it forgot and what went.
func (d *DB) RemoveGone(ctx context.Context, owner string, limit int) (forgotten int, removed []Removed, err error) {
	type goneFile struct {
		seq        int64
		document   sql.NullInt64
		joined     bool
		collection string
		removing   bool
	}
	err = d.quickly(ctx, "remove gone files", func(tx *sql.Tx) error {
		removed = nil
		gone, err := collect(ctx, tx, func(row scanner) (g goneFile, err error) {
			return g, row.Scan(&g.seq, &g.document, &g.joined, &g.collection, &g.removing)
		}, `SELECT f.seq, f.document, f.joined, k.collection_id, k.removing FROM folder_files f JOIN folders k ON k.seq = f.folder
			WHERE f.state = 'gone' AND k.owner_id = ? ORDER BY f.seq LIMIT ?`, owner, limit)
		if err != nil {
			return err
		}
		forgotten = len(gone)
		for _, g := range gone {
			if _, err := tx.ExecContext(ctx, `DELETE FROM folder_files WHERE seq = ?`, g.seq); err != nil {
				return err
			}
			if !g.document.Valid {
				continue
			}
			r, err := d.release(ctx, tx, g.document.Int64, g.collection, g.joined, g.removing)
			if err != nil {
				return err
			}
			removed = append(removed, r...)
		}
		return nil
	})
	return forgotten, removed, err
}

// release settles a document after one of its files went or got other bytes.
func (d *DB) release(ctx context.Context, tx *sql.Tx, seq int64, collectionID string, joined, unlinking bool) ([]Removed, error) {
	doc, err := scanDocument(tx.QueryRowContext(ctx, `SELECT `+documentColumns+` FROM documents d WHERE d.seq = ?2`, 0, seq))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	live, err := relocate(ctx, tx, doc)
	if err != nil || live {
		return nil, err
	}
	if waits, err := scanInteger(tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM folder_files WHERE document = ?)`, seq)); err != nil || waits != 0 {
		return nil, err // another file of it is gone as well and will settle it
	}
	if doc.Linked && !unlinking {
		return removedDocument(ctx, tx, doc)
	}
	if !doc.Linked && !joined {
		return nil, nil
	}
	others := len(doc.CollectionIDs)
	for _, id := range doc.CollectionIDs {
		if id == collectionID {
			others--
		}
	}
	if others > 0 {
		_, err := tx.ExecContext(ctx, `DELETE FROM collection_documents WHERE collection_id = ? AND document = ?`, collectionID, seq)
		return nil, err
	}
	if !doc.Linked {
		return nil, nil // a person added it; it has no other place
	}
	return removedDocument(ctx, tx, doc)
}

func removedDocument(ctx context.Context, tx *sql.Tx, doc numberedDocument) ([]Removed, error) {
	ids, err := collect(ctx, tx, scanInteger, `SELECT id FROM passages WHERE document = ?`, doc.seq)
	if err != nil {
		return nil, err
	}
	return []Removed{{ID: doc.ID, Hash: doc.Hash, Linked: doc.Linked, Passages: ids}}, deleteDocument(ctx, tx, doc)
}
