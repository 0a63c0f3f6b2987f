package parse

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"kontor/localrag"
)

// client is the program's side of a worker.
type client struct {
	process Process
	out     *bufio.Reader
	tools   *toolbox
	jobs    int
	asks    int   // of this job
	memory  int64 // of the worker after its last job
	broken  bool  // must not be used again
	timer   *time.Timer
	ending  sync.Once
	reason  atomic.Pointer[localrag.Error] // why the worker was killed
}

// startClient starts a worker and waits until it is ready.
func startClient(ctx context.Context, options Options) (*client, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(localrag.CodeCancelled, err)
	}
	memory := options.Limits.MemoryBytes
	process, err := options.Start(ctx, Command{
		Name:        "parse",
		Args:        []string{Verb, "--cache", options.CacheDir, "--memory", strconv.FormatInt(memory, 10)},
		MemoryBytes: memory,
	})
	if err != nil {
		return nil, fail(localrag.CodeCrashed, fmt.Errorf("starting the worker: %w", err))
	}
	c := &client{process: process, out: bufio.NewReaderSize(process.Stdout(), 64<<10)}
	stop := c.killAfter(ctx, startTime)
	kind, _, err := readFrame(c.out)
	if stop(); err != nil || kind != frameReady {
		c.broken = true
		return nil, c.death(err)
	}
	return c, nil
}

// alive asks an idle worker for a sign of life: it may have been ended by the
// system since its last job.
func (c *client) alive(ctx context.Context) bool {
	stop := c.killAfter(ctx, 5*time.Second)
	defer stop()
	if writeFrame(c.process.Stdin(), frameReady, nil) != nil {
		return false
	}
	kind, _, err := readFrame(c.out)
	return err == nil && kind == frameReady
}

// kill ends the worker for a reason; the first one counts.
func (c *client) kill(code localrag.Code, cause error) {
	c.reason.CompareAndSwap(nil, &localrag.Error{Code: code, Cause: cause})
	_ = c.process.Kill()
}

// killAfter kills the worker when the context ends or the time is over, until
// stop is called.
func (c *client) killAfter(ctx context.Context, limit time.Duration) (stop func()) {
	timer := time.AfterFunc(limit, func() { c.kill(localrag.CodeTimeout, fmt.Errorf("no answer for %v", limit)) })
	stopContext := context.AfterFunc(ctx, func() { c.kill(localrag.CodeCancelled, context.Cause(ctx)) })
	return func() {
		timer.Stop()
		stopContext()
	}
}

// end kills the worker and waits for its end.
func (c *client) end() {
	c.ending.Do(func() {
		c.reason.CompareAndSwap(nil, &localrag.Error{Code: localrag.CodeCancelled, Cause: errClosed})
		_ = c.process.Stdin().Close()
		_ = c.process.Kill()
		_, _ = c.process.Wait()
	})
}

// death explains why the worker does not answer any more.
func (c *client) death(cause error) error {
	_ = c.process.Kill()
	code, err := c.process.Wait()
	if reason := c.reason.Load(); reason != nil {
		return reason
	}
	switch {
	case code == ExitMemory:
		return failf(localrag.CodeMemory, "the worker needed too much memory")
	case err != nil:
		cause = errors.Join(cause, err)
	}
	return failf(localrag.CodeCrashed, "worker ended with code %d: %w", code, cause)
}

// do sends a job and collects its answer.
func (c *client) do(ctx context.Context, j job, content io.Reader, out *collector) error {
	c.jobs++
	c.asks = 0
	stopContext := context.AfterFunc(ctx, func() { c.kill(localrag.CodeCancelled, context.Cause(ctx)) })
	defer stopContext()
	if err := c.send(j, content); err != nil {
		c.broken = true
		var known *localrag.Error
		if errors.As(err, &known) {
			return err
		}
		return c.death(err)
	}
	begin := time.Now()
	silence := time.AfterFunc(j.Limits.Silence, func() {
		c.kill(localrag.CodeTimeout, fmt.Errorf("no progress for %v", j.Limits.Silence))
	})
	defer silence.Stop()
	var helped time.Duration // does not count as the worker's
	for {
		kind, content, err := readFrame(c.out)
		if err != nil {
			c.broken = true
			return c.death(err)
		}
		if kind == frameAsk {
			asked := time.Now()
			if err := c.answer(ctx, content, j, silence); err != nil {
				c.broken = true
				return err
			}
			helped += time.Since(asked)
			silence.Reset(j.Limits.Silence)
			continue
		}
		silence.Reset(j.Limits.Silence)
		ended, err := out.take(kind, content, c)
		if err != nil {
			c.broken = c.broken || !ended
			return err
		}
		if ended {
			return nil
		}
		if allowed := j.Limits.PerDocument * time.Duration(1+out.pages/200); time.Since(begin)-helped > allowed {
			c.broken = true
			c.kill(localrag.CodeTimeout, fmt.Errorf("not done after %v", allowed))
			return c.death(nil)
		}
	}
}

// send writes the job and the document. A document that cannot be read is
// CodeUnreadable; the worker is then out of step and must go.
func (c *client) send(j job, content io.Reader) error {
	stdin := c.process.Stdin()
	if err := writeJSON(stdin, frameJob, j); err != nil {
		return err
	}
	piece := make([]byte, min(dataPiece, max(j.Size, 4096)))
	var sent int64
	for {
		n, err := content.Read(piece)
		if sent += int64(n); sent > j.Limits.FileBytes {
			return failf(localrag.CodeTooLarge, "more than %d bytes", j.Limits.FileBytes)
		}
		if n > 0 {
			if err := writeFrame(stdin, frameData, piece[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return writeFrame(stdin, frameEnd, nil)
		}
		if err != nil {
			return fail(localrag.CodeUnreadable, errors.New("reading the document failed"))
		}
	}
}

// collector puts an answer together. It trusts nothing of it: a document may
// have taken over the worker.
type collector struct {
	result   *Result
	progress func(Progress)
	limits   Limits
	text     strings.Builder
	rects    []Rect
	pages    int
}

var errNonsense = errors.New("the worker's answer makes no sense")

// take handles a frame. It is true at the end of an answer.
func (o *collector) take(kind byte, content []byte, c *client) (ended bool, err error) {
	nonsense := fail(localrag.CodeCrashed, errNonsense)
	switch kind {
	case frameProgress:
		var p Progress
		if json.Unmarshal(content, &p) != nil || p.Pages > o.limits.Pages && o.result != nil {
			return false, nonsense
		}
		o.pages = min(max(o.pages, p.Pages, p.Work), o.limits.Pages)
		if o.progress != nil && p.Page > 0 {
			o.progress(p)
		}
	case frameText:
		if o.result == nil || o.text.Len()+len(content) > o.limits.TextBytes+dataPiece {
			return false, nonsense
		}
		o.text.Write(content)
	case frameBlocks:
		var blocks []localrag.Block
		if o.result == nil || json.Unmarshal(content, &blocks) != nil {
			return false, nonsense
		}
		o.result.Blocks = append(o.result.Blocks, blocks...)
		if len(o.result.Blocks) > o.limits.TextBytes {
			return false, nonsense
		}
	case frameRects:
		if json.Unmarshal(content, &o.rects) != nil {
			return false, nonsense
		}
	case frameDone:
		var end done
		if json.Unmarshal(content, &end) != nil {
			return false, nonsense
		}
		c.memory = end.MemoryBytes
		if o.result != nil && !o.finish(end) {
			return false, nonsense
		}
		return true, nil
	case frameFailed:
		var answer failed
		if json.Unmarshal(content, &answer) != nil {
			return false, nonsense
		}
		c.memory = answer.MemoryBytes
		return true, fail(knownCode(answer.Code), errors.New(answer.Cause))
	default:
		return false, nonsense
	}
	return false, nil
}

// finish checks what offsets rely on.
func (o *collector) finish(end done) bool {
	r := o.result
	r.Text = o.text.String()
	r.Title, r.Format, r.Pages, r.ParserVersion = end.Title, end.Format, end.Pages, end.ParserVersion
	r.PagesWithoutText, r.Unread = end.PagesWithoutText, end.Unread
	for i := range r.Unread {
		r.Unread[i].Code = knownCode(r.Unread[i].Code)
	}
	last := 0
	for _, block := range r.Blocks {
		if block.Start < last || block.End <= block.Start || block.End > len(r.Text) {
			return false
		}
		last = block.End
	}
	return utf8.ValidString(r.Text)
}

func knownCode(code localrag.Code) localrag.Code {
	for _, known := range localrag.Codes() {
		if code == known {
			return code
		}
	}
	return localrag.CodeCrashed
}
