package child

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Confinement is what a program may touch that reads files of unknown origin.
// Linux enforces it: the program and all it starts see the system's programs
// and libraries and the folders named here, and get no socket but local ones.
// Elsewhere it says what was wanted.
type Confinement struct {
	// Write are folders it may read and change, Read folders it may read.
	Write, Read []string
}

// confinedFlag makes the shim's verb confine itself and become the program.
const confinedFlag = "--confined"

// confined gives the program and arguments that run o.Program confined.
func (o Options) confined() (program string, args []string) {
	if o.Confine == nil || !canConfine {
		return o.Program, o.Args
	}
	args = []string{Verb, confinedFlag}
	for _, folder := range o.Confine.Write {
		args = append(args, "--write="+folder)
	}
	for _, folder := range o.Confine.Read {
		args = append(args, "--read="+folder)
	}
	return o.Executable, append(append(args, "--", o.Program), o.Args...)
}

// folders is a flag that may be given more than once.
type folders []string

func (f *folders) String() string { return fmt.Sprint(*f) }

// Set adds a folder by its true path: rules do not follow links.
func (f *folders) Set(folder string) error {
	if resolved, err := filepath.EvalSymlinks(folder); err == nil {
		folder = resolved
	}
	*f = append(*f, folder)
	return nil
}

// confinedMain gives up what the flags do not name and becomes the program. It
// returns only if that failed.
func confinedMain(args []string) int {
	var c Confinement
	flags := flag.NewFlagSet(Verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Var((*folders)(&c.Write), "write", "")
	flags.Var((*folders)(&c.Read), "read", "")
	err := flags.Parse(args)
	if err == nil && flags.NArg() == 0 {
		err = errors.New("child: no program to confine")
	}
	if err == nil {
		err = become(c, flags.Arg(0), flags.Args(), os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	return codeFailed
}
