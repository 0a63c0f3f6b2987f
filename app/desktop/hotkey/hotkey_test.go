package hotkey

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]Combination{
		"ctrl+alt+k": {Ctrl: true, Alt: true, Key: "k"}, "super+space": {Super: true, Key: "space"},
		"ctrl+alt+shift+super+f12": {Ctrl: true, Alt: true, Shift: true, Super: true, Key: "f12"}, "f": {Key: "f"}, "7": {Key: "7"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "+", "ctrl+", "ctrl+ctrl+k", "hyper+k", "ctrl+ä", "f0", "f13", "f01", "ctrl+kk"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
