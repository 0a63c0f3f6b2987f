//go:build unix

package parse

import (
	"context"
	"sync/atomic"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// withEngineMemory makes the engine's memory one reserved stretch of addresses
// that fills as it is used. The engine's own way is to copy all of it each
// time it grows, which doubles the peak. What is in use is added to used.
func withEngineMemory(ctx context.Context, used *atomic.Int64) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(
		func(_, limit uint64) experimental.LinearMemory {
			limit = min(limit, engineMemoryPages<<16)
			reserved, err := syscall.Mmap(-1, 0, int(limit), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
			if err != nil {
				return &engineMemory{used: used}
			}
			return &engineMemory{reserved: reserved, used: used}
		}))
}

type engineMemory struct {
	reserved []byte
	size     uint64
	used     *atomic.Int64
}

// Reallocate grows the memory in place; nil says that the limit is reached.
func (m *engineMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.reserved)) {
		return nil
	}
	m.used.Add(int64(size) - int64(m.size))
	m.size = size
	return m.reserved[:size:size]
}

// Free gives the addresses back.
func (m *engineMemory) Free() {
	m.used.Add(-int64(m.size))
	if m.reserved != nil {
		_ = syscall.Munmap(m.reserved)
	}
	m.reserved, m.size = nil, 0
}
