package app

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"kontor/localrag"
	"kontor/localrag/remote"
	"kontor/storage"
)

// vectorCache is the vector index in use, in memory or in a vector database.
// Storage is the truth: an index in memory is built anew at each start, one on
// a server is brought up to date.
type vectorCache struct {
	app  *App
	wake chan struct{} // asks the keeper of a server's index to look again

	mu        sync.RWMutex
	key       storage.EmbedderKey
	dimension int
	index     localrag.VectorIndex
	place     vectorPlace // what index is
	failure   error       // why the server cannot be used now
	keeping   bool
	move      *vectorMove
	loaded    chan struct{}

	// changing is held from the moment vectors are stored until the index has
	// them: what is removed in between would come back.
	changing sync.Mutex
}

func newVectorCache(a *App) *vectorCache {
	return &vectorCache{app: a, wake: make(chan struct{}, 1), loaded: make(chan struct{})}
}

// load makes the index of an embedder's vectors. It is called once, and again
// after the embedder changed.
func (v *vectorCache) load(ctx context.Context, key storage.EmbedderKey, dimension int) error {
	v.changing.Lock()
	v.mu.Lock()
	other := v.key != key && v.key.Digest != ""
	v.key, v.dimension = key, dimension
	v.place = v.configured()
	place := v.place
	v.mu.Unlock()
	v.changing.Unlock()
	if other {
		v.drop() // of another embedder: words decide until the new one is there
	}
	if place.remote() {
		v.keep(ctx)
		return nil
	}
	began := time.Now()
	index, err := v.inMemory(ctx, place.store, nil)
	if err != nil {
		return err
	}
	v.use(place, index)
	v.app.log.Info("vectors ready", "count", index.Len(), "ms", time.Since(began).Milliseconds())
	return nil
}

// use puts an index into service and returns the one before.
func (v *vectorCache) use(place vectorPlace, index localrag.VectorIndex) localrag.VectorIndex {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.index
	v.place, v.index, v.failure = place, index, nil
	select {
	case <-v.loaded:
	default:
		close(v.loaded)
	}
	return before
}

// inMemory reads all vectors from storage into an index of the kind.
func (v *vectorCache) inMemory(ctx context.Context, store string, progress func(done int)) (localrag.VectorIndex, error) {
	key, dimension := v.space()
	expected, _, err := v.app.db.CountVectors(ctx, key)
	if err != nil {
		return nil, err
	}
	index := newIndex(store, dimension, expected)
	const block = 1024
	ids, vectors := make([]int64, 0, block), make([][]float32, block)
	backing := make([]float32, block*dimension)
	done := 0
	flush := func() error {
		err := index.Add(ctx, ids, vectors[:len(ids)])
		done += len(ids)
		ids = ids[:0]
		if progress != nil {
			progress(done)
		}
		return err
	}
	err = v.app.db.EachVector(ctx, key, func(id int64, vector []float32) error {
		if len(vector) != dimension {
			return nil
		}
		row := backing[len(ids)*dimension:][:dimension]
		copy(row, vector)
		vectors[len(ids)] = row
		if ids = append(ids, id); len(ids) == block {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	v.settleMemory(expected * dimension * 4)
	return index, err
}

// newIndex makes an empty index in memory.
func newIndex(store string, dimension, expected int) localrag.VectorIndex {
	switch store {
	case storeChromem:
		return localrag.NewChromem(dimension)
	case storeSlab:
		return localrag.NewSlab(dimension)
	}
	return localrag.NewVectorIndex(dimension, expected)
}

// garbage is how many bytes may lie around before the collector runs when much
// of the memory is vectors, which it never frees.
const garbage = 48 << 20

// settleMemory keeps the collector from waiting until the heap has doubled: with
// 150 MB of vectors that would be 150 MB of garbage. Vectors hold no pointers,
// so looking at them costs nothing.
func (v *vectorCache) settleMemory(bytes int) {
	if percent := 100 * garbage / max(bytes, 1); percent < 100 {
		debug.SetGCPercent(max(20, percent))
		debug.FreeOSMemory()
	}
}

// space names the embedder's vectors and their length.
func (v *vectorCache) space() (storage.EmbedderKey, int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.key, v.dimension
}

// current returns the index, nil while there is none or its server is down:
// questions are then answered by words at once, not after a wait.
func (v *vectorCache) current() localrag.VectorIndex {
	v.mu.RLock()
	defer v.mu.RUnlock()
	switch {
	case v.index == nil || v.place.remote() && v.failure != nil:
		return nil
	case v.place.remote():
		return watchedIndex{v.index, v}
	}
	return v.index
}

// store keeps new vectors and gives them to the index. It returns the documents
// that have all their vectors now.
func (v *vectorCache) store(ctx context.Context, key storage.EmbedderKey, ids []int64, vectors [][]float32) ([]storage.Document, error) {
	v.changing.Lock()
	defer v.changing.Unlock()
	ready, err := v.app.db.StoreVectors(ctx, key, ids, vectors)
	if err != nil {
		return nil, err
	}
	if now, _ := v.space(); now != key {
		return ready, nil // the embedder changed while these were computed
	}
	return ready, v.add(ctx, ids, vectors)
}

// add takes new vectors, which are in storage already. A server that cannot be
// reached gets them later.
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
	err := index.Add(ctx, known, given)
	if _, remote := index.(watchedIndex); remote && ctx.Err() == nil {
		return nil // told, and made up for by the keeper
	}
	return err
}

func (v *vectorCache) remove(ctx context.Context, ids []int64) {
	v.changing.Lock()
	defer v.changing.Unlock()
	if index := v.current(); index != nil && len(ids) > 0 {
		if err := index.Remove(ctx, ids); err != nil {
			v.app.log.Error("remove vectors", "error", err)
		}
	}
}

// reconcile gives an index on a server what it lacks and takes away what
// storage has no more. Done again after it was cut short it goes on where it
// stopped.
func (v *vectorCache) reconcile(ctx context.Context, index *remote.Index, progress func(done, total int)) error {
	key, dimension := v.space()
	stored, err := v.app.db.VectorIDs(ctx, key)
	if err != nil {
		return err
	}
	missing := make([]int64, 0, max(0, len(stored)-index.Len()))
	for _, id := range stored {
		if !index.Has(id) {
			missing = append(missing, id)
		}
	}
	done := len(stored) - len(missing)
	progress(done, len(stored))
	for part := range slices.Chunk(missing, 1000) {
		ids, vectors, err := v.app.db.VectorsOf(ctx, key, part)
		if err != nil {
			return err
		}
		fitIDs, fit := ids[:0], vectors[:0]
		for i, vector := range vectors {
			if len(vector) == dimension {
				fitIDs, fit = append(fitIDs, ids[i]), append(fit, vector)
			}
		}
		if err := index.Add(ctx, fitIDs, fit); err != nil {
			return err
		}
		done += len(part)
		progress(done, len(stored))
	}
	var surplus []int64
	for _, id := range index.IDs() {
		if _, found := slices.BinarySearch(stored, id); !found {
			surplus = append(surplus, id)
		}
	}
	return index.Remove(ctx, surplus)
}
