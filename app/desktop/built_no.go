//go:build !(desktop || bindings || dev)

package desktop

import (
	"context"

	"kontor/app"
)

// Built says whether this program has a window.
const Built = false

type shown struct{}

// Run shows the window until it is closed.
func (w *Window) Run() error { return ErrNotBuilt }

// Raise brings the window to the front.
func (w *Window) Raise() error { return ErrNotBuilt }

// Pick implements [app.Shell].
func (w *Window) Pick(context.Context, bool) ([]string, error) {
	return nil, &app.Error{Code: app.ProblemNotAllowed, Cause: ErrNotBuilt}
}

// OpenLink implements [app.Shell].
func (w *Window) OpenLink(string) error {
	return &app.Error{Code: app.ProblemNotAllowed, Cause: ErrNotBuilt}
}

// Notify implements [app.Shell].
func (w *Window) Notify(string, string) error {
	return &app.Error{Code: app.ProblemNotAllowed, Cause: ErrNotBuilt}
}
