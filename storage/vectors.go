package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// embedderID is the integer key of an embedder, 0 while it has no vectors.
func embedderID(ctx context.Context, q querier, key EmbedderKey) (int64, error) {
	id, err := scanInteger(q.QueryRowContext(ctx, `SELECT id FROM embedders WHERE digest = ? AND scheme = ?`, key.Digest, key.Scheme))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// Unembedded lists passages that have no vector of this embedder yet, in the
// order of their documents' text, oldest document first.
func (d *DB) Unembedded(ctx context.Context, key EmbedderKey, limit int) ([]Unembedded, error) {
	return d.unembedded(ctx, key, limit, "")
}

// NextUnembedded is Unembedded for indexing in the background: what people
// added comes before what folders brought. Documents that are held are left
// out; with linked false those of all folders are.
func (d *DB) NextUnembedded(ctx context.Context, key EmbedderKey, linked bool, limit int) ([]Unembedded, error) {
	found, err := d.unembedded(ctx, key, limit, " AND d.linked = 0")
	if err != nil || len(found) > 0 || !linked {
		return found, err
	}
	return d.unembedded(ctx, key, limit, fmt.Sprintf(notHeld, "1"))
}

func (d *DB) unembedded(ctx context.Context, key EmbedderKey, limit int, condition string) ([]Unembedded, error) {
	const op = "list unembedded"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	embedder, err := embedderID(ctx, q, key)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, func(row scanner) (u Unembedded, err error) {
		return u, row.Scan(&u.ID, &u.DocumentID, &u.Heading, &u.Text)
	}, `SELECT p.id, d.id, p.heading, p.text FROM documents d
		CROSS JOIN passages p ON p.document = d.seq
		WHERE d.passages > coalesce((SELECT vectors FROM embedded WHERE document = d.seq AND embedder_id = ?1), 0)
			AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage_id = p.id AND v.embedder_id = ?1)`+condition+`
		ORDER BY d.seq, p.ordinal LIMIT ?2`, embedder, limit)
	return found, wrap(op, err)
}

// StoreVectors writes the vectors of passages in one transaction; passages
// deleted meanwhile are skipped, an older vector is replaced. All vectors of an
// embedder have the same length. It returns the documents that have all their
// vectors now; they are ready.
func (d *DB) StoreVectors(ctx context.Context, key EmbedderKey, ids []int64, vectors [][]float32) (ready []Document, err error) {
	const op = "store vectors"
	if len(ids) != len(vectors) {
		return nil, newError(CodeFailed, op, "as many ids as vectors are needed")
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err = d.quickly(ctx, op, func(tx *sql.Tx) error {
		ready = nil
		embedder, err := embedderFor(ctx, tx, key, len(vectors[0]))
		if err != nil {
			return err
		}
		touched, err := insertVectors(ctx, tx, embedder, ids, vectors)
		if err != nil {
			return err
		}
		for document, added := range touched {
			if err := d.countVectors(ctx, tx, embedder, document, added); err != nil {
				return err
			}
		}
		list, err := json.Marshal(keys(touched))
		if err != nil {
			return err
		}
		found, err := collect(ctx, tx, scanDocument, `SELECT `+documentColumns+` FROM documents d
			WHERE d.seq IN (SELECT value FROM json_each(?2)) AND d.status IN ('searchable', 'ready')
			AND d.passages = (SELECT vectors FROM embedded WHERE document = d.seq AND embedder_id = ?1)
			ORDER BY d.seq`, embedder, string(list))
		ready = bare(found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ready, nil
}

func keys(m map[int64]int) []int64 {
	list := make([]int64, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// embedderFor finds or makes the embedder's row and checks the dimensions.
func embedderFor(ctx context.Context, tx *sql.Tx, key EmbedderKey, dimensions int) (int64, error) {
	if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO embedders (digest, scheme, dimensions) VALUES (?,?,?)`,
		key.Digest, key.Scheme, dimensions); err != nil {
		return 0, err
	}
	var id int64
	var known int
	err := tx.QueryRowContext(ctx, `SELECT id, dimensions FROM embedders WHERE digest = ? AND scheme = ?`,
		key.Digest, key.Scheme).Scan(&id, &known)
	if err == nil && (known != dimensions || known == 0) {
		return 0, newError(CodeFailed, "store vectors", "the embedder's vectors have another length")
	}
	return id, err
}

// insertVectors says for each document how many vectors it got more.
func insertVectors(ctx context.Context, tx *sql.Tx, embedder int64, ids []int64, vectors [][]float32) (map[int64]int, error) {
	find, err := tx.PrepareContext(ctx, `SELECT document, EXISTS (SELECT 1 FROM vectors WHERE passage_id = p.id AND embedder_id = ?)
		FROM passages p WHERE id = ?`)
	if err != nil {
		return nil, err
	}
	defer find.Close()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO vectors (passage_id, embedder_id, vector) VALUES (?,?,?)
		ON CONFLICT (passage_id, embedder_id) DO UPDATE SET vector = excluded.vector`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	touched := map[int64]int{}
	blob := make([]byte, 4*len(vectors[0]))
	for i, id := range ids {
		if 4*len(vectors[i]) != len(blob) {
			return nil, newError(CodeFailed, "store vectors", "the vectors have different lengths")
		}
		var document int64
		var had bool
		switch err := find.QueryRowContext(ctx, embedder, id).Scan(&document, &had); {
		case errors.Is(err, sql.ErrNoRows):
			continue
		case err != nil:
			return nil, err
		}
		for j, x := range vectors[i] {
			binary.LittleEndian.PutUint32(blob[4*j:], math.Float32bits(x))
		}
		if _, err := insert.ExecContext(ctx, id, embedder, blob); err != nil {
			return nil, err
		}
		if !had {
			touched[document]++
		} else {
			touched[document] += 0
		}
	}
	return touched, nil
}

// countVectors adds to a document's count and makes it ready when complete.
func (d *DB) countVectors(ctx context.Context, tx *sql.Tx, embedder, document int64, added int) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO embedded (document, embedder_id, vectors) VALUES (?,?,?)
		ON CONFLICT (document, embedder_id) DO UPDATE SET vectors = vectors + excluded.vectors`,
		document, embedder, added); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE documents SET status = 'ready', updated_at = ?
		WHERE seq = ? AND status = 'searchable'
		AND passages = (SELECT vectors FROM embedded WHERE document = ? AND embedder_id = ?)`,
		d.milliseconds(), document, document, embedder)
	return err
}

// EachVector calls f with every vector of an embedder, in no order, and stops
// with f's error. The slice is reused: f copies what it keeps. f must not
// write to the database.
func (d *DB) EachVector(ctx context.Context, key EmbedderKey, f func(id int64, vector []float32) error) error {
	const op = "read vectors"
	q, err := d.reading(op)
	if err != nil {
		return err
	}
	embedder, err := embedderID(ctx, q, key)
	if err != nil {
		return wrap(op, err)
	}
	conn, err := q.Conn(ctx)
	if err != nil {
		return wrap(op, err)
	}
	defer conn.Close()
	var own error // of f, which must not be taken for the database's
	err = conn.Raw(func(driverConn any) error {
		rows, err := driverConn.(driver.QueryerContext).QueryContext(context.WithoutCancel(ctx),
			`SELECT passage_id, vector FROM vectors NOT INDEXED WHERE embedder_id = ?`,
			[]driver.NamedValue{{Ordinal: 1, Value: embedder}})
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		own, err = decodeVectors(ctx, rows, f)
		return err
	})
	if own != nil {
		return own
	}
	return wrap(op, err)
}

// decodeVectors reads the driver's rows itself: the conversions of
// database/sql cost a third of loading 50,000 vectors. Likewise the driver
// works without cancellation, and the loop looks at the context.
func decodeVectors(ctx context.Context, rows driver.Rows, f func(id int64, vector []float32) error) (own, err error) {
	var vector []float32
	row := make([]driver.Value, 2)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		id, ok := row[0].(int64)
		blob, okBlob := row[1].([]byte)
		if !ok || !okBlob {
			return nil, newError(CodeCorrupt, "read vectors", "a vector is not a vector")
		}
		if len(vector) != len(blob)/4 {
			vector = make([]float32, len(blob)/4)
		}
		for i := range vector {
			vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(blob[4*i:]))
		}
		if err := f(id, vector); err != nil {
			return err, nil
		}
	}
}

// CountVectors says how many passages have a vector of this embedder, and how
// many there are.
func (d *DB) CountVectors(ctx context.Context, key EmbedderKey) (embedded, total int, err error) {
	const op = "count vectors"
	q, err := d.reading(op)
	if err != nil {
		return 0, 0, err
	}
	err = q.QueryRowContext(ctx, `SELECT (SELECT coalesce(sum(vectors), 0) FROM embedded WHERE embedder_id =
			(SELECT id FROM embedders WHERE digest = ? AND scheme = ?)),
		(SELECT coalesce(sum(passages), 0) FROM documents)`, key.Digest, key.Scheme).Scan(&embedded, &total)
	return embedded, total, wrap(op, err)
}
