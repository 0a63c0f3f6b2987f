package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kontor/app"
)

// lookAtJobs is how often a command that waits asks how far its jobs are.
const lookAtJobs = 200 * time.Millisecond

// awaitJobs waits for all jobs of a kind that are in the queue and have not
// ended, and prints how far they are. name narrows it to one, "" means all. A
// job that somebody cancelled elsewhere is [app.ProblemCancelled]: nothing
// would ever come of it.
func (p *Program) awaitJobs(ctx context.Context, call caller, list app.Downloads, kind, name string) error {
	var waiting []string
	for _, job := range list.Jobs {
		if job.Kind == kind && (name == "" || job.Name == name) && job.State != "done" && job.State != "failed" {
			waiting = append(waiting, job.ID)
		}
	}
	said := ""
	for {
		if err := call(ctx, "models.downloads", app.Empty{}, &list); err != nil {
			return err
		}
		for len(waiting) > 0 {
			ended, err := jobEnded(list, waiting[0])
			if err != nil {
				return err
			}
			if !ended {
				break
			}
			waiting = waiting[1:]
		}
		if len(waiting) == 0 {
			return nil
		}
		if line := p.jobLine(list, waiting[0]); line != said && line != "" {
			fmt.Fprintln(p.Err, line)
			said = line
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookAtJobs):
		}
	}
}

// jobEnded says whether a job is through; the error is why it never will be.
func jobEnded(list app.Downloads, id string) (bool, error) {
	i := slices.IndexFunc(list.Jobs, func(j app.Download) bool { return j.ID == id })
	if i < 0 {
		return false, &failure{code: ExitFailed, problem: app.Problem{Code: app.ProblemCancelled}}
	}
	if problem := list.Jobs[i].Problem; problem != nil {
		return false, &failure{code: ExitFailed, problem: *problem}
	}
	return list.Jobs[i].State == "done", nil
}

// jobLine is a line about a job, "" if there is nothing to say yet.
func (p *Program) jobLine(list app.Downloads, id string) string {
	job := list.Jobs[slices.IndexFunc(list.Jobs, func(j app.Download) bool { return j.ID == id })]
	switch {
	case job.State == "paused":
		return p.say("cli.job_paused", nil)
	case job.Phase == "verifying":
		return p.say("cli.job_verifying", nil)
	case job.Total == 0:
		return ""
	}
	return p.sayBytes("cli.job_progress", map[string]int64{"done_bytes": job.Done, "total_bytes": job.Total}, map[string]string{})
}
