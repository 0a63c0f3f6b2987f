package app

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isDiskFull recognises a full disk and a used-up quota.
func isDiskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// freeBytes is what this user may still write in a folder.
func freeBytes(folder string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
	return free, err
}

// sameDisk says whether two folders share their room; true if it is not known.
func sameDisk(one, other string) bool {
	volume := func(folder string) string {
		path, err := windows.UTF16PtrFromString(folder)
		if err != nil {
			return ""
		}
		root := make([]uint16, windows.MAX_LONG_PATH)
		if windows.GetVolumePathName(path, &root[0], uint32(len(root))) != nil {
			return ""
		}
		return windows.UTF16ToString(root)
	}
	a, b := volume(one), volume(other)
	return a == "" || b == "" || a == b
}
