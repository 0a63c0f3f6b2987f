package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"kontor/app"
	"kontor/app/text"
)

// TestAwaitJobs lets a queue change under a command that waits for it.
func TestAwaitJobs(t *testing.T) {
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	job := func(id, state string) app.Download {
		return app.Download{ID: id, Kind: "pack", Name: "house", State: state, Total: 2 << 20, Done: 1 << 20}
	}
	queue := func(jobs ...app.Download) app.Downloads { return app.Downloads{Jobs: jobs} }
	broken := job("2", "failed")
	broken.Problem = &app.Problem{Code: "pack_tampered"}
	for name, c := range map[string]struct {
		given  app.Downloads
		later  []app.Downloads // one for each look
		want   string          // code of the problem
		prints string
	}{
		"done":      {queue(job("1", "done"), job("2", "queued")), []app.Downloads{queue(job("1", "done"), job("2", "running")), queue(job("1", "done"), job("2", "done"))}, "", "1.0 MB of 2.1 MB"},
		"cancelled": {queue(job("1", "done"), job("2", "queued")), []app.Downloads{queue(job("1", "done"), job("2", "running")), queue(job("1", "done"))}, app.ProblemCancelled, ""},
		"failed":    {queue(job("2", "queued")), []app.Downloads{queue(broken)}, "pack_tampered", ""},
		"paused":    {queue(job("2", "running")), []app.Downloads{queue(job("2", "paused")), queue(job("2", "done"))}, "", "goes on"},
		"nothing":   {queue(job("1", "done")), []app.Downloads{queue(job("1", "done"))}, "", ""},
		"two":       {queue(job("2", "queued"), job("3", "queued")), []app.Downloads{queue(job("2", "done"), job("3", "running")), queue(job("2", "done"), job("3", "done"))}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := &Program{Out: &out, Err: &out, Env: func(string) string { return "" }, texts: texts}
			looks := 0
			call := func(_ context.Context, method string, _, result any) error {
				list, ok := result.(*app.Downloads)
				if !ok || method != "models.downloads" || looks >= len(c.later) {
					t.Fatalf("call %d of %s", looks+1, method)
				}
				*list = c.later[looks]
				looks++
				return nil
			}
			err := p.awaitJobs(t.Context(), call, c.given, "pack", "house")
			var failed *failure
			if code := ""; errors.As(err, &failed) {
				if code = failed.problem.Code; code != c.want || failed.code != ExitFailed {
					t.Errorf("problem %q, exit code %d", code, failed.code)
				}
			} else if err != nil || c.want != "" {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if looks != len(c.later) {
				t.Errorf("looked %d times", looks)
			}
			if !strings.Contains(out.String(), c.prints) {
				t.Errorf("printed %q", out.String())
			}
		})
	}
}

// TestRefusedPackSaysTheNextStep explains a refusal alike, whether this process
// or a Kontor that runs already refused.
func TestRefusedPackSaysTheNextStep(t *testing.T) {
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, refusal := range map[string]error{
		"here":      &app.Error{Code: app.ProblemPackUntrusted},
		"elsewhere": &failure{code: ExitFailed, problem: app.Problem{Code: app.ProblemPackUntrusted}},
	} {
		var out bytes.Buffer
		p := &Program{Out: &out, Err: &out, Env: func(string) string { return "" }, texts: texts}
		var failed *failure
		if err := p.refusedPack(t.Context(), refusal, app.PackReport{Key: "the key"}); !errors.As(err, &failed) || failed.problem.Code != "" || failed.code != ExitFailed {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(out.String(), "signed with the key") || strings.Count(out.String(), "\n") != 3 {
			t.Errorf("%s: printed %q", name, out.String())
		}
	}
}
