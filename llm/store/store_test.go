package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"kontor/llm/store"
)

// put makes a model of the contents in a store, as a download would.
func put(t *testing.T, s store.Store, name store.Name, contents ...string) store.Manifest {
	t.Helper()
	from := t.TempDir()
	m := store.Manifest{SchemaVersion: 2}
	for _, content := range contents {
		sum := sha256.Sum256([]byte(content))
		layer := store.Layer{MediaType: store.MediaModel, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
		m.Layers = append(m.Layers, layer)
		if err := os.WriteFile(filepath.Join(from, "sha256-"+hex.EncodeToString(sum[:])), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.Config = m.Layers[0]
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(name, raw, from); err != nil {
		t.Fatal(err)
	}
	return m
}

func names(t *testing.T, s store.Store) []string {
	t.Helper()
	models, err := s.Models()
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, m := range models {
		list = append(list, m.Name.Short("host.example"))
	}
	return list
}

func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		"qwen": "qwen", "qwen:4b": "qwen:4b", "team/qwen:4b": "team/qwen:4b", "other.example/team/qwen": "other.example/team/qwen",
	} {
		n, ok := store.ParseName(text, "host.example")
		if !ok || n.Short("host.example") != want {
			t.Errorf("%q: %v, %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "../x", "a/../b", "a/b/c/d", ".hidden", "a:", "a b", "a/b:c/d", "a\\b", "a:../b"} {
		if n, ok := store.ParseName(text, "host.example"); ok {
			t.Errorf("%q is taken for %v", text, n)
		}
	}
}

func TestRemoveFreesWhatNobodyElseUses(t *testing.T) {
	s := store.Store{Folder: t.TempDir()}
	a, b := store.Name{Host: "host.example", Namespace: "library", Model: "a", Tag: "1"}, store.Name{Host: "host.example", Namespace: "library", Model: "b", Tag: "1"}
	put(t, s, a, "shared weights", "alone")
	put(t, s, b, "shared weights")
	if frees, err := s.Frees(a); err != nil || frees != 5 {
		t.Errorf("frees %d, %v", frees, err)
	}
	if freed, err := s.Remove(a); err != nil || freed != 5 {
		t.Errorf("freed %d, %v", freed, err)
	}
	if got := names(t, s); len(got) != 1 || got[0] != "b:1" {
		t.Errorf("left: %v", got)
	}
	models, err := s.Models()
	if err != nil || models[0].Missing {
		t.Errorf("the other model lost its file: %v, %v", models, err)
	}
	if freed, err := s.Remove(b); err != nil || freed != int64(len("shared weights")) {
		t.Errorf("freed %d, %v", freed, err)
	}
}

func TestOtherFolderIsUsedInPlaceAndNeverWritten(t *testing.T) {
	shared, own := store.Store{Folder: t.TempDir()}, store.Store{Folder: t.TempDir()}
	name := store.Name{Host: "host.example", Namespace: "library", Model: "big", Tag: "latest"}
	m := put(t, shared, name, "weights of the whole machine")
	if err := own.Attach(shared, name); err != nil {
		t.Fatal(err)
	}
	models, err := own.Models()
	if err != nil || len(models) != 1 || !models[0].Linked || models[0].Missing {
		t.Fatalf("%+v, %v", models, err)
	}
	if freed, err := own.Remove(name); err != nil || freed != 0 {
		t.Errorf("freed %d, %v", freed, err)
	}
	if !shared.Has(m.Layers[0]) {
		t.Fatal("the shared file was deleted")
	}
	if err := own.Attach(shared, name); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(shared.Folder); err != nil {
		t.Fatal(err)
	}
	gone, err := own.Sweep()
	if err != nil || len(gone) != 1 || len(names(t, own)) != 0 {
		t.Errorf("swept %v, left %v, %v", gone, names(t, own), err)
	}
}

func TestManifestsAreNotBelieved(t *testing.T) {
	good := `{"schemaVersion":2,"config":{"digest":"sha256:` + hex.EncodeToString(make([]byte, 32)) + `","size":1},"layers":[{"digest":"sha256:` + hex.EncodeToString(make([]byte, 32)) + `","size":1}]}`
	if _, err := store.ParseManifest([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		``, `[]`, `{}`, `{"schemaVersion":2,"layers":[]}`, `{"schemaVersion":2,"layers":[{"digest":"sha256:../../etc/passwd","size":1}]}`,
		`{"schemaVersion":2,"layers":[{"digest":"sha256:` + hex.EncodeToString(make([]byte, 32)) + `","size":-1}]}`,
	} {
		if _, err := store.ParseManifest([]byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}
