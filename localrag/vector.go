package localrag

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/philippgille/chromem-go"
)

// Chromem is a [VectorIndex] in memory over chromem-go. It holds vectors and
// ids only: texts stay where they are stored.
type Chromem struct {
	dimension int

	mu         sync.RWMutex
	ids        map[int64]struct{}
	collection *chromem.Collection
}

// errNoEmbedding is what chromem-go's own embedding gives here: nothing may
// leave for a remote service because someone forgot a vector.
var errNoEmbedding = errors.New("vector index: vectors come from the caller")

// NewChromem makes an empty index for vectors of this many dimensions.
func NewChromem(dimension int) *Chromem {
	collection, err := chromem.NewDB().CreateCollection("passages", nil,
		func(context.Context, string) ([]float32, error) { return nil, errNoEmbedding })
	if err != nil {
		panic(err) // only for an empty name
	}
	return &Chromem{dimension: dimension, ids: map[int64]struct{}{}, collection: collection}
}

var _ VectorIndex = (*Chromem)(nil)

// Add implements [VectorIndex].
func (c *Chromem) Add(ctx context.Context, ids []int64, vectors [][]float32) error {
	if err := checkVectors(ids, vectors, c.dimension); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, id := range ids {
		// A copy: the caller may reuse its slice.
		err := c.collection.AddDocument(ctx, chromem.Document{ID: key(id), Embedding: slices.Clone(vectors[i])})
		if err != nil {
			return fmt.Errorf("vector index: %w", err)
		}
		c.ids[id] = struct{}{}
	}
	return nil
}

// Remove implements [VectorIndex].
func (c *Chromem) Remove(ctx context.Context, ids []int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var known []string
	for _, id := range ids {
		if _, ok := c.ids[id]; ok {
			known = append(known, key(id))
			delete(c.ids, id)
		}
	}
	if len(known) == 0 {
		return nil // chromem-go refuses an empty list
	}
	if err := c.collection.Delete(ctx, nil, nil, known...); err != nil {
		return fmt.Errorf("vector index: %w", err)
	}
	return nil
}

// Len implements [VectorIndex].
func (c *Chromem) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.ids)
}

// fewAllowed is up to how many allowed vectors are compared one by one instead
// of ranking everything and dropping the rest.
const fewAllowed = 2000

// Search implements [VectorIndex].
func (c *Chromem) Search(ctx context.Context, vector []float32, limit int, allow func(id int64) bool) ([]Scored, error) {
	if len(vector) != c.dimension {
		return nil, dimensionError(len(vector), c.dimension)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if limit <= 0 || len(c.ids) == 0 {
		return nil, ctx.Err()
	}
	if allow == nil {
		return c.nearest(ctx, vector, limit, nil)
	}
	var allowed []int64
	for id := range c.ids {
		if allow(id) {
			allowed = append(allowed, id)
		}
	}
	switch {
	case len(allowed) == len(c.ids):
		return c.nearest(ctx, vector, limit, nil)
	case len(allowed) <= max(fewAllowed, limit):
		return c.compare(ctx, vector, limit, allowed)
	}
	set := make(map[int64]bool, len(allowed))
	for _, id := range allowed {
		set[id] = true
	}
	// chromem-go filters by metadata only: ask for more until enough are allowed.
	for n := 2 * limit * len(c.ids) / len(allowed); ; n *= 4 {
		found, err := c.nearest(ctx, vector, n, set)
		if err != nil || len(found) >= limit || n >= len(c.ids) {
			return found[:min(limit, len(found))], err
		}
	}
}

// nearest asks chromem-go for n, never more than it has, and keeps the allowed.
func (c *Chromem) nearest(ctx context.Context, vector []float32, n int, allowed map[int64]bool) ([]Scored, error) {
	results, err := c.collection.QueryEmbedding(ctx, vector, min(n, len(c.ids)), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("vector index: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err // chromem-go returns what it had so far
	}
	scored := make([]Scored, 0, len(results))
	for _, r := range results {
		id, err := strconv.ParseInt(r.ID, 36, 64)
		if err != nil {
			return nil, fmt.Errorf("vector index: %w", err)
		}
		if allowed == nil || allowed[id] {
			scored = append(scored, Scored{id, float64(r.Similarity)})
		}
	}
	return scored, nil
}

// compare ranks the given ids exactly.
func (c *Chromem) compare(ctx context.Context, vector []float32, limit int, ids []int64) ([]Scored, error) {
	best := newTop(limit)
	for _, id := range ids {
		document, err := c.collection.GetByID(ctx, key(id))
		if err != nil {
			return nil, fmt.Errorf("vector index: %w", err)
		}
		best.add(id, dot(vector, document.Embedding))
	}
	return best.sorted(), ctx.Err()
}

// each calls f with every vector; the slice is f's to keep.
func (c *Chromem) each(ctx context.Context, f func(id int64, vector []float32) error) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for id := range c.ids {
		document, err := c.collection.GetByID(ctx, key(id))
		if err != nil {
			return fmt.Errorf("vector index: %w", err)
		}
		if err := f(id, document.Embedding); err != nil {
			return err
		}
	}
	return nil
}

func key(id int64) string { return strconv.FormatInt(id, 36) }

func checkVectors(ids []int64, vectors [][]float32, dimension int) error {
	if len(ids) != len(vectors) {
		return fmt.Errorf("vector index: %d ids for %d vectors", len(ids), len(vectors))
	}
	for _, v := range vectors {
		if len(v) != dimension {
			return dimensionError(len(v), dimension)
		}
	}
	return nil
}

func dimensionError(got, want int) error {
	return fmt.Errorf("vector index: vector of %d dimensions, index of %d", got, want)
}

// top keeps the best of many scores.
type top struct {
	limit int
	heap  []Scored // a min-heap: the worst kept first
}

func newTop(limit int) *top { return &top{limit: limit} }

func (t *top) add(id int64, score float32) {
	s := Scored{id, float64(score)}
	if len(t.heap) < t.limit {
		t.heap = append(t.heap, s)
		for i := len(t.heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if !worse(t.heap[i], t.heap[parent]) {
				break
			}
			t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
			i = parent
		}
		return
	}
	if t.limit == 0 || !worse(t.heap[0], s) {
		return
	}
	t.heap[0] = s
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(t.heap) {
			return
		}
		if child+1 < len(t.heap) && worse(t.heap[child+1], t.heap[child]) {
			child++
		}
		if !worse(t.heap[child], t.heap[i]) {
			return
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
}

// worse orders by score, equal ones by id, so that results are repeatable.
func worse(a, b Scored) bool {
	return a.Score < b.Score || a.Score == b.Score && a.ID > b.ID
}

func (t *top) sorted() []Scored {
	slices.SortFunc(t.heap, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return t.heap
}

// dot is unrolled by hand: four sums let the processor work ahead, a third of
// the time of the plain loop.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a) && i+4 <= len(b); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a) && i < len(b); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
