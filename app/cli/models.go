package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"kontor/app"
)

type modelsCommand struct {
	Place  modelsPlaceCommand  `cmd:"" default:"withargs" help:"Say where models are kept and what is free on each disk (the default)."`
	List   modelsListCommand   `cmd:"" help:"List the models that are here."`
	Get    modelsGetCommand    `cmd:"" help:"Download a model from the registry that is set; goes on where it was cut."`
	Add    modelsAddCommand    `cmd:"" help:"Take a GGUF file, a folder of them, or the model folder of an Ollama, which is used in place."`
	Remove modelsRemoveCommand `cmd:"" help:"Remove a model."`
	Memory modelsMemoryCommand `cmd:"" help:"Say which models are in memory and how much of it is free."`
	Login  modelsLoginCommand  `cmd:"" help:"Keep the password or token of the model registry, or of the proxy before it; read from standard input."`
	Move   modelsMoveCommand   `cmd:"" help:"Keep models in another folder: they are copied, compared, and then removed from the old one."`
}

type modelsPlaceCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

type modelsLoginCommand struct {
	Proxy  bool `help:"The password is the proxy's."`
	Forget bool `help:"Forget it."`
}

type modelsMoveCommand struct {
	Folder string `arg:"" optional:"" type:"path" help:"New folder; without it the usual one."`
}

func (p *Program) sayBytes(key string, sizes map[string]int64, args map[string]string) string {
	for name, size := range sizes {
		args[name] = strconv.FormatInt(size, 10)
	}
	return p.say(key, args)
}

// Run says where models are kept.
func (c *modelsPlaceCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var place app.ModelPlace
		if err := call(ctx, "models.place", app.ModelPlaceRequest{}, &place); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, place)
		}
		fmt.Fprintln(p.Out, p.sayBytes("cli.models_place", map[string]int64{"size_bytes": place.Bytes, "free_bytes": place.FreeBytes}, map[string]string{"folder": place.Folder}))
		if place.Gone {
			fmt.Fprintln(p.Out, p.say("cli.models_gone", nil))
		}
		for _, disk := range place.Disks {
			fmt.Fprintln(p.Out, "  "+p.sayBytes("cli.models_disk", map[string]int64{"free_bytes": disk.FreeBytes, "total_bytes": disk.TotalBytes}, map[string]string{"path": plain(disk.Path)}))
		}
		return nil
	})
}

// Run keeps a secret.
func (c *modelsLoginCommand) Run(p *Program, ctx *runContext) error {
	secret := ""
	if !c.Forget {
		line, err := bufio.NewReader(io.LimitReader(p.In, 64<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		secret = strings.TrimSpace(line)
	}
	return p.withOwner(ctx, func(call caller) error {
		secrets := app.RegistrySecrets{Secret: &secret}
		if c.Proxy {
			secrets = app.RegistrySecrets{ProxySecret: &secret}
		}
		var access app.RegistryAccess
		if err := call(ctx, "registry.keep", secrets, &access); err != nil {
			return err
		}
		place := access.SecretPlace
		if c.Proxy {
			place = access.ProxySecretPlace
		}
		key := map[string]string{"": "cli.secret_forgotten", "keyring": "cli.secret_kept", "file": "cli.secret_kept_file"}[place]
		fmt.Fprintln(p.Out, p.say(key, nil))
		return nil
	})
}

// Run moves and waits for the end.
func (c *modelsMoveCommand) Run(p *Program, ctx *runContext) error {
	path := c.Folder
	if path != "" {
		var err error
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	return p.withOwner(ctx, func(call caller) error {
		var list app.Downloads
		if err := call(ctx, "models.move", app.ModelMoveRequest{Path: path}, &list); err != nil {
			return err
		}
		if err := p.awaitJobs(ctx, call, list, "move", ""); err != nil {
			return err
		}
		var place app.ModelPlace
		if err := call(ctx, "models.place", app.ModelPlaceRequest{}, &place); err != nil {
			return err
		}
		fmt.Fprintln(p.Out, p.say("cli.models_moved", map[string]string{"folder": place.Folder}))
		return nil
	})
}
