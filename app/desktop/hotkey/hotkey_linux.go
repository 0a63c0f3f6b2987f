package hotkey

import (
	"context"
	"os"
)

// Available reports whether this session gives programs such keys.
func Available(ctx context.Context) bool {
	if wayland() {
		return portalThere(ctx)
	}
	return os.Getenv("DISPLAY") != ""
}

// Hold takes the keys until ctx ends. It calls held once when it has them, with
// the words in which the desktop names the keys it chose, "" for those that
// were asked for, and pressed each time somebody presses them; both must
// return at once. reason tells the person what the keys are for.
func Hold(ctx context.Context, c Combination, reason string, held func(chosen string), pressed func()) error {
	if wayland() {
		return holdByPortal(ctx, c, reason, held, pressed)
	}
	return holdByDisplay(ctx, c, held, pressed)
}

// wayland also counts where this program itself uses the older display: keys
// pressed in other windows do not get there.
func wayland() bool { return os.Getenv("WAYLAND_DISPLAY") != "" }
