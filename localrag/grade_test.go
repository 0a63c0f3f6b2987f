package localrag

import (
	"strings"
	"testing"
)

func TestSamePlace(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"§ 573c Fristen der ordentlichen Kündigung", "§ 573c Fristen", true},
		{"Mietrecht › § 573c Fristen", "§ 573c Fristen", true},
		{"§ 57", "§ 573c Fristen", false}, // another number begins alike
		{"Ein­leitung", "EINLEITUNG", true},
		{"abc", "abcd", false}, // too short to be a beginning
		{"", "", false},
		{"Tabelle 1", "Tabelle 12", false},
	} {
		if got := SamePlace(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func TestGradeCitations(t *testing.T) {
	q := GradedQuestion{
		Where:      []GradedPlace{{File: "ok/vertrag.pdf", Page: 3}, {File: "handbuch.docx", Heading: "Urlaub"}},
		AnswerText: "drei Monate", Alternatives: []string{"3 Monate"}, Answerable: true,
	}
	cite := func(file string, page int, heading, text string) GradedCitation {
		return GradedCitation{GradedPlace: GradedPlace{File: file, Page: page, Heading: heading}, Text: text, Real: true}
	}
	for name, c := range map[string]struct {
		citations []GradedCitation
		want      Grade
	}{
		"none":       {nil, Grade{}},
		"first":      {[]GradedCitation{cite("vertrag.pdf", 3, "", "Die Frist beträgt drei\nMo-\nnate.")}, Grade{File: true, Place: true, First: true, Span: true, SpanAnywhere: true, Right: 1, Real: 1, Citations: 1}},
		"other page": {[]GradedCitation{cite("vertrag.pdf", 4, "", "drei Monate")}, Grade{File: true, SpanAnywhere: true, Real: 1, Citations: 1}},
		"second": {[]GradedCitation{cite("x.pdf", 3, "", "drei Monate"), cite(`C:\akten\handbuch.docx`, 0, "Teil A › Urlaub", "nichts")},
			Grade{File: true, Place: true, Right: 1, Real: 2, Citations: 2}},
	} {
		if got := GradeCitations(q, c.citations); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestLoadGradedQuestions(t *testing.T) {
	list, err := LoadGradedQuestions(strings.NewReader("\ufeff" + `{"id":"a","question":"Was?","where":[{"file":"x.pdf","page":2}]}

{"question":"Nichts?","where":[],"answerable":false}
`))
	if err != nil || len(list) != 2 || !list[0].Answerable || list[0].Where[0].Page != 2 || list[1].Answerable || list[1].ID != "3" {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := LoadGradedQuestions(strings.NewReader("{\n")); err == nil {
		t.Error("took half an object")
	}
}

func TestShare(t *testing.T) {
	s := NewShare(9, 10)
	if s.Rate != .9 || s.Low < .59 || s.Low > .60 || s.High < .98 || s.High > .99 {
		t.Errorf("%+v", s)
	}
}
