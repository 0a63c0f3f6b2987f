package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kontor/localrag/parse"
)

const (
	parsedPages = 1000
	parseRuns   = 3
)

// measureParsing has a document reader, a process of its own as in the program
// but with one thread for Go, read a PDF of text. What counts is the
// processor's time it took, so that other programs do not disturb it; the time
// by the clock is in the note. Its peak is that of the whole process, the PDF
// engine and the start included.
func measureParsing(ctx context.Context, b *bench, r *results) error {
	file := textPDF(newProse(900), parsedPages)
	readers := &readerStarter{program: b.options.program, log: b.progress}
	pool := parse.NewPool(parse.Options{Start: readers.start, CacheDir: b.cache.Path("bench", "reader")})
	defer func() { _ = pool.Close() }()
	if err := pool.Warm(ctx); err != nil {
		return err
	}
	raw := samples{}
	characters := 0
	for range parseRuns {
		before, err := processorTime(readers.pid)
		if err != nil {
			return err
		}
		began := time.Now()
		doc, err := pool.Parse(ctx, parse.Source{Name: "pages.pdf", Size: int64(len(file)), Content: strings.NewReader(file)}, nil)
		if err != nil {
			return err
		}
		raw.add("clock_s", time.Since(began).Seconds())
		after, err := processorTime(readers.pid)
		if err != nil {
			return err
		}
		if doc.Pages != parsedPages {
			return fmt.Errorf("%d of %d pages were read", doc.Pages, parsedPages)
		}
		characters = len([]rune(doc.Text))
		raw.add("pages_per_s", parsedPages/(after-before).Seconds())
		peak, err := peakMemory(readers.pid)
		if err != nil {
			return err
		}
		raw.add("peak_mb", float64(peak)/1e6)
	}
	if readers.started > 1 {
		return errors.New("the document reader was replaced while it was measured")
	}
	r.set("parse_speed", median(raw["pages_per_s"]), samples{"pages_per_s": raw["pages_per_s"], "clock_s": raw["clock_s"]},
		fmt.Sprintf("%d characters a page, %.1f s by the clock", characters/parsedPages, median(raw["clock_s"])))
	peaks := raw["peak_mb"]
	r.set("parse_memory", peaks[len(peaks)-1], samples{"peak_mb": peaks}, fmt.Sprintf("after %d such documents", parseRuns))
	return nil
}

// readerStarter starts document readers without the shim and remembers the last.
type readerStarter struct {
	program string
	log     io.Writer
	started int
	pid     int
}

type readerProcess struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
}

func (s *readerStarter) start(_ context.Context, c parse.Command) (parse.Process, error) {
	cmd := exec.Command(s.program, c.Args...)
	cmd.Env, cmd.Stderr = []string{"GOMAXPROCS=1"}, s.log
	p := &readerProcess{cmd: cmd}
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.started, s.pid = s.started+1, cmd.Process.Pid
	return p, nil
}

func (p *readerProcess) Stdin() io.WriteCloser { return p.stdin }
func (p *readerProcess) Stdout() io.Reader     { return p.stdout }
func (p *readerProcess) Kill() error           { return p.cmd.Process.Kill() }
func (p *readerProcess) Wait() (int, error) {
	_ = p.cmd.Wait() // it is killed at the end
	return p.cmd.ProcessState.ExitCode(), nil
}

// processorTime is what a process has used of the processor so far, in steps
// of 10 ms.
func processorTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("the system does not tell the processor's time")
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB`)

// peakMemory is the largest resident memory a process had so far, in bytes.
func peakMemory(pid int) (int64, error) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	found := peakLine.FindSubmatch(content)
	if found == nil {
		return 0, errors.New("the system does not tell the peak of memory")
	}
	kib, err := strconv.ParseInt(string(found[1]), 10, 64)
	return kib << 10, err
}
