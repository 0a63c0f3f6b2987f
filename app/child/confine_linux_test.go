package child_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kontor/app/child"
)

// reach tries what a program that reads a hostile file could try, and says
// what it got. Its arguments are a folder it may change, one it may read and
// one it may not touch.
func reach(folders []string) int {
	say := func(what string, err error) {
		result := "yes"
		switch {
		case errors.Is(err, fs.ErrPermission):
			result = "no"
		case err != nil:
			result = err.Error()
		}
		fmt.Printf("%s %s\n", what, result)
	}
	for i, name := range []string{"write", "read", "foreign"} {
		_, err := os.ReadFile(filepath.Join(folders[i], "file"))
		say("reads "+name, err)
		say("changes "+name, os.WriteFile(filepath.Join(folders[i], "file"), []byte("new"), 0o600))
	}
	_, err := os.ReadDir("/usr")
	say("reads system", err)
	for name, domain := range map[string]int{"inet": syscall.AF_INET, "inet6": syscall.AF_INET6, "packet": syscall.AF_PACKET, "netlink": syscall.AF_NETLINK} {
		_, err := syscall.Socket(domain, syscall.SOCK_DGRAM, 0)
		say("socket "+name, err)
	}
	_, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	say("socket unix", err)
	return 0
}

func TestConfined(t *testing.T) {
	var folders [3]string
	for i := range folders {
		folders[i] = t.TempDir()
		if err := os.WriteFile(filepath.Join(folders[i], "file"), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := filepath.Dir(os.Args[0])
	link := filepath.Join(t.TempDir(), "link") // a folder by another name
	if err := os.Symlink(folders[0], link); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := start(t, child.Options{
		Stdout: &out, Confine: &child.Confinement{Write: []string{link}, Read: []string{folders[1], tests}},
	}, "reach", folders[0], folders[1], folders[2])
	if exit := p.Wait(); !exit.OK() {
		t.Fatalf("%+v", exit)
	}
	for _, want := range []string{
		"reads write yes", "changes write yes", "reads system yes", "socket unix yes", "reads read yes",
		"socket inet no", "socket inet6 no", "socket packet no", "socket netlink no",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("not %q:\n%s", want, out.String())
		}
	}
	if _, err := os.Stat("/sys/kernel/security/landlock"); err != nil && !strings.Contains(out.String(), "changes read no") {
		t.Skip("this kernel cannot confine to folders")
	}
	for _, want := range []string{"changes read no", "reads foreign no", "changes foreign no"} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("not %q:\n%s", want, out.String())
		}
	}
	if p := child.Command(child.Options{Program: "/nonexistent", Confine: &child.Confinement{}}); p.Start() == nil && p.Wait().OK() {
		t.Error("a missing program ran")
	}
}
