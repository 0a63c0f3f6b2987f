package hardware

import (
	"os"
	"path/filepath"
)

// volumePaths are the system's own disk and what macOS mounts for people.
func volumePaths() []string {
	paths := []string{"/"}
	entries, err := os.ReadDir("/Volumes")
	if err != nil {
		return paths
	}
	for _, entry := range entries {
		if entry.IsDir() { // the system's own disk is a link here
			paths = append(paths, filepath.Join("/Volumes", entry.Name()))
		}
	}
	return paths
}
