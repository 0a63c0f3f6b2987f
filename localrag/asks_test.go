package localrag

import (
	"slices"
	"testing"
)

func TestAsksForAll(t *testing.T) {
	for _, tt := range []struct {
		question string
		ask      Ask
		sure     bool
	}{
		{"Liste alle Fristen auf", AskList, true},
		{"Bitte nenne mir sämtliche Ansprechpartner.", AskList, true},
		{"Alle Kündigungsfristen mit Datum", AskList, true},
		{"Kannst du die Termine auflisten?", AskList, true},
		{"Ich brauche eine vollständige Liste der Lieferanten", AskList, true},
		{"Welche Risiken werden genannt?", AskList, false},
		{"Wie viele Verträge gibt es?", AskCount, true},
		{"Wie viele Rechnungen werden in den Unterlagen erwähnt?", AskCount, true},
		{"Wieviele Mitarbeiter hat das Unternehmen?", AskCount, false},
		{"Wie oft wird Frau Weber erwähnt?", AskCount, true},
		{"Wie viele Tage Urlaub gibt es mindestens?", "", false},
		{"Wie viele Urlaubstage habe ich?", "", false},
		{"Wie viele volle Monate beträgt die Probezeit?", "", false},
		{"Wie oft muss die Maschine entkalkt werden?", "", false},
		{"Vergleiche die beiden Angebote", AskCompare, false},
		{"Was ist der Unterschied zwischen Miete und Pacht?", AskCompare, false},
		{"Wann endet der Vertrag?", "", false},
		{"List all deadlines", AskList, true},
		{"Please find every contract with a penalty clause.", AskList, true},
		{"Give me a complete list of suppliers", AskList, true},
		{"Which risks are mentioned?", AskList, false},
		{"How many contracts are there?", AskCount, true},
		{"Count the invoices", AskCount, true},
		{"How many employees does the company have?", AskCount, false},
		{"How many days of notice are there?", "", false},
		{"How many working days are there in the notice period?", "", false},
		{"How often is Ms Weber mentioned?", AskCount, true},
		{"How often must the machine be descaled?", "", false},
		{"Compare the two offers", AskCompare, false},
		{"What notice period does the tenant have?", "", false},
		{"Who listed the house?", "", false},
		{"Is everything allowed?", "", false},
	} {
		if ask, sure := AsksForAll(tt.question); ask != tt.ask || sure != tt.sure {
			t.Errorf("%q: %q %v, want %q %v", tt.question, ask, sure, tt.ask, tt.sure)
		}
	}
}

func TestAsksToMeasure(t *testing.T) {
	for question, want := range map[string]bool{
		"Wie hoch ist die Summe der Umsätze?": true, "Welcher Kunde hat den höchsten Umsatz?": true, "Umsatz je Monat": true,
		"Rechnungen über 1000 Euro": true, "What is the average price per region?": true, "How many orders came from Berlin?": true,
		"Wer ist für den Einkauf zuständig?": false, "Who wrote this?": false, "Sumatra und Meerschweinchen": false,
	} {
		if got := AsksToMeasure(question); got != want {
			t.Errorf("%q: %v", question, got)
		}
	}
}

func TestTopicTerms(t *testing.T) {
	a := NewAnalyser()
	if got, want := a.TopicTerms("de", "Liste alle Fristen auf"), a.Terms("de", "Frist"); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := a.TopicTerms("en", "How many deadlines are mentioned?"), a.Terms("en", "deadline"); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := a.TopicTerms("de", "Liste alle auf"); len(got) == 0 {
		t.Error("a question of commands alone lost everything")
	}
}

func TestMentions(t *testing.T) {
	a := NewAnalyser()
	weights := map[string]float64{}
	for _, term := range a.TopicTerms("de", "Alle Fristen auflisten") {
		weights[term] = 1
	}
	p := Passage{Chunk: Chunk{Language: "de", Text: "## Frist\n\nDie Frist endet am 1. Mai. Es regnet oft. Eine weitere Frist läuft bis Juni."}}
	var got []string
	for _, span := range a.Mentions(p, weights, .5) {
		got = append(got, p.Text[span.Start:span.End])
	}
	if want := []string{"Die Frist endet am 1. Mai.", "Eine weitere Frist läuft bis Juni."}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	// Terms that only together, over sentences, make up the question.
	weights = map[string]float64{}
	for _, term := range a.TopicTerms("en", "all penalties of late deliveries") {
		weights[term] = 1
	}
	p = Passage{Chunk: Chunk{Language: "en", Text: "The penalty is 5 %. It is due for late parts. Another matter."}}
	if spans := a.Mentions(p, weights, .6); len(spans) != 1 {
		t.Errorf("%v", spans)
	}
}
