package localrag

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func writeSet(t *testing.T, corpus, queries, qrels string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels.tsv": qrels} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	evalCorpus  = `{"_id":"a","title":"Erste","text":"Zeile eins.\n\nZeile zwei.","lang":"de"}` + "\n" + `{"_id":"b","title":"","text":"Second","lang":"en"}` + "\n\n"
	evalQueries = `{"_id":"1","text":"Was?","lang":"de","kind":"number"}` + "\n" + `{"_id":"2","text":"What?","lang":"en","kind":"heading","answerable":false}` + "\n" + `{"_id":"3","text":"Who?","lang":"en"}`
	evalJudged  = "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t1\n3\tb\t1\n3\ta\t0\n"
)

func TestEvalSet(t *testing.T) {
	set, err := LoadEvalSet(writeSet(t, evalCorpus, evalQueries, evalJudged))
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Documents) != 2 || len(set.Queries) != 3 || len(set.Judged) != 2 || set.Judged["1"]["a"] != 2 {
		t.Fatalf("%+v", set)
	}
	if kept := set.Where("kind", "number"); len(kept.Queries) != 1 || kept.Queries[0].ID != "1" {
		t.Errorf("kind=number: %+v", kept.Queries)
	}
	if kept := set.Where("answerable", "false"); len(kept.Queries) != 1 {
		t.Errorf("answerable=false: %+v", kept.Queries)
	}
	parsed := set.Documents[0].Parsed()
	if len(parsed.Blocks) != 2 || parsed.Text[parsed.Blocks[1].Start:parsed.Blocks[1].End] != "Zeile zwei." {
		t.Errorf("%+v", parsed)
	}
}

func TestLoadEvalSetRefuses(t *testing.T) {
	for name, dir := range map[string]string{
		"missing":     filepath.Join(t.TempDir(), "none"),
		"bad corpus":  writeSet(t, "{", evalQueries, evalJudged),
		"bad queries": writeSet(t, evalCorpus, "[]", evalJudged),
		"bad grades":  writeSet(t, evalCorpus, evalQueries, "h\n1\ta\tx\n"),
		"bad columns": writeSet(t, evalCorpus, evalQueries, "h\n1 a 1\n"),
	} {
		if _, err := LoadEvalSet(dir); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestScore has figures worked out by hand.
func TestScore(t *testing.T) {
	set, err := LoadEvalSet(writeSet(t, evalCorpus, evalQueries, evalJudged))
	if err != nil {
		t.Fatal(err)
	}
	m := Score(set, map[string][]string{"1": {"x#1", "a#3", "a#1", "b#0"}, "2": {"a"}})
	// Question 1: ranking x a b; a (grade 2) at 2, b (1) at 3. Question 3 is missing.
	dcg := 2/math.Log2(3) + 1/math.Log2(4)
	ideal := 2 + 1/math.Log2(3)
	for name, c := range map[string][2]float64{
		"R@1": {m.Recall[1], 0}, "R@5": {m.Recall[5], .5}, "R@10": {m.Recall[10], .5},
		"MRR": {m.MRR10, .25}, "nDCG": {m.NDCG10, dcg / ideal / 2},
		"queries": {float64(m.Queries), 2}, "missing": {float64(m.Missing), 1},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s %v, want %v", name, c[0], c[1])
		}
	}
}

func TestBestOf(t *testing.T) {
	got := BestOf([]Scored{{1, 3}, {2, 2}, {3, 1}}, func(id int64) string { return map[int64]string{1: "a", 2: "a", 3: "b"}[id] })
	if len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("%v", got)
	}
}

func TestPairedBootstrap(t *testing.T) {
	a, b := make([]float64, 400), make([]float64, 400)
	for i := range a {
		a[i] = float64(i % 2)
		if i%4 == 0 {
			b[i] = 1
		}
	}
	got := PairedBootstrap(a, b, 7)
	if math.Abs(got.Mean-.25) > 1e-9 || got.Low > .2 || got.Low < .14 || got.High < .3 || got.High > .37 {
		t.Errorf("%+v", got)
	}
	if again := PairedBootstrap(a, b, 7); again != got {
		t.Errorf("not repeatable: %+v, %+v", got, again)
	}
	if zero := PairedBootstrap(nil, nil, 1); zero != (Interval{}) {
		t.Errorf("of nothing: %+v", zero)
	}
}
