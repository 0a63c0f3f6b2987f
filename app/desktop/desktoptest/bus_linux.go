package desktoptest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// patience is how long anything on a desktop may take before a test fails.
const patience = 60 * time.Second

// Until polls until check is true and fails the test if that takes too long.
func Until(t testing.TB, what string, check func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !check() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// StartBus starts a session bus, makes it the one of this process and returns
// its address. The test is skipped where there is no dbus-daemon.
func StartBus(t testing.TB) string {
	t.Helper()
	address := start(t, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=3")
	t.(interface{ Setenv(string, string) }).Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	return address
}

// StartDisplay starts an X display that no screen shows, makes it the one of
// this process and returns its name. The test is skipped where there is no Xvfb.
func StartDisplay(t testing.TB) string {
	t.Helper()
	name := ":" + start(t, "Xvfb", "-displayfd", "3", "-noreset", "-screen", "0", "1440x900x24", "-nolisten", "tcp")
	set := t.(interface{ Setenv(string, string) }).Setenv
	set("DISPLAY", name)
	set("WAYLAND_DISPLAY", "")
	set("GDK_BACKEND", "x11")
	return name
}

// start runs a server until the test ends and returns the line that it writes
// to its third file when it is ready.
func start(t testing.TB, name string, arguments ...string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s here", name)
	}
	ready, line, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	server := exec.Command(program, arguments...)
	server.ExtraFiles = []*os.File{line}
	err = server.Start()
	_ = line.Close() // the server has its own end
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait() // ended by us
	})
	said, err := bufio.NewReader(ready).ReadString('\n')
	if err != nil {
		t.Fatalf("%s did not come up: %v", name, err)
	}
	return strings.TrimSpace(said)
}

// connect gives a connection to the bus that ends with the test.
func connect(t testing.TB) *dbus.Conn {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// must ends the test at an error.
func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
