package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// killDelay is how long an interrupted program may take to end by itself.
const killDelay = 10 * time.Second

// command is one program to run in a folder with variables added to the environment.
type command struct {
	dir string
	env []string
	arg []string
}

func (w *workshop) command(arg ...string) command { return command{dir: w.root, arg: arg} }

func (c command) in(dir string) command { c.dir = dir; return c }

func (c command) with(env ...string) command {
	c.env = append(append([]string(nil), c.env...), env...)
	return c
}

// run runs the program and sends everything it says to out, after the line that started it.
func (c command) run(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "$ %s\n", strings.Join(append(append([]string(nil), c.env...), c.arg...), " "))
	cmd := c.build(ctx)
	cmd.Stdout, cmd.Stderr = out, out
	return c.wrap(cmd.Run())
}

// output returns what the program prints; what it complains about is part of the error.
func (c command) output(ctx context.Context) (string, error) {
	out, err := c.build(ctx).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(failed.Stderr)))
	}
	return strings.TrimSpace(string(out)), c.wrap(err)
}

func (c command) build(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.arg[0], c.arg[1:]...)
	cmd.Dir = c.dir
	// Logs are read as text.
	cmd.Env = append(append(os.Environ(), "NO_COLOR=1", "FORCE_COLOR=0"), c.env...)
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = killDelay
	ownGroup(cmd)
	return cmd
}

func (c command) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", c.arg[0], err)
}
