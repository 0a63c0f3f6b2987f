package policy

import (
	"regexp"
	"strings"
)

// isHotkey accepts keys that may work in every program at once, in the one
// order in which they are written: what is held down, and a letter, a digit,
// space or f1 to f12. They need the Windows or command key, two held keys, or
// one and a function key, so that no program loses a shortcut of its own.
func isHotkey(value string) bool {
	if value == "" {
		return true
	}
	parts := regexp.MustCompile(`^(ctrl\+)?(alt\+)?(shift\+)?(super\+)?([a-z0-9]|space|f[1-9]|f1[0-2])$`).FindStringSubmatch(value)
	if parts == nil {
		return false
	}
	ctrl, alt, shift, super, key := parts[1] != "", parts[2] != "", parts[3] != "", parts[4] != "", parts[5]
	held := 0
	for _, is := range []bool{ctrl, alt, shift, super} {
		if is {
			held++
		}
	}
	if ctrl && alt && !shift && !super && strings.Contains(signs, key) {
		return false
	}
	function := len(key) > 1 && key[0] == 'f'
	return super || held >= 2 || function && held == 1
}

// signs are keys that write a sign with AltGr on a German keyboard. Windows
// takes AltGr for Ctrl and Alt: such keys would keep people from writing "@".
const signs = "eqm237890"
