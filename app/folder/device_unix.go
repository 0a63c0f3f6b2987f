//go:build unix

package folder

import (
	"io/fs"
	"strconv"
	"syscall"
)

// device is the number of the file system.
func device(info fs.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(stat.Dev), 16) //nolint:unconvert // its size differs between systems
	}
	return ""
}
