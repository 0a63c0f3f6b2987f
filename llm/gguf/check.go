package gguf

import "slices"

// Check looks whether a header that could be read is that of a model that can
// be loaded: it names an architecture, and the data of its tensors fills the
// rest of the file without gaps or overlaps, as every writer of the format
// leaves it. It finds counts and offsets that were changed.
func (f *File) Check() error {
	if f.Architecture() == "" {
		return malformed("no architecture")
	}
	if len(f.Tensors) == 0 {
		return malformed("no tensors")
	}
	align := f.Uint("general.alignment", defaultAlign)
	list := slices.Clone(f.Tensors)
	slices.SortStableFunc(list, func(a, b Tensor) int {
		if a.Offset < b.Offset {
			return -1
		}
		return 1
	})
	names := make(map[string]bool, len(list))
	var end uint64
	for _, t := range list {
		if t.Name == "" || names[t.Name] {
			return malformed("tensor %q twice or without a name", t.Name)
		}
		names[t.Name] = true
		if _, known := blocks[t.Type]; !known {
			return malformed("tensor %q has the unknown type %d", t.Name, t.Type)
		}
		if t.Offset != end {
			return malformed("tensor %q begins at %d, not at %d", t.Name, t.Offset, end)
		}
		size, err := t.bytes()
		if err != nil {
			return err
		}
		end = (t.Offset + size + align - 1) / align * align
	}
	last := list[len(list)-1]
	data := last.Offset + uint64(last.Bytes())
	have := uint64(f.Size - f.DataOffset)
	if have < data || have >= data+align {
		return malformed("%d bytes of data, its tensors have %d", have, data)
	}
	return nil
}
