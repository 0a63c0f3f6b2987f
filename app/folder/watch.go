package folder

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// Watch tells when something in a folder may have changed. It is filled by
// giving its Enter to [Look].
type Watch struct {
	// Changed holds a token when it is time to look again.
	Changed chan struct{}

	root  string
	rules Rules
	inner *fsnotify.Watcher
	done  sync.WaitGroup

	mu      sync.Mutex
	watched map[string]bool
	partial bool
}

// NewWatch starts to watch nothing yet.
func NewWatch(root string, rules Rules) (*Watch, error) {
	inner, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &Watch{Changed: make(chan struct{}, 1), root: root, rules: rules, inner: inner, watched: map[string]bool{}}
	w.done.Go(w.loop)
	return w, nil
}

// Enter watches one more folder.
func (w *Watch) Enter(dir string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched[dir] {
		return
	}
	if len(w.watched) >= maxWatched {
		w.partial = true
		return
	}
	if err := w.inner.Add(dir); err != nil {
		w.partial = true // no watches left, or a file system without events
		return
	}
	w.watched[dir] = true
}

// Partial says that some folders are not watched: only a look finds what
// changes there.
func (w *Watch) Partial() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.partial
}

// Close stops watching.
func (w *Watch) Close() error {
	err := w.inner.Close()
	w.done.Wait()
	return err
}

func (w *Watch) loop() {
	for {
		select {
		case event, open := <-w.inner.Events:
			if !open {
				return
			}
			w.take(event)
		case err, open := <-w.inner.Errors:
			if !open {
				return
			}
			w.fail(err)
		}
	}
}

// take decides whether an event is worth a look.
func (w *Watch) take(event fsnotify.Event) {
	if event.Op == fsnotify.Chmod {
		return // readers and virus scanners cause them all the time
	}
	if event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename) {
		w.mu.Lock()
		delete(w.watched, event.Name) // a new folder of this name is another one
		w.mu.Unlock()
	}
	below, err := filepath.Rel(w.root, event.Name)
	if err != nil {
		return
	}
	below = filepath.ToSlash(below)
	if below != "." && !strings.HasPrefix(below, "../") && w.rules.Skips(below) && w.rules.judge(below) == left {
		return
	}
	w.look()
}

// fail looks again whatever went wrong: after an overflow the system has
// dropped events, and nobody knows which.
func (w *Watch) fail(err error) {
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		w.mu.Lock()
		w.partial = true
		w.mu.Unlock()
	}
	w.look()
}

func (w *Watch) look() {
	select {
	case w.Changed <- struct{}{}:
	default:
	}
}
