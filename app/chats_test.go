package app

import (
	"slices"
	"strings"
	"testing"

	"kontor/storage"
)

func TestBranch(t *testing.T) {
	tree := []storage.Message{
		{ID: "q1"}, {ID: "a1", ParentID: "q1"}, {ID: "q2", ParentID: "a1"}, {ID: "a2", ParentID: "q2"},
		{ID: "a2b", ParentID: "q2"}, {ID: "q2x", ParentID: "a1"}, {ID: "a2x", ParentID: "q2x"},
	}
	for leaf, want := range map[string]string{
		"a2":  "q1 a1 q2 a2",
		"a2b": "q1 a1 q2 a2b",
		"q2":  "q1 a1 q2 a2b", // followed to the newest answer
		"q2x": "q1 a1 q2x a2x",
		"":    "q1 a1 q2x a2x",
		"?":   "q1 a1 q2x a2x",
	} {
		var got []string
		for _, m := range branch(tree, leaf) {
			got = append(got, m.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("branch(%q) = %v, want %s", leaf, got, want)
		}
	}
	if got := branch([]storage.Message{{ID: "x", ParentID: "x"}}, "x"); len(got) > 2 {
		t.Errorf("a circle gives %d messages", len(got))
	}
	if got := siblings(tree, tree[3]); !slices.Equal(got, []string{"a2", "a2b"}) {
		t.Errorf("siblings %v", got)
	}
}

func TestTitleFromQuestion(t *testing.T) {
	for question, want := range map[string]string{
		"  Was steht   im Vertrag?\nUnd sonst?":                                          "Was steht im Vertrag?",
		"Welche Kündigungsfrist gilt für den Mietvertrag der Geschäftsräume in München?": "Welche Kündigungsfrist gilt für den Mietvertrag der …",
		strings.Repeat("ä", 70):                                                          strings.Repeat("ä", 60) + " …",
	} {
		if got := titleFromQuestion(question); got != want {
			t.Errorf("titleFromQuestion(%q) = %q, want %q", question, got, want)
		}
	}
	for text, want := range map[string]string{
		"\"Kündigung des Mietvertrags\"\nmehr": "Kündigung des Mietvertrags",
		"**Rent (2024)?**":                     "Rent (2024)?",
		"ab":                                   "",
		strings.Repeat("lang ", 40):            "",
	} {
		if got := cleanTitle(text); got != want {
			t.Errorf("cleanTitle(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestUTF16Position(t *testing.T) {
	text := "Größe 😀 ok. Und 𝄞 weiter."
	for offset := range text {
		var fresh, growing utf16Position
		growing.of(text, offset/2)
		want := 0
		for _, r := range text[:offset] {
			if want++; r > 0xffff {
				want++
			}
		}
		if got := fresh.of(text, offset); got != want {
			t.Errorf("of(%d) = %d, want %d", offset, got, want)
		}
	}
	var p utf16Position
	end := len(text)
	first, second := p.of(text, 8), p.of(text, end)
	if first >= second || second != utf16Length(text) || p.of(text, 8) != first {
		t.Errorf("positions %d %d", first, second)
	}
}

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"../../etc/passwd":      "etc/passwd",
		`C:\Verträge\Miete.pdf`: "C:/Verträge/Miete.pdf",
		"a\u202egnp.exe.txt":    "agnp.exe.txt",
		"x\x00\x1b[31m.txt":     "x[31m.txt",
		" /./ Ordner / b.txt ":  "Ordner/b.txt",
		"/":                     "",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("cleanName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestEmbedThreads(t *testing.T) {
	for _, c := range []struct {
		cores int
		load  float64
		want  int
	}{{4, 0, 3}, {4, 0.9, 3}, {4, 2.6, 2}, {4, 30, 2}, {2, 0, 1}, {1, 0, 1}, {8, 2.2, 6}} {
		if got := embedThreads(c.cores, c.load); got != c.want {
			t.Errorf("embedThreads(%d, %v) = %d, want %d", c.cores, c.load, got, c.want)
		}
	}
}
