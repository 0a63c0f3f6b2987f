package app

// ModelList lists chat models and what this machine could run.
type ModelList struct {
	Models []Model `json:"models"`
	// Proposal is the chat model that fits this machine when only the trial model is there.
	Proposal *ModelProposal `json:"proposal,omitempty"`
	Embedder string         `json:"embedder"`
}

// ModelProposal is the model that suits a use best on this machine.
type ModelProposal struct {
	Use   string `json:"use" ts:"'chat'|'coding'|'embedding'"`
	Name  string `json:"name"`
	Label string `json:"label"`
	// Bytes of the file, MemoryBytes of this machine.
	Bytes       int64        `json:"bytes"`
	MemoryBytes int64        `json:"memoryBytes"`
	Verdict     ModelVerdict `json:"verdict"`
	Installed   bool         `json:"installed"`
}

// ModelVerdict says whether and how a model runs on this machine. Sizes are bytes.
type ModelVerdict struct {
	Level string `json:"level" ts:"'fits'|'slower'|'no'|'unknown'"`
	// Reason is explained by the text models.reason.<reason>.
	Reason string `json:"reason" ts:"'graphics'|'unified'|'processor'|'offload'|'slow'|'tight'|'memory'|'cluster'|'unknown'"`
	// Quantization is the file that the verdict is about.
	Quantization string `json:"quantization"`
	FileBytes    int64  `json:"fileBytes"`
	// NeedBytes is what running takes, HaveBytes what models may use here.
	NeedBytes     int64 `json:"needBytes"`
	HaveBytes     int64 `json:"haveBytes"`
	WeightsBytes  int64 `json:"weightsBytes"`
	CacheBytes    int64 `json:"cacheBytes"`
	GraphBytes    int64 `json:"graphBytes"`
	GraphicsBytes int64 `json:"graphicsBytes"`
	// NeedMeasured is true when the runtime itself told the size.
	NeedMeasured bool `json:"needMeasured"`
	// Rate of an answer in tokens per second, 0 if there is none; RateMeasured is true when it was measured here.
	Rate         float64 `json:"rate"`
	RateMeasured bool    `json:"rateMeasured"`
}

// ModelCatalog is what is known of models and of the machine they would run on.
type ModelCatalog struct {
	Hardware  Hardware        `json:"hardware"`
	Proposals []ModelProposal `json:"proposals"`
	// Busy is true if what was measured here would leave no chat model and the
	// proposals rest on estimates: the computer was most probably busy.
	Busy bool `json:"busy"`
	// Embedder is the model that documents are searched with, "" for none.
	Embedder string         `json:"embedder"`
	Models   []CatalogModel `json:"models"`
	// Window in tokens that the verdicts are about.
	Window int `json:"window"`
}

// EmbedderChange is what choosing an embedding model for the documents means.
type EmbedderChange struct {
	Name string `json:"name"`
	// Passages there are, and those of them that must be read anew.
	Passages int `json:"passages"`
	Missing  int `json:"missing"`
}

// CatalogModel is one model of the catalogue, or one that is installed and in no catalogue.
type CatalogModel struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Maker string `json:"maker"`
	Role  string `json:"role" ts:"'chat'|'embedding'|'reranking'"`
	Class string `json:"class" ts:"'tiny'|'small'|'medium'|'large'|'very_large'|'frontier'"`
	// Licence is an SPDX identifier where there is one; NonCommercial ones forbid companies to use the model unasked.
	Licence       string      `json:"licence"`
	NonCommercial bool        `json:"nonCommercial"`
	Languages     []string    `json:"languages"`
	Modalities    []string    `json:"modalities"`
	Context       int         `json:"context"`
	Parameters    int64       `json:"parameters"`
	Active        int64       `json:"active"` // 0: all
	Files         []ModelFile `json:"files"`
	// MinimumRuntime is the oldest Ollama known to run it, "" if none is known.
	MinimumRuntime string            `json:"minimumRuntime"`
	Strengths      map[string]string `json:"strengths"` // by language
	Limits         map[string]string `json:"limits"`
	Sources        map[string]string `json:"sources"`   // by figure: parameters, shape, size, …
	Estimates      []string          `json:"estimates"` // figures that are estimates
	Trial          bool              `json:"trial"`
	Installed      bool              `json:"installed"`
	Known          bool              `json:"known"` // is in the catalogue
	Verdict        ModelVerdict      `json:"verdict"`
}

// ModelFile is one quantization of a model.
type ModelFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"`
}

// Hardware is this machine in the terms people know. Sizes are bytes, 0 means unknown.
type Hardware struct {
	System      string `json:"system" ts:"'linux'|'windows'|'darwin'|''"`
	Model       string `json:"model"`
	Processor   string `json:"processor"`
	Cores       int    `json:"cores"`
	Performance int    `json:"performance"` // fast cores where there are two kinds
	Efficiency  int    `json:"efficiency"`
	// MemoryBytes this program may use in all, FreeBytes now, ModelBytes what models may take.
	MemoryBytes int64      `json:"memoryBytes"`
	FreeBytes   int64      `json:"freeBytes"`
	ModelBytes  int64      `json:"modelBytes"`
	Limited     bool       `json:"limited"` // by a container
	Graphics    []Graphics `json:"graphics"`
	// Computes says where the runtime computes.
	Computes  string `json:"computes" ts:"'processor'|'graphics'|'unknown'"`
	NPU       string `json:"npu"`
	DiskBytes int64  `json:"diskBytes"` // free where models are kept
	Battery   bool   `json:"battery"`
	OnBattery bool   `json:"onBattery"`
	Charge    int    `json:"charge"` // percent, 0 unknown
}

// Graphics is a graphics processor.
type Graphics struct {
	Name string `json:"name"`
	// Bytes of its own, SharedBytes of the main memory that it may use.
	Bytes       int64 `json:"bytes"`
	SharedBytes int64 `json:"sharedBytes"`
	Integrated  bool  `json:"integrated"`
	// Unified ones are fast enough for models though they use the main memory.
	Unified bool `json:"unified"`
}
