package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kontor/build/cache"
)

// byChance is a package with a test that fails the first time only, and one that always fails if the folder says so.
const byChance = `package chance

import (
	"os"
	"testing"
)

func TestSometimes(t *testing.T) {
	t.Run("part", func(t *testing.T) {
		if os.Mkdir("seen", 0o755) == nil {
			t.Error("the first time")
		}
	})
}

func TestGood(t *testing.T) {}

func TestAlways(t *testing.T) {
	if _, err := os.Stat("bad"); err == nil {
		t.Error("each time")
	}
}
`

func TestWhatPassesAloneIsFlakyAndNamed(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module chance\n\ngo 1.25\n", "chance_test.go": byChance} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	store, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{root: dir, cache: store}
	run := goRun{packages: []string{"."}}

	s := &step{Writer: io.Discard}
	if err := w.goTest(t.Context(), s, run); err != nil {
		t.Fatal(err)
	}
	if want := []string{"chance TestSometimes/part", "chance TestSometimes"}; !reflect.DeepEqual(s.flaky, want) || s.counts.failed != 0 || s.counts.passed != 4 {
		t.Errorf("flaky %q, counted %+v", s.flaky, s.counts)
	}

	if err := os.Mkdir(filepath.Join(dir, "bad"), 0o755); err != nil {
		t.Fatal(err)
	}
	s = &step{Writer: io.Discard}
	if err := w.goTest(t.Context(), s, run); err == nil || len(s.flaky) > 0 || s.counts.failed != 1 || !strings.Contains(s.digest, "each time") {
		t.Errorf("what always fails: %v, flaky %q, counted %+v", err, s.flaky, s.counts)
	}
}

func TestNoSecondChance(t *testing.T) {
	one := []string{"kontor/a TestX"}
	for name, test := range map[string]struct {
		failures []string
		output   string
		want     bool
	}{
		"a failure":    {one, "want 1, got 2\n", true},
		"a part of it": {[]string{"kontor/a TestX/part", "kontor/a TestX"}, "", true},
		"a data race":  {one, "WARNING: DATA RACE\n", false},
		"a crash":      {one, "panic: runtime error\n", false},
		"a build":      {[]string{"kontor/a"}, "undefined: x\n", false},
		"many":         {[]string{"kontor/a TestA", "kontor/a TestB", "kontor/b TestA", "kontor/b TestB"}, "", false},
		"and a build":  {[]string{"kontor/a TestX", "kontor/b"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			tally := goTally{failures: test.failures, output: map[string][]string{test.failures[0]: {test.output}}}
			if got := tally.secondChances(); (len(got) > 0) != test.want {
				t.Errorf("second chances %v", got)
			}
		})
	}
}
