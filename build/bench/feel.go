package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
)

// feelStreams is how many answers are streamed, a good minute each.
const feelStreams = 5

// feel is what frontend/e2e/measure.mjs prints.
type feel struct {
	OpenedMs     []float64 `json:"openedMs"`
	Tasks        []float64 `json:"tasks"`        // long ones, of each streamed answer
	OwnTasks     []float64 `json:"ownTasks"`     // the same by processor time
	LongestOwnMs []float64 `json:"longestOwnMs"` // of each streamed answer
	Shifts       []float64 `json:"shifts"`
	FirstBytes   float64   `json:"firstBytes"` // compressed
	PlainBytes   float64   `json:"plainBytes"` // with what chats with tables and code load
	Lazy         struct {
		Name  string  `json:"name"`
		Bytes float64 `json:"bytes"`
	} `json:"lazy"`
	Faults []string `json:"faults"`
}

// measureFeel looks at the page of the real program in a real browser, with a
// model that says what is wanted.
func measureFeel(ctx context.Context, b *bench, r *results) error {
	cmd := exec.CommandContext(ctx, "node", "e2e/measure.mjs", strconv.Itoa(feelStreams))
	cmd.Dir = "frontend"
	cmd.Env = append(cleanEnvironment(), "KONTOR_BIN="+b.options.program, "KONTOR_RUNTIME_DIR="+b.options.runtime, "KONTOR_STARTER_DIR="+b.options.starter)
	cmd.Stderr = b.progress
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	var f feel
	if err := json.Unmarshal(out, &f); err != nil {
		return err
	}
	if len(f.Faults) > 0 {
		return fmt.Errorf("the page has faults: %v", f.Faults)
	}
	if len(f.OwnTasks) != feelStreams || slices.Max(f.LongestOwnMs) == 0 {
		return errors.New("the browser told no times of its own")
	}
	r.set("feel_open", median(f.OpenedMs), samples{"opened_ms": f.OpenedMs}, fmt.Sprintf("longest of %d: %.0f ms", len(f.OpenedMs), slices.Max(f.OpenedMs)))
	r.set("feel_tasks", median(f.Tasks), samples{"tasks": f.Tasks},
		fmt.Sprintf("%d answers, most %.0f; by the clock, so that other programs count as well", feelStreams, slices.Max(f.Tasks)))
	r.set("feel_own", median(f.OwnTasks), samples{"tasks": f.OwnTasks, "longest_ms": f.LongestOwnMs},
		fmt.Sprintf("the longest task took %.0f ms of its own", slices.Max(f.LongestOwnMs)))
	r.set("feel_shift", median(f.Shifts), samples{"shifts": f.Shifts}, "")
	r.set("feel_scripts", f.FirstBytes/1000, nil, fmt.Sprintf("%.0f KB with what answers with tables and code need", f.PlainBytes/1000))
	r.set("feel_lazy", f.Lazy.Bytes/1000, nil, f.Lazy.Name)
	return nil
}
