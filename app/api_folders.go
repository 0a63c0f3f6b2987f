package app

// Folder is a folder that is linked to a collection: its files are read where
// they lie, and what changes there changes here.
type Folder struct {
	ID           string   `json:"id"`
	CollectionID string   `json:"collectionId"`
	Path         string   `json:"path"`
	Name         string   `json:"name"` // last part of the path
	Include      []string `json:"include"`
	Exclude      []string `json:"exclude"`
	Paused       bool     `json:"paused"`
	// State: waiting for its first look, looking what is there, reading files,
	// synced, paused, battery (it waits for the mains), problem, removing.
	State string `json:"state" ts:"'waiting'|'looking'|'reading'|'synced'|'paused'|'battery'|'problem'|'removing'"`
	// Files by what became of them; Skipped are of kinds Kontor does not read.
	Indexed int `json:"indexed"`
	Waiting int `json:"waiting"`
	Failed  int `json:"failed"`
	LeftOut int `json:"leftOut"`
	Skipped int `json:"skipped"`
	// ScannedAt is when the folder was last looked at as a whole, 0 never.
	ScannedAt int64    `json:"scannedAt"`
	Problem   *Problem `json:"problem,omitempty"`
	// RescanOnly: the system tells of no changes here, they are found every few minutes.
	RescanOnly bool `json:"rescanOnly"`
}

// Folders lists linked folders.
type Folders struct {
	Folders []Folder `json:"folders"`
	// Excluded are the patterns that always count.
	Excluded []string `json:"excluded"`
}

// LinkRequest links a folder; only the window and the local command line may
// name one. An empty CollectionID takes the collection of the folder's name.
type LinkRequest struct {
	Path         string   `json:"path"`
	CollectionID string   `json:"collectionId"`
	Include      []string `json:"include"`
	Exclude      []string `json:"exclude"`
}

// PickedFolder is what the system's dialog gave; "" if the person changed their mind.
type PickedFolder struct {
	Path string `json:"path"`
}

// FolderUpdateRequest changes the fields that are present.
type FolderUpdateRequest struct {
	ID      string    `json:"id"`
	Include *[]string `json:"include,omitempty"`
	Exclude *[]string `json:"exclude,omitempty"`
	Paused  *bool     `json:"paused,omitempty"`
}

// FolderSyncRequest looks at a folder now. Accept believes that it is empty,
// after it was asked about.
type FolderSyncRequest struct {
	ID     string `json:"id"`
	Accept bool   `json:"accept"`
}

// UnlinkRequest ends the link; Keep leaves the documents as they are.
type UnlinkRequest struct {
	ID   string `json:"id"`
	Keep bool   `json:"keep"`
}

// FolderFilesRequest asks for a page of a folder's files.
type FolderFilesRequest struct {
	ID     string `json:"id"`
	Filter string `json:"filter" ts:"''|'indexed'|'waiting'|'failed'|'left_out'"`
	Offset int    `json:"offset"`
	Limit  int    `json:"limit"`
}

// FolderFiles is a page of files by path.
type FolderFiles struct {
	Files []FolderFile `json:"files"`
	Total int          `json:"total"`
}

// FolderFile is a file in a linked folder and what became of it.
type FolderFile struct {
	ID         int64    `json:"id"`
	Path       string   `json:"path"` // below the folder's
	Bytes      int64    `json:"bytes"`
	ModifiedAt int64    `json:"modifiedAt"`
	DocumentID string   `json:"documentId"`
	Status     string   `json:"status" ts:"'indexed'|'waiting'|'failed'|'left_out'"`
	Problem    *Problem `json:"problem,omitempty"`
}

// FolderFileRequest names one file of a folder.
type FolderFileRequest struct {
	FolderID string `json:"folderId"`
	FileID   int64  `json:"fileId"`
}
