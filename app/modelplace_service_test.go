package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/app/policy"
	"kontor/llm/llmtest"
	"kontor/llm/store"
)

// modelContent is larger than one piece of a copy.
var modelContent = strings.Repeat("a model's weights ", 200_000) //nolint:gochecknoglobals // constant

// withModel is an app with one downloaded model.
func withModel(t *testing.T, folder string) *bench {
	t.Helper()
	address := registryOf(t, modelContent)
	b := openIn(t, folder, llmtest.Script{}, lockedBy(fmt.Sprintf(`{"enforced": {"models.allow_download": "true", "models.registry": %q}}`, address)))
	job, err := b.getting.Fetch(t.Context(), b.Owner(), FetchRequest{Name: "tiny:1b"})
	if err != nil {
		t.Fatal(err)
	}
	awaitState(t, b.App, job.ID, stateDone)
	return b
}

// otherDisk is a folder on another file system, where no link leads.
func otherDisk(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "kontor-models-")
	if err != nil {
		t.Skip("this system has no second file system to write to")
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func moveJob(t *testing.T, b *bench, path string) Download {
	t.Helper()
	list := do[Downloads](b, "models.move", ModelMoveRequest{Path: path})
	i := slices.IndexFunc(list.Jobs, func(j Download) bool { return j.Kind == toFolder && j.State != stateDone })
	if i < 0 {
		t.Fatalf("no move in %+v", list.Jobs)
	}
	return list.Jobs[i]
}

// moves moves the models, to the usual folder if path is "", and waits for the
// end. A small move may end before its job is seen in the list.
func (b *bench) moves(path string) {
	b.t.Helper()
	do[Downloads](b, "models.move", ModelMoveRequest{Path: path})
	b.until("the models are moved", func() bool {
		running := slices.ContainsFunc(do[Downloads](b, "models.downloads", Empty{}).Jobs, func(j Download) bool {
			return j.Kind == toFolder && j.State != stateDone
		})
		there := b.place.folder() == b.place.usual()
		if path != "" {
			there = strings.HasPrefix(b.place.folder(), path)
		}
		return there && !running
	})
}

// has checks that the model is whole in a folder and listed.
func (b *bench) hasModel(folder string) {
	b.t.Helper()
	if b.place.folder() != folder {
		b.t.Errorf("in use is %s, want %s", b.place.folder(), folder)
	}
	list := do[StoredModels](b, "models.stored", Empty{})
	if len(list.Models) != 1 || list.Models[0].Name != "tiny:1b" {
		b.t.Errorf("listed: %+v", list.Models)
	}
	models, err := store.Store{Folder: folder}.Models()
	if err != nil || len(models) != 1 || models[0].Missing {
		b.t.Fatalf("%+v, %v", models, err)
	}
	if raw, err := os.ReadFile((store.Store{Folder: folder}).BlobPath(models[0].Manifest.Layers[0].Digest)); err != nil || string(raw) != modelContent {
		b.t.Errorf("its weights: %d bytes, %v", len(raw), err)
	}
}

func TestModelsMoveAndComeBack(t *testing.T) {
	data, disk := t.TempDir(), otherDisk(t)
	b := withModel(t, data)
	usual := b.place.folder()
	if view := do[ModelPlace](b, "models.place", ModelPlaceRequest{Path: disk}); view.Folder != usual || view.Target == nil || view.Target.Problem != nil ||
		view.Target.Folder != disk || view.Target.FreeBytes <= 0 || view.Bytes < int64(len(modelContent)) {
		t.Errorf("%+v, target %+v", view, view.Target)
	}
	b.moves(disk)
	b.hasModel(disk)
	if !(store.Store{Folder: usual}).Empty() {
		t.Error("the old folder still has models")
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	again := openIn(t, data, llmtest.Script{})
	again.hasModel(disk)
	again.moves("")
	again.hasModel(usual)
	if _, err := os.Stat(disk); !os.IsNotExist(err) {
		t.Errorf("the folder on the other disk is left: %v", err)
	}
}

// A disk that is unplugged is a state with a next step: nothing is written in
// its place, nothing is lost, and it goes on when the disk is back.
func TestModelsOnAnUnpluggedDisk(t *testing.T) {
	data, disk := t.TempDir(), filepath.Join(otherDisk(t), "stick")
	b := withModel(t, data)
	b.moves(disk)
	unplug := func() {
		if err := os.Rename(disk, disk+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(disk, 0o700); err != nil { // the mount point stays
			t.Fatal(err)
		}
	}
	plug := func() {
		if err := os.Remove(disk); err != nil { // fails if something was put into it
			t.Fatal(err)
		}
		if err := os.Rename(disk+".away", disk); err != nil {
			t.Fatal(err)
		}
	}
	problem := func(b *bench) bool {
		status := do[Status](b, "status.get", Empty{})
		return slices.ContainsFunc(status.Problems, func(p Problem) bool { return p.Code == ProblemModelsGone && p.Args["folder"] == disk })
	}
	unplug()
	await(t, "the missing disk is noticed", func() bool { return problem(b) })
	if _, p := run[Freed](b, "models.delete", ModelByName{Name: "tiny:1b"}); p == nil || p.Code != ProblemModelsGone {
		t.Errorf("delete: %+v", p)
	}
	plug()
	await(t, "the disk that is back is noticed", func() bool { return !problem(b) })
	b.hasModel(disk)

	unplug()
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, data, llmtest.Script{})
	if !problem(again) {
		t.Error("not noticed at the start")
	}
	do[Downloads](again, "models.move", ModelMoveRequest{}) // goes on without it
	await(t, "the usual folder is used", func() bool { return !problem(again) })
	plug()
	if models, err := (store.Store{Folder: disk}).Models(); err != nil || len(models) != 1 || models[0].Missing {
		t.Errorf("on the disk that was missing: %+v, %v", models, err)
	}
	again.moves(disk)
	again.hasModel(disk)
}

func TestModelsMoveByPolicyAndAfterAKill(t *testing.T) {
	data, disk := t.TempDir(), otherDisk(t)
	b := withModel(t, data)
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What a kill in the middle leaves: the job that was running, a part of a copy.
	target := filepath.Join(disk, "someone")
	models, err := store.Store{Folder: filepath.Join(data, "models")}.Models()
	if err != nil || len(models) != 1 {
		t.Fatal(models, err)
	}
	part := filepath.Join(target, "incoming", "0001", "blobs", filepath.Base(store.Store{}.BlobPath(models[0].Manifest.Layers[0].Digest))+".part")
	job := job{Download: Download{ID: "0001", Kind: toFolder, Name: target, State: stateRunning}, Path: target}
	for path, content := range map[string]string{
		part: modelContent[:1<<20], filepath.Join(target, markFile): "0001\n", filepath.Join(data, "downloads", "0001", "job.json"): string(mustJSON(job)),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := openWith(t, data, llmtest.Script{}, func(c *Config) {
		c.Env = func(name string) string { return map[string]string{"USER": "someone"}[name] }
	}, lockedBy(fmt.Sprintf(`{"enforced": {"models.folder": %q}}`, filepath.Join(disk, "{user}"))))
	awaitState(t, again.App, "0001", stateDone)
	again.hasModel(target)
	if list := do[Downloads](again, "models.downloads", Empty{}); len(list.Jobs) != 1 {
		t.Errorf("%+v", list.Jobs)
	}
	if _, p := run[Downloads](again, "models.move", ModelMoveRequest{}); p == nil || p.Code != ProblemModelsFixed {
		t.Errorf("a fixed folder was changed: %+v", p)
	}
}

// TestMoveThatIsAboutToEndIsNotGivenUp looks at the setting between the moment
// in which the models are in their new place and the end of the job.
func TestMoveThatIsAboutToEndIsNotGivenUp(t *testing.T) {
	b := withModel(t, t.TempDir())
	place, g := b.place.folder(), b.getting
	jobs := func(state string) []*job {
		return []*job{{Download: Download{ID: "0001", Kind: toFolder, Name: place, State: state}, Path: place}}
	}
	for state, want := range map[string]int{stateRunning: 1, stateFailed: 0} {
		g.mu.Lock()
		before := g.jobs
		g.jobs = jobs(state)
		g.mu.Unlock()
		if err := g.moveTo(place, place); err != nil {
			t.Fatal(err)
		}
		g.mu.Lock()
		if len(g.jobs) != want {
			t.Errorf("%s: %d jobs are left, want %d", state, len(g.jobs), want)
		}
		g.jobs = before
		g.mu.Unlock()
	}
}

func TestModelsGoOnlyToFoldersOfTheirOwn(t *testing.T) {
	b := withModel(t, t.TempDir())
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, "letter.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if view := do[ModelPlace](b, "models.place", ModelPlaceRequest{Path: used}); view.Target.Folder != filepath.Join(used, ownFolder) || view.Target.Problem != nil {
		t.Errorf("%+v", view.Target)
	}
	for _, path := range []string{"relative", filepath.Join(used, "not", "there"), filepath.Join(b.place.folder(), "inside"), filepath.Join(used, "letter.txt")} {
		if _, p := run[Downloads](b, "models.move", ModelMoveRequest{Path: path}); p == nil || p.Code != ProblemModelsTarget {
			t.Errorf("%s: %+v", path, p)
		}
	}
	b.hasModel(b.place.usual())
}

func TestModelsThatAreDamagedStay(t *testing.T) {
	b := withModel(t, t.TempDir())
	models, err := b.getting.store().Models()
	if err != nil {
		t.Fatal(err)
	}
	blob := b.getting.store().BlobPath(models[0].Manifest.Layers[0].Digest)
	if err := os.WriteFile(blob, []byte(strings.Repeat("x", len(modelContent))), 0o600); err != nil {
		t.Fatal(err)
	}
	disk := otherDisk(t)
	id := moveJob(t, b, disk).ID
	failed := func() *Problem {
		list := do[Downloads](b, "models.downloads", Empty{})
		i := slices.IndexFunc(list.Jobs, func(j Download) bool { return j.ID == id })
		if i < 0 || list.Jobs[i].State != stateFailed {
			return nil
		}
		return list.Jobs[i].Problem
	}
	await(t, "it fails", func() bool { return failed() != nil })
	if p := failed(); p.Code != ProblemModelsDamaged || p.Args["model"] != "tiny:1b" {
		t.Errorf("%+v", p)
	}
	do[Empty](b, "models.download", DownloadAction{ID: id, Action: "cancel"})
	if _, err := os.Stat(disk); !os.IsNotExist(err) {
		t.Errorf("a cancelled move leaves its folder: %v", err)
	}
	if b.policy.Text(policy.ModelsFolder) != "" || b.place.folder() != b.place.usual() {
		t.Errorf("setting %q, in use %s", b.policy.Text(policy.ModelsFolder), b.place.folder())
	}
}

// Models of the whole machine's folder are used where they lie, beside the
// person's own, are moved along as links and never changed.
func TestModelsOfTheWholeMachine(t *testing.T) {
	machine := t.TempDir()
	elsewhere := withModel(t, t.TempDir())
	if err := os.CopyFS(machine, os.DirFS(elsewhere.place.folder())); err != nil {
		t.Fatal(err)
	}
	address := registryOf(t, "a model of my own")
	b := openIn(t, t.TempDir(), llmtest.Script{}, lockedBy(fmt.Sprintf(
		`{"enforced": {"models.allow_download": "true", "models.registry": %q, "models.shared_folder": %q}}`, address, machine)))
	own, err := b.getting.Fetch(t.Context(), b.Owner(), FetchRequest{Name: "mine:1b"})
	if err != nil {
		t.Fatal(err)
	}
	awaitState(t, b.App, own.ID, stateDone)
	look := func() {
		t.Helper()
		list := do[StoredModels](b, "models.stored", Empty{}).Models
		if len(list) != 2 || list[0].Name != "mine:1b" || list[0].Shared || list[0].Frees != int64(len("a model of my own")) ||
			list[1].Name != "tiny:1b" || !list[1].Shared || list[1].Frees != 0 || list[1].Folder != machine {
			t.Errorf("%+v", list)
		}
	}
	await(t, "the shared model is there", func() bool { return len(do[StoredModels](b, "models.stored", Empty{}).Models) == 2 })
	look()
	disk := otherDisk(t)
	b.moves(disk)
	look()
	if bytes := folderBytes(disk); bytes > 100_000 {
		t.Errorf("%d bytes on the other disk: the shared model was copied", bytes)
	}
	if _, p := run[Freed](b, "models.delete", ModelByName{Name: "tiny:1b"}); p == nil || p.Code != ProblemModelShared {
		t.Errorf("%+v", p)
	}
	if freed := do[Freed](b, "models.delete", ModelByName{Name: "mine:1b"}); freed.Bytes != int64(len("a model of my own")) {
		t.Errorf("%+v", freed)
	}
	if models, err := (store.Store{Folder: machine}).Models(); err != nil || len(models) != 1 || models[0].Missing {
		t.Errorf("the shared folder: %+v, %v", models, err)
	}
}
