package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"kontor/app"
	"kontor/app/desktop"
	"kontor/app/edge"
	"kontor/app/instance"
)

type serveCommand struct {
	Port     int  `help:"Port on the loopback address; 0 takes the last one or a free one."`
	LoginURL bool `help:"Print a new link for the server that is running, and end." name:"login-url"`
}

// stopWithin is how long the end of a server may take.
const stopWithin = 15 * time.Second

// Run serves until it is interrupted.
func (c *serveCommand) Run(p *Program, ctx *runContext) error {
	paths, err := p.paths()
	if err != nil {
		return err
	}
	if c.LoginURL {
		return p.printLogin(ctx, paths, "")
	}
	owned, err := instance.Acquire(paths.Data)
	if errors.Is(err, instance.ErrTaken) {
		return p.printLogin(ctx, paths, "cli.already_serving")
	}
	if err != nil {
		return err
	}
	defer func() { _ = owned.Close() }()
	a := app.New(p.config(paths))
	if err := a.Start(ctx); err != nil {
		return errors.Join(err, a.Close(ctx))
	}
	server := edge.New(edge.Options{
		Calls: a.Surface(), Bus: a.Bus(), Owner: a.Owner, Files: a, Assets: p.Assets, Log: p.log(), Now: time.Now,
		SessionFile: filepath.Join(paths.Config, "sessions.json"), Language: a.Language,
	})
	if err := server.Listen(c.Port); err != nil {
		return errors.Join(err, a.Close(ctx))
	}
	if err := owned.Serve(server.Local()); err != nil {
		p.log().Warn("local socket", "error", err)
	}
	link, err := server.LoginURL()
	if err != nil {
		return errors.Join(err, a.Close(ctx))
	}
	fmt.Fprintf(p.Out, "%s\n%s\n", p.say("cli.serving", nil), link)
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	select {
	case err = <-served:
	case <-ctx.Done():
		fmt.Fprintln(p.Err, p.say("cli.stopping", nil))
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	// Answers are saved before the connections of those who read them end.
	return errors.Join(err, a.Close(ending), server.Close(ending))
}

// printLogin asks the running Kontor for a new link.
func (p *Program) printLogin(ctx context.Context, paths app.Paths, key string) error {
	client, err := p.dial(ctx, paths)
	if err != nil {
		return err
	}
	var link struct {
		URL string `json:"url"`
	}
	if err := client.Post(ctx, "/api/login-url", &link); err != nil {
		return p.refused(err)
	}
	if key != "" {
		fmt.Fprintln(p.Out, p.say(key, nil))
	}
	fmt.Fprintln(p.Out, link.URL)
	return nil
}

// dial reaches the owner of the data folder.
func (p *Program) dial(ctx context.Context, paths app.Paths) (*instance.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, err := instance.Dial(ctx, paths.Data)
	if errors.Is(err, instance.ErrNoOwner) {
		return nil, err
	}
	if err != nil {
		return nil, &failure{code: ExitTaken, problem: app.Problem{Code: app.ProblemOwnerElsewhere}, cause: err}
	}
	return client, nil
}

// refused turns the owner's refusal into this command's.
func (p *Program) refused(err error) error {
	var refusal *instance.Refusal
	if errors.As(err, &refusal) {
		return &failure{code: ExitFailed, problem: app.Problem{Code: refusal.Code, Args: refusal.Args}, cause: err}
	}
	return err
}

// Run opens the window, or raises the one that is open.
func (c *desktopCommand) Run(p *Program, ctx *runContext) error {
	if !windowBuilt {
		if len(c.Files) > 0 {
			return &failure{code: ExitUsage, problem: app.Problem{Code: app.ProblemOpenNeedsWindow}}
		}
		// Without a window the edge server is what a person can use.
		return (&serveCommand{}).Run(p, ctx)
	}
	paths, err := p.paths()
	if err != nil {
		return err
	}
	a := app.New(p.config(paths))
	var owned *instance.Instance
	var window *desktop.Window
	window = desktop.New(desktop.Options{
		Calls: a.Surface(), Bus: a.Bus(), Owner: a.Owner, Files: a, Assets: p.Assets, Log: p.log(),
		Prepare: func() (bool, error) {
			var err error
			owned, err = instance.Acquire(paths.Data)
			if errors.Is(err, instance.ErrTaken) {
				return false, p.raise(ctx, paths, c.Files)
			}
			return err == nil, err
		},
		Start: func(started context.Context) error {
			if err := a.Start(started); err != nil {
				return err
			}
			local := edge.New(edge.Options{
				Calls: a.Surface(), Bus: a.Bus(), Owner: a.Owner, Files: a, Assets: p.Assets, Log: p.log(), Now: time.Now,
				Raise: window.Raise, Language: a.Language,
			})
			return owned.Serve(local.Local())
		},
		Stop: func(ctx context.Context) error {
			return errors.Join(a.Close(ctx), owned.Close())
		},
		StateFile: func() string { return filepath.Join(paths.Config, "window.json") },
		Theme:     a.Theme, Wishes: a.DesktopWishes,
		OpenFile:  func(path string) { a.OpenFiles([]string{path}) },
		ProbeFile: c.WindowProbe, Launched: p.Launched,
	})
	a.SetShell(window)
	a.OpenFiles(c.Files)
	return window.Run()
}

// raise brings the window of the running Kontor to the front and hands it the
// files it is to open; a server without a window gives a link instead.
func (p *Program) raise(ctx context.Context, paths app.Paths, files []string) error {
	client, err := p.dial(ctx, paths)
	if err != nil {
		return err
	}
	if len(files) > 0 {
		if err := client.Call(ctx, "files.handOver", app.FilesDropped{Paths: files}, nil); err != nil {
			return p.refused(err)
		}
	}
	if err := client.Post(ctx, "/api/raise", nil); err != nil {
		return p.printLogin(ctx, paths, "cli.already_serving")
	}
	fmt.Fprintln(p.Out, p.say("cli.raised", nil))
	return nil
}
