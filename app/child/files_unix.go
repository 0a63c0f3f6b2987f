//go:build unix

package child

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// firstInherited is the first descriptor after the three standard ones.
const firstInherited = 3

// File is the i-th of [Options].Files, for the program that was started with
// them. The caller closes it.
func File(i int) *os.File {
	return os.NewFile(uintptr(firstInherited+i), "inherited-"+strconv.Itoa(i))
}

func (p *Process) inherit(files []*os.File) []string {
	p.cmd.ExtraFiles = files
	return []string{"--pipes=" + strconv.Itoa(len(files))}
}

// inherited opens what inherit handed over: control, status, and the rest.
func inherited(pipes string) (control, status *os.File, files []*os.File, err error) {
	count, err := strconv.Atoi(pipes)
	if err != nil || count < 2 || count > 64 {
		return nil, nil, nil, fmt.Errorf("child: %q inherited files", pipes)
	}
	all := make([]*os.File, count)
	for i := range all {
		fd := firstInherited + i
		// The program must not get the shim's own pipes: a copy of the
		// status pipe would keep Kontor waiting.
		syscall.CloseOnExec(fd)
		all[i] = os.NewFile(uintptr(fd), "inherited-"+strconv.Itoa(i))
	}
	return all[0], all[1], all[2:], nil
}
