package prompts

import (
	"testing"
)

// Both languages offer the same assistants, equally complete.
func TestAssistantsAreTheSameInBothLanguages(t *testing.T) {
	german, english := Assistants("de"), Assistants("en")
	if len(german) < 5 || len(german) != len(english) {
		t.Fatalf("%d German and %d English assistants", len(german), len(english))
	}
	for i, de := range german {
		en := english[i]
		if de.Icon != en.Icon || de.Colour != en.Colour || de.Style != en.Style || len(de.Starters) != len(en.Starters) {
			t.Errorf("%s is not the same in both languages", de.Name)
		}
		for _, a := range []Assistant{de, en} {
			if a.Title == "" || a.About == "" || a.Text == "" || a.Icon == "" || a.Style == "" || len(a.Starters) < 3 {
				t.Errorf("%s lacks something: %+v", a.Name, a)
			}
		}
	}
}
