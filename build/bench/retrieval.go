package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"kontor/app"
)

// retrievalSet is a folder below --eval and what is asked of it.
type retrievalSet struct {
	folder, where string
	// at1 and at5 are what recall of the fused ranking should be; 0 for no target.
	at1, at5 float64
}

func retrievalSets() []retrievalSet {
	return []retrievalSet{
		{folder: "xquad-de", at1: .92, at5: .985},
		{folder: "xquad-en", at1: .95, at5: .99},
		{folder: "xquad-mix"},
		{folder: "omos-de-dev", at1: .575, at5: .875},
		{folder: "gesetze-dev", where: "kind=number", at1: .85},
	}
}

func (s retrievalSet) name() string {
	if s.where != "" {
		return s.folder + " " + s.where
	}
	return s.folder
}

// fusedLoss is how much worse than the better of its parts the fused ranking
// may be.
const fusedLoss = .01

func retrievalFigures() []figure {
	var figures []figure
	bound := func(value float64) target {
		if value == 0 {
			return target{}
		}
		return atLeast(value)
	}
	for _, s := range retrievalSets() {
		figures = append(figures,
			figure{ID: s.id("r1"), Title: "kontor eval " + s.name() + ", fused, R@1", Target: bound(s.at1)},
			figure{ID: s.id("r5"), Title: "kontor eval " + s.name() + ", fused, R@5", Target: bound(s.at5)},
			figure{ID: s.id("loss1"), Title: "  better of keyword and vector minus fused, R@1", Target: atMost(fusedLoss)},
			figure{ID: s.id("loss5"), Title: "  better of keyword and vector minus fused, R@5", Target: atMost(fusedLoss)},
		)
	}
	return figures
}

func (s retrievalSet) id(part string) string { return s.folder + "_" + part }

// measureRetrieval runs `kontor eval` on each set. Vectors are kept in the
// cache, so only the first run embeds.
func measureRetrieval(ctx context.Context, b *bench, r *results) error {
	for _, s := range retrievalSets() {
		folder := filepath.Join(b.options.eval, s.folder)
		if _, err := os.Stat(folder); err != nil {
			for _, part := range []string{"r1", "r5", "loss1", "loss5"} {
				r.find(s.id(part)).Note = "the folder is not there"
			}
			continue
		}
		report, err := b.evaluate(ctx, folder, s.where)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name(), err)
		}
		b.say("%s: R@1 %.4f, R@5 %.4f", s.name(), report.Fused.Recall1, report.Fused.Recall5)
		s.judge(r, report)
	}
	return nil
}

func (s retrievalSet) judge(r *results, report app.EvalReport) {
	note := fmt.Sprintf("%d queries, %d documents, %d chunks", report.Queries, report.Documents, report.Chunks)
	parts := func(of func(app.EvalRanking) float64) samples {
		return samples{"keyword": {of(report.Keyword)}, "vector": {of(report.Vector)}, "fused": {of(report.Fused)}}
	}
	one := parts(func(e app.EvalRanking) float64 { return e.Recall1 })
	five := parts(func(e app.EvalRanking) float64 { return e.Recall5 })
	r.set(s.id("r1"), report.Fused.Recall1, one, note)
	r.set(s.id("r5"), report.Fused.Recall5, five, note)
	for part, d := range map[string]app.EvalDifference{"loss1": report.Recall1, "loss5": report.Recall5} {
		note := fmt.Sprintf("paired 95 %% interval of fused minus better: %.4f … %.4f", d.Low, d.High)
		r.set(s.id(part), -d.Difference, samples{"interval": {d.Low, d.High}}, note)
		if -d.Difference > fusedLoss && d.High >= 0 {
			r.excuse(s.id(part), note+", no difference is inside it")
		}
	}
}

func (b *bench) evaluate(ctx context.Context, folder, where string) (app.EvalReport, error) {
	var report app.EvalReport
	arguments := []string{
		"eval", "--json", "--data", b.cache.Path("bench", "eval"), "--runtime-dir", b.options.runtime, "--starter-dir", b.options.starter,
	}
	if where != "" {
		arguments = append(arguments, "--where", where)
	}
	cmd := exec.CommandContext(ctx, b.options.program, append(arguments, folder)...)
	cmd.Env = cleanEnvironment()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, b.progress
	if err := cmd.Run(); err != nil {
		return report, err
	}
	return report, json.Unmarshal(out.Bytes(), &report)
}
