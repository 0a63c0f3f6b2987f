package localrag

import (
	"context"
	"runtime"
	"sync"
)

// Slab is a [VectorIndex] that scans one block of memory from end to end. It
// is exact, filters as it goes and needs no more memory than the vectors; at
// 50,000 × 384 a query takes some 10 ms on two cores.
type Slab struct {
	dimension int

	mu   sync.RWMutex
	ids  []int64
	rows map[int64]int
	data []float32
}

// NewSlab makes an empty index for vectors of this many dimensions.
func NewSlab(dimension int) *Slab {
	return &Slab{dimension: dimension, rows: map[int64]int{}}
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
			copy(s.row(row), vectors[i])
			continue
		}
		s.rows[id] = len(s.ids)
		s.ids = append(s.ids, id)
		s.data = append(s.data, vectors[i]...)
	}
	return ctx.Err()
}

func (s *Slab) row(i int) []float32 { return s.data[i*s.dimension : (i+1)*s.dimension] }

// Remove implements [VectorIndex].
func (s *Slab) Remove(ctx context.Context, ids []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		row, ok := s.rows[id]
		if !ok {
			continue
		}
		last := len(s.ids) - 1
		copy(s.row(row), s.row(last))
		s.ids[row] = s.ids[last]
		s.rows[s.ids[row]] = row
		delete(s.rows, id)
		s.ids, s.data = s.ids[:last], s.data[:last*s.dimension]
	}
	return ctx.Err()
}

// Len implements [VectorIndex].
func (s *Slab) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.ids)
}

// rowsPerCheck is how many rows are scanned between looks at the context.
const rowsPerCheck = 4096

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
	workers := min(runtime.GOMAXPROCS(0), 1+len(s.ids)/rowsPerCheck)
	if allow != nil {
		workers = 1 // allow need not be safe for concurrent use
	}
	parts := make([]*top, workers)
	var wait sync.WaitGroup
	for w := range workers {
		parts[w] = newTop(limit)
		wait.Go(func() {
			s.scan(ctx, parts[w], vector, len(s.ids)*w/workers, len(s.ids)*(w+1)/workers, allow)
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

func (s *Slab) scan(ctx context.Context, best *top, vector []float32, from, to int, allow func(id int64) bool) {
	for row := from; row < to; row++ {
		if (row-from)%rowsPerCheck == 0 && ctx.Err() != nil {
			return
		}
		if id := s.ids[row]; allow == nil || allow(id) {
			best.add(id, dot(vector, s.row(row)))
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
// has: chromem-go up to 20,000 vectors, then a [Slab].
func NewVectorIndex(dimension int) VectorIndex {
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
