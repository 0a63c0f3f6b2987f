package ollama_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/ollama"
)

// fakeServer is what the test binary does when it is started as "ollama
// serve": enough of a server to be supervised. The behaviour is named by a
// file in its home, so that it can change between two starts.
func fakeServer() {
	behaviour, _ := os.ReadFile(filepath.Join(os.Getenv("HOME"), "behaviour"))
	fmt.Println("fake server says:", string(behaviour))
	_ = os.WriteFile(filepath.Join(os.Getenv("HOME"), "environment"), []byte(strings.Join(os.Environ(), "\n")), 0o600)
	if string(behaviour) == "crash" {
		os.Exit(3)
	}
	var hang atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/api/version", func(w http.ResponseWriter, r *http.Request) {
		if hang.Load() {
			time.Sleep(time.Minute)
		}
		if string(behaviour) != "foreign" {
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		}
		version := "0.24.0"
		if string(behaviour) == "old" {
			version = "0.1.0"
		}
		fmt.Fprintf(w, `{"version":"%s"}`, version)
	})
	mux.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { hang.Store(true) })
	_ = http.ListenAndServe(os.Getenv("OLLAMA_HOST"), mux)
}

// supervised is a runtime over the fake server with a record of its states.
type supervised struct {
	*ollama.Runtime
	folder string
	mu     sync.Mutex
	states []llm.Status
	starts int
	last   ollama.Child
}

func newSupervised(t *testing.T, behaviour string, change func(*ollama.RuntimeOptions)) *supervised {
	t.Helper()
	s := &supervised{folder: t.TempDir()}
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(s.folder, "runtime", "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(s.folder, "runtime", "bin", "ollama")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	options := runtimeOptions(filepath.Join(s.folder, "runtime"), s.folder)
	options.ProbeEvery = 50 * time.Millisecond
	options.Start = func(c ollama.Command) (ollama.Child, error) {
		child, err := startProcess(c)
		s.mu.Lock()
		s.starts++
		s.last = child
		s.mu.Unlock()
		return child, err
	}
	options.OnState = func(status llm.Status) {
		s.mu.Lock()
		s.states = append(s.states, status)
		s.mu.Unlock()
	}
	if change != nil {
		change(&options)
	}
	s.Runtime = ollama.NewRuntime(options)
	if err := os.MkdirAll(options.Home, 0o700); err != nil {
		t.Fatal(err)
	}
	s.behave(t, behaviour)
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func (s *supervised) behave(t *testing.T, behaviour string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, "home", "behaviour"), []byte(behaviour), 0o600); err != nil {
		t.Fatal(err)
	}
}

// until waits for a state.
func (s *supervised) until(t *testing.T, what string, done func(llm.Status) bool) llm.Status {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if status := s.Status(); done(status) {
			return status
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never %s: %+v", what, s.Status())
	return llm.Status{}
}

func ready(s llm.Status) bool { return s.State == llm.RuntimeReady }

func (s *supervised) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.starts
}

func TestRuntimeStartsAndStops(t *testing.T) {
	s := newSupervised(t, "", nil)
	endpoint, err := s.Endpoint(testContext(t))
	if err != nil || !strings.HasPrefix(endpoint, "http://127.0.0.1:") {
		t.Fatalf("endpoint = %q, %v", endpoint, err)
	}
	if status := s.Status(); status.Version != "0.24.0" || status.State != llm.RuntimeReady {
		t.Errorf("status = %+v", status)
	}
	if err := s.Start(context.Background()); err != nil || s.count() != 1 {
		t.Errorf("second start: %v, %d starts", err, s.count())
	}
	s.Stop()
	s.Stop()
	if _, err := s.Endpoint(testContext(t)); llm.CodeOf(err) != llm.CodeRuntimeDown {
		t.Errorf("after the stop: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, status := range s.states {
		names = append(names, status.State)
	}
	if got := strings.Join(names, " "); got != "starting ready down" {
		t.Errorf("states = %s", got)
	}
	log, err := os.ReadFile(filepath.Join(s.folder, "log", "runtime.log"))
	if err != nil || !strings.Contains(string(log), "fake server says") {
		t.Errorf("log = %q, %v", log, err)
	}
}

func TestRuntimeEnvironmentIsItsOwn(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.invalid")
	t.Setenv("SECRET_TOKEN", "secret")
	t.Setenv("OLLAMA_DEBUG", "2")
	s := newSupervised(t, "", nil)
	s.until(t, "ready", ready)
	data, err := os.ReadFile(filepath.Join(s.folder, "home", "environment"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		got[key] = value
	}
	for key, want := range map[string]string{
		"OLLAMA_NO_CLOUD": "1", "OLLAMA_NUM_PARALLEL": "1", "OLLAMA_MAX_LOADED_MODELS": "3", "OLLAMA_DEBUG": "0",
		"HOME": filepath.Join(s.folder, "home"), "OLLAMA_MODELS": filepath.Join(s.folder, "models"),
	} {
		if got[key] != want {
			t.Errorf("%s = %q, want %q", key, got[key], want)
		}
	}
	for _, key := range []string{"HTTP_PROXY", "SECRET_TOKEN"} {
		if _, ok := got[key]; ok {
			t.Errorf("%s reached the server", key)
		}
	}
	if !strings.HasPrefix(got["OLLAMA_HOST"], "127.0.0.1:") || got["OLLAMA_ORIGINS"] == "" {
		t.Errorf("host %q, origins %q", got["OLLAMA_HOST"], got["OLLAMA_ORIGINS"])
	}
}

func TestRuntimeComesBackAfterACrash(t *testing.T) {
	s := newSupervised(t, "", nil)
	first := s.until(t, "ready", ready)
	s.mu.Lock()
	child := s.last
	s.mu.Unlock()
	child.Kill()
	second := s.until(t, "ready again", func(status llm.Status) bool { return ready(status) && status.Endpoint != first.Endpoint })
	if s.count() != 2 || second.Code != "" {
		t.Errorf("%d starts, %+v", s.count(), second)
	}
}

func TestRuntimeThatAlwaysCrashesIsDownAndRecovers(t *testing.T) {
	s := newSupervised(t, "crash", nil)
	down := s.until(t, "down", func(status llm.Status) bool { return status.State == llm.RuntimeDown })
	if down.Code != llm.CodeRuntimeCrashed || s.count() < 3 {
		t.Errorf("status = %+v after %d starts", down, s.count())
	}
	s.behave(t, "")
	s.until(t, "ready", ready)
}

func TestHungRuntimeIsReplaced(t *testing.T) {
	s := newSupervised(t, "", nil)
	first := s.until(t, "ready", ready)
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	defer client.CloseIdleConnections()
	response, err := client.Get(first.Endpoint + "/hang")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	s.until(t, "ready again", func(status llm.Status) bool { return ready(status) && status.Endpoint != first.Endpoint })
}

func TestForeignServersAreRefused(t *testing.T) {
	for _, behaviour := range []string{"foreign", "old"} {
		t.Run(behaviour, func(t *testing.T) {
			s := newSupervised(t, behaviour, nil)
			status := s.until(t, "refused", func(status llm.Status) bool { return status.Code != "" })
			if status.Code != llm.CodeRuntimeForeign {
				t.Errorf("status = %+v", status)
			}
		})
	}
}

// Another program on the port, with a living child beside it, is not taken
// for the child even if it echoes everything.
func TestPortOfAnotherProcess(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	number, _ := strconv.Atoi(port)
	if !ollama.Owns(os.Getpid(), number) {
		t.Error("our own port is not ours")
	}
	if os.Getppid() > 1 && ollama.Owns(os.Getppid(), number) && ollama.OwnsIsExact {
		t.Error("our port belongs to another process")
	}
}

func TestMissingRuntime(t *testing.T) {
	r := ollama.NewRuntime(runtimeOptions(t.TempDir(), t.TempDir()))
	if err := r.Start(context.Background()); llm.CodeOf(err) != llm.CodeRuntimeMissing {
		t.Errorf("err = %v", err)
	}
	if status := r.Status(); status.Code != llm.CodeRuntimeMissing {
		t.Errorf("status = %+v", status)
	}
	client := ollama.New(ollama.Options{Server: r, DialContext: dial})
	if status := client.Status(testContext(t)); status.Code != llm.CodeRuntimeMissing {
		t.Errorf("client status = %+v", status)
	}
	if _, err := client.Models(testContext(t)); llm.CodeOf(err) != llm.CodeRuntimeMissing {
		t.Errorf("models: %v", err)
	}
}

func TestLogIsRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runtime.log")
	log, err := ollama.OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("x", 1<<20)
	for range 18 {
		if _, err := io.WriteString(log, line); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", ".1", ".2"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Size() > 5<<20 {
			t.Errorf("%s: %v, %v", suffix, info, err)
		}
	}
	if _, err := os.Stat(path + ".3"); err == nil {
		t.Error("a fourth file was kept")
	}
}

func TestImportRefusesAnotherContent(t *testing.T) {
	r := realServer(t)
	path := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(path, []byte("GGUF but not what the manifest says"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := ollama.Import{Name: "test/broken", Path: path, SHA256: strings.Repeat("0", 64)}
	if err := r.client.ImportGGUF(testContext(t), in); llm.CodeOf(err) != llm.CodePackBroken {
		t.Errorf("err = %v", err)
	}
	in.SHA256 = ""
	if err := r.client.ImportGGUF(testContext(t), in); llm.CodeOf(err) != llm.CodePackBroken {
		t.Errorf("no hash: err = %v", err)
	}
	if err := r.client.Load(testContext(t), in.Name, 512); llm.CodeOf(err) != llm.CodeModelMissing {
		t.Errorf("the broken model is there: %v", err)
	}
}

func TestImportIsIdempotentAndReportsProgress(t *testing.T) {
	r := realServer(t)
	_, starter := folders(t)
	for _, m := range readManifest(t, starter).Models {
		if m.Role != "embedding" {
			continue
		}
		in := ollama.Import{Name: "test/again", Path: filepath.Join(starter, m.File), SHA256: m.SHA256}
		var done, total int64
		in.Progress = func(d, all int64) { done, total = d, all }
		if err := r.client.ImportGGUF(testContext(t), in); err != nil {
			t.Fatal(err)
		}
		if done == 0 || done > total {
			t.Errorf("progress = %d of %d", done, total)
		}
		in.Progress = func(int64, int64) { t.Error("the file was read again") }
		if err := r.client.ImportGGUF(testContext(t), in); err != nil {
			t.Fatal(err)
		}
		if err := r.client.Delete(testContext(t), in.Name); err != nil {
			t.Fatal(err)
		}
		if _, err := r.client.CountText(testContext(t), in.Name, "x"); llm.CodeOf(err) != llm.CodeModelMissing {
			t.Errorf("after the deletion: %v", err)
		}
	}
}
