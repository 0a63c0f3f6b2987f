package hardware

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Probe asks the kernel. The memory available now stays unknown: telling it
// needs a call that is not reachable without cgo.
func Probe() (Machine, error) {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return Machine{}, err
	}
	m := Machine{System: "darwin", Memory: Memory{Total: int64(total)}, CPU: CPU{Cores: runtime.NumCPU(), Threads: runtime.NumCPU()}}
	if name, err := unix.Sysctl("machdep.cpu.brand_string"); err == nil {
		m.CPU.Model = name
	}
	if cores, err := unix.SysctlUint32("hw.physicalcpu"); err == nil {
		m.CPU.Cores = int(cores)
	}
	return m, nil
}
