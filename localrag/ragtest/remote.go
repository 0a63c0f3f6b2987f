package ragtest

import (
	"slices"
	"testing"

	"kontor/localrag/remote"
)

// TestRemote checks what [TestVectorIndex] cannot see: that a second connection
// finds what the first one stored, in more than one page, that large filters
// are exact, and that dropping leaves nothing behind. Open returns a new
// connection to the same, at first absent, collection.
func TestRemote(t *testing.T, open func() remote.Store) {
	first, err := remote.Open(t.Context(), open(), Dimension)
	if err != nil {
		t.Fatal(err)
	}
	const count = 21_000
	ids, vectors := make([]int64, count), make([][]float32, count)
	r := newRandom(9)
	for i := range ids {
		ids[i], vectors[i] = int64(i), random(r)
	}
	if err := first.Add(t.Context(), ids, vectors); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := remote.Open(t.Context(), open(), Dimension)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(second.IDs(), ids) {
		t.Fatalf("a second connection finds %d ids of %d", second.Len(), count)
	}
	query := random(r)
	byID := map[int64][]float32{}
	for i, id := range ids {
		byID[id] = vectors[i]
	}
	for name, allow := range map[string]func(int64) bool{
		"half":    func(id int64) bool { return id%2 == 0 },
		"far end": func(id int64) bool { return cosine(query, byID[id]) < 0 },
	} {
		if got, want := search(t, second, query, 10, allow), nearest(byID, query, 10, allow); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if err := second.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	third, err := remote.Open(t.Context(), open(), Dimension)
	if err != nil {
		t.Fatal(err)
	}
	if n := third.Len(); n != 0 {
		t.Errorf("%d vectors are left after the collection was dropped", n)
	}
	if err := third.Drop(t.Context()); err != nil {
		t.Error(err)
	}
}
