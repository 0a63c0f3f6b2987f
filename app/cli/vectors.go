package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"kontor/app"
)

type vectorsCommand struct {
	Status vectorsStatusCommand `cmd:"" default:"1" help:"Say where vectors are searched."`
	Move   vectorsMoveCommand   `cmd:"" help:"Move them to another store; the old one stays in use until the new one is verified."`
}

type vectorsStatusCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

type vectorsMoveCommand struct {
	To            string `arg:"" help:"automatic, chromem, slab, pgvector, qdrant or milvus." enum:"automatic,chromem,slab,pgvector,qdrant,milvus"`
	Address       string `help:"Server, such as postgres://user@host/database or http://host:6333." placeholder:"URL"`
	PasswordStdin bool   `help:"Read the password or key from the first line of standard input."`
	AllowRemote   bool   `help:"Let vectors leave this computer."`
	KeepOld       bool   `help:"Leave the vectors on the server they were on."`
	JSON          bool   `help:"Print one JSON object." name:"json"`
}

// Run prints the store and how many vectors it holds.
func (c *vectorsStatusCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		status, err := awaitVectors(ctx, call)
		if err != nil {
			return err
		}
		return p.printVectors(status, c.JSON)
	})
}

// awaitVectors gives a Kontor that has just started the time to load them.
func awaitVectors(ctx context.Context, call caller) (status app.VectorStatus, err error) {
	for range 100 {
		err = call(ctx, "vectors.status", app.Empty{}, &status)
		if err != nil || status.Indexed >= status.Stored || status.Problem != nil {
			return status, err
		}
		select {
		case <-ctx.Done():
			return status, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return status, nil
}

func (p *Program) printVectors(status app.VectorStatus, asJSON bool) error {
	if asJSON {
		return printJSON(p, status)
	}
	fmt.Fprintln(p.Out, p.say("cli.vectors.status", map[string]string{
		"store": p.say("setting.vectors.store.option."+status.Store, nil), "address": status.Address,
		"indexed": strconv.Itoa(status.Indexed), "stored": strconv.Itoa(status.Stored),
	}))
	if !status.Local {
		fmt.Fprintln(p.Out, p.say("vectors.leaves", nil))
	}
	if status.Problem != nil {
		return &failure{code: ExitUnhealthy, problem: *status.Problem}
	}
	return nil
}

// Run moves the vectors and waits until it is done.
func (c *vectorsMoveCommand) Run(p *Program, ctx *runContext) error {
	request := app.VectorMoveRequest{Store: c.To, Address: c.Address, AllowRemote: c.AllowRemote, KeepOld: c.KeepOld}
	if c.PasswordStdin {
		line, err := bufio.NewReader(p.In).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		request.Password = &line
	}
	return p.withOwner(ctx, func(call caller) error {
		if _, err := awaitVectors(ctx, call); err != nil {
			return err
		}
		var status app.VectorStatus
		if err := call(ctx, "vectors.move", request, &status); err != nil {
			return err
		}
		status, err := c.follow(ctx, p, call)
		if err != nil {
			return err
		}
		if status.Move.Problem != nil {
			return &failure{code: ExitFailed, problem: *status.Move.Problem}
		}
		if !c.JSON {
			fmt.Fprintln(p.Out, p.say("cli.vectors.moved", map[string]string{
				"count": strconv.Itoa(status.Indexed), "overlap": strconv.Itoa(int(100*status.Move.Overlap + .5)),
			}))
		}
		return p.printVectors(status, c.JSON)
	})
}

// follow shows how far the move is; an interruption stops it.
func (c *vectorsMoveCommand) follow(ctx context.Context, p *Program, call caller) (status app.VectorStatus, err error) {
	shown := ""
	for {
		if err := call(context.WithoutCancel(ctx), "vectors.status", app.Empty{}, &status); err != nil {
			return status, err
		}
		if status.Move == nil || status.Move.Step == "done" || status.Move.Step == "failed" {
			return status, nil
		}
		line := p.say("vectors.step."+status.Move.Step, map[string]string{
			"done": strconv.Itoa(status.Move.Done), "total": strconv.Itoa(status.Move.Total),
		})
		if line != shown {
			fmt.Fprintln(p.Err, line)
			shown = line
		}
		select {
		case <-ctx.Done():
			err := call(context.WithoutCancel(ctx), "vectors.cancelMove", app.Empty{}, &status)
			return status, errors.Join(ctx.Err(), err)
		case <-time.After(250 * time.Millisecond):
		}
	}
}
