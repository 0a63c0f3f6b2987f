// Package ragtest holds what every implementation of an interface of localrag
// must pass. It knows no implementation.
package ragtest

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"kontor/localrag"
)

// Dimension is the length of the vectors the suite uses.
const Dimension = 8

// TestVectorIndex runs the conformance suite. Open returns an empty index for
// vectors of [Dimension] dimensions. MinRecall is the share of the true nearest
// ten an index must find: 1 for an exact one.
func TestVectorIndex(t *testing.T, minRecall float64, open func(t *testing.T) localrag.VectorIndex) {
	for name, test := range map[string]func(*testing.T, localrag.VectorIndex){
		"Empty":       testEmpty,
		"Order":       testOrder,
		"Replace":     testReplace,
		"Remove":      testRemove,
		"Clamp":       testClamp,
		"Filter":      testFilter,
		"Dimensions":  testDimensions,
		"OwnsVectors": testOwnsVectors,
		"Cancelled":   testCancelled,
		"Concurrent":  testConcurrent,
		"Recall":      func(t *testing.T, index localrag.VectorIndex) { testRecall(t, index, minRecall) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// axis is the unit vector along one dimension, tilted a little to the next.
func axis(i int, tilt float64) []float32 {
	v := make([]float32, Dimension)
	v[i%Dimension] = float32(math.Cos(tilt))
	v[(i+1)%Dimension] = float32(math.Sin(tilt))
	return v
}

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

func random(r *rand.Rand) []float32 {
	v := make([]float32, Dimension)
	norm := 0.0
	for i := range v {
		v[i] = float32(r.NormFloat64())
		norm += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(norm))
	}
	return v
}

func cosine(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func add(t *testing.T, index localrag.VectorIndex, id int64, vector []float32) {
	t.Helper()
	if err := index.Add(t.Context(), []int64{id}, [][]float32{vector}); err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, index localrag.VectorIndex, vector []float32, limit int, allow func(int64) bool) []int64 {
	t.Helper()
	found, err := index.Search(t.Context(), vector, limit, allow)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for i, s := range found {
		if i > 0 && s.Score > found[i-1].Score {
			t.Fatalf("not best first: %v", found)
		}
		ids = append(ids, s.ID)
	}
	return ids
}

func expect(t *testing.T, got []int64, want ...int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func testEmpty(t *testing.T, index localrag.VectorIndex) {
	expect(t, search(t, index, axis(0, 0), 5, nil))
	if err := index.Remove(t.Context(), []int64{1, 2}); err != nil {
		t.Fatal(err)
	}
	if err := index.Add(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if n := index.Len(); n != 0 {
		t.Fatalf("holds %d", n)
	}
}

func testOrder(t *testing.T, index localrag.VectorIndex) {
	add(t, index, 30, axis(0, .9))
	add(t, index, 10, axis(0, .1))
	add(t, index, -20, axis(0, .5))
	expect(t, search(t, index, axis(0, 0), 10, nil), 10, -20, 30)
	found, err := index.Search(t.Context(), axis(0, 0), 1, nil)
	if err != nil || len(found) != 1 || math.Abs(found[0].Score-math.Cos(.1)) > 1e-5 {
		t.Fatalf("score is not the cosine: %v %v", found, err)
	}
}

func testReplace(t *testing.T, index localrag.VectorIndex) {
	add(t, index, 1, axis(0, 0))
	add(t, index, 2, axis(0, .5))
	add(t, index, 1, axis(3, 0))
	expect(t, search(t, index, axis(0, 0), 1, nil), 2)
	if n := index.Len(); n != 2 {
		t.Fatalf("holds %d after replacing", n)
	}
}

func testRemove(t *testing.T, index localrag.VectorIndex) {
	for id := range int64(6) {
		add(t, index, id, axis(0, float64(id)/10))
	}
	if err := index.Remove(t.Context(), []int64{0, 3, 99, 3}); err != nil {
		t.Fatal(err)
	}
	expect(t, search(t, index, axis(0, 0), 10, nil), 1, 2, 4, 5)
	if n := index.Len(); n != 4 {
		t.Fatalf("holds %d", n)
	}
	add(t, index, 3, axis(0, 0))
	expect(t, search(t, index, axis(0, 0), 1, nil), 3)
}

func testClamp(t *testing.T, index localrag.VectorIndex) {
	add(t, index, 1, axis(0, 0))
	add(t, index, 2, axis(0, .2))
	expect(t, search(t, index, axis(0, 0), 1000, nil), 1, 2)
	expect(t, search(t, index, axis(0, 0), 1, nil), 1)
	expect(t, search(t, index, axis(0, 0), 0, nil))
	expect(t, search(t, index, axis(0, 0), -1, nil))
}

func testFilter(t *testing.T, index localrag.VectorIndex) {
	r := rand.New(rand.NewPCG(2, 2))
	vectors := map[int64][]float32{}
	for id := range int64(3000) {
		vectors[id] = random(r)
		add(t, index, id, vectors[id])
	}
	query := random(r)
	for name, allow := range map[string]func(int64) bool{
		"none": func(int64) bool { return false },
		"one":  func(id int64) bool { return id == 1234 },
		"few":  func(id int64) bool { return id%100 == 7 },
		"most": func(id int64) bool { return id%10 != 7 },
		"all":  func(int64) bool { return true },
	} {
		want := nearest(vectors, query, 12, allow)
		if got := search(t, index, query, 12, allow); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func nearest(vectors map[int64][]float32, query []float32, limit int, allow func(int64) bool) []int64 {
	var ids []int64
	for id := range vectors {
		if allow(id) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b int64) int {
		if cosine(query, vectors[a]) > cosine(query, vectors[b]) {
			return -1
		}
		return 1
	})
	return ids[:min(limit, len(ids))]
}

func testDimensions(t *testing.T, index localrag.VectorIndex) {
	if index.Add(t.Context(), []int64{1}, [][]float32{{1, 0}}) == nil {
		t.Error("took a vector of two dimensions")
	}
	if index.Add(t.Context(), []int64{1, 2}, [][]float32{axis(0, 0)}) == nil {
		t.Error("took two ids for one vector")
	}
	add(t, index, 1, axis(0, 0))
	if _, err := index.Search(t.Context(), []float32{1}, 1, nil); err == nil {
		t.Error("searched for a vector of one dimension")
	}
}

func testOwnsVectors(t *testing.T, index localrag.VectorIndex) {
	vector := axis(0, 0)
	add(t, index, 1, vector)
	add(t, index, 2, axis(0, .5))
	copy(vector, axis(4, 0))
	expect(t, search(t, index, axis(0, 0), 2, nil), 1, 2)
}

func testCancelled(t *testing.T, index localrag.VectorIndex) {
	add(t, index, 1, axis(0, 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := index.Search(ctx, axis(0, 0), 1, nil); err == nil {
		t.Error("answered a cancelled search")
	}
}

func testConcurrent(t *testing.T, index localrag.VectorIndex) {
	add(t, index, 1_000_000, axis(0, 0))
	var wait sync.WaitGroup
	for worker := range int64(8) {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), 3))
			for i := range int64(60) {
				id := worker*1000 + i
				if err := index.Add(t.Context(), []int64{id}, [][]float32{random(r)}); err != nil {
					t.Error(err)
				}
				if _, err := index.Search(t.Context(), random(r), 5, func(id int64) bool { return id%2 == 0 }); err != nil {
					t.Error(err)
				}
				if i%3 == 0 {
					if err := index.Remove(t.Context(), []int64{id}); err != nil {
						t.Error(err)
					}
				}
				index.Len()
			}
		})
	}
	wait.Wait()
	if n := index.Len(); n != 8*40+1 {
		t.Fatalf("holds %d, want %d", n, 8*40+1)
	}
	expect(t, search(t, index, axis(0, 0), 1, nil), 1_000_000)
}

func testRecall(t *testing.T, index localrag.VectorIndex, minRecall float64) {
	r := rand.New(rand.NewPCG(1, 1))
	vectors := map[int64][]float32{}
	var ids []int64
	var batch [][]float32
	for id := range int64(5000) {
		vectors[id] = random(r)
		ids, batch = append(ids, id), append(batch, vectors[id])
	}
	if err := index.Add(t.Context(), ids, batch); err != nil {
		t.Fatal(err)
	}
	hits := 0
	const queries = 20
	for range queries {
		query := random(r)
		want := nearest(vectors, query, 10, func(int64) bool { return true })
		for _, id := range search(t, index, query, 10, nil) {
			if slices.Contains(want, id) {
				hits++
			}
		}
	}
	if recall := float64(hits) / (10 * queries); recall < minRecall {
		t.Fatalf("recall@10 %.3f, want %.3f", recall, minRecall)
	}
}
