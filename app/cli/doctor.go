package cli

import (
	"errors"
	"fmt"

	"kontor/app"
)

type doctorCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

// Run asks the owner of the data folder for its state, or becomes the owner
// and looks. What keeps Kontor from starting is a finding, not a failure of
// this command.
func (c *doctorCommand) Run(p *Program, ctx *runContext) error {
	var report app.Report
	err := p.withOwner(ctx, func(call caller) error { return call(ctx, "doctor.run", app.Empty{}, &report) })
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		problem := app.AsError(err).Problem()
		if failed := (*failure)(nil); errors.As(err, &failed) {
			problem = failed.problem
		}
		report = app.Report{Version: app.Version, Checks: []app.Check{{Name: "database", Problem: &problem}}}
	}
	if c.JSON {
		err = printJSON(p, report)
	} else {
		c.print(p, report)
		err = nil
	}
	if err == nil && !report.OK {
		return &failure{code: ExitUnhealthy}
	}
	return err
}

func (c *doctorCommand) print(p *Program, report app.Report) {
	fmt.Fprintln(p.Out, p.say("doctor.title", map[string]string{"version": report.Version}))
	problems := 0
	for _, check := range report.Checks {
		mark := "✓"
		if !check.OK {
			mark = "✗"
			problems++
		}
		fmt.Fprintf(p.Out, "%s %-36s %s\n", mark, p.say("doctor."+check.Name, nil), plain(check.Value))
		if check.Problem != nil {
			message, hint := p.explain(*check.Problem)
			fmt.Fprintf(p.Out, "    %s %s\n", plain(message), hint)
		}
	}
	if problems == 0 {
		fmt.Fprintln(p.Out, p.say("doctor.all_well", nil))
		return
	}
	fmt.Fprintln(p.Out, p.say("doctor.problems", map[string]string{"count": fmt.Sprint(problems)}))
}
