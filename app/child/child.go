// Package child runs other programs so that none of them outlives Kontor.
//
// A program is not started directly but through a shim: this same executable
// called with the verb "child" ([Main]). The shim leads a session of its own,
// holds the reading end of a pipe whose writing end only Kontor has, and kills
// the whole tree of processes when that pipe ends, when it is told to stop or
// when the program ends. If the shim itself is killed, the program dies with
// it and Kontor removes what is left of the session.
//
// The package is a leaf: it knows nothing of models, documents or settings.
package child

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// Verb is the first argument that makes this executable a shim.
const Verb = "child"

// DefaultGrace is how long a program may take to end after it was asked to.
const DefaultGrace = 5 * time.Second

// Limits bound what a program may use. A zero field sets no limit. Core dumps
// are always off: they would hold what the program was working on.
type Limits struct {
	// MemoryBytes is resident memory of the whole tree, watched by the shim
	// every 50 ms: a fast program gets some 200 MB further before it is killed.
	MemoryBytes int64
	// DataBytes is writable private memory of each process, which Linux itself
	// refuses to exceed (RLIMIT_DATA): the second layer behind MemoryBytes. It
	// must leave room for what a program maps but does not touch; a program
	// built with the race detector cannot live with any.
	DataBytes int64
	// CPUTime of the program itself, in whole seconds, rounded up; macOS has
	// no such limit for another process.
	CPUTime time.Duration
	// WallTime from start to end.
	WallTime time.Duration
	// Nice lowers the priority: 0 normal … 19 lowest.
	Nice int
}

// Options describe one program to run.
type Options struct {
	// Executable is the shim: a program that calls [Main] for [Verb]. Empty
	// means this executable.
	Executable string
	// Program is the file to run; it is not searched in any path.
	Program string
	Args    []string
	// Env is the whole environment of the program; nothing is added
	// (Windows adds SYSTEMROOT, without which no program starts there).
	Env []string
	// Dir is the working directory; empty means the shim's.
	Dir string
	// Stdin, Stdout and Stderr work as in [exec.Cmd]: an *os.File is handed
	// over, anything else is copied; nil is the null device.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Files are open files the program gets with [File](0), [File](1) …
	Files []*os.File
	// Grace is the time between asking and killing; 0 means [DefaultGrace].
	Grace  time.Duration
	Limits Limits
	// Confine takes rights from the program; nil leaves it as it is.
	Confine *Confinement
}

// Reason says why a program ended.
type Reason string

// A program ends by itself, because it was asked to, because it crossed a
// limit, because it could not be started or because its shim was killed.
const (
	ReasonExited  Reason = "exited"
	ReasonStopped Reason = "stopped"
	ReasonMemory  Reason = "memory"
	ReasonTime    Reason = "time"
	ReasonFailed  Reason = "failed"
	ReasonLost    Reason = "lost"
)

// Exit is the end of a program.
type Exit struct {
	Reason Reason
	// Code is the program's exit code, -1 if a signal ended it.
	Code int
	// Signal that ended it, empty if none.
	Signal string
	// Detail is for the log: why the program could not be started.
	Detail string
	// PeakBytes is the largest resident size of the program, 0 if unknown.
	PeakBytes int64
}

// OK reports whether the program ended by itself with code 0.
func (e Exit) OK() bool { return e.Reason == ReasonExited && e.Code == 0 }

// report is what the shim writes to Kontor, one JSON object a line.
type report struct {
	PID  int   `json:"pid,omitempty"`
	Exit *Exit `json:"exit,omitempty"`
}

// Process is a program under a shim. Its methods are safe for concurrent use.
type Process struct {
	cmd     *exec.Cmd
	options Options
	done    chan struct{}

	mu      sync.Mutex
	control *os.File // writing end; closing it ends the tree
	pid     int
	started bool
	exit    Exit
}

// Command prepares a program; [Process.Start] runs it.
func Command(options Options) *Process {
	if options.Grace <= 0 {
		options.Grace = DefaultGrace
	}
	return &Process{options: options, done: make(chan struct{})}
}

// Start runs the shim and returns when the program runs or could not be
// started. A program that could not be started is an error; [Process.Wait]
// then returns at once.
func (p *Process) Start() error {
	p.mu.Lock()
	if p.started {
		p.mu.Unlock()
		return errors.New("child: started twice")
	}
	p.started = true
	p.mu.Unlock()

	if p.options.Executable == "" {
		own, err := os.Executable()
		if err != nil {
			return p.neverRan(err)
		}
		p.options.Executable = own
	}
	controlRead, controlWrite, err := os.Pipe()
	if err != nil {
		return p.neverRan(err)
	}
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		controlRead.Close()
		controlWrite.Close()
		return p.neverRan(err)
	}
	p.cmd = &exec.Cmd{
		Path:   p.options.Executable,
		Env:    append([]string{}, p.options.Env...),
		Dir:    p.options.Dir,
		Stdin:  p.options.Stdin,
		Stdout: p.options.Stdout,
		Stderr: p.options.Stderr,
		// A writer that is not a file is fed by a goroutine that ends with
		// the last holder of the pipe; this bounds a process that got away.
		WaitDelay: 2 * time.Second,
	}
	pipes := append([]*os.File{controlRead, statusWrite}, p.options.Files...)
	flags := p.inherit(pipes)
	p.cmd.Args = append([]string{p.options.Executable, Verb}, flags...)
	p.cmd.Args = append(p.cmd.Args, p.options.flags()...)
	program, args := p.options.confined()
	p.cmd.Args = append(append(p.cmd.Args, "--", program), args...)

	p.mu.Lock()
	p.control = controlWrite
	p.mu.Unlock()

	running := make(chan error, 1)
	ended := make(chan struct{})
	go p.hold(running, ended, controlRead, statusWrite)
	if err := <-running; err != nil {
		controlWrite.Close()
		statusRead.Close()
		return p.neverRan(err)
	}
	ready := make(chan error, 1)
	go p.follow(statusRead, ended, ready)
	return <-ready
}

func (p *Process) neverRan(err error) error {
	p.mu.Lock()
	p.exit = Exit{Reason: ReasonFailed, Code: -1, Detail: err.Error()}
	p.mu.Unlock()
	close(p.done)
	return err
}

// follow reads the shim's reports, then waits for its end and sweeps.
func (p *Process) follow(status *os.File, ended <-chan struct{}, ready chan<- error) {
	defer status.Close()
	exit := Exit{Reason: ReasonLost, Code: -1, Detail: "the shim ended without a report"}
	announced := false
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		var line report
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		if line.Exit != nil {
			exit = *line.Exit
			continue
		}
		p.mu.Lock()
		p.pid = line.PID
		p.mu.Unlock()
		announced = true
		ready <- nil
	}
	<-ended
	p.sweep()
	p.mu.Lock()
	p.exit = exit
	p.control.Close()
	p.mu.Unlock()
	close(p.done)
	if !announced {
		ready <- errors.New("child: " + exit.Detail)
	}
}

// PID is the program's process id, 0 before it runs.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pid
}

// ShimPID is the process id of the shim, which is also its session's id.
func (p *Process) ShimPID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Done is closed when no process of the tree is left.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait blocks until no process of the tree is left and tells how it ended. A
// process that was never started must not be waited for.
func (p *Process) Wait() Exit {
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit
}

// Stop asks the program to end, kills the tree after the grace time and
// returns when nothing is left. Stopping a program that has ended or was never
// started does nothing.
func (p *Process) Stop() Exit { return p.end(controlStop) }

// Kill ends the tree at once and returns when nothing is left, as Stop does.
func (p *Process) Kill() Exit { return p.end(controlKill) }

func (p *Process) end(order byte) Exit {
	p.mu.Lock()
	started := p.started
	if p.control != nil {
		// An error means that the shim is gone already.
		_, _ = p.control.Write([]byte{order})
	}
	p.mu.Unlock()
	if !started {
		return Exit{Reason: ReasonFailed, Code: -1, Detail: "never started"}
	}
	return p.Wait()
}

// flags renders the options for the shim's command line.
func (o Options) flags() []string {
	return []string{
		"--grace=" + o.Grace.String(),
		"--memory=" + strconv.FormatInt(o.Limits.MemoryBytes, 10),
		"--data=" + strconv.FormatInt(o.Limits.DataBytes, 10),
		"--cpu=" + o.Limits.CPUTime.String(),
		"--wall=" + o.Limits.WallTime.String(),
		"--nice=" + strconv.Itoa(o.Limits.Nice),
	}
}
