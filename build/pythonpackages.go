package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// pythonPackages are a server of Python for the tests. Where it cannot be installed, the tests run without it, unless it
// is needed.
type pythonPackages struct {
	name, version string                 // of the folder in the cache
	packages      []string               // as pip takes them, with their versions
	time          time.Duration          // that may pass; 0 is no limit
	failed        string                 // why there is none
	needed        string                 // what to say where Python is missing; "" where the tests can do without
	finish        func(dir string) error // after pip; may be nil
}

// pythonDir returns the folder of the packages, installed the first time, or "" where they cannot be.
func (w *workshop) pythonDir(ctx context.Context, s *step, p pythonPackages) (string, error) {
	python, err := w.command(pythonName(), "-c", "import sys; print('%d.%d' % sys.version_info[:2])").output(ctx)
	switch {
	case err != nil && p.needed != "":
		return "", missingError{p.needed}
	case err != nil:
		s.note = "skipped: no Python 3"
		return "", nil
	}
	name := fmt.Sprintf("%s/%s-%s-python%s-%s", p.name, runtime.GOOS, runtime.GOARCH, strings.TrimSpace(python), p.version)
	limited := ctx
	if p.time > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, p.time)
		defer cancel()
	}
	dir, built, err := w.cache.Ensure(limited, name, func(ctx context.Context, dir string) error {
		install := []string{pythonName(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--target", dir}
		if err := w.command(append(install, p.packages...)...).run(ctx, s); err != nil || p.finish == nil {
			return err
		}
		return p.finish(dir)
	})
	switch {
	case err != nil && ctx.Err() == nil && p.needed == "":
		s.note = "skipped: " + p.failed
		return "", nil
	case err == nil && !built:
		s.note = "unchanged"
	}
	return dir, err
}
