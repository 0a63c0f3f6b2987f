package gguf

import (
	"bytes"
	"io"
	"slices"
	"testing"
)

func TestWrittenFileReads(t *testing.T) {
	var b bytes.Buffer
	metadata := []Entry{
		{"general.architecture", "llama"}, {"llama.context_length", uint32(4096)}, {"a.flag", true}, {"a.float", float32(1.5)},
		{"texts", []string{"a", "ä"}}, {"floats", []float32{1, 2}}, {"ints", []int32{-1, 2}}, {"uints", []uint32{3}}, {"flags", []bool{true, false}},
	}
	tensors := []Weights{{"one", []uint64{32, 3}, 2}, {"two", []uint64{5}, 0}}
	err := Write(&b, metadata, tensors, func(w io.Writer, tensor Weights, size int64) error {
		_, err := w.Write(bytes.Repeat([]byte(tensor.Name[:1]), int(size)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len()), all)
	if err != nil {
		t.Fatal(err)
	}
	if f.Architecture() != "llama" || f.ContextLength() != 4096 || !f.Bool("a.flag", false) || f.Parameters() != 101 {
		t.Errorf("file = %+v", f)
	}
	if !slices.Equal(f.Texts("texts"), []string{"a", "ä"}) || !slices.Equal(f.Ints("ints"), []int64{-1, 2}) || !bytes.Equal(f.Bytes("flags"), []byte{1, 0}) {
		t.Errorf("values = %v", f.values)
	}
	if one := b.Bytes()[f.DataOffset:]; one[0] != 'o' || one[f.Tensors[1].Offset] != 't' {
		t.Error("the tensors' data is not where the header says")
	}
}

func TestWriteRefuses(t *testing.T) {
	none := func(io.Writer, Weights, int64) error { return nil }
	for name, err := range map[string]error{
		"value":   Write(io.Discard, []Entry{{"k", 1}}, nil, none),
		"type":    Write(io.Discard, nil, []Weights{{"t", []uint64{1}, 999}}, none),
		"shape":   Write(io.Discard, nil, []Weights{{"t", []uint64{31}, 2}}, none),
		"no data": Write(io.Discard, nil, []Weights{{"t", []uint64{32}, 2}}, none),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
