package parse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"kontor/localrag"
)

// workerEnv makes the test program a worker.
const workerEnv = "KONTOR_TEST_PARSE_WORKER"

func TestMain(m *testing.M) {
	switch os.Getenv(workerEnv) {
	case "1":
		os.Exit(WorkerMain(os.Args[2:], os.Stdin, os.Stdout))
	case "rights":
		tryRights()
		return
	case "hang":
		_ = writeFrame(os.Stdout, frameReady, nil)
		_, _ = io.Copy(io.Discard, os.Stdin)
		select {}
	}
	os.Exit(runTests(m))
}

// testCache keeps the compiled PDF engine for all tests of a run.
var testCache string

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "parse-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	testCache = folder
	return m.Run()
}

// tryRights runs in a process of its own and tells what is left after the
// rights were given up.
func tryRights() {
	giveUpRights()
	_, readErr := os.ReadFile(os.Args[0])
	_, listErr := os.ReadDir(".")
	writeErr := os.WriteFile("left-behind", nil, 0o600)
	if readErr != nil && listErr != nil && writeErr != nil {
		os.Stdout.WriteString("none")
		return
	}
	os.Stdout.WriteString("some")
}

// execProcess runs the test program itself as a worker.
type execProcess struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
	wait   sync.Once
	err    error
}

func starter(mode string, started *[]*execProcess) Start {
	return func(_ context.Context, c Command) (Process, error) {
		cmd := exec.Command(os.Args[0], c.Args...)
		cmd.Env = []string{workerEnv + "=" + mode}
		cmd.Stderr = os.Stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		p := &execProcess{cmd: cmd, stdin: stdin, stdout: stdout}
		if started != nil {
			*started = append(*started, p)
		}
		return p, cmd.Start()
	}
}

func (p *execProcess) Stdin() io.WriteCloser { return p.stdin }
func (p *execProcess) Stdout() io.Reader     { return p.stdout }
func (p *execProcess) Kill() error           { return p.cmd.Process.Kill() }
func (p *execProcess) Wait() (int, error) {
	p.wait.Do(func() { p.err = p.cmd.Wait() })
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		return p.cmd.ProcessState.ExitCode(), nil
	}
	return p.cmd.ProcessState.ExitCode(), p.err
}

func testPool(t *testing.T, options Options) *Pool {
	t.Helper()
	if options.Start == nil {
		options.Start = starter("1", nil)
	}
	options.CacheDir = testCache
	pool := NewPool(options)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}

func sourceOf(t *testing.T, path string) Source {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "corpus", path))
	if err != nil {
		t.Fatal(err)
	}
	return Source{Name: path, Size: int64(len(data)), Content: bytes.NewReader(data)}
}

func wantCode(t *testing.T, err error, want localrag.Code) {
	t.Helper()
	if got := localrag.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestPoolParses(t *testing.T) {
	var started []*execProcess
	pool := testPool(t, Options{Start: starter("1", &started)})
	var pages []Progress
	doc, err := pool.Parse(t.Context(), sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), func(p Progress) { pages = append(pages, p) })
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, doc)
	if doc.Format != "pdf" || doc.Pages != 4 || doc.ParserVersion != Version || !strings.Contains(doc.Text, "24 Werktage") {
		t.Errorf("format %q, %d pages, version %d, %d bytes of text", doc.Format, doc.Pages, doc.ParserVersion, len(doc.Text))
	}
	if n := len(pages); n == 0 || pages[n-1] != (Progress{Page: 4, Pages: 4}) {
		t.Errorf("progress %v", pages)
	}
	_, err = pool.Parse(t.Context(), Source{Name: "x.pdf", Size: 4, Content: strings.NewReader("%PDF")}, nil)
	wantCode(t, err, localrag.CodeCorrupt)
	if _, err := pool.Parse(t.Context(), sourceOf(t, "ok/nachweisgesetz-utf16le.txt"), nil); err != nil {
		t.Error(err)
	}
	if len(started) != 1 {
		t.Errorf("%d workers for three jobs", len(started))
	}
}

// The worker's answer must equal what the parsers give in this process.
func TestPoolLosesNothing(t *testing.T) {
	pool := testPool(t, Options{})
	text := strings.Repeat("Grüße aus München – ein Absatz mit Umlauten.\n\n", 30_000)
	want, err := testReader(t).Parse(t.Context(), []byte(text), "lang.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pool.Parse(t.Context(), Source{Name: "lang.txt", Size: int64(len(text)), Content: strings.NewReader(text)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != want.Text || len(got.Blocks) != len(want.Blocks) || !reflect.DeepEqual(got.Blocks[29_999], want.Blocks[29_999]) {
		t.Errorf("%d bytes and %d blocks, want %d and %d", len(got.Text), len(got.Blocks), len(want.Text), len(want.Blocks))
	}
}

func TestPoolLocates(t *testing.T) {
	pool := testPool(t, Options{})
	doc, err := pool.Parse(t.Context(), sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), nil)
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(doc.Text, "Der Urlaub beträgt jährlich")
	rects, err := pool.Locate(t.Context(), sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), Span{Start: start, End: start + 20, Blocks: doc.Blocks})
	if err != nil || len(rects) != 1 || rects[0].Page != 1 {
		t.Errorf("%v, %v", rects, err)
	}
}

func TestPoolKillsSilentWorker(t *testing.T) {
	pool := testPool(t, Options{Start: starter("hang", nil), Limits: Limits{Silence: 50 * time.Millisecond}})
	_, err := pool.Parse(t.Context(), sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), nil)
	wantCode(t, err, localrag.CodeTimeout)
}

func TestPoolCancel(t *testing.T) {
	pool := testPool(t, Options{Start: starter("hang", nil)})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := pool.Parse(ctx, sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), nil)
	wantCode(t, err, localrag.CodeCancelled)
}

func TestPoolSurvivesDeadWorker(t *testing.T) {
	var started []*execProcess
	pool := testPool(t, Options{Start: starter("1", &started)})
	if err := pool.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := started[0].Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = started[0].Wait()
	begin := time.Now()
	if _, err := pool.Parse(t.Context(), sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), nil); err != nil {
		t.Error(err)
	}
	t.Logf("restart and document: %v", time.Since(begin))
	if len(started) != 2 {
		t.Errorf("%d workers started, want 2", len(started))
	}
}

func TestPoolMemoryLimit(t *testing.T) {
	pool := testPool(t, Options{Limits: Limits{MemoryBytes: 24 << 20}})
	text := strings.Repeat("Wort ", 4<<20)
	_, err := pool.Parse(t.Context(), Source{Name: "x.txt", Size: int64(len(text)), Content: strings.NewReader(text)}, nil)
	wantCode(t, err, localrag.CodeMemory)
}

func TestPoolReadErrors(t *testing.T) {
	pool := testPool(t, Options{Limits: Limits{FileBytes: 1000}})
	_, err := pool.Parse(t.Context(), Source{Name: "x.txt", Size: 5000, Content: strings.NewReader("")}, nil)
	wantCode(t, err, localrag.CodeTooLarge)
	_, err = pool.Parse(t.Context(), Source{Name: "x.txt", Size: 10, Content: strings.NewReader(strings.Repeat("x", 2000))}, nil)
	wantCode(t, err, localrag.CodeTooLarge)
	_, err = pool.Parse(t.Context(), Source{Name: "x.txt", Size: 10, Content: io.MultiReader(strings.NewReader("ab"), failingReader{})}, nil)
	wantCode(t, err, localrag.CodeUnreadable)
	_, err = pool.Parse(t.Context(), Source{Name: "x.txt", Size: 0, Content: strings.NewReader("")}, nil)
	wantCode(t, err, localrag.CodeEmpty)
	if _, err = pool.Parse(t.Context(), Source{Name: "x.txt", Size: 5, Content: strings.NewReader("Hallo")}, nil); err != nil {
		t.Error("after errors:", err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("disk is gone") }

func TestPoolIdleAndClose(t *testing.T) {
	var started []*execProcess
	pool := testPool(t, Options{Start: starter("1", &started), Idle: time.Millisecond})
	if err := pool.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := started[0].Wait(); err != nil { // ends by itself
		t.Error(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Parse(t.Context(), sourceOf(t, "ok/bundesurlaubsgesetz.pdf"), nil)
	wantCode(t, err, localrag.CodeCancelled)
}
