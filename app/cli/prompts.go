package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"kontor/app"
)

type promptsCommand struct {
	List   promptsListCommand   `cmd:"" default:"1" help:"List the prompts: those of the organisation, own ones, the program's."`
	Import promptsImportCommand `cmd:"" help:"Add the prompts of files; what is there word for word is left as it is."`
	Export promptsExportCommand `cmd:"" help:"Write your own prompts to a file, to be imported elsewhere or put into the organisation's folder."`
}

type promptsListCommand struct {
	Own  bool `help:"Leave out those of the program."`
	JSON bool `help:"Print one JSON object." name:"json"`
}

type promptsImportCommand struct {
	Files []string `arg:"" name:"file" help:"Files, *.kontor-prompts.json." type:"path"`
	JSON  bool     `help:"Print one JSON object." name:"json"`
}

type promptsExportCommand struct {
	File string `arg:"" optional:"" help:"File to write; it must not be there yet. Without it, the file's own name in this folder." type:"path"`
}

// Run lists the prompts.
func (c *promptsListCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var all, list app.PromptList
		if err := call(ctx, "prompts.list", app.InLanguage{Language: app.EnvironmentLanguage(p.Env)}, &all); err != nil {
			return err
		}
		list.Prompts = []app.Prompt{}
		for _, prompt := range all.Prompts {
			if !c.Own || prompt.Group == "own" || prompt.Group == "organisation" {
				list.Prompts = append(list.Prompts, prompt)
			}
		}
		if c.JSON {
			return printJSON(p, list)
		}
		for _, prompt := range list.Prompts {
			source := "builtin"
			if prompt.Group == "own" || prompt.Group == "organisation" {
				source = prompt.Group
			}
			fmt.Fprintln(p.Out, p.say("cli.prompts.line", map[string]string{"title": prompt.Title, "source": p.say("assistants.source."+source, nil), "about": prompt.About}))
		}
		if len(list.Prompts) == 0 {
			fmt.Fprintln(p.Out, p.say("cli.prompts.none", nil))
		}
		return nil
	})
}

// Run adds what the files hold. A file that cannot be read keeps none of the
// others from being added; the command fails all the same.
func (c *promptsImportCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var sum app.PromptImport
		failed := 0
		for _, path := range c.Files {
			var one app.PromptImport
			file, err := sharedFile(path, app.MaxPromptsFile)
			if err == nil {
				err = call(ctx, "prompts.import", file, &one)
			}
			if err != nil {
				if ctx.Err() != nil || len(c.Files) == 1 {
					return err
				}
				failed++
				message, hint := p.explain(app.AsError(err).Problem())
				fmt.Fprintln(p.Err, message)
				fmt.Fprintln(p.Err, hint)
				continue
			}
			sum.Added, sum.Known, sum.Renamed = sum.Added+one.Added, sum.Known+one.Known, sum.Renamed+one.Renamed
		}
		if c.JSON {
			if err := printJSON(p, sum); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(p.Out, p.say("cli.prompts.imported", map[string]string{
				"added": strconv.Itoa(sum.Added), "known": strconv.Itoa(sum.Known), "renamed": strconv.Itoa(sum.Renamed),
			}))
		}
		if failed > 0 {
			return &failure{code: ExitFailed}
		}
		return nil
	})
}

// sharedFile reads a file that somebody passed on.
func sharedFile(path string, most int64) (app.SharedFile, error) {
	name := filepath.Base(path)
	args := map[string]string{"file": name}
	f, err := os.Open(path)
	if err != nil {
		return app.SharedFile{}, &app.Error{Code: app.ProblemSharedMissing, Args: args, Cause: err}
	}
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return app.SharedFile{}, &app.Error{Code: app.ProblemSharedMissing, Args: args, Cause: err}
	}
	if int64(len(raw)) > most {
		return app.SharedFile{}, &app.Error{Code: app.ProblemSharedTooLarge, Args: args}
	}
	return app.SharedFile{Name: name, Content: string(raw)}, nil
}

// Run writes the person's own prompts to a file.
func (c *promptsExportCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var file app.SharedFile
		if err := call(ctx, "prompts.export", app.Empty{}, &file); err != nil {
			return err
		}
		return p.writeShared(c.File, file)
	})
}

// writeShared writes a file that is passed on, and never over another one.
func (p *Program) writeShared(target string, file app.SharedFile) error {
	if target == "" {
		target = file.Name
	}
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, file.Content)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Out, p.say("cli.assistant.exported", map[string]string{"file": filepath.Base(target)}))
	return err
}
