package child_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kontor/app/child"
)

// The test binary plays three parts: the tests, the shim, and the programs
// that the shim runs.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case child.Verb:
			os.Exit(child.Main(os.Args[2:]))
		case "program":
			os.Exit(program(os.Args[2], os.Args[3:]))
		}
	}
	os.Exit(m.Run())
}

// program is what runs under the shim.
func program(name string, args []string) int {
	switch name {
	case "echo":
		in, _ := io.ReadAll(os.Stdin)
		fmt.Printf("%s|%s|%s", in, strings.Join(os.Environ(), ","), strings.Join(args, ","))
		fmt.Fprint(os.Stderr, "to stderr")
		return 7
	case "file":
		data, err := io.ReadAll(child.File(0))
		if err != nil {
			return 1
		}
		os.Stdout.Write(data)
		return 0
	case "tree": // a program with a child and a grandchild in another session
		spawn(args[0], "branch")
		sleepNoted(args[0])
	case "branch":
		spawn(args[0], "leaf")
		sleepNoted(args[0])
	case "leaf":
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
		sleepNoted(args[0])
	case "leave": // ends and leaves its child behind
		spawn(args[0], "leaf")
		waitNotes(args[0], 1)
		return 3
	case "polite":
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		fmt.Println("ready")
		<-asked
		return 4
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Minute)
	case "eat":
		var held [][]byte
		for {
			page := make([]byte, 8<<20)
			for i := range page {
				page[i] = byte(i)
			}
			held = append(held, page)
			time.Sleep(5 * time.Millisecond)
			if len(held) > 1000 {
				return 0
			}
		}
	case "spin":
		for {
			if len(args) > 100 {
				return 0
			}
		}
	case "reach":
		return reach(args)
	case "runtime":
		return runtimeKontor(args[0], args[1], args[2])
	case "kontor": // a Kontor that starts a tree and waits to be killed
		p := child.Command(child.Options{Program: os.Args[0], Args: []string{"program", "tree", args[0]}})
		if err := p.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		p.Wait()
	}
	return 0
}

func spawn(folder, name string) {
	cmd := exec.Command(os.Args[0], "program", name, folder)
	if err := cmd.Start(); err != nil {
		panic(err)
	}
}

// sleepNoted leaves a file named after its process id and sleeps.
func sleepNoted(folder string) {
	_ = os.WriteFile(filepath.Join(folder, strconv.Itoa(os.Getpid())), nil, 0o600)
	time.Sleep(time.Minute)
}

// waitNotes waits until count processes have noted themselves.
func waitNotes(folder string, count int) []int {
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		entries, _ := os.ReadDir(folder)
		if len(entries) >= count {
			pids := make([]int, len(entries))
			for i, entry := range entries {
				pids[i], _ = strconv.Atoi(entry.Name())
			}
			return pids
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// mustDie fails unless all processes are gone within three seconds.
func mustDie(t *testing.T, pids []int) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Second)
	for {
		var left []int
		for _, pid := range pids {
			if alive(pid) {
				left = append(left, pid)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			for _, pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			t.Fatalf("still alive after 3 s: %v of %v", left, pids)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func start(t *testing.T, options child.Options, args ...string) *child.Process {
	t.Helper()
	options.Program = os.Args[0]
	options.Args = append([]string{"program"}, args...)
	p := child.Command(options)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

func TestProgramGetsExactlyWhatIsGiven(t *testing.T) {
	var out, errs bytes.Buffer
	p := start(t, child.Options{
		Env: []string{"ONLY=this"}, Stdin: strings.NewReader("input"), Stdout: &out, Stderr: &errs,
	}, "echo", "a b", "--", "-x")
	exit := p.Wait()
	if exit.Reason != child.ReasonExited || exit.Code != 7 {
		t.Errorf("exit = %+v, want code 7", exit)
	}
	if want := "input|ONLY=this|a b,--,-x"; out.String() != want {
		t.Errorf("stdout = %q, want %q", out.String(), want)
	}
	if errs.String() != "to stderr" {
		t.Errorf("stderr = %q", errs.String())
	}
}

func TestFilesAreHandedOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(path, []byte("content of the document"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	exit := start(t, child.Options{Files: []*os.File{file}, Stdout: &out}, "file").Wait()
	if !exit.OK() || out.String() != "content of the document" {
		t.Errorf("exit = %+v, stdout = %q", exit, out.String())
	}
}

func TestMissingProgram(t *testing.T) {
	p := child.Command(child.Options{Program: filepath.Join(t.TempDir(), "missing")})
	if err := p.Start(); err == nil {
		t.Fatal("a missing program started")
	}
	if exit := p.Wait(); exit.Reason != child.ReasonFailed || exit.Detail == "" {
		t.Errorf("exit = %+v, want failed with a detail", exit)
	}
	p.Stop()
}

func TestNeverStarted(t *testing.T) {
	if exit := child.Command(child.Options{Program: os.Args[0]}).Stop(); exit.Reason != child.ReasonFailed {
		t.Errorf("exit = %+v, want failed", exit)
	}
}

func TestMissingShim(t *testing.T) {
	p := child.Command(child.Options{Executable: filepath.Join(t.TempDir(), "missing"), Program: os.Args[0]})
	if err := p.Start(); err == nil {
		t.Fatal("a missing shim started")
	}
	if exit := p.Kill(); exit.Reason != child.ReasonFailed {
		t.Errorf("exit = %+v, want failed", exit)
	}
}

// readyWriter closes ready at the first write.
type readyWriter struct{ ready chan struct{} }

func (w *readyWriter) Write(data []byte) (int, error) {
	select {
	case <-w.ready:
	default:
		close(w.ready)
	}
	return len(data), nil
}

func TestStopIsPoliteThenFirm(t *testing.T) {
	for _, test := range []struct {
		program string
		code    int
	}{{"polite", 4}, {"deaf", -1}} {
		t.Run(test.program, func(t *testing.T) {
			out := &readyWriter{make(chan struct{})}
			p := start(t, child.Options{Stdout: out, Grace: 300 * time.Millisecond}, test.program)
			<-out.ready
			exit := p.Stop()
			if exit.Reason != child.ReasonStopped || exit.Code != test.code {
				t.Errorf("exit = %+v, want stopped with %d", exit, test.code)
			}
		})
	}
}

func TestWholeTreeEnds(t *testing.T) {
	t.Run("when killed", func(t *testing.T) {
		folder := t.TempDir()
		p := start(t, child.Options{}, "tree", folder)
		pids := waitNotes(folder, 3)
		p.Kill()
		if len(pids) != 3 {
			t.Fatalf("%d of 3 processes started", len(pids))
		}
		for _, pid := range pids {
			if alive(pid) {
				t.Errorf("process %d is alive after Kill returned", pid)
			}
		}
	})
	t.Run("when the program ends", func(t *testing.T) {
		folder := t.TempDir()
		p := start(t, child.Options{}, "leave", folder)
		pids := waitNotes(folder, 1)
		if exit := p.Wait(); exit.Code != 3 {
			t.Errorf("exit = %+v, want 3", exit)
		}
		mustDie(t, pids)
	})
	t.Run("when the program is killed", func(t *testing.T) {
		folder := t.TempDir()
		p := start(t, child.Options{}, "tree", folder)
		pids := waitNotes(folder, 3)
		_ = syscall.Kill(p.PID(), syscall.SIGKILL)
		if exit := p.Wait(); exit.Signal != "killed" {
			t.Errorf("exit = %+v, want signal killed", exit)
		}
		mustDie(t, pids)
	})
	t.Run("when the shim is killed", func(t *testing.T) {
		folder := t.TempDir()
		p := start(t, child.Options{}, "tree", folder)
		pids := waitNotes(folder, 3)
		_ = syscall.Kill(p.ShimPID(), syscall.SIGKILL)
		if exit := p.Wait(); exit.Reason != child.ReasonLost {
			t.Errorf("exit = %+v, want lost", exit)
		}
		mustDie(t, pids)
	})
	t.Run("when the shim is told to end by the system", func(t *testing.T) {
		folder := t.TempDir()
		p := start(t, child.Options{Grace: 100 * time.Millisecond}, "tree", folder)
		pids := waitNotes(folder, 3)
		_ = syscall.Kill(p.ShimPID(), syscall.SIGTERM)
		if exit := p.Wait(); exit.Reason != child.ReasonStopped {
			t.Errorf("exit = %+v, want stopped", exit)
		}
		mustDie(t, pids)
	})
	t.Run("when Kontor is killed", func(t *testing.T) {
		folder := t.TempDir()
		kontor := exec.Command(os.Args[0], "program", "kontor", folder)
		if err := kontor.Start(); err != nil {
			t.Fatal(err)
		}
		pids := waitNotes(folder, 3)
		_ = kontor.Process.Kill()
		_ = kontor.Wait()
		if len(pids) != 3 {
			t.Fatalf("%d of 3 processes started", len(pids))
		}
		mustDie(t, pids)
	})
}

func TestLimits(t *testing.T) {
	tests := map[string]struct {
		limits  child.Limits
		program string
		want    child.Reason
	}{
		"memory": {child.Limits{MemoryBytes: 96 << 20}, "eat", child.ReasonMemory},
		"data":   {child.Limits{DataBytes: 256 << 20}, "eat", child.ReasonMemory},
		"wall":   {child.Limits{WallTime: 200 * time.Millisecond}, "deaf", child.ReasonTime},
		"cpu":    {child.Limits{CPUTime: time.Second}, "spin", child.ReasonTime},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if raceEnabled && test.limits.DataBytes > 0 {
				t.Skip("the race detector maps more than any such limit allows")
			}
			exit := start(t, child.Options{Limits: test.limits}, test.program).Wait()
			if exit.Reason != test.want {
				t.Errorf("exit = %+v, want %s", exit, test.want)
			}
		})
	}
}

func TestNice(t *testing.T) {
	folder := t.TempDir()
	start(t, child.Options{Limits: child.Limits{Nice: 7}}, "leaf", folder)
	pids := waitNotes(folder, 1)
	if len(pids) != 1 {
		t.Fatal("the program did not start")
	}
	// The raw call returns 20 minus the nice level.
	level, err := syscall.Getpriority(syscall.PRIO_PROCESS, pids[0])
	if err != nil || 20-level != 7 {
		t.Errorf("nice = %d, %v, want 7", 20-level, err)
	}
}

func TestMainRefusesPeople(t *testing.T) {
	stderr := os.Stderr
	t.Cleanup(func() { os.Stderr = stderr })
	os.Stderr, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	for _, args := range [][]string{nil, {"--pipes=2"}, {"ls"}, {"--pipes=x", "--", "ls"}, {"--nonsense"}} {
		if code := child.Main(args); code != 2 {
			t.Errorf("Main(%q) = %d, want 2", args, code)
		}
	}
}
