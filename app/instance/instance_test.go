package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ownerEnvironment makes this test program become an owner instead of testing.
const ownerEnvironment = "KONTOR_TEST_OWNER_OF"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerEnvironment); dir != "" {
		os.Exit(own(dir))
	}
	if socket := os.Getenv(strangerEnvironment); socket != "" {
		os.Exit(intrude(socket))
	}
	os.Exit(m.Run())
}

// own says what became of it and stays until its input ends.
func own(dir string) int {
	i, err := Acquire(dir)
	if errors.Is(err, ErrTaken) {
		fmt.Println("taken")
	} else if err != nil {
		fmt.Println("error", err)
	} else if err := i.Serve(answer("a process")); err != nil {
		fmt.Println("error", err)
	} else {
		fmt.Println("owner")
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

func answer(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/call/refuse" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"problem":{"code":"not_allowed","args":{"name":"x"}}}`)
			return
		}
		fmt.Fprintf(w, `{"text":%q}`, text)
	})
}

func ask(t *testing.T, dir string) string {
	t.Helper()
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var result struct{ Text string }
	if err := c.Post(t.Context(), "/api/owner", &result); err != nil {
		t.Fatal(err)
	}
	c.HTTP.CloseIdleConnections()
	return result.Text
}

func TestOwnerAnswers(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoOwner) {
		t.Fatalf("no owner: %v", err)
	}
	i, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Serve(answer("hello")); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, dir); got != "hello" {
		t.Errorf("answer %q", got)
	}
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var refused *Refusal
	if err := c.Call(t.Context(), "refuse", nil, nil); !errors.As(err, &refused) || refused.Code != "not_allowed" || refused.Args["name"] != "x" {
		t.Errorf("refusal: %v", err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]os.FileMode{"run": 0o700, "run/socket": 0o600, "run/lock": 0o600} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v; want mode %v", name, info.Mode().Perm(), err, want)
			}
		}
	}
	if _, err := Acquire(dir); !errors.Is(err, ErrTaken) {
		t.Errorf("second owner: %v", err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoOwner) {
		t.Errorf("after the end: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("a long way/", 15))
	for range 2 { // the second owner meets what the first one left
		i, err := Acquire(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Serve(answer("far away")); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, dir); got != "far away" {
			t.Errorf("answer %q", got)
		}
		outside := i.outside
		if info, err := os.Stat(outside); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
			t.Errorf("folder of the socket: %v, %v", info, err)
		}
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(outside); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder of the socket stayed: %v", err)
		}
	}
}

func TestDialWaitsForAStartingOwner(t *testing.T) {
	dir := t.TempDir()
	i, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	short, cancel := context.WithTimeout(t.Context(), 3*retryPause)
	defer cancel()
	if _, err := Dial(short, dir); err == nil || errors.Is(err, ErrNoOwner) {
		t.Errorf("an owner without a socket: %v", err)
	}
	go func() {
		time.Sleep(3 * retryPause)
		if err := i.Serve(answer("late")); err != nil {
			t.Error(err)
		}
	}()
	if got := ask(t, dir); got != "late" {
		t.Errorf("answer %q", got)
	}
}

// TestStartRaces starts 50 at once, several times: exactly one may win.
func TestStartRaces(t *testing.T) {
	for round := range 20 {
		dir := t.TempDir()
		var owners, others atomic.Int32
		var winner *Instance
		var all sync.WaitGroup
		begin := make(chan struct{})
		for range 50 {
			all.Go(func() {
				<-begin
				i, err := Acquire(dir)
				switch {
				case err == nil:
					owners.Add(1)
					winner = i
				case errors.Is(err, ErrTaken):
					others.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		close(begin)
		all.Wait()
		if owners.Load() != 1 || others.Load() != 49 {
			t.Fatalf("round %d: %d owners, %d others", round, owners.Load(), others.Load())
		}
		_ = winner.Close()
	}
}

// TestProcesses starts 50 processes on one folder, kills the owner and expects
// its successor to recover lock and socket.
func TestProcesses(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for dir, starts := range map[string]int{t.TempDir(): 50, filepath.Join(t.TempDir(), strings.Repeat("a long way/", 15)): 5} {
		var mu sync.Mutex
		said := map[string]int{}
		var owner *exec.Cmd
		var all sync.WaitGroup
		for range starts {
			cmd := exec.Command(program)
			cmd.Env = append(os.Environ(), ownerEnvironment+"="+dir, "GORACE=atexit_sleep_ms=0")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				line, _ := bufio.NewReader(out).ReadString('\n')
				line = strings.TrimSpace(line)
				mu.Lock()
				said[line]++
				if line == "owner" {
					owner = cmd
				}
				mu.Unlock()
				if line != "owner" {
					_ = in.Close()
					_ = cmd.Wait()
				}
			})
		}
		all.Wait()
		if said["owner"] != 1 || said["taken"] != starts-1 {
			t.Fatalf("%d starts: %v", starts, said)
		}
		if got := ask(t, dir); got != "a process" {
			t.Errorf("answer %q", got)
		}
		_ = owner.Process.Kill()
		_ = owner.Wait()
		if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoOwner) {
			t.Errorf("after the kill: %v", err)
		}
		i, err := Acquire(dir)
		if err != nil {
			t.Fatalf("after the kill: %v", err)
		}
		if err := i.Serve(answer("the successor")); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, dir); got != "the successor" {
			t.Errorf("answer %q", got)
		}
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOtherUsersAreRefused(t *testing.T) {
	if !admitted(1000, 1000) || admitted(1001, 1000) || admitted(0, 1000) || admitted(-1, 1000) {
		t.Error("only the same user may talk to the owner")
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { _, _ = net.DialUnix("unix", nil, listener.Addr().(*net.UnixAddr)) }()
	conn, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if uid, known := peerUser(conn); known && uid != os.Getuid() {
		t.Errorf("the peer is user %d, this is %d", uid, os.Getuid())
	} else if !known && (runtime.GOOS == "linux" || runtime.GOOS == "darwin") {
		t.Error("the peer is not known")
	}
}
