package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kontor/app"
)

type evalCommand struct {
	Dir       string `arg:"" help:"Folder with corpus.jsonl, queries.jsonl and qrels.tsv; with --questions, a folder of documents." type:"existingdir"`
	Questions string `help:"Ask the questions of this file, one JSON object a line, of the documents in the folder." type:"existingfile" placeholder:"FILE"`
	Citations int    `help:"With --questions: passages cited for each question." default:"3"`
	JSON      bool   `help:"Print one JSON object." name:"json"`
	RunFile   string `help:"Write the fused ranking, or with --questions the citations, to this file, one JSON line a query." name:"run" type:"path" placeholder:"FILE"`
	Where     string `help:"Only queries whose field has this value." placeholder:"KEY=VALUE"`
	Queries   string `help:"Ask the questions of another folder of the documents of this one: in another language, or about another topic." type:"existingdir" placeholder:"DIR"`
	Scope     string `help:"Look only in documents whose field has the same value as the question's." placeholder:"KEY"`
	Embedder  string `help:"Measure with this embedding model, a GGUF file, instead of the installed one." type:"existingfile" placeholder:"FILE"`
}

// Run measures in a data folder of its own that is thrown away; only the
// vectors are kept, in the cache.
func (c *evalCommand) Run(p *Program, ctx *runContext) (err error) {
	paths, err := p.paths()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "kontor-eval-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	cache := filepath.Join(paths.Cache, "eval")
	if paths, err = app.DefaultPaths(scratch); err != nil {
		return err
	}
	config := p.config(paths)
	config.NoIndexing = true // the measurement embeds for itself
	if c.Embedder != "" {
		if config.StarterDir, err = app.EmbedderPack(filepath.Join(scratch, "pack"), c.Embedder); err != nil {
			return err
		}
	}
	a := app.New(config)
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	if err := a.Start(ctx); err != nil {
		return err
	}
	key, value, _ := strings.Cut(c.Where, "=")
	if c.Questions != "" {
		return c.askQuestions(p, ctx, a, app.QuestionsOptions{
			Dir: c.Dir, Questions: c.Questions, WhereKey: key, WhereValue: value, Citations: max(1, c.Citations),
			AnswersFile: c.RunFile, CacheDir: cache, Progress: p.progress,
		})
	}
	report, err := a.Evaluate(ctx, app.EvalOptions{
		Dir: c.Dir, Queries: c.Queries, ScopeKey: c.Scope, WhereKey: key, WhereValue: value,
		RunFile: c.RunFile, CacheDir: cache, Progress: p.progress,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p, report)
	}
	fmt.Fprintf(p.Out, "%s: %d documents, %d chunks, %d queries, %s\n", report.Set, report.Documents, report.Chunks, report.Queries, report.Embedder)
	fmt.Fprintf(p.Out, "%-10s %9s %9s %9s %9s\n", "", "recall@1", "recall@5", "mrr@10", "ndcg@10")
	for _, row := range []struct {
		name string
		r    app.EvalRanking
	}{{"keyword", report.Keyword}, {"vector", report.Vector}, {"fused", report.Fused}} {
		fmt.Fprintf(p.Out, "%-10s %9.4f %9.4f %9.4f %9.4f\n", row.name, row.r.Recall1, row.r.Recall5, row.r.MRR10, row.r.NDCG10)
	}
	if r := report.Refusal; r.Unanswerable > 0 {
		fmt.Fprintf(p.Out, "refused %.4f of %d unanswerable, passed %.4f of %d answerable, area under the curve of support %.4f\n",
			r.Refused, r.Unanswerable, r.Passed, r.Answerable, r.AUC)
	}
	return nil
}

// progress is one line on standard error that is written over.
func (p *Program) progress(step string, done, total int) {
	fmt.Fprintf(p.Err, "\r%-10s %6d of %6d", step, done, total)
	if done >= total {
		fmt.Fprintln(p.Err)
	}
}

// askQuestions prints how many questions were answered from the right place.
func (c *evalCommand) askQuestions(p *Program, ctx context.Context, a *app.App, o app.QuestionsOptions) error {
	report, err := a.EvaluateQuestions(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p, report)
	}
	fmt.Fprintf(p.Out, "%d documents, %d passages, %d questions, %s\n", report.Documents, report.Passages, len(report.Questions), report.Embedder)
	show := func(indent string, figures app.EvalFigures) {
		for _, name := range app.EvalFigureNames() {
			if s, counted := figures[name]; counted {
				fmt.Fprintf(p.Out, "%s%-13s %6.1f%%  [%.1f%%, %.1f%%]  %d/%d\n", indent, name, 100*s.Rate, 100*s.Low, 100*s.High, s.K, s.N)
			}
		}
	}
	show("", report.Figures)
	for _, language := range slices.Sorted(maps.Keys(report.Languages)) {
		fmt.Fprintln(p.Out, language)
		show("  ", report.Languages[language])
	}
	return nil
}
