package hardware

import (
	"os"
	"os/exec"
	"path"
	"runtime"

	"golang.org/x/sys/unix"
)

func inspect(run Run) Machine { return OnLinux(os.DirFS("/"), run) }

// toolPaths lists where a tool may be; WSL keeps NVIDIA's in a folder of its own.
func toolPaths(name string) []string {
	var paths []string
	for _, folder := range []string{"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/lib/wsl/lib", "/run/current-system/sw/bin"} {
		if at := path.Join(folder, name); exists(at) {
			paths = append(paths, at)
		}
	}
	return paths[:min(len(paths), 1)]
}

func exists(at string) bool {
	info, err := os.Stat(at)
	return err == nil && !info.IsDir()
}

func hide(*exec.Cmd) {}

func diskOf(folder string) Disk {
	var s unix.Statfs_t
	if unix.Statfs(folder, &s) != nil || s.Bsize <= 0 {
		return Disk{}
	}
	return Disk{Total: int64(s.Blocks) * s.Bsize, Free: int64(s.Bavail) * s.Bsize}
}

// Probe reads /proc and the control groups. What cannot be read stays zero.
func Probe() (Machine, error) {
	root := os.DirFS("/")
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		return Machine{}, err
	}
	m := Machine{System: "linux", Memory: parseMeminfo(read(root, "proc/meminfo")), CPU: parseCPUInfo(read(root, "proc/cpuinfo"))}
	if limit := limitOf(root); limit < m.Memory.Total {
		m.Memory.Limit = limit
	}
	// The threads this process may use can be fewer than there are.
	m.CPU.Threads = runtime.NumCPU()
	m.CPU.Cores = min(max(m.CPU.Cores, 1), m.CPU.Threads)
	return m, nil
}
