package child

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"
)

// Orders Kontor writes into the control pipe; its end means "kill".
const (
	controlStop byte = 't'
	controlKill byte = 'k'
)

// Exit codes of the shim itself; Kontor reads the report, people see these.
const (
	codeOK     = 0
	codeFailed = 1
	codeUsage  = 2
)

// goRuntimeFailed is the exit code of a Go program that got no more memory.
const goRuntimeFailed = 2

// watchEvery is the watchdog's period: a process touches about 200 MB in it.
const watchEvery = 50 * time.Millisecond

// job is what the shim was asked to run.
type job struct {
	limits  Limits
	grace   time.Duration
	pipes   string // platform's own way to name the inherited files
	program string
	args    []string
}

func parse(args []string) (job, error) {
	var j job
	flags := flag.NewFlagSet(Verb, flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	flags.StringVar(&j.pipes, "pipes", "", "inherited files")
	flags.DurationVar(&j.grace, "grace", DefaultGrace, "time between asking and killing")
	flags.Int64Var(&j.limits.MemoryBytes, "memory", 0, "resident bytes of the tree")
	flags.Int64Var(&j.limits.DataBytes, "data", 0, "writable private bytes of a process")
	flags.DurationVar(&j.limits.CPUTime, "cpu", 0, "processor time")
	flags.DurationVar(&j.limits.WallTime, "wall", 0, "time from start to end")
	flags.IntVar(&j.limits.Nice, "nice", 0, "priority, 0 normal … 19 lowest")
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	if flags.NArg() == 0 || j.pipes == "" {
		return j, errors.New("child: this verb is for Kontor itself")
	}
	j.program, j.args = flags.Arg(0), flags.Args()[1:]
	return j, nil
}

// Main is the shim: it runs the program named in args (without the verb) and
// returns the process's exit code. Call it before anything else has started.
func Main(args []string) int {
	if len(args) > 0 && args[0] == confinedFlag {
		return confinedMain(args[1:])
	}
	// The program's parent-death signal is bound to the thread that started
	// it, so that thread must live as long as the shim.
	runtime.LockOSThread()

	j, err := parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return codeUsage
	}
	control, status, files, err := inherited(j.pipes)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return codeUsage
	}
	tell := json.NewEncoder(status)
	program, err := startTree(j, files)
	if err != nil {
		_ = tell.Encode(report{Exit: &Exit{Reason: ReasonFailed, Code: -1, Detail: err.Error()}})
		return codeFailed
	}
	for _, file := range files {
		file.Close()
	}
	_ = tell.Encode(report{PID: program.pid})

	exit := watch(j, program, control)
	_ = tell.Encode(report{Exit: &exit})
	program.finish()
	if exit.OK() {
		return codeOK
	}
	return codeFailed
}

// watch waits for the first reason to end the tree and ends it.
func watch(j job, program *tree, control *os.File) Exit {
	orders := make(chan byte, 8)
	go func() {
		defer close(orders)
		var buffer [1]byte
		for {
			n, err := control.Read(buffer[:])
			if n == 1 {
				orders <- buffer[0]
			}
			if err != nil {
				return
			}
		}
	}()
	asked := make(chan os.Signal, 4)
	signal.Notify(asked, stopSignals()...)

	var wall, grace <-chan time.Time
	if j.limits.WallTime > 0 {
		wall = time.After(j.limits.WallTime)
	}
	var look <-chan time.Time
	if j.limits.MemoryBytes > 0 {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		look = ticker.C
	}
	reason := ReasonExited
	for {
		select {
		case ended := <-program.ended:
			ended.Reason = verdict(reason, ended, j.limits)
			program.killAll()
			return ended
		case order, open := <-orders:
			switch {
			case !open, order == controlKill:
				return program.abort(ReasonStopped)
			case grace == nil:
				reason, grace = ReasonStopped, time.After(j.grace)
				program.terminate()
			}
		case <-asked:
			if orphaned() {
				return program.abort(ReasonStopped)
			}
			if grace == nil {
				reason, grace = ReasonStopped, time.After(j.grace)
				program.terminate()
			}
		case <-grace:
			return program.abort(ReasonStopped)
		case <-wall:
			return program.abort(ReasonTime)
		case <-look:
			if program.resident() > j.limits.MemoryBytes {
				return program.abort(ReasonMemory)
			}
		}
	}
}

// verdict corrects the reason of a program that ended before the shim acted:
// it may have run into the system's own limit.
func verdict(reason Reason, ended Exit, limits Limits) Reason {
	switch {
	case reason != ReasonExited || ended.Code == 0:
		return reason
	case ended.Reason == ReasonTime:
		return ReasonTime
	case limits.DataBytes > 0 && ended.Code == goRuntimeFailed && ended.PeakBytes >= limits.DataBytes/2:
		return ReasonMemory // with less in use it was a panic
	case limits.MemoryBytes > 0 && ended.PeakBytes >= limits.MemoryBytes*9/10:
		return ReasonMemory
	}
	return reason
}

// abort kills the tree and reports the program's end under the given reason.
func (t *tree) abort(reason Reason) Exit {
	t.killAll()
	exit := Exit{Code: -1}
	select {
	case exit = <-t.ended:
	case <-time.After(time.Second):
	}
	exit.Reason = reason
	return exit
}
