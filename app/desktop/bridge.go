package desktop

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"

	"kontor/app"
)

// Bridge is what the page can call. Every exported method of a bound struct is
// reachable from JavaScript, so there are exactly three.
//
// Wails checks that a call comes from the page's own origin. The capability is
// a second lock: the page takes it with its first call and keeps it to itself,
// so that a script which gets into the page later has none.
type Bridge struct {
	calls     Caller
	principal func() app.Principal
	ready     func(context.Context) error

	mu         sync.Mutex
	capability string
	armed      bool // Open may be answered
	running    map[string]context.CancelFunc
	life       context.Context
	end        context.CancelFunc
}

// maxRunning bounds the calls in work at the same time.
const maxRunning = 64

func newBridge(calls Caller, principal func() app.Principal, ready func(context.Context) error) *Bridge {
	b := &Bridge{calls: calls, principal: principal, ready: ready, running: map[string]context.CancelFunc{}}
	b.life, b.end = context.WithCancel(context.Background())
	return b
}

// arm makes a new capability; the shell does so whenever it delivers the page,
// so that a reloaded page gets one and the one of the page before is void.
func (b *Bridge) arm() {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	b.mu.Lock()
	defer b.mu.Unlock()
	b.capability, b.armed = base64.RawURLEncoding.EncodeToString(raw), true
}

// Open gives the capability, once for each loaded page, and "" after that.
func (b *Bridge) Open() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.armed {
		return ""
	}
	b.armed = false
	return b.capability
}

// Call runs a method of the surface. id is the page's name for the call and
// must not be in use. The answer is {"result":…} or {"problem":{"code":…}}.
func (b *Bridge) Call(capability, id, name, request string) string {
	ctx, done, err := b.begin(capability, id)
	if err != nil {
		return answer(nil, err)
	}
	defer done()
	if err := b.ready(ctx); err != nil {
		return answer(nil, err)
	}
	return answer(b.calls.Call(ctx, b.principal(), name, json.RawMessage(request)))
}

// Cancel ends a call that is in work; others are not known and do nothing.
func (b *Bridge) Cancel(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if cancel, ok := b.running[id]; ok {
		cancel()
	}
}

func (b *Bridge) begin(capability, id string) (context.Context, func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.capability == "" || subtle.ConstantTimeCompare([]byte(capability), []byte(b.capability)) != 1 {
		return nil, nil, &app.Error{Code: app.ProblemNotAllowed, Cause: errors.New("call without the capability")}
	}
	if b.life.Err() != nil {
		return nil, nil, &app.Error{Code: app.ProblemClosing}
	}
	if _, used := b.running[id]; used || len(b.running) >= maxRunning {
		return nil, nil, &app.Error{Code: app.ProblemBadRequest, Cause: errors.New("call id in use, or too many calls")}
	}
	ctx, cancel := context.WithCancel(b.life)
	b.running[id] = cancel
	return ctx, func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.running, id)
	}, nil
}

// close ends all calls.
func (b *Bridge) close() { b.end() }

func answer(result json.RawMessage, err error) string {
	var envelope struct {
		Result  json.RawMessage `json:"result,omitempty"`
		Problem *app.Problem    `json:"problem,omitempty"`
	}
	envelope.Result = result
	if err != nil {
		problem := app.AsError(err).Problem()
		envelope.Problem = &problem
	}
	raw, err := json.Marshal(envelope)
	if err != nil {
		return `{"problem":{"code":"` + app.ProblemInternal + `"}}`
	}
	return string(raw)
}
