package cli_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kontor/app"
	"kontor/app/cli"
)

// put writes a file below a folder, with the folders in between.
func put(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestLinkCommand follows a folder from the terminal, without a server and
// beside one.
func TestLinkCommand(t *testing.T) {
	data, root := t.TempDir(), filepath.Join(t.TempDir(), "Verträge")
	env := environment() // no runtime: words are enough here
	run := func(code int, args ...string) outcome {
		t.Helper()
		return kontorWith(t, env, append([]string{"--data", data, "link"}, args...)...).want(t, code)
	}
	folders := func(args ...string) []app.Folder {
		t.Helper()
		var list []app.Folder
		run(cli.ExitOK, append(args, "--json")...).decode(t, &list)
		return list
	}
	put(t, root, "lease.md", contract)
	put(t, root, "old/gone.md", "# Old\n\nSomething else.")
	put(t, root, "empty.txt", "")
	run(cli.ExitUsage)
	run(cli.ExitFailed, filepath.Join(root, "missing"))
	run(cli.ExitFailed, root, "--sync") // not linked yet
	list := folders(root, "--collection", "Leases", "--exclude", "old/", "--wait")
	if len(list) != 1 || list[0].Indexed != 1 || list[0].Failed != 1 || list[0].State != "synced" || list[0].Path != root {
		t.Fatalf("linked %+v", list)
	}
	run(cli.ExitFailed, root, "--collection", "Leases") // a second time
	if out := run(cli.ExitOK, "--list").out; !strings.Contains(out, root) || !strings.Contains(out, "--exclude old/") {
		t.Errorf("listed %s", out)
	}
	var failed []app.FolderFile
	run(cli.ExitOK, root, "--failed", "--json").decode(t, &failed)
	if len(failed) == 0 || failed[0].Path != "empty.txt" || failed[0].Problem == nil || failed[0].Problem.Code != "empty" {
		t.Errorf("failed %+v", failed)
	}
	s := serve(t, data, env)
	if list := folders(root, "--pause"); len(list) == 0 || !list[0].Paused {
		t.Errorf("paused %+v", list)
	}
	put(t, root, "late.md", "# Late\n\nWritten while it was paused.")
	folders(root, "--resume")
	if list := folders(root, "--sync"); len(list) == 0 || list[0].Indexed < 2 {
		t.Errorf("in step %+v", list)
	}
	run(cli.ExitOK, root, "--remove")
	if list := folders("--list"); len(list) != 0 {
		t.Errorf("left %+v", list)
	}
	if n := call[app.DocumentList](t, s, "documents.list", app.DocumentListRequest{}).Total; n != 0 {
		t.Errorf("%d documents are left", n)
	}
	s.stop(t)
}

// TestKilledWhileFollowing ends Kontor in the middle of a folder's first
// reading: what was finished is not done again, and nothing is there twice.
func TestKilledWhileFollowing(t *testing.T) {
	needRuntime(t)
	const count = 24
	root := t.TempDir()
	for i := range count {
		var text strings.Builder
		for j := range 6 {
			fmt.Fprintf(&text, "## Section %d of %d\n\n", j, i)
			for k := range 4 {
				fmt.Fprintf(&text, "Rule %d says that machine number %d is oiled every %d days and that its keeper writes this down. ", k, i*100+j, k+2)
			}
			text.WriteString("\n\n")
		}
		put(t, root, fmt.Sprintf("sub%d/rules %d.md", i%4, i), text.String())
	}
	s := serve(t, shared, installed())
	s.ready(t)
	folder := call[app.Folder](t, s, "folders.link", app.LinkRequest{Path: root})
	statistics := func() app.CollectionStatistics {
		return call[app.CollectionStatistics](t, s, "collections.statistics", app.ByID{ID: folder.CollectionID})
	}
	var before app.CollectionStatistics
	until(t, "some passages have vectors", func() bool { before = statistics(); return before.Embedded > 0 })
	s.kill()
	if before.Documents == count && before.Embedded == before.Passages && before.Waiting == 0 {
		t.Fatalf("all was done before the kill: nothing is left to resume: %+v", before)
	}
	nobodyLeft(t, shared)

	// Meanwhile a file moves: it is recognised after the start.
	if err := os.Rename(filepath.Join(root, "sub0", "rules 0.md"), filepath.Join(root, "moved.md")); err != nil {
		t.Fatal(err)
	}
	s = serve(t, shared, installed())
	if after := statistics(); after.Embedded < before.Embedded || after.Passages < before.Passages {
		t.Errorf("before %+v, after %+v", before, after)
	}
	var now app.CollectionStatistics
	until(t, "all is ready", func() bool {
		now = statistics()
		return now.Documents == count && now.Waiting == 0 && now.Embedded == now.Passages
	})
	if now.Failed != 0 || now.Passages < count {
		t.Errorf("at the end %+v", now)
	}
	page := call[app.FolderFiles](t, s, "folders.files", app.FolderFilesRequest{ID: folder.ID, Limit: 500})
	seen := map[string]bool{}
	for _, f := range page.Files {
		if f.Status != "indexed" || seen[f.DocumentID] {
			t.Errorf("file %+v", f)
		}
		seen[f.DocumentID] = true
	}
	if len(page.Files) != count {
		t.Errorf("%d files", len(page.Files))
	}
	call[app.Empty](t, s, "collections.delete", app.ByID{ID: folder.CollectionID})
	s.stop(t)
}
