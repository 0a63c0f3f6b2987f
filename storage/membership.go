package storage

import (
	"context"
	"database/sql"
)

// AddToCollection puts a document into a collection; being in it already is no
// error.
func (d *DB) AddToCollection(ctx context.Context, owner, id, collectionID string) error {
	return d.durably(ctx, "add to collection", func(tx *sql.Tx) error {
		if _, err := collection(ctx, tx, owner, collectionID); err != nil {
			return err
		}
		doc, err := document(ctx, tx, 0, owner, id)
		if err != nil {
			return err
		}
		return d.insertMembership(ctx, tx, collectionID, doc.seq)
	})
}

func (d *DB) insertMembership(ctx context.Context, tx *sql.Tx, collectionID string, document int64) error {
	_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO collection_documents (collection_id, document, added_at)
		VALUES (?,?,?)`, collectionID, document, d.milliseconds())
	return err
}

// RemoveFromCollection takes a document out of a collection. gone: it was the
// last one, so the document was deleted.
func (d *DB) RemoveFromCollection(ctx context.Context, owner, id, collectionID string) (gone bool, err error) {
	err = d.durably(ctx, "remove from collection", func(tx *sql.Tx) error {
		doc, err := document(ctx, tx, 0, owner, id)
		if err != nil {
			return err
		}
		n, err := execute(ctx, tx, `DELETE FROM collection_documents WHERE collection_id = ? AND document = ?`, collectionID, doc.seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return sql.ErrNoRows
		}
		left, err := scanInteger(tx.QueryRowContext(ctx, `SELECT count(*) FROM collection_documents WHERE document = ?`, doc.seq))
		if err != nil || left > 0 {
			return err
		}
		gone = true
		return deleteDocument(ctx, tx, doc)
	})
	return gone && err == nil, err
}

// Transfer puts documents into a collection, all or none, and takes them out of
// another one unless that is "".
func (d *DB) Transfer(ctx context.Context, owner string, ids []string, from, to string) error {
	return d.durably(ctx, "transfer documents", func(tx *sql.Tx) error {
		for _, id := range []string{from, to} {
			if id == "" && id == from {
				continue
			}
			if _, err := collection(ctx, tx, owner, id); err != nil {
				return err
			}
		}
		for _, id := range ids {
			doc, err := document(ctx, tx, 0, owner, id)
			if err != nil {
				return err
			}
			if err := d.insertMembership(ctx, tx, to, doc.seq); err != nil {
				return err
			}
			if from == "" || from == to {
				continue
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM collection_documents WHERE collection_id = ? AND document = ?`, from, doc.seq); err != nil {
				return err
			}
		}
		return nil
	})
}
