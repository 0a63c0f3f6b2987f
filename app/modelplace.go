package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/registry"
	"kontor/llm/store"
)

// Codes of problems with the folder of the models.
const (
	ProblemModelsGone       = "models_gone"
	ProblemModelsTarget     = "models_target"
	ProblemModelsNotWritten = "models_not_written"
	ProblemModelsDamaged    = "models_damaged"
	ProblemModelsMoving     = "models_moving"
	ProblemModelsFixed      = "models_fixed"
)

func modelPlaceProblems() []string {
	return []string{ProblemModelsGone, ProblemModelsTarget, ProblemModelsNotWritten, ProblemModelsDamaged, ProblemModelsMoving, ProblemModelsFixed}
}

// modelPlace knows where models are kept. The setting says where they are to
// be, a record of the database where they are: what differs is moved by a job
// of the queue. A folder that somebody chose carries a mark, so that an empty
// mount point is never taken for the disk that is missing from it.
type modelPlace struct {
	app *App

	mu     sync.Mutex
	record placeRecord
	gone   bool
	begun  bool   // the queue is read, moves can be put into it
	wished string // what the setting led to when it was last looked at
}

// placeRecord is where the models are.
type placeRecord struct {
	Folder string `json:"folder"` // "" for the usual one
	Mark   string `json:"mark"`
	// Left is a folder that they were moved away from and that is still to be
	// emptied, "-" for the usual one.
	Left string `json:"left"`
}

const (
	placeSetting = "models.place"
	// markFile in a chosen folder tells it from an empty mount point.
	markFile = ".kontor-models"
	// ownFolder is made in a folder that has something else in it.
	ownFolder   = "kontor-models"
	leftUsual   = "-"
	lookForDisk = 2 * time.Second
)

func newModelPlace(a *App) *modelPlace { return &modelPlace{app: a} }

func (p *modelPlace) register(s *Surface) {
	handle(s, "models.place", p.View)
	handle(s, "models.move", p.Move)
}

func (p *modelPlace) usual() string { return p.app.config.Paths.models() }

// pinned is a folder that the command line named; it is used as it is.
func (p *modelPlace) pinned() string { return p.app.config.ModelsDir }

// folder is where the models are now, whether or not it is there.
func (p *modelPlace) folder() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.place()
}

// place is folder with the lock held.
func (p *modelPlace) place() string {
	switch {
	case p.pinned() != "":
		return p.pinned()
	case p.record.Folder != "":
		return p.record.Folder
	}
	return p.usual()
}

// wanted is where the setting wants them.
func (p *modelPlace) wanted() string {
	wanted := p.app.policy.Text(policy.ModelsFolder)
	if p.pinned() != "" {
		return p.pinned()
	}
	if wanted == "" {
		return p.usual()
	}
	return filepath.Clean(strings.ReplaceAll(wanted, "{user}", p.userName()))
}

func (p *modelPlace) userName() string {
	if env := p.app.config.Env; env != nil {
		for _, name := range []string{"USER", "USERNAME", "LOGNAME"} {
			if user := env(name); user != "" {
				return filepath.Base(user)
			}
		}
	}
	return "user"
}

// start reads where the models are; before the runtime starts.
func (p *modelPlace) start(ctx context.Context) error {
	settings, err := p.app.db.Settings(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if raw := settings[placeSetting]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &p.record); err != nil {
			return &Error{Code: ProblemInternal, Cause: err}
		}
	}
	if p.record.Folder == "" || p.pinned() != "" {
		if err := os.MkdirAll(p.place(), 0o700); err != nil {
			return diskError(err)
		}
		return nil
	}
	p.gone = markOf(p.record.Folder) != p.record.Mark
	return nil
}

// tend empties what a move left behind, moves what the setting wants
// elsewhere, and notices a disk that goes and comes back.
func (p *modelPlace) tend(ctx context.Context) {
	p.clean(ctx)
	p.mu.Lock()
	p.begun = true
	p.mu.Unlock()
	p.reconcile()
	for ctx.Err() == nil {
		p.look(ctx)
		sleep(ctx, lookForDisk)
	}
}

// look notices whether the folder is there.
func (p *modelPlace) look(ctx context.Context) {
	p.mu.Lock()
	chosen, before := p.record, p.gone
	if p.pinned() != "" {
		chosen.Folder = ""
	}
	p.gone = chosen.Folder != "" && markOf(chosen.Folder) != chosen.Mark
	gone := p.gone
	p.mu.Unlock()
	if gone == before {
		return
	}
	p.app.log.Info("folder of the models", "gone", gone)
	p.app.models.placeMoved(ctx, gone)
}

// missing is the problem of a folder that is not there, nil if it is.
func (p *modelPlace) missing() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		return nil
	}
	return &Error{Code: ProblemModelsGone, Args: map[string]string{"folder": p.record.Folder}}
}

// markOf reads the mark of a folder, "" if it has none.
func markOf(folder string) string {
	raw, err := os.ReadFile(filepath.Join(folder, markFile))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

// reconcile puts a move into the queue if the setting wants another folder
// than before. A broken policy moves nothing: nobody knows what it meant.
func (p *modelPlace) reconcile() {
	wanted := p.wanted()
	broken := len(p.app.policy.Problems()) > 0
	p.mu.Lock()
	if !p.begun || wanted == p.wished || broken {
		p.mu.Unlock()
		return
	}
	p.wished = wanted
	place := p.place()
	p.mu.Unlock()
	if err := p.app.getting.moveTo(wanted, place); err != nil {
		p.app.log.Error("queue of downloads", "error", err)
	}
}

// settled takes the wish back when a move was given up.
func (p *modelPlace) settled(ctx context.Context) {
	if p.app.policy.Get(policy.ModelsFolder).Locked {
		return
	}
	place := p.folder()
	p.mu.Lock()
	p.wished = place
	p.mu.Unlock()
	if err := p.wish(ctx, place); err != nil {
		p.app.log.Error("setting of the models' folder", "error", err)
	}
}

// wish writes a folder into the setting.
func (p *modelPlace) wish(ctx context.Context, folder string) error {
	if folder == p.usual() {
		folder = ""
	}
	return p.app.policy.Set(ctx, policy.ModelsFolder, folder)
}

// View says where models are kept and what else there is.
func (p *modelPlace) View(_ context.Context, _ Principal, r ModelPlaceRequest) (ModelPlace, error) {
	value := p.app.policy.Get(policy.ModelsFolder)
	view := ModelPlace{
		Folder: p.folder(), Usual: p.usual(), Gone: p.missing() != nil, Disks: []ModelVolume{}, Moving: p.app.getting.moving(),
		Fixed: value.Locked || p.pinned() != "",
	}
	if value.Locked {
		view.FixedBy = value.Source
	}
	if !view.Gone {
		view.Bytes, view.FreeBytes = folderBytes(view.Folder), freeOf(view.Folder)
	}
	current := ""
	for _, volume := range hardware.Volumes() {
		if store.Within(view.Folder, volume.Path) && len(volume.Path) > len(current) {
			current = volume.Path
		}
		view.Disks = append(view.Disks, ModelVolume{
			Path: volume.Path, Folder: filepath.Join(volume.Path, ownFolder), FreeBytes: volume.Free, TotalBytes: volume.Total,
		})
	}
	for i := range view.Disks {
		view.Disks[i].Current = view.Disks[i].Path == current && !view.Gone
	}
	if r.Path != "" {
		folder, err := p.target(r.Path)
		if err == nil && folder != view.Folder {
			err = roomFor(nearest(folder), view.Bytes)
		}
		view.Target = &ModelTarget{Folder: folder, FreeBytes: freeOf(nearest(folder)), Problem: problemOf(err)}
	}
	return view, nil
}

// Move keeps models in another folder from now on.
func (p *modelPlace) Move(ctx context.Context, _ Principal, r ModelMoveRequest) (Downloads, error) {
	if p.pinned() != "" || p.app.policy.Get(policy.ModelsFolder).Locked {
		return Downloads{}, &Error{Code: ProblemModelsFixed}
	}
	folder := p.usual()
	if r.Path != "" {
		var err error
		if folder, err = p.target(r.Path); err != nil {
			return Downloads{}, err
		}
	}
	if p.missing() != nil {
		if folder != p.usual() {
			return Downloads{}, p.missing()
		}
		if err := p.abandon(ctx); err != nil {
			return Downloads{}, err
		}
	}
	if err := p.wish(ctx, folder); err != nil {
		return Downloads{}, err
	}
	p.reconcile()
	return p.app.getting.List(ctx, Principal{}, Empty{})
}

// abandon goes on in the usual folder without the models of a disk that is
// not there. They stay on it and come back when it is chosen again.
func (p *modelPlace) abandon(ctx context.Context) error {
	if err := os.MkdirAll(p.usual(), 0o700); err != nil {
		return diskError(err)
	}
	if err := p.keep(ctx, placeRecord{}); err != nil {
		return err
	}
	p.look(ctx)
	return nil
}

// keep writes down where the models are.
func (p *modelPlace) keep(ctx context.Context, record placeRecord) error {
	if err := p.app.db.SetSetting(ctx, placeSetting, string(mustJSON(record))); err != nil {
		return err
	}
	p.mu.Lock()
	p.record = record
	p.mu.Unlock()
	return nil
}

// target is the folder that a person's choice leads to: the folder itself if
// it is empty or held models before, else one of our own in it.
func (p *modelPlace) target(path string) (string, error) {
	wrong := func(cause error) error {
		return &Error{Code: ProblemModelsTarget, Args: map[string]string{"folder": path}, Cause: cause}
	}
	path = filepath.Clean(strings.TrimSpace(path))
	if !filepath.IsAbs(path) || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' }) {
		return path, wrong(nil)
	}
	if path == p.usual() {
		return path, nil
	}
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 && markOf(path) == "" {
		path = filepath.Join(path, ownFolder)
	}
	return path, p.usable(path)
}

// usable reports whether models may be kept in a folder.
func (p *modelPlace) usable(folder string) error {
	place := p.folder()
	wrong := &Error{Code: ProblemModelsTarget, Args: map[string]string{"folder": folder}}
	if folder != place && (store.Within(folder, place) || store.Within(place, folder)) {
		return wrong
	}
	entries, err := os.ReadDir(folder)
	if err == nil && len(entries) > 0 && markOf(folder) == "" && folder != p.usual() {
		return wrong // of somebody else
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		wrong.Cause = err
		return wrong
	}
	if info, err := os.Stat(filepath.Dir(folder)); err != nil || !info.IsDir() {
		wrong.Cause = err
		return wrong // no disk, or a slip of the pen
	}
	return nil
}

// nearest is the folder or the first above it that exists.
func nearest(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil || filepath.Dir(folder) == folder {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}

func freeOf(folder string) int64 {
	free, err := freeBytes(folder)
	if err != nil {
		return 0
	}
	return int64(min(free, 1<<62))
}

// roomFor says that bytes do not fit in a folder with what stays free.
func roomFor(folder string, need int64) error {
	if free := freeOf(folder); need > 0 && free > 0 && free < need+registry.Reserve {
		return llm.NoRoom(need+registry.Reserve, free)
	}
	return nil
}

// placeText is the folder and what is free there, for the doctor.
func (p *modelPlace) placeText() string {
	if p.missing() != nil {
		return p.folder()
	}
	return p.app.text("doctor.models_folder_value", map[string]string{"folder": p.folder(), "free_bytes": strconv.FormatInt(freeOf(p.folder()), 10)})
}
