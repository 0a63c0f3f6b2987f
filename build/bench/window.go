package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	windowPairs    = 7
	windowPatience = 60 * time.Second
)

// bareSource is a program with a Wails window and an empty page, and nothing
// else. It is no package of this module: only app/desktop knows Wails.
//
//go:embed bare/main.go.txt
var bareSource []byte

// measureWindow opens Kontor's window and a bare one in turns on a display that
// no screen shows, and compares the time from the start of each program until
// its page's DOM is ready. The data folder is there from the second start on,
// as it is for people.
func measureWindow(ctx context.Context, b *bench, r *results) error {
	if runtime.GOOS != "linux" {
		r.rest(stateNotRun, "needs Xvfb")
		return nil
	}
	bare, err := b.bareWindow(ctx)
	if err != nil {
		return fmt.Errorf("build the bare window: %w", err)
	}
	display, stop, err := startDisplay(ctx)
	if err != nil {
		return err
	}
	defer stop()
	data, err := b.scratch("window")
	if err != nil {
		return err
	}
	flags := []string{"--data", data}
	if b.options.runtime != "" && b.options.starter != "" { // as people have it: the runtime starts behind the window
		flags = append(flags, "--runtime-dir", b.options.runtime, "--starter-dir", b.options.starter)
	}
	raw := samples{}
	for pair := range windowPairs + 1 {
		ours, err := b.openWindow(ctx, display, b.options.desktop, flags...)
		if err != nil {
			return fmt.Errorf("Kontor's window: %w", err)
		}
		theirs, err := b.openWindow(ctx, display, bare)
		if err != nil {
			return fmt.Errorf("the bare window: %w", err)
		}
		if pair == 0 {
			raw.add("first_start_ms", ours)
			continue // reads the programs from the disk and makes the database
		}
		raw.add("kontor_ms", ours)
		raw.add("bare_ms", theirs)
		b.say("%.0f and %.0f ms", ours, theirs)
	}
	r.set("window_ratio", median(raw["kontor_ms"])/median(raw["bare_ms"]), raw,
		fmt.Sprintf("medians %.0f and %.0f ms, %d pairs", median(raw["kontor_ms"]), median(raw["bare_ms"]), windowPairs))
	return nil
}

// bareWindow builds the bare program with exactly the libraries of this module.
func (b *bench) bareWindow(ctx context.Context) (string, error) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		return "", err
	}
	_, requirements, found := strings.Cut(string(mod), "\n")
	if !found {
		return "", errors.New("go.mod has one line")
	}
	folder := filepath.Join(b.folder, "bare")
	files := map[string][]byte{"main.go": bareSource, "go.mod": []byte("module barewindow\n" + requirements), "go.sum": sums}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return "", err
		}
	}
	program := filepath.Join(folder, "barewindow")
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-trimpath", "-buildvcs=false", "-tags", "desktop,production,webkit2_41", "-o", program, ".")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
}

// openWindow starts a program, waits for its probe and ends it.
func (b *bench) openWindow(ctx context.Context, display, program string, flags ...string) (domReadyMs float64, err error) {
	folder, err := b.scratch("probe")
	if err != nil {
		return 0, err
	}
	probe := filepath.Join(folder, "probe.json")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A bus of its own: a window asks it for colours and fonts and waits where
	// there is none.
	arguments := append([]string{"--", program, "--window-probe", probe}, flags...)
	cmd := exec.CommandContext(ctx, "dbus-run-session", arguments...)
	cmd.Env = append(cleanEnvironment(), "DISPLAY="+display, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11")
	output := &logLines{began: time.Now()}
	cmd.Stdout, cmd.Stderr = output, output
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer endGroup(cmd)
	var found struct {
		DOMReadyMs float64 `json:"domReadyMs"`
	}
	ready := until(ctx, windowPatience, func() bool {
		raw, err := os.ReadFile(probe)
		return err == nil && json.Unmarshal(raw, &found) == nil && found.DOMReadyMs > 0
	})
	if !ready {
		return 0, fmt.Errorf("its page did not get ready; it said: %s", output.tail())
	}
	time.Sleep(500 * time.Millisecond) // what follows the page is not cut off
	return found.DOMReadyMs, ctx.Err()
}

// endGroup ends a program with its children and returns when it is gone.
func endGroup(cmd *exec.Cmd) {
	askGroup(cmd)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // ended by us
	}()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
	}
	killGroup(cmd)
	<-ended
}

// startDisplay runs an X server without a screen. It chooses a free number and
// listens on no network.
func startDisplay(ctx context.Context) (display string, stop func(), err error) {
	ready, number, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer ready.Close()
	xvfb := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp")
	xvfb.ExtraFiles = []*os.File{number}
	err = xvfb.Start()
	_ = number.Close() // the server holds its own end
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = xvfb.Process.Signal(os.Interrupt)
		_ = xvfb.Wait() // ended by us
	}
	line, err := bufio.NewReader(ready).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, errors.Join(errors.New("no display came up"), err)
	}
	return ":" + strings.TrimSpace(line), stop, nil
}
