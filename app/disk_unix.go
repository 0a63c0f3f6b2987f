//go:build unix

package app

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isDiskFull recognises a full disk and a used-up quota.
func isDiskFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// freeBytes is what this user may still write in a folder.
func freeBytes(folder string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, err
	}
	return stat.Bavail * uint64(stat.Bsize), nil //nolint:unconvert // the type differs between systems
}

// sameDisk says whether two folders share their room; true if it is not known.
func sameDisk(one, other string) bool {
	var a, b unix.Stat_t
	if unix.Stat(one, &a) != nil || unix.Stat(other, &b) != nil {
		return true
	}
	return a.Dev == b.Dev
}
