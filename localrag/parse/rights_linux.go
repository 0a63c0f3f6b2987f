package parse

import (
	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// giveUpRights takes from this process what reading a document in memory does
// not need: every file, the network, core dumps, more files than the open
// ones. A kernel that cannot do it leaves the worker as it is: the PDF engine
// has no access to files by itself, and the other parsers are Go.
func giveUpRights() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 32, Max: 32})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	_ = landlock.V11.BestEffort().Restrict()
}
