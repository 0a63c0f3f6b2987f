package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"kontor/app"
)

// retrievalSet is a folder below --eval and what is asked of it.
type retrievalSet struct {
	folder, where string
	// queries is another folder whose questions are asked, scope a field that
	// limits each question to the documents with its value.
	queries, scope string
	// weak asks the embedder of --weak-embedder instead of the installed one.
	weak bool
	// at1 and at5 are what recall of the fused ranking should be; 0 for no target.
	at1, at5 float64
	// auc is the area under the curve of support, of answerable against
	// unanswerable questions about the documents.
	auc float64
	// offTopic sets have no answerable question: what counts is how many are refused.
	offTopic bool
}

func retrievalSets() []retrievalSet {
	return []retrievalSet{
		{folder: "xquad-de", at1: .93, at5: .99},
		{folder: "xquad-en", at1: .96, at5: .995},
		{folder: "xquad-mix"},
		{folder: "xquad-en", queries: "xquad-de", at1: .80, at5: .95},
		{folder: "xquad-de", queries: "xquad-en", at1: .80, at5: .95},
		{folder: "xquad-r-de", at1: .74, at5: .925},
		{folder: "omos-de-dev", at1: .59, at5: .89, auc: .70},
		{folder: "omos-de-dev", scope: "city", at1: .68, at5: .92},
		{folder: "omos-en-dev", at1: .55, at5: .88},
		{folder: "gesetze-dev", where: "kind=number", at1: .92},
		{folder: "gesetze-dev", where: "kind=heading", at5: .74},
		{folder: "omos-de-dev", queries: "xquad-de", offTopic: true},
		{folder: "xquad-de", queries: "omos-de-dev", offTopic: true},
		{folder: "xquad-de", weak: true},
		{folder: "xquad-en", weak: true},
		{folder: "omos-de-dev", weak: true},
	}
}

func (s retrievalSet) name() string {
	name := s.folder
	if s.queries != "" {
		name = s.queries + " asked of " + s.folder
	}
	if s.where != "" {
		name += " " + s.where
	}
	if s.scope != "" {
		name += " scoped by " + s.scope
	}
	if s.weak {
		name += ", weak embedder"
	}
	return name
}

// fusedLoss is how much worse than the better of its parts the fused ranking
// may be, offTopicRefused the share of questions about something else that must
// be refused, answerablePass what must pass of the others at the same time.
const (
	fusedLoss       = .01
	offTopicRefused = .97
	answerablePass  = .95
)

func retrievalFigures() []figure {
	var figures []figure
	bound := func(value float64) target {
		if value == 0 {
			return target{}
		}
		return atLeast(value)
	}
	for _, s := range retrievalSets() {
		if s.offTopic {
			figures = append(figures, figure{ID: s.id("refused"), Title: "kontor eval " + s.name() + ": refused", Target: atLeast(offTopicRefused)})
			continue
		}
		figures = append(figures,
			figure{ID: s.id("r1"), Title: "kontor eval " + s.name() + ", fused, R@1", Target: bound(s.at1)},
			figure{ID: s.id("r5"), Title: "kontor eval " + s.name() + ", fused, R@5", Target: bound(s.at5)},
			figure{ID: s.id("loss1"), Title: "  better of keyword and vector minus fused, R@1", Target: atMost(fusedLoss)},
			figure{ID: s.id("loss5"), Title: "  better of keyword and vector minus fused, R@5", Target: atMost(fusedLoss)},
			figure{ID: s.id("passed"), Title: "  answerable questions not refused", Target: s.passTarget()},
		)
		if s.auc > 0 {
			figures = append(figures, figure{ID: s.id("auc"), Title: "  support of answerable against unanswerable questions, area under the curve", Target: atLeast(s.auc)})
		}
	}
	return figures
}

// passTarget: what is asked across languages or with a weak embedder has none.
func (s retrievalSet) passTarget() target {
	if s.queries != "" || s.weak || s.at1 == 0 {
		return target{}
	}
	return atLeast(answerablePass)
}

func (s retrievalSet) parts() []string {
	if s.offTopic {
		return []string{"refused"}
	}
	parts := []string{"r1", "r5", "loss1", "loss5", "passed"}
	if s.auc > 0 {
		parts = append(parts, "auc")
	}
	return parts
}

func (s retrievalSet) id(part string) string {
	id := s.folder
	if s.queries != "" {
		id += "_asked_" + s.queries
	}
	if _, value, ok := strings.Cut(s.where, "="); ok {
		id += "_" + value
	}
	if s.scope != "" {
		id += "_by_" + s.scope
	}
	if s.weak {
		id += "_weak"
	}
	return id + "_" + part
}

// measureRetrieval runs `kontor eval` on each set. Vectors are kept in the
// cache, so only the first run embeds.
func measureRetrieval(ctx context.Context, b *bench, r *results) error {
	for _, s := range retrievalSets() {
		missing := ""
		for _, folder := range []string{s.folder, s.queries} {
			if _, err := os.Stat(filepath.Join(b.options.eval, folder)); err != nil {
				missing = "the folder " + folder + " is not there"
			}
		}
		if s.weak && b.options.weakEmbedder == "" {
			missing = "--weak-embedder names no model"
		}
		if missing != "" {
			for _, part := range s.parts() {
				r.find(s.id(part)).Note = missing
			}
			continue
		}
		report, err := b.evaluate(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name(), err)
		}
		b.say("%s: R@1 %.4f, R@5 %.4f", s.name(), report.Fused.Recall1, report.Fused.Recall5)
		s.judge(r, report)
	}
	return nil
}

func (s retrievalSet) judge(r *results, report app.EvalReport) {
	refusal := report.Refusal
	if s.offTopic {
		r.set(s.id("refused"), refusal.Refused, nil, fmt.Sprintf("%d questions about something else", refusal.Unanswerable))
		return
	}
	r.set(s.id("passed"), refusal.Passed, nil, fmt.Sprintf("%d questions", refusal.Answerable))
	if s.auc > 0 {
		r.set(s.id("auc"), refusal.AUC, nil, fmt.Sprintf("%d answerable, %d not", refusal.Answerable, refusal.Unanswerable))
	}
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

func (b *bench) evaluate(ctx context.Context, s retrievalSet) (app.EvalReport, error) {
	var report app.EvalReport
	arguments := []string{
		"eval", "--json", "--data", b.cache.Path("bench", "eval"), "--runtime-dir", b.options.runtime, "--starter-dir", b.options.starter,
	}
	for flag, value := range map[string]string{"--where": s.where, "--scope": s.scope} {
		if value != "" {
			arguments = append(arguments, flag, value)
		}
	}
	if s.queries != "" {
		arguments = append(arguments, "--queries", filepath.Join(b.options.eval, s.queries))
	}
	if s.weak {
		arguments = append(arguments, "--embedder", b.options.weakEmbedder)
	}
	cmd := exec.CommandContext(ctx, b.options.program, append(arguments, filepath.Join(b.options.eval, s.folder))...)
	cmd.Env = cleanEnvironment()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, b.progress
	if err := cmd.Run(); err != nil {
		return report, err
	}
	return report, json.Unmarshal(out.Bytes(), &report)
}
