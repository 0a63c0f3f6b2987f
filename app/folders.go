package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kontor/app/folder"
	"kontor/app/policy"
	"kontor/app/power"
	"kontor/localrag/parse"
	"kontor/storage"
)

// FolderOptions change how linked folders are followed; the zero value is right
// outside of tests.
type FolderOptions struct {
	// Settle is how long a file must have stood still before it is read.
	Settle time.Duration
	// Debounce is how long events are collected before a look.
	Debounce time.Duration
	// Rescan is how often a folder is looked at without any event.
	Rescan time.Duration
	// Patience is how long a look may show no progress before it is told.
	Patience time.Duration
	Power    power.Probe
	// Open opens a file for reading.
	Open func(path string) (*os.File, error)
}

func (o FolderOptions) complete() FolderOptions {
	set := func(d *time.Duration, normal time.Duration) {
		if *d == 0 {
			*d = normal
		}
	}
	set(&o.Settle, 2*time.Second)
	set(&o.Debounce, 500*time.Millisecond)
	set(&o.Rescan, 10*time.Minute)
	set(&o.Patience, time.Minute)
	if o.Power == nil {
		o.Power = power.System()
	}
	if o.Open == nil {
		o.Open = os.Open
	}
	return o
}

// FolderService keeps linked folders and their collections in step. Each folder
// has a goroutine of its own, so that a share that hangs holds up nobody else.
type FolderService struct {
	app     *App
	options FolderOptions
	life    context.Context // nil before start
	done    sync.WaitGroup
	moved   chan struct{}

	mu       sync.Mutex
	workers  map[string]*folderWorker // by folder id
	unlooked map[string]time.Time     // folders where something changed, since when
	battery  bool
}

func newFolders(a *App) *FolderService {
	return &FolderService{app: a, options: a.config.Folders.complete(), moved: make(chan struct{}, 1),
		workers: map[string]*folderWorker{}, unlooked: map[string]time.Time{}}
}

func (s *FolderService) register(t *Surface) {
	handle(t, "folders.list", s.List)
	handleLocal(t, "folders.pick", s.Pick)
	handleLocal(t, "folders.link", s.Link)
	handle(t, "folders.update", s.Update)
	handle(t, "folders.sync", s.Sync)
	handle(t, "folders.unlink", s.Unlink)
	handle(t, "folders.files", s.Files)
	handle(t, "folders.takeIn", s.TakeIn)
}

// start follows the folders of the database.
func (s *FolderService) start(ctx context.Context) error {
	records, err := s.app.db.Folders(ctx, s.app.owner.OwnerID)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.life = ctx
	s.mu.Unlock()
	s.lookAtPower()
	for _, record := range records {
		s.follow(record)
	}
	s.done.Go(func() { s.powerLoop(ctx) })
	s.done.Go(func() { s.publishLoop(ctx) })
	return nil
}

// wait returns when everything has ended; the context of start must have ended.
func (s *FolderService) wait() { s.done.Wait() }

// follow starts the worker of a folder.
func (s *FolderService) follow(record storage.Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life == nil || s.life.Err() != nil || s.workers[record.ID] != nil {
		return
	}
	w := &folderWorker{service: s, owner: record.OwnerID, id: record.ID, state: "waiting",
		poke: make(chan struct{}, 1), growing: map[string]sighting{}}
	w.ctx, w.cancel = context.WithCancel(s.life)
	s.workers[record.ID] = w
	s.unlooked[record.ID] = s.app.now()
	s.done.Go(func() {
		defer s.ended(w)
		w.run()
	})
}

func (s *FolderService) ended(w *folderWorker) {
	w.cancel()
	w.unwatch()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.workers[w.id] == w {
		delete(s.workers, w.id)
		delete(s.unlooked, w.id)
	}
}

func (s *FolderService) worker(id string) *folderWorker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.workers[id]
}

// wake lets a folder, "" for all, be looked at soon.
func (s *FolderService) wake(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workers {
		if id == "" || w.id == id {
			poke(w.poke)
		}
	}
}

// held says whether work for linked folders waits for the mains.
func (s *FolderService) held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.battery && s.app.policy.Switch(policy.StopOnBattery)
}

// powerEvery is how often the supply of power is looked at.
const powerEvery = 30 * time.Second

func (s *FolderService) powerLoop(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, powerEvery)
		s.lookAtPower()
	}
}

// lookAtPower notes whether the computer runs on its battery; work that waited
// goes on.
func (s *FolderService) lookAtPower() {
	battery, err := s.options.Power.OnBattery()
	if err != nil {
		s.app.log.Debug("power supply", "error", err)
		return
	}
	s.mu.Lock()
	changed := battery != s.battery
	s.battery = battery
	s.mu.Unlock()
	if changed {
		s.powerMoved()
	}
}

// powerMoved lets everything that may wait for the mains decide anew.
func (s *FolderService) powerMoved() {
	s.wake("")
	s.app.indexer.wake()
	s.app.indexer.wakeEmbedding()
}

// List lists the owner's linked folders.
func (s *FolderService) List(ctx context.Context, p Principal, _ Empty) (Folders, error) {
	records, err := s.app.db.Folders(ctx, p.OwnerID)
	if err != nil {
		return Folders{}, err
	}
	list := Folders{Folders: make([]Folder, len(records)), Excluded: folder.Excluded()}
	for i, record := range records {
		if list.Folders[i], err = s.view(ctx, record); err != nil {
			return Folders{}, err
		}
	}
	return list, nil
}

// Pick opens the system's dialog for a folder.
func (s *FolderService) Pick(ctx context.Context, _ Principal, _ Empty) (PickedFolder, error) {
	paths, err := s.app.shell.Pick(ctx, true)
	if err != nil || len(paths) == 0 {
		return PickedFolder{}, err
	}
	return PickedFolder{Path: paths[0]}, nil
}

// Link links a folder and begins to read it.
func (s *FolderService) Link(ctx context.Context, p Principal, r LinkRequest) (Folder, error) {
	path := filepath.Clean(r.Path)
	args := map[string]string{"name": path}
	if r.Path == "" || !filepath.IsAbs(path) {
		return Folder{}, &Error{Code: ProblemFolderMissing, Args: args}
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return Folder{}, &Error{Code: ProblemFolderMissing, Args: args, Cause: err}
	}
	if within(path, s.app.config.Paths.Data) || within(s.app.config.Paths.Data, path) {
		return Folder{}, &Error{Code: ProblemFolderOwnData, Args: args}
	}
	if err := checkPatterns(r.Include, r.Exclude); err != nil {
		return Folder{}, err
	}
	collection, err := s.collectionOf(ctx, p, r.CollectionID, path)
	if err != nil {
		return Folder{}, err
	}
	record, err := s.app.db.LinkFolder(ctx, p.OwnerID, storage.Folder{CollectionID: collection, Path: path,
		Include: trimmed(r.Include), Exclude: trimmed(r.Exclude)})
	if storage.CodeOf(err) == storage.CodeExists {
		return Folder{}, &Error{Code: ProblemFolderLinked, Args: args, Cause: err}
	}
	if err != nil {
		return Folder{}, err
	}
	s.follow(record)
	s.touch()
	return s.view(ctx, record)
}

// within says whether a folder is another one or lies in it. Links are
// resolved where they can be.
func within(path, folder string) bool {
	real := func(p string) string {
		if resolved, err := filepath.EvalSymlinks(p); err == nil {
			return resolved
		}
		return p
	}
	below, err := filepath.Rel(real(folder), real(path))
	return err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator))
}

// collectionOf checks the collection, or finds or makes the one of the
// folder's name.
func (s *FolderService) collectionOf(ctx context.Context, p Principal, id, path string) (string, error) {
	records, err := s.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return "", err
	}
	name := strings.ToValidUTF8(filepath.Base(path), "\uFFFD")
	for _, c := range records {
		if id != "" && c.ID == id || id == "" && c.Name == name {
			return c.ID, nil
		}
	}
	if id != "" {
		return "", &storage.Error{Code: storage.CodeNotFound}
	}
	made, err := s.app.db.CreateCollection(ctx, p.OwnerID, name)
	if err == nil {
		s.app.library.collectionsMoved(ctx, p)
	}
	return made.ID, err
}

func checkPatterns(include, exclude []string) error {
	_, err := folder.Compile(include, exclude, parse.Supported)
	if errors.Is(err, folder.ErrPattern) {
		return &Error{Code: ProblemPattern, Cause: err}
	}
	return err
}

// trimmed drops blank patterns.
func trimmed(patterns []string) []string {
	kept := []string{}
	for _, p := range patterns {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// Update changes patterns, pauses or resumes. Files that do not count any more
// leave with their documents.
func (s *FolderService) Update(ctx context.Context, p Principal, r FolderUpdateRequest) (Folder, error) {
	update := storage.FolderUpdate{Paused: r.Paused}
	for _, list := range []struct {
		from *[]string
		to   **[]string
	}{{r.Include, &update.Include}, {r.Exclude, &update.Exclude}} {
		if list.from == nil {
			continue
		}
		if err := checkPatterns(*list.from, nil); err != nil {
			return Folder{}, err
		}
		kept := trimmed(*list.from)
		*list.to = &kept
	}
	record, err := s.app.db.UpdateFolder(ctx, p.OwnerID, r.ID, update)
	if err != nil {
		return Folder{}, err
	}
	s.wake(r.ID)
	s.app.indexer.wake()
	s.app.indexer.wakeEmbedding()
	s.touch()
	return s.view(ctx, record)
}

// Sync looks at a folder now.
func (s *FolderService) Sync(ctx context.Context, p Principal, r FolderSyncRequest) (Folder, error) {
	record, err := s.app.db.Folder(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Folder{}, err
	}
	if w := s.worker(r.ID); w != nil {
		w.request(r.Accept)
	}
	return s.view(ctx, record)
}

// Unlink ends a link. Documents that go are removed behind the call.
func (s *FolderService) Unlink(ctx context.Context, p Principal, r UnlinkRequest) (Empty, error) {
	w := s.worker(r.ID)
	if r.Keep {
		if err := s.app.db.UnlinkFolder(ctx, p.OwnerID, r.ID); err != nil {
			return Empty{}, err
		}
		if w != nil {
			w.cancel()
		}
	} else {
		yes := true
		if _, err := s.app.db.UpdateFolder(ctx, p.OwnerID, r.ID, storage.FolderUpdate{Removing: &yes}); err != nil {
			return Empty{}, err
		}
		if w != nil {
			w.interrupt()
		}
	}
	s.app.status.touch()
	s.touch()
	return Empty{}, nil
}

// Files lists a page of a folder's files.
func (s *FolderService) Files(ctx context.Context, p Principal, r FolderFilesRequest) (FolderFiles, error) {
	limit := min(max(r.Limit, 1), 500)
	if r.Limit == 0 {
		limit = 200
	}
	records, total, err := s.app.db.FolderFiles(ctx, p.OwnerID, r.ID, storage.FileFilter(r.Filter), limit, max(r.Offset, 0))
	if err != nil {
		return FolderFiles{}, err
	}
	page := FolderFiles{Files: make([]FolderFile, len(records)), Total: total}
	for i, f := range records {
		page.Files[i] = folderFileView(f)
	}
	return page, nil
}

// TakeIn reads a file again that failed, or that the person had taken out.
func (s *FolderService) TakeIn(ctx context.Context, p Principal, r FolderFileRequest) (Empty, error) {
	if err := s.app.db.ForgetFile(ctx, p.OwnerID, r.FolderID, r.FileID); err != nil {
		return Empty{}, err
	}
	s.wake(r.FolderID)
	s.touch()
	return Empty{}, nil
}
