package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fuzzPackages hold the targets for what reads hostile files and untrusted text.
var fuzzPackages = []string{"./localrag", "./localrag/parse"}

// slowTargets start an engine first and take longer for each input.
var slowTargets = []string{"FuzzPDF"}

const slowFactor = 15

// fuzzStage lets Go's fuzzer try each target for so long. What it finds fails
// the stage and is left in the package's testdata/fuzz, to be kept as a test.
func (w *workshop) fuzzStage(each time.Duration) stage {
	return stage{name: "fuzz targets, " + each.String() + " each", work: func(ctx context.Context, s *step) error {
		s.tests = true
		folder, err := os.MkdirTemp("", "kontor-fuzz-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		tries, targets := 0, 0
		for _, pkg := range fuzzPackages {
			// Linked once: go test -fuzz would do it again for each target.
			program := filepath.Join(folder, exe(strings.ReplaceAll(pkg[2:], "/", "-")))
			if err := w.command("go", "test", "-c", "-fuzz", "Fuzz", "-o", program, pkg).run(ctx, s); err != nil {
				return err
			}
			source := filepath.Join(w.root, filepath.FromSlash(pkg))
			list, err := w.command(program, "-test.list", "^Fuzz").in(source).output(ctx)
			if err != nil {
				return err
			}
			for _, name := range fuzzNames(list) {
				allowed := each
				if slices.Contains(slowTargets, name) {
					allowed *= slowFactor
				}
				run := w.command(program, "-test.run", "^$", "-test.fuzz", "^"+name+"$", "-test.fuzztime", allowed.String(), "-test.fuzzminimizetime", "20x",
					"-test.parallel", "2", "-test.fuzzcachedir", filepath.Join(folder, "found")).in(source)
				out, err := fuzz(ctx, s, run)
				if err != nil && outOfTime(out) {
					fmt.Fprintf(s, "%s: nothing was found when the time was up; once more\n", name)
					out, err = fuzz(ctx, s, run)
				}
				if err != nil {
					s.digest = lastLines(out, digestLines)
					return fmt.Errorf("%s in %s: %w", name, pkg, err)
				}
				targets++
				tries += fuzzTries(out)
			}
		}
		s.counts.passed = targets
		s.note = fmt.Sprintf("%d targets, %d tries", targets, tries)
		return nil
	}}
}

// fuzz runs one target and returns what the fuzzer said.
func fuzz(ctx context.Context, s *step, run command) (string, error) {
	var out bytes.Buffer
	err := run.run(ctx, &out)
	_, _ = s.Write(out.Bytes())
	return out.String(), err
}

var outOfTimeLines = regexp.MustCompile(`(?m)^\s*--- FAIL: \w+ \([\d.]+s\)\n\s*context deadline exceeded\n\s*FAIL\s*\z`)

// outOfTime tells a race in Go's fuzzer from a finding: before Go 1.27 the end of its time is now and then taken for a
// failure (golang/go#75804). A finding names the input that it wrote down.
func outOfTime(out string) bool {
	return outOfTimeLines.MatchString(out) && !strings.Contains(out, "Failing input")
}

// fuzzNames reads the output of go test -list.
func fuzzNames(list string) []string {
	return slices.DeleteFunc(strings.Fields(list), func(word string) bool { return !strings.HasPrefix(word, "Fuzz") })
}

var fuzzLine = regexp.MustCompile(`execs: (\d+)`)

// fuzzTries is how many inputs a run of the fuzzer tried.
func fuzzTries(out string) int {
	found := fuzzLine.FindAllStringSubmatch(out, -1)
	if len(found) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(found[len(found)-1][1]) // digits by the pattern
	return n
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
