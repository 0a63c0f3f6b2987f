package localrag

import (
	"context"
	"runtime"
	"sync"

	"github.com/viterin/vek"
	"github.com/viterin/vek/vek32"
)

// Slab is a [VectorIndex] that scans its vectors from end to end with the
// processor's vector instructions. It is exact, filters as it goes and needs no
// more memory than the vectors: they lie in blocks that are never moved, so it
// grows without holding everything twice.
type Slab struct {
	dimension int
	dot       func(a, b []float32) float32

	mu     sync.RWMutex
	ids    []int64
	rows   map[int64]int32
	blocks [][]float32
}

// blockRows vectors are one block: 1.5 MB at 384 dimensions.
const blockRows = 1024

// NewSlab makes an empty index for vectors of this many dimensions.
func NewSlab(dimension int) *Slab {
	s := &Slab{dimension: dimension, dot: dot, rows: map[int64]int32{}}
	if vek.Info().Acceleration {
		s.dot = vek32.Dot // three to four times as fast; without the instructions slower than ours
	}
	return s
}

var _ VectorIndex = (*Slab)(nil)

// Add implements [VectorIndex].
func (s *Slab) Add(ctx context.Context, ids []int64, vectors [][]float32) error {
	if err := checkVectors(ids, vectors, s.dimension); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, id := range ids {
		if row, ok := s.rows[id]; ok {
			copy(s.row(int(row)), vectors[i])
			continue
		}
		row := len(s.ids)
		if row == len(s.blocks)*blockRows {
			s.blocks = append(s.blocks, make([]float32, blockRows*s.dimension))
		}
		s.rows[id] = int32(row)
		s.ids = append(s.ids, id)
		copy(s.row(row), vectors[i])
	}
	return ctx.Err()
}

func (s *Slab) row(i int) []float32 {
	at := i % blockRows * s.dimension
	return s.blocks[i/blockRows][at : at+s.dimension]
}

// Remove implements [VectorIndex]. The last vector takes the place of one that
// is removed.
func (s *Slab) Remove(ctx context.Context, ids []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		row, ok := s.rows[id]
		if !ok {
			continue
		}
		last := len(s.ids) - 1
		copy(s.row(int(row)), s.row(last))
		s.ids[row] = s.ids[last]
		s.rows[s.ids[row]] = row
		delete(s.rows, id)
		s.ids = s.ids[:last]
	}
	if used := (len(s.ids) + blockRows - 1) / blockRows; used < len(s.blocks) {
		clear(s.blocks[used:])
		s.blocks = s.blocks[:used]
	}
	return ctx.Err()
}

// Len implements [VectorIndex].
func (s *Slab) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.ids)
}

// Search implements [VectorIndex].
func (s *Slab) Search(ctx context.Context, vector []float32, limit int, allow func(id int64) bool) ([]Scored, error) {
	if len(vector) != s.dimension {
		return nil, dimensionError(len(vector), s.dimension)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if limit <= 0 || len(s.ids) == 0 {
		return nil, ctx.Err()
	}
	workers := min(runtime.GOMAXPROCS(0), len(s.blocks))
	parts := make([]*top, workers)
	var wait sync.WaitGroup
	for w := range workers {
		parts[w] = newTop(limit)
		wait.Go(func() {
			for block := len(s.blocks) * w / workers; block < len(s.blocks)*(w+1)/workers && ctx.Err() == nil; block++ {
				s.scan(parts[w], vector, block, allow)
			}
		})
	}
	wait.Wait()
	best := parts[0]
	for _, part := range parts[1:] {
		for _, x := range part.heap {
			best.add(x.ID, float32(x.Score))
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return best.sorted(), nil
}

func (s *Slab) scan(best *top, vector []float32, block int, allow func(id int64) bool) {
	first := block * blockRows
	ids := s.ids[first:min(first+blockRows, len(s.ids))]
	data := s.blocks[block]
	for i, id := range ids {
		if allow == nil || allow(id) {
			best.add(id, s.dot(vector, data[i*s.dimension:(i+1)*s.dimension]))
		}
	}
}

// chromemLimit is from how many vectors on the slab takes over: there
// chromem-go needs some 20 ms a query and grows faster.
const chromemLimit = 20000

// growing is the default index: chromem-go while small, a slab from then on.
type growing struct {
	mu        sync.RWMutex
	dimension int
	current   VectorIndex
}

// NewVectorIndex makes an empty index in memory that fits any size one machine
// has: chromem-go up to 20,000 vectors, then a [Slab]; at once if so many are
// expected.
func NewVectorIndex(dimension, expected int) VectorIndex {
	if expected > chromemLimit {
		return NewSlab(dimension)
	}
	return &growing{dimension: dimension, current: NewChromem(dimension)}
}

func (g *growing) index() VectorIndex {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.current
}

// Add implements [VectorIndex].
func (g *growing) Add(ctx context.Context, ids []int64, vectors [][]float32) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if small, ok := g.current.(*Chromem); ok && small.Len()+len(ids) > chromemLimit {
		slab := NewSlab(g.dimension)
		err := small.each(ctx, func(id int64, vector []float32) error {
			return slab.Add(ctx, []int64{id}, [][]float32{vector})
		})
		if err != nil {
			return err
		}
		g.current = slab
	}
	return g.current.Add(ctx, ids, vectors)
}

// Remove implements [VectorIndex].
func (g *growing) Remove(ctx context.Context, ids []int64) error {
	g.mu.Lock() // not beside a move to the slab
	defer g.mu.Unlock()
	return g.current.Remove(ctx, ids)
}

// Search implements [VectorIndex].
func (g *growing) Search(ctx context.Context, vector []float32, limit int, allow func(id int64) bool) ([]Scored, error) {
	return g.index().Search(ctx, vector, limit, allow)
}

// Len implements [VectorIndex].
func (g *growing) Len() int { return g.index().Len() }
