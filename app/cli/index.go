package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"kontor/app"
)

type indexCommand struct {
	Dir        string `arg:"" help:"Folder to read, with its sub-folders." type:"existingdir"`
	Collection string `help:"Collection the documents go into (default: the folder's name)."`
	JSON       bool   `help:"Print one JSON object." name:"json"`
}

// indexReport is what "index" prints as JSON.
type indexReport struct {
	Collection string            `json:"collection"`
	Documents  int               `json:"documents"` // readable ones
	New        int               `json:"new"`
	Known      int               `json:"known"`
	Passages   int               `json:"passages"`
	Failed     []app.RefusedFile `json:"failed"`
}

// Run reads the folder and waits until it can be searched.
func (c *indexCommand) Run(p *Program, ctx *runContext) error {
	folder, err := filepath.Abs(c.Dir)
	if err != nil {
		return err
	}
	report := indexReport{Collection: c.Collection, Failed: []app.RefusedFile{}}
	if report.Collection == "" {
		report.Collection = filepath.Base(folder)
	}
	err = p.withOwner(ctx, func(call caller) error { return c.index(ctx, p, call, folder, &report) })
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(p, report)
	} else {
		for _, failed := range report.Failed {
			message, hint := p.explain(failed.Problem)
			fmt.Fprintln(p.Err, plain(message), hint)
		}
		fmt.Fprintln(p.Out, p.say("cli.indexed", map[string]string{
			"count": strconv.Itoa(report.Documents), "passages": strconv.Itoa(report.Passages), "failed": strconv.Itoa(len(report.Failed)),
		}))
	}
	if err == nil && report.Documents == 0 {
		return &failure{code: ExitNothing}
	}
	return err
}

func (c *indexCommand) index(ctx context.Context, p *Program, call caller, folder string, report *indexReport) error {
	collection, err := findCollection(ctx, call, report.Collection)
	if err != nil {
		return err
	}
	var added app.AddResult
	if err := call(ctx, "documents.add", app.AddRequest{Paths: []string{folder}, CollectionID: collection}, &added); err != nil {
		return err
	}
	report.New, report.Known, report.Failed = len(added.Documents), len(added.Known), added.Refused
	ids := append([]string{}, added.Known...)
	for _, d := range added.Documents {
		ids = append(ids, d.ID)
	}
	var documents app.DocumentList
	stop := p.watch(ctx, call)
	err = call(ctx, "ask.wait", app.WaitRequest{DocumentIDs: ids}, &documents)
	stop()
	if err != nil {
		return err
	}
	for _, d := range documents.Documents {
		if d.Problem != nil {
			report.Failed = append(report.Failed, app.RefusedFile{Name: d.Name, Problem: *d.Problem})
			continue
		}
		report.Documents++
		report.Passages += d.Passages
	}
	return nil
}

// findCollection returns the collection of a name, a new one if there is none.
func findCollection(ctx context.Context, call caller, name string) (string, error) {
	var list app.Collections
	if err := call(ctx, "collections.list", app.Empty{}, &list); err != nil {
		return "", err
	}
	for _, c := range list.Collections {
		if c.Name == name {
			return c.ID, nil
		}
	}
	var made app.Collection
	err := call(ctx, "collections.create", app.RenameRequest{Name: name}, &made)
	return made.ID, err
}

// watch writes how far indexing is to standard error every second until it is
// stopped.
func (p *Program) watch(ctx context.Context, call caller) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			var status app.Status
			if call(ctx, "status.get", app.Empty{}, &status) == nil && status.IndexingTotal > 0 {
				fmt.Fprintln(p.Err, p.say("cli.embedding", map[string]string{
					"done": strconv.Itoa(status.IndexingDone), "total": strconv.Itoa(status.IndexingTotal),
				}))
			}
		}
	}()
	return func() { cancel(); <-ended }
}
