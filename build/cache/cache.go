// Package cache keeps what the task runner builds outside the source tree: the model runtime, the starter models, the
// programs.
//
// An entry is a folder that is complete or absent. It is built under a temporary name, listed with the SHA-256 of each
// of its files and then renamed; it is checked against that list whenever it is asked for and rebuilt when a byte
// differs. The package knows nothing of what the entries are.
package cache

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
	"sort"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// sums is the file inside each entry that lists its other files, in the format of sha256sum.
const sums = "files.sha256"

// lockPoll is how often a run asks whether another run has finished the entry both want.
const lockPoll = 200 * time.Millisecond

// Cache is a folder of entries. The zero value is not usable; see [Open].
type Cache struct {
	root string
}

// Open returns the cache in root and creates the folder. An empty root means the folder "kontor" in the user's cache
// folder.
func Open(root string) (*Cache, error) {
	if root == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find the cache folder: %w", err)
		}
		root = filepath.Join(base, "kontor")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	return &Cache{root: root}, nil
}

// Path joins elements to the cache's folder. It creates nothing.
func (c *Cache) Path(elem ...string) string {
	return filepath.Join(append([]string{c.root}, elem...)...)
}

// Lock waits until no other process holds name and returns the function that lets go of it. Locks end with the process
// that holds them.
func (c *Cache) Lock(ctx context.Context, name string) (unlock func(), err error) {
	path := c.Path("locks", strings.ReplaceAll(name, "/", "-")+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(path)
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return nil, fmt.Errorf("wait for %s: %w", name, err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// Ensure returns the folder of the entry name ("runtime/0.24.0-linux-amd64-1f00ab"), building it with build when it is
// absent or no longer what was built. build fills the empty folder it is given; what it leaves there when it fails is
// removed. built says whether it ran.
func (c *Cache) Ensure(ctx context.Context, name string, build func(ctx context.Context, dir string) error) (path string, built bool, err error) {
	path = c.Path(filepath.FromSlash(name))
	unlock, err := c.Lock(ctx, name)
	if err != nil {
		return "", false, err
	}
	defer unlock()
	if Verify(path) == nil {
		return path, false, nil
	}
	tmp := path + ".tmp"
	// Holding the lock, whatever is there is what a killed run left behind.
	if err := errors.Join(os.RemoveAll(tmp), os.RemoveAll(path), os.MkdirAll(tmp, 0o755)); err != nil {
		return "", false, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := build(ctx, tmp); err != nil {
		return "", false, err
	}
	list, err := listFiles(tmp)
	if err != nil {
		return "", false, err
	}
	if err := os.WriteFile(filepath.Join(tmp, sums), list, 0o644); err != nil {
		return "", false, err
	}
	if err := os.Rename(tmp, path); err != nil {
		return "", false, err
	}
	return path, true, nil
}

// Verify reports whether the entry at path holds exactly the files it was built with.
func Verify(path string) error {
	want, err := os.ReadFile(filepath.Join(path, sums))
	if err != nil {
		return err
	}
	got, err := listFiles(path)
	if err != nil {
		return err
	}
	if string(got) != string(want) {
		return fmt.Errorf("%s: files differ from what was built", path)
	}
	return nil
}

// listFiles hashes every file below dir but the list itself.
func listFiles(dir string) ([]byte, error) {
	var lines []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == filepath.Join(dir, sums) {
			return err
		}
		sum, err := FileSHA256(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		lines = append(lines, sum+"  "+filepath.ToSlash(rel)+"\n")
		return nil
	})
	sort.Strings(lines)
	return []byte(strings.Join(lines, "")), err
}

// FileSHA256 returns the hash of a file's bytes in lower-case hexadecimal.
func FileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
