package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"kontor/app"
)

type packCommand struct {
	Create  packCreateCommand  `cmd:"" help:"Make a pack of a folder with the files and a manifest.json."`
	Verify  packVerifyCommand  `cmd:"" help:"Read every file of a pack and compare it with the manifest."`
	Inspect packInspectCommand `cmd:"" help:"Say what is in a pack and who signed it."`
	Install packInstallCommand `cmd:"" help:"Install a pack."`
	List    packListCommand    `cmd:"" help:"List the installed packs."`
	Remove  packRemoveCommand  `cmd:"" help:"Remove a pack with its models."`
	Keygen  packKeygenCommand  `cmd:"" help:"Make a key to sign packs with."`
}

type packCreateCommand struct {
	Folder string `arg:"" help:"Folder with the models, licences and manifest.json." type:"existingdir"`
	Target string `arg:"" optional:"" help:"File to write; without it the folder itself becomes the pack." type:"path"`
	Key    string `help:"Private key to sign with." type:"existingfile" placeholder:"FILE"`
}

type packVerifyCommand struct {
	Pack string `arg:"" type:"path" help:"File or folder."`
}

type packInspectCommand struct {
	Pack string `arg:"" type:"path" help:"File or folder."`
	JSON bool   `help:"Print one JSON object." name:"json"`
}

type packInstallCommand struct {
	Pack     string `arg:"" type:"path" help:"File or folder."`
	Unsigned bool   `help:"Install it though nobody signed it."`
}

type packListCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

type packRemoveCommand struct {
	Name string `arg:"" help:"Name of the pack."`
}

type packKeygenCommand struct {
	File string `arg:"" type:"path" help:"New file for the private key."`
}

func (p *Program) printPack(report app.PackReport) {
	m := report.Manifest
	fmt.Fprintln(p.Out, p.say("cli.pack", map[string]string{"name": m.Name, "version": strconv.Itoa(m.Version), "size": strconv.FormatInt(m.Bytes()>>20, 10)}))
	for _, model := range m.Models {
		fmt.Fprintf(p.Out, "  %s  %s  %s\n", plain(model.Name), plain(model.Licence), plain(model.Origin))
	}
	key := "cli.pack_unsigned"
	if report.Key != "" {
		key = "cli.pack_signed"
	}
	fmt.Fprintln(p.Out, p.say(key, map[string]string{"key": report.Key}))
	if report.Verified {
		fmt.Fprintln(p.Out, p.say("cli.pack_verified", nil))
	}
}

// Run makes the pack.
func (c *packCreateCommand) Run(p *Program, ctx *runContext) error {
	report, err := app.CreatePack(ctx, c.Folder, c.Target, c.Key)
	if err == nil {
		p.printPack(report)
	}
	return err
}

// Run compares every file.
func (c *packVerifyCommand) Run(p *Program, ctx *runContext) error {
	report, err := app.InspectPack(ctx, c.Pack, true)
	if err == nil {
		p.printPack(report)
	}
	return err
}

// Run says what is in it.
func (c *packInspectCommand) Run(p *Program, ctx *runContext) error {
	report, err := app.InspectPack(ctx, c.Pack, false)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p, report)
	}
	p.printPack(report)
	return nil
}

// Run installs and waits for the end.
func (c *packInstallCommand) Run(p *Program, ctx *runContext) error {
	path, err := filepath.Abs(c.Pack)
	if err != nil {
		return err
	}
	report, err := app.InspectPack(ctx, path, false)
	if err != nil {
		return err
	}
	return p.withOwner(ctx, func(call caller) error {
		var list app.Downloads
		if err := call(ctx, "models.take", app.TakeRequest{Path: path, Unsigned: c.Unsigned}, &list); err != nil {
			return p.refusedPack(ctx, err, report)
		}
		if err := p.awaitJobs(ctx, call, list, "pack", report.Manifest.Name); err != nil {
			return err
		}
		fmt.Fprintln(p.Out, p.say("cli.pack_installed", map[string]string{"name": report.Manifest.Name}))
		return nil
	})
}

// refusedPack reports why a pack is refused, and what to do about it here.
func (p *Program) refusedPack(ctx context.Context, err error, report app.PackReport) error {
	next := map[string]string{app.ProblemPackUnsigned: "cli.pack_say_unsigned", app.ProblemPackUntrusted: "cli.pack_trust_key"}[problemCode(err)]
	if next == "" {
		return err
	}
	p.report(ctx, err)
	fmt.Fprintln(p.Err, p.say(next, map[string]string{"key": report.Key}))
	return &failure{code: ExitFailed}
}

// problemCode is the code of a refusal, by this process or by another owner.
func problemCode(err error) string {
	var failed *failure
	if errors.As(err, &failed) {
		return failed.problem.Code
	}
	return app.AsError(err).Code
}

// Run lists.
func (c *packListCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var list app.StoredModels
		if err := call(ctx, "models.stored", app.Empty{}, &list); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, list.Packs)
		}
		for _, pack := range list.Packs {
			fmt.Fprintf(p.Out, "%s  %d  %s\n", plain(pack.Name), pack.Version, plain(strings.Join(pack.Models, ", ")))
		}
		return nil
	})
}

// Run removes and says what became free.
func (c *packRemoveCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var freed app.Freed
		if err := call(ctx, "packs.remove", app.ModelByName{Name: c.Name}, &freed); err != nil {
			return err
		}
		fmt.Fprintln(p.Out, p.say("cli.pack_removed", map[string]string{"name": c.Name, "size": strconv.FormatInt(freed.Bytes>>20, 10)}))
		return nil
	})
}

// Run makes a key.
func (c *packKeygenCommand) Run(p *Program) error {
	key, err := app.NewPackKey(c.File)
	if err == nil {
		fmt.Fprintln(p.Out, key)
	}
	return err
}
