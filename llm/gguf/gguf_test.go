package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

// builder writes headers for the tests.
type builder struct{ bytes.Buffer }

func (b *builder) put(values ...any) *builder {
	for _, value := range values {
		if text, ok := value.(string); ok {
			b.put(uint64(len(text)))
			b.WriteString(text)
			continue
		}
		if err := binary.Write(b, binary.LittleEndian, value); err != nil {
			panic(err)
		}
	}
	return b
}

// sample is a small but complete file.
func sample() []byte {
	b := &builder{}
	b.put(uint32(0x46554747), uint32(3), uint64(2), uint64(8))
	b.put("general.architecture", uint32(typeString), "bert")
	b.put("bert.context_length", uint32(typeU32), uint32(512))
	b.put("some.float", uint32(typeF32), float32(0.5))
	b.put("some.flag", uint32(typeBool), uint8(1))
	b.put("tokenizer.ggml.tokens", uint32(typeArray), uint32(typeString), uint64(2), "<s>", "▁a")
	b.put("tokenizer.ggml.scores", uint32(typeArray), uint32(typeF32), uint64(2), float32(0), float32(-1.5))
	b.put("tokenizer.ggml.token_type", uint32(typeArray), uint32(typeI32), uint64(2), int32(3), int32(1))
	b.put("map", uint32(typeArray), uint32(typeU8), uint64(3), []byte{1, 2, 3})
	b.put("a.weight", uint32(2), uint64(32), uint64(2), uint32(2), uint64(0))
	b.put("b.bias", uint32(1), uint64(4), uint32(0), uint64(64))
	for b.Len()%32 != 0 {
		b.WriteByte(0)
	}
	b.Write(make([]byte, 80))
	return b.Bytes()
}

func all(string) bool { return true }

func TestRead(t *testing.T) {
	data := sample()
	f, err := Read(bytes.NewReader(data), int64(len(data)), all)
	if err != nil {
		t.Fatal(err)
	}
	if f.Architecture() != "bert" || f.ContextLength() != 512 || !f.Bool("some.flag", false) || f.Bool("missing", true) != true {
		t.Errorf("values = %v", f.values)
	}
	if got := f.Texts("tokenizer.ggml.tokens"); len(got) != 2 || got[1] != "▁a" {
		t.Errorf("tokens = %q", got)
	}
	if got := f.Floats("tokenizer.ggml.scores"); len(got) != 2 || got[1] != -1.5 {
		t.Errorf("scores = %v", got)
	}
	if got := f.Ints("tokenizer.ggml.token_type"); len(got) != 2 || got[0] != 3 {
		t.Errorf("types = %v", got)
	}
	if got := f.Bytes("map"); !bytes.Equal(got, []byte{1, 2, 3}) {
		t.Errorf("map = %v", got)
	}
	if f.Parameters() != 68 || f.DataOffset%32 != 0 || f.DataOffset+80 != int64(len(data)) {
		t.Errorf("parameters = %d, data at %d of %d", f.Parameters(), f.DataOffset, len(data))
	}
	lean, err := Read(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil || lean.Texts("tokenizer.ggml.tokens") != nil || !lean.Has("tokenizer.ggml.tokens") {
		t.Errorf("arrays were kept though not asked for: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	header := func(tensors, keys uint64) *builder {
		return (&builder{}).put(uint32(0x46554747), uint32(3), tensors, keys)
	}
	tests := map[string]*builder{
		"nothing":         {},
		"other magic":     (&builder{}).put(uint32(1), uint32(3), uint64(0), uint64(0)),
		"version 1":       (&builder{}).put(uint32(0x46554747), uint32(1), uint64(0), uint64(0)),
		"huge key count":  header(0, math.MaxUint64),
		"huge tensors":    header(math.MaxUint64, 0),
		"huge text":       header(0, 1).put("k", uint32(typeString), uint64(math.MaxInt64)),
		"huge array":      header(0, 1).put("k", uint32(typeArray), uint32(typeU64), uint64(1<<40)),
		"nested array":    header(0, 1).put("k", uint32(typeArray), uint32(typeArray), uint64(1), make([]byte, 64)),
		"unknown type":    header(0, 1).put("k", uint32(99), make([]byte, 64)),
		"same key twice":  header(0, 2).put("k", uint32(typeU8), uint8(1), "k", uint32(typeU8), uint8(1), make([]byte, 64)),
		"tensor outside":  header(1, 0).put("t", uint32(1), uint64(1<<20), uint32(0), uint64(0), make([]byte, 64)),
		"offset overflow": header(1, 0).put("t", uint32(1), uint64(1), uint32(0), uint64(math.MaxUint64-31), make([]byte, 64)),
		"shape overflow":  header(1, 0).put("t", uint32(2), uint64(1<<62), uint64(1<<62), uint32(0), uint64(0), make([]byte, 64)),
		"five dimensions": header(1, 0).put("t", uint32(5), make([]byte, 128)),
		"odd alignment":   header(0, 1).put("general.alignment", uint32(typeU32), uint32(3), make([]byte, 64)),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(data.Bytes()), int64(data.Len()), all)
			if !errors.Is(err, ErrFormat) {
				t.Errorf("err = %v, want ErrFormat", err)
			}
		})
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	data := sample()
	for n := range len(data) - 80 {
		if _, err := Read(bytes.NewReader(data[:n]), int64(n), all); !errors.Is(err, ErrFormat) {
			t.Fatalf("first %d bytes: err = %v, want ErrFormat", n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), int64(len(data)), all)
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("unclassified error: %v", err)
		}
		if err == nil && file.DataOffset < 24 {
			t.Fatalf("data at %d", file.DataOffset)
		}
	})
}
