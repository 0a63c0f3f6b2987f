package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// digestLines limits what is shown of each failed Go test.
const digestLines = 40

// goEvent is a line of `go test -json`.
type goEvent struct {
	Action, Package, Test, Output, ImportPath, FailedBuild, Key, Value string
}

// goTestLine is the command of every run of Go tests. They are never taken from Go's cache: they read a runtime and models
// it does not know of.
var goTestLine = []string{"go", "test", "-json", "-count=1", "-timeout=10m"}

// goTest runs Go tests and counts them. Those that fail by chance are found by a second run.
func (w *workshop) goTest(ctx context.Context, s *step, run goRun) error {
	s.tests = true
	tally, err := w.goEvents(ctx, s, run)
	s.digest = tally.digest()
	if err != nil {
		if againErr := w.again(ctx, s, run, &tally); againErr == nil && len(s.flaky) > 0 {
			err = nil
		}
	}
	s.counts, s.conformance, s.figures = tally.counts, tally.checks, tally.figures
	s.note = fmt.Sprintf("%d tests", tally.passed+tally.failed)
	return err
}

// goEvents runs Go tests once.
func (w *workshop) goEvents(ctx context.Context, s *step, run goRun) (goTally, error) {
	reader, writer := io.Pipe()
	var tally goTally
	counted := make(chan error, 1)
	go func() { counted <- tally.read(reader, s) }()
	err := w.command(run.line()...).with(run.env...).with("CGO_ENABLED=1").run(ctx, writer)
	_ = writer.Close()
	if countErr := <-counted; err == nil {
		err = countErr
	}
	return tally, err
}

// goTally gathers the events of one run.
type goTally struct {
	counts
	output map[string][]string
	// failures are the names of what failed, in order.
	failures []string
	// checks are those of the suite for providers among the tests.
	checks  conformance
	figures testFigures
}

func (t *goTally) read(events io.Reader, log io.Writer) error {
	t.output, t.checks, t.figures = map[string][]string{}, conformance{}, testFigures{}
	scanner := bufio.NewScanner(events)
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		var e goEvent
		if json.Unmarshal(scanner.Bytes(), &e) != nil {
			fmt.Fprintln(log, scanner.Text()) // the command line, or go's own complaint
			continue
		}
		t.add(e)
		if _, err := io.WriteString(log, e.Output); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// add counts tests, not the packages around them; a package that fails outside its tests counts as one.
func (t *goTally) add(e goEvent) {
	name := e.Package + e.ImportPath
	if e.Test != "" {
		name += " " + e.Test
	}
	switch {
	case e.Output != "":
		t.output[name] = append(t.output[name], e.Output)
	case e.Action == "attr":
		t.figures.add(e.Key, e.Value)
	case e.Action == "pass" && e.Test != "":
		t.passed++
		t.checks.add(e.Package, e.Test, true)
		delete(t.output, name)
	case e.Action == "skip" && e.Test != "":
		t.skipped++
		delete(t.output, name)
	case e.Action == "fail" && e.Test == "" && (t.hasFailedTest(e.Package) || slices.Contains(t.failures, e.FailedBuild)):
		// Its tests, or the build it needed, are counted already.
	case e.Action == "fail" || e.Action == "build-fail":
		t.failed++
		t.checks.add(e.Package, e.Test, false)
		t.failures = append(t.failures, name)
	}
}

func (t *goTally) hasFailedTest(pkg string) bool {
	return slices.ContainsFunc(t.failures, func(name string) bool { return strings.HasPrefix(name, pkg+" ") })
}

func (t *goTally) digest() string {
	var text strings.Builder
	for _, name := range slices.Compact(t.failures) {
		lines := t.output[name]
		fmt.Fprintf(&text, "FAIL %s\n%s", name, strings.Join(lines[max(0, len(lines)-digestLines):], ""))
	}
	return text.String()
}

// frontendTests runs vitest and reads its count from a report.
func (w *workshop) frontendTests(ctx context.Context, s *step) error {
	report := w.cache.Path("logs", "vitest-"+w.treeID()+".json")
	if err := os.RemoveAll(report); err != nil {
		return err
	}
	err := w.command(npm(), "test", "--", "--reporter=default", "--reporter=json", "--outputFile.json="+report).
		in(w.frontend()).run(ctx, s)
	var result struct{ NumPassedTests, NumFailedTests, NumPendingTests int }
	if content, readErr := os.ReadFile(report); readErr == nil && json.Unmarshal(content, &result) == nil {
		s.tests = true
		s.counts = counts{result.NumPassedTests, result.NumFailedTests, result.NumPendingTests}
		s.note = fmt.Sprintf("%d tests", result.NumPassedTests+result.NumFailedTests)
	}
	return err
}

// sums is how our own test scripts, and node's runner, end.
var sums = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^\D*(\d+) passed, (\d+) failed`),
	regexp.MustCompile(`(?ms)^. pass (\d+)$.*^. fail (\d+)$`),
}

// flakyLine is how our browser tests name what passed in a second run only.
var flakyLine = regexp.MustCompile(`(?m)^flaky: (.+)$`)

// countedScript runs a test script and takes its count from its last words.
func (w *workshop) countedScript(ctx context.Context, s *step, c command) error {
	var text strings.Builder
	err := c.run(ctx, io.MultiWriter(s, &text))
	if found, ok := lastCounts(text.String()); ok {
		s.tests, s.counts = true, found
		s.note = fmt.Sprintf("%d tests", found.passed+found.failed)
	}
	for _, line := range flakyLine.FindAllStringSubmatch(text.String(), -1) {
		s.flaky = append(s.flaky, line[1])
	}
	return err
}

// lastCounts finds the last sum in what a test script said.
func lastCounts(text string) (counts, bool) {
	for _, sum := range sums {
		if all := sum.FindAllStringSubmatch(text, -1); len(all) > 0 {
			last := all[len(all)-1]
			passed, _ := strconv.Atoi(last[1]) // digits by the pattern
			failed, _ := strconv.Atoi(last[2])
			return counts{passed: passed, failed: failed}, true
		}
	}
	return counts{}, false
}
