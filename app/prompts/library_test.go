package prompts

import (
	"slices"
	"testing"
)

// Both languages offer the same prompts with as many places of the same kinds;
// one that is missing or poorer would be found only by those who read it.
func TestLibraryIsTheSameInBothLanguages(t *testing.T) {
	german, english := Library("de"), Library("en")
	if len(german) < 20 || len(german) != len(english) {
		t.Fatalf("%d German and %d English prompts", len(german), len(english))
	}
	for i, de := range german {
		en := english[i]
		if de.Name != en.Name || de.Group != en.Group || !slices.Contains(Groups(), de.Group) {
			t.Errorf("%s (%s) stands beside %s (%s)", de.Name, de.Group, en.Name, en.Group)
		}
		for _, p := range []Template{de, en} {
			if p.Title == "" || p.About == "" || p.Text == "" {
				t.Errorf("%s lacks a title, a sentence or its text", p.Name)
			}
		}
		a, b := Fields(de.Text), Fields(en.Text)
		if len(a) != len(b) {
			t.Errorf("%s has %d German and %d English places", de.Name, len(a), len(b))
			continue
		}
		for n := range a {
			if a[n].Kind != b[n].Kind || a[n].Optional != b[n].Optional || len(a[n].Options) != len(b[n].Options) {
				t.Errorf("%s: %q is not of the kind of %q", de.Name, a[n].Label, b[n].Label)
			}
		}
	}
}

func TestFields(t *testing.T) {
	fields := Fields("{{To}} {{Tone: calm|firm}} {{Text:long}} {{Focus?}} again {{ to }} {{}} {{open")
	want := []Field{
		{Label: "To", Kind: "line", Options: []string{}, Places: []string{"{{To}}", "{{ to }}"}},
		{Label: "Tone", Kind: "choice", Options: []string{"calm", "firm"}, Places: []string{"{{Tone: calm|firm}}"}},
		{Label: "Text", Kind: "long", Options: []string{}, Places: []string{"{{Text:long}}"}},
		{Label: "Focus", Kind: "line", Options: []string{}, Optional: true, Places: []string{"{{Focus?}}"}},
	}
	if len(fields) != len(want) {
		t.Fatalf("%+v", fields)
	}
	for i := range want {
		g, w := fields[i], want[i]
		if g.Label != w.Label || g.Kind != w.Kind || g.Optional != w.Optional || !slices.Equal(g.Options, w.Options) || !slices.Equal(g.Places, w.Places) {
			t.Errorf("field %d is %+v, want %+v", i, g, w)
		}
	}
}
