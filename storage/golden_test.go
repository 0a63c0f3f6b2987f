package storage

import (
	"testing"
)

func TestGoldenQuestions(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k := must(d.CreateCollection(ctx, anna, "Leases"))(t)
	if states := must(d.GoldenStates(ctx, anna, e5))(t); len(states) != 0 {
		t.Errorf("states without questions: %v", states)
	}
	if err := d.SaveGoldenQuestions(ctx, anna, k.ID, []GoldenQuestion{{Question: "a"}, {Question: "b", Document: "x.pdf"}}); err != nil {
		t.Fatal(err)
	}
	list := must(d.GoldenQuestions(ctx, anna, k.ID))(t)
	if len(list) != 2 || list[0].Question != "a" || list[1].Document != "x.pdf" {
		t.Fatalf("%+v", list)
	}
	state := func() GoldenState { return must(d.GoldenStates(ctx, anna, e5))(t)[0] }
	first := state()
	doc, ids := addParsed(t, d, anna, k.ID, "x.pdf", "en", "one", "two")
	second := state()
	if second.Documents == first.Documents || second.Unready != 1 {
		t.Errorf("a document came: %+v, before %+v", second, first)
	}
	must(d.StoreVectors(ctx, e5, ids, [][]float32{{1, 0}, {0, 1}}))(t)
	if s := state(); s.Unready != 0 || s.Documents != second.Documents {
		t.Errorf("it has its vectors: %+v", s)
	}
	if _, _, err := d.StoreParsed(ctx, doc.ID, Parsed{Passages: []Passage{{Text: "one"}}}); err != nil || state().Documents == second.Documents {
		t.Error("a document that was read again changes nothing", err)
	}
	list[0].Answer = "three months"
	// All or none: the second of these is unknown.
	if err := d.SaveGoldenQuestions(ctx, anna, k.ID, []GoldenQuestion{list[0], {ID: "nobody"}}); CodeOf(err) != CodeNotFound {
		t.Errorf("an unknown question: %v", err)
	}
	if now := must(d.GoldenQuestions(ctx, anna, k.ID))(t); now[0].Answer != "" {
		t.Error("half of the questions were saved")
	}
	for i := range keptRuns + 3 {
		must(d.AddGoldenRun(ctx, anna, GoldenRun{CollectionID: k.ID, Questions: i}))(t)
	}
	runs := must(d.GoldenRuns(ctx, anna, k.ID, 1000))(t)
	if len(runs) != keptRuns || runs[0].Questions != keptRuns+2 {
		t.Errorf("%d runs, the newest with %d questions", len(runs), runs[0].Questions)
	}
	must(d.DeleteCollection(ctx, anna, k.ID))(t)
	if n := must(scanInteger(d.readers.Load().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM golden_questions) + (SELECT count(*) FROM golden_runs)`)))(t); n != 0 {
		t.Errorf("%d rows are left of a deleted collection", n)
	}
}
