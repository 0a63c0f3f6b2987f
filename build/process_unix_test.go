//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// waitFor returns when the file exists: a shell script has got that far.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 1000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not appear", path)
}

func TestStartReturnsTheProgramsExitCode(t *testing.T) {
	w := &workshop{root: t.TempDir(), board: newBoard(io.Discard, t.TempDir())}
	if code := exitCode(w.start(t.Context(), []string{"sh", "-c", "exit 5"})); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
	if err := w.start(t.Context(), []string{"true"}); err != nil {
		t.Error(err)
	}
}

func TestStartPassesAnInterruptOnAndWaits(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	ctx, interrupted := context.WithCancel(t.Context())
	w := &workshop{root: t.TempDir(), board: newBoard(io.Discard, t.TempDir())}
	done := make(chan error, 1)
	go func() {
		done <- w.start(ctx, []string{"sh", "-c", `trap 'sleep .2; exit 7' INT; touch "$0"; while :; do sleep .05; done`, ready})
	}()
	waitFor(t, ready)
	interrupted()
	if code := exitCode(<-done); code != 7 {
		t.Errorf("exit code %d, want the one of the program's own ending, 7", code)
	}
}

func TestInterruptReachesWhatAStepStarted(t *testing.T) {
	dir := t.TempDir()
	ctx, interrupted := context.WithCancel(t.Context())
	w := &workshop{root: dir}
	done := make(chan error, 1)
	go func() {
		// The inner shell is not our child: only its process group reaches it.
		done <- w.command("sh", "-c", `sh -c 'trap "touch ended; exit" INT; touch ready; while :; do sleep .05; done'; true`).run(ctx, io.Discard)
	}()
	waitFor(t, filepath.Join(dir, "ready"))
	interrupted()
	if err := <-done; err == nil {
		t.Error("an interrupted command reported success")
	}
	waitFor(t, filepath.Join(dir, "ended"))
}
