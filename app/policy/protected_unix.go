//go:build unix

package policy

import (
	"fmt"
	"os"
	"syscall"
)

// OwnedBy accepts a file that belongs to uid and that neither group nor others
// may write, in a folder of which the same is true.
func OwnedBy(uid int) func(dir string, opened *os.File) error {
	return func(dir string, opened *os.File) error {
		folder, err := os.Stat(dir)
		if err != nil {
			return err
		}
		file, err := opened.Stat()
		if err != nil {
			return err
		}
		for _, info := range []os.FileInfo{folder, file} {
			if info.Mode().Perm()&0o022 != 0 {
				return fmt.Errorf("%s may be written by group or others (%v)", info.Name(), info.Mode().Perm())
			}
			if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != uid {
				return fmt.Errorf("%s does not belong to user %d", info.Name(), uid)
			}
		}
		return nil
	}
}
