package folder

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// What a look can fail with: the folder as a whole could not be seen, which
// says nothing about its files.
var (
	ErrMissing    = errors.New("folder: it is not there")
	ErrUnreadable = errors.New("folder: it cannot be read")
	ErrTooMany    = errors.New("folder: it holds too many files")
)

// MaxFiles is how many files one folder may hold that count.
const MaxFiles = 200_000

// File is a file that counts.
type File struct {
	Path     string // below the root, with slashes; not always UTF-8
	Size     int64  // bytes
	Modified time.Time
}

// Seen is what a look found.
type Seen struct {
	Files []File
	// Unknown counts files of kinds that nobody reads, Links symbolic links:
	// they are not followed, because what they lead to may lie outside the
	// folder, or be the folder itself.
	Unknown, Links int
	// Unread are folders below the root, "" for none, that could not be listed:
	// of their files nothing is known.
	Unread []string
	// Entries counts everything directly in the root. An empty mount point has 0.
	Entries int
	// Device names the file system of the root, "" where the system does not tell.
	Device string
}

// Look walks a folder. enter is called with each folder before it is listed,
// with its absolute path; it may be nil. Files that vanish meanwhile are left
// out.
func Look(ctx context.Context, root string, rules Rules, enter func(dir string)) (Seen, error) {
	seen := Seen{}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return seen, errors.Join(ErrMissing, err)
	case err != nil:
		return seen, errors.Join(ErrUnreadable, err)
	case !info.IsDir():
		return seen, ErrMissing
	}
	seen.Device = device(info)
	w := walk{ctx: ctx, rules: rules, enter: enter, seen: &seen}
	if err := w.list(root, ""); err != nil {
		return seen, err
	}
	return seen, nil
}

type walk struct {
	ctx   context.Context
	rules Rules
	enter func(string)
	seen  *Seen
}

// listAtOnce bounds the memory for a folder with very many entries.
const listAtOnce = 1000

func (w *walk) list(dir, below string) error {
	if w.enter != nil {
		w.enter(dir)
	}
	inner, err := w.entries(dir, below)
	if err != nil {
		return err
	}
	for _, name := range inner {
		if err := w.list(filepath.Join(dir, name), path.Join(below, name)); err != nil {
			return err
		}
	}
	return nil
}

// entries takes the files of one folder and returns the folders in it.
func (w *walk) entries(dir, below string) (inner []string, err error) {
	handle, err := os.Open(dir)
	if err != nil {
		return nil, w.unread(below, err)
	}
	defer handle.Close()
	for {
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := handle.ReadDir(listAtOnce)
		for _, entry := range entries {
			if below == "" {
				w.seen.Entries++
			}
			name := path.Join(below, entry.Name())
			switch mode := entry.Type(); {
			case mode&fs.ModeSymlink != 0:
				w.seen.Links++
			case mode.IsDir():
				if !w.rules.Skips(name) {
					inner = append(inner, entry.Name())
				}
			case mode.IsRegular():
				if err := w.file(name, entry); err != nil {
					return nil, err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return inner, nil
		}
		if err != nil {
			return inner, w.unread(below, err)
		}
	}
}

func (w *walk) file(name string, entry fs.DirEntry) error {
	switch w.rules.judge(name) {
	case left:
		return nil
	case unknown:
		w.seen.Unknown++
		return nil
	}
	info, err := entry.Info()
	if err != nil {
		return nil //nolint:nilerr // it vanished since it was listed; the next look knows
	}
	if len(w.seen.Files) == MaxFiles {
		return ErrTooMany
	}
	w.seen.Files = append(w.seen.Files, File{Path: name, Size: info.Size(), Modified: info.ModTime()})
	return nil
}

// unread notes a folder that could not be listed; without the root itself
// there is nothing to see.
func (w *walk) unread(below string, err error) error {
	switch {
	case below == "" && errors.Is(err, fs.ErrNotExist):
		return errors.Join(ErrMissing, err)
	case below == "":
		return errors.Join(ErrUnreadable, err)
	case errors.Is(err, fs.ErrNotExist): // deleted since it was listed
		return nil
	}
	w.seen.Unread = append(w.seen.Unread, below)
	return nil
}
