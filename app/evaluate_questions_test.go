package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEvaluateQuestions reads one small document of each office format and asks
// for places in it. How good retrieval is, is measured with a real embedder;
// here every citation must name a place where its text stands, and the figures
// must be those of the citations.
func TestEvaluateQuestions(t *testing.T) {
	config := open(t, says("")).config
	paths, err := DefaultPaths(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	paths.Cache = parserCache
	config.Paths, config.NoIndexing = paths, true
	a := New(config)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	lines := filepath.Join(t.TempDir(), "answers.jsonl")
	report, err := a.EvaluateQuestions(t.Context(), QuestionsOptions{
		Dir: "testdata/office/documents", Questions: "testdata/office/questions.jsonl", Citations: 3, AnswersFile: lines,
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Documents < 12 || len(report.Failed) != 0 || len(report.Questions) != 27 || report.Embedder == "" {
		t.Errorf("%d documents, failed %v, %d questions, embedder %q", report.Documents, report.Failed, len(report.Questions), report.Embedder)
	}
	for _, answer := range report.Questions {
		for _, c := range answer.Citations {
			if !c.Real {
				t.Errorf("%s: the text of %+v does not stand there: %q", answer.ID, c.GradedPlace, c.Text)
			}
			if strings.HasPrefix(c.File, "/") || c.File == "" {
				t.Errorf("%s cites %q; want a path below the folder", answer.ID, c.File)
			}
		}
	}
	for name, least := range map[string]float64{"file": .7, "place": .6, "real": 1} {
		if share := report.Figures[name]; share.N == 0 || share.Rate < least {
			t.Errorf("%s: %+v, want at least %.2f even with an embedder that knows no meaning", name, share, least)
		}
	}
	if report.Languages["de"]["place"].N+report.Languages["en"]["place"].N != 27 {
		t.Errorf("languages: %+v", report.Languages)
	}
	content, err := os.ReadFile(lines)
	if err != nil {
		t.Fatal(err)
	}
	written := strings.Split(strings.TrimSpace(string(content)), "\n")
	var first QuestionAnswer
	if len(written) != 27 || json.Unmarshal([]byte(written[0]), &first) != nil || first.ID != report.Questions[0].ID {
		t.Errorf("%d lines, the first %q", len(written), written[0])
	}
}
