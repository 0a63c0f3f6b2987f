package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"kontor/app"
)

// ErrNotBuilt means that this program was built without a window.
var ErrNotBuilt = errors.New("desktop: this program was built without a window")

// Caller is the method table, [app.Surface].
type Caller interface {
	Call(ctx context.Context, p app.Principal, name string, request json.RawMessage) (json.RawMessage, error)
}

// Files gives documents' files; [app.App].
type Files interface {
	Original(ctx context.Context, p app.Principal, documentID, hash string) (*os.File, string, time.Time, error)
}

// Options of [New]. All functions are optional.
type Options struct {
	Calls Caller
	Bus   *app.Bus
	// Owner is the person at this computer.
	Owner func() app.Principal
	Files Files
	// Assets is the page, index.html at its root.
	Assets fs.FS
	Log    *slog.Logger
	// Prepare runs before the window, but not when the Wails tool runs the
	// program to generate bindings: nothing may touch disk, network or processes
	// before it. If proceed is false, Run ends quietly: another window was raised.
	Prepare func() (proceed bool, err error)
	// Start runs while the window opens; calls of the page wait for it, and are
	// answered with its error if it fails. Stop runs after the window closed.
	Start, Stop func(ctx context.Context) error
	// StateFile names the file that remembers size and place of the window; asked after Prepare.
	StateFile func() string
	// Theme is "light", "dark" or "system"; asked after Prepare. It decides the
	// colour that is seen before the page is.
	Theme func() string
	// OpenFile takes a file that macOS was asked to open with the program.
	OpenFile func(path string)
	// Wishes are what the settings want of the desktop; asked after Start and
	// whenever the bus says that settings changed.
	Wishes func() app.DesktopWishes
	// ProbeFile receives {"domReadyMs":…,"domReadyAt":…} when the page is ready:
	// milliseconds since Launched, and the time in Unix milliseconds.
	ProbeFile string
	Launched  time.Time
}

// Window is the window. It is an [app.Shell].
type Window struct {
	options Options
	log     *slog.Logger
	bridge  *Bridge
	started chan struct{} // closed when Start is through
	failure error         // of Start; valid after started
	shown   shown         // what only a program with a window has

	notifications sync.Once // prepares them at the first one
	notifiable    error     // valid after notifications

	mu  sync.Mutex
	ctx context.Context // of Wails; nil before the window exists
}

var _ app.Shell = (*Window)(nil)

// New returns a Window that does nothing yet.
func New(o Options) *Window {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Owner == nil {
		o.Owner = func() app.Principal { return app.Principal{} }
	}
	w := &Window{options: o, log: o.Log, started: make(chan struct{})}
	w.bridge = newBridge(o.Calls, w.principal, w.ready)
	return w
}

// Kind implements [app.Shell].
func (w *Window) Kind() string { return "window" }

func (w *Window) principal() app.Principal {
	p := w.options.Owner()
	p.Local = true
	return p
}

// ready waits until the program behind the window has started.
func (w *Window) ready(ctx context.Context) error {
	select {
	case <-w.started:
		return w.failure
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start runs Options.Start and lets the page's calls through.
func (w *Window) start(ctx context.Context) {
	if w.options.Start != nil {
		w.failure = w.options.Start(ctx)
	}
	if w.failure != nil {
		w.log.Error("start failed", "error", w.failure)
	}
	close(w.started)
}

// opened returns the context of the open window, nil before there is one.
func (w *Window) opened() context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ctx
}

// probe is what the probe file holds.
type probe struct {
	DOMReadyMs int64 `json:"domReadyMs"`
	DOMReadyAt int64 `json:"domReadyAt"`
}

// writeProbe notes how long the page took, for measurements.
func (w *Window) writeProbe(now time.Time) {
	if w.options.ProbeFile == "" {
		return
	}
	raw, err := json.Marshal(probe{DOMReadyMs: now.Sub(w.options.Launched).Milliseconds(), DOMReadyAt: now.UnixMilli()})
	if err == nil {
		err = writeFile(w.options.ProbeFile, raw)
	}
	if err != nil {
		w.log.Error("write the probe", "error", err)
	}
}
