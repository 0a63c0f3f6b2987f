// Package gguf reads the header of a GGUF model file: metadata and the list of
// tensors, never the weights.
//
// Model files come from outside. Every count, length and offset is checked
// against the file's size and against fixed limits before memory is set aside,
// so a broken or hostile header ends in an error. The package knows nothing of
// servers or requests.
package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Limits of what is accepted; the largest vocabularies known have 262,144
// tokens, the longest chat templates some 20 kB.
const (
	maxKeys        = 1 << 12
	maxTensors     = 1 << 17
	maxElements    = 1 << 23
	maxKeyBytes    = 1 << 16
	maxStringBytes = 1 << 24
	maxDimensions  = 4
	maxVersion     = 3
	minVersion     = 2
	defaultAlign   = 32
	maxAlign       = 1 << 16
)

// ErrFormat is wrapped by every error about the content of a file.
var ErrFormat = errors.New("gguf: malformed file")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Tensor is one entry of the tensor table.
type Tensor struct {
	Name  string
	Shape []uint64
	// Type is ggml's number of the element type.
	Type uint32
	// Offset in bytes from the start of the data.
	Offset uint64
}

// File is the header of a model file.
type File struct {
	Version uint32
	Tensors []Tensor
	// DataOffset is where the tensors' data begins, in bytes.
	DataOffset int64
	// Size of the whole file in bytes.
	Size   int64
	values map[string]any
}

// Open reads the header of the file at path. keep chooses which arrays are
// kept in memory; nil keeps none. Single values are always kept.
func Open(path string, keep func(key string) bool) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return Read(file, info.Size(), keep)
}

// Read reads a header from r, whose content has size bytes.
func Read(r io.Reader, size int64, keep func(key string) bool) (*File, error) {
	d := &decoder{r: bufio.NewReaderSize(r, 1<<16), left: size, keep: keep}
	f := &File{Size: size, values: map[string]any{}}
	if magic := d.u32(); d.err == nil && magic != 0x46554747 {
		return nil, malformed("no GGUF magic")
	}
	f.Version = d.u32()
	if d.err == nil && (f.Version < minVersion || f.Version > maxVersion) {
		return nil, malformed("version %d", f.Version)
	}
	tensors := d.count(maxTensors, 24, "tensors")
	keys := d.count(maxKeys, 13, "keys")
	for range keys {
		key := d.str(maxKeyBytes)
		value := d.value(key)
		if d.err != nil {
			return nil, d.err
		}
		if _, twice := f.values[key]; twice {
			return nil, malformed("key %q twice", key)
		}
		f.values[key] = value
	}
	for range tensors {
		t := d.tensor()
		if d.err != nil {
			return nil, d.err
		}
		f.Tensors = append(f.Tensors, t)
	}
	if d.err != nil {
		return nil, d.err
	}
	return f, f.place(size - d.left)
}

// place finds the start of the data and checks that every tensor lies inside.
func (f *File) place(end int64) error {
	align := int64(f.Uint("general.alignment", defaultAlign))
	if align <= 0 || align > maxAlign || align&(align-1) != 0 {
		return malformed("alignment %d", align)
	}
	f.DataOffset = (end + align - 1) / align * align
	for _, t := range f.Tensors {
		bytes, err := t.bytes()
		if err != nil {
			return err
		}
		room := f.Size - f.DataOffset
		if room < 0 || t.Offset > uint64(room) || bytes > uint64(room)-t.Offset {
			return malformed("tensor %q lies outside the file", t.Name)
		}
		if t.Offset%uint64(align) != 0 {
			return malformed("tensor %q is not aligned", t.Name)
		}
	}
	return nil
}

// Bytes is the size of the tensor's data, 1 for types that are newer than this
// package.
func (t Tensor) Bytes() int64 {
	size, err := t.bytes()
	if err != nil {
		return 0
	}
	return int64(size)
}

// bytes is the size of the tensor's data; at least one byte for types that
// are newer than this table.
func (t Tensor) bytes() (uint64, error) {
	elements := uint64(1)
	for _, n := range t.Shape {
		if n == 0 || elements > math.MaxInt64/n {
			return 0, malformed("tensor %q has an impossible shape", t.Name)
		}
		elements *= n
	}
	block, known := blocks[t.Type]
	if !known {
		return 1, nil
	}
	if len(t.Shape) > 0 && t.Shape[0]%block.elements != 0 {
		return 0, malformed("tensor %q has rows of %d elements", t.Name, t.Shape[0])
	}
	count := elements / block.elements
	if count > math.MaxInt64/block.bytes {
		return 0, malformed("tensor %q is impossibly large", t.Name)
	}
	return count * block.bytes, nil
}

// block is how ggml stores a group of elements.
type block struct{ elements, bytes uint64 }

// blocks by ggml's type number (ggml.h and ggml-common.h).
var blocks = map[uint32]block{
	0: {1, 4}, 1: {1, 2}, 2: {32, 18}, 3: {32, 20}, 6: {32, 22}, 7: {32, 24}, 8: {32, 34}, 9: {32, 36},
	10: {256, 84}, 11: {256, 110}, 12: {256, 144}, 13: {256, 176}, 14: {256, 210}, 15: {256, 292},
	16: {256, 66}, 17: {256, 74}, 18: {256, 98}, 19: {256, 50}, 20: {32, 18}, 21: {256, 110}, 22: {256, 82},
	23: {256, 136}, 24: {1, 1}, 25: {1, 2}, 26: {1, 4}, 27: {1, 8}, 28: {1, 8}, 29: {256, 56}, 30: {1, 2},
	34: {256, 54}, 35: {256, 66}, 39: {32, 17},
}

// decoder reads little-endian values and remembers the first error.
type decoder struct {
	r    *bufio.Reader
	left int64
	keep func(string) bool
	err  error
	raw  [8]byte
}

func (d *decoder) bytes(n int) []byte {
	if d.err != nil {
		return d.raw[:n]
	}
	if int64(n) > d.left {
		d.err = malformed("ends too early")
		return d.raw[:n]
	}
	if _, err := io.ReadFull(d.r, d.raw[:n]); err != nil {
		d.fail(err)
	}
	d.left -= int64(n)
	return d.raw[:n]
}

func (d *decoder) fail(err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = malformed("ends too early")
	}
	d.err = err
}

func (d *decoder) u8() uint8   { return d.bytes(1)[0] }
func (d *decoder) u16() uint16 { return binary.LittleEndian.Uint16(d.bytes(2)) }
func (d *decoder) u32() uint32 { return binary.LittleEndian.Uint32(d.bytes(4)) }
func (d *decoder) u64() uint64 { return binary.LittleEndian.Uint64(d.bytes(8)) }

// count reads a number of things of at least least bytes each.
func (d *decoder) count(limit uint64, least int64, what string) uint64 {
	n := d.u64()
	if d.err != nil {
		return 0
	}
	if n > limit || int64(n) > d.left/least {
		d.err = malformed("%d %s", n, what)
		return 0
	}
	return n
}

func (d *decoder) str(limit uint64) string {
	n := d.count(limit, 1, "bytes of text")
	if d.err != nil {
		return ""
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(d.r, text); err != nil {
		d.fail(err)
	}
	d.left -= int64(n)
	return string(text)
}

func (d *decoder) skip(n int64) {
	if d.err != nil {
		return
	}
	if n > d.left {
		d.err = malformed("ends too early")
		return
	}
	if _, err := io.CopyN(io.Discard, d.r, n); err != nil {
		d.fail(err)
	}
	d.left -= n
}

// Types of metadata values.
const (
	typeU8 = iota
	typeI8
	typeU16
	typeI16
	typeU32
	typeI32
	typeF32
	typeBool
	typeString
	typeArray
	typeU64
	typeI64
	typeF64
)

// widths in bytes of the types above; 0 for those of variable length.
var widths = [...]int64{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8}

func (d *decoder) value(key string) any {
	kind := d.u32()
	if kind == typeArray {
		return d.array(d.keep != nil && d.keep(key))
	}
	return d.scalar(kind)
}

// scalar reads one value as uint64, int64, float64, bool or string.
func (d *decoder) scalar(kind uint32) any {
	switch kind {
	case typeU8:
		return uint64(d.u8())
	case typeI8:
		return int64(int8(d.u8()))
	case typeU16:
		return uint64(d.u16())
	case typeI16:
		return int64(int16(d.u16()))
	case typeU32:
		return uint64(d.u32())
	case typeI32:
		return int64(int32(d.u32()))
	case typeU64:
		return d.u64()
	case typeI64:
		return int64(d.u64())
	case typeF32:
		return float64(math.Float32frombits(d.u32()))
	case typeF64:
		return math.Float64frombits(d.u64())
	case typeBool:
		return d.u8() != 0
	case typeString:
		return d.str(maxStringBytes)
	}
	if d.err == nil {
		d.err = malformed("value type %d", kind)
	}
	return nil
}

// array reads []string, []byte, []int64 or []float32, or skips it (nil).
func (d *decoder) array(keep bool) any {
	kind := d.u32()
	if d.err == nil && (kind == typeArray || kind > typeF64) {
		d.err = malformed("array of type %d", kind)
	}
	if d.err != nil {
		return nil
	}
	least := max(widths[kind], 1)
	if kind == typeString {
		least = 8
	}
	n := d.count(maxElements, least, "elements")
	switch {
	case d.err != nil:
		return nil
	case kind == typeString:
		return d.texts(n, keep)
	case !keep:
		d.skip(int64(n) * widths[kind])
		return nil
	case kind == typeU8 || kind == typeI8 || kind == typeBool:
		data := make([]byte, n)
		if _, err := io.ReadFull(d.r, data); err != nil {
			d.fail(err)
		}
		d.left -= int64(n)
		return data
	case kind == typeF32 || kind == typeF64:
		list := make([]float32, 0, n)
		for range n {
			number, _ := d.scalar(kind).(float64)
			list = append(list, float32(number))
		}
		return list
	}
	list := make([]int64, 0, n)
	for range n {
		switch number := d.scalar(kind).(type) {
		case uint64:
			list = append(list, int64(number))
		case int64:
			list = append(list, number)
		}
	}
	return list
}

func (d *decoder) texts(n uint64, keep bool) any {
	if !keep {
		for range n {
			length := d.count(maxStringBytes, 1, "bytes of text")
			d.skip(int64(length))
			if d.err != nil {
				return nil
			}
		}
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, d.str(maxStringBytes))
		if d.err != nil {
			return nil
		}
	}
	return list
}

func (d *decoder) tensor() Tensor {
	t := Tensor{Name: d.str(maxKeyBytes)}
	dimensions := d.u32()
	if d.err == nil && dimensions > maxDimensions {
		d.err = malformed("tensor %q has %d dimensions", t.Name, dimensions)
	}
	if d.err != nil {
		return t
	}
	for range dimensions {
		t.Shape = append(t.Shape, d.u64())
	}
	t.Type = d.u32()
	t.Offset = d.u64()
	return t
}
