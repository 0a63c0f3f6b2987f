package localrag_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"kontor/localrag"
	"kontor/localrag/ragtest"
)

func TestVectorIndexes(t *testing.T) {
	for name, open := range map[string]func(dimension int) localrag.VectorIndex{
		"chromem": func(d int) localrag.VectorIndex { return localrag.NewChromem(d) },
		"slab":    func(d int) localrag.VectorIndex { return localrag.NewSlab(d) },
		"growing": func(d int) localrag.VectorIndex { return localrag.NewVectorIndex(d, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			ragtest.TestVectorIndex(t, 1, func(*testing.T) localrag.VectorIndex { return open(ragtest.Dimension) })
		})
	}
}

// TestVectorIndexGrows moves from chromem-go to the slab without losing or
// reordering anything.
func TestVectorIndexGrows(t *testing.T) {
	index, reference := localrag.NewVectorIndex(4, 0), localrag.NewSlab(4)
	r := rand.New(rand.NewPCG(5, 5))
	for start := int64(0); start < 24000; start += 8000 {
		var ids []int64
		var vectors [][]float32
		for id := start; id < start+8000; id++ {
			v := []float32{r.Float32(), r.Float32(), r.Float32(), 1}
			ids, vectors = append(ids, id), append(vectors, unit(v))
		}
		for _, x := range []localrag.VectorIndex{index, reference} {
			if err := x.Add(t.Context(), ids, vectors); err != nil {
				t.Fatal(err)
			}
		}
		query := unit([]float32{r.Float32(), r.Float32(), r.Float32(), 1})
		a, errA := index.Search(t.Context(), query, 5, nil)
		b, errB := reference.Search(t.Context(), query, 5, nil)
		if errA != nil || errB != nil || len(a) != 5 {
			t.Fatal(a, errA, errB)
		}
		for i := range a {
			if d := a[i].Score - b[i].Score; d > 1e-5 || d < -1e-5 {
				t.Fatalf("at %d vectors: %v, want %v", index.Len(), a, b)
			}
		}
	}
	if index.Len() != 24000 {
		t.Fatalf("holds %d", index.Len())
	}
}

func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func BenchmarkVectorSearch50k(b *testing.B) {
	for name, index := range map[string]localrag.VectorIndex{"chromem": localrag.NewChromem(384), "slab": localrag.NewSlab(384)} {
		r := rand.New(rand.NewPCG(7, 7))
		vector := func() []float32 {
			v := make([]float32, 384)
			for i := range v {
				v[i] = float32(r.NormFloat64())
			}
			return unit(v)
		}
		for id := range int64(50000) {
			if err := index.Add(b.Context(), []int64{id}, [][]float32{vector()}); err != nil {
				b.Fatal(err)
			}
		}
		query := vector()
		for filter, allow := range map[string]func(int64) bool{"all": nil, "scope": func(id int64) bool { return id%4 == 0 }} {
			b.Run(name+"/"+filter, func(b *testing.B) {
				for b.Loop() {
					if _, err := index.Search(b.Context(), query, 100, allow); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
