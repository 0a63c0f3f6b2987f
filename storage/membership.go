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
		_, err = tx.ExecContext(ctx, `INSERT OR IGNORE INTO collection_documents (collection_id, document, added_at)
			VALUES (?,?,?)`, collectionID, doc.seq, d.milliseconds())
		return err
	})
}
