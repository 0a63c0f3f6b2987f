package child

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxrssUnit: macOS counts the peak resident size in bytes.
const maxrssUnit = 1

func shimAttributes() *syscall.SysProcAttr    { return &syscall.SysProcAttr{Setsid: true} }
func programAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// adopt does nothing: macOS has no subreaper, the process group must do.
func adopt() error { return nil }

func orphaned() bool { return os.Getppid() == 1 }

// restrict does nothing: macOS cannot limit another process. Memory is left to
// the watchdog, processor time to the wall-clock limit.
func restrict(int, Limits) error { return nil }

// descendants lists all processes below root.
func descendants(root int) []int {
	table, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	below := map[int32][]int32{}
	for _, p := range table {
		below[p.Eproc.Ppid] = append(below[p.Eproc.Ppid], p.Proc.P_pid)
	}
	var found []int
	queue := []int32{int32(root)}
	for len(queue) > 0 {
		for _, pid := range below[queue[0]] {
			queue = append(queue, pid)
			found = append(found, int(pid))
		}
		queue = queue[1:]
	}
	return found
}

// resident asks ps, because the kernel call for it needs cgo.
func (t *tree) resident() int64 {
	out, err := exec.Command("/bin/ps", "-axo", "pgid=,rss=").Output()
	if err != nil {
		return 0
	}
	var kib int64
	for line := range bytes.Lines(out) {
		fields := bytes.Fields(line)
		if len(fields) != 2 || string(fields[0]) != strconv.Itoa(t.pid) {
			continue
		}
		n, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		kib += n
	}
	return kib * 1024
}

// sweep kills the program's process group, in case the shim was killed.
func (p *Process) sweep() {
	pid := p.PID()
	if pid == 0 {
		return
	}
	deadline := time.Now().Add(killPatience)
	for time.Now().Before(deadline) && unix.Kill(-pid, unix.SIGKILL) == nil {
		time.Sleep(5 * time.Millisecond)
	}
}
