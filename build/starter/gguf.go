package starter

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// GGUF, the runtime's model file format, version 3: header, metadata, tensor directory, then tensor data. Everything is
// little endian and tensors begin at multiples of ggufAlign bytes.
const (
	ggufVersion = 3
	ggufAlign   = 32
)

// Value types of GGUF metadata.
const (
	ggufUint8   uint32 = 0
	ggufUint32  uint32 = 4
	ggufInt32   uint32 = 5
	ggufFloat32 uint32 = 6
	ggufBool    uint32 = 7
	ggufString  uint32 = 8
	ggufArray   uint32 = 9
)

// Tensor types of ggml, and the sizes of a block of each.
const (
	typeF32  uint32 = 0
	typeQ4_0 uint32 = 2

	q4BlockValues = 32
	q4BlockBytes  = 18
)

// tensor is one named array. dims lists the fastest-changing dimension first.
type tensor struct {
	name string
	dims []uint64
	typ  uint32
	data []byte
}

// pair is one metadata entry; the order of entries is kept, so that equal input gives equal bytes.
type pair struct {
	key   string
	value any
}

// writeGGUF writes a whole model file.
func writeGGUF(w io.Writer, metadata []pair, tensors []tensor) error {
	var head bytes.Buffer
	head.WriteString("GGUF")
	put(&head, uint32(ggufVersion))
	put(&head, uint64(len(tensors)))
	put(&head, uint64(len(metadata)))
	for _, p := range metadata {
		putString(&head, p.key)
		if err := putValue(&head, p.value); err != nil {
			return fmt.Errorf("%s: %w", p.key, err)
		}
	}
	var offset uint64
	for _, t := range tensors {
		putString(&head, t.name)
		put(&head, uint32(len(t.dims)))
		for _, d := range t.dims {
			put(&head, d)
		}
		put(&head, t.typ)
		put(&head, offset)
		offset += uint64(len(t.data)) + padding(len(t.data))
	}
	head.Write(make([]byte, padding(head.Len())))
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := w.Write(t.data); err != nil {
			return err
		}
		if _, err := w.Write(make([]byte, padding(len(t.data)))); err != nil {
			return err
		}
	}
	return nil
}

// padding is the number of bytes from n to the next tensor boundary.
func padding(n int) uint64 { return uint64((ggufAlign - n%ggufAlign) % ggufAlign) }

func putValue(b *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case string:
		put(b, ggufString)
		putString(b, v)
	case bool:
		put(b, ggufBool)
		put(b, v)
	case uint32:
		put(b, ggufUint32)
		put(b, v)
	case float32:
		put(b, ggufFloat32)
		put(b, v)
	case []string:
		putArrayHead(b, ggufString, len(v))
		for _, s := range v {
			putString(b, s)
		}
	case []float32:
		putArrayHead(b, ggufFloat32, len(v))
		put(b, v)
	case []int32:
		putArrayHead(b, ggufInt32, len(v))
		put(b, v)
	case []byte:
		putArrayHead(b, ggufUint8, len(v))
		b.Write(v)
	default:
		return fmt.Errorf("no GGUF type for %T", value)
	}
	return nil
}

func putArrayHead(b *bytes.Buffer, typ uint32, n int) {
	put(b, ggufArray)
	put(b, typ)
	put(b, uint64(n))
}

func putString(b *bytes.Buffer, s string) {
	put(b, uint64(len(s)))
	b.WriteString(s)
}

// put appends fixed-size data. Writing such data to a buffer cannot fail.
func put(b *bytes.Buffer, data any) { _ = binary.Write(b, binary.LittleEndian, data) }
