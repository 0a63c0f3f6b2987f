package llm_test

import (
	"bytes"
	"io"
	"testing"

	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/llm/llmtest"
)

func TestShapeSurvivesTheFile(t *testing.T) {
	for _, named := range llmtest.SmallShapes() {
		want := named.Shape
		want.Layers, want.Vocabulary = 2, 64
		if want.FullEvery > 0 {
			want.Layers = want.FullEvery
		}
		var file bytes.Buffer
		if err := llmtest.WriteRandomModel(&file, want, 4096); err != nil {
			t.Fatal(err)
		}
		header, err := gguf.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), llm.KeepForShape)
		if err != nil {
			t.Fatalf("%s: %v", named.Name, err)
		}
		got, weights, ok := llm.ShapeOf(header)
		if want.Experts > 0 {
			got.FeedForward = want.FeedForward
		}
		if linear := want.Linear; linear != nil && got.Linear != nil && *linear == *got.Linear {
			got.Linear = linear
		}
		if !ok || !same(got, want) {
			t.Errorf("%s: read %+v, want %+v", named.Name, got, want)
		}
		if room := int64(file.Len()) - header.DataOffset - weights.Bytes; room < 0 || room > 32*int64(len(header.Tensors)) || weights.Embedding == 0 {
			t.Errorf("%s: weights = %+v of %d bytes", named.Name, weights, file.Len())
		}
	}
}

func same(a, b llm.Shape) bool {
	if len(a.Compressed) != len(b.Compressed) {
		return false
	}
	a.Compressed, b.Compressed = nil, nil
	return shapeKey(a) == shapeKey(b)
}

// shapeKey makes shapes comparable.
func shapeKey(s llm.Shape) any {
	type key struct {
		numbers [16]int
		name    string
		linear  *llm.Linear
		flags   [2]bool
	}
	return key{
		[16]int{s.Layers, s.Embedding, s.FeedForward, s.Vocabulary, s.Heads, s.KVHeads, s.KeyLength, s.ValueLength, s.SlidingWindow, s.GlobalEvery,
			s.LatentLength, s.LatentRope, s.FullEvery, s.Experts, s.ExpertsUsed, s.ExpertFeedForward},
		s.Architecture, s.Linear, [2]bool{s.Tied, s.Encoder},
	}
}

// The header of gemma4:26b as its library page shows it, cut to six layers.
func TestShapeReadsNumbersForEachLayer(t *testing.T) {
	a := "gemma4."
	metadata := []gguf.Entry{
		{Key: "general.architecture", Value: "gemma4"}, {Key: a + "block_count", Value: uint32(6)}, {Key: a + "embedding_length", Value: uint32(2816)},
		{Key: a + "attention.head_count", Value: uint32(16)}, {Key: a + "attention.head_count_kv", Value: []int32{8, 8, 8, 8, 8, 2}},
		{Key: a + "attention.key_length", Value: uint32(512)}, {Key: a + "attention.value_length", Value: uint32(512)},
		{Key: a + "attention.key_length_swa", Value: uint32(256)}, {Key: a + "attention.value_length_swa", Value: uint32(256)},
		{Key: a + "attention.sliding_window", Value: uint32(1024)},
		{Key: a + "attention.sliding_window_pattern", Value: []bool{true, true, true, true, true, false}},
		{Key: a + "feed_forward_length", Value: []int32{2112, 2112, 2112, 2112, 2112, 2112}},
	}
	var file bytes.Buffer
	tensors := []gguf.Weights{{Name: "token_embd.weight", Shape: []uint64{2816, 64}, Type: 2}}
	err := gguf.Write(&file, metadata, tensors, zeros)
	if err != nil {
		t.Fatal(err)
	}
	header, err := gguf.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), llm.KeepForShape)
	if err != nil {
		t.Fatal(err)
	}
	s, _, ok := llm.ShapeOf(header)
	if !ok || s.KVHeads != 8 || s.GlobalKVHeads != 2 || s.KeyLength != 256 || s.GlobalLength != 512 || s.GlobalEvery != 6 || s.FeedForward != 2112 || !s.Tied {
		t.Errorf("shape = %+v", s)
	}
	// Five layers with 8 heads of 2 × 256 that keep 4,608 tokens, one with 2
	// heads of 2 × 512 that keeps 8,192; two bytes each.
	if got, want := s.Estimate(llm.Weights{}, llm.Loading{Window: 8192}).Cache, int64(5*8*512*2*4608+2*1024*2*8192); got != want {
		t.Errorf("cache = %d, want %d", got, want)
	}
}

func TestShapeOfNothing(t *testing.T) {
	var file bytes.Buffer
	if err := gguf.Write(&file, []gguf.Entry{{Key: "general.architecture", Value: "llama"}}, nil, zeros); err != nil {
		t.Fatal(err)
	}
	header, err := gguf.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), llm.KeepForShape)
	if err != nil {
		t.Fatal(err)
	}
	if s, _, ok := llm.ShapeOf(header); ok {
		t.Errorf("an empty header gave %+v", s)
	}
}

func TestEstimateGrowsWithTheWindow(t *testing.T) {
	for _, named := range append(llmtest.SmallShapes(), llmtest.LargeShapes()...) {
		var last llm.Estimate
		for _, window := range []int{1, 512, 4096, 32768, 262144} {
			e := named.Shape.Estimate(llm.Weights{Bytes: 1 << 30}, llm.Loading{Window: window})
			flash := named.Shape.Estimate(llm.Weights{Bytes: 1 << 30}, llm.Loading{Window: window, FlashAttention: true})
			if e.Cache < last.Cache || e.Graph < last.Graph || e.Weights < 1<<30 || e.Total() <= e.Model() {
				t.Errorf("%s at %d tokens: %+v after %+v", named.Name, window, e, last)
			}
			if window > 4096 && flash.Graph >= e.Graph {
				t.Errorf("%s at %d tokens: flash attention takes %d instead of %d", named.Name, window, flash.Graph, e.Graph)
			}
			last = e
		}
	}
}

// zeros fills tensors.
func zeros(w io.Writer, _ gguf.Weights, size int64) error {
	_, err := w.Write(make([]byte, size))
	return err
}
