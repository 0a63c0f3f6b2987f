package cli

import (
	"fmt"
	"strings"
	"time"

	"kontor/app"
)

type assistantCommand struct {
	List   assistantListCommand   `cmd:"" default:"1" help:"List the assistants: those of the organisation, own ones, the program's."`
	Import assistantImportCommand `cmd:"" help:"Add an assistant from a file; one of the same name stays as it is."`
	Export assistantExportCommand `cmd:"" help:"Write an assistant to a file."`
}

type assistantListCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

type assistantImportCommand struct {
	File string `arg:"" help:"File, *.kontor-assistant.json." type:"path"`
	JSON bool   `help:"Print one JSON object." name:"json"`
}

type assistantExportCommand struct {
	Assistant string `arg:"" help:"Name or id of the assistant."`
	File      string `arg:"" optional:"" help:"File to write; it must not be there yet. Without it, the file's own name in this folder." type:"path"`
}

type briefingCommand struct {
	Status briefingStatusCommand `cmd:"" default:"1" help:"Say whether the introduction was gone through on this computer, and when."`
}

type briefingStatusCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

// Run lists the assistants.
func (c *assistantListCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var list app.AssistantList
		if err := call(ctx, "assistants.list", app.Empty{}, &list); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, list)
		}
		for _, a := range list.Assistants {
			line := p.say("cli.assistant.line", map[string]string{"name": a.Name, "source": p.say("assistants.source."+a.Source, nil), "id": a.ID})
			fmt.Fprintln(p.Out, line)
			if a.ModelMissing {
				fmt.Fprintln(p.Out, "  "+p.say("assistants.model_missing", map[string]string{"model": a.Model, "instead": a.ModelInstead}))
			}
		}
		return p.tellProblems(list.Problems)
	})
}

// tellProblems says which files of the organisation could not be read.
func (p *Program) tellProblems(problems []app.Problem) error {
	for _, problem := range problems {
		message, hint := p.explain(problem)
		fmt.Fprintln(p.Err, message)
		fmt.Fprintln(p.Err, hint)
	}
	return nil
}

// maxShared is more than any file of an assistant may have, in bytes: what is
// larger is refused by its size, without being read.
const maxShared = 1 << 20

// Run adds an assistant and says what it lacks here.
func (c *assistantImportCommand) Run(p *Program, ctx *runContext) error {
	file, err := sharedFile(c.File, maxShared)
	if err != nil {
		return err
	}
	return p.withOwner(ctx, func(call caller) error {
		var draft app.AssistantDraft
		if err := call(ctx, "assistants.import", file, &draft); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, draft)
		}
		a := draft.Assistant
		fmt.Fprintln(p.Out, p.say("cli.assistant.imported", map[string]string{"name": a.Name}))
		if draft.NameTaken {
			fmt.Fprintln(p.Out, p.say("assistants.name_taken", map[string]string{"name": a.Name}))
		}
		if a.ModelMissing {
			fmt.Fprintln(p.Out, p.say("assistants.model_missing", map[string]string{"model": a.Model, "instead": a.ModelInstead}))
		}
		if len(draft.MissingCollections) > 0 {
			fmt.Fprintln(p.Out, p.say("assistants.collections_missing", map[string]string{"names": strings.Join(draft.MissingCollections, ", ")}))
		}
		return nil
	})
}

// Run writes an assistant to a file.
func (c *assistantExportCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var list app.AssistantList
		if err := call(ctx, "assistants.list", app.Empty{}, &list); err != nil {
			return err
		}
		id := ""
		for _, a := range list.Assistants {
			if id == "" && (a.ID == c.Assistant || strings.EqualFold(a.Name, c.Assistant)) {
				id = a.ID
			}
		}
		var file app.SharedFile
		if err := call(ctx, "assistants.export", app.ByID{ID: id}, &file); err != nil {
			return err
		}
		return p.writeShared(c.File, file)
	})
}

// Run says whether the introduction was gone through.
func (c *briefingStatusCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var state app.BriefingState
		if err := call(ctx, "briefing.state", app.Empty{}, &state); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, state)
		}
		fmt.Fprintln(p.Out, p.say("cli.briefing.mode", map[string]string{
			"mode": p.say("setting.briefing.mode.option."+state.Mode, nil), "version": state.Version,
		}))
		if state.CompletedAt == 0 {
			_, err := fmt.Fprintln(p.Out, p.say("cli.briefing.open", nil))
			return err
		}
		_, err := fmt.Fprintln(p.Out, p.say("cli.briefing.done", map[string]string{
			"date":    time.UnixMilli(state.CompletedAt).Format(p.say("transfer.time_layout", nil)),
			"version": state.CompletedVersion, "language": state.CompletedLanguage,
		}))
		return err
	})
}
