//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// withDisplay runs use with the variables that name an X display of its own, which no screen shows. Xvfb chooses a free number and says so when it
// is ready; it listens on no network.
func withDisplay(ctx context.Context, s *step, use func(screen []string) error) error {
	ready, number, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close()
	xvfb := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp")
	xvfb.ExtraFiles = []*os.File{number}
	xvfb.Stdout, xvfb.Stderr = s, s
	err = xvfb.Start()
	_ = number.Close() // the server holds its own end
	if err != nil {
		return err
	}
	defer func() {
		_ = xvfb.Process.Signal(syscall.SIGTERM)
		_ = xvfb.Wait() // ended by us
	}()
	line, err := bufio.NewReader(ready).ReadString('\n')
	if err != nil {
		return errors.Join(errors.New("no display came up"), err)
	}
	return use([]string{"DISPLAY=:" + strings.TrimSpace(line), "WAYLAND_DISPLAY=", "GDK_BACKEND=x11"})
}
