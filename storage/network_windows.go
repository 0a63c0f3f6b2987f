package storage

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// networkFileSystem names the network file system that a folder is on, "" for
// a local one: a UNC path or a drive letter that maps to a share.
func networkFileSystem(folder string) (string, error) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	volume := filepath.VolumeName(path)
	if strings.HasPrefix(volume, `\\`) && !strings.HasPrefix(volume, `\\?\`) && !strings.HasPrefix(volume, `\\.\`) {
		return "a share", nil
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err != nil {
		return "", err
	}
	if windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return "a share", nil
	}
	return "", nil
}
