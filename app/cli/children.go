package cli

import (
	"context"
	"io"
	"log/slog"
	"os"

	"kontor/app/child"
	"kontor/llm/ollama"
	"kontor/localrag/parse"
)

// childStarters run the runtime and the document reader under the shim of
// app/child, so that neither outlives Kontor.
type childStarters struct{ folder string }

// runtimeChild is a supervised runtime.
type runtimeChild struct{ process *child.Process }

func (r runtimeChild) PID() int              { return r.process.PID() }
func (r runtimeChild) Done() <-chan struct{} { return r.process.Done() }
func (r runtimeChild) Stop()                 { r.process.Stop() }
func (r runtimeChild) Kill()                 { r.process.Kill() }

func (s childStarters) runtime(c ollama.Command) (ollama.Child, error) {
	process := child.Command(child.Options{
		Program: c.Program, Args: c.Args, Env: c.Env, Dir: c.Dir, Stdout: c.Output, Stderr: c.Output,
	})
	if err := process.Start(); err != nil {
		return nil, err
	}
	return runtimeChild{process}, nil
}

// parserChild is a document reader with its pipes.
type parserChild struct {
	process *child.Process
	stdin   io.WriteCloser
	stdout  io.Reader
	close   []*os.File
}

func (c *parserChild) Stdin() io.WriteCloser { return c.stdin }
func (c *parserChild) Stdout() io.Reader     { return c.stdout }

func (c *parserChild) Kill() error {
	c.process.Kill()
	return nil
}

func (c *parserChild) Wait() (int, error) {
	exit := c.process.Wait()
	for _, f := range c.close {
		_ = f.Close()
	}
	if exit.Reason == child.ReasonMemory {
		return parse.ExitMemory, nil
	}
	return exit.Code, nil
}

func (s childStarters) parser(_ context.Context, c parse.Command) (parse.Process, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	fromUs, toThem, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	fromThem, toUs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	process := child.Command(child.Options{
		Program: executable, Args: c.Args, Stdin: fromUs, Stdout: toUs, Stderr: logWriter{c.Name},
		Dir: s.folder, Limits: child.Limits{MemoryBytes: c.MemoryBytes, Nice: 5},
	})
	err = process.Start()
	_ = fromUs.Close()
	_ = toUs.Close()
	if err != nil {
		_ = toThem.Close()
		_ = fromThem.Close()
		return nil, err
	}
	return &parserChild{process: process, stdin: toThem, stdout: fromThem, close: []*os.File{fromThem}}, nil
}

// logWriter passes a child's standard error to the log.
type logWriter struct{ name string }

func (w logWriter) Write(line []byte) (int, error) {
	slog.Debug("child", "name", w.name, "output", string(line))
	return len(line), nil
}
