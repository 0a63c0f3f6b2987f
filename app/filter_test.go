package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/app/policy"
	"kontor/llm/llmtest"
)

func TestFilterWords(t *testing.T) {
	zone := time.FixedZone("here", 3600)
	day := func(year int, month time.Month, day int) int64 {
		return time.Date(year, month, day, 0, 0, 0, 0, zone).UnixMilli()
	}
	formats := (&App{}).formats()
	for _, c := range []struct {
		text, left string
		want       Filter
	}{
		{"Was kostet das? typ:pdf", "Was kostet das?", Filter{Types: []string{"pdf"}}},
		{"TYPE:docx,.xlsx What does it cost?", " What does it cost?", Filter{Types: []string{"docx", "xlsx"}}},
		{"Umsatz typ:excel, bitte", "Umsatz, bitte", Filter{Types: []string{"xlsx", "ods", "csv", "xls"}}},
		{`ordner:"Verträge 2024" Frist?`, " Frist?", Filter{Folder: "Verträge 2024"}},
		{"seit:2024 bis:03.2025 Frist?", " Frist?", Filter{After: day(2024, 1, 1), Before: day(2025, 4, 1)}},
		{"after:2024-02-29 before:1.3.2025 notice", " notice", Filter{After: day(2024, 3, 1), Before: day(2025, 3, 1)}},
		// What means nothing stays part of the question.
		{"typ:quatsch seit:31.2.2024 vor:gestern Frist: 3 Monate", "typ:quatsch seit:31.2.2024 vor:gestern Frist: 3 Monate", Filter{}},
		{"Blutgruppentyp:pdf und https://typ:pdf", "Blutgruppentyp:pdf und https://typ:pdf", Filter{}},
	} {
		var filter Filter
		left := readFilterWords(c.text, formats, time.Date(2026, 1, 1, 0, 0, 0, 0, zone), &filter)
		if strings.TrimSpace(left) != strings.TrimSpace(c.left) || string(mustJSON(filter)) != string(mustJSON(c.want)) {
			t.Errorf("%q: %q %+v, want %q %+v", c.text, left, filter, c.left, c.want)
		}
	}
}

func TestFilterNamesDocuments(t *testing.T) {
	b := open(t, llmtest.Script{})
	house := b.collection("House")
	long := b.add(house, "Mietvertrag Müller 2024.md", lease)
	short := b.add(house, "Ordner/Maschine.txt", machine)
	plan := b.add(house, "Plan_A.txt", "The plan of the first floor is kept in the cellar.")
	other := b.add(house, "Plan_B.txt", "The plan of the second floor is kept in the attic.")
	read := func(text string, collections ...string) FilterReading {
		return do[FilterReading](b, "filter.read", FilterRequest{Text: text, CollectionIDs: collections})
	}
	for _, c := range []struct {
		text, left string
		want       []string
	}{
		{"@Mietvertrag Müller 2024.md Welche Frist gilt?", "Welche Frist gilt?", []string{long.ID}},
		{"Welche Frist steht in @mietvertrag_mueller_2024?", "Welche Frist steht in ?", []string{long.ID}},
		{`Was sagt @"Mietvertrag Müller 2024" dazu`, "Was sagt dazu", []string{long.ID}},
		{"@masch, wie oft entkalken?", ", wie oft entkalken?", []string{short.ID}},
		{"@plan Where are they?", "Where are they?", []string{plan.ID, other.ID}},
		{"@Maschine.txt", "@Maschine.txt", []string{short.ID}}, // nothing else was asked
		{"Mail an info@plan.de, @nobody", "Mail an info@plan.de, @nobody", []string{}},
	} {
		reading := read(c.text, house)
		slices.Sort(reading.Filter.DocumentIDs)
		slices.Sort(c.want)
		if reading.Text != c.left || !slices.Equal(reading.Filter.DocumentIDs, c.want) || len(reading.Documents) != len(c.want) {
			t.Errorf("%q: %+v", c.text, reading)
		}
	}
	if unknown := read("@nobody and info@plan.de", house).Unknown; !slices.Equal(unknown, []string{"nobody"}) {
		t.Errorf("unknown %q", unknown)
	}
	// In a chat without documents the start of a name is not enough: @plan may be anything.
	if reading := read("@plan @Plan_A.txt"); !slices.Equal(reading.Filter.DocumentIDs, []string{plan.ID}) {
		t.Errorf("without collections: %+v", reading)
	}
	suggested := do[FilterSuggestions](b, "filter.suggest", FilterSuggestRequest{Query: "@muell"})
	if len(suggested.Documents) != 1 || suggested.Documents[0].Name != "Mietvertrag Müller 2024.md" {
		t.Errorf("suggested %+v", suggested)
	}
	if !slices.Equal(suggested.Types, []string{"txt", "md"}) || !slices.Equal(suggested.Folders, []string{"Ordner"}) {
		t.Errorf("types %v, folders %v", suggested.Types, suggested.Folders)
	}
}

func TestFilterLimitsAnAnswer(t *testing.T) {
	b := open(t, says("The deposit is 2400 euros."))
	b.set(policy.ReadingSeconds, "0")
	house := b.collection("House")
	first := b.add(house, "lease.md", lease)
	b.add(house, "old.txt", "In the old lease the deposit was 1800 euros and the notice period six months.")
	documents := func(m Message) (names []string) {
		for _, p := range m.Passages {
			names = append(names, p.Document)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	all, everywhere := b.ask(SendRequest{Text: "How high is the deposit?", CollectionIDs: []string{house}})
	if len(documents(everywhere)) != 2 || all.Question.Filter != nil {
		t.Fatalf("without a filter: %v, %+v", documents(everywhere), all.Question.Filter)
	}
	sent, answer := b.ask(SendRequest{ChatID: all.Chat.ID, Text: "How high is the deposit? typ:txt"})
	if got := documents(answer); !slices.Equal(got, []string{"old.txt"}) {
		t.Errorf("typ:txt: %v", got)
	}
	again := do[RegenerateResult](b, "chats.regenerate", RegenerateRequest{MessageID: sent.Answer.ID})
	if got := documents(b.finished(sent.Chat.ID, again.Answer.ID)); !slices.Equal(got, []string{"old.txt"}) {
		t.Errorf("written again: %v", got)
	}
	// A chat without documents, and a document chosen in the question bar.
	chosen, answer := b.ask(SendRequest{Text: "How high is the deposit?", Filter: &Filter{DocumentIDs: []string{first.ID}}})
	if got := documents(answer); len(got) != 1 || answer.Passages[0].DocumentID != first.ID {
		t.Errorf("chosen: %v", got)
	}
	stored := do[ChatView](b, "chats.open", ByID{ID: chosen.Chat.ID}).Messages[0]
	if stored.Filter == nil || !slices.Equal(stored.Filter.DocumentIDs, []string{first.ID}) || stored.Text != "How high is the deposit?" {
		t.Errorf("stored %+v", stored)
	}
	_, answer = b.ask(SendRequest{Text: "How high is the deposit?", Filter: &Filter{Before: 1}})
	if answer.Mode != modeNothing {
		t.Errorf("before the first document: %s, %v", answer.Mode, documents(answer))
	}
}
