package ollama

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"kontor/llm"
)

// Defaults of [RuntimeOptions].
const (
	defaultReadyWithin = 60 * time.Second
	defaultProbeEvery  = 5 * time.Second
	defaultProbeFails  = 3
	defaultKeepAlive   = 30 * time.Minute
	firstDelay         = 250 * time.Millisecond
	longestDelay       = 30 * time.Second
	// stableAfter is how long a server must live for its next crash to count
	// as the first one again.
	stableAfter = 3 * time.Second
	// patience is how many crashes in a row are hidden behind "starting".
	patience = 3
)

// Command is a program a [Starter] must run.
type Command struct {
	Program string
	Args    []string
	// Env is the whole environment.
	Env []string
	Dir string
	// Output gets what the program prints.
	Output io.Writer
}

// Child is a running program. Stop ends it in good order, Kill at once; both
// return when nothing of it is left. Done is closed then, whatever ended it.
type Child interface {
	PID() int
	Done() <-chan struct{}
	Stop()
	Kill()
}

// Starter runs programs so that they cannot outlive Kontor.
type Starter func(Command) (Child, error)

// RuntimeOptions configure the bundled server.
type RuntimeOptions struct {
	// Folder holds bin/ollama and lib/ollama.
	Folder string
	// ModelFolder and Home are the server's own; they are created.
	ModelFolder, Home string
	// LogFolder gets runtime.log, at most 5 MB, and two older ones.
	LogFolder string
	// Env is added to the server's environment, for example SystemRoot on
	// Windows. It must hold no secret.
	Env         []string
	Start       Starter
	DialContext DialFunc
	Log         *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// OnState is called from one goroutine after each change; may be nil.
	OnState func(llm.Status)
	// Version the server must have; empty accepts any.
	Version string
	// KeepAlive is how long models stay loaded, 0 for 30 minutes.
	KeepAlive time.Duration
	// FlashAttention is for machines with a graphics processor: see [Runtime].
	FlashAttention bool
	// ReadyWithin, ProbeEvery and ProbeFails bound the start and the detection
	// of a server that hangs; 0 means 60 s, 5 s and 3.
	ReadyWithin, ProbeEvery time.Duration
	ProbeFails              int
}

// Runtime supervises the bundled server: it listens on a random loopback port,
// has a home, a model folder and an environment of its own, never calls home,
// and is started again when it crashes or hangs.
//
// Flash attention is off unless asked for. On a processor alone it costs the
// small chat model a quarter of its speed when reading a prompt of 1,100 tokens
// and a third when answering after it (80 to 59 and 41 to 27 tokens for each
// second of processor time), and Ollama 0.24, left to itself, would use it for
// embedding with multilingual E5 too, which is slower as well (625 to 553);
// asked for explicitly, it leaves it off for embedding models.
type Runtime struct {
	options RuntimeOptions
	log     *slog.Logger
	now     func() time.Time
	http    *http.Client
	origin  string
	runners announcements

	mu      sync.Mutex
	models  string // folder of the models
	status  llm.Status
	changed chan struct{} // closed and replaced at each change
	stop    context.CancelFunc
	stopped chan struct{}
	check   chan struct{}
	replace chan struct{}
}

// NewRuntime prepares a supervisor; [Runtime.Start] starts the server.
func NewRuntime(options RuntimeOptions) *Runtime {
	if options.ReadyWithin <= 0 {
		options.ReadyWithin = defaultReadyWithin
	}
	if options.ProbeEvery <= 0 {
		options.ProbeEvery = defaultProbeEvery
	}
	if options.ProbeFails <= 0 {
		options.ProbeFails = defaultProbeFails
	}
	if options.KeepAlive == 0 {
		options.KeepAlive = defaultKeepAlive
	}
	r := &Runtime{
		options: options, log: options.Log, now: options.Now, http: newHTTPClient(options.DialContext),
		origin:  "http://" + strings.ToLower(rand.Text()) + ".invalid",
		models:  options.ModelFolder,
		status:  llm.Status{State: llm.RuntimeDown, Code: llm.CodeRuntimeDown},
		runners: announcements{ports: map[string]int{}},
		changed: make(chan struct{}), check: make(chan struct{}, 1), replace: make(chan struct{}, 1),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.now == nil {
		r.now = time.Now
	}
	return r
}

// Program is the path of the server's binary.
func (r *Runtime) Program() string {
	name := "ollama"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(r.options.Folder, "bin", name)
}

// Start begins to supervise and returns at once; [Runtime.Status] tells when
// the server is ready. A missing binary is [llm.CodeRuntimeMissing]. Starting
// a started runtime does nothing. ctx ends the server as [Runtime.Stop] does.
func (r *Runtime) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		return nil
	}
	if info, err := os.Stat(r.Program()); err != nil || info.IsDir() {
		r.setLocked(llm.Status{State: llm.RuntimeDown, Code: llm.CodeRuntimeMissing})
		return failed(llm.CodeRuntimeMissing, "no server binary in the runtime's folder")
	}
	for _, folder := range []string{r.models, r.options.Home, filepath.Join(r.options.Home, "tmp"), r.options.LogFolder} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return &llm.Error{Code: llm.CodeRuntimeDown, Cause: err}
		}
	}
	output, err := openLog(filepath.Join(r.options.LogFolder, "runtime.log"))
	if err != nil {
		return &llm.Error{Code: llm.CodeRuntimeDown, Cause: err}
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.stopped = make(chan struct{})
	// Endpoint must wait from now on; OnState is told by the supervisor.
	r.setLocked(llm.Status{State: llm.RuntimeStarting})
	go r.supervise(ctx, output, r.stopped)
	return nil
}

// Stop ends the server in good order and returns when it is gone.
func (r *Runtime) Stop() {
	r.mu.Lock()
	stop, stopped := r.stop, r.stopped
	r.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
	<-stopped
}

// UseModels names another folder of models; it counts from the next start of
// the server.
func (r *Runtime) UseModels(folder string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.models = folder
}

func (r *Runtime) modelFolder() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.models
}

// Status tells the state without a request.
func (r *Runtime) Status() llm.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Endpoint waits while the server is starting and returns its base URL.
func (r *Runtime) Endpoint(ctx context.Context) (string, error) {
	for {
		r.mu.Lock()
		status, changed := r.status, r.changed
		r.mu.Unlock()
		switch status.State {
		case llm.RuntimeReady:
			return status.Endpoint, nil
		case llm.RuntimeDown:
			return "", failed(status.Code, "the server is not running")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
		}
	}
}

// Check makes the supervisor probe the server now, for example after the
// machine was suspended. It does not wait for the result.
func (r *Runtime) Check() {
	select {
	case r.check <- struct{}{}:
	default:
	}
}

// Replace ends the server, which is then started anew: it answers probes, and
// what it runs stands still. It does not wait for the result.
func (r *Runtime) Replace() {
	select {
	case r.replace <- struct{}{}:
	default:
	}
}

func (r *Runtime) set(status llm.Status) {
	r.mu.Lock()
	r.setLocked(status)
	r.mu.Unlock()
	if r.options.OnState != nil {
		r.options.OnState(status)
	}
}

func (r *Runtime) setLocked(status llm.Status) {
	r.status = status
	close(r.changed)
	r.changed = make(chan struct{})
}
