package localrag

import (
	"strings"
	"testing"
)

func TestFormally(t *testing.T) {
	a := NewAnalyser()
	for question, want := range map[string]string{
		"Wie hoch darf die Mietkaution sein?":     "Wie hoch darf die Mietsicherheit Sicherheit sein?",
		"Wann zahlt mein Chef die Überstunden?":   "Wann zahlt mein Arbeitgeber die über die werktägliche Arbeitszeit hinausgehende Arbeitszeit?",
		"Kann ich per E-Mail kündigen?":           "Kann ich per elektronische Form kündigen?",
		"Wie lautet die E-Mail-Adresse?":          "", // the hyphen makes it another word
		"Welche Frist gilt für die Mieterhöhung?": "",
		"Wie kann ich Sicherheit gewährleisten?":  "", // a verb of the same stem
		"Wie alt sind die Burgen?":                "", // the same without its dots
		"Welche Garantien gibt es?":               "Welche Mängelansprüche Nacherfüllung gibt es?",
		"":                                        "",
	} {
		if got := a.formally(question); got != want {
			t.Errorf("%q: %q, want %q", question, got, want)
		}
	}
}

// TestFormalListIsSound finds a word that stands on both sides of its line or
// twice, which would say that one of them was not meant.
func TestFormalListIsSound(t *testing.T) {
	seen := map[string]bool{}
	lines := 0
	for line := range strings.Lines(formalList) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		everyday, formal, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok || formal == "" {
			t.Errorf("not a line of the list: %q", line)
			continue
		}
		lines++
		for word := range strings.SplitSeq(everyday, ", ") {
			if key := formalKey(word); seen[key] {
				t.Errorf("%s stands in the list twice", word)
			} else {
				seen[key] = true
			}
			if strings.Contains(" "+strings.ToLower(formal)+" ", " "+word+" ") {
				t.Errorf("%s stands for itself", word)
			}
		}
	}
	if lines < 30 {
		t.Errorf("only %d lines", lines)
	}
}
