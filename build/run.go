package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"

	"golang.org/x/term"
)

// runTask builds what is missing and starts Kontor: the window where there is a display, else the server on loopback.
// It ends with the program's exit code.
func runTask(ctx context.Context, w *workshop, args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	headless := flags.Bool("headless", false, "start the server even where a window could be shown")
	port := flags.Int("port", 0, "port of the server; without it the last one, or a free one")
	data := flags.String("data", "", "folder for everything Kontor stores; empty for the system's own")
	if err := flags.Parse(args); err != nil {
		return usage(err)
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Sprintf("run takes no argument %q", flags.Arg(0))}
	}
	window := hasDisplay() && !*headless
	needs := slices.Clone(buildNeeds)
	if window {
		needs = append(needs, onLinux(windowNeeds)...)
	}
	p, err := w.prepare(ctx, needs, window)
	if !errors.As(err, new(missingError)) {
		w.board.summary()
	}
	if err != nil {
		return err
	}
	line := []string{p.server, "serve"}
	if window {
		line = []string{p.desktop}
	} else if *port != 0 {
		line = append(line, "--port", strconv.Itoa(*port))
	}
	line = append(line, p.flags()...)
	if *data != "" {
		line = append(line, "--data", *data)
	}
	return w.start(ctx, line)
}

// start runs a program in the foreground until it ends and reports its exit code. An interrupt is passed on, and the
// program then takes the time it needs.
func (w *workshop) start(ctx context.Context, line []string) error {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// At a terminal Ctrl-C reaches the program without us; a second signal would mean "at once".
	terminal := term.IsTerminal(int(os.Stdin.Fd()))
	if !terminal {
		ownGroup(cmd)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		if !terminal {
			_ = cmd.Process.Signal(os.Interrupt) // it may have ended meanwhile
		}
	})
	defer stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError{max(exit.ExitCode(), exitFailed)}
	}
	return err
}

// usage turns a flag error into the exit code of a wrong command line; the flag package has already said what is wrong.
func usage(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return usageError{"see `go run ./build <task> -h`"}
}
