package main

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/app"
)

func TestQuantiles(t *testing.T) {
	for _, c := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{[]float64{3}, .5, 3},
		{[]float64{4, 1}, .5, 2.5},
		{[]float64{9, 1, 5}, .5, 5},
		{[]float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, .95, 95},
		{[]float64{1, 2, 3, 4}, 1, 4},
	} {
		if got := quantile(c.values, c.q); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.values, c.q, got, c.want)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("the median of nothing is a number")
	}
	values := []float64{3, 1, 2}
	median(values)
	if !slices.Equal(values, []float64{3, 1, 2}) {
		t.Errorf("median reordered its samples: %v", values)
	}
}

func TestRateStartsWithTheFirstToken(t *testing.T) {
	if got := rate(101, 2*time.Second); got != 50 {
		t.Errorf("101 tokens in 2 s after the first: %v a second, want 50", got)
	}
	if got := rate(1, time.Second); !math.IsNaN(got) {
		t.Errorf("one token has the rate %v", got)
	}
}

func TestFiguresAreJudged(t *testing.T) {
	declared := []figure{{ID: "low", Target: atMost(20)}, {ID: "high", Target: atLeast(.9)}, {ID: "free"}, {ID: "never"}}
	for _, c := range []struct {
		id    string
		value float64
		want  string
	}{
		{"low", 20, stateMet}, {"low", 20.1, stateNotMet}, {"high", .9, stateMet}, {"high", .89, stateNotMet},
		{"free", 7, stateMeasured}, {"low", math.NaN(), stateFailed},
	} {
		r := newResults(declared)
		r.set(c.id, c.value, nil, "")
		if got := r.find(c.id).State; got != c.want {
			t.Errorf("%s = %v is %q, want %q", c.id, c.value, got, c.want)
		}
		if got := r.find("never").State; got != stateNotRun {
			t.Errorf("a figure nobody set is %q", got)
		}
	}
	r := newResults(declared)
	r.set("low", 30, nil, "")
	r.rest(stateFailed, "no display")
	if r.find("low").State != stateNotMet || r.find("never").State != stateFailed || r.find("never").Note != "no display" {
		t.Errorf("rest changed what was measured or left what was not: %+v", r.figures)
	}
	if declared[0].State != "" {
		t.Error("the declaration was changed")
	}
}

func TestTable(t *testing.T) {
	r := report{Machine: machine{CPU: "Test CPU", Cores: 2, Threads: 4, LoadBefore: 3, LoadAfter: 1}}
	rows := newResults([]figure{
		{ID: "a", Title: "first figure", Unit: "ms", Target: atMost(20)},
		{ID: "b", Title: "second figure", Target: atLeast(.97)},
		{ID: "c", Title: "third figure", Target: atMost(1)},
	})
	rows.set("a", 21.26, samples{"raw": {20, 21.26, 30}}, "because")
	rows.rest(stateNotRun, "no folder")
	r.Figures = rows.figures
	var out bytes.Buffer
	if err := r.table(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"Test CPU", "PROVISIONAL", "21.3 ms", "≤ 20 ms", "not met [1]", "[1] a: because", "≥ 0.970", "not run [2]", "–"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	encoded, err := r.json()
	if err != nil || !strings.Contains(string(encoded), `"raw"`) || !strings.Contains(string(encoded), "30") {
		t.Errorf("the JSON lacks the raw samples: %v\n%s", err, encoded)
	}
	if r.failed() {
		t.Error("a missed target counts as a failure")
	}
}

func TestEveryMeasurementIsDeclaredOnce(t *testing.T) {
	names, ids := map[string]bool{}, map[string]bool{}
	for _, m := range measurements() {
		if names[m.name] || m.name == "" || m.run == nil || m.missing == nil || len(m.figures) == 0 {
			t.Errorf("measurement %q is incomplete or there twice", m.name)
		}
		names[m.name] = true
		for _, f := range m.figures {
			if ids[f.ID] || f.Title == "" {
				t.Errorf("figure %q has no title or is there twice", f.ID)
			}
			ids[f.ID] = true
		}
	}
}

func TestOptions(t *testing.T) {
	env := func(name string) string { return map[string]string{"KONTOR_BIN": "k", "KONTOR_RUNTIME_DIR": "r"}[name] }
	o, err := parseOptions([]string{"--eval", "e", "--only", "start, corpus", "--json", "j"}, env, io.Discard)
	if err != nil || o.eval != "e" || o.json != "j" || o.program != "k" || o.runtime != "r" || !slices.Equal(o.only, []string{"start", "corpus"}) {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, bad := range [][]string{{"--only", "nonsense"}, {"start"}, {"--unknown"}} {
		if _, err := parseOptions(bad, env, io.Discard); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	if needsEval(o) == "" {
		t.Error("without a starter pack the retrieval sets cannot be run")
	}
	if o.starter = "s"; needsEval(o) != "" {
		t.Errorf("everything is there, still missing: %s", needsEval(o))
	}
}

func TestRunWithoutAnything(t *testing.T) {
	var out, progress bytes.Buffer
	env := func(name string) string {
		if name == "KONTOR_CACHE" {
			return t.TempDir()
		}
		return ""
	}
	if code := run(t.Context(), nil, env, &out, &progress); code != 0 {
		t.Fatalf("exit code %d: %s", code, progress.String())
	}
	rows := 0
	for _, m := range measurements() {
		rows += len(m.figures)
	}
	if got := strings.Count(out.String(), stateNotRun+" ["); got != rows {
		t.Errorf("%d of %d rows read %q:\n%s", got, rows, stateNotRun, out.String())
	}
}

func TestEventsAreRead(t *testing.T) {
	stream := ": connected\n\nid: 3\ndata: {\"seq\":3,\"type\":\"answerDelta\",\"answerDelta\":{\"messageId\":\"m\",\"text\":\"Hi\"}}\n\n: alive\n\n" +
		"id: 4\ndata: {\"seq\":4,\"type\":\"chatRemoved\",\"chatRemoved\":{\"id\":\"c\"}}\n\n"
	var got []app.Event
	if err := readEvents(strings.NewReader(stream), func(e told) { got = append(got, e.event) }); err != io.EOF {
		t.Fatalf("ended with %v", err)
	}
	if len(got) != 2 || got[0].AnswerDelta == nil || got[0].AnswerDelta.Text != "Hi" || got[1].Seq != 4 {
		t.Errorf("got %+v", got)
	}
	if err := readEvents(strings.NewReader("event: resync\nid: 9\ndata: {}\n\n"), func(told) {}); err == io.EOF {
		t.Error("lost events went unnoticed")
	}
}

func TestAwaitFindsEarlierAndLaterEvents(t *testing.T) {
	l := &eventLog{changed: make(chan struct{})}
	of := func(seq int64) func(app.Event) bool { return func(e app.Event) bool { return e.Seq == seq } }
	l.add(told{event: app.Event{Seq: 1}})
	mark := l.mark()
	if _, err := l.await(t.Context(), 0, of(1)); err != nil {
		t.Error(err)
	}
	go l.add(told{event: app.Event{Seq: 2}})
	if e, err := l.await(t.Context(), mark, of(2)); err != nil || e.event.Seq != 2 {
		t.Errorf("got %+v, %v", e, err)
	}
	go l.end(io.EOF)
	if _, err := l.await(t.Context(), mark, of(1)); err == nil {
		t.Error("waits for an event that is over, on a stream that ended")
	}
}

func TestCorpusCounts(t *testing.T) {
	stream := `# a compiler's line
{"Action":"run","Test":"TestCorpus/a.pdf"}
{"Action":"output","Test":"TestCorpus/a.pdf","Output":"    corpus_test.go:9: 2 of 3 texts at their place\n"}
{"Action":"pass","Test":"TestCorpus/a.pdf"}
{"Action":"run","Test":"TestCorpus/b.xlsx"}
{"Action":"skip","Test":"TestCorpus/b.xlsx"}
{"Action":"run","Test":"TestHostileCorpus/c.pdf"}
{"Action":"output","Test":"TestHostileCorpus/c.pdf","Output":"    corpus_test.go:1: bomb: got parser_crashed (…), want corrupt\n"}
{"Action":"fail","Test":"TestHostileCorpus/c.pdf"}
{"Action":"run","Test":"TestHostileCorpus/d.pdf"}
{"Action":"output","Test":"TestHostileCorpus/d.pdf","Output":"    corpus_test.go:2: took 31s\n"}
{"Action":"fail","Test":"TestHostileCorpus/d.pdf"}
{"Action":"run","Test":"TestHostileCorpus/f.pdf"}
{"Action":"output","Test":"TestHostileCorpus/f.pdf","Output":"    corpus_test.go:3: got empty, want corrupt\n"}
{"Action":"fail","Test":"TestHostileCorpus/f.pdf"}
{"Action":"run","Test":"TestHostileCorpus/e.pdf"}
{"Action":"output","Output":"panic: runtime error\n"}
{"Action":"fail","Test":"TestHostileCorpus"}
`
	counts, err := countCorpus(strings.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	if ok := counts.tests[corpusOK]; ok.passed != 1 || ok.skipped != 1 || len(ok.failed) != 0 {
		t.Errorf("readable: %+v", ok)
	}
	if hostile := counts.tests[corpusHostile]; !slices.Equal(hostile.failed, []string{"c.pdf", "d.pdf", "f.pdf"}) {
		t.Errorf("hostile: %+v", hostile)
	}
	if !slices.Equal(counts.crashes, []string{"c.pdf", "e.pdf"}) || !slices.Equal(counts.hangs, []string{"d.pdf"}) {
		t.Errorf("crashes %v, hangs %v", counts.crashes, counts.hangs)
	}
	if !slices.Equal(counts.unexpected(), []string{"f.pdf"}) || counts.placed != 2 || counts.texts != 3 {
		t.Errorf("unexpected %v, %d of %d texts", counts.unexpected(), counts.placed, counts.texts)
	}
}

func TestProseIsTheSameForTheSameSeed(t *testing.T) {
	one, two, other := newProse(1).document(5000), newProse(1).document(5000), newProse(2).document(5000)
	if one != two {
		t.Error("the same seed gave two texts")
	}
	if one == other {
		t.Error("two seeds gave the same text")
	}
	if len(one) < 5000 || len(one) > 7000 || strings.ContainsAny(one, "{}") {
		t.Errorf("%d characters, or an unfilled place: %.200s", len(one), one)
	}
	distinct := map[string]bool{}
	for _, word := range strings.Fields(one) {
		distinct[word] = true
	}
	if len(distinct) < 200 {
		t.Errorf("only %d different words", len(distinct))
	}
	coinedWords := map[string]bool{}
	for n := range vocabulary {
		coinedWords[coined(n)] = true
	}
	if len(coinedWords) != vocabulary {
		t.Errorf("%d of %d coined words are different", len(coinedWords), vocabulary)
	}
	if questions := newProse(3).questions(200); len(questions) != 200 || len(slices.Compact(slices.Sorted(slices.Values(questions)))) != 200 {
		t.Error("questions repeat")
	}
}

func TestLossInsideTheIntervalIsExcused(t *testing.T) {
	set := retrievalSet{folder: "xquad-de", at1: .92}
	judge := func(d app.EvalDifference) *figure {
		r := newResults(retrievalFigures())
		set.judge(r, app.EvalReport{Recall1: d})
		return r.find("xquad-de_loss1")
	}
	if f := judge(app.EvalDifference{Difference: -.02, Low: -.05, High: .01}); f.State != stateMet || !strings.Contains(f.Note, "inside") {
		t.Errorf("inside the interval: %+v", f)
	}
	if f := judge(app.EvalDifference{Difference: -.02, Low: -.03, High: -.01}); f.State != stateNotMet {
		t.Errorf("outside the interval: %+v", f)
	}
	if f := judge(app.EvalDifference{Difference: .02, Low: .01, High: .03}); f.State != stateMet || f.Value != -.02 {
		t.Errorf("a gain: %+v", f)
	}
}

func TestResident(t *testing.T) {
	got, err := parseResident("Name:\tkontor\nVmHWM:\t  99999 kB\nVmRSS:\t   51200 kB\nThreads:\t9\n")
	if err != nil || got != 51200<<10 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := parseResident("Name:\tkontor\n"); err == nil {
		t.Error("nothing to read is no error")
	}
}

func TestLogLines(t *testing.T) {
	l := &logLines{began: time.Now()}
	for _, part := range []string{"first li", "ne\nlevel=INFO msg=\"vectors", " ready\" count=3\nrest"} {
		if _, err := l.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if line, found := l.find(readyLine); !found || !strings.HasSuffix(line.text, "count=3") {
		t.Errorf("got %+v, %v", line, found)
	}
	if _, found := l.find("nothing of it"); found {
		t.Error("found what is not there")
	}
	if tail := l.tail(); !strings.Contains(tail, "first line") || !strings.HasSuffix(tail, "rest") {
		t.Errorf("tail %q", tail)
	}
}
