package cli

import (
	"fmt"
	"path/filepath"
	"strconv"

	"kontor/app"
)

type modelsListCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

type modelsGetCommand struct {
	Name string `arg:"" help:"Name of the model, such as qwen3:4b."`
}

type modelsAddCommand struct {
	Path string `arg:"" type:"path" help:"File or folder."`
}

type modelsRemoveCommand struct {
	Name string `arg:"" help:"Name of the model."`
}

type modelsMemoryCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

// Run lists.
func (c *modelsListCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var list app.StoredModels
		if err := call(ctx, "models.stored", app.Empty{}, &list); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, list)
		}
		for _, model := range list.Models {
			key, args := "cli.model_line", map[string]string{"name": plain(model.Name)}
			if model.Folder != "" {
				key, args["folder"] = "cli.model_line_place", plain(model.Folder)
			}
			fmt.Fprintln(p.Out, p.sayBytes(key, map[string]int64{"size_bytes": model.Bytes}, args))
		}
		return nil
	})
}

// Run downloads and waits for the end.
func (c *modelsGetCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var job app.Download
		if err := call(ctx, "models.fetch", app.FetchRequest{Name: c.Name}, &job); err != nil {
			return err
		}
		if err := p.awaitJobs(ctx, call, app.Downloads{Jobs: []app.Download{job}}, job.Kind, job.Name); err != nil {
			return err
		}
		fmt.Fprintln(p.Out, p.say("cli.model_added", map[string]string{"name": plain(job.Name)}))
		return nil
	})
}

// Run takes what is there and waits for the end.
func (c *modelsAddCommand) Run(p *Program, ctx *runContext) error {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return err
	}
	return p.withOwner(ctx, func(call caller) error {
		request := app.TakeRequest{Path: path}
		var facts app.ModelFileFacts
		if err := call(ctx, "models.look", request, &facts); err != nil {
			return err
		}
		var list app.Downloads
		if err := call(ctx, "models.take", request, &list); err != nil {
			return err
		}
		if err := p.awaitJobs(ctx, call, list, facts.Kind, ""); err != nil {
			return err
		}
		for _, part := range facts.Parts {
			fmt.Fprintln(p.Out, p.say("cli.model_added", map[string]string{"name": plain(part.Name)}))
		}
		return nil
	})
}

// Run removes and says what became free.
func (c *modelsRemoveCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var freed app.Freed
		if err := call(ctx, "models.delete", app.ModelByName{Name: c.Name}, &freed); err != nil {
			return err
		}
		fmt.Fprintln(p.Out, p.sayBytes("cli.model_removed", map[string]int64{"free_bytes": freed.Bytes}, map[string]string{"name": plain(c.Name)}))
		return nil
	})
}

// Run says what is in memory.
func (c *modelsMemoryCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var memory app.ModelMemory
		if err := call(ctx, "models.memory", app.Empty{}, &memory); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, memory)
		}
		for _, model := range memory.Models {
			fmt.Fprintln(p.Out, p.sayBytes("cli.memory_model", map[string]int64{"size_bytes": model.Bytes},
				map[string]string{"name": plain(model.Name), "window": strconv.Itoa(model.ContextWindow)}))
		}
		if len(memory.Models) == 0 {
			fmt.Fprintln(p.Out, p.say("cli.memory_none", nil))
		}
		if memory.TotalBytes > 0 {
			fmt.Fprintln(p.Out, p.sayBytes("cli.memory_free", map[string]int64{"free_bytes": memory.FreeBytes, "total_bytes": memory.TotalBytes}, map[string]string{}))
		}
		if memory.Short {
			fmt.Fprintln(p.Out, p.say("cli.memory_short", nil))
		}
		if memory.LetGo != nil {
			fmt.Fprintln(p.Out, p.say("cli.memory_let_go", map[string]string{"name": plain(memory.LetGo.Name)}))
		}
		return nil
	})
}
