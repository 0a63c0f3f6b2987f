package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kontor/app"
)

// linkCommand links a folder, or with one of its flags shows and changes what
// is linked. Folders are named by their path.
type linkCommand struct {
	Dir        string   `arg:"" optional:"" help:"Folder to link, with its sub-folders; also on a network share." type:"path"`
	Collection string   `help:"Collection it is linked to (default: the folder's name)."`
	Include    []string `help:"Only files that fit this pattern (repeatable), e.g. '*.pdf' or 'Contracts/**'." sep:"none" placeholder:"P"`
	Exclude    []string `help:"No files that fit this pattern (repeatable), e.g. 'Archive/'." sep:"none" placeholder:"P"`
	Wait       bool     `help:"Wait until every file is read; without it a Kontor that runs goes on behind."`
	List       bool     `help:"List the linked folders and how far they are." xor:"what"`
	Failed     bool     `help:"List the files of DIR that could not be read, and why." xor:"what"`
	Sync       bool     `help:"Look at DIR now and wait until it is in step." xor:"what"`
	Pause      bool     `help:"Stop following DIR for now." xor:"what"`
	Resume     bool     `help:"Follow DIR again." xor:"what"`
	Remove     bool     `help:"End the link to DIR; its documents leave with it." xor:"what"`
	Keep       bool     `help:"With --remove: keep the documents as they are."`
	Empty      bool     `help:"With --sync: believe that DIR is really empty."`
	JSON       bool     `help:"Print one JSON object." name:"json"`
}

// Run does what the flags say.
func (c *linkCommand) Run(p *Program, ctx *runContext) error {
	if c.Dir == "" && !c.List {
		return &failure{code: ExitUsage, problem: app.Problem{Code: "link_folder"}}
	}
	return p.withOwner(ctx, func(call caller) error {
		var list app.Folders
		if err := call(ctx, "folders.list", app.Empty{}, &list); err != nil {
			return err
		}
		if c.List {
			return c.print(p, list.Folders)
		}
		if !c.Failed && !c.Sync && !c.Pause && !c.Resume && !c.Remove {
			return c.link(ctx, p, call)
		}
		named := c.named(list.Folders)
		if len(named) == 0 {
			return &failure{code: ExitFailed, problem: app.Problem{Code: "link_unknown", Args: map[string]string{"name": c.Dir}}}
		}
		for _, folder := range named {
			if err := c.act(ctx, p, call, folder); err != nil {
				return err
			}
		}
		return nil
	})
}

// named are the folders of the path; one path may be linked to several
// collections.
func (c *linkCommand) named(folders []app.Folder) []app.Folder {
	var found []app.Folder
	for _, f := range folders {
		if f.Path == filepath.Clean(c.Dir) {
			found = append(found, f)
		}
	}
	return found
}

func (c *linkCommand) link(ctx context.Context, p *Program, call caller) error {
	request := app.LinkRequest{Path: c.Dir, Include: c.Include, Exclude: c.Exclude}
	var err error
	if c.Collection != "" {
		if request.CollectionID, err = findCollection(ctx, call, c.Collection); err != nil {
			return err
		}
	}
	var folder app.Folder
	if err := call(ctx, "folders.link", request, &folder); err != nil {
		return err
	}
	if c.Wait {
		return c.await(ctx, p, call, folder.ID)
	}
	if c.JSON {
		return printJSON(p, folder)
	}
	fmt.Fprintln(p.Out, p.say("cli.linked", map[string]string{"name": plain(folder.Path)}))
	return nil
}

func (c *linkCommand) act(ctx context.Context, p *Program, call caller, folder app.Folder) error {
	yes := c.Pause
	switch {
	case c.Failed:
		return c.failed(ctx, p, call, folder)
	case c.Sync:
		if err := call(ctx, "folders.sync", app.FolderSyncRequest{ID: folder.ID, Accept: c.Empty}, &folder); err != nil {
			return err
		}
		return c.await(ctx, p, call, folder.ID)
	case c.Remove:
		if err := call(ctx, "folders.unlink", app.UnlinkRequest{ID: folder.ID, Keep: c.Keep}, &app.Empty{}); err != nil {
			return err
		}
		if err := c.removed(ctx, call, folder.ID); err != nil {
			return err
		}
		fmt.Fprintln(p.Out, p.say("cli.unlinked", map[string]string{"name": plain(folder.Path)}))
		return nil
	}
	if err := call(ctx, "folders.update", app.FolderUpdateRequest{ID: folder.ID, Paused: &yes}, &folder); err != nil {
		return err
	}
	return c.print(p, []app.Folder{folder})
}

// readFolder reads one folder anew; false if it is not linked any more.
func readFolder(ctx context.Context, call caller, id string) (app.Folder, bool, error) {
	var list app.Folders
	if err := call(ctx, "folders.list", app.Empty{}, &list); err != nil {
		return app.Folder{}, false, err
	}
	for _, f := range list.Folders {
		if f.ID == id {
			return f, true, nil
		}
	}
	return app.Folder{}, false, nil
}

// pollEvery is how often a command asks how far a folder is.
const pollEvery = 200 * time.Millisecond

// await returns when the folder was looked at after now and nothing of it
// waits, or when something keeps it from going on.
func (c *linkCommand) await(ctx context.Context, p *Program, call caller, id string) error {
	began := time.Now().UnixMilli()
	stop := p.watch(ctx, call)
	defer stop()
	for ctx.Err() == nil {
		folder, linked, err := readFolder(ctx, call, id)
		if err != nil || !linked {
			return err
		}
		switch folder.State {
		case "problem":
			return &failure{code: ExitFailed, problem: *folder.Problem}
		case "paused", "battery":
			return c.print(p, []app.Folder{folder})
		case "synced":
			if folder.Waiting == 0 && folder.ScannedAt >= began {
				return c.print(p, []app.Folder{folder})
			}
		}
		time.Sleep(pollEvery)
	}
	return ctx.Err()
}

// removed returns when the last document of the folder is gone: this process
// may own the data folder only as long as the command runs.
func (c *linkCommand) removed(ctx context.Context, call caller, id string) error {
	for ctx.Err() == nil {
		if _, linked, err := readFolder(ctx, call, id); err != nil || !linked {
			return err
		}
		time.Sleep(pollEvery)
	}
	return ctx.Err()
}

func (c *linkCommand) failed(ctx context.Context, p *Program, call caller, folder app.Folder) error {
	all := []app.FolderFile{}
	for {
		var page app.FolderFiles
		request := app.FolderFilesRequest{ID: folder.ID, Filter: "failed", Offset: len(all), Limit: 500}
		if err := call(ctx, "folders.files", request, &page); err != nil {
			return err
		}
		if all = append(all, page.Files...); len(page.Files) == 0 || len(all) >= page.Total {
			break
		}
	}
	if c.JSON {
		return printJSON(p, all)
	}
	for _, f := range all {
		message, hint := "", ""
		if f.Problem != nil {
			message, hint = p.explain(*f.Problem)
		}
		fmt.Fprintf(p.Out, "%s\n    %s %s\n", plain(f.Path), plain(message), hint)
	}
	return nil
}

func (c *linkCommand) print(p *Program, folders []app.Folder) error {
	if c.JSON {
		return printJSON(p, folders)
	}
	for _, f := range folders {
		fmt.Fprintln(p.Out, plain(f.Path))
		fmt.Fprintln(p.Out, "    "+p.say("folders.state."+f.State, nil)+" · "+p.say("cli.folder_counts", map[string]string{
			"indexed": strconv.Itoa(f.Indexed), "waiting": strconv.Itoa(f.Waiting), "failed": strconv.Itoa(f.Failed),
		}))
		for _, list := range []struct {
			flag     string
			patterns []string
		}{{"--include", f.Include}, {"--exclude", f.Exclude}} {
			if len(list.patterns) > 0 {
				fmt.Fprintln(p.Out, "    "+list.flag+" "+plain(strings.Join(list.patterns, " ")))
			}
		}
		if f.Problem != nil {
			message, hint := p.explain(*f.Problem)
			fmt.Fprintf(p.Out, "    %s %s\n", plain(message), hint)
		}
	}
	return nil
}
