package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
)

// product is everything a task needs to start Kontor. A folder is empty where this system builds none.
type product struct {
	programs
	runtimeDir, starterDir string
	// vectorServers holds the databases that tests run against, set by the test task alone.
	vectorServers string
	// llamaServer holds the second model server, "" where it could not be built; set by the test task alone.
	llamaServer string
	// whisperServer writes down speech, "" where it could not be installed; set by the test task alone.
	whisperServer string
	// cache is where measurements may keep what takes long to make.
	cache string
}

// Names of the steps that others wait for.
const (
	stepPackages  = "system packages"
	stepNPM       = "frontend packages"
	stepRuntime   = "model runtime"
	stepStarter   = "starter models"
	stepBundle    = "frontend bundle"
	stepPrograms  = "programs"
	buildersLimit = 3
)

// errPrepare is reported when a step before the task's own work failed; the step has already said why.
var errPrepare = errors.New("not ready: a step above failed")

// prepare takes a fresh machine to a built Kontor. window also builds the window.
func (w *workshop) prepare(ctx context.Context, needs []need, window bool) (product, error) {
	p := product{cache: w.cache.Path()}
	var tooOld missingError
	install := func(ctx context.Context, s *step) error { return w.provide(ctx, s, needs) }
	if err := w.board.do(ctx, stepPackages, install); err != nil {
		return p, err
	}
	// The bundle takes seconds while the runtime compiles for minutes.
	w.board.together(ctx, buildersLimit,
		stage{name: stepRuntime, work: func(ctx context.Context, s *step) (err error) {
			p.runtimeDir, err = w.runtimeDir(ctx, s)
			return err
		}},
		stage{name: stepStarter, work: func(ctx context.Context, s *step) (err error) {
			p.starterDir, err = w.starterDir(ctx, s)
			return err
		}},
		stage{name: stepNPM, work: func(ctx context.Context, s *step) error {
			err := w.installFrontend(ctx, s)
			errors.As(err, &tooOld)
			return err
		}},
	)
	if tooOld.text != "" {
		return p, tooOld
	}
	w.board.together(ctx, 1, stage{name: stepBundle, after: []string{stepNPM}, work: w.buildFrontend})
	w.board.together(ctx, 1, stage{name: stepPrograms, after: []string{stepBundle}, work: func(ctx context.Context, s *step) (err error) {
		p.programs, err = w.buildPrograms(ctx, s, window)
		return err
	}})
	if !w.board.succeeded([]string{stepRuntime, stepStarter, stepPrograms}) {
		return p, errPrepare
	}
	return p, nil
}

// env are the variables by which tests, benchmarks and screenshots find what was built.
func (p product) env() []string {
	env := []string{
		"KONTOR_CACHE=" + p.cache,
		"KONTOR_BIN=" + p.server, "KONTOR_DESKTOP_BIN=" + p.desktop,
		"KONTOR_RUNTIME_DIR=" + p.runtimeDir, "KONTOR_STARTER_DIR=" + p.starterDir,
	}
	if p.vectorServers != "" {
		env = append(env, "KONTOR_VECTOR_SERVERS="+p.vectorServers)
	}
	if p.llamaServer != "" {
		env = append(env, "KONTOR_LLAMA_SERVER="+p.llamaServer)
	}
	if p.whisperServer != "" {
		env = append(env, "KONTOR_WHISPER_SERVER="+p.whisperServer)
	}
	if browser, err := exec.LookPath("chromium"); err == nil {
		env = append(env, "KONTOR_CHROMIUM="+browser)
	}
	return env
}

// flags tell Kontor where its runtime and its models are.
func (p product) flags() []string {
	var flags []string
	if p.runtimeDir != "" {
		flags = append(flags, "--runtime-dir", p.runtimeDir)
	}
	if p.starterDir != "" {
		flags = append(flags, "--starter-dir", p.starterDir)
	}
	return flags
}

func (w *workshop) frontend() string { return filepath.Join(w.root, "frontend") }
