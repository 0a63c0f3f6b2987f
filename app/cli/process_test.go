package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kontor/app"
	"kontor/app/instance"
)

// These tests run the program as people do: built, started, asked, killed. The
// runtime and the starter pack are the real ones.

// binary is the program under test, and shared the data folder that tests use
// one after the other, so that the starter models are installed once.
var binary, shared string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "kontor-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	shared = filepath.Join(folder, "data")
	if binary = os.Getenv("KONTOR_BIN"); binary == "" {
		binary = filepath.Join(folder, "kontor")
		build := exec.Command("go", "build", "-o", binary, "kontor")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
	}
	if os.Getenv(insideVariable) != "" {
		shared = os.Getenv(insideVariable)
	}
	return m.Run()
}

// insideVariable tells a test that it runs in a network namespace of its own,
// and which data folder to use.
const insideVariable = "KONTOR_TEST_INSIDE"

// needRuntime skips a test where the real runtime is missing.
func needRuntime(t *testing.T) {
	t.Helper()
	if os.Getenv("KONTOR_RUNTIME_DIR") == "" || os.Getenv("KONTOR_STARTER_DIR") == "" {
		t.Skip("KONTOR_RUNTIME_DIR and KONTOR_STARTER_DIR are not set: this test needs the real runtime and the starter pack")
	}
}

// environment is a terminal in English with the given variables.
func environment(variables ...string) []string {
	env := []string{"LANG=en_US.UTF-8"}
	for _, name := range append(variables, "PATH", "HOME", "TMPDIR") {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// installed is an environment that knows the runtime and the starter pack.
func installed() []string { return environment("KONTOR_RUNTIME_DIR", "KONTOR_STARTER_DIR") }

// outcome is a command that has ended.
type outcome struct {
	code     int
	out, err string
}

// commandTime bounds a command; it is generous because other work may have the
// machine.
const commandTime = 3 * time.Minute

// kontor runs a command on a data folder to its end.
func kontor(t *testing.T, data string, args ...string) outcome {
	t.Helper()
	return kontorWith(t, installed(), append([]string{"--data", data}, args...)...)
}

func kontorWith(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, complaints bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = env, &out, &complaints, 5*time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("kontor %v did not end: %v\n%s", args, err, complaints.String())
	}
	return outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), err: complaints.String()}
}

// want checks the exit code.
func (o outcome) want(t *testing.T, code int) outcome {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\n%s\n%s", o.code, code, o.out, o.err)
	}
	return o
}

// decode reads a command's JSON.
func (o outcome) decode(t *testing.T, into any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(o.out))
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%v in %s", err, o.out)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("more than one JSON object: %s", o.out)
	}
}

// server is a running "kontor serve".
type server struct {
	*instance.Client
	cmd  *exec.Cmd
	link string

	mu  sync.Mutex
	log bytes.Buffer
	end chan struct{}
}

// Write collects the log.
func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// serve starts a server on a data folder and waits for its link.
func serve(t *testing.T, data string, env []string, args ...string) *server {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: exec.Command(binary, append([]string{"serve", "--data", data}, args...)...), end: make(chan struct{})}
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr, s.cmd.WaitDelay = env, writer, s, 5*time.Second
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	go func() {
		_ = s.cmd.Wait() // how it ended is in ProcessState
		close(s.end)
	}()
	t.Cleanup(func() { s.kill() })
	links := make(chan string, 1)
	go func() {
		defer reader.Close()
		all, _ := readUntil(reader, "/login?code=")
		links <- all
		_, _ = io.Copy(io.Discard, reader)
	}()
	select {
	case s.link = <-links:
	case <-time.After(commandTime):
	}
	if s.link == "" {
		t.Fatalf("no link: %s", s.logged())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if s.Client, err = instance.Dial(ctx, data); err != nil {
		t.Fatal(err)
	}
	return s
}

// readUntil reads lines up to one that holds a word, and returns that line.
func readUntil(r io.Reader, word string) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		if _, err := r.Read(one); err != nil {
			return "", err
		}
		if one[0] != '\n' {
			line = append(line, one[0])
			continue
		}
		if bytes.Contains(line, []byte(word)) {
			return string(line), nil
		}
		line = line[:0]
	}
}

// kill ends the server as a power cut would and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.end
}

// stop ends the server as a person would.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.end:
	case <-time.After(30 * time.Second):
		t.Fatalf("the server did not stop: %s", s.logged())
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the server ended with %d: %s", code, s.logged())
	}
}

// call runs a method of the surface.
func call[T any](t *testing.T, s *server, method string, request any) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var result T
	if err := s.Call(ctx, method, request, &result); err != nil {
		t.Fatalf("%s: %v\n%s", method, err, s.logged())
	}
	return result
}

// until waits for a condition.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(commandTime)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// ready waits until the runtime answers and the starter models are installed.
func (s *server) ready(t *testing.T) {
	t.Helper()
	until(t, "the runtime is ready", func() bool {
		return call[app.Status](t, s, "status.get", app.Empty{}).Runtime == "ready"
	})
}

// write makes a file in a folder.
func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// testdata is a file of the documents that the parsers are tested with.
func testdata(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "localrag", "parse", "testdata", "corpus", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
