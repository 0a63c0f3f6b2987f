package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/pack"
	"kontor/llm/registry"
)

// Getting brings models here: from a registry, a file, a folder or a pack. Its
// queue lies on the disk, one folder for each job, so it outlives a kill.
type Getting struct {
	app    *App
	wake   chan struct{}
	proofs *modelProofs

	mu      sync.Mutex
	jobs    []*job
	running *job
	hosts   map[string]bool // the registry's own and where it sent the running download
}

// job is a [Download] with what only the service knows.
type job struct {
	Download
	Path     string `json:"path"`
	Unsigned bool   `json:"unsigned"`

	stop    context.CancelFunc
	began   time.Time
	beganAt int64
}

// Codes of problems of getting models.
const (
	ProblemDownloadsOff  = "downloads_off"
	ProblemNoRegistry    = "no_registry"
	ProblemModelName     = "model_name"
	ProblemNoModelFile   = "no_model_file"
	ProblemModelNeeded   = "model_needed"
	ProblemModelInUse    = "model_in_use"
	ProblemUnsignedNever = "unsigned_never"
	ProblemModelShared   = "model_shared"
)

func gettingProblems() []string {
	return []string{ProblemDownloadsOff, ProblemNoRegistry, ProblemModelName, ProblemNoModelFile, ProblemModelNeeded, ProblemModelInUse, ProblemUnsignedNever, ProblemModelShared}
}

// States of a job.
const (
	stateQueued  = "queued"
	stateRunning = "running"
	statePaused  = "paused"
	stateFailed  = "failed"
	stateDone    = "done"
)

const phaseVerifying = "verifying"

// Kinds of jobs.
const (
	fromRegistry = "registry"
	fromFile     = "file"
	fromStore    = "store"
	fromPack     = "pack"
	toFolder     = "move"
)

func newGetting(a *App) *Getting {
	g := &Getting{app: a, wake: make(chan struct{}, 1), hosts: map[string]bool{}}
	g.proofs = &modelProofs{getting: g}
	return g
}

func (g *Getting) register(s *Surface) {
	handle(s, "models.downloads", g.List)
	handle(s, "models.fetch", g.Fetch)
	handle(s, "models.download", g.Change)
	handle(s, "models.stored", g.Stored)
	handle(s, "models.delete", g.Delete)
	handleLocal(s, "models.take", g.Take)
	handleLocal(s, "models.look", g.Look)
	handleLocal(s, "models.pick", g.Pick)
	handle(s, "packs.remove", g.RemovePack)
	handle(s, "registry.access", g.Access)
	handle(s, "registry.keep", g.KeepSecrets)
	g.proofs.register(s)
}

func (g *Getting) folder() string { return filepath.Join(g.app.config.Paths.Data, "downloads") }

// start reads the queue that was left and goes on with it.
func (g *Getting) start(ctx context.Context) {
	found, _ := filepath.Glob(filepath.Join(g.folder(), "*", "job.json"))
	slices.Sort(found) // identifiers grow with time
	for _, path := range found {
		raw, err := os.ReadFile(path)
		j := &job{}
		if err == nil {
			err = json.Unmarshal(raw, j)
		}
		if err != nil || j.ID != filepath.Base(filepath.Dir(path)) {
			g.app.log.Warn("a job of the queue cannot be read", "error", err)
			continue
		}
		if j.State == stateRunning {
			j.State = stateQueued
		}
		g.jobs = append(g.jobs, j)
	}
	g.app.background.Go(func() {
		g.useShared()
		for ctx.Err() == nil {
			for g.runNext(ctx) {
			}
			select {
			case <-ctx.Done():
			case <-g.wake:
			}
		}
	})
}

// allowEgress opens the way to the registry, and to where it sends a download
// while that runs.
func (g *Getting) allowEgress(host string, port int) bool {
	if !g.app.policy.Switch(policy.DownloadsAllow) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running != nil && g.hosts[address(host, port)]
}

func address(host string, port int) string { return host + " " + strconv.Itoa(port) }

func (g *Getting) open(to *url.URL) {
	port := map[string]int{"http": 80, "https": 443}[to.Scheme]
	if given, err := strconv.Atoi(to.Port()); err == nil {
		port = given
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hosts[address(to.Hostname(), port)] = true
}

// List returns the queue.
func (g *Getting) List(context.Context, Principal, Empty) (Downloads, error) {
	list := Downloads{Jobs: []Download{}, Rooms: g.rooms(), Registry: g.app.policy.Text(policy.Registry), Allowed: g.app.policy.Switch(policy.DownloadsAllow),
		LimitKiB: g.app.policy.Number(policy.Bandwidth)}
	if g.app.place.missing() == nil {
		list.FreeBytes = g.free()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, j := range g.jobs {
		list.Jobs = append(list.Jobs, j.Download)
	}
	return list, nil
}

// Fetch puts a model of the registry into the queue.
func (g *Getting) Fetch(_ context.Context, _ Principal, r FetchRequest) (Download, error) {
	if !g.app.policy.Switch(policy.DownloadsAllow) {
		return Download{}, &Error{Code: ProblemDownloadsOff}
	}
	if g.app.policy.Text(policy.Registry) == "" {
		return Download{}, &Error{Code: ProblemNoRegistry}
	}
	if _, ok := g.name(strings.TrimSpace(r.Name)); !ok {
		return Download{}, &Error{Code: ProblemModelName, Args: map[string]string{"name": r.Name}}
	}
	return g.add(&job{Download: Download{Kind: fromRegistry, Name: strings.TrimSpace(r.Name)}})
}

// add puts a job at the end of the queue unless the same is on its way.
func (g *Getting) add(j *job) (Download, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, other := range g.jobs {
		if other.Kind == j.Kind && other.Name == j.Name && other.Path == j.Path && other.State != stateDone && other.State != stateFailed {
			return other.Download, nil
		}
	}
	j.ID, j.State = g.app.newID(), stateQueued
	if err := g.keep(j); err != nil {
		return Download{}, err
	}
	g.jobs = append(g.jobs, j)
	poke(g.wake)
	return j.Download, nil
}

func (g *Getting) work(j *job) string { return filepath.Join(g.folder(), j.ID) }

// incoming is where the content of a job grows: on the disk of the models, so
// that it need not be copied there.
func (g *Getting) incoming(j *job) string { return filepath.Join(g.store().Folder, "incoming", j.ID) }

// discard removes what a job has on the disk.
func (g *Getting) discard(j *job) error {
	var err error
	if j.Kind == toFolder {
		err = g.app.place.giveUp(j)
	}
	return errors.Join(err, os.RemoveAll(g.incoming(j)), os.RemoveAll(g.work(j)))
}

// free is the room for models, 0 if the system does not say.
func (g *Getting) free() int64 { return freeOf(g.store().Folder) }

// rooms are the disks that matter beside that of the models.
func (g *Getting) rooms() []DiskRoom {
	rooms := []DiskRoom{}
	here := nearest(g.store().Folder)
	for _, room := range []DiskRoom{{Use: "target", Folder: g.moving()}, {Use: "data", Folder: g.app.config.Paths.Data}} {
		if room.Folder == "" || sameDisk(nearest(room.Folder), here) {
			continue
		}
		if room.FreeBytes = freeOf(nearest(room.Folder)); room.FreeBytes > 0 {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

// room reports whether need more bytes fit on the disk of the models.
func (g *Getting) room(need int64) error { return roomFor(g.store().Folder, need) }

// keep writes a job in one step; g.mu is held.
func (g *Getting) keep(j *job) error {
	if err := os.MkdirAll(g.work(j), 0o700); err != nil {
		return diskError(err)
	}
	path := filepath.Join(g.work(j), "job.json")
	if err := os.WriteFile(path+".new", mustJSON(j), 0o600); err != nil {
		return diskError(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return diskError(err)
	}
	return nil
}

// Change pauses, resumes or cancels a job; a failed one can be resumed too.
func (g *Getting) Change(ctx context.Context, _ Principal, r DownloadAction) (Empty, error) {
	moved, err := g.change(r)
	if moved && r.Action == "cancel" {
		g.app.place.settled(ctx)
	}
	return Empty{}, err
}

// change reports whether the job was one that moves models and had not ended.
func (g *Getting) change(r DownloadAction) (moved bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.jobs, func(j *job) bool { return j.ID == r.ID })
	if i < 0 {
		return false, nil // it has just ended
	}
	j := g.jobs[i]
	moved = j.Kind == toFolder && j.State != stateDone
	switch {
	case r.Action == "cancel":
		g.jobs = slices.Delete(g.jobs, i, i+1)
		if g.running == j {
			j.stop() // its end removes the folder
		} else if err := g.discard(j); err != nil {
			return moved, diskError(err)
		}
		return moved, nil
	case r.Action == "pause" && (j.State == stateQueued || j.State == stateRunning):
		j.State = statePaused
		if g.running == j {
			j.stop()
		}
	case r.Action == "resume" && (j.State == statePaused || j.State == stateFailed):
		j.State, j.Problem = stateQueued, nil
		poke(g.wake)
	}
	return moved, g.keep(j)
}

// runNext runs the oldest job that waits; false if none does.
func (g *Getting) runNext(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	g.mu.Lock()
	i := slices.IndexFunc(g.jobs, func(j *job) bool { return j.State == stateQueued })
	if i < 0 {
		g.mu.Unlock()
		return false
	}
	j := g.jobs[i]
	running, stop := context.WithCancel(ctx)
	defer stop()
	j.State, j.Problem, j.stop, j.began = stateRunning, nil, stop, time.Time{}
	g.running, g.hosts = j, map[string]bool{}
	if err := g.keep(j); err != nil {
		g.app.log.Error("queue of downloads", "error", err)
	}
	g.mu.Unlock()

	err := g.perform(running, j)
	if err != nil && ctx.Err() != nil {
		return false // the program ends; the job goes on at the next start
	}
	if err == nil {
		g.proofs.arrived(ctx, j.Kind, j.Name, j.Path)
	}
	g.end(j, err)
	return true
}

// end settles a job after its run.
func (g *Getting) end(j *job, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running, j.Rate, j.SecondsLeft, j.Phase = nil, 0, 0, ""
	if !slices.Contains(g.jobs, j) { // cancelled
		if err := g.discard(j); err != nil {
			g.app.log.Warn("remove a cancelled download", "error", err)
		}
		return
	}
	switch {
	case err == nil:
		j.State, j.Done = stateDone, j.Total
		if err := g.discard(j); err != nil {
			g.app.log.Warn("remove a finished download", "error", err)
		}
		g.app.models.changed()
		return
	case j.State == statePaused || j.State == stateQueued: // paused, perhaps resumed already
	default:
		j.State, j.Problem = stateFailed, problemOf(g.withRoom(j, err))
		g.app.log.Warn("get a model", "kind", j.Kind, "error", err)
	}
	if err := g.keep(j); err != nil {
		g.app.log.Error("queue of downloads", "error", err)
	}
}

// report takes over progress and computes rate and time left.
func (g *Getting) report(j *job, done, total int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if j.began.IsZero() {
		j.began, j.beganAt = now, done
	}
	j.Done, j.Total = done, total
	if passed := now.Sub(j.began).Seconds(); passed > 0.5 && done > j.beganAt {
		rate := float64(done-j.beganAt) / passed
		j.Rate, j.SecondsLeft = int64(rate), int64(float64(total-done)/rate)
	}
}

// phase shows what a running job does beside moving bytes.
func (g *Getting) phase(j *job, verifying bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if j.Phase = ""; verifying {
		j.Phase = phaseVerifying
	}
}

// withRoom says how much a disk lacks that took no more.
func (g *Getting) withRoom(j *job, err error) error {
	if llm.CodeOf(err) != llm.CodeNotWritten || !isDiskFull(err) || j.Total == 0 {
		return err
	}
	folder := g.store().Folder
	if j.Kind == toFolder {
		folder = j.Path
	}
	need, free := j.Total-j.Done+registry.Reserve, freeOf(folder)
	if free >= need { // it lacks something else, such as entries for files
		return err
	}
	return errors.Join(llm.NoRoom(need, free), err)
}

// moving is the folder that models are on their way to, "" if none.
func (g *Getting) moving() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, j := range g.jobs {
		if j.Kind == toFolder && j.State != stateDone {
			return j.Path
		}
	}
	return ""
}

// moveTo leaves one move in the queue, to where the models are wanted, and
// none if they are there.
func (g *Getting) moveTo(wanted, place string) error {
	g.mu.Lock()
	var others []*job
	kept := false
	for _, j := range g.jobs {
		switch {
		case j.Kind != toFolder || j.State == stateDone:
		// The models of a running one may be there already: it is about to end.
		case j.Path == wanted && (wanted != place || j.State == stateRunning):
			kept = true
			if j.State == stateFailed {
				j.State, j.Problem = stateQueued, nil
			}
		default:
			others = append(others, j)
		}
	}
	g.mu.Unlock()
	for _, j := range others {
		if _, err := g.change(DownloadAction{ID: j.ID, Action: "cancel"}); err != nil {
			return err
		}
	}
	poke(g.wake)
	if kept || wanted == place {
		return nil
	}
	_, err := g.add(&job{Download: Download{Kind: toFolder, Name: wanted}, Path: wanted})
	return err
}

func (g *Getting) perform(ctx context.Context, j *job) error {
	if err := g.app.place.missing(); err != nil {
		return err
	}
	switch j.Kind {
	case toFolder:
		return g.app.place.move(ctx, j)
	case fromRegistry:
		return g.pull(ctx, j)
	case fromFile:
		return g.importFile(ctx, j)
	case fromStore:
		return g.attach(j.Path)
	case fromPack:
		return g.installPack(ctx, j)
	}
	return &Error{Code: ProblemNoModelFile, Args: map[string]string{"name": j.Name}}
}

// Take puts a file or folder into the queue.
func (g *Getting) Take(ctx context.Context, p Principal, r TakeRequest) (Downloads, error) {
	facts, err := g.Look(ctx, p, r)
	if err != nil {
		return Downloads{}, err
	}
	if facts.Trust != nil {
		if unsigned := facts.Trust.Code == string(llm.CodePackUnsigned); !unsigned || !r.Unsigned {
			return Downloads{}, &Error{Code: facts.Trust.Code}
		}
	}
	paths := []string{r.Path}
	if facts.Kind == fromFile {
		paths = modelFiles(r.Path)
	}
	for _, path := range paths {
		name := facts.Name
		if facts.Kind == fromFile {
			name = fileModel(path)
		}
		if _, err := g.add(&job{Download: Download{Kind: facts.Kind, Name: name}, Path: path, Unsigned: r.Unsigned}); err != nil {
			return Downloads{}, err
		}
	}
	return g.List(ctx, p, Empty{})
}

// Pick asks for a file or folder and says what it is.
func (g *Getting) Pick(ctx context.Context, _ Principal, r PickRequest) (TakeRequest, error) {
	paths, err := g.app.shell.Pick(ctx, r.Folder)
	if err != nil || len(paths) == 0 {
		return TakeRequest{}, err
	}
	return TakeRequest{Path: paths[0]}, nil
}

// limit of the rate in bytes per second, 0 for none.
func (g *Getting) limit() int { return g.app.policy.Number(policy.Bandwidth) << 10 }

func (g *Getting) trusted() []pack.Key {
	keys, _ := pack.ParseKeys(g.app.policy.Text(policy.PackKeys))
	return keys
}

var errNoRuntime = errors.New("this runtime takes no files")
