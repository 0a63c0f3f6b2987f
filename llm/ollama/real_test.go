package ollama_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/ollama"
)

// The real server and the starter models; the test task sets both.
const (
	runtimeVariable = "KONTOR_RUNTIME_DIR"
	starterVariable = "KONTOR_STARTER_DIR"
)

// real is one running server with the starter models, shared by the tests of
// this package because loading takes a second or two.
type real struct {
	client      *ollama.Client
	runtime     *ollama.Runtime
	modelFolder string
	chat, embed string
}

var shared struct {
	sync.Mutex
	real   *real
	folder string
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		fakeServer()
		os.Exit(1)
	}
	code := m.Run()
	if shared.real != nil {
		shared.real.runtime.Stop()
	}
	if shared.folder != "" {
		_ = os.RemoveAll(shared.folder)
	}
	os.Exit(code)
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// process is a child in a process group of its own; the shim of the program
// has its own tests.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func startProcess(c ollama.Command) (ollama.Child, error) {
	cmd := &exec.Cmd{Path: c.Program, Args: append([]string{c.Program}, c.Args...), Env: c.Env, Dir: c.Dir, Stdout: c.Output, Stderr: c.Output}
	group(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		killGroup(cmd)
		close(p.done)
	}()
	return p, nil
}

func (p *process) PID() int              { return p.cmd.Process.Pid }
func (p *process) Done() <-chan struct{} { return p.done }
func (p *process) Kill()                 { killGroup(p.cmd); <-p.done }
func (p *process) Stop()                 { terminate(p.cmd); <-p.done }

// folders of the real parts, or the test is skipped.
func folders(t testing.TB) (runtime, starter string) {
	t.Helper()
	runtime, starter = os.Getenv(runtimeVariable), os.Getenv(starterVariable)
	if runtime == "" || starter == "" {
		t.Skipf("%s and %s are not set: this test needs the real runtime and the starter pack", runtimeVariable, starterVariable)
	}
	return runtime, starter
}

// manifest of the starter pack, as far as the tests need it.
type manifest struct {
	Models []struct{ Name, Role, File, SHA256 string }
}

func readManifest(t testing.TB, starter string) manifest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(starter, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func realServer(t testing.TB) *real {
	t.Helper()
	runtime, starter := folders(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.real != nil {
		return shared.real
	}
	folder, err := os.MkdirTemp("", "kontor-ollama-test")
	if err != nil {
		t.Fatal(err)
	}
	shared.folder = folder
	r := &real{modelFolder: filepath.Join(folder, "models")}
	r.runtime = ollama.NewRuntime(runtimeOptions(runtime, folder))
	if err := r.runtime.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.client = ollama.New(ollama.Options{Server: r.runtime, DialContext: dial, ModelFolder: func() string { return r.modelFolder }, ChatThreads: 1, EmbedThreads: 1})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, m := range readManifest(t, starter).Models {
		if err := r.client.ImportGGUF(ctx, ollama.Import{Name: m.Name, Path: filepath.Join(starter, m.File), SHA256: m.SHA256}); err != nil {
			t.Fatalf("import of %s: %v", m.Name, err)
		}
		if m.Role == "chat" {
			r.chat = m.Name
		} else {
			r.embed = m.Name
		}
	}
	shared.real = r
	return r
}

func runtimeOptions(runtime, folder string) ollama.RuntimeOptions {
	return ollama.RuntimeOptions{
		Folder: runtime, ModelFolder: filepath.Join(folder, "models"), Home: filepath.Join(folder, "home"),
		LogFolder: filepath.Join(folder, "log"), Start: startProcess, DialContext: dial, Version: "0.24.0",
	}
}

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(context.Background(), 2*time.Minute, errors.New("the test took too long"))
	t.Cleanup(cancel)
	return ctx
}

func user(text string) []llm.Message { return []llm.Message{{Role: llm.User, Text: text}} }
