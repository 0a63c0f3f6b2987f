package app

import (
	"context"
	"sync"
	"time"

	"kontor/localrag"
	"kontor/storage"
)

// vectorCache is the vector index in memory, fed from storage. Storage is the
// truth: the index is built anew at each start.
type vectorCache struct {
	app *App

	mu     sync.RWMutex
	index  localrag.VectorIndex
	loaded chan struct{}
}

func newVectorCache(a *App) *vectorCache {
	return &vectorCache{app: a, loaded: make(chan struct{})}
}

// load reads all vectors of the embedder. It is called once, and again after
// the embedder changed.
func (v *vectorCache) load(ctx context.Context, key storage.EmbedderKey, dimension int) error {
	index := localrag.NewVectorIndex(dimension)
	began := time.Now()
	const block = 4096
	ids := make([]int64, 0, block)
	vectors := make([][]float32, 0, block)
	flush := func() error {
		if len(ids) == 0 {
			return nil
		}
		err := index.Add(ctx, ids, vectors)
		ids, vectors = make([]int64, 0, block), make([][]float32, 0, block)
		return err
	}
	err := v.app.db.EachVector(ctx, key, func(id int64, vector []float32) error {
		if len(vector) != dimension {
			return nil
		}
		ids = append(ids, id)
		vectors = append(vectors, append([]float32(nil), vector...))
		if len(ids) == block {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	v.mu.Lock()
	v.index = index
	select {
	case <-v.loaded:
	default:
		close(v.loaded)
	}
	v.mu.Unlock()
	v.app.log.Info("vectors ready", "count", index.Len(), "ms", time.Since(began).Milliseconds())
	return nil
}

// current returns the index, nil while there is none.
func (v *vectorCache) current() localrag.VectorIndex {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.index
}

func (v *vectorCache) add(ctx context.Context, ids []int64, vectors [][]float32) error {
	index := v.current()
	if index == nil {
		return nil
	}
	known := make([]int64, 0, len(ids))
	given := make([][]float32, 0, len(ids))
	for i, vector := range vectors {
		if vector != nil {
			known, given = append(known, ids[i]), append(given, vector)
		}
	}
	return index.Add(ctx, known, given)
}

func (v *vectorCache) remove(ctx context.Context, ids []int64) {
	if index := v.current(); index != nil && len(ids) > 0 {
		if err := index.Remove(ctx, ids); err != nil {
			v.app.log.Error("remove vectors", "error", err)
		}
	}
}
