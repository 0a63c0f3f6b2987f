package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"kontor/app"
)

func questionFigures() []figure {
	return []figure{
		{ID: "questions_de", Title: "corpus questions, right place among 3 citations, German", Target: atLeast(.9)},
		{ID: "questions_en", Title: "  English", Target: atLeast(.92)},
		{ID: "office_de", Title: "own questions over office formats, right place among 3 citations, German", Target: atLeast(.9)},
		{ID: "office_en", Title: "  English", Target: atLeast(.92)},
		{ID: "citations_real", Title: "citations whose text stands at the place they name", Target: atLeast(1)},
	}
}

// measureQuestions asks with `kontor eval --questions`: the corpus given by
// --corpus, and the office documents that are part of the tree.
func measureQuestions(ctx context.Context, b *bench, r *results) error {
	office := filepath.Join("app", "testdata", "office")
	sets := []struct{ id, questions, documents string }{
		{"office", filepath.Join(office, "questions.jsonl"), filepath.Join(office, "documents")},
		{"questions", filepath.Join(b.options.corpus, "questions.jsonl"), filepath.Join(b.options.corpus, "ok")},
	}
	real, cited := 0, 0
	for _, set := range sets {
		report, err := b.askQuestions(ctx, set.questions, set.documents)
		if err != nil {
			return fmt.Errorf("%s: %w", set.id, err)
		}
		for _, language := range []string{"de", "en"} {
			place := report.Languages[language]["place"]
			r.set(set.id+"_"+language, place.Rate, nil, fmt.Sprintf("%d of %d questions, 95 %% interval %.2f … %.2f; %d documents",
				place.K, place.N, place.Low, place.High, report.Documents))
		}
		real, cited = real+report.Figures["real"].K, cited+report.Figures["real"].N
	}
	if cited == 0 {
		return errors.New("nothing was cited")
	}
	r.set("citations_real", float64(real)/float64(cited), nil, fmt.Sprintf("%d of %d", real, cited))
	return nil
}

func (b *bench) askQuestions(ctx context.Context, questions, documents string) (app.QuestionsReport, error) {
	var report app.QuestionsReport
	cmd := exec.CommandContext(ctx, b.options.program, "eval", "--json", "--data", b.cache.Path("bench", "eval"),
		"--runtime-dir", b.options.runtime, "--starter-dir", b.options.starter, "--questions", questions, documents)
	cmd.Env = cleanEnvironment()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, b.progress
	if err := cmd.Run(); err != nil {
		return report, err
	}
	return report, json.Unmarshal(out.Bytes(), &report)
}
