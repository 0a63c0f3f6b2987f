package hardware

import "golang.org/x/sys/windows"

// volumePaths are the letters of disks and shares.
func volumePaths() []string {
	letters, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	var paths []string
	for i := range 26 {
		if letters&(1<<i) == 0 {
			continue
		}
		path := string(rune('A'+i)) + `:\`
		name, err := windows.UTF16PtrFromString(path)
		if err != nil {
			continue
		}
		switch windows.GetDriveType(name) {
		case windows.DRIVE_FIXED, windows.DRIVE_REMOVABLE, windows.DRIVE_REMOTE:
			paths = append(paths, path)
		}
	}
	return paths
}
