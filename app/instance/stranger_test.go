//go:build linux

package instance

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// strangerEnvironment makes this test program another user who wants in.
const strangerEnvironment = "KONTOR_TEST_STRANGER_AT"

// nobody is a user without rights.
const nobody = 65534

// intrude returns 0 if nothing could be had.
func intrude(socket string) int {
	if _, err := os.ReadDir(filepath.Dir(socket)); err == nil && os.Getenv("KONTOR_TEST_OPEN") == "" {
		return 10
	}
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return 0
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /api/owner HTTP/1.0\r\n\r\n")
	if answer, _ := io.ReadAll(conn); len(answer) > 0 {
		return 11
	}
	return 0
}

// TestAnotherUser becomes one: the folder keeps it out, and if someone opened
// the folder, the owner still gives no answer.
func TestAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The folder of the test program may not be open to others.
	place, err := os.MkdirTemp("", "kontor-stranger-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(place) })
	if err := os.Chmod(place, 0o755); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	copied, dir := filepath.Join(place, "program"), filepath.Join(place, "data")
	if err := os.WriteFile(copied, content, 0o755); err != nil {
		t.Fatal(err)
	}
	i, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if err := i.Serve(answer("secret")); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, folderName, socketName)
	as := func(uid uint32, environment ...string) int {
		cmd := exec.Command(copied)
		cmd.Dir = place
		cmd.Env = append([]string{strangerEnvironment + "=" + socket, "GORACE=atexit_sleep_ms=0"}, environment...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		output, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState.ExitCode() <= 0 {
			t.Fatalf("%v %s", err, output)
		}
		return cmd.ProcessState.ExitCode()
	}
	if code := as(nobody); code != 0 {
		t.Errorf("another user got in (%d)", code)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o755, filepath.Dir(socket): 0o777, socket: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if code := as(nobody, "KONTOR_TEST_OPEN=1"); code != 0 {
		t.Errorf("another user got an answer through an open folder (%d)", code)
	}
	if code := as(0, "KONTOR_TEST_OPEN=1"); code != 11 {
		t.Errorf("the owner's own user got none (%d)", code)
	}
}
