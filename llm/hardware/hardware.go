// Package hardware finds out what the machine offers to models: memory and
// processor. It reads, never changes, and knows nothing of models.
//
// Each system has one file that reads and this one parses: the parsers are
// plain functions over text and are tested on recorded text.
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
	// Flags are the instruction sets that matter to models, lower case, for
	// example "avx2"; empty if unknown.
	Flags []string
}

// Machine is what [Probe] found.
type Machine struct {
	Memory Memory
	CPU    CPU
}
