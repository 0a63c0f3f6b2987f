//go:build unix

package child

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// killPatience bounds the wait for processes that do not die at once, such as
// one in an uninterruptible read from a dead network share.
const killPatience = 10 * time.Second

// tree is the program and all it started.
type tree struct {
	pid   int
	cpu   time.Duration // the limit, 0 if none
	ended chan Exit     // the program's own end, once
	empty chan struct{} // closed when the shim has no child left
	// members is what the watchdog measured last, looks how often it did.
	members []int
	looks   int
}

func stopSignals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}
}

// startTree applies the limits and starts the program in a group of its own.
func startTree(j job, files []*os.File) (*tree, error) {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return nil, err
	}
	if err := adopt(); err != nil {
		return nil, err
	}
	if j.limits.Nice > 0 {
		// Inherited by the program; on Linux only this thread of the shim
		// gets slow, the ones that watch do not.
		if err := unix.Setpriority(unix.PRIO_PROCESS, 0, j.limits.Nice); err != nil {
			return nil, err
		}
	}
	cmd := &exec.Cmd{
		Path: j.program, Args: append([]string{j.program}, j.args...), Env: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: files,
		SysProcAttr: programAttributes(),
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t := &tree{pid: cmd.Process.Pid, cpu: j.limits.CPUTime, ended: make(chan Exit, 1), empty: make(chan struct{})}
	if err := restrict(t.pid, j.limits); err != nil {
		_ = unix.Kill(t.pid, unix.SIGKILL)
		return nil, err
	}
	go t.reap()
	return t, nil
}

// reap collects every ended child, adopted ones included, until none is left.
func (t *tree) reap() {
	defer close(t.empty)
	for {
		var status unix.WaitStatus
		var usage unix.Rusage
		pid, err := unix.Wait4(-1, &status, 0, &usage)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return
		case pid != t.pid:
			continue
		}
		exit := Exit{Reason: ReasonExited, Code: status.ExitStatus(), PeakBytes: int64(usage.Maxrss) * maxrssUnit}
		if status.Signaled() {
			exit.Code, exit.Signal = -1, status.Signal().String()
		}
		// Go programs ignore the first signal and get the hard one.
		if used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano()); t.cpu > 0 && used >= t.cpu {
			exit.Reason = ReasonTime
		}
		t.ended <- exit
	}
}

// terminate asks the program, and only it, to end.
func (t *tree) terminate() { _ = unix.Kill(t.pid, unix.SIGTERM) }

// killAll kills until nothing is left: a process may start another one
// between being seen and being killed.
func (t *tree) killAll() {
	deadline := time.Now().Add(killPatience)
	for time.Now().Before(deadline) {
		_ = unix.Kill(-t.pid, unix.SIGKILL)
		left := descendants(os.Getpid())
		for _, pid := range left {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		select {
		case <-t.empty:
			if len(left) == 0 {
				return
			}
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// finish is the last act of the shim.
func (t *tree) finish() {}

// hold starts the shim on a thread that stays: the shim's parent-death signal
// is sent when the thread that started it ends.
func (p *Process) hold(running chan<- error, ended chan<- struct{}, theirs ...*os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p.cmd.SysProcAttr = shimAttributes()
	p.mu.Lock()
	err := p.cmd.Start()
	p.mu.Unlock()
	for _, file := range theirs {
		file.Close()
	}
	running <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // the report on the status pipe says more
	close(ended)
}
