package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kontor/app/folder"
	"kontor/app/policy"
	"kontor/app/power"
	"kontor/llm/llmtest"
	"kontor/localrag"
	"kontor/storage"
)

// quick follows folders without the waits that people do not notice.
func quick(c *Config) {
	c.Folders = FolderOptions{Settle: time.Millisecond, Debounce: 10 * time.Millisecond, Rescan: 100 * time.Millisecond,
		Patience: 50 * time.Millisecond, Power: power.Fixed(false)}
}

func openQuick(t *testing.T) *bench {
	t.Helper()
	return openWith(t, t.TempDir(), llmtest.Script{}, quick)
}

func (b *bench) link(root string, r LinkRequest) Folder {
	b.t.Helper()
	r.Path = root
	return do[Folder](b, "folders.link", r)
}

func (b *bench) folder(id string) Folder {
	b.t.Helper()
	for _, f := range do[Folders](b, "folders.list", Empty{}).Folders {
		if f.ID == id {
			return f
		}
	}
	return Folder{}
}

// inStep waits until a folder was looked at after now and all its files are
// settled.
func (b *bench) inStep(id string) Folder {
	b.t.Helper()
	began := time.Now().UnixMilli()
	var f Folder
	b.until("the folder is in step", func() bool {
		f = b.folder(id)
		return f.State == "synced" && f.ScannedAt > began && f.Waiting == 0
	})
	return f
}

// documents lists all by the end of their origin.
func (b *bench) documents() map[string]Document {
	b.t.Helper()
	list := map[string]Document{}
	for _, d := range do[DocumentList](b, "documents.list", DocumentListRequest{Limit: 500}).Documents {
		list[filepath.Base(d.Origin)] = d
	}
	return list
}

func (b *bench) files(id, filter string) map[string]FolderFile {
	b.t.Helper()
	list := map[string]FolderFile{}
	for _, f := range do[FolderFiles](b, "folders.files", FolderFilesRequest{ID: id, Filter: filter}).Files {
		list[f.Path] = f
	}
	return list
}

// embedded counts passages that were given to the embedder.
func (b *bench) embedded() int {
	n := 0
	for _, batch := range b.models.Embedded() {
		n += len(batch)
	}
	return n
}

func TestFolderStaysInStep(t *testing.T) {
	b := openQuick(t)
	root := filepath.Join(t.TempDir(), "Verträge")
	writeFile(t, root, "lease.md", lease)
	writeFile(t, root, "2024/machine.md", machine)
	writeFile(t, root, "2024/~$machine.md", "lock")
	writeFile(t, root, ".git/config.md", "hidden")
	writeFile(t, root, "setup.exe", "unknown")
	f := b.link(root, LinkRequest{})
	f = b.inStep(f.ID)
	if f.Indexed != 2 || f.Skipped != 1 || f.Failed != 0 || f.Name != "Verträge" || f.RescanOnly {
		t.Fatalf("folder %+v", f)
	}
	b.until("all vectors are there", func() bool {
		return b.documents()["lease.md"].Status == "ready" && b.documents()["machine.md"].Status == "ready"
	})
	before := b.documents()
	if d := before["machine.md"]; !d.Linked || d.Name != "Verträge/2024/machine.md" || !slices.Equal(d.CollectionIDs, []string{f.CollectionID}) {
		t.Errorf("document %+v", d)
	}
	if copies, err := filepath.Glob(filepath.Join(b.config.Paths.originals(), "??", "*")); err != nil || len(copies) != 0 {
		t.Errorf("linked files were copied: %v, %v", copies, err)
	}
	count := b.embedded()

	t.Run("moved", func(t *testing.T) {
		b.t = t
		if err := errors.Join(os.MkdirAll(filepath.Join(root, "alt"), 0o700), os.Rename(filepath.Join(root, "lease.md"), filepath.Join(root, "alt", "Mietvertrag.md"))); err != nil {
			t.Fatal(err)
		}
		b.until("the move is seen", func() bool { return b.documents()["Mietvertrag.md"].ID != "" })
		b.inStep(f.ID)
		d := b.documents()["Mietvertrag.md"]
		if d.ID != before["lease.md"].ID || d.Status != "ready" || d.Name != "Verträge/alt/Mietvertrag.md" || b.embedded() != count {
			t.Errorf("moved %+v; %d passages embedded, before %d", d, b.embedded(), count)
		}
	})
	t.Run("case", func(t *testing.T) {
		b.t = t
		if err := os.Rename(filepath.Join(root, "alt", "Mietvertrag.md"), filepath.Join(root, "alt", "MIETVERTRAG.md")); err != nil {
			t.Fatal(err)
		}
		b.until("the new case is seen", func() bool { return b.documents()["MIETVERTRAG.md"].ID == before["lease.md"].ID })
		b.inStep(f.ID)
		if len(b.documents()) != 2 || b.embedded() != count {
			t.Errorf("%d documents, %d passages embedded, before %d", len(b.documents()), b.embedded(), count)
		}
	})
	t.Run("touched", func(t *testing.T) {
		b.t = t
		later := time.Now().Add(-time.Hour).Truncate(time.Second)
		if err := os.Chtimes(filepath.Join(root, "2024", "machine.md"), later, later); err != nil {
			t.Fatal(err)
		}
		b.until("the time is taken over", func() bool { return b.documents()["machine.md"].ModifiedAt == later.UnixMilli() })
		if d := b.documents()["machine.md"]; d.Status != "ready" || d.Stale != "" || b.embedded() != count {
			t.Errorf("touched %+v", d)
		}
	})
	t.Run("changed", func(t *testing.T) {
		b.t = t
		writeFile(t, root, "2024/machine.md", machine+"\nThe boiler holds eleven litres.\n")
		b.until("the change is read", func() bool {
			text, _, err := b.db.DocumentText(t.Context(), b.me.OwnerID, before["machine.md"].ID)
			return err == nil && strings.Contains(text, "eleven litres")
		})
		b.inStep(f.ID)
		if d := b.documents()["machine.md"]; d.ID != before["machine.md"].ID || len(b.documents()) != 2 {
			t.Errorf("changed %+v", d)
		}
	})
	t.Run("added and deleted", func(t *testing.T) {
		b.t = t
		writeFile(t, root, "neu/one.md", "# One\n\nA text of its own about hedgehogs.")
		b.until("it is there", func() bool { return b.documents()["one.md"].Status == "ready" })
		if err := os.RemoveAll(filepath.Join(root, "neu")); err != nil {
			t.Fatal(err)
		}
		b.until("it is gone", func() bool { return len(b.documents()) == 2 })
		if ids, err := b.db.PassageIDs(t.Context(), storage.Scope{OwnerID: b.me.OwnerID}); err != nil || b.vectors.current().Len() > len(ids) && ids != nil {
			t.Errorf("vectors of deleted passages are left: %v", err)
		}
	})
}

func TestFolderThatGoesAwayLosesNothing(t *testing.T) {
	for name, away := range map[string]struct {
		leave func(root, aside string) error
		back  func(root, aside string) error
		code  string
	}{
		"missing": {code: ProblemFolderMissing, leave: os.Rename, back: func(root, aside string) error { return os.Rename(aside, root) }},
		"unmounted": {code: ProblemFolderEmptied,
			leave: func(root, aside string) error { return errors.Join(os.Rename(root, aside), os.Mkdir(root, 0o700)) },
			back:  func(root, aside string) error { return errors.Join(os.Remove(root), os.Rename(aside, root)) }},
		"a file instead": {code: ProblemFolderMissing,
			leave: func(root, aside string) error {
				return errors.Join(os.Rename(root, aside), os.WriteFile(root, nil, 0o600))
			},
			back: func(root, aside string) error { return errors.Join(os.Remove(root), os.Rename(aside, root)) }},
	} {
		t.Run(name, func(t *testing.T) {
			b := openQuick(t)
			parent := t.TempDir()
			root, aside := filepath.Join(parent, "share"), filepath.Join(parent, "aside")
			writeFile(t, root, "lease.md", lease)
			writeFile(t, root, "machine.md", machine)
			f := b.link(root, LinkRequest{})
			b.inStep(f.ID)
			if err := away.leave(root, aside); err != nil {
				t.Fatal(err)
			}
			b.until("the problem stands", func() bool { return b.folder(f.ID).State == "problem" })
			standing := b.folder(f.ID).Problem
			if standing == nil || standing.Code != away.code || standing.Args["name"] != root {
				t.Fatalf("problem %+v", standing)
			}
			status := do[Status](b, "status.get", Empty{})
			if status.Word != "attention" || !slices.ContainsFunc(status.Problems, func(p Problem) bool { return p.Code == away.code }) {
				t.Errorf("status %+v", status)
			}
			time.Sleep(300 * time.Millisecond) // three more looks
			if n := len(b.documents()); n != 2 || b.folder(f.ID).Indexed != 2 {
				t.Fatalf("%d documents are left", n)
			}
			for _, d := range b.documents() {
				if d.Stale != "" {
					t.Errorf("%s is %s because its share is away", d.Name, d.Stale)
				}
			}
			found, err := b.retrieve(t.Context(), localrag.Query{Question: "notice period of the lease", Scope: localrag.Scope{OwnerID: b.me.OwnerID, CollectionIDs: []string{f.CollectionID}}, Limit: 3})
			if err != nil || len(found.Passages) == 0 {
				t.Errorf("found %d, %v", len(found.Passages), err)
			}
			// The text of a citation can be opened all the same.
			preview := do[Preview](b, "documents.preview", PreviewRequest{DocumentID: b.documents()["lease.md"].ID})
			if preview.Kind != "text" || len(preview.Blocks) == 0 || preview.Changed {
				t.Errorf("preview %+v", preview)
			}
			if err := away.back(root, aside); err != nil {
				t.Fatal(err)
			}
			embedded := b.embedded()
			if back := b.inStep(f.ID); back.Problem != nil || back.Indexed != 2 || b.embedded() != embedded {
				t.Errorf("back %+v", back)
			}
		})
	}
}

func TestEmptiedFolderIsBelievedWhenConfirmed(t *testing.T) {
	b := openQuick(t)
	root := t.TempDir()
	path := writeFile(t, root, "lease.md", lease)
	f := b.link(root, LinkRequest{})
	b.inStep(f.ID)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	b.until("the problem stands", func() bool { return b.folder(f.ID).State == "problem" })
	do[Folder](b, "folders.sync", FolderSyncRequest{ID: f.ID})
	time.Sleep(150 * time.Millisecond)
	if len(b.documents()) != 1 {
		t.Fatal("a look alone deleted the document")
	}
	do[Folder](b, "folders.sync", FolderSyncRequest{ID: f.ID, Accept: true})
	b.until("the document is gone", func() bool { return len(b.documents()) == 0 && b.folder(f.ID).State == "synced" })
}

func TestFolderThatDoesNotAnswer(t *testing.T) {
	b := openQuick(t)
	root := t.TempDir()
	writeFile(t, root, "lease.md", lease)
	f := b.link(root, LinkRequest{})
	b.inStep(f.ID)
	record, err := b.db.Folder(t.Context(), b.me.OwnerID, f.ID)
	if err != nil {
		t.Fatal(err)
	}
	// Another file system at the same place that holds nothing we know.
	other := "another"
	if _, err := b.db.UpdateFolder(t.Context(), b.me.OwnerID, f.ID, storage.FolderUpdate{Device: &other}); err != nil {
		t.Fatal(err)
	}
	plan := folderPlan{known: 1, gone: []int64{1}}
	if record.Device == "" {
		t.Skip("this system does not name file systems")
	}
	seen := seenAt(record.Device)
	if plan.doubtful(seen, record) {
		t.Error("a deletion is doubted")
	}
	record.Device = other
	if !plan.doubtful(seen, record) {
		t.Error("another file system is believed")
	}
	if (folderPlan{known: 1, present: 1, gone: []int64{1}}).doubtful(seen, record) {
		t.Error("a file system that moved with its files is doubted")
	}
}

func TestFilesThatCannotBeTaken(t *testing.T) {
	var locked atomic.Bool
	locked.Store(true)
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) {
		quick(c)
		c.Folders.Open = func(path string) (*os.File, error) {
			if locked.Load() && strings.HasSuffix(path, "locked.md") {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
			}
			return os.Open(path)
		}
	})
	root := t.TempDir()
	writeFile(t, root, "locked.md", lease)
	writeFile(t, root, "empty.md", "")
	writeFile(t, root, "broken.pdf", "%PDF-1.7 and nothing more")
	odd := "we\u202eird \n 'name\" ü.md"
	writeFile(t, root, odd, machine)
	f := b.link(root, LinkRequest{})
	f = b.inStep(f.ID)
	if f.Indexed != 1 || f.Failed != 3 {
		t.Fatalf("folder %+v", f)
	}
	failed := b.files(f.ID, "failed")
	for name, code := range map[string]string{"locked.md": "unreadable", "empty.md": "empty", "broken.pdf": "corrupt"} {
		if p := failed[name].Problem; p == nil || p.Code != code || failed[name].Status != "failed" {
			t.Errorf("%s: %+v", name, failed[name])
		}
	}
	if file := b.files(f.ID, "indexed")[odd]; file.Status != "indexed" || file.DocumentID == "" {
		t.Errorf("the odd name is %+v", file)
	}
	locked.Store(false)
	b.until("it is read once it can be opened", func() bool { return b.folder(f.ID).Indexed == 2 })
	// Deleted by a person it stays out, until it is taken in again.
	id := b.files(f.ID, "")["locked.md"].DocumentID
	do[Empty](b, "documents.delete", ByID{ID: id})
	b.inStep(f.ID)
	out := b.files(f.ID, "left_out")["locked.md"]
	if out.Status != "left_out" || len(b.documents()) != 2 {
		t.Fatalf("left out %+v", out)
	}
	do[Empty](b, "folders.takeIn", FolderFileRequest{FolderID: f.ID, FileID: out.ID})
	b.until("it is back", func() bool { return b.folder(f.ID).Indexed == 2 })
}

func TestGrowingFileIsReadWhenItStands(t *testing.T) {
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) {
		quick(c)
		c.Folders.Settle = 400 * time.Millisecond
	})
	root := t.TempDir()
	path := writeFile(t, root, "growing.md", "# Growing\n")
	f := b.link(root, LinkRequest{})
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i := range 12 { // longer than a file has to stand still
		if _, err := fmt.Fprintf(file, "\nLine %d about something else.\n", i); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Millisecond)
		if n := len(b.documents()); n > 0 {
			t.Fatal("it was taken while it grew")
		}
	}
	b.until("it is read", func() bool { return b.folder(f.ID).Indexed == 1 })
	text, _, err := b.db.DocumentText(t.Context(), b.me.OwnerID, b.documents()["growing.md"].ID)
	if err != nil || !strings.Contains(text, "Line 11") {
		t.Errorf("%d bytes were read, %v", len(text), err)
	}
	// A clock that is ahead, as on a share, does not keep a file out for ever.
	ahead := writeFile(t, root, "ahead.md", lease)
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(ahead, future, future); err != nil {
		t.Fatal(err)
	}
	b.until("it is read", func() bool { return b.folder(f.ID).Indexed == 2 })
}

func TestMoveBetweenFoldersEmbedsNothingAgain(t *testing.T) {
	b := openQuick(t)
	from, to := t.TempDir(), t.TempDir()
	path := writeFile(t, from, "lease.md", lease)
	writeFile(t, from, "other.md", machine)
	first, second := b.link(from, LinkRequest{}), b.link(to, LinkRequest{})
	b.inStep(first.ID)
	b.inStep(second.ID)
	b.until("it is ready", func() bool {
		return b.documents()["lease.md"].Status == "ready" && b.documents()["other.md"].Status == "ready"
	})
	id, embedded := b.documents()["lease.md"].ID, b.embedded()
	if err := os.Rename(path, filepath.Join(to, "lease 2.md")); err != nil {
		t.Fatal(err)
	}
	b.until("the move is seen", func() bool {
		return b.folder(first.ID).Indexed == 1 && b.folder(second.ID).Indexed == 1 && b.documents()["lease 2.md"].ID != ""
	})
	d := b.documents()["lease 2.md"]
	if d.ID != id || b.embedded() != embedded {
		t.Errorf("document %s, was %s; %d passages embedded, before %d", d.ID, id, b.embedded(), embedded)
	}
}

func TestPausePatternsAndUnlink(t *testing.T) {
	b := openQuick(t)
	root := t.TempDir()
	writeFile(t, root, "a/lease.md", lease)
	writeFile(t, root, "b/machine.md", machine)
	writeFile(t, root, "b/third.md", "# Third\n\nSomething about hedgehogs.")
	f := b.link(root, LinkRequest{Exclude: []string{"a/"}})
	if f = b.inStep(f.ID); f.Indexed != 2 {
		t.Fatalf("folder %+v", f)
	}
	yes, no := true, false
	if f = do[Folder](b, "folders.update", FolderUpdateRequest{ID: f.ID, Paused: &yes}); f.State != "paused" {
		t.Errorf("folder %+v", f)
	}
	writeFile(t, root, "b/late.md", "# Late\n\nWritten while the folder was paused.")
	time.Sleep(250 * time.Millisecond)
	if n := len(b.documents()); n != 2 {
		t.Errorf("%d documents while paused", n)
	}
	if _, problem := run[Folder](b, "folders.update", FolderUpdateRequest{ID: f.ID, Include: &[]string{"[x"}}); problem == nil || problem.Code != ProblemPattern {
		t.Errorf("a bad pattern: %+v", problem)
	}
	do[Folder](b, "folders.update", FolderUpdateRequest{ID: f.ID, Paused: &no, Exclude: &[]string{"third.md"}})
	b.until("patterns count", func() bool {
		d := b.documents()
		return len(d) == 3 && d["lease.md"].Status == "ready" && d["late.md"].Status == "ready" && d["third.md"].ID == ""
	})
	other := b.collection("Other")
	do[Empty](b, "documents.transfer", TransferRequest{DocumentIDs: []string{b.documents()["late.md"].ID}, To: other})
	do[Empty](b, "folders.unlink", UnlinkRequest{ID: f.ID})
	b.until("its documents are gone", func() bool { return len(do[Folders](b, "folders.list", Empty{}).Folders) == 0 })
	left := b.documents()
	if len(left) != 1 || !slices.Equal(left["late.md"].CollectionIDs, []string{other}) {
		t.Errorf("left %+v", left)
	}
	again := b.link(root, LinkRequest{CollectionID: other})
	if again = b.inStep(again.ID); again.Indexed != 4 {
		t.Fatalf("folder %+v", again)
	}
	do[Empty](b, "folders.unlink", UnlinkRequest{ID: again.ID, Keep: true})
	if n := len(b.documents()); n != 4 {
		t.Errorf("%d documents are left", n)
	}
	writeFile(t, root, "b/later still.md", "# x\n\ny")
	time.Sleep(200 * time.Millisecond)
	if n := len(b.documents()); n != 4 {
		t.Errorf("%d documents after the link has ended", n)
	}
}

func TestLinkingRefusesWithAReason(t *testing.T) {
	b := openQuick(t)
	root := t.TempDir()
	b.link(root, LinkRequest{})
	for path, code := range map[string]string{
		"": ProblemFolderMissing, "relative": ProblemFolderMissing, filepath.Join(root, "missing"): ProblemFolderMissing, root: ProblemFolderLinked,
		b.config.Paths.Data: ProblemFolderOwnData, filepath.Dir(b.config.Paths.Data): ProblemFolderOwnData, b.config.Paths.originals(): ProblemFolderOwnData,
	} {
		if _, problem := run[Folder](b, "folders.link", LinkRequest{Path: path}); problem == nil || problem.Code != code {
			t.Errorf("%q: %+v", path, problem)
		}
	}
	b.me.Local = false
	for _, method := range []string{"folders.link", "folders.pick"} {
		if _, problem := run[Folder](b, method, LinkRequest{Path: t.TempDir()}); problem == nil || problem.Code != ProblemNotAllowed {
			t.Errorf("%s over the network: %+v", method, problem)
		}
	}
}

// supply is a power supply that a test switches.
type supply struct{ battery atomic.Bool }

func (s *supply) OnBattery() (bool, error) { return s.battery.Load(), nil }

func TestBatteryHoldsFoldersOnly(t *testing.T) {
	supply := &supply{}
	supply.battery.Store(true)
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { quick(c); c.Folders.Power = supply })
	b.set(policy.StopOnBattery, "true")
	root := t.TempDir()
	writeFile(t, root, "machine.md", machine)
	f := b.link(root, LinkRequest{})
	b.until("it waits", func() bool { return b.folder(f.ID).State == "battery" })
	if d := b.add("", "own.md", lease); d.Status != "ready" {
		t.Errorf("a person's own document is %s", d.Status)
	}
	if n := len(b.documents()); n != 1 {
		t.Errorf("%d documents on battery", n)
	}
	supply.battery.Store(false)
	b.folders.lookAtPower()
	b.until("it goes on with the mains", func() bool { return b.folder(f.ID).Indexed == 1 })
	supply.battery.Store(true)
	b.folders.lookAtPower()
	b.until("it waits again", func() bool { return b.folder(f.ID).State == "battery" })
	b.set(policy.StopOnBattery, "false")
	b.until("the setting lets it go on", func() bool { return b.folder(f.ID).State == "synced" })
}

func TestRestartReadsNothingAgain(t *testing.T) {
	data, root := t.TempDir(), t.TempDir()
	writeFile(t, root, "lease.md", lease)
	writeFile(t, root, "machine.md", machine)
	first := openWith(t, data, llmtest.Script{}, quick)
	f := first.link(root, LinkRequest{})
	first.inStep(f.ID)
	first.until("all vectors are there", func() bool {
		return first.documents()["lease.md"].Status == "ready" && first.documents()["machine.md"].Status == "ready"
	})
	before := first.documents()
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	// While Kontor was closed one file moved and one came.
	if err := os.Rename(filepath.Join(root, "lease.md"), filepath.Join(root, "moved.md")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, root, "new.md", "# New\n\nHedgehogs sleep in winter.")
	again := openWith(t, data, llmtest.Script{}, quick)
	again.inStep(f.ID)
	again.until("the new one is ready", func() bool { return again.documents()["new.md"].Status == "ready" })
	after := again.documents()
	if after["moved.md"].ID != before["lease.md"].ID || len(after) != 3 || again.embedded() != 1 {
		t.Errorf("%d documents, %d passages embedded: %+v", len(after), again.embedded(), after["moved.md"])
	}
}

func TestPersonAndFolderShareADocument(t *testing.T) {
	b := openQuick(t)
	root := t.TempDir()
	path := writeFile(t, root, "lease.md", lease)
	writeFile(t, root, "machine.md", machine)
	f := b.link(root, LinkRequest{})
	b.inStep(f.ID)
	// Dropped as well: the copy stays when the folder's file goes.
	own := b.collection("Own")
	if added := b.addPath(own, path); len(added.Known) != 1 {
		t.Fatalf("added %+v", added)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	b.until("the folder's file is gone", func() bool { return b.folder(f.ID).Indexed == 1 })
	d := b.documents()["lease.md"]
	if d.Linked || !slices.Contains(d.CollectionIDs, own) || d.Stale != "missing" {
		t.Errorf("document %+v", d)
	}
	if _, err := os.Stat(b.original(d.ID)); err != nil {
		t.Errorf("its copy: %v", err)
	}
}

// seenAt is a look at a folder that holds something else than before.
func seenAt(device string) folder.Seen { return folder.Seen{Entries: 1, Device: device} }
