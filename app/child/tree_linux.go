package child

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxrssUnit: Linux counts the peak resident size in KiB.
const maxrssUnit = 1024

// shimAttributes put the shim into a session of its own, whose id lets Kontor
// find what a killed shim left behind. SIGTERM, not SIGKILL, when Kontor dies:
// the shim still has a tree to kill.
func shimAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
}

// programAttributes make the program die with the shim.
func programAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// adopt makes orphans of the tree children of the shim instead of init's.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// orphaned reports whether Kontor is gone: the shim then belongs to init or to
// another subreaper outside its session.
func orphaned() bool {
	parent, err := os.Readlink("/proc/" + strconv.Itoa(os.Getppid()) + "/exe")
	own, errOwn := os.Readlink("/proc/self/exe")
	return os.Getppid() == 1 || (err == nil && errOwn == nil && parent != own)
}

// restrict sets the system's own limits on the program. RLIMIT_DATA counts
// writable private memory only, so the large unused reservations of Go and
// WebAssembly programs do not hit it, unlike RLIMIT_AS.
func restrict(pid int, limits Limits) error {
	if limits.DataBytes > 0 {
		bytes := uint64(limits.DataBytes)
		if err := unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: bytes, Max: bytes}, nil); err != nil {
			return err
		}
	}
	if limits.CPUTime > 0 {
		seconds := uint64((limits.CPUTime + time.Second - 1) / time.Second)
		if err := unix.Prlimit(pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds + 1}, nil); err != nil {
			return err
		}
	}
	return nil
}

// process is one line of the process table.
type process struct {
	pid, parent, session int
	zombie               bool
}

// processes reads the process table; what ends meanwhile is left out.
func processes() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var list []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		if p, ok := parseStat(pid, stat); ok {
			list = append(list, p)
		}
	}
	return list
}

// parseStat reads /proc/PID/stat. The name in parentheses may hold anything,
// parentheses and spaces included, so fields count from the last one.
func parseStat(pid int, stat []byte) (process, bool) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return process{}, false
	}
	fields := bytes.Fields(stat[end+1:]) // state, ppid, pgrp, session, …
	if len(fields) < 4 {
		return process{}, false
	}
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return process{}, false
	}
	session, err := strconv.Atoi(string(fields[3]))
	if err != nil {
		return process{}, false
	}
	return process{pid: pid, parent: parent, session: session, zombie: fields[0][0] == 'Z'}, true
}

// descendants lists all living processes below root.
func descendants(root int) []int {
	below := map[int][]process{}
	for _, p := range processes() {
		below[p.parent] = append(below[p.parent], p)
	}
	var found []int
	queue := []int{root}
	for len(queue) > 0 {
		for _, p := range below[queue[0]] {
			queue = append(queue, p.pid)
			if !p.zombie {
				found = append(found, p.pid)
			}
		}
		queue = queue[1:]
	}
	return found
}

// lookEvery is how many measurements use one reading of the process table,
// which costs some milliseconds on a busy machine.
const lookEvery = 10

// resident sums the resident memory of the tree in bytes; shared pages count
// for each process that maps them. It is called from one goroutine.
func (t *tree) resident() int64 {
	if t.looks%lookEvery == 0 {
		t.members = descendants(os.Getpid())
	}
	t.looks++
	var pages int64
	for _, pid := range t.members {
		statm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
		if err != nil {
			continue
		}
		if fields := bytes.Fields(statm); len(fields) > 1 {
			n, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			pages += n
		}
	}
	return pages * int64(os.Getpagesize())
}

// sweep kills what is left of the shim's session. The shim has done that
// itself unless it was killed. The session id cannot be reused while a
// process of the session lives.
func (p *Process) sweep() {
	session := p.ShimPID()
	deadline := time.Now().Add(killPatience)
	for time.Now().Before(deadline) {
		left := 0
		for _, other := range processes() {
			if other.session == session && !other.zombie {
				_ = unix.Kill(other.pid, unix.SIGKILL)
				left++
			}
		}
		if left == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
