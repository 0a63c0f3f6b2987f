package app

// Downloads is the queue of models on their way, oldest first.
type Downloads struct {
	Jobs []Download `json:"jobs"`
	// Registry is the address models come from, "" if none was set; Allowed says whether downloads are.
	Registry string `json:"registry"`
	Allowed  bool   `json:"allowed"`
	// FreeBytes is the room where models are kept, 0 if the system does not
	// say; LimitKiB is the most a download may take in a second, 0 for no limit.
	FreeBytes int64 `json:"freeBytes"`
	LimitKiB  int   `json:"limitKiB"`
	// Rooms are the other disks that count: where the models are on their way
	// to, and where documents and chats are.
	Rooms []DiskRoom `json:"rooms"`
}

// DiskRoom is what is free on another disk than the one of the models.
type DiskRoom struct {
	Use       string `json:"use" ts:"'target'|'data'"`
	Folder    string `json:"folder"`
	FreeBytes int64  `json:"freeBytes"`
}

// Download is one model, file or pack on its way. Sizes are bytes.
type Download struct {
	ID    string `json:"id"`
	Kind  string `json:"kind" ts:"'registry'|'file'|'store'|'pack'|'move'"`
	Name  string `json:"name"`
	State string `json:"state" ts:"'queued'|'running'|'paused'|'failed'|'done'"`
	// Phase of a running job beside moving bytes.
	Phase string `json:"phase" ts:"''|'verifying'"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	// Rate in bytes per second and SecondsLeft, 0 if they are not known.
	Rate        int64    `json:"rate"`
	SecondsLeft int64    `json:"secondsLeft"`
	Problem     *Problem `json:"problem,omitempty"`
}

// FetchRequest names a model of the registry.
type FetchRequest struct {
	Name string `json:"name"`
}

// TakeRequest names a model file, a model pack, a folder of either, or the
// model folder of an Ollama.
type TakeRequest struct {
	Path string `json:"path"`
	// Unsigned is the explicit yes to a pack that nobody signed.
	Unsigned bool `json:"unsigned"`
}

// DownloadAction changes a job of the queue.
type DownloadAction struct {
	ID     string `json:"id"`
	Action string `json:"action" ts:"'pause'|'resume'|'cancel'"`
}

// StoredModels are the models in the models' folder, and the packs.
type StoredModels struct {
	Models []StoredModel   `json:"models"`
	Packs  []InstalledPack `json:"packs"`
}

// StoredModel is a model as it lies on the disk. Sizes are bytes.
type StoredModel struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	// Frees is what deleting it gives back.
	Frees int64 `json:"frees"`
	// Folder is where it is used in place, "" for this program's own.
	Folder string `json:"folder"`
	// Needed models belong to the program and cannot be deleted.
	Needed bool `json:"needed"`
	// Shared models lie in the folder of the whole machine, which is never changed.
	Shared bool `json:"shared"`
	// Pack it came with, "" for none.
	Pack string `json:"pack"`
}

// InstalledPack is a model pack that was installed.
type InstalledPack struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Version int      `json:"version"`
	Bytes   int64    `json:"bytes"`
	Models  []string `json:"models"`
	// Key that signed it, "" for none.
	Key string `json:"key"`
}

// ModelByName names an installed model or pack.
type ModelByName struct {
	Name string `json:"name"`
}

// Freed says how many bytes became free.
type Freed struct {
	Bytes int64 `json:"bytes"`
}

// ModelFileFacts is what can be said of a file or folder before it is taken.
type ModelFileFacts struct {
	Kind  string `json:"kind" ts:"'file'|'store'|'pack'"`
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	// Architecture, Context in tokens, Licence and Template of a model file.
	Architecture string `json:"architecture"`
	Context      int    `json:"context"`
	Licence      string `json:"licence"`
	Template     string `json:"template"`
	// Title, Version and Key of a pack; Trust is nil for a trusted one.
	Title   string   `json:"title"`
	Version int      `json:"version"`
	Key     string   `json:"key"`
	Trust   *Problem `json:"trust,omitempty"`
	// Parts are the models and the data for reading images.
	Parts []ModelFilePart `json:"parts"`
	// NeedBytes is what installing takes on the disk, FreeBytes what is free
	// there, 0 if the system does not say.
	NeedBytes int64 `json:"needBytes"`
	FreeBytes int64 `json:"freeBytes"`
}

// ModelFilePart is a model or another file of what can be taken.
type ModelFilePart struct {
	Name  string `json:"name"`
	Role  string `json:"role" ts:"'chat'|'embedding'|'reranking'|'ocr'|''"`
	Bytes int64  `json:"bytes"`
	// Licence as an SPDX identifier and Origin as the maker of a pack wrote it.
	Licence string `json:"licence"`
	Origin  string `json:"origin"`
}
