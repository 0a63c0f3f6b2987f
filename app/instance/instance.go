// Package instance lets exactly one process own a data folder and lets all
// others of the same person talk to that owner.
//
// The owner holds a file lock, which the kernel gives back however the owner
// ends, and serves HTTP on a Unix domain socket that only its own user can
// reach. What is served there comes from outside: the package knows no
// methods, no settings and no database.
package instance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Errors of [Acquire] and [Dial].
var (
	// ErrTaken means that another process owns the data folder.
	ErrTaken = errors.New("instance: another process owns the data folder")
	// ErrNoOwner means that no process owns the data folder.
	ErrNoOwner = errors.New("instance: no process owns the data folder")
)

const (
	folderName  = "run"     // below the data folder, mode 0700
	lockName    = "lock"    // never removed: removing a lock file lets two owners in
	socketName  = "socket"  // mode 0600
	pointerName = "pointer" // path of the socket when it could not lie here
	// maxSocketPath is what fits into sockaddr_un on every system, in bytes; macOS has the smallest, 104 with the final zero.
	maxSocketPath = 100
	// A process that only asks whether there is an owner holds the lock for some
	// microseconds; it must not be taken for one.
	lockAttempts = 4
	lockPause    = 10 * time.Millisecond
)

// Instance is the ownership of a data folder.
type Instance struct {
	folder string
	lock   *flock.Flock

	mu      sync.Mutex
	server  *http.Server
	stop    context.CancelFunc
	outside string // folder of a socket that lies elsewhere, "" otherwise
}

// Acquire takes the ownership of a data folder, which it creates if needed. It
// returns [ErrTaken] if another process has it.
func Acquire(dir string) (*Instance, error) {
	folder := filepath.Join(dir, folderName)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the lock: %w", err)
	}
	// The folder may be older than this program or have come from a backup.
	if err := os.Chmod(folder, 0o700); err != nil {
		return nil, fmt.Errorf("protect the folder of the lock: %w", err)
	}
	lock := flock.New(filepath.Join(folder, lockName), flock.SetPermissions(0o600))
	for attempt := range lockAttempts {
		if attempt > 0 {
			time.Sleep(lockPause)
		}
		taken, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock the data folder: %w", err)
		}
		if taken {
			return &Instance{folder: folder, lock: lock}, nil
		}
	}
	return nil, ErrTaken
}

// Serve opens the socket and answers on it until [Instance.Close]. It returns
// as soon as others can connect.
func (i *Instance) Serve(handler http.Handler) error {
	listener, err := i.listen()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		// Streams end when the owner goes.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	i.mu.Lock()
	i.server, i.stop = server, stop
	i.mu.Unlock()
	go func() { _ = server.Serve(ownUserOnly{listener}) }() // ends with Close, with nothing to say
	return nil
}

// listen opens the socket in the data folder, or in a new folder for temporary
// files if the path is too long or the file system knows no sockets.
func (i *Instance) listen() (*net.UnixListener, error) {
	i.clearStale()
	path := filepath.Join(i.folder, socketName)
	if len(path) <= maxSocketPath {
		if listener, err := listenAt(path); err == nil {
			return listener, nil
		}
	}
	outside, err := os.MkdirTemp("", "kontor-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("create a folder for the socket: %w", err)
	}
	path = filepath.Join(outside, socketName)
	listener, err := listenAt(path)
	if err != nil {
		_ = os.RemoveAll(outside)
		return nil, fmt.Errorf("open the socket: %w", err)
	}
	if err := os.WriteFile(filepath.Join(i.folder, pointerName), []byte(path), 0o600); err != nil {
		_ = listener.Close()
		_ = os.RemoveAll(outside)
		return nil, fmt.Errorf("note where the socket is: %w", err)
	}
	i.mu.Lock()
	i.outside = outside
	i.mu.Unlock()
	return listener, nil
}

func listenAt(path string) (*net.UnixListener, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = listener.Close()
		return nil, err
	}
	return listener, nil
}

// clearStale removes what an owner left that was killed. Holding the lock, no
// living owner can be behind it.
func (i *Instance) clearStale() {
	_ = os.Remove(filepath.Join(i.folder, socketName))
	pointer := filepath.Join(i.folder, pointerName)
	if path, err := os.ReadFile(pointer); err == nil {
		removeOutside(filepath.Dir(string(path)))
	}
	_ = os.Remove(pointer)
}

// removeOutside removes a folder of ours with nothing but a socket in it.
func removeOutside(folder string) {
	if strings.HasPrefix(filepath.Base(folder), "kontor-") {
		_ = os.Remove(filepath.Join(folder, socketName))
		_ = os.Remove(folder)
	}
}

// Close stops serving and gives the folder back, in this order: a successor
// must not find its new socket removed.
func (i *Instance) Close() error {
	i.mu.Lock()
	server, stop, outside := i.server, i.stop, i.outside
	i.server, i.stop, i.outside = nil, nil, ""
	i.mu.Unlock()
	if server != nil {
		stop()
		_ = server.Close()
	}
	if outside != "" {
		removeOutside(outside)
		_ = os.Remove(filepath.Join(i.folder, pointerName))
	}
	return i.lock.Unlock()
}

// ownUserOnly refuses connections of other users where the system tells who
// connects; elsewhere the modes of socket and folder keep them out.
type ownUserOnly struct{ *net.UnixListener }

// Accept implements [net.Listener].
func (l ownUserOnly) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if uid, known := peerUser(conn); known && !admitted(uid, os.Getuid()) {
			_ = conn.Close()
			continue
		}
		return conn, nil
	}
}

// admitted decides which user may talk to the owner: the same one only.
func admitted(peer, own int) bool { return peer == own }

// socketPath finds the socket of an owner.
func socketPath(dir string) (string, error) {
	folder := filepath.Join(dir, folderName)
	pointer, err := os.ReadFile(filepath.Join(folder, pointerName))
	if err == nil {
		return string(pointer), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	return filepath.Join(folder, socketName), nil
}

// owned reports whether some process holds the lock.
func owned(dir string) bool {
	path := filepath.Join(dir, folderName, lockName)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	// A shared lock: two that ask at the same time must not take each other for the owner.
	free, err := lock.TryRLock()
	if err != nil || !free {
		return true
	}
	_ = lock.Unlock()
	return false
}
