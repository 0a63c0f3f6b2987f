package ollama

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// firstDoubt is how long an answer that has begun may pause before the
	// server is probed: a slow computer takes less than a second for a token.
	firstDoubt = 2 * time.Second
	// defaultQuiet is when a pause is no pause any more.
	defaultQuiet = 30 * time.Second
)

// errQuiet is the cause of a request's context that ended because the model
// stood still.
var errQuiet = errors.New("the model stood still in the middle of its answer")

// attention watches one answer. Nothing is expected before its first piece:
// reading a long prompt takes minutes on some computers.
type attention struct {
	client *Client
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	timer  *time.Timer
	doubts int
	ended  bool
}

func (c *Client) attend(ctx context.Context) (context.Context, *attention) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &attention{client: c, cancel: cancel}
}

// came is called with each piece.
func (a *attention) came() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return
	}
	a.doubts = 0
	wait := min(firstDoubt, a.client.options.Quiet)
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.doubt)
		return
	}
	a.timer.Reset(wait)
}

// doubt has the server probed the first time, which finds one that hangs. The
// second time the server is well and its runner is not: the server is replaced.
func (a *attention) doubt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return
	}
	supervised, ours := a.client.options.Server.(interface {
		Check()
		Replace()
	})
	if a.doubts++; a.doubts == 1 && a.client.options.Quiet > firstDoubt {
		if ours {
			supervised.Check()
		}
		a.timer.Reset(a.client.options.Quiet - firstDoubt)
		return
	}
	a.client.log.Warn("an answer stands still", "seconds", int(a.client.options.Quiet.Seconds()))
	a.cancel(errQuiet)
	if ours {
		supervised.Replace()
	}
}

func (a *attention) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	if a.timer != nil {
		a.timer.Stop()
	}
	a.cancel(nil)
}
