package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kontor/llm/llmtest"
)

// windowShell is a shell that has a window.
type windowShell struct{ noShell }

func (windowShell) Kind() string { return "window" }

func TestFilesOfASecondStartReachTheWindowOnce(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{})
	file := filepath.Join(t.TempDir(), "office.kontorpack")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	give := func(paths ...string) string {
		_, err := b.handOver.Give(t.Context(), b.Owner(), FilesDropped{Paths: paths})
		if err == nil {
			return ""
		}
		return AsError(err).Code
	}
	if code := give(file); code != ProblemOpenNeedsWindow {
		t.Errorf("without a window: %q", code)
	}
	b.shell.become(windowShell{})
	if code := give(file + "x"); code != ProblemNoFiles {
		t.Errorf("a file that is not there: %q", code)
	}
	_, _, before := b.bus.After(0)
	if code := give(file) + give(file); code != "" {
		t.Fatal(code)
	}
	events, _, _ := b.bus.After(before)
	if !slices.ContainsFunc(events, func(e Event) bool { return e.FilesOpened != nil }) {
		t.Errorf("the page was not told: %+v", events)
	}
	take := func() []string {
		taken, err := b.handOver.Take(context.WithoutCancel(t.Context()), b.Owner(), Empty{})
		if err != nil {
			t.Fatal(err)
		}
		return taken.Paths
	}
	if first, second := take(), take(); !slices.Equal(first, []string{file}) || len(second) != 0 {
		t.Errorf("taken %v, then %v", first, second)
	}
	if method := b.surface.methods["files.handedOver"]; !method.LocalOnly {
		t.Error("a browser may take the names of files")
	}
}
