package localrag_test

import (
	"strings"
	"testing"

	"kontor/localrag"
)

func TestIsFollowUp(t *testing.T) {
	a := localrag.NewAnalyser()
	for question, want := range map[string]bool{
		"Und wie hoch ist sie?":                     true,
		"Warum?":                                    true,
		"Und im zweiten Jahr der Probezeit?":        true,
		"Was kostet das?":                           true,
		"Gilt diese Frist auch für Azubis?":         true,
		"Wer ist dafür in der Firma zuständig?":     true,
		"Welche Unterlagen braucht er vom Amt?":     true,
		"What about part-time employees?":           true,
		"Does this apply to interns in Berlin?":     true,
		"How long does it?":                         true,
		"And for apprentices?":                      true,
		"Wie hoch ist die Kaution der Wohnung?":     false,
		"Gibt es einen Zuschuss zum Mittagessen?":   false,
		"Was regelt das neue Gesetz zum Urlaub?":    false,
		"Können Sie die Frist im Vertrag nennen?":   false,
		"Was steht in § 573c BGB?":                  false,
		"Is it allowed to keep a dog in the house?": false,
		"How many days of leave do employees get?":  false,
	} {
		if got := a.IsFollowUp(question); got != want {
			t.Errorf("%q: %v, want %v", question, got, want)
		}
	}
}

func TestRetrieveCompletesOnlyFollowUps(t *testing.T) {
	l := newLibrary()
	r := l.retriever(t)
	history := []string{"Wann ist die Miete fällig?"}
	alone := retrieve(t, r, localrag.Query{Question: "Sind Hunde im Haus erlaubt?", History: history})
	if alone.LookedUp != "" || idsOf(alone)[0] != 1 {
		t.Errorf("a new topic was joined with the last: %q, %v", alone.LookedUp, idsOf(alone))
	}
	joined := retrieve(t, r, localrag.Query{Question: "Und wie hoch ist sie?", History: history})
	if joined.LookedUp != "Wann ist die Miete fällig? Und wie hoch ist sie?" || idsOf(joined)[0] != 2 {
		t.Errorf("follow-up: %q, %v", joined.LookedUp, idsOf(joined))
	}
	rewritten := retrieve(t, r, localrag.Query{Question: "Und wie hoch ist sie?", History: history, Standalone: "Wie hoch ist die Miete?"})
	if rewritten.LookedUp != "Wie hoch ist die Miete?" || idsOf(rewritten)[0] != 2 {
		t.Errorf("rewritten: %q, %v", rewritten.LookedUp, idsOf(rewritten))
	}
	long := retrieve(t, r, localrag.Query{Question: "Und wie hoch ist sie?", History: []string{strings.Repeat("Hund ", 200) + "Wann ist die Miete fällig?"}})
	if len(long.LookedUp) > 340 || !strings.HasSuffix(long.LookedUp, "fällig? Und wie hoch ist sie?") {
		t.Errorf("%d bytes: %q", len(long.LookedUp), long.LookedUp)
	}
}
