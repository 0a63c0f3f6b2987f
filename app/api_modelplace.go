package app

// ModelPlace says where models are kept and where else they could be.
type ModelPlace struct {
	// Folder is where they are now, Usual where they are unless somebody
	// chose another folder.
	Folder string `json:"folder"`
	Usual  string `json:"usual"`
	// Bytes is what they take there, FreeBytes what is free, 0 if the system does not say.
	Bytes     int64 `json:"bytes"`
	FreeBytes int64 `json:"freeBytes"`
	// Gone is true while the folder is not there, such as on a disk that is unplugged.
	Gone bool `json:"gone"`
	// Fixed says that a policy or the command line decides it; FixedBy is the
	// policy's file.
	Fixed   bool   `json:"fixed"`
	FixedBy string `json:"fixedBy"`
	// Moving is the folder they are on their way to, "" if none.
	Moving string        `json:"moving"`
	Disks  []ModelVolume `json:"disks"`
	// Target is what the folder that was asked about would mean.
	Target *ModelTarget `json:"target,omitempty"`
}

// ModelVolume is a disk that models could be kept on.
type ModelVolume struct {
	// Path of the disk, and the folder on it that would hold the models.
	Path       string `json:"path"`
	Folder     string `json:"folder"`
	FreeBytes  int64  `json:"freeBytes"`
	TotalBytes int64  `json:"totalBytes"`
	Current    bool   `json:"current"`
}

// ModelTarget is a folder that models could be moved to.
type ModelTarget struct {
	Folder    string `json:"folder"`
	FreeBytes int64  `json:"freeBytes"`
	// Problem is why it cannot be used.
	Problem *Problem `json:"problem,omitempty"`
}

// ModelPlaceRequest asks for the place, and about a folder if Path is not "".
type ModelPlaceRequest struct {
	Path string `json:"path"`
}

// ModelMoveRequest asks to keep models in another folder; "" is the usual one.
type ModelMoveRequest struct {
	Path string `json:"path"`
}
