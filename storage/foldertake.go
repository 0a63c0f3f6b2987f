package storage

import (
	"context"
	"database/sql"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// FoundFile is a file of a linked folder whose bytes were hashed.
type FoundFile struct {
	Path     string // below the folder's, with slashes
	Size     int64  // bytes
	Modified int64  // Unix nanoseconds
	Hash     string // SHA-256 of the bytes, hex
}

// TakeFiles gives each file its document. Bytes that are known already (the
// file was moved, renamed or copied, or a person had added them) keep theirs:
// nothing is read or embedded again. Other bytes at the same path are a new
// version of its document; the rest are new documents, queued. It returns the
// documents that have to be read, and those that went because no file has
// their bytes any more. All of it is one transaction.
func (d *DB) TakeFiles(ctx context.Context, owner, id string, files []FoundFile) (queued []Document, removed []Removed, err error) {
	err = d.quickly(ctx, "take files", func(tx *sql.Tx) error {
		queued, removed = nil, nil
		k, err := folder(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		for _, f := range files {
			doc, gone, err := d.takeFile(ctx, tx, k, f)
			if err != nil {
				return err
			}
			if doc != nil {
				queued = append(queued, *doc)
			}
			removed = append(removed, gone...)
		}
		return nil
	})
	return queued, removed, err
}

// knownFile is what was recorded of a path before.
type knownFile struct {
	seq      int64
	state    string
	document sql.NullInt64
	joined   bool
}

func (d *DB) takeFile(ctx context.Context, tx *sql.Tx, k numberedFolder, f FoundFile) (*Document, []Removed, error) {
	var before knownFile
	err := tx.QueryRowContext(ctx, `SELECT seq, state, document, joined FROM folder_files WHERE folder = ? AND path = ?`, k.seq, f.Path).
		Scan(&before.seq, &before.state, &before.document, &before.joined)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, err
	}
	if known && before.state == FileTaken && !before.document.Valid { // taken out by the person: it stays out
		_, err := tx.ExecContext(ctx, `UPDATE folder_files SET size = ?, modified = ? WHERE seq = ?`, f.Size, f.Modified, before.seq)
		return nil, nil, err
	}
	doc, queue, err := d.documentFor(ctx, tx, k, f, before)
	if err != nil {
		return nil, nil, err
	}
	joined, err := execute(ctx, tx, `INSERT OR IGNORE INTO collection_documents (collection_id, document, added_at) VALUES (?,?,?)`,
		k.CollectionID, doc.seq, d.milliseconds())
	if err != nil {
		return nil, nil, err
	}
	same := before.document.Valid && before.document.Int64 == doc.seq
	if _, err := tx.ExecContext(ctx, `INSERT INTO folder_files (folder, path, size, modified, document, state, joined) VALUES (?,?,?,?,?,?,?)
		ON CONFLICT (folder, path) DO UPDATE SET size = excluded.size, modified = excluded.modified, document = excluded.document,
		state = excluded.state, error_code = '', joined = excluded.joined`,
		k.seq, f.Path, f.Size, f.Modified, doc.seq, FileTaken, joined > 0 || same && before.joined); err != nil {
		return nil, nil, err
	}
	if _, err := relocate(ctx, tx, doc); err != nil {
		return nil, nil, err
	}
	var removed []Removed
	if before.document.Valid && !same {
		if removed, err = d.release(ctx, tx, before.document.Int64, k.CollectionID, before.joined, false); err != nil {
			return nil, nil, err
		}
	}
	if !queue {
		return nil, removed, nil
	}
	doc, err = document(ctx, tx, 0, k.OwnerID, doc.ID)
	return &doc.Document, removed, err
}

// documentFor finds or makes the document of a file's bytes, and says whether
// it has to be read.
func (d *DB) documentFor(ctx context.Context, tx *sql.Tx, k numberedFolder, f FoundFile, before knownFile) (numberedDocument, bool, error) {
	doc, err := scanDocument(tx.QueryRowContext(ctx, `SELECT `+documentColumns+` FROM documents d
		WHERE d.owner_id = ?2 AND d.hash = ?3 ORDER BY d.status IN ('failed', 'cancelled'), d.seq LIMIT 1`, 0, k.OwnerID, f.Hash))
	if err == nil && doc.Linked && doc.Status == DocumentFailed { // another try
		_, err := tx.ExecContext(ctx, `UPDATE documents SET status = 'queued', error_code = '' WHERE seq = ?`, doc.seq)
		return doc, err == nil, err
	}
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return doc, false, err
	}
	if before.document.Valid {
		doc, err := d.nextVersion(ctx, tx, f, before)
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return doc, err == nil, err
		}
	}
	doc, err = d.insertDocument(ctx, tx, k.OwnerID, Document{
		Name: displayName(k.Path, f.Path), Origin: origin(k.Path, f.Path), Linked: true, Hash: f.Hash, Bytes: f.Size, Format: extension(f.Path),
		Status: DocumentQueued, ModifiedAt: f.Modified / 1e6,
	})
	return doc, true, err
}

// nextVersion gives a file's own document its new bytes; sql.ErrNoRows if the
// document is also that of another file or of a person.
func (d *DB) nextVersion(ctx context.Context, tx *sql.Tx, f FoundFile, before knownFile) (numberedDocument, error) {
	doc, err := scanDocument(tx.QueryRowContext(ctx, `SELECT `+documentColumns+` FROM documents d WHERE d.seq = ?2 AND d.linked = 1
		AND NOT EXISTS (SELECT 1 FROM folder_files WHERE document = d.seq AND seq <> ?3)`, 0, before.document.Int64, before.seq))
	if err != nil {
		return doc, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE documents SET hash = ?, bytes = ?, modified_at = ?, status = 'queued', error_code = '', updated_at = ?
		WHERE seq = ?`, f.Hash, f.Size, f.Modified/1e6, d.milliseconds(), doc.seq)
	return doc, err
}

// relocate makes sure that a document that is read in place names a file that
// is there, and says whether it has one.
func relocate(ctx context.Context, tx *sql.Tx, doc numberedDocument) (live bool, err error) {
	type place struct {
		root, path string
		modified   int64
	}
	places, err := collect(ctx, tx, func(row scanner) (p place, err error) {
		return p, row.Scan(&p.root, &p.path, &p.modified)
	}, `SELECT k.path, f.path, f.modified FROM folder_files f JOIN folders k ON k.seq = f.folder
		WHERE f.document = ? AND f.state <> 'gone' ORDER BY f.seq`, doc.seq)
	if err != nil || len(places) == 0 || !doc.Linked {
		return len(places) > 0, err
	}
	p := places[0]
	if i := slices.IndexFunc(places, func(p place) bool { return origin(p.root, p.path) == doc.Origin }); i >= 0 {
		p = places[i]
		if p.modified/1e6 == doc.ModifiedAt {
			return true, nil
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE documents SET name = ?, origin = ?, format = ?, modified_at = ? WHERE seq = ?`,
		displayName(p.root, p.path), origin(p.root, p.path), extension(p.path), p.modified/1e6, doc.seq)
	return true, err
}

// origin is the absolute path of a file in a linked folder.
func origin(root, below string) string { return filepath.Join(root, filepath.FromSlash(below)) }

// extension is the file's kind: its extension without the dot, in lower case.
func extension(name string) string {
	return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
}

// displayName is a file's name with the folder that was linked.
func displayName(root, below string) string {
	return path.Join(filepath.ToSlash(filepath.Base(root)), below)
}
