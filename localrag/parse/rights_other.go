//go:build !linux

package parse

// giveUpRights does nothing here: the limits of the process that starts the
// worker and the PDF engine's own sandbox remain.
func giveUpRights() {}
