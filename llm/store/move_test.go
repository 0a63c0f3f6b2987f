package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filled is a store with models of one or two blobs, one of them shared.
func filled(t *testing.T) Store {
	t.Helper()
	s := Store{filepath.Join(t.TempDir(), "old")}
	for name, contents := range map[string][]string{"one": {"common", strings.Repeat("weights of one ", 300_000)}, "two": {"common", "of two"}} {
		from := t.TempDir()
		manifest := Manifest{SchemaVersion: 2}
		for _, content := range contents {
			sum := sha256.Sum256([]byte(content))
			layer := Layer{MediaModel, "sha256:" + hex.EncodeToString(sum[:]), int64(len(content))}
			manifest.Layers = append(manifest.Layers, layer)
			if err := os.WriteFile(filepath.Join(from, filepath.Base(s.BlobPath(layer.Digest))), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := json.Marshal(manifest)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(Name{"models.local", "library", name, "latest"}, raw, from); err != nil {
			t.Fatal(err)
		}
	}
	begun := filepath.Join(s.Folder, "incoming", "job", "blobs")
	if err := os.MkdirAll(begun, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(begun, "sha256-x.part"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// elsewhere is a folder that cannot be reached by a link.
func elsewhere(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "kontor-move-")
	if err != nil {
		t.Skip("this system has no second file system to write to")
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func whole(t *testing.T, s Store) {
	t.Helper()
	models, err := s.Models()
	if err != nil || len(models) != 2 || models[0].Missing || models[1].Missing {
		t.Errorf("%+v, %v", models, err)
	}
	for _, model := range models {
		for _, layer := range model.Manifest.All() {
			if sum, err := FileDigest(t.Context(), s.BlobPath(layer.Digest)); err != nil || sum != layer.Digest {
				t.Errorf("%s: %s, %v", model.Name.Model, sum, err)
			}
		}
	}
	if raw, err := os.ReadFile(filepath.Join(s.Folder, "incoming", "job", "blobs", "sha256-x.part")); err != nil || string(raw) != "half" {
		t.Errorf("the download that was begun: %q, %v", raw, err)
	}
}

func TestMoveWithinOneDisk(t *testing.T) {
	from := filled(t)
	m := Move{From: from, To: Store{filepath.Join(filepath.Dir(from.Folder), "new")}, ID: "move"}
	if need, err := m.Need(); err != nil || need != 0 {
		t.Errorf("%d bytes needed, %v", need, err)
	}
	for _, step := range []func() error{func() error { return m.Copy(t.Context()) }, m.Commit, m.Leave} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	whole(t, m.To)
	if !from.Empty() {
		t.Error("the old folder still has models")
	}
}

// A move that is stopped again and again copies every byte once and shows
// nothing in the new folder before it is committed.
func TestMoveThatIsStoppedGoesOn(t *testing.T) {
	m := Move{From: filled(t), To: Store{elsewhere(t)}, ID: "move"}
	stops := 0
	for {
		ctx, stop := context.WithCancel(t.Context())
		last, pieces := int64(0), 0
		m.Report = func(done, _ int64, _ bool) {
			if done-last == 1<<20 {
				pieces++
			}
			if last = done; pieces == 2 {
				stop()
			}
		}
		err := m.Copy(ctx)
		stop()
		if models, listErr := m.To.Models(); listErr != nil || len(models) != 0 {
			t.Fatalf("visible before its time: %+v, %v", models, listErr)
		}
		whole(t, m.From)
		if err == nil {
			break
		}
		if stops++; stops > 20 || !errors.Is(err, context.Canceled) {
			t.Fatalf("stop %d: %v", stops, err)
		}
	}
	if stops == 0 {
		t.Error("it was never stopped")
	}
	if err := errors.Join(m.Commit(), m.Commit(), m.Leave()); err != nil {
		t.Fatal(err)
	}
	whole(t, m.To)
}

func TestMoveFindsADamagedModel(t *testing.T) {
	m := Move{From: filled(t), To: Store{elsewhere(t)}, ID: "move"}
	models, err := m.From.Models()
	if err != nil {
		t.Fatal(err)
	}
	layer := models[1].Manifest.Layers[1]
	if err := os.WriteFile(m.From.BlobPath(layer.Digest), []byte(strings.Repeat("x", int(layer.Size))), 0o600); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if err := m.Copy(t.Context()); !errors.As(err, &damaged) || damaged.Digest != layer.Digest {
		t.Errorf("%v", err)
	}
	if err := m.Discard(); err != nil || !m.To.Empty() && len(glob(m.To.Folder)) > 0 {
		t.Errorf("left behind: %v, %v", glob(m.To.Folder), err)
	}
}

// TestMoveTrustsNoNamesake finds a file of the same name and size but another
// content in the new folder.
func TestMoveTrustsNoNamesake(t *testing.T) {
	from := filled(t)
	m := Move{From: from, To: Store{filepath.Join(filepath.Dir(from.Folder), "new")}, ID: "move"}
	blobs, err := filepath.Glob(filepath.Join(from.Folder, "blobs", "*"))
	if err != nil || len(blobs) == 0 {
		t.Fatal(blobs, err)
	}
	if err := os.MkdirAll(filepath.Join(m.To.Folder, "blobs"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, blob := range blobs {
		info, err := os.Stat(blob)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.To.Folder, "blobs", filepath.Base(blob)), make([]byte, info.Size()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(m.Copy(t.Context()), m.Commit(), m.Leave()); err != nil {
		t.Fatal(err)
	}
	whole(t, m.To)
}

func glob(folder string) []string {
	found, _ := filepath.Glob(filepath.Join(folder, "incoming", "*"))
	return found
}
