package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"kontor/build/cache"
)

func open(t *testing.T) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(content string) func(context.Context, string) error {
	return func(_ context.Context, dir string) error {
		return os.WriteFile(filepath.Join(dir, "file"), []byte(content), 0o644)
	}
}

func TestEnsureBuildsOnce(t *testing.T) {
	c := open(t)
	first, built, err := c.Ensure(t.Context(), "kind/entry", write("a"))
	if err != nil || !built {
		t.Fatalf("first call: built=%v err=%v, want a build", built, err)
	}
	second, built, err := c.Ensure(t.Context(), "kind/entry", func(context.Context, string) error {
		return errors.New("must not run")
	})
	if err != nil || built || second != first {
		t.Fatalf("second call: %q built=%v err=%v, want the entry as it is", second, built, err)
	}
}

func TestEnsureRebuildsWhatChanged(t *testing.T) {
	damage := map[string]func(dir string) error{
		"byte changed": func(dir string) error { return os.WriteFile(filepath.Join(dir, "file"), []byte("b"), 0o644) },
		"file missing": func(dir string) error { return os.Remove(filepath.Join(dir, "file")) },
		"file added":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "more"), nil, 0o644) },
		"list missing": func(dir string) error { return os.Remove(filepath.Join(dir, "files.sha256")) },
	}
	for name, hurt := range damage {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			dir, _, err := c.Ensure(t.Context(), "entry", write("a"))
			if err != nil {
				t.Fatal(err)
			}
			if err := hurt(dir); err != nil {
				t.Fatal(err)
			}
			_, built, err := c.Ensure(t.Context(), "entry", write("a"))
			if err != nil || !built {
				t.Fatalf("built=%v err=%v, want a rebuild", built, err)
			}
			if err := cache.Verify(dir); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestEnsureLeavesNothingBehindAFailure(t *testing.T) {
	c := open(t)
	_, _, err := c.Ensure(t.Context(), "entry", func(ctx context.Context, dir string) error {
		return errors.Join(write("half")(ctx, dir), errors.New("no network"))
	})
	if err == nil {
		t.Fatal("a failed build was accepted")
	}
	left, err := filepath.Glob(c.Path("entry*"))
	if err != nil || len(left) != 0 {
		t.Fatalf("left behind: %v %v", left, err)
	}
}

func TestEnsureIsBuiltByOneOfMany(t *testing.T) {
	c := open(t)
	var builds atomic.Int32
	var runs sync.WaitGroup
	for range 8 {
		runs.Go(func() {
			_, _, err := c.Ensure(t.Context(), "entry", func(ctx context.Context, dir string) error {
				builds.Add(1)
				return write("a")(ctx, dir)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	if builds.Load() != 1 {
		t.Fatalf("%d builds, want 1", builds.Load())
	}
}
