package gguf

// Has reports whether the header has the key.
func (f *File) Has(key string) bool {
	_, ok := f.values[key]
	return ok
}

// Text returns the string under key, or an empty one.
func (f *File) Text(key string) string {
	text, _ := f.values[key].(string)
	return text
}

// Uint returns the whole number under key, or fallback if there is none or it
// is negative.
func (f *File) Uint(key string, fallback uint64) uint64 {
	switch number := f.values[key].(type) {
	case uint64:
		return number
	case int64:
		if number >= 0 {
			return uint64(number)
		}
	}
	return fallback
}

// Bool returns the truth value under key, or fallback.
func (f *File) Bool(key string, fallback bool) bool {
	if value, ok := f.values[key].(bool); ok {
		return value
	}
	return fallback
}

// Texts returns the kept array of strings under key, or nil.
func (f *File) Texts(key string) []string {
	list, _ := f.values[key].([]string)
	return list
}

// Ints returns the kept array of whole numbers under key, or nil.
func (f *File) Ints(key string) []int64 {
	list, _ := f.values[key].([]int64)
	return list
}

// Floats returns the kept array of floats under key, or nil.
func (f *File) Floats(key string) []float32 {
	list, _ := f.values[key].([]float32)
	return list
}

// Bytes returns the kept array of bytes under key, or nil.
func (f *File) Bytes(key string) []byte {
	list, _ := f.values[key].([]byte)
	return list
}

// Architecture names the model's family, for example "llama" or "bert".
func (f *File) Architecture() string { return f.Text("general.architecture") }

// ContextLength is the longest window the model was made for, 0 if unknown.
func (f *File) ContextLength() int {
	return int(min(f.Uint(f.Architecture()+".context_length", 0), 1<<31))
}

// Parameters counts the elements of all tensors.
func (f *File) Parameters() int64 {
	var total int64
	for _, t := range f.Tensors {
		elements := int64(1)
		for _, n := range t.Shape {
			elements *= int64(n)
		}
		total += elements
	}
	return total
}
