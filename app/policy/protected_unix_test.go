//go:build unix

package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestFilesOnDisk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "kontor")
	source := Files{File: filepath.Join(folder, "policy.json"), Folder: filepath.Join(folder, "policy.d"), Protected: OwnedBy(os.Getuid())}
	read := func() map[string]string {
		found := map[string]string{}
		for _, d := range source.Read() {
			found[filepath.Base(d.Path)] = d.Reason
		}
		return found
	}
	if got := source.Read(); len(got) != 0 {
		t.Fatalf("no folder: %v", got)
	}
	put := func(name string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(`{}`), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // past the umask
			t.Fatal(err)
		}
	}
	put("policy.json", 0o644)
	put("policy.d/20-b.json", 0o600)
	put("policy.d/10-a.json", 0o664)
	put("policy.d/30-c.json", 0o646)
	put("policy.d/40-d.json.bak", 0o644)
	want := map[string]string{"policy.json": "", "20-b.json": "", "10-a.json": ReasonNotProtected, "30-c.json": ReasonNotProtected}
	if got := read(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if err := os.WriteFile(filepath.Join(folder, "policy.d", "20-b.json"), make([]byte, maxPolicyFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := read(); got["20-b.json"] != ReasonUnreadable {
		t.Errorf("a huge file: %v", got)
	}
	if err := os.Chmod(folder, 0o777); err != nil { // anyone could exchange policy.json
		t.Fatal(err)
	}
	if got := read(); got["policy.json"] != ReasonNotProtected {
		t.Errorf("a folder open to all: %v", got)
	}
	source.Protected = OwnedBy(os.Getuid() + 1)
	if got := read(); got["policy.json"] != ReasonNotProtected || got["20-b.json"] != ReasonNotProtected {
		t.Errorf("files of another user: %v", got)
	}
}
