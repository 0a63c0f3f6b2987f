package parse

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
	"unicode/utf8"

	"kontor/localrag"
)

// Exit codes of a worker. A starter that kills a worker for its memory reports
// ExitMemory as well.
const (
	ExitOK       = 0
	ExitProtocol = 2
	ExitMemory   = 3
	ExitStart    = 4
)

// Verb is the hidden verb under which the program runs [WorkerMain].
const Verb = "parse-worker"

// WorkerMain is the life of a worker process: it prepares the PDF engine, gives
// up its rights, and then reads jobs from stdin until that ends. It returns
// the exit code. Nothing else may write to stdout.
func WorkerMain(args []string, stdin io.Reader, stdout io.Writer) int {
	flags := flag.NewFlagSet(Verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	cacheDir := flags.String("cache", "", "")
	memory := flags.Int64("memory", DefaultLimits().MemoryBytes, "")
	if flags.Parse(args) != nil {
		return ExitProtocol
	}
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(*memory / 2)
	reader := NewReader(ReaderOptions{CacheDir: *cacheDir})
	if err := reader.Open(); err != nil {
		return ExitStart
	}
	debug.FreeOSMemory() // compiling the engine takes much for a moment
	giveUpRights()
	go watchMemory(reader, *memory)
	w := worker{in: bufio.NewReaderSize(stdin, 64<<10), out: stdout, reader: reader}
	if err := writeFrame(stdout, frameReady, nil); err != nil {
		return ExitProtocol
	}
	for {
		switch err := w.serve(); {
		case errors.Is(err, io.EOF):
			return ExitOK
		case err != nil:
			return ExitProtocol
		}
	}
}

// watchMemory ends the process when it uses more than limit bytes: a document
// that does that must not take the computer down with it.
func watchMemory(reader *Reader, limit int64) {
	for {
		time.Sleep(50 * time.Millisecond)
		if memoryInUse(reader) > limit {
			os.Exit(ExitMemory)
		}
	}
}

// memoryInUse is what the process holds of the system's memory: what Go
// manages and what the PDF engine uses.
func memoryInUse(reader *Reader) int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64()) - int64(samples[1].Value.Uint64()) + reader.pdf.memory.Load()
}

// worker serves one job after the other.
type worker struct {
	in     *bufio.Reader
	out    io.Writer
	reader *Reader
	last   time.Time // of the last progress frame
	lost   error     // why the program cannot be asked any more
}

func (w *worker) serve() error {
	kind, content, err := readFrame(w.in)
	if err != nil {
		return err
	}
	if kind == frameReady {
		return writeFrame(w.out, frameReady, nil)
	}
	var j job
	if kind != frameJob || json.Unmarshal(content, &j) != nil {
		return errors.New("no job")
	}
	j.Limits = j.Limits.withDefaults()
	data, err := w.document(j)
	if err != nil {
		return err
	}
	w.reader.options.Limits, w.reader.options.Help = j.Limits, w.help(j)
	var failure error
	switch j.Kind {
	case jobParse:
		failure, err = w.parse(j, data)
	case jobLocate:
		failure, err = w.locate(j, data)
	default:
		return errors.New("unknown job")
	}
	if w.lost != nil {
		return w.lost
	}
	if err != nil || failure == nil {
		return err
	}
	answer := failed{Code: localrag.CodeOf(failure), MemoryBytes: w.settle()}
	var known *localrag.Error
	if errors.As(failure, &known) && known.Cause != nil {
		answer.Cause = shorten(known.Cause.Error(), 2000)
	}
	if answer.Code == "" {
		answer.Code, answer.Cause = localrag.CodeCorrupt, fmt.Sprintf("%T", failure)
	}
	return writeJSON(w.out, frameFailed, answer)
}

// document collects the bytes of a document.
func (w *worker) document(j job) ([]byte, error) {
	if j.Size < 0 || j.Size > j.Limits.FileBytes {
		return nil, errors.New("size over the limit")
	}
	data := make([]byte, 0, j.Size)
	for {
		kind, content, err := readFrame(w.in)
		switch {
		case err != nil:
			return nil, err
		case kind == frameEnd:
			return data, nil
		case kind != frameData || int64(len(data)+len(content)) > j.Limits.FileBytes:
			return nil, errors.New("unexpected frame")
		}
		data = append(data, content...)
	}
}

// parse gives the failure of the document and the failure of the connection.
func (w *worker) parse(j job, data []byte) (failure, err error) {
	result, failure := w.reader.Parse(context.Background(), data, j.Name, w.progress)
	if failure != nil {
		return failure, nil
	}
	for text := result.Text; text != ""; {
		cut := min(len(text), textPiece)
		for cut < len(text) && !utf8.RuneStart(text[cut]) {
			cut--
		}
		if err := writeFrame(w.out, frameText, []byte(text[:cut])); err != nil {
			return nil, err
		}
		text = text[cut:]
	}
	for blocks := result.Blocks; len(blocks) > 0; {
		cut := min(len(blocks), blockRun)
		if err := writeJSON(w.out, frameBlocks, blocks[:cut]); err != nil {
			return nil, err
		}
		blocks = blocks[cut:]
	}
	end := done{
		Title: result.Title, Format: result.Format, Pages: result.Pages, ParserVersion: result.ParserVersion,
		PagesWithoutText: result.PagesWithoutText, Unread: result.Unread,
	}
	result = Result{}
	end.MemoryBytes = w.settle()
	return nil, writeJSON(w.out, frameDone, end)
}

func (w *worker) locate(j job, data []byte) (failure, err error) {
	rects, failure := w.reader.locate(context.Background(), data, j.Name, j.Span, j.Pages)
	if failure != nil {
		return failure, nil
	}
	if err := writeJSON(w.out, frameRects, rects); err != nil {
		return nil, err
	}
	return nil, writeJSON(w.out, frameDone, done{MemoryBytes: w.settle()})
}

// settle returns memory after large documents and says what is left.
func (w *worker) settle() int64 {
	const large = 200 << 20
	if memoryInUse(w.reader) > large {
		debug.FreeOSMemory()
	}
	return memoryInUse(w.reader)
}

// progress tells the program that work goes on, at most every 100 ms. Errors
// are met again at the next frame that matters.
func (w *worker) progress(p Progress) {
	now := time.Now()
	if now.Sub(w.last) < 100*time.Millisecond && p.Page != p.Pages {
		return
	}
	w.last = now
	_ = writeJSON(w.out, frameProgress, p)
}
