package storage

import (
	"context"
	"database/sql"
)

const collectionColumns = `k.id, k.owner_id, k.name, k.purpose, k.responsible, k.retain_until, k.data_class, k.created_at, k.updated_at,
	(SELECT count(*) FROM collection_documents WHERE collection_id = k.id)`

func scanCollection(row scanner) (Collection, error) {
	var k Collection
	err := row.Scan(&k.ID, &k.OwnerID, &k.Name, &k.Purpose, &k.Responsible, &k.RetainUntil, &k.DataClass, &k.CreatedAt, &k.UpdatedAt, &k.Documents)
	return k, err
}

func collection(ctx context.Context, q querier, owner, id string) (Collection, error) {
	return scanCollection(q.QueryRowContext(ctx,
		`SELECT `+collectionColumns+` FROM collections k WHERE k.id = ? AND k.owner_id = ?`, id, owner))
}

// CreateCollection makes an empty collection. CodeExists: the owner has one of
// this name.
func (d *DB) CreateCollection(ctx context.Context, owner, name string) (Collection, error) {
	now := d.milliseconds()
	k := Collection{ID: d.newID(), OwnerID: owner, Name: name, CreatedAt: now, UpdatedAt: now}
	err := d.durably(ctx, "create collection", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO collections (id, owner_id, name, created_at, updated_at)
			VALUES (?,?,?,?,?)`, k.ID, owner, name, now, now)
		return err
	})
	return k, err
}

// Collections lists the owner's collections by name.
func (d *DB) Collections(ctx context.Context, owner string) ([]Collection, error) {
	const op = "list collections"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanCollection, `SELECT `+collectionColumns+` FROM collections k
		WHERE k.owner_id = ? ORDER BY k.name COLLATE NOCASE, k.id`, owner)
	return found, wrap(op, err)
}

// RenameCollection gives a collection another name. CodeExists: it is taken.
func (d *DB) RenameCollection(ctx context.Context, owner, id, name string) (Collection, error) {
	return d.UpdateCollection(ctx, owner, id, CollectionUpdate{Name: &name})
}

// CollectionUpdate changes the fields that are not nil.
type CollectionUpdate struct {
	Name, Purpose, Responsible, RetainUntil, DataClass *string
}

// UpdateCollection changes fields of a collection. CodeExists: the name is taken.
func (d *DB) UpdateCollection(ctx context.Context, owner, id string, u CollectionUpdate) (Collection, error) {
	var k Collection
	err := d.durably(ctx, "update collection", func(tx *sql.Tx) (err error) {
		if _, err = execute(ctx, tx, `UPDATE collections SET name = coalesce(?, name), purpose = coalesce(?, purpose),
			responsible = coalesce(?, responsible), retain_until = coalesce(?, retain_until),
			data_class = coalesce(?, data_class), updated_at = ?
			WHERE id = ? AND owner_id = ?`, u.Name, u.Purpose, u.Responsible, u.RetainUntil, u.DataClass, d.milliseconds(), id, owner); err != nil {
			return err
		}
		k, err = collection(ctx, tx, owner, id)
		return err
	})
	return k, err
}

// DeleteCollection removes a collection, and the documents that were in no
// other one; it returns their ids.
func (d *DB) DeleteCollection(ctx context.Context, owner, id string) (orphaned []string, err error) {
	err = d.durably(ctx, "delete collection", func(tx *sql.Tx) error {
		if _, err := collection(ctx, tx, owner, id); err != nil {
			return err
		}
		lost, err := collect(ctx, tx, scanDocument, `SELECT `+documentColumns+` FROM documents d
			WHERE d.seq IN (SELECT document FROM collection_documents WHERE collection_id = ?2)
			AND NOT EXISTS (SELECT 1 FROM collection_documents WHERE document = d.seq AND collection_id <> ?2)`,
			0, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM collections WHERE id = ?`, id); err != nil {
			return err
		}
		for _, doc := range lost {
			if err := deleteDocument(ctx, tx, doc); err != nil {
				return err
			}
			orphaned = append(orphaned, doc.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return orphaned, nil
}
