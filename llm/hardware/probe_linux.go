package hardware

import (
	"os"
	"path/filepath"
	"runtime"
)

// Probe reads /proc and the control groups. What cannot be read stays zero.
func Probe() (Machine, error) {
	meminfo, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Machine{}, err
	}
	m := Machine{Memory: parseMeminfo(string(meminfo))}
	m.Memory.Limit = limit()
	if m.Memory.Limit >= m.Memory.Total {
		m.Memory.Limit = 0
	}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		m.CPU = parseCPUInfo(string(info))
	}
	// The threads this process may use can be fewer than there are.
	m.CPU.Threads = runtime.NumCPU()
	m.CPU.Cores = min(max(m.CPU.Cores, 1), m.CPU.Threads)
	return m, nil
}

// limit is the smallest memory limit on the way from this process's control
// group to the root.
func limit() int64 {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	unified, memory := parseCgroup(string(own))
	smallest := climb("/sys/fs/cgroup", unified, "memory.max")
	if old := climb("/sys/fs/cgroup/memory", memory, "memory.limit_in_bytes"); old > 0 && (smallest == 0 || old < smallest) {
		smallest = old
	}
	return smallest
}

func climb(root, group, file string) int64 {
	var smallest int64
	for path := filepath.Join("/", group); ; path = filepath.Dir(path) {
		if text, err := os.ReadFile(filepath.Join(root, path, file)); err == nil {
			if found := parseLimit(string(text)); found > 0 && (smallest == 0 || found < smallest) {
				smallest = found
			}
		}
		if path == "/" {
			return smallest
		}
	}
}
