package desktop

import "os/exec"

func openFile(path string) error { return exec.Command("/usr/bin/open", path).Run() }

func showInFolder(path string) error { return exec.Command("/usr/bin/open", "-R", path).Run() }
