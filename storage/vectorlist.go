package storage

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
)

// VectorIDs lists the passages that have a vector of this embedder, ascending.
func (d *DB) VectorIDs(ctx context.Context, key EmbedderKey) ([]int64, error) {
	const op = "list vectors"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	embedder, err := embedderID(ctx, q, key)
	if err != nil {
		return nil, wrap(op, err)
	}
	ids, err := scanIntegers(q.QueryRowContext(ctx, `SELECT coalesce(group_concat(passage_id), '') FROM
		(SELECT passage_id FROM vectors WHERE embedder_id = ? ORDER BY passage_id)`, embedder))
	return ids, wrap(op, err)
}

// VectorsOf reads the vectors of these passages; those that have none are left
// out, so found says whose they are.
func (d *DB) VectorsOf(ctx context.Context, key EmbedderKey, ids []int64) (found []int64, vectors [][]float32, err error) {
	const op = "read vectors"
	q, err := d.reading(op)
	if err != nil {
		return nil, nil, err
	}
	embedder, err := embedderID(ctx, q, key)
	if err != nil {
		return nil, nil, wrap(op, err)
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, wrap(op, err)
	}
	_, err = collect(ctx, q, func(row scanner) (struct{}, error) {
		var id int64
		var blob []byte
		if err := row.Scan(&id, &blob); err != nil {
			return struct{}{}, err
		}
		vector := make([]float32, len(blob)/4)
		for i := range vector {
			vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(blob[4*i:]))
		}
		found, vectors = append(found, id), append(vectors, vector)
		return struct{}{}, nil
	}, `SELECT v.passage_id, v.vector FROM json_each(?) j
		JOIN vectors v ON v.passage_id = j.value AND v.embedder_id = ? ORDER BY j.key`, string(list), embedder)
	return found, vectors, wrap(op, err)
}

// WithoutVector lists those of these passages that have no vector of this
// embedder; each costs one look into an index.
func (d *DB) WithoutVector(ctx context.Context, key EmbedderKey, ids []int64) ([]int64, error) {
	const op = "look for vectors"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	embedder, err := embedderID(ctx, q, key)
	if err != nil {
		return nil, wrap(op, err)
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, wrap(op, err)
	}
	without, err := scanIntegers(q.QueryRowContext(ctx, `SELECT coalesce(group_concat(value), '') FROM json_each(?) j
		WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE passage_id = j.value AND embedder_id = ?)`, string(list), embedder))
	return without, wrap(op, err)
}

// PassageFilter tells which passages are in a scope; nil: all there are. The
// function is safe for concurrent use and costs some 2 ns: a vector search asks
// it for every passage.
func (d *DB) PassageFilter(ctx context.Context, scope Scope) (func(id int64) bool, error) {
	const op = "filter passages"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	runs, err := scopeRuns(ctx, q, scope, "")
	if err != nil || runs == nil {
		return nil, wrap(op, err)
	}
	if len(runs) == 0 {
		return func(int64) bool { return false }, nil
	}
	// One bit for each id between the first and the last: 60 KB for 500,000.
	first, last := runs[0].first, runs[0].last
	for _, r := range runs {
		last = max(last, r.last)
	}
	bits := make([]uint64, (last-first)/64+1)
	for _, r := range runs {
		for id := r.first; id <= r.last; id++ {
			bits[(id-first)/64] |= 1 << ((id - first) % 64)
		}
	}
	return func(id int64) bool {
		return id >= first && id <= last && bits[(id-first)/64]&(1<<((id-first)%64)) != 0
	}, nil
}
