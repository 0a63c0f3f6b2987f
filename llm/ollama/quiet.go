package ollama

import (
	"context"
	"errors"
	"sync"
	"time"

	"kontor/llm"
)

const (
	// firstDoubt is how long an answer that has begun may pause before the
	// server is probed: a slow computer takes less than a second for a token.
	firstDoubt = 2 * time.Second
	// defaultQuiet is when a pause is no pause any more.
	defaultQuiet = 30 * time.Second
	// toolPatience is how much longer an answer that may call tools is waited
	// for: the server keeps a call back until its last token.
	toolPatience = 10
)

// errQuiet is the cause of a request's context that ended because the model
// stood still.
var errQuiet = errors.New("the model stood still in the middle of its answer")

// attention watches one answer. Nothing is expected before its first piece:
// reading a long prompt takes minutes on some computers.
type attention struct {
	client *Client
	cancel context.CancelCauseFunc
	quiet  time.Duration // when a pause is no pause any more

	mu     sync.Mutex
	timer  *time.Timer
	doubts int
	ended  bool
}

func (c *Client) attend(ctx context.Context, request llm.Request) (context.Context, *attention) {
	ctx, cancel := context.WithCancelCause(ctx)
	quiet := c.options.Quiet
	if len(request.Tools) > 0 {
		quiet *= toolPatience
	}
	return ctx, &attention{client: c, cancel: cancel, quiet: quiet}
}

// came is called with each piece.
func (a *attention) came() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return
	}
	a.doubts = 0
	wait := min(firstDoubt, a.quiet)
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
	if a.doubts++; a.doubts == 1 && a.quiet > firstDoubt {
		if ours {
			supervised.Check()
		}
		a.timer.Reset(a.quiet - firstDoubt)
		return
	}
	a.client.log.Warn("an answer stands still", "seconds", int(a.quiet.Seconds()))
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
