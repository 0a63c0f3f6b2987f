package hotkey

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"kontor/app/desktop/desktoptest"
)

// holding is a Hold under way.
type holding struct {
	let     context.CancelFunc
	held    chan string
	pressed atomic.Int32
	ended   chan error
}

func hold(t *testing.T, keys string) *holding {
	t.Helper()
	combination, err := Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	h := &holding{held: make(chan string, 1), ended: make(chan error, 1)}
	var ctx context.Context
	ctx, h.let = context.WithCancel(t.Context())
	go func() {
		h.ended <- Hold(ctx, combination, "Open Kontor", func(chosen string) { h.held <- chosen }, func() { h.pressed.Add(1) })
	}()
	return h
}

// begun waits until the keys are held.
func (h *holding) begun(t *testing.T) string {
	t.Helper()
	select {
	case chosen := <-h.held:
		return chosen
	case err := <-h.ended:
		t.Fatalf("not held: %v", err)
	}
	return ""
}

func (h *holding) end(t *testing.T) {
	t.Helper()
	h.let()
	if err := <-h.ended; err != nil {
		t.Errorf("let go: %v", err)
	}
}

func TestDisplay(t *testing.T) {
	desktoptest.StartDisplay(t)
	if !Available(t.Context()) {
		t.Error("not available with a display")
	}
	first := hold(t, "ctrl+alt+k")
	first.begun(t)
	desktoptest.Keys(t, "ctrl+k", "alt+k", "ctrl+alt+j", "ctrl+alt+k")
	desktoptest.Until(t, "the keys arrived", func() bool { return first.pressed.Load() > 0 })
	if n := first.pressed.Load(); n != 1 {
		t.Errorf("pressed once and counted %d times", n)
	}
	// Both are here once.
	if err := <-hold(t, "ctrl+alt+k").ended; !errors.Is(err, ErrTaken) {
		t.Errorf("taken keys: %v", err)
	}
	other := hold(t, "super+f9")
	other.begun(t)
	desktoptest.Keys(t, "super+F9")
	desktoptest.Until(t, "the other keys arrived", func() bool { return other.pressed.Load() == 1 })
	other.end(t)
	first.end(t)
	again := hold(t, "ctrl+alt+k") // given back
	again.begun(t)
	again.end(t)
}

func TestNoDisplay(t *testing.T) {
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("DISPLAY", "")
	if Available(t.Context()) {
		t.Error("available without a display")
	}
	if err := <-hold(t, "ctrl+alt+k").ended; !errors.Is(err, ErrNoWay) {
		t.Errorf("without a display: %v", err)
	}
}

func TestPortal(t *testing.T) {
	desktoptest.StartBus(t)
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	if Available(t.Context()) {
		t.Error("available without a portal")
	}
	if err := <-hold(t, "ctrl+alt+k").ended; !errors.Is(err, ErrNoWay) {
		t.Errorf("without a portal: %v", err)
	}
	portal := desktoptest.StartPortal(t, false)
	if !Available(t.Context()) {
		t.Error("not available with a portal")
	}
	h := hold(t, "ctrl+alt+shift+super+f9")
	if chosen := h.begun(t); chosen != "Meta+Space" || portal.Wanted() != "CTRL+ALT+SHIFT+LOGO+F9" {
		t.Errorf("wanted %q, got %q", portal.Wanted(), chosen)
	}
	portal.Press()
	desktoptest.Until(t, "the keys arrived", func() bool { return h.pressed.Load() == 1 })
	h.end(t)

	withdrawn := hold(t, "super+k")
	withdrawn.begun(t)
	if portal.Wanted() != "LOGO+k" {
		t.Errorf("wanted %q", portal.Wanted())
	}
	portal.Withdraw()
	if err := <-withdrawn.ended; !errors.Is(err, ErrRefused) {
		t.Errorf("withdrawn: %v", err)
	}
}

func TestPortalRefuses(t *testing.T) {
	desktoptest.StartBus(t)
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	desktoptest.StartPortal(t, true)
	if err := <-hold(t, "super+k").ended; !errors.Is(err, ErrRefused) {
		t.Errorf("refused: %v", err)
	}
}
