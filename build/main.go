// Command build is Kontor's task runner: `go run ./build <task>` from the top of the tree.
//
//	run          everything a fresh machine needs, then Kontor itself
//	test         everything a fresh machine needs, then every test
//	bench        the figures of the README, as a table and as JSON
//	screenshots  the README's pictures, taken from the running program
//	soak         the long tests, which `test` leaves out
//	generate     the files that are made from others
//	fmt          format Go and TypeScript
//	lint         go vet, golangci-lint and the frontend's linters
//
// It works on Linux, Windows and macOS and needs nothing but Go to start. On Debian and its relatives it installs missing
// packages itself when it may; elsewhere it prints the command and ends with exit code 2. What it builds stays in a cache
// outside the tree (KONTOR_CACHE, else the user's cache folder). It must not know how Kontor works, only how it is put
// together.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"kontor/build/cache"
)

// Exit codes. Other codes are those of the program `run` started.
const (
	exitFailed = 1
	// exitSetup: the command line is wrong, or something must be installed first.
	exitSetup = 2
)

// exitError carries the exit code of a program that ran and ended by itself.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// tasks lists every task by name.
func tasks() map[string]func(context.Context, *workshop, []string) error {
	return map[string]func(context.Context, *workshop, []string) error{
		"run":         runTask,
		"test":        testTask,
		"bench":       benchTask,
		"soak":        soakTask,
		"screenshots": screenshotsTask,
		"generate":    generateTask,
		"fmt":         fmtTask,
		"lint":        lintTask,
	}
}

// workshop is where a task works: the tree, the cache and what goes to the terminal.
type workshop struct {
	root  string
	cache *cache.Cache
	board *board
}

func main() {
	// An interrupt ends the step at work; the second one ends this program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(exitCode(perform(ctx, os.Args[1:])))
}

func exitCode(err error) int {
	var program exitError
	var missing missingError
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &program):
		return program.code
	case errors.As(err, &missing):
		fmt.Fprintln(os.Stderr, "\n"+missing.text)
		return exitSetup
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, usage.text)
		return exitSetup
	case errors.Is(err, flag.ErrHelp):
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return exitFailed
}

func perform(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usageError{"usage: go run ./build run|test|bench|screenshots|soak|generate|fmt|lint"}
	}
	task, ok := tasks()[args[0]]
	if !ok {
		return usageError{fmt.Sprintf("no task %q; there are run, test, bench, screenshots, soak, generate, fmt and lint", args[0])}
	}
	root, err := findRoot()
	if err != nil {
		return err
	}
	store, err := openCache(os.Getenv("KONTOR_CACHE"))
	if err != nil {
		return err
	}
	w := &workshop{root: root, cache: store, board: newBoard(os.Stdout, store.Path("logs", args[0]))}
	return task(ctx, w, args[1:])
}

// openCache opens the cache in folder, or in "kontor-build" in the user's cache folder. The program's own cache stands
// beside it under another name, so that clearing one leaves the other.
func openCache(folder string) (*cache.Cache, error) {
	if folder == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("no cache folder, set KONTOR_CACHE: %w", err)
		}
		folder = filepath.Join(base, "kontor-build")
	}
	return cache.Open(folder)
}

// findRoot returns the top of the tree: the nearest folder upwards that holds go.mod and build/runtime.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, mod := os.Stat(filepath.Join(dir, "go.mod"))
		_, own := os.Stat(filepath.Join(dir, "build", "runtime", "go.mod"))
		if mod == nil && own == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("run this inside Kontor's source tree")
		}
		dir = parent
	}
}

// exe adds the system's ending of program files to a name.
func exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
