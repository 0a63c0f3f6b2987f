package gguf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Entry is one pair of metadata. Value is a string, bool, uint32, float32,
// []string, []float32, []int32, []uint32 or []bool.
type Entry struct {
	Key   string
	Value any
}

// Weights is a tensor to write. Shape lists the fastest-changing dimension
// first; Type is ggml's number of the element type.
type Weights struct {
	Name  string
	Shape []uint64
	Type  uint32
}

// Write writes a model file of version 3. It asks fill for the data of one
// tensor after the other: fill must write exactly the bytes it is told.
func Write(w io.Writer, metadata []Entry, tensors []Weights, fill func(w io.Writer, tensor Weights, bytes int64) error) error {
	head := &bytes.Buffer{}
	head.WriteString("GGUF")
	put(head, uint32(maxVersion))
	put(head, uint64(len(tensors)))
	put(head, uint64(len(metadata)))
	for _, entry := range metadata {
		putString(head, entry.Key)
		if err := putValue(head, entry.Value); err != nil {
			return fmt.Errorf("gguf: %s: %w", entry.Key, err)
		}
	}
	sizes := make([]int64, len(tensors))
	var offset uint64
	for i, tensor := range tensors {
		size, err := tensor.bytes()
		if err != nil {
			return err
		}
		sizes[i] = size
		putString(head, tensor.Name)
		put(head, uint32(len(tensor.Shape)))
		put(head, tensor.Shape)
		put(head, tensor.Type)
		put(head, offset)
		offset += uint64(size + padding(size))
	}
	head.Write(make([]byte, padding(int64(head.Len()))))
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for i, tensor := range tensors {
		counted := &counter{w: w}
		if err := fill(counted, tensor, sizes[i]); err != nil {
			return err
		}
		if counted.n != sizes[i] {
			return fmt.Errorf("gguf: tensor %q got %d bytes instead of %d", tensor.Name, counted.n, sizes[i])
		}
		if _, err := w.Write(make([]byte, padding(sizes[i]))); err != nil {
			return err
		}
	}
	return nil
}

func (t Weights) bytes() (int64, error) {
	size, err := Tensor{Name: t.Name, Shape: t.Shape, Type: t.Type}.bytes()
	if _, known := blocks[t.Type]; err == nil && !known {
		err = fmt.Errorf("gguf: tensor %q has an unknown type %d", t.Name, t.Type)
	}
	return int64(size), err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// padding is what is missing from n to the next tensor boundary, in bytes.
func padding(n int64) int64 { return (defaultAlign - n%defaultAlign) % defaultAlign }

func putValue(b *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case string:
		put(b, uint32(typeString))
		putString(b, v)
	case bool:
		put(b, uint32(typeBool))
		put(b, v)
	case uint32:
		put(b, uint32(typeU32))
		put(b, v)
	case float32:
		put(b, uint32(typeF32))
		put(b, v)
	case []string:
		putArray(b, typeString, len(v))
		for _, text := range v {
			putString(b, text)
		}
	case []float32:
		putArray(b, typeF32, len(v))
		put(b, v)
	case []int32:
		putArray(b, typeI32, len(v))
		put(b, v)
	case []uint32:
		putArray(b, typeU32, len(v))
		put(b, v)
	case []bool:
		putArray(b, typeBool, len(v))
		put(b, v)
	default:
		return fmt.Errorf("no type for %T", value)
	}
	return nil
}

func putArray(b *bytes.Buffer, kind, n int) {
	put(b, uint32(typeArray))
	put(b, uint32(kind))
	put(b, uint64(n))
}

func putString(b *bytes.Buffer, text string) {
	put(b, uint64(len(text)))
	b.WriteString(text)
}

// put appends data of a fixed size, which cannot fail on a buffer.
func put(b *bytes.Buffer, data any) { _ = binary.Write(b, binary.LittleEndian, data) }
