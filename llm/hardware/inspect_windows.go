package hardware

import (
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

func inspect(run Run) Machine { return OnWindows(run) }

func toolPaths(name string) []string {
	folder, err := windows.GetSystemDirectory()
	if err != nil {
		return nil
	}
	if name == "powershell" {
		return []string{filepath.Join(folder, "WindowsPowerShell", "v1.0", "powershell.exe")}
	}
	return []string{filepath.Join(folder, name+".exe")}
}

// hide keeps a console from flashing up.
func hide(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

func diskOf(folder string) Disk {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return Disk{}
	}
	var free, total, all uint64
	if windows.GetDiskFreeSpaceEx(name, &free, &total, &all) != nil {
		return Disk{}
	}
	return Disk{Total: int64(total), Free: int64(free)}
}
