package app

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"kontor/app/folder"
	"kontor/localrag/parse"
	"kontor/storage"
)

// folderWorker follows one linked folder.
type folderWorker struct {
	service *FolderService
	owner   string
	id      string
	ctx     context.Context
	cancel  context.CancelFunc
	poke    chan struct{}

	// Only the worker's own goroutine uses these.
	watch   *folder.Watch
	rules   string // what watch was made for
	growing map[string]sighting

	mu     sync.Mutex
	state  string
	accept bool
	stop   context.CancelFunc // of the look or reading that runs
}

// sighting is what an unsettled file looked like, and when first so.
type sighting struct {
	size     int64
	modified time.Time
	at       time.Time
}

// look tells what the worker does, and whether it relies on rescans.
func (w *folderWorker) look() (state string, rescanOnly bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state, w.watch == nil || w.watch.Partial()
}

func (w *folderWorker) is(state string) {
	w.mu.Lock()
	changed := w.state != state
	w.state = state
	w.mu.Unlock()
	if changed {
		w.service.touch()
	}
}

// request asks for a look; accept believes that the folder is empty.
func (w *folderWorker) request(accept bool) {
	w.mu.Lock()
	w.accept = w.accept || accept
	w.mu.Unlock()
	poke(w.poke)
}

// interrupt ends what runs, so that a new decision counts at once.
func (w *folderWorker) interrupt() {
	w.mu.Lock()
	if w.stop != nil {
		w.stop()
	}
	w.mu.Unlock()
	poke(w.poke)
}

func (w *folderWorker) unwatch() {
	w.mu.Lock()
	watch := w.watch
	w.watch = nil
	w.mu.Unlock()
	if watch != nil {
		_ = watch.Close() // nothing is watched any more either way
	}
}

// run looks and waits, in turns, until the folder is unlinked or Kontor closes.
func (w *folderWorker) run() {
	for w.ctx.Err() == nil {
		record, err := w.service.app.db.Folder(w.ctx, w.owner, w.id)
		if storage.CodeOf(err) == storage.CodeNotFound {
			return
		}
		pause := w.service.options.Rescan
		switch {
		case err != nil:
			w.log("read folder", err)
			pause = time.Minute
		case record.Removing:
			if w.remove() {
				return
			}
			pause = time.Minute
		case record.Paused:
			w.is("paused")
		case w.service.held():
			w.is("battery")
		default:
			pause = w.turn(record)
		}
		w.settled()
		w.rest(pause)
	}
}

// turn makes one look and reads what is new; it says when to look again at the
// latest.
func (w *folderWorker) turn(record storage.Folder) time.Duration {
	began := time.Now()
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	w.mu.Lock()
	w.stop = stop
	w.mu.Unlock()
	again, err := w.sync(ctx, record)
	switch {
	case ctx.Err() != nil:
		return 0
	case err != nil:
		w.log("follow folder", err)
		w.is("waiting")
		return min(time.Minute, w.service.options.Rescan)
	case again:
		return w.service.options.Settle
	}
	w.is("synced")
	if w.rescanOnly() {
		// A large tree on a slow share is not walked all the time.
		return min(w.service.options.Rescan, max(time.Minute, 20*time.Since(began)))
	}
	return w.service.options.Rescan
}

func (w *folderWorker) rescanOnly() bool { _, only := w.look(); return only }

func (w *folderWorker) log(what string, err error) {
	if w.ctx.Err() == nil {
		w.service.app.log.Error(what, "folder", w.id, "error", err)
	}
}

// rest waits for a hint, a request or the time of the next look. Hints are
// collected for a moment: programs write a file in several steps.
func (w *folderWorker) rest(pause time.Duration) {
	var changed chan struct{}
	if w.watch != nil {
		changed = w.watch.Changed
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-w.ctx.Done():
	case <-w.poke:
	case <-timer.C:
	case <-changed:
		w.unsettle()
		sleep(w.ctx, w.service.options.Debounce)
		select { // the hints of that moment are part of this look
		case <-changed:
		default:
		}
	}
}

// unsettle notes that something changed here that was not looked at yet.
func (w *folderWorker) unsettle() {
	s := w.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, noted := s.unlooked[w.id]; !noted {
		s.unlooked[w.id] = s.app.now()
	}
}

// settled notes that the folder was looked at. Documents of files that are gone
// are removed once that is true of all folders: a file that was moved from one
// to another is not lost in between.
func (w *folderWorker) settled() {
	s := w.service
	s.mu.Lock()
	if w.watch == nil || len(w.watch.Changed) == 0 {
		delete(s.unlooked, w.id)
	}
	wait := false
	for _, since := range s.unlooked {
		wait = wait || s.app.now().Sub(since) < unlookedMost
	}
	s.mu.Unlock()
	if !wait {
		if err := s.removeGone(w.ctx, w.owner); err != nil {
			w.log("remove documents", err)
		}
	}
}

// unlookedMost is how long removing waits for another folder's look.
const unlookedMost = 2 * time.Minute

// sync makes the folder's records what the folder is. again: some files are
// not settled yet.
func (w *folderWorker) sync(ctx context.Context, record storage.Folder) (again bool, err error) {
	w.is("looking")
	rules, err := folder.Compile(record.Include, record.Exclude, parse.Supported)
	if err != nil {
		return false, err
	}
	w.rewatch(record, rules)
	seen, err := w.see(ctx, record, rules)
	if err != nil {
		return false, err
	}
	if seen == nil {
		return false, nil
	}
	known, _, err := w.service.app.db.FolderFiles(ctx, w.owner, w.id, storage.FilesAll, 0, 0)
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	accept := w.accept
	w.accept = false
	w.mu.Unlock()
	plan := compare(*seen, known)
	if !accept && plan.doubtful(*seen, record) {
		return false, w.problem(ctx, record, ProblemFolderEmptied)
	}
	now, none := w.service.app.now().UnixMilli(), ""
	if record, err = w.service.app.db.UpdateFolder(ctx, w.owner, w.id, storage.FolderUpdate{
		Problem: &none, Device: &seen.Device, Skipped: &seen.Unknown, ScannedAt: &now,
	}); err != nil {
		return false, err
	}
	if len(plan.gone) > 0 {
		if err := w.service.app.db.MarkGone(ctx, w.owner, w.id, plan.gone); err != nil {
			return false, err
		}
	}
	w.service.app.status.touch()
	w.service.app.indexer.wake() // what a problem held may go on
	w.service.app.indexer.wakeEmbedding()
	return w.take(ctx, record, plan)
}

// rewatch begins to watch, anew if the rules changed.
func (w *folderWorker) rewatch(record storage.Folder, rules folder.Rules) {
	key := string(mustJSON([][]string{record.Include, record.Exclude}))
	if w.watch != nil && w.rules == key {
		return
	}
	w.unwatch()
	watch, err := folder.NewWatch(record.Path, rules)
	if err != nil {
		w.log("watch folder", err)
		return
	}
	w.mu.Lock()
	w.watch, w.rules = watch, key
	w.mu.Unlock()
}

// see walks the folder; nil means that it has a problem now, which is noted.
func (w *folderWorker) see(ctx context.Context, record storage.Folder, rules folder.Rules) (*folder.Seen, error) {
	type outcome struct {
		seen folder.Seen
		err  error
	}
	ended := make(chan outcome, 1)
	steps := make(chan struct{}, 1)
	watch := w.watch
	go func() { // a share that hangs cannot be cancelled; it is left behind
		seen, err := folder.Look(ctx, record.Path, rules, func(dir string) {
			poke(steps)
			if watch != nil {
				watch.Enter(dir)
			}
		})
		ended <- outcome{seen, err}
	}()
	silent := time.NewTimer(w.service.options.Patience)
	defer silent.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-steps:
			silent.Reset(w.service.options.Patience)
		case <-silent.C:
			if err := w.problem(ctx, record, ProblemFolderSilent); err != nil {
				return nil, err
			}
		case o := <-ended:
			for _, known := range []struct {
				err  error
				code string
			}{{folder.ErrMissing, ProblemFolderMissing}, {folder.ErrUnreadable, ProblemFolderUnreadable}, {folder.ErrTooMany, ProblemFolderTooMany}} {
				if errors.Is(o.err, known.err) {
					w.service.app.log.Warn("linked folder", "folder", w.id, "error", known.err)
					w.unwatch() // what was watched is not there any more
					return nil, w.problem(ctx, record, known.code)
				}
			}
			return &o.seen, o.err
		}
	}
}

// problem notes what keeps the folder from being read. Its documents stay.
func (w *folderWorker) problem(ctx context.Context, record storage.Folder, code string) error {
	if record.Problem != code {
		if _, err := w.service.app.db.UpdateFolder(ctx, w.owner, w.id, storage.FolderUpdate{Problem: &code}); err != nil {
			return err
		}
	}
	w.is("problem")
	w.service.touch()
	w.service.app.status.touch()
	return nil
}

// remove takes the folder's documents away and then the folder; false: later.
func (w *folderWorker) remove() bool {
	w.is("removing")
	s := w.service
	err := s.app.db.MarkGone(w.ctx, w.owner, w.id, nil)
	if err == nil {
		err = s.removeGone(w.ctx, w.owner)
	}
	if err == nil {
		err = s.app.db.UnlinkFolder(w.ctx, w.owner, w.id)
	}
	if err != nil {
		w.log("unlink folder", err)
		return false
	}
	s.app.status.touch()
	s.touch()
	return true
}

// goneAtOnce is how many documents one transaction removes, so that a chat's
// message does not wait.
const goneAtOnce = 20

// removeGone settles files that are gone, and forgets what caches know of their
// documents.
func (s *FolderService) removeGone(ctx context.Context, owner string) error {
	some := false
	for ctx.Err() == nil {
		forgotten, removed, err := s.app.db.RemoveGone(ctx, owner, goneAtOnce)
		if err != nil {
			return err
		}
		s.app.library.forget(ctx, removed)
		some = some || forgotten > 0
		if forgotten < goneAtOnce {
			break
		}
	}
	if some {
		s.app.library.collectionsMoved(ctx, s.app.owner)
		s.touch()
	}
	return ctx.Err()
}

// filePath is the absolute path of a file in the folder.
func filePath(root, below string) string { return filepath.Join(root, filepath.FromSlash(below)) }
