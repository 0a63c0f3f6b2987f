// Package hotkey lets one key combination call the program from wherever a
// person is. It knows no window and no settings.
//
//   - Linux with X11: the display itself is asked, by xgb. The library below
//     cannot be used there: it ends every program, also one without a window,
//     that finds no display when it starts.
//   - Linux with Wayland: the portal for global shortcuts, over the session
//     bus. The desktop asks the person and may choose other keys. Where a
//     desktop has no such portal there is no way.
//   - Windows and macOS: golang.design/x/hotkey.
package hotkey

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Errors of [Hold].
var (
	// ErrTaken means that another program has the keys.
	ErrTaken = errors.New("hotkey: another program has these keys")
	// ErrNoWay means that this system gives programs no such keys.
	ErrNoWay = errors.New("hotkey: this system has none")
	// ErrRefused means that the person, or the desktop, said no.
	ErrRefused = errors.New("hotkey: refused by the desktop")
	// ErrNoKey means that the keyboard has no such key.
	ErrNoKey = errors.New("hotkey: no such key on this keyboard")
)

// Combination is a key with what is held down. Key is a letter from a to z, a
// digit, space, or f1 to f12.
type Combination struct {
	Ctrl, Alt, Shift, Super bool
	Key                     string
}

// Parse reads "ctrl+alt+k"; the held keys are ctrl, alt, shift and super, the
// Windows or command key.
func Parse(text string) (Combination, error) {
	var c Combination
	parts := strings.Split(text, "+")
	c.Key = parts[len(parts)-1]
	held := map[string]*bool{"ctrl": &c.Ctrl, "alt": &c.Alt, "shift": &c.Shift, "super": &c.Super}
	for _, part := range parts[:len(parts)-1] {
		flag, known := held[part]
		if !known || *flag {
			return Combination{}, fmt.Errorf("hotkey: %q held", part)
		}
		*flag = true
	}
	if !known(c.Key) {
		return Combination{}, fmt.Errorf("hotkey: no key %q", c.Key)
	}
	return c, nil
}

func known(key string) bool {
	if len(key) == 1 {
		return key[0] >= 'a' && key[0] <= 'z' || key[0] >= '0' && key[0] <= '9'
	}
	_, function := functionKey(key)
	return function || key == "space"
}

// functionKey returns the number of a key from f1 to f12.
func functionKey(key string) (int, bool) {
	digits, is := strings.CutPrefix(key, "f")
	number, err := strconv.Atoi(digits)
	return number, is && err == nil && strconv.Itoa(number) == digits && number >= 1 && number <= 12
}
