package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// stepLlamaServer installs a second kind of model server, for the tests of providers.
const stepLlamaServer = "llama.cpp's server"

// llamaServer is llama-cpp-python with its OpenAI-compatible server. It comes as source and is compiled here: about
// four minutes on two cores.
const llamaServer = "llama-cpp-python[server]==0.3.36"

// llamaServerTime is enough for a slow machine.
const llamaServerTime = 15 * time.Minute

// llamaServerDir returns the folder of the packages, installed the first time, or "" where they cannot be: the suite
// still runs against everything else, so a machine without a compiler loses one server and no more.
func (w *workshop) llamaServerDir(ctx context.Context, s *step) (string, error) {
	version, err := w.command(pythonName(), "-c", "import sys; print('%d.%d' % sys.version_info[:2])").output(ctx)
	if err != nil {
		s.note = "skipped: no Python 3"
		return "", nil
	}
	name := fmt.Sprintf("llama-server/%s-%s-python%s-%s", runtime.GOOS, runtime.GOARCH, strings.TrimSpace(version),
		strings.NewReplacer("==", "-", "[server]", "").Replace(llamaServer))
	limited, cancel := context.WithTimeout(ctx, llamaServerTime)
	defer cancel()
	dir, built, err := w.cache.Ensure(limited, name, func(ctx context.Context, dir string) error {
		return w.command(pythonName(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
			"--target", dir, llamaServer).run(ctx, s)
	})
	switch {
	case err != nil && ctx.Err() == nil:
		s.note = "skipped: it cannot be built here"
		return "", nil
	case err == nil && !built:
		s.note = "unchanged"
	}
	return dir, err
}
