//go:build !linux && !windows && !(darwin && cgo)

package hotkey

import "context"

// Available reports whether this system gives programs such keys: it does not.
func Available(context.Context) bool { return false }

// Hold fails on this system.
func Hold(context.Context, Combination, string, func(chosen string), func()) error { return ErrNoWay }
