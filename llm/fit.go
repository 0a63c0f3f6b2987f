package llm

// reserve is the memory left to the system and the user's other programs, in
// bytes, and share the part of the rest a model may take.
const (
	reserve = 2 << 30
	share   = 0.8
)

// Budget is the memory a model may take on a machine that has total bytes.
func Budget(total int64) int64 {
	if total <= reserve {
		return 0
	}
	return int64(float64(total-reserve) * share)
}

// Fits reports whether the model runs on a machine that has total bytes of
// memory.
func (e Entry) Fits(total int64) bool { return e.MemoryBytes > 0 && e.MemoryBytes <= Budget(total) }

// Propose returns the largest chat model that fits a machine with total bytes
// of memory, trial models aside; false if none does.
func (c Catalog) Propose(total int64) (Entry, bool) {
	var best Entry
	for _, entry := range c.Entries {
		if entry.Role == RoleChat && !entry.Trial && entry.Fits(total) && entry.MemoryBytes > best.MemoryBytes {
			best = entry
		}
	}
	return best, best.Name != ""
}
