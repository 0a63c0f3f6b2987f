package text

import "testing"

// Both languages have the same pages and questions, each with one right answer
// and its reason; a person reads about five minutes.
func TestBriefingIsTheSameInBothLanguages(t *testing.T) {
	german, err := LoadBriefing("de")
	if err != nil {
		t.Fatal(err)
	}
	english, err := LoadBriefing("en")
	if err != nil {
		t.Fatal(err)
	}
	if german.Version == "" || german.Version != english.Version || len(german.Cards) != len(english.Cards) || len(german.Questions) != len(english.Questions) {
		t.Fatalf("%s, %d cards, %d questions; %s, %d cards, %d questions", german.Version, len(german.Cards), len(german.Questions),
			english.Version, len(english.Cards), len(english.Questions))
	}
	if len(german.Cards) < 6 || len(german.Cards) > 8 || len(german.Questions) < 4 || len(german.Questions) > 5 {
		t.Errorf("%d cards and %d questions", len(german.Cards), len(german.Questions))
	}
	for i, de := range german.Cards {
		en := english.Cards[i]
		if de.ID != en.ID || len(de.Points) != len(en.Points) || de.Title == "" || en.Title == "" || de.Text == "" || en.Text == "" {
			t.Errorf("card %s and %s differ", de.ID, en.ID)
		}
	}
	for i, de := range german.Questions {
		en := english.Questions[i]
		if de.Answer < 0 || de.Answer != en.Answer || len(de.Options) != 3 || len(en.Options) != 3 || de.Why == "" || en.Why == "" || de.Text == "" || en.Text == "" {
			t.Errorf("question %d: %+v and %+v", i+1, de, en)
		}
	}
}
