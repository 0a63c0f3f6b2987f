package hotkey

import library "golang.design/x/hotkey"

const (
	modAlt   = library.ModAlt
	modSuper = library.ModWin
)

// code is the virtual key code: that of a letter or digit is its capital in ASCII.
func code(key string) library.Key {
	if number, is := functionKey(key); is {
		return library.KeyF1 + library.Key(number-1)
	}
	if key == "space" {
		return library.KeySpace
	}
	if key[0] >= 'a' {
		return library.Key(key[0] - 'a' + 'A')
	}
	return library.Key(key[0])
}
