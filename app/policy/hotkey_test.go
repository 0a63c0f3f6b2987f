package policy

import "testing"

func TestHotkey(t *testing.T) {
	for value, want := range map[string]bool{
		"": true, "ctrl+alt+k": true, "ctrl+shift+space": true, "super+k": true, "ctrl+alt+shift+super+f12": true, "alt+f9": true, "ctrl+alt+shift+q": true,
		"k": false, "ctrl+k": false, "shift+k": false, "f5": false, "alt+space": false, // others need them
		"ctrl+alt+q": false, "ctrl+alt+e": false, "ctrl+alt+7": false, // AltGr
		"alt+ctrl+k": false, "ctrl+ctrl+k": false, "ctrl+alt+ä": false, "ctrl+alt+": false, "ctrl+alt+f13": false, "ctrl+alt+f0": false,
		"ctrl+alt+kk": false, "Ctrl+Alt+K": false, " ctrl+alt+k": false, "ctrl+alt": false,
	} {
		if got := isHotkey(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
