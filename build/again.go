package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A test that fails is run once more, alone. If it passes then, something in it depends on chance or on what ran beside
// it: a defect of its own kind, which the summary names as flaky and the record of the run keeps, so that nobody takes
// it for a pass; it does not hide behind a red run what the other tests say. What a second run cannot excuse fails at
// once: a data race, a crash of the test program, a build that failed, and more than a few failures.

// mostByChance is how many tests of a step may fail by chance; more have a cause.
const mostByChance = 3

// goRun is one run of Go tests: what stands before the command, its flags, its packages, its environment.
type goRun struct {
	before, flags, packages, env []string
}

func (r goRun) line() []string {
	return slices.Concat(r.before, goTestLine, r.flags, r.packages)
}

// alone is the run of single top-level tests of one package. The last -run counts.
func (r goRun) alone(pkg string, tests []string) goRun {
	names := make([]string, len(tests))
	for i, name := range tests {
		names[i] = regexp.QuoteMeta(name)
	}
	r.flags = append(slices.Clone(r.flags), "-run=^("+strings.Join(names, "|")+")$")
	r.packages = []string{pkg}
	return r
}

// secondChances are the top-level tests that failed, by package, if chance may have been the cause.
func (t *goTally) secondChances() map[string][]string {
	found := map[string][]string{}
	number := 0
	for _, failure := range t.failures {
		pkg, test, isTest := strings.Cut(failure, " ")
		output := strings.Join(t.output[failure], "")
		if !isTest || strings.Contains(output, "DATA RACE") || strings.Contains(output, "race detected") || strings.Contains(output, "panic:") {
			return nil
		}
		top, _, _ := strings.Cut(test, "/")
		if !slices.Contains(found[pkg], top) {
			found[pkg] = append(found[pkg], top)
			number++
		}
	}
	if number > mostByChance {
		return nil
	}
	return found
}

// again runs the failed tests once more and moves those that pass from the failures to the flaky ones.
func (w *workshop) again(ctx context.Context, s *step, run goRun, tally *goTally) error {
	chances := tally.secondChances()
	if len(chances) == 0 {
		return nil
	}
	fmt.Fprintf(s, "once more, alone: %v\n", chances)
	first := tally.digest()
	for _, pkg := range slices.Sorted(maps.Keys(chances)) {
		second, err := w.goEvents(ctx, s, run.alone(pkg, chances[pkg]))
		tally.checks.merge(second.checks)
		if err != nil || second.failed > 0 || second.passed == 0 {
			return err
		}
	}
	s.flaky = slices.Clone(tally.failures)
	tally.passed += tally.failed
	tally.failed, tally.failures = 0, nil
	_, err := io.WriteString(s, "passed alone, so flaky:\n"+first)
	return err
}

// scriptTwice runs a test script, and once more if it fails. Its parts build on each other, so it is run whole.
func (w *workshop) scriptTwice(ctx context.Context, s *step, c command) error {
	first := w.countedScript(ctx, s, c)
	if first == nil || ctx.Err() != nil {
		return first
	}
	fmt.Fprintf(s, "failed (%v); once more:\n", first)
	if err := w.countedScript(ctx, s, c); err != nil {
		return err
	}
	s.flaky = append(s.flaky, "the whole script")
	return nil
}
