package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
)

func succeed(context.Context, *step) error { return nil }

func TestTogetherSkipsWhatCannotWork(t *testing.T) {
	var out bytes.Buffer
	b := newBoard(&out, t.TempDir())
	ran := false
	b.together(t.Context(), 2,
		stage{name: "broken", work: func(_ context.Context, s *step) error {
			fmt.Fprintln(s, "the compiler's last words")
			return errors.New("exit status 1")
		}},
		stage{name: "sound", work: succeed})
	b.together(t.Context(), 1,
		stage{name: "needs broken", after: []string{"broken"}, work: func(context.Context, *step) error { ran = true; return nil }},
		stage{name: "needs sound", after: []string{"sound"}, work: succeed})
	b.summary()
	err := b.verdict()
	if ran {
		t.Error("a step ran although the one before it failed")
	}
	if exitCode(err) != exitFailed {
		t.Errorf("verdict %v, want exit code %d", err, exitFailed)
	}
	for _, want := range []string{"the compiler's last words", "not run", "FAILED", "2 passed, 2 failed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if !strings.HasSuffix(out.String(), "2 passed, 2 failed\n") {
		t.Error("the count is not the last line")
	}
}

func TestTogetherKeepsItsLimit(t *testing.T) {
	b := newBoard(io.Discard, t.TempDir())
	const limit = 2
	var running, most atomic.Int32
	meet := make(chan struct{}) // two must run at once to get past it
	var stages []stage
	for i := range 6 {
		stages = append(stages, stage{name: fmt.Sprint("step ", i), work: func(context.Context, *step) error {
			defer running.Add(-1)
			most.Store(max(most.Load(), running.Add(1)))
			select {
			case meet <- struct{}{}:
			case <-meet:
			}
			return nil
		}})
	}
	b.together(t.Context(), limit, stages...)
	if most.Load() != limit {
		t.Errorf("%d steps ran at once, want %d", most.Load(), limit)
	}
}

func TestCountsOfTestTools(t *testing.T) {
	b := newBoard(io.Discard, t.TempDir())
	_ = b.do(t.Context(), "many tests", func(_ context.Context, s *step) error {
		s.tests, s.counts = true, counts{passed: 7, failed: 2, skipped: 1}
		return errors.New("exit status 1")
	})
	if got, want := b.rows[0].counts, (counts{7, 2, 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

const goTestEvents = `{"Action":"start","Package":"kontor/a"}
{"Action":"run","Package":"kontor/a","Test":"TestGood"}
{"Action":"output","Package":"kontor/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"pass","Package":"kontor/a","Test":"TestGood"}
{"Action":"output","Package":"kontor/a","Test":"TestBad","Output":"    a_test.go:9: want 1, got 2\n"}
{"Action":"fail","Package":"kontor/a","Test":"TestBad"}
{"Action":"skip","Package":"kontor/a","Test":"TestElsewhere"}
{"Action":"attr","Package":"kontor/a","Test":"TestGood","Key":"figure.speed","Value":"1.5 of two"}
{"Action":"attr","Package":"kontor/a","Test":"TestGood","Key":"owner","Value":"7"}
{"Action":"pass","Package":"kontor/a","Test":"TestSuite/one/conformance/speaks"}
{"Action":"fail","Package":"kontor/a","Test":"TestSuite/one/conformance/stops"}
{"Action":"output","Package":"kontor/a","Output":"FAIL\n"}
{"Action":"fail","Package":"kontor/a"}
{"Action":"pass","Package":"kontor/b"}
{"ImportPath":"kontor/c","Action":"build-output","Output":"c.go:1: undefined: x\n"}
{"ImportPath":"kontor/c","Action":"build-fail"}
{"Action":"output","Package":"kontor/c","Output":"FAIL\tkontor/c [build failed]\n"}
{"Action":"fail","Package":"kontor/c","FailedBuild":"kontor/c"}
go: a complaint of its own
`

func TestGoEvents(t *testing.T) {
	var tally goTally
	var log bytes.Buffer
	if err := tally.read(strings.NewReader(goTestEvents), &log); err != nil {
		t.Fatal(err)
	}
	if want := (counts{passed: 2, failed: 3, skipped: 1}); tally.counts != want {
		t.Errorf("counted %+v, want %+v", tally.counts, want)
	}
	if want := (testFigures{"speed": {1.5, "of two"}}); !reflect.DeepEqual(tally.figures, want) {
		t.Errorf("figures %+v, want %+v", tally.figures, want)
	}
	table := func() []conformanceRow { return tally.checks.table() }
	if want := []conformanceRow{{Subject: "a TestSuite/one", Passed: 1, Failed: []string{"stops"}}}; !reflect.DeepEqual(table(), want) {
		t.Errorf("conformance %+v, want %+v", table(), want)
	}
	tally.checks.merge(conformance{"a TestSuite/one": {"stops": true}})
	if want := []conformanceRow{{Subject: "a TestSuite/one", Passed: 2}}; !reflect.DeepEqual(table(), want) {
		t.Errorf("after a second run %+v, want %+v", table(), want)
	}
	for _, want := range []string{"kontor/a TestBad", "want 1, got 2", "c.go:1: undefined: x"} {
		if !strings.Contains(tally.digest(), want) {
			t.Errorf("digest lacks %q:\n%s", want, tally.digest())
		}
	}
	if strings.Contains(tally.digest(), "TestGood") {
		t.Error("the digest shows a test that passed")
	}
	if !strings.Contains(log.String(), "go: a complaint of its own") {
		t.Error("the log lost a line that is not an event")
	}
}

func TestCountsInAScriptsLastWords(t *testing.T) {
	for text, want := range map[string]counts{
		"ok 1\nbrowser: 12 passed, 3 failed\n":           {passed: 12, failed: 3},
		"12 passed, 0 failed\n":                          {passed: 12},
		"# tests 5\n# pass 4\n# fail 1\n# cancelled 0":   {passed: 4, failed: 1},
		"ℹ tests 5\nℹ pass 5\nℹ fail 0\nℹ cancelled 0\n": {passed: 5},
	} {
		got, ok := lastCounts(text)
		if !ok || got != want {
			t.Errorf("%q gives %+v %v, want %+v", text, got, ok, want)
		}
	}
	if _, ok := lastCounts("nothing to count"); ok {
		t.Error("counted where there is nothing")
	}
}
