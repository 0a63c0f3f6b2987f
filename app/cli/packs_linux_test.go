package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"kontor/app"
	"kontor/app/cli"
)

// starterParts makes a starter pack of the chat model alone, and a pack of the
// embedding model under another name.
func starterParts(t *testing.T) (starter, pack string) {
	t.Helper()
	whole := os.Getenv("KONTOR_STARTER_DIR")
	raw, err := os.ReadFile(filepath.Join(whole, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Models []map[string]any `json:"models"`
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	part := func(role, folder string, change func(model map[string]any)) {
		i := slices.IndexFunc(manifest.Models, func(m map[string]any) bool { return m["role"] == role })
		if i < 0 {
			t.Fatalf("the starter pack has no model for %s", role)
		}
		model := manifest.Models[i]
		change(model)
		licence := fmt.Sprint(model["licenceFile"])
		for _, file := range []string{fmt.Sprint(model["file"]), licence} {
			if err := os.Symlink(filepath.Join(whole, file), filepath.Join(folder, file)); err != nil {
				t.Fatal(err)
			}
		}
		text, err := json.Marshal(map[string]any{
			"format": 1, "name": "house", "version": 1, "title": "House", "models": []any{model},
			"files": []any{map[string]any{"file": licence, "kind": "licence"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		write(t, folder, "manifest.json", string(text))
	}
	starter, made := t.TempDir(), t.TempDir()
	part("chat", starter, func(map[string]any) {})
	part("embedding", made, func(m map[string]any) { m["name"] = packed })
	pack = filepath.Join(t.TempDir(), "house.kontorpack")
	kontorWith(t, environment(), "pack", "create", made, pack).want(t, cli.ExitOK)
	return starter, pack
}

const packed = "house/multilingual-e5-small"

// changingDisk is a file system that can be made smaller and larger; nil where
// nobody may mount one.
func changingDisk(t *testing.T) (folder string, change func(options string)) {
	t.Helper()
	folder = t.TempDir()
	if os.Geteuid() != 0 || syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4g,nr_inodes=100000") != nil {
		return folder, nil
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder, func(options string) {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_REMOUNT, options); err != nil {
			t.Error(err)
		}
	}
}

// TestPackOnAFullDiskAndInUse installs a pack with a real embedding model,
// searches with it and removes it again. On a disk without room nothing of it
// is seen, and it goes on when there is some.
func TestPackOnAFullDiskAndInUse(t *testing.T) {
	needRuntime(t)
	starter, pack := starterParts(t)
	data := t.TempDir()
	disk, change := changingDisk(t)
	env := append(environment("KONTOR_RUNTIME_DIR"), "KONTOR_STARTER_DIR="+starter)
	s := serve(t, data, env, "--models-dir", disk)
	s.ready(t)
	install := func() outcome { return kontorWith(t, env, "pack", "install", pack, "--unsigned", "--data", data) }
	stored := func() app.StoredModels { return call[app.StoredModels](t, s, "models.stored", app.Empty{}) }
	if change == nil {
		t.Log("nobody may mount a small file system here: installed on one with room only")
	} else {
		refused := func(why string, words ...string) {
			t.Helper()
			failed := install().want(t, cli.ExitFailed)
			for _, word := range words {
				if !strings.Contains(failed.err, word) {
					t.Errorf("%s: %q lacks %q", why, failed.err, word)
				}
			}
			if list := stored(); len(list.Packs) != 0 || len(list.Models) != 1 {
				t.Errorf("%s: seen by halves: %+v", why, list)
			}
		}
		change("size=200m")
		refused("too small", "The disk has too little room", "MB are needed", "Make room")
		var now syscall.Statfs_t
		if err := syscall.Statfs(disk, &now); err != nil {
			t.Fatal(err)
		}
		used := now.Files - now.Ffree
		for more := uint64(1); more <= 6; more++ { // it becomes full at one step after the other
			change(fmt.Sprintf("size=4g,nr_inodes=%d", used+more))
			refused(fmt.Sprintf("full after %d files", more), "disk")
			if err := os.RemoveAll(filepath.Join(disk, "incoming")); err != nil {
				t.Fatal(err)
			}
		}
		change("size=4g,nr_inodes=100000")
	}
	install().want(t, cli.ExitOK)
	if list := stored(); len(list.Packs) != 1 || len(list.Models) != 2 || list.Packs[0].Models[0] != packed {
		t.Fatalf("%+v", list)
	}

	call[app.Settings](t, s, "settings.set", app.SetRequest{Key: "documents.embedder", Value: packed})
	folder := t.TempDir()
	write(t, folder, "contract.md", contract)
	write(t, folder, "coffee.txt", "Descale the coffee machine once a week with citric acid and rinse it twice.")
	kontorWith(t, env, "index", folder, "--data", data).want(t, cli.ExitOK)
	until(t, "the passages have vectors of the pack's model", func() bool {
		report := call[app.Report](t, s, "doctor.run", app.Empty{})
		value := func(name string) string {
			i := slices.IndexFunc(report.Checks, func(c app.Check) bool { return c.Name == name })
			return report.Checks[i].Value
		}
		done, all, _ := strings.Cut(value("vectors"), " / ")
		return value("embedder") == packed && done == all && all != "0"
	})
	var answer app.AskAnswer
	// None of the words is in the text.
	kontorWith(t, env, "ask", "Wie oft wird der Kaffeeautomat entkalkt?", "--no-model", "--json", "--data", data).want(t, cli.ExitOK).decode(t, &answer)
	if len(answer.Passages) == 0 || !strings.Contains(answer.Passages[0].Text, "citric acid") {
		t.Errorf("%+v", answer.Passages)
	}

	if in := kontorWith(t, env, "pack", "remove", "house", "--data", data).want(t, cli.ExitFailed); !strings.Contains(in.err, packed) {
		t.Errorf("removed while it is in use: %q", in.err)
	}
	call[app.Settings](t, s, "settings.set", app.SetRequest{Key: "documents.embedder", Reset: true})
	until(t, "it is not in use any more", func() bool {
		return call[app.ModelList](t, s, "models.list", app.Empty{}).Embedder != packed
	})
	kontorWith(t, env, "pack", "remove", "house", "--data", data).want(t, cli.ExitOK)
	if list := stored(); len(list.Packs) != 0 || len(list.Models) != 1 {
		t.Errorf("%+v", list)
	}
	s.stop(t)
}
