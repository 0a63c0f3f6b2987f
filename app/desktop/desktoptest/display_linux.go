package desktoptest

import (
	"encoding/binary"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Keys presses keys on the display, such as "ctrl+alt+k". The test is skipped
// where there is no xdotool.
func Keys(t testing.TB, keys ...string) {
	t.Helper()
	for _, one := range keys {
		xdo(t, "key", "--clearmodifiers", one)
	}
}

// Shown is the window of this name that is on the display, 0 for none.
func Shown(t testing.TB, name string) uint32 {
	t.Helper()
	found := strings.Fields(xdo(t, "search", "--onlyvisible", "--name", "^"+name+"$"))
	if len(found) == 0 {
		return 0
	}
	id, err := strconv.ParseUint(found[len(found)-1], 10, 32)
	must(t, err)
	return uint32(id)
}

// xdo runs xdotool and returns what it says, "" when it fails: what it looks
// for may not be there yet.
func xdo(t testing.TB, arguments ...string) string {
	t.Helper()
	program, err := exec.LookPath("xdotool")
	if err != nil {
		t.Skip("no xdotool here")
	}
	said, err := exec.Command(program, arguments...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(said))
}

func display(t testing.TB) *xgb.Conn {
	t.Helper()
	xgb.Logger.SetOutput(io.Discard) // it names files of the home
	conn, err := xgb.NewConn()
	must(t, err)
	return conn
}

// Close asks a window to close, as its button does.
func Close(t testing.TB, window uint32) {
	t.Helper()
	conn := display(t)
	defer conn.Close()
	atom := func(name string) xproto.Atom {
		reply, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		must(t, err)
		return reply.Atom
	}
	message := make([]byte, 32)
	message[0], message[1] = xproto.ClientMessage, 32
	binary.LittleEndian.PutUint32(message[4:], window)
	binary.LittleEndian.PutUint32(message[8:], uint32(atom("WM_PROTOCOLS")))
	binary.LittleEndian.PutUint32(message[12:], uint32(atom("WM_DELETE_WINDOW")))
	must(t, xproto.SendEventChecked(conn, false, xproto.Window(window), 0, string(message)).Check())
}

// Distract gives the keyboard to another program's window, until the test ends.
func Distract(t testing.TB) {
	t.Helper()
	conn := display(t)
	t.Cleanup(conn.Close)
	screen := xproto.Setup(conn).DefaultScreen(conn)
	window, err := xproto.NewWindowId(conn)
	must(t, err,
		xproto.CreateWindowChecked(conn, screen.RootDepth, window, screen.Root, 0, 0, 50, 50, 0, xproto.WindowClassInputOutput, screen.RootVisual, 0, nil).Check(),
		xproto.MapWindowChecked(conn, window).Check(),
		xproto.SetInputFocusChecked(conn, xproto.InputFocusPointerRoot, window, xproto.TimeCurrentTime).Check())
}

// Focused is the window that has the keyboard, or holds the one that has it; 0
// for none.
func Focused(t testing.TB) uint32 {
	t.Helper()
	conn := display(t)
	defer conn.Close()
	focus, err := xproto.GetInputFocus(conn).Reply()
	must(t, err)
	at := focus.Focus
	for at > xproto.InputFocusPointerRoot {
		tree, err := xproto.QueryTree(conn, at).Reply()
		if err != nil {
			return 0 // it has just gone
		}
		if tree.Parent == tree.Root {
			return uint32(at)
		}
		at = tree.Parent
	}
	return 0
}

// Grab takes a function key with the Windows key for another program, until the
// test ends.
func Grab(t testing.TB, key string) {
	t.Helper()
	number, err := strconv.Atoi(strings.TrimPrefix(key, "F"))
	must(t, err)
	conn := display(t)
	t.Cleanup(conn.Close)
	setup := xproto.Setup(conn)
	mapping, err := xproto.GetKeyboardMapping(conn, setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)).Reply()
	must(t, err)
	const symbolF1 = 0xffbe
	for i, width := 0, int(mapping.KeysymsPerKeycode); i*width < len(mapping.Keysyms); i++ {
		if mapping.Keysyms[i*width] == xproto.Keysym(symbolF1+number-1) {
			must(t, xproto.GrabKeyChecked(conn, false, setup.DefaultScreen(conn).Root, xproto.ModMask4, setup.MinKeycode+xproto.Keycode(i),
				xproto.GrabModeAsync, xproto.GrabModeAsync).Check())
			return
		}
	}
	t.Fatalf("no key %s", key)
}
