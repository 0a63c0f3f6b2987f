package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// tailLines is how much of a failed step's log is shown.
const tailLines = 60

// board shows the steps of a task while they run and sums them up at the end. Steps may run at the same time.
type board struct {
	mu      sync.Mutex
	out     io.Writer
	logs    string
	started time.Time
	rows    []*row
}

// row is one step and what came of it.
type row struct {
	name   string
	took   time.Duration
	note   string
	err    error
	counts counts
	flaky  []string

	conformance conformance
	figures     testFigures
}

// counts are the single tests a step ran. A step that is not made of tests counts as one.
type counts struct{ passed, failed, skipped int }

// step is what a running step writes to: the log of its own, the counts and a short note for the summary.
type step struct {
	io.Writer
	note   string
	counts counts
	// tests is set when counts come from a test tool, so that the step itself is not counted again.
	tests bool
	// flaky names the tests that passed in a second run only.
	flaky []string
	// conformance holds the checks of the suite for providers among the tests.
	conformance conformance
	// figures are what the tests have measured.
	figures testFigures
	// digest replaces the tail of the log when the step fails.
	digest string
}

// errSkipped marks a step that was not run because one before it failed.
var errSkipped = errors.New("not run: a step before it failed")

func newBoard(out io.Writer, logs string) *board {
	return &board{out: out, logs: logs, started: time.Now()}
}

// do runs one step. Its output goes to a log file; when it fails the end of the log is shown.
func (b *board) do(ctx context.Context, name string, work func(context.Context, *step) error) error {
	r := &row{name: name}
	b.mu.Lock()
	b.rows = append(b.rows, r)
	number := len(b.rows)
	b.mu.Unlock()
	if err := os.MkdirAll(b.logs, 0o755); err != nil {
		return err
	}
	logPath := filepath.Join(b.logs, fmt.Sprintf("%02d-%s.log", number, fileName(name)))
	logFile, err := os.Create(logPath)
	if err != nil {
		return err
	}
	b.printf("… %s\n", name)
	s := &step{Writer: &syncWriter{w: logFile}}
	start := time.Now()
	err = work(ctx, s)
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errors.New("interrupted"), ctx.Err())
	}
	if err := logFile.Close(); err != nil {
		return err
	}
	b.finish(r, s, time.Since(start), err)
	if err == nil {
		b.printf("✓ %s  %s%s\n", name, seconds(r.took), bracket(s.note))
		return nil
	}
	if errors.As(err, new(missingError)) {
		b.printf("✗ %s\n", name)
		return fmt.Errorf("%s: %w", name, err)
	}
	shown := s.digest
	if shown == "" {
		shown = tail(logPath)
	}
	b.printf("✗ %s  %s: %v\n%s\n  whole log: %s\n", name, seconds(r.took), err, indent(shown), logPath)
	return fmt.Errorf("%s: %w", name, err)
}

func (b *board) finish(r *row, s *step, took time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.took, r.note, r.err, r.counts, r.flaky = took, s.note, err, s.counts, s.flaky
	r.conformance, r.figures = s.conformance, s.figures
	if !s.tests && err == nil {
		r.counts.passed = 1
	}
	if err != nil && r.counts.failed == 0 {
		r.counts.failed = 1
	}
}

// skip records a step that could not be run.
func (b *board) skip(name string) {
	b.mu.Lock()
	b.rows = append(b.rows, &row{name: name, err: errSkipped, counts: counts{failed: 1}})
	b.mu.Unlock()
	b.printf("✗ %s: %v\n", name, errSkipped)
}

// stage is a step of a plan. after names steps that must have succeeded.
type stage struct {
	name  string
	after []string
	work  func(context.Context, *step) error
}

// together runs stages at the same time, at most limit of them, and returns when all have ended. One that fails does not
// stop the others.
func (b *board) together(ctx context.Context, limit int, stages ...stage) {
	slots := make(chan struct{}, limit)
	var all sync.WaitGroup
	for _, st := range stages {
		slots <- struct{}{} // here, not inside: stages begin in their order
		all.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil || !b.succeeded(st.after) {
				b.skip(st.name)
				return
			}
			_ = b.do(ctx, st.name, st.work) // the summary counts it
		})
	}
	all.Wait()
}

func (b *board) succeeded(names []string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range names {
		ok := false
		for _, r := range b.rows {
			ok = ok || (r.name == name && r.err == nil)
		}
		if !ok {
			return false
		}
	}
	return true
}

// summary prints the table of all steps.
func (b *board) summary() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "step\tresult\ttime\tnote\n")
	for _, r := range b.rows {
		result := "ok"
		switch {
		case errors.Is(r.err, errSkipped):
			result = "not run"
		case r.err != nil:
			result = "FAILED"
		case len(r.flaky) > 0:
			result = "FLAKY"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.name, result, seconds(r.took), r.note)
	}
	_ = table.Flush() // into memory
	fmt.Fprintf(b.out, "\n%stotal %s\n", text.String(), seconds(time.Since(b.started)))
}

// verdict prints the counted tests as the last line and fails if one failed.
func (b *board) verdict() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sum counts
	for _, r := range b.rows {
		sum.passed += r.counts.passed
		sum.failed += r.counts.failed
		sum.skipped += r.counts.skipped
	}
	if sum.skipped > 0 {
		fmt.Fprintf(b.out, "%d tests skipped themselves; the logs name them\n", sum.skipped)
	}
	for _, r := range b.rows {
		for _, name := range r.flaky {
			fmt.Fprintf(b.out, "FLAKY: failed once, passed when run again alone: %s (%s)\n", name, r.name)
		}
	}
	fmt.Fprint(b.out, conformanceLine(b.checksLocked().table()))
	fmt.Fprintf(b.out, "%d passed, %d failed\n", sum.passed, sum.failed)
	if sum.failed > 0 {
		return exitError{exitFailed}
	}
	return nil
}

// conformance is what all steps found of the suite for providers.
func (b *board) conformance() []conformanceRow {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.checksLocked().table()
}

func (b *board) checksLocked() conformance {
	all := conformance{}
	for _, r := range b.rows {
		all.merge(r.conformance)
	}
	return all
}

// flaky are the tests that passed in a second run only.
func (b *board) flaky() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, r := range b.rows {
		names = append(names, r.flaky...)
	}
	return names
}

func (b *board) printf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(b.out, format, args...)
}

// syncWriter lets a program's output and our own notes share a log.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func bracket(note string) string {
	if note == "" {
		return ""
	}
	return "  (" + note + ")"
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

func fileName(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// tail returns the last lines of a log.
func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
