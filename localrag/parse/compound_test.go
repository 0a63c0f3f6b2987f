package parse

import (
	"bytes"
	"encoding/binary"
	"sort"
	"strings"
	"unicode/utf16"
)

// compoundOf writes a compound file with small streams; paths are joined by "/".
func compoundOf(streams map[string][]byte) []byte {
	const sector, mini, end, free, none = 512, 64, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF
	type entry struct {
		name               string
		kind               byte
		left, right, child uint32
		start              uint32
		size               int
		children           []int
	}
	entries := []entry{{name: "Root Entry", kind: 5, left: none, right: none, child: none}}
	index := map[string]int{"": 0}
	var enter func(path string, kind byte) int
	enter = func(path string, kind byte) int {
		if i, known := index[path]; known {
			return i
		}
		parent, name := "", path
		if cut := strings.LastIndexByte(path, '/'); cut >= 0 {
			parent, name = path[:cut], path[cut+1:]
		}
		folder := enter(parent, 1)
		entries = append(entries, entry{name: name, kind: kind, left: none, right: none, child: none})
		index[path] = len(entries) - 1
		entries[folder].children = append(entries[folder].children, len(entries)-1)
		return len(entries) - 1
	}
	paths := make([]string, 0, len(streams))
	for path := range streams {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	var small []byte // the mini stream
	var miniFAT []uint32
	for _, path := range paths {
		i := enter(path, 2)
		data := streams[path]
		entries[i].size, entries[i].start = len(data), uint32(len(small)/mini)
		if len(data) == 0 {
			entries[i].start = end
		}
		for at := 0; at < len(data); at += mini {
			next := uint32(len(small)/mini + 1)
			if at+mini >= len(data) {
				next = end
			}
			miniFAT = append(miniFAT, next)
			piece := make([]byte, mini)
			copy(piece, data[at:])
			small = append(small, piece...)
		}
	}
	for i := range entries { // a chain of right siblings is a valid tree
		for j, child := range entries[i].children {
			if j == 0 {
				entries[i].child = uint32(child)
			} else {
				entries[entries[i].children[j-1]].right = uint32(child)
			}
		}
	}
	sectors := func(n int) int { return (n + sector - 1) / sector }
	directory := sectors(len(entries) * 128)
	miniTable := sectors(len(miniFAT) * 4)
	content := sectors(len(small))
	fats := sectors((directory + miniTable + content + 8) * 4)
	var fat []uint32
	for range fats {
		fat = append(fat, 0xFFFFFFFD)
	}
	chain := func(n int) uint32 {
		first := len(fat)
		for i := range n {
			next := uint32(first + i + 1)
			if i == n-1 {
				next = end
			}
			fat = append(fat, next)
		}
		if n == 0 {
			return end
		}
		return uint32(first)
	}
	directoryAt, miniAt := chain(directory), chain(miniTable)
	entries[0].start, entries[0].size = chain(content), len(small)
	for len(fat) < fats*sector/4 {
		fat = append(fat, free)
	}
	var out bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&out, binary.LittleEndian, v)
		}
	}
	fill := func(to int) { out.Write(make([]byte, to-out.Len())) }
	out.WriteString("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	put([16]byte{}, uint16(0x3E), uint16(3), uint16(0xFFFE), uint16(9), uint16(6), [6]byte{}, uint32(0), uint32(fats),
		directoryAt, uint32(0), uint32(4096), miniAt, uint32(miniTable), uint32(end), uint32(0))
	for i := range 109 {
		if i < fats {
			put(uint32(i))
		} else {
			put(uint32(free))
		}
	}
	put(fat)
	for _, e := range entries {
		start := out.Len()
		name := utf16.Encode([]rune(e.name))
		put(name)
		fill(start + 64)
		put(uint16(2*len(name)+2), e.kind, byte(1), e.left, e.right, e.child, [36]byte{}, e.start, uint64(e.size))
	}
	fill(sector * (1 + fats + directory))
	put(miniFAT)
	for out.Len() < sector*(1+fats+directory+miniTable) {
		put(uint32(free))
	}
	out.Write(small)
	fill(sector * (1 + fats + directory + miniTable + content))
	return out.Bytes()
}
