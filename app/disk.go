package app

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// folderBytes is the size of the files in a folder, 0 if there is none.
func folderBytes(folder string) int64 {
	var sum int64
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // what cannot be seen is not counted
		}
		if info, err := entry.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// moveFile gives a file another name, also on another disk. The new name means
// a whole file at any time.
func moveFile(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	draft := to + ".part"
	target, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, source.Close())
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Close(), source.Close()); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	if err := os.Rename(draft, to); err != nil {
		return err
	}
	return os.Remove(from)
}
