package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"kontor/build/typescript"
)

// patterns name our Go packages. The pattern for everything would walk into frontend/node_modules, which carries Go
// files of others.
var patterns = []string{".", "./app/...", "./build/...", "./frontend", "./llm/...", "./localrag/...", "./storage/..."}

// goFolders are what gofmt looks at.
var goFolders = []string{"main.go", "app", "build", "frontend/embed.go", "llm", "localrag", "storage"}

// lintVersion is the golangci-lint that reads .golangci.yml.
const lintVersion = "v2.15.0"

// wailsModule is the window's library; its command has the same version.
const wailsModule = "github.com/wailsapp/wails/v2"

// testTask builds everything and runs every test. Checks that only read run side by side; tests that measure time or
// start the runtime have the machine to themselves.
func testTask(ctx context.Context, w *workshop, args []string) error {
	if len(args) > 0 {
		return usageError{"test takes no arguments"}
	}
	empty := w.cacheEmpty()
	needs := slices.Concat(buildNeeds, onLinux(windowNeeds), onLinux(testNeeds))
	p, err := w.prepare(ctx, needs, true)
	if errors.As(err, new(missingError)) {
		return err
	}
	w.board.together(ctx, 1, stage{name: "generated files", work: w.checkGenerated})
	checks := slices.Concat(w.goChecks(), w.frontendChecks())
	if runtime.GOOS == "linux" {
		checks = append(checks, stage{name: "wails build", after: []string{stepBundle}, work: w.wailsBuild})
	}
	checks = append(checks, stage{name: stepVectorServers, work: func(ctx context.Context, s *step) (err error) {
		p.vectorServers, err = w.vectorServersDir(ctx, s)
		return err
	}}, stage{name: stepLlamaServer, work: func(ctx context.Context, s *step) (err error) {
		p.llamaServer, err = w.llamaServerDir(ctx, s)
		return err
	}}, stage{name: stepWhisperServer, work: func(ctx context.Context, s *step) (err error) {
		p.whisperServer, err = w.whisperServerDir(ctx, s)
		return err
	}})
	w.board.together(ctx, 2, checks...)
	w.board.together(ctx, 1, w.goTests(p)...)
	if runtime.GOOS == "linux" {
		w.board.together(ctx, 1, w.wholeTests(p)...)
	}
	w.board.summary()
	verdict := w.board.verdict()
	return errors.Join(verdict, w.recordTests(empty, verdict))
}

// goChecks look at the Go code without running it, for all three systems.
func (w *workshop) goChecks() []stage {
	vet := func(env []string, tags string) func(context.Context, *step) error {
		return func(ctx context.Context, s *step) error {
			return w.command(slices.Concat([]string{"go", "vet", "-tags", tags}, patterns)...).with(env...).run(ctx, s)
		}
	}
	cross := func(goos, tags string) func(context.Context, *step) error {
		env := []string{"GOOS=" + goos, "CGO_ENABLED=0"}
		return func(ctx context.Context, s *step) error {
			if err := vet(env, tags)(ctx, s); err != nil {
				return err
			}
			build := w.command("go", "build", "-tags", tags, "-buildvcs=false", "-o", os.DevNull, ".").with(env...)
			return errors.Join(build.run(ctx, s), w.command("go", "build", "-o", os.DevNull, "./build").with(env...).run(ctx, s))
		}
	}
	return []stage{
		{name: "gofmt", work: w.checkFormat},
		{name: "go vet, server", work: vet([]string{"CGO_ENABLED=0"}, "")},
		{name: "go vet, window", work: vet([]string{desktopCGO()}, desktopTags)},
		{name: "builds for Windows", work: cross("windows", "desktop,production")},
		{name: "builds for macOS, server", work: cross("darwin", "")},
		{name: "golangci-lint", work: w.lint},
	}
}

// wailsBuild builds the window by Wails' own command, with the bundle as it is. It also runs the program once to read its
// bindings, which must have no effect.
func (w *workshop) wailsBuild(ctx context.Context, s *step) error {
	version, err := w.command("go", "list", "-m", "-f", "{{.Version}}", wailsModule).output(ctx)
	if err != nil {
		return err
	}
	return w.command("go", "run", wailsModule+"/cmd/wails@"+version, "build", "-s", "-m", "-nopackage", "-nosyncgomod", "-tags", "webkit2_41").run(ctx, s)
}

func (w *workshop) checkFormat(ctx context.Context, s *step) error {
	out, err := w.command(append([]string{"gofmt", "-l"}, goFolders...)...).output(ctx)
	if err != nil {
		return err
	}
	if out != "" {
		s.digest = out
		return errors.New("not formatted: run `go run ./build fmt`")
	}
	return nil
}

// lint runs the pinned golangci-lint, built into the cache the first time.
func (w *workshop) lint(ctx context.Context, s *step) error {
	dir, _, err := w.cache.Ensure(ctx, "tools/golangci-lint-"+lintVersion, func(ctx context.Context, dir string) error {
		return w.command("go", "install", "-trimpath", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@"+lintVersion).
			with("GOBIN="+dir, "CGO_ENABLED=0").run(ctx, s)
	})
	if err != nil {
		return err
	}
	return w.command(slices.Concat([]string{filepath.Join(dir, exe("golangci-lint")), "run"}, patterns)...).run(ctx, s)
}

func (w *workshop) frontendChecks() []stage {
	script := func(name string) func(context.Context, *step) error {
		return func(ctx context.Context, s *step) error {
			return w.command(npm(), "run", name).in(w.frontend()).run(ctx, s)
		}
	}
	return []stage{
		{name: "frontend types", after: []string{stepNPM}, work: script("check")},
		{name: "frontend lint", after: []string{stepNPM}, work: script("lint")},
		{name: "frontend unit tests", after: []string{stepNPM}, work: w.frontendTests},
	}
}

// racePatterns are tested with the race detector, which needs a C compiler. What computes alone is left out: the chunker,
// the document readers and the analyser start nothing of their own, and the detector makes them ten times slower. What
// in localrag is shared between goroutines is named in raceInLocalrag.
var (
	racePatterns    = []string{".", "./app/...", "./build/...", "./frontend", "./llm/...", "./storage/..."}
	computePatterns = []string{"./localrag/..."}
	raceInLocalrag  = "Concurren|Vector|Slab|Index|Pool"
)

// goTests run with the real runtime and models, two packages at a time: several of them load a model.
func (w *workshop) goTests(p product) []stage {
	built := []string{stepRuntime, stepStarter, stepPrograms}
	test := func(name string, flags, packages []string) stage {
		return stage{name: name, after: built, work: func(ctx context.Context, s *step) error {
			return w.goTest(ctx, s, goRun{flags: slices.Concat([]string{"-p=2"}, flags), packages: packages, env: p.env()})
		}}
	}
	return []stage{
		test("go tests", []string{"-race"}, racePatterns),
		test("go tests, localrag", nil, computePatterns),
		test("go tests, localrag shared", []string{"-race", "-run", raceInLocalrag}, computePatterns),
		w.fuzzStage(time.Second),
	}
}

// ownBus begins the command of a program with a window: it asks a bus for colours and fonts, and waits where there is none.
var ownBus = []string{"dbus-run-session", "--"}

// wholeTests drive the built programs as a person would: in a browser and in the real window.
func (w *workshop) wholeTests(p product) []stage {
	built := []string{stepRuntime, stepStarter, stepPrograms}
	return []stage{
		{name: "browser tests", after: built, work: func(ctx context.Context, s *step) error {
			return w.countedScript(ctx, s, w.command(npm(), "run", "e2e").in(w.frontend()).with(p.env()...))
		}},
		{name: "go tests, window", work: func(ctx context.Context, s *step) error {
			run := goRun{before: ownBus, flags: []string{"-tags", desktopTags}, packages: []string{"./app/desktop/..."}}
			return withDisplay(ctx, s, func(screen []string) error {
				run.env = screen
				return w.goTest(ctx, s, run)
			})
		}},
		{name: "window test", after: built, work: func(ctx context.Context, s *step) error {
			window := w.command(append(slices.Clone(ownBus), npm(), "run", "window")...).in(w.frontend()).with(p.env()...)
			return withDisplay(ctx, s, func(screen []string) error { return w.scriptTwice(ctx, s, window.with(screen...)) })
		}},
	}
}

// checkGenerated fails if a generated file is not what its source says. It writes nothing.
func (w *workshop) checkGenerated(context.Context, *step) error {
	want, err := typescript.Generate(filepath.Join(w.root, "app"))
	if err != nil {
		return err
	}
	there, err := os.ReadFile(filepath.Join(w.root, filepath.FromSlash(typescript.File)))
	if err != nil {
		return err
	}
	if !bytes.Equal(want, there) {
		return fmt.Errorf("%s is stale: run `go run ./build generate` and commit it", typescript.File)
	}
	return nil
}
