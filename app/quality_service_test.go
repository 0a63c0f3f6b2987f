package app

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// checked waits until a run has ended.
func (b *bench) checked(collection string) Quality {
	b.t.Helper()
	var quality Quality
	b.until("the golden questions were asked", func() bool {
		quality = do[Quality](b, "quality.get", ByID{ID: collection})
		return !quality.Running
	})
	return quality
}

func TestGoldenQuestionsAreAsked(t *testing.T) {
	b := open(t, says("Three months."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	b.add(house, "machine.md", machine)
	if _, problem := run[Quality](b, "quality.run", ByID{ID: house}); problem == nil || problem.Code != ProblemGoldenNone {
		t.Errorf("without questions: %+v", problem)
	}
	for _, g := range []GoldenQuestion{
		{Question: "What is the notice period of the lease?", Document: "lease.md", Heading: "Notice period", Answer: "three months"},
		{Question: "How high is the deposit in euros?", Document: "lease.md", Heading: "Deposit", Answer: "9999"},
		{Question: "How is the coffee machine descaled with citric acid?", Document: "lease.md"},
	} {
		g.CollectionID = house
		do[Quality](b, "quality.save", g)
	}
	if _, problem := run[Quality](b, "quality.save", GoldenQuestion{CollectionID: house, Question: "Where?"}); problem == nil || problem.Code != ProblemGoldenIncomplete {
		t.Errorf("without a document: %+v", problem)
	}
	do[Quality](b, "quality.run", ByID{ID: house})
	quality := b.checked(house)
	if len(quality.Runs) != 1 || quality.Runs[0].Reason != "asked" || quality.Runs[0].Questions != 3 || quality.Runs[0].Embedder == "" {
		t.Fatalf("runs: %+v", quality.Runs)
	}
	notice, deposit, coffee := quality.Questions[0].Result, quality.Questions[1].Result, quality.Questions[2].Result
	if notice == nil || notice.Rank == 0 || !notice.Answer || !notice.File || len(notice.Found) == 0 {
		t.Errorf("notice: %+v", notice)
	}
	if deposit == nil || deposit.Rank == 0 || deposit.Answer {
		t.Errorf("the place is right and the words are not: %+v", deposit)
	}
	if coffee == nil || coffee.Rank == 1 {
		t.Errorf("a question expected in the wrong document: %+v", coffee)
	}
	if quality.Runs[0].Found < 2 || quality.Runs[0].First > 2 {
		t.Errorf("figures: %+v", quality.Runs[0])
	}

	// A changed question has no result until it is asked again.
	changed := quality.Questions[1]
	changed.Answer = "2400 euros"
	b.until("the clock moved on", func() bool {
		return do[Quality](b, "quality.save", changed).Questions[1].Result == nil
	})
	do[Empty](b, "quality.delete", ByID{ID: coffee.QuestionID})
	do[Quality](b, "quality.run", ByID{ID: house})
	if quality = b.checked(house); len(quality.Runs) != 2 || quality.Runs[0].Found != 2 || !quality.Questions[1].Result.Answer {
		t.Errorf("after the correction: %+v", quality)
	}
}

func TestGoldenQuestionsRunByThemselves(t *testing.T) {
	b := open(t, says("Three months."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	do[Quality](b, "quality.save", GoldenQuestion{CollectionID: house, Question: "What is the notice period?", Document: "lease.md", Heading: "Notice period"})
	seen := map[string]string{}
	runs := func() []QualityRun {
		b.quality.look(t.Context(), seen)
		return do[Quality](b, "quality.get", ByID{ID: house}).Runs
	}
	b.until("indexing has ended", b.quality.idle)
	if list := runs(); len(list) != 0 {
		t.Errorf("a run at the first look: %+v", list)
	}
	if list := runs(); len(list) != 1 || list[0].Reason != "questions" {
		t.Errorf("second look: %+v", list)
	}
	if list := runs(); len(list) != 1 {
		t.Errorf("another run although nothing moved: %+v", list)
	}
	b.add(house, "machine.md", machine)
	b.until("indexing has ended", b.quality.idle)
	runs()
	if list := runs(); len(list) != 2 || list[0].Reason != "documents" {
		t.Errorf("after another document: %+v", list)
	}
}

func TestGoldenQuestionFromAnAnswer(t *testing.T) {
	b := open(t, says("The notice period is three months."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	sent, answer := b.ask(SendRequest{Text: "What is the notice period of the lease?", CollectionIDs: []string{house}})
	if len(answer.Passages) == 0 {
		t.Fatal("no passages")
	}
	for range 2 { // twice is once
		do[Quality](b, "quality.addFromAnswer", GoldenFromAnswer{MessageID: sent.Answer.ID, N: answer.Passages[0].N})
	}
	quality := do[Quality](b, "quality.get", ByID{ID: house})
	if len(quality.Questions) != 1 || quality.Questions[0].Question != "What is the notice period of the lease?" ||
		quality.Questions[0].Document != "lease.md" || quality.Questions[0].Heading != answer.Passages[0].Heading {
		t.Errorf("%+v", quality.Questions)
	}
	if _, problem := run[Quality](b, "quality.addFromAnswer", GoldenFromAnswer{MessageID: sent.Answer.ID, N: 99}); problem == nil {
		t.Error("took a passage that is not there")
	}
}

func TestGoldenQuestionsAsAFile(t *testing.T) {
	b := open(t, says(""))
	b.set("ui.language", "de")
	house := b.collection("Haus")
	german := "Frage;Dokument;Seite;Antwort\r\nWie lang ist die Kündigungsfrist?;vertrag.pdf;3;\"drei; Monate\"\r\n;ohne.pdf;;\r\n'=1+1?;summe.xlsx;;\r\n"
	windows, err := charmap.Windows1252.NewEncoder().String(german)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"bom": byteOrderMark + german, "windows": windows} {
		imported := do[QualityImported](b, "quality.import", QualityImport{CollectionID: house, Content: []byte(content)})
		if imported.Added+imported.Known != 2 || !slices.Equal(imported.Refused, []int{3}) {
			t.Errorf("%s: %+v", name, imported)
		}
	}
	english := "question,document,slide\nWhich colour?,deck.pptx,4\n"
	if imported := do[QualityImported](b, "quality.import", QualityImport{CollectionID: house, Content: []byte(english)}); imported.Added != 1 {
		t.Errorf("english: %+v", imported)
	}
	before := do[Quality](b, "quality.get", ByID{ID: house}).Questions
	if len(before) != 3 || before[0].Page != 3 || before[0].Answer != "drei; Monate" || before[1].Question != "=1+1?" || before[2].Slide != 4 {
		t.Fatalf("%+v", before)
	}
	file := do[QualityFile](b, "quality.export", ByID{ID: house})
	if !strings.HasPrefix(file.Content, byteOrderMark+"Frage;Dokument") || !strings.Contains(file.Content, "\n'=1+1?") || !strings.HasSuffix(file.Name, ".csv") {
		t.Errorf("export %q: %q", file.Name, file.Content)
	}
	again := b.collection("Zweites Haus")
	do[QualityImported](b, "quality.import", QualityImport{CollectionID: again, Content: []byte(file.Content)})
	after := do[Quality](b, "quality.get", ByID{ID: again}).Questions
	for i := range after {
		after[i].ID, after[i].CollectionID, before[i].ID, before[i].CollectionID = "", "", "", ""
	}
	if string(mustJSON(after)) != string(mustJSON(before)) {
		t.Errorf("a file loses something:\n%s\n%s", mustJSON(before), mustJSON(after))
	}
	for _, bad := range []string{"", "a;b\n1;2\n", "\"unclosed"} {
		if _, problem := run[QualityImported](b, "quality.import", QualityImport{CollectionID: house, Content: []byte(bad)}); problem == nil || problem.Code != ProblemGoldenFile {
			t.Errorf("%q: %+v", bad, problem)
		}
	}
}
