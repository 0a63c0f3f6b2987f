// Package remote makes a vector index of a vector database on a server: it
// keeps which ids are there, turns filters into lists of ids and cuts large
// requests into parts. What a database speaks is the business of its own
// package, which implements [Store].
//
// It knows no database and no network. Texts never pass through it.
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"kontor/localrag"
)

// Store is one table or collection of a vector database: ids and unit vectors
// of one length, compared by their inner product. Safe for concurrent use.
type Store interface {
	// Open makes the collection if it is not there and calls each with the ids
	// it holds.
	Open(ctx context.Context, dimension int, each func(ids []int64)) error
	// Upsert stores vectors under ids, replacing earlier ones; when it returns,
	// a search finds them.
	Upsert(ctx context.Context, ids []int64, vectors [][]float32) error
	// Delete forgets ids.
	Delete(ctx context.Context, ids []int64) error
	// Nearest returns the best by inner product, at most limit, of the ids in
	// only, or of all if only is nil.
	Nearest(ctx context.Context, vector []float32, limit int, only []int64) ([]localrag.Scored, error)
	// Drop removes the collection.
	Drop(ctx context.Context) error
	// Close ends the connections.
	Close() error
}

const (
	// upsertBatch vectors of 384 numbers are 1.5 MB, half of what gRPC servers
	// take in one message by default.
	upsertBatch = 1000
	// onlyBatch ids in a filter are still found one by one.
	onlyBatch = 4000
	// maxLimit is the most results one search may ask for: Milvus refuses more
	// than 16,384.
	maxLimit = 10_000
)

// Index is a [localrag.VectorIndex] over a [Store].
type Index struct {
	store     Store
	dimension int

	mu  sync.RWMutex
	ids map[int64]struct{}
}

var _ localrag.VectorIndex = (*Index)(nil)

// Open connects to the store's collection, making it if need be.
func Open(ctx context.Context, store Store, dimension int) (*Index, error) {
	x := &Index{store: store, dimension: dimension, ids: map[int64]struct{}{}}
	err := store.Open(ctx, dimension, func(ids []int64) {
		for _, id := range ids {
			x.ids[id] = struct{}{}
		}
	})
	if err != nil {
		return nil, err
	}
	return x, nil
}

// Has tells whether the store holds an id.
func (x *Index) Has(id int64) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, known := x.ids[id]
	return known
}

// IDs lists what the store holds, ascending.
func (x *Index) IDs() []int64 { return x.allowed(nil) }

// Len implements [localrag.VectorIndex].
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.ids)
}

// Add implements [localrag.VectorIndex].
func (x *Index) Add(ctx context.Context, ids []int64, vectors [][]float32) error {
	if len(ids) != len(vectors) {
		return fmt.Errorf("vector index: %d ids for %d vectors", len(ids), len(vectors))
	}
	for _, v := range vectors {
		if len(v) != x.dimension {
			return x.dimensionError(len(v))
		}
	}
	for start := 0; start < len(ids); start += upsertBatch {
		end := min(start+upsertBatch, len(ids))
		part, values := lastOfEach(ids[start:end], vectors[start:end])
		if err := x.store.Upsert(ctx, part, values); err != nil {
			return err
		}
		x.mu.Lock()
		for _, id := range part {
			x.ids[id] = struct{}{}
		}
		x.mu.Unlock()
	}
	return ctx.Err()
}

// lastOfEach drops all but the last vector of an id: databases refuse to write
// one row twice in one statement.
func lastOfEach(ids []int64, vectors [][]float32) ([]int64, [][]float32) {
	at := make(map[int64]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	if len(at) == len(ids) {
		return ids, vectors
	}
	var part []int64
	var values [][]float32
	for i, id := range ids {
		if at[id] == i {
			part, values = append(part, id), append(values, vectors[i])
		}
	}
	return part, values
}

// Remove implements [localrag.VectorIndex].
func (x *Index) Remove(ctx context.Context, ids []int64) error {
	var known []int64
	for _, id := range ids {
		if x.Has(id) && !slices.Contains(known, id) {
			known = append(known, id)
		}
	}
	for part := range slices.Chunk(known, onlyBatch) {
		if err := x.store.Delete(ctx, part); err != nil {
			return err
		}
		x.mu.Lock()
		for _, id := range part {
			delete(x.ids, id)
		}
		x.mu.Unlock()
	}
	return ctx.Err()
}

// allowed lists the ids that a filter lets through, ascending.
func (x *Index) allowed(allow func(int64) bool) []int64 {
	x.mu.RLock()
	list := make([]int64, 0, len(x.ids))
	for id := range x.ids {
		if allow == nil || allow(id) {
			list = append(list, id)
		}
	}
	x.mu.RUnlock()
	slices.Sort(list)
	return list
}

// Search implements [localrag.VectorIndex].
func (x *Index) Search(ctx context.Context, vector []float32, limit int, allow func(id int64) bool) ([]localrag.Scored, error) {
	if len(vector) != x.dimension {
		return nil, x.dimensionError(len(vector))
	}
	held := x.Len()
	if limit = min(limit, held, maxLimit); limit <= 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if allow == nil {
		return x.nearest(ctx, vector, limit, nil)
	}
	allowed := x.allowed(allow)
	switch {
	case len(allowed) == 0:
		return nil, nil
	case len(allowed) >= held:
		return x.nearest(ctx, vector, limit, nil)
	case len(allowed) <= onlyBatch:
		return x.nearest(ctx, vector, limit, allowed)
	}
	// Most are allowed: ask for more and drop the others.
	if more := 3 * limit * held / len(allowed); more <= maxLimit {
		found, err := x.nearest(ctx, vector, more, nil)
		if err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(s localrag.Scored) bool { return !allow(s.ID) })
		if len(found) >= limit {
			return found[:limit], nil
		}
	}
	var all []localrag.Scored
	for part := range slices.Chunk(allowed, onlyBatch) {
		found, err := x.nearest(ctx, vector, limit, part)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	order(all)
	return all[:min(limit, len(all))], nil
}

func (x *Index) nearest(ctx context.Context, vector []float32, limit int, only []int64) ([]localrag.Scored, error) {
	found, err := x.store.Nearest(ctx, vector, limit, only)
	order(found)
	return found, err
}

func order(list []localrag.Scored) {
	slices.SortFunc(list, func(a, b localrag.Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
}

// Drop removes the collection from the server and ends the connections.
func (x *Index) Drop(ctx context.Context) error {
	return errors.Join(x.store.Drop(ctx), x.store.Close())
}

// Close ends the connections; the collection stays.
func (x *Index) Close() error { return x.store.Close() }

func (x *Index) dimensionError(got int) error {
	return fmt.Errorf("vector index: vector of %d dimensions, index of %d", got, x.dimension)
}
