package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// otherVersions of the model runtime are built for the soak tests, which let the suite for providers run against each as
// somebody else's server. They are the older versions whose module holds the whole engine; the bundled one is the newest
// of that kind. They compute with baseline instructions, which is slow and enough.
var otherVersions = []string{"0.12.6", "0.17.4"}

// otherVersionTime is enough for one version on a slow machine.
const otherVersionTime = 30 * time.Minute

const stepOtherVersions = "other versions of the runtime"

// otherVersionDirs returns the folders of the versions that could be built here, each named after its version.
func (w *workshop) otherVersionDirs(ctx context.Context, s *step) ([]string, error) {
	var dirs []string
	for _, version := range otherVersions {
		dir, err := w.otherVersionDir(ctx, s, version)
		switch {
		case err == nil:
			dirs = append(dirs, dir)
		case ctx.Err() != nil:
			return nil, err
		default:
			s.note += fmt.Sprintf("%s cannot be built here; ", version)
		}
	}
	return dirs, nil
}

func (w *workshop) otherVersionDir(ctx context.Context, s *step, version string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, otherVersionTime)
	defer cancel()
	headers, err := w.runtimeHeaders(ctx)
	if err != nil {
		return "", err
	}
	dir, _, err := w.cache.Ensure(ctx, fmt.Sprintf("other-runtimes/%s-%s/%s", runtime.GOOS, runtime.GOARCH, version), func(ctx context.Context, dir string) error {
		module := filepath.Join(dir, "module")
		if err := os.Mkdir(module, 0o755); err != nil {
			return err
		}
		for name, text := range map[string]string{
			"go.mod":   "module other\n\ngo 1.24.0\n\nrequire " + runtimeModule + " v" + version + "\n",
			"tools.go": "//go:build tools\n\npackage other\n\nimport _ \"" + runtimeModule + "\"\n",
		} {
			if err := os.WriteFile(filepath.Join(module, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
		if err := w.command("go", "mod", "tidy").in(module).run(ctx, s); err != nil {
			return err
		}
		return w.command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X="+runtimeModule+"/version.Version="+version,
			"-o", filepath.Join(dir, "bin", exe("ollama")), runtimeModule).
			in(module).with("CGO_ENABLED=1", "CGO_CXXFLAGS=-O2 -g -I"+headers).run(ctx, s)
	})
	return dir, err
}

// otherVersionsEnv tells the tests where the versions are.
func otherVersionsEnv(dirs []string) string {
	return "KONTOR_OLLAMA_VERSIONS=" + strings.Join(dirs, string(filepath.ListSeparator))
}
