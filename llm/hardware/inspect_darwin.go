package hardware

import (
	"os/exec"

	"golang.org/x/sys/unix"
)

func inspect(run Run) Machine { return OnMac(run) }

func toolPaths(name string) []string {
	switch name {
	case "vm_stat", "pmset":
		return []string{"/usr/bin/" + name}
	}
	return []string{"/usr/sbin/" + name}
}

func hide(*exec.Cmd) {}

func diskOf(folder string) Disk {
	var s unix.Statfs_t
	if unix.Statfs(folder, &s) != nil {
		return Disk{}
	}
	return Disk{Total: int64(s.Blocks) * int64(s.Bsize), Free: int64(s.Bavail) * int64(s.Bsize)}
}
