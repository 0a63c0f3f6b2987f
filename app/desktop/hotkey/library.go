//go:build windows || (darwin && cgo)

package hotkey

import (
	"context"
	"fmt"

	library "golang.design/x/hotkey"
)

// Available reports whether this system gives programs such keys.
func Available(context.Context) bool { return true }

// Hold takes the keys until ctx ends. It calls held once when it has them and
// pressed each time somebody presses them; both must return at once.
func Hold(ctx context.Context, c Combination, _ string, held func(chosen string), pressed func()) error {
	keys := library.New(modifiers(c), code(c.Key))
	if err := keys.Register(); err != nil {
		return fmt.Errorf("%w: %w", ErrTaken, err)
	}
	defer func() { _ = keys.Unregister() }()
	held("")
	down := false // a key that is held down is reported again and again
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-keys.Keydown():
			if !down {
				down = true
				pressed()
			}
		case <-keys.Keyup():
			down = false
		}
	}
}

func modifiers(c Combination) []library.Modifier {
	var held []library.Modifier
	for _, one := range []struct {
		is   bool
		held library.Modifier
	}{{c.Ctrl, library.ModCtrl}, {c.Alt, modAlt}, {c.Shift, library.ModShift}, {c.Super, modSuper}} {
		if one.is {
			held = append(held, one.held)
		}
	}
	return held
}
