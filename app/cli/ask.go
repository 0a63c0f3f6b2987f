package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"kontor/app"
	"kontor/app/instance"
)

type askCommand struct {
	Question  string   `arg:"" help:"The question."`
	Files     []string `arg:"" optional:"" help:"Files or folders; without any, everything that is indexed is asked."`
	JSON      bool     `help:"Print one JSON object." name:"json"`
	NoModel   bool     `help:"Stop after retrieval."`
	Mode      string   `help:"How the documents are used: automatic, whole_document, retrieval, everything or table." enum:"automatic,whole_document,retrieval,everything,table" default:"automatic"`
	Formulate bool     `help:"Let the trial model write an answer, too."`
}

// caller runs methods here or in the Kontor that owns the data folder.
type caller func(ctx context.Context, method string, request, result any) error

// withOwner runs f with the owner of the data folder: the Kontor that runs, or
// this process for as long as f takes.
func (p *Program) withOwner(ctx context.Context, f func(caller) error) error {
	paths, err := p.paths()
	if err != nil {
		return err
	}
	owned, err := instance.Acquire(paths.Data)
	if errors.Is(err, instance.ErrTaken) {
		client, err := p.dial(ctx, paths)
		if err != nil {
			return err
		}
		return f(func(ctx context.Context, method string, request, result any) error {
			return p.refused(client.Call(ctx, method, request, result))
		})
	}
	if err != nil {
		return err
	}
	defer func() { _ = owned.Close() }()
	a := app.New(p.config(paths))
	if err := a.Start(ctx); err != nil {
		return errors.Join(err, a.Close(ctx))
	}
	principal := a.Owner()
	principal.Local = true
	err = f(func(ctx context.Context, method string, request, result any) error {
		raw, err := json.Marshal(request)
		if err != nil {
			return err
		}
		answer, err := a.Surface().Call(ctx, principal, method, raw)
		if err != nil {
			return err
		}
		return json.Unmarshal(answer, result)
	})
	return errors.Join(err, a.Close(context.WithoutCancel(ctx)))
}

// absolute makes paths independent of the working directory, which the owner
// does not share.
func absolute(paths []string) ([]string, error) {
	full := make([]string, len(paths))
	for i, path := range paths {
		var err error
		if full[i], err = filepath.Abs(path); err != nil {
			return nil, err
		}
	}
	return full, nil
}

// Run asks and prints.
func (c *askCommand) Run(p *Program, ctx *runContext) error {
	files, err := absolute(c.Files)
	if err != nil {
		return err
	}
	var answer app.AskAnswer
	err = p.withOwner(ctx, func(call caller) error {
		return call(ctx, "ask.run", app.AskRequest{
			Question: c.Question, Paths: files, NoModel: c.NoModel, Formulate: c.Formulate,
			Mode: strings.TrimPrefix(c.Mode, "automatic"),
		}, &answer)
	})
	if err != nil {
		return err
	}
	c.asGiven(&answer, files)
	if c.JSON {
		err = printJSON(p, answer)
	} else {
		c.print(p, answer)
	}
	if err == nil && answer.Mode == "nothing_found" {
		return &failure{code: ExitNothing}
	}
	return err
}

// asGiven names files as they stood on the command line.
func (c *askCommand) asGiven(answer *app.AskAnswer, full []string) {
	name := func(file string) string {
		for i, path := range full {
			path = filepath.ToSlash(path)
			if file == path {
				return c.Files[i]
			}
			if rest, ok := strings.CutPrefix(file, path+"/"); ok {
				return filepath.ToSlash(filepath.Join(c.Files[i], rest))
			}
		}
		return file
	}
	for i := range answer.Citations {
		answer.Citations[i].File = name(answer.Citations[i].File)
	}
	for i := range answer.Passages {
		answer.Passages[i].File = name(answer.Passages[i].File)
	}
}

func printJSON(p *Program, value any) error {
	encoder := json.NewEncoder(p.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func (c *askCommand) print(p *Program, answer app.AskAnswer) {
	for _, refused := range answer.Refused {
		message, hint := p.explain(refused.Problem)
		fmt.Fprintln(p.Err, message, hint)
	}
	if answer.Mode == "nothing_found" {
		fmt.Fprintln(p.Out, p.say("cli.mode.nothing_found", nil))
		return
	}
	if answer.Problem != nil {
		message, hint := p.explain(*answer.Problem)
		fmt.Fprintln(p.Err, message, hint)
	}
	if answer.Answer != "" {
		fmt.Fprintf(p.Out, "%s\n\n", plain(strings.TrimSpace(answer.Answer)))
	}
	if answer.Answer != "" && answer.Model != "" {
		fmt.Fprintf(p.Out, "%s\n\n", p.say("cli.answer_by", map[string]string{"model": answer.Model}))
	}
	fmt.Fprintf(p.Out, "%s (%s)\n", p.say("cli.sources", nil), p.say("cli.mode."+answer.Mode, nil))
	for _, citation := range answer.Citations {
		place := ""
		if citation.Part != "" {
			place = ", " + citation.Part
		}
		if citation.Page > 0 {
			place += ", " + p.say("cli.page", map[string]string{"page": strconv.Itoa(citation.Page)})
		}
		if citation.Heading != "" {
			place += ", " + citation.Heading
		}
		fmt.Fprintf(p.Out, "\n[%d] %s%s\n%s\n", citation.N, plain(citation.File), plain(place), indent(plain(citation.Text)))
	}
}

// plain strips what a terminal would act on: control characters, and marks
// that turn the direction of text.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe007f:
			return -1
		}
		return r
	}, text)
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
