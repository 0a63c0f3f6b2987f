package storage

import (
	"slices"
	"testing"
)

// TestPassageFilter compares the filter with the list it stands for, over more
// ids than one word of bits has.
func TestPassageFilter(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	var documents []string
	for i := range 40 {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26))
		owner := anna
		if i%5 == 4 {
			owner = ben
		}
		doc, _, err := d.AddDocument(ctx, owner, Document{Name: name, Hash: name}, "")
		if err != nil {
			t.Fatal(err)
		}
		passages := []Passage{{Text: "one " + name, Language: "de"}, {Text: "two", Language: "en"}, {Text: "three", Language: "de"}}
		if _, _, err := d.StoreParsed(ctx, doc.ID, Parsed{Passages: passages}); err != nil {
			t.Fatal(err)
		}
		if owner == anna && i%3 == 0 {
			documents = append(documents, doc.ID)
		}
	}
	for _, scope := range []Scope{{OwnerID: anna}, {OwnerID: ben}, {OwnerID: anna, DocumentIDs: documents}} {
		listed := must(d.PassageIDs(ctx, scope))(t)
		allow := must(d.PassageFilter(ctx, scope))(t)
		if len(listed) == 0 {
			t.Fatal("the scope holds nothing")
		}
		for id := int64(-1); id < 140; id++ {
			if allow(id) != listed[id] {
				t.Errorf("%+v: passage %d passes: %v", scope, id, allow(id))
			}
		}
	}
}

func TestVectorsOf(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	doc, _, err := d.AddDocument(ctx, anna, Document{Name: "f", Hash: "f"}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, ids, err := d.StoreParsed(ctx, doc.ID, Parsed{Passages: []Passage{{Text: "a"}, {Text: "b"}, {Text: "c"}}})
	if err != nil {
		t.Fatal(err)
	}
	must(d.StoreVectors(ctx, e5, []int64{ids[0], ids[2]}, [][]float32{{1, 0}, {0, 1}}))(t)
	if listed := must(d.VectorIDs(ctx, e5))(t); !slices.Equal(listed, []int64{ids[0], ids[2]}) {
		t.Errorf("listed %v of %v", listed, ids)
	}
	found, vectors, err := d.VectorsOf(ctx, e5, []int64{ids[2], ids[1], ids[0], 999})
	if err != nil || !slices.Equal(found, []int64{ids[2], ids[0]}) || !slices.Equal(vectors[0], []float32{0, 1}) || !slices.Equal(vectors[1], []float32{1, 0}) {
		t.Errorf("%v %v %v", found, vectors, err)
	}
	if without := must(d.WithoutVector(ctx, e5, []int64{ids[2], ids[1], ids[0]}))(t); !slices.Equal(without, []int64{ids[1]}) {
		t.Errorf("without a vector: %v of %v", without, ids)
	}
	if without := must(d.WithoutVector(ctx, EmbedderKey{Digest: "another"}, ids))(t); !slices.Equal(without, ids) {
		t.Errorf("without a vector of another embedder: %v of %v", without, ids)
	}
	if listed := must(d.VectorIDs(ctx, EmbedderKey{Digest: "another"}))(t); len(listed) != 0 {
		t.Errorf("another embedder has %v", listed)
	}
}
