//go:build cgo

package hotkey

import library "golang.design/x/hotkey"

// Built and run on macOS only, where it has not been yet.

const (
	modAlt   = library.ModOption
	modSuper = library.ModCmd
)

// code is the number of a key on Apple's keyboards, where neither letters nor
// digits follow one another.
func code(key string) library.Key {
	letters := []library.Key{
		library.KeyA, library.KeyB, library.KeyC, library.KeyD, library.KeyE, library.KeyF, library.KeyG, library.KeyH, library.KeyI,
		library.KeyJ, library.KeyK, library.KeyL, library.KeyM, library.KeyN, library.KeyO, library.KeyP, library.KeyQ, library.KeyR,
		library.KeyS, library.KeyT, library.KeyU, library.KeyV, library.KeyW, library.KeyX, library.KeyY, library.KeyZ,
	}
	digits := []library.Key{
		library.Key0, library.Key1, library.Key2, library.Key3, library.Key4,
		library.Key5, library.Key6, library.Key7, library.Key8, library.Key9,
	}
	functions := []library.Key{
		library.KeyF1, library.KeyF2, library.KeyF3, library.KeyF4, library.KeyF5, library.KeyF6,
		library.KeyF7, library.KeyF8, library.KeyF9, library.KeyF10, library.KeyF11, library.KeyF12,
	}
	number, function := functionKey(key)
	switch {
	case function:
		return functions[number-1]
	case key == "space":
		return library.KeySpace
	case key[0] >= 'a':
		return letters[key[0]-'a']
	}
	return digits[key[0]-'0']
}
