package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Move brings a whole store to another folder in steps that can be repeated
// after any end: [Move.Copy] while the models are in use, [Move.Commit] while
// they are not, and [Move.Leave] once the new folder is the one in use. Until
// then the old folder is whole.
type Move struct {
	From, To Store
	// ID names this move; what it copied lies in a folder of that name until
	// it is committed.
	ID string
	// Report gets the bytes that are in place and those of the whole store;
	// checking says that a copy is being compared. It may be nil.
	Report func(done, total int64, checking bool)
}

// DamagedError says that a file of the old folder is not what its name says.
type DamagedError struct{ Digest string }

func (e *DamagedError) Error() string { return "store: another content than " + e.Digest }

// parts of a store's folder.
const (
	blobsFolder     = "blobs"
	manifestsFolder = "manifests"
	incomingFolder  = "incoming"
)

func (m Move) stage() string { return filepath.Join(m.To.Folder, incomingFolder, m.ID) }

// moved is a file to move: inside the store, and its digest if it has one.
type moved struct {
	inside string
	digest string
	bytes  int64
	link   string // target of a link
}

// files lists what is to move: the blobs that models name, and downloads that
// were begun. Manifests are written last.
func (m Move) files() ([]moved, error) {
	models, err := m.From.Models()
	if err != nil {
		return nil, err
	}
	var list []moved
	seen := map[string]bool{}
	for _, model := range models {
		for _, layer := range model.Manifest.All() {
			path := m.From.BlobPath(layer.Digest)
			info, err := os.Lstat(path)
			if seen[layer.Digest] || errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			seen[layer.Digest] = true
			file := moved{inside: filepath.Join(blobsFolder, filepath.Base(path)), digest: layer.Digest, bytes: info.Size()}
			if info.Mode()&fs.ModeSymlink != 0 {
				file.bytes = 0
				if file.link, err = os.Readlink(path); err != nil {
					return nil, err
				}
			}
			list = append(list, file)
		}
	}
	begun, err := m.begun()
	return append(list, begun...), err
}

// begun lists the files of downloads that are on their way.
func (m Move) begun() ([]moved, error) {
	var list []moved
	root := filepath.Join(m.From.Folder, incomingFolder)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(m.From.Folder, path)
		list = append(list, moved{inside: inside, bytes: info.Size()})
		return err
	})
	return list, err
}

// Need is how many bytes [Move.Copy] has still to write; nothing within one
// disk that knows links.
func (m Move) Need() (int64, error) {
	files, err := m.files()
	if err != nil {
		return 0, err
	}
	var need int64
	probe := ""
	for _, file := range files {
		if m.there(file) {
			continue
		}
		need += file.bytes - sizeOf(filepath.Join(m.stage(), file.inside)) - sizeOf(filepath.Join(m.stage(), file.inside)+".part")
		if probe == "" && file.link == "" {
			probe = file.inside
		}
	}
	if probe == "" {
		return 0, nil
	}
	target := filepath.Join(m.stage(), "probe")
	if err := os.MkdirAll(m.stage(), 0o700); err != nil {
		return 0, err
	}
	if os.Link(filepath.Join(m.From.Folder, probe), target) == nil {
		return 0, os.Remove(target)
	}
	return max(need, 0), nil
}

func sizeOf(path string) int64 {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// there says that a file is in its place already, because an earlier run of
// this move put it there or the new folder had it.
func (m Move) there(file moved) bool {
	info, err := os.Lstat(filepath.Join(m.To.Folder, file.inside))
	switch {
	case err != nil || file.digest == "":
		return false
	case file.link != "":
		return info.Mode()&fs.ModeSymlink != 0
	}
	return info.Mode().IsRegular() && info.Size() == file.bytes
}

// distrust removes what lies in a file's place with its size but with another
// content: the old file, which is whole, would be removed for it. A link to the
// same file needs no look.
func (m Move) distrust(ctx context.Context, file moved) error {
	from, to := filepath.Join(m.From.Folder, file.inside), filepath.Join(m.To.Folder, file.inside)
	if !m.there(file) || file.link != "" {
		return nil
	}
	there, err := os.Stat(to)
	if err != nil {
		return err
	}
	if source, err := os.Stat(from); err == nil && os.SameFile(source, there) {
		return nil
	}
	sum, err := FileDigest(ctx, to)
	if err != nil || sum == file.digest {
		return err
	}
	return os.Remove(to)
}

// Copy puts a checked copy of every file beside its place. What an earlier run
// copied is kept, a begun file goes on.
func (m Move) Copy(ctx context.Context) error {
	files, err := m.files()
	if err != nil {
		return err
	}
	var done, total int64
	for _, file := range files {
		total += file.bytes
	}
	report := func(n int64, checking bool) {
		done += n
		if m.Report != nil {
			m.Report(done, total, checking)
		}
	}
	for _, file := range files {
		if err := m.distrust(ctx, file); err != nil {
			return err
		}
		if m.there(file) || file.link == "" && sizeOf(filepath.Join(m.stage(), file.inside)) == file.bytes && file.bytes > 0 {
			report(file.bytes, false)
			continue
		}
		if err := m.copy(ctx, file, report); err != nil {
			return err
		}
	}
	return nil
}

func (m Move) copy(ctx context.Context, file moved, report func(int64, bool)) error {
	from, to := filepath.Join(m.From.Folder, file.inside), filepath.Join(m.stage(), file.inside)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if file.link != "" {
		return os.Symlink(file.link, to)
	}
	if os.Link(from, to) == nil { // the same file: there is nothing to compare
		report(file.bytes, false)
		return nil
	}
	part := to + ".part"
	if err := appendRest(ctx, from, part, file.bytes, report); err != nil {
		return err
	}
	if file.digest != "" {
		report(0, true)
		sum, err := FileDigest(ctx, part)
		if err != nil {
			return err
		}
		if sum != file.digest {
			return m.blame(ctx, file, from, part)
		}
	}
	return os.Rename(part, to)
}

// blame tells a copy that went wrong, which the next run makes anew, from a
// file that was damaged before.
func (m Move) blame(ctx context.Context, file moved, from, part string) error {
	if err := os.Remove(part); err != nil {
		return err
	}
	sum, err := FileDigest(ctx, from)
	if err != nil {
		return err
	}
	if sum != file.digest {
		return &DamagedError{file.digest}
	}
	return errors.New("store: the copy differs from its source")
}

// appendRest copies what a begun copy lacks, and writes it through to the disk.
func appendRest(ctx context.Context, from, part string, size int64, report func(int64, bool)) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	begun := sizeOf(part)
	if begun > size {
		if err := target.Truncate(0); err != nil {
			return err
		}
		begun = 0
	}
	if _, err := source.Seek(begun, io.SeekStart); err != nil {
		return err
	}
	report(begun, false)
	piece := make([]byte, 1<<20)
	for ctx.Err() == nil {
		n, err := source.Read(piece)
		if _, failed := target.Write(piece[:n]); failed != nil {
			return failed
		}
		report(int64(n), false)
		if errors.Is(err, io.EOF) {
			return target.Sync()
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// FileDigest computes the digest of a file, "sha256:" and hexadecimal. It ends
// with ctx.
func FileDigest(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	for piece := make([]byte, 1<<20); ctx.Err() == nil; {
		n, err := file.Read(piece)
		hash.Write(piece[:n])
		if errors.Is(err, io.EOF) {
			return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", ctx.Err()
}

// Commit puts the copies in their places and writes the manifests. Nobody may
// change the old folder meanwhile; [Move.Copy] must have ended well just before.
func (m Move) Commit() error {
	files, err := m.files()
	if err != nil {
		return err
	}
	for _, file := range files {
		if m.there(file) {
			continue
		}
		target := filepath.Join(m.To.Folder, file.inside)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(m.stage(), file.inside), target); err != nil {
			if _, there := os.Lstat(target); there == nil {
				continue // by an earlier run
			}
			return err
		}
	}
	models, err := m.From.Models()
	if err != nil {
		return err
	}
	for _, model := range models {
		raw, err := os.ReadFile(filepath.Join(m.From.Folder, model.Name.path()))
		if err != nil {
			return err
		}
		if err := m.To.writeManifest(model.Name, raw); err != nil {
			return err
		}
	}
	for _, model := range models {
		if copied, ok := m.To.model(model.Name); !ok || copied.Missing && !model.Missing {
			return fmt.Errorf("store: %s is not whole in the new folder", model.Name.path())
		}
	}
	return os.RemoveAll(m.stage())
}

// Leave removes the old folder's models, after the new one is in use.
func (m Move) Leave() error { return m.From.Clear() }

// Discard removes the copies of a move that was given up.
func (m Move) Discard() error { return os.RemoveAll(m.stage()) }

// Clear removes all models of a store and what was on its way to it; other
// files in the folder stay.
func (s Store) Clear() error {
	// Manifests first: without its blobs a model would seem damaged.
	var err error
	for _, name := range []string{manifestsFolder, blobsFolder, incomingFolder} {
		err = errors.Join(err, os.RemoveAll(filepath.Join(s.Folder, name)))
	}
	return err
}

// Empty reports whether a store holds no model and nothing on its way.
func (s Store) Empty() bool {
	for _, name := range []string{manifestsFolder, blobsFolder, incomingFolder} {
		entries, err := os.ReadDir(filepath.Join(s.Folder, name))
		if err == nil && len(entries) > 0 {
			return false
		}
	}
	return true
}

// Within reports whether one folder lies in another or is the same.
func Within(folder, other string) bool {
	inside, err := filepath.Rel(other, folder)
	return err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator))
}
