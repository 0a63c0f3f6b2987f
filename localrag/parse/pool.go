package parse

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"kontor/localrag"
)

// Start starts a worker process. Its context covers starting only.
type Start func(ctx context.Context, command Command) (Process, error)

// Command says what to start: this program with Args, without an environment,
// with stdin and stdout as pipes.
type Command struct {
	Name        string // for the log
	Args        []string
	MemoryBytes int64 // resident memory at which the worker may be killed
}

// Process is a running worker.
type Process interface {
	Stdin() io.WriteCloser
	Stdout() io.Reader
	// Kill ends the process and all it started. It may be called twice.
	Kill() error
	// Wait returns when the process has ended. A process that was killed for
	// its memory has the exit code [ExitMemory].
	Wait() (exitCode int, err error)
}

// Options configure a [Pool].
type Options struct {
	Start Start
	// CacheDir keeps the compiled PDF engine.
	CacheDir string
	// Workers at the same time: 1 by default, at most 2.
	Workers int
	Limits  Limits
	// Tools are programs that read what the parsers cannot.
	Tools Tools
	// Idle is how long a worker without a job is kept; 0 means a minute.
	Idle time.Duration
}

// A worker that has read many documents or holds much memory is replaced.
const (
	jobsPerWorker   = 100
	memoryPerWorker = 400 << 20
	defaultIdle     = time.Minute
	startTime       = 60 * time.Second // the first start compiles the PDF engine
)

// Pool reads documents in worker processes. Workers start when they are
// needed. Safe for concurrent use.
type Pool struct {
	options Options
	slots   chan struct{}
	tools   *toolbox

	mu     sync.Mutex
	idle   []*client
	closed bool
	all    map[*client]bool
}

// NewPool makes a pool; it starts nothing.
func NewPool(options Options) *Pool {
	options.Limits = options.Limits.withDefaults()
	options.Workers = min(max(options.Workers, 1), 2)
	fill(&options.Idle, defaultIdle)
	return &Pool{options: options, tools: newToolbox(options.Tools, options.Limits), slots: make(chan struct{}, options.Workers), all: map[*client]bool{}}
}

// Source is a document to read.
type Source struct {
	// Name is the file name; its extension is a hint.
	Name string
	// Size in bytes; it may not be exceeded by Content.
	Size int64
	// Content is read once, from where it stands.
	Content io.Reader
}

// errClosed is the cause of calls after Close.
var errClosed = errors.New("parse: pool is closed")

// Parse reads a document. Progress may be nil; it is called from the calling
// goroutine. Every error is a *[localrag.Error].
func (p *Pool) Parse(ctx context.Context, source Source, progress func(Progress)) (Result, error) {
	var result Result
	err := p.run(ctx, source, job{Kind: jobParse}, &collector{result: &result, progress: progress, limits: p.options.Limits})
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

// Locate gives the rectangles of a span of a document's text on its pages.
// Formats without pages have none.
func (p *Pool) Locate(ctx context.Context, source Source, span Span) ([]Rect, error) {
	pages := pagesOf(span)
	if len(pages) == 0 {
		return nil, nil
	}
	var collected collector
	if err := p.run(ctx, source, job{Kind: jobLocate, Span: span, Pages: pages}, &collected); err != nil {
		return nil, err
	}
	return collected.rects, nil
}

// Warm starts a worker ahead of the first document, so that the PDF engine is
// compiled before anyone waits for it.
func (p *Pool) Warm(ctx context.Context) error {
	release, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	c, err := p.worker(ctx)
	if err != nil {
		return err
	}
	p.keep(c)
	return nil
}

// Close kills the workers. Running jobs end with an error.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	clients := make([]*client, 0, len(p.all))
	for c := range p.all {
		clients = append(clients, c)
	}
	p.idle = nil
	p.mu.Unlock()
	for _, c := range clients {
		c.end()
	}
	return nil
}

func (p *Pool) acquire(ctx context.Context) (release func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, fail(localrag.CodeCancelled, ctx.Err())
	}
}

func (p *Pool) run(ctx context.Context, source Source, j job, out *collector) error {
	switch {
	case source.Size == 0 && j.Kind == jobParse:
		return fail(localrag.CodeEmpty, nil)
	case source.Size > p.options.Limits.FileBytes:
		return failf(localrag.CodeTooLarge, "file of %d bytes", source.Size)
	}
	release, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	c, err := p.worker(ctx)
	if err != nil {
		return err
	}
	j.Name, j.Size, j.Limits = source.Name, source.Size, p.options.Limits
	j.Recognise, j.Convert = p.tools.help(ctx)
	c.tools = p.tools
	err = c.do(ctx, j, source.Content, out)
	if c.broken || c.jobs >= jobsPerWorker || c.memory > memoryPerWorker {
		p.drop(c)
	} else {
		p.keep(c)
	}
	return err
}

// worker takes an idle worker or starts one.
func (p *Pool) worker(ctx context.Context) (*client, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, fail(localrag.CodeCancelled, errClosed)
	}
	for n := len(p.idle); n > 0; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		c.timer.Stop()
		p.mu.Unlock()
		if c.alive(ctx) {
			return c, nil
		}
		p.drop(c)
		p.mu.Lock()
	}
	p.mu.Unlock()
	c, err := startClient(ctx, p.options)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.all[c] = true
	}
	p.mu.Unlock()
	if closed {
		c.end()
		return nil, fail(localrag.CodeCancelled, errClosed)
	}
	return c, nil
}

// keep puts a worker aside for the next document, for a while.
func (p *Pool) keep(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return // Close ends it
	}
	p.idle = append(p.idle, c)
	c.timer = time.AfterFunc(p.options.Idle, func() {
		p.mu.Lock()
		for i, other := range p.idle {
			if other == c {
				p.idle = append(p.idle[:i], p.idle[i+1:]...)
				p.mu.Unlock()
				p.drop(c)
				return
			}
		}
		p.mu.Unlock()
	})
}

func (p *Pool) drop(c *client) {
	c.end()
	p.mu.Lock()
	delete(p.all, c)
	p.mu.Unlock()
}
