// Package hardware finds out what the machine offers to models: memory,
// processors, graphics, disk and power. It reads, never changes, and knows
// nothing of models.
//
// For each system one function puts a [Machine] together from files and from
// what the system's own tools print; the parsers are plain functions over text
// and are tested on recorded text. A missing tool or an odd answer gives less
// knowledge, never an error.
package hardware

// Memory of the machine in bytes; 0 means unknown.
type Memory struct {
	Total     int64
	Available int64
	// Limit is what this process and its children may use together, for
	// example in a container; 0 means no limit.
	Limit int64
}

// Usable is the total memory this process may count on.
func (m Memory) Usable() int64 {
	if m.Limit > 0 && (m.Total == 0 || m.Limit < m.Total) {
		return m.Limit
	}
	return m.Total
}

// CPU is the machine's processor.
type CPU struct {
	Model string
	// Cores are physical ones, Threads logical ones this process may use.
	Cores, Threads int
	// Performance and Efficiency cores where there are two kinds, else 0.
	Performance, Efficiency int
	// Flags are the instruction sets that matter to models, lower case, for
	// example "avx2"; empty if unknown.
	Flags []string
}

// Vendors of graphics processors.
const (
	NVIDIA = "nvidia"
	AMD    = "amd"
	Intel  = "intel"
	Apple  = "apple"
)

// GPU is a graphics processor. Sizes are bytes, 0 means unknown.
type GPU struct {
	// Vendor is one of the constants, or empty.
	Vendor string
	Name   string
	// Integrated ones live off the main memory: Shared is the part that the
	// driver lets them use. Memory is their own.
	Integrated     bool
	Memory, Shared int64
	// Free is how much of Memory nobody uses now.
	Free   int64
	Driver string
	// Cores as the maker counts them, and Compute, NVIDIA's name of the
	// generation, for example "12.0".
	Cores   int
	Compute string
}

// Usable is the memory that models could fill.
func (g GPU) Usable() int64 {
	if g.Integrated {
		return g.Memory + g.Shared
	}
	return g.Memory
}

// Disk is the volume of a folder in bytes.
type Disk struct{ Total, Free int64 }

// Power says how the machine is fed.
type Power struct {
	// Battery is true if there is one, OnBattery if it feeds the machine now.
	Battery, OnBattery bool
	// Percent of charge, 0 if unknown.
	Percent int
}

// Machine is what was found.
type Machine struct {
	// System is GOOS: linux, windows or darwin.
	System string
	// Model is the maker's name of the machine, if it tells one.
	Model  string
	Memory Memory
	CPU    CPU
	GPUs   []GPU
	// NPU names a processor for neural networks; empty if there is none or
	// nobody knows.
	NPU   string
	Disk  Disk
	Power Power
}

// Unified reports whether graphics and processor share one memory that is fast
// enough for models: those of Apple, of AMD's largest and NVIDIA's smallest
// chips.
func (m Machine) Unified() bool {
	for _, gpu := range m.GPUs {
		if gpu.Integrated && (gpu.Vendor == Apple || gpu.Vendor == NVIDIA || gpu.Bandwidth() > 200e9) {
			return true
		}
	}
	return false
}

// Run runs one of the system's own tools and returns what it printed; an empty
// text stands for everything that went wrong.
type Run func(name string, arguments ...string) string
