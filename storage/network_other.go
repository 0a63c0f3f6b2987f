//go:build !linux && !darwin && !windows

package storage

// networkFileSystem cannot tell on this system.
func networkFileSystem(string) (string, error) { return "", nil }
