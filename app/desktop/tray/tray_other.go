//go:build !linux && !windows

package tray

import (
	"context"
	"errors"
)

// Tray is an icon in the tray; there is none on this system.
type Tray struct{}

// Watch tells whether there is a tray: never here.
func Watch(ctx context.Context, moved func(there bool)) {
	moved(false)
	<-ctx.Done()
}

// Show fails on this system.
func Show(Look) (*Tray, error) { return nil, errors.New("tray: none on this system") }

// Change shows other entries.
func (t *Tray) Change(Look) {}

// Close takes the icon away.
func (t *Tray) Close() {}
