package app

// ModelMemory says which models are in memory. Sizes are bytes.
type ModelMemory struct {
	Models []ModelInMemory `json:"models"`
	// FreeBytes of TotalBytes are available to programs, 0 if the system does
	// not say. Short is true while that is so little that idle models are let go.
	FreeBytes  int64 `json:"freeBytes"`
	TotalBytes int64 `json:"totalBytes"`
	Short      bool  `json:"short"`
	// LetGo is the model that was let go last to make room, absent if none was
	// since the start.
	LetGo *ModelLetGo `json:"letGo,omitempty"`
}

// ModelInMemory is a model that need not be loaded to work.
type ModelInMemory struct {
	Name string `json:"name"`
	// Bytes as the runtime reckons them, 0 if it does not tell.
	Bytes int64 `json:"bytes"`
	// ContextWindow in tokens, 0 if it is not known.
	ContextWindow int  `json:"contextWindow"`
	Working       bool `json:"working"`
	// UsedAt is when it last had work, Unix time in milliseconds, 0 for not since the start.
	UsedAt int64 `json:"usedAt"`
}

// ModelLetGo is a model that made room.
type ModelLetGo struct {
	Name string `json:"name"`
	At   int64  `json:"at"` // Unix time in milliseconds
	// FreeBytes is what was free before.
	FreeBytes int64 `json:"freeBytes"`
}
