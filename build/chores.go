package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kontor/build/typescript"
)

// benchTask measures the figures of the README; its arguments go to the measuring program in build/bench.
func benchTask(ctx context.Context, w *workshop, args []string) error {
	p, err := w.prepare(ctx, slices.Concat(buildNeeds, onLinux(windowNeeds), onLinux(testNeeds)), true)
	if err != nil {
		return err
	}
	w.board.summary()
	return w.foreground(ctx, w.command(append([]string{"go", "run", "./build/bench"}, args...)...).with(p.env()...))
}

// soakRounds is how often a test repeats a crash when it has time.
const soakRounds = "KONTOR_SOAK=200"

// soakTask runs the tests that take too long for every day: those behind the build tag "soak", fuzzing for minutes, and
// crashes by the hundred. The suite for providers also meets other versions of the runtime.
func soakTask(ctx context.Context, w *workshop, _ []string) error {
	p, err := w.prepare(ctx, slices.Concat(buildNeeds, onLinux(windowNeeds), onLinux(testNeeds)), true)
	if err != nil {
		return err
	}
	var others []string
	w.board.together(ctx, 1, stage{name: stepOtherVersions, work: func(ctx context.Context, s *step) (err error) {
		others, err = w.otherVersionDirs(ctx, s)
		return err
	}}, w.fuzzStage(2*time.Minute))
	w.board.together(ctx, 1, stage{name: "soak tests", work: func(ctx context.Context, s *step) error {
		env := append(p.env(), soakRounds, otherVersionsEnv(others))
		return w.goTest(ctx, s, goRun{flags: []string{"-tags=soak", "-timeout=4h"}, packages: patterns, env: env})
	}})
	w.board.summary()
	return w.board.verdict()
}

// screenshotsTask takes the README's pictures from the running program.
func screenshotsTask(ctx context.Context, w *workshop, args []string) error {
	p, err := w.prepare(ctx, slices.Concat(buildNeeds, onLinux(windowNeeds), onLinux(testNeeds)), true)
	if err != nil {
		return err
	}
	w.board.summary()
	line := append([]string{npm(), "run", "screenshots", "--"}, args...)
	return w.foreground(ctx, w.command(line...).in(w.frontend()).with(p.env()...))
}

func generateTask(ctx context.Context, w *workshop, _ []string) error {
	return w.board.do(ctx, "generate", w.generate)
}

// generate writes the files that are made from others.
func (w *workshop) generate(_ context.Context, s *step) error {
	content, err := typescript.Generate(filepath.Join(w.root, "app"))
	if err != nil {
		return err
	}
	s.note = typescript.File
	return os.WriteFile(filepath.Join(w.root, filepath.FromSlash(typescript.File)), content, 0o644)
}

func fmtTask(ctx context.Context, w *workshop, _ []string) error {
	return errors.Join(
		w.board.do(ctx, "gofmt", func(ctx context.Context, s *step) error {
			return w.command(append([]string{"gofmt", "-w"}, goFolders...)...).run(ctx, s)
		}),
		w.board.do(ctx, stepNPM, w.installFrontend),
		w.board.do(ctx, "frontend format", func(ctx context.Context, s *step) error {
			return w.command(npm(), "run", "format").in(w.frontend()).run(ctx, s)
		}),
	)
}

func lintTask(ctx context.Context, w *workshop, _ []string) error {
	w.board.together(ctx, 1, stage{name: stepNPM, work: w.installFrontend})
	w.board.together(ctx, 2, slices.Concat(w.goChecks(), w.frontendChecks()[:2])...)
	w.board.summary()
	return w.board.verdict()
}

// foreground runs a program whose output is the point of the task.
func (w *workshop) foreground(ctx context.Context, c command) error {
	return c.run(ctx, w.board.out)
}
