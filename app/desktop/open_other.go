//go:build !linux && !darwin && !windows

package desktop

import "errors"

func openFile(string) error { return errors.New("no way to open files on this system") }

func showInFolder(string) error { return errors.New("no way to show files on this system") }
