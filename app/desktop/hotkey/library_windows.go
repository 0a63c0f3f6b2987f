package hotkey

import library "golang.design/x/hotkey"

func modifiers(c Combination) []library.Modifier {
	var held []library.Modifier
	for _, one := range []struct {
		is   bool
		held library.Modifier
	}{{c.Ctrl, library.ModCtrl}, {c.Alt, library.ModAlt}, {c.Shift, library.ModShift}, {c.Super, library.ModWin}} {
		if one.is {
			held = append(held, one.held)
		}
	}
	return held
}

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
