package storage

import "golang.org/x/sys/unix"

// networkFileSystem names the network file system that a folder is on, "" for
// a local one.
func networkFileSystem(folder string) (string, error) {
	var info unix.Statfs_t
	if err := unix.Statfs(folder, &info); err != nil {
		return "", err
	}
	if info.Flags&unix.MNT_LOCAL != 0 {
		return "", nil
	}
	return unix.ByteSliceToString(info.Fstypename[:]), nil
}
