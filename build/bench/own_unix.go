//go:build unix

package main

import (
	"syscall"
	"time"
)

// ownTime is what this process has used of all cores so far, to the
// microsecond: other programs lengthen the wall clock's time, not this.
func ownTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
