package app

// VectorStatus says where the vectors of passages are searched.
type VectorStatus struct {
	Store   string `json:"store" ts:"'automatic'|'chromem'|'slab'|'pgvector'|'qdrant'|'milvus'"`
	Address string `json:"address"` // of the server, "" in memory
	// Local is false if vectors leave this computer.
	Local bool `json:"local"`
	// Indexed of Stored vectors can be searched.
	Indexed int `json:"indexed"`
	Stored  int `json:"stored"`
	// Password is true if one is kept.
	Password bool `json:"password"`
	// Locked is true if a policy decides the store.
	Locked  bool     `json:"locked"`
	Problem *Problem `json:"problem,omitempty"`
	// Move is the last move to another store, running or ended.
	Move *VectorMove `json:"move,omitempty"`
}

// VectorMove is how far a move to another store is.
type VectorMove struct {
	To      string `json:"to" ts:"VectorStatus['store']"`
	Address string `json:"address"`
	Step    string `json:"step" ts:"'connect'|'copy'|'verify'|'switch'|'done'|'failed'"`
	Done    int    `json:"done"` // vectors
	Total   int    `json:"total"`
	// Overlap is the share of the ten nearest that both stores agree on, over
	// the sampled vectors; 0 before it was verified.
	Overlap float64  `json:"overlap"`
	Problem *Problem `json:"problem,omitempty"` // of a move that failed
}

// VectorMoveRequest moves the vectors to another store. The old one stays in
// use until the new one is verified.
type VectorMoveRequest struct {
	Store   string `json:"store" ts:"VectorStatus['store']"`
	Address string `json:"address"`
	// Password of the server; absent keeps the one that is there.
	Password *string `json:"password,omitempty"`
	// AllowRemote permits an address beyond this computer.
	AllowRemote bool `json:"allowRemote"`
	// KeepOld leaves the vectors on the server they were on.
	KeepOld bool `json:"keepOld"`
}
