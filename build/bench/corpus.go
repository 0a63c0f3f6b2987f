package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The tests of the document readers that take a folder by their environment.
const (
	corpusPackage = "./localrag/parse"
	corpusOK      = "TestCorpus"
	corpusHostile = "TestHostileCorpus"
)

// measureCorpus runs the readers' own check on the whole folder: each file that
// should be read, with its expected texts at their places, and each hostile
// file in a worker of its own, as the program reads them.
func measureCorpus(ctx context.Context, b *bench, r *results) error {
	folder, err := filepath.Abs(b.options.corpus)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=60m", "-run", "^("+corpusOK+"|"+corpusHostile+")$", corpusPackage)
	cmd.Env = append(cleanEnvironment(), "KONTOR_CORPUS="+folder)
	cmd.Stderr = b.progress
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	counts, readErr := countCorpus(out)
	err = cmd.Wait()
	switch {
	case readErr != nil:
		return readErr
	case counts.tried(corpusOK)+counts.tried(corpusHostile) == 0:
		return errors.Join(errors.New("the check read no file"), err)
	}
	share := func(test string) (float64, string) {
		c := counts.tests[test]
		note := fmt.Sprintf("%d of %d", c.passed, c.passed+len(c.failed))
		if c.skipped > 0 {
			note += fmt.Sprintf(", %d of formats without a reader", c.skipped)
		}
		if len(c.failed) > 0 {
			note += ": not " + strings.Join(c.failed, ", ")
		}
		return float64(c.passed) / float64(max(1, c.passed+len(c.failed))), note
	}
	for id, test := range map[string]string{"corpus_right": corpusOK, "corpus_hostile": corpusHostile} {
		value, note := share(test)
		r.set(id, value, nil, note)
	}
	r.set("corpus_crashes", float64(len(counts.crashes)), nil, strings.Join(counts.crashes, ", "))
	r.set("corpus_hangs", float64(len(counts.hangs)), nil, strings.Join(counts.hangs, ", "))
	unexpected := counts.unexpected()
	r.set("corpus_errors", float64(len(unexpected)), nil, strings.Join(unexpected, ", "))
	r.set("corpus_files", float64(counts.tried(corpusOK)+counts.tried(corpusHostile)), nil,
		fmt.Sprintf("%d to be read, %d hostile", counts.tried(corpusOK), counts.tried(corpusHostile)))
	r.set("corpus_texts", float64(counts.placed)/float64(max(1, counts.texts)), nil, fmt.Sprintf("%d of %d", counts.placed, counts.texts))
	return nil
}

// corpusCounts are what became of the files, by the test that read them.
type corpusCounts struct {
	tests          map[string]*fileCounts
	crashes, hangs []string
	placed, texts  int // expected texts: found at their place, all
}

// unexpected lists the files that failed for another reason than a crash or a hang.
func (c corpusCounts) unexpected() []string {
	var files []string
	for _, test := range []string{corpusOK, corpusHostile} {
		for _, file := range c.tests[test].failed {
			if !slices.Contains(c.crashes, file) && !slices.Contains(c.hangs, file) {
				files = append(files, file)
			}
		}
	}
	return files
}

type fileCounts struct {
	passed, skipped int
	failed          []string
}

func (c corpusCounts) tried(test string) int {
	if f := c.tests[test]; f != nil {
		return f.passed + len(f.failed)
	}
	return 0
}

// countCorpus reads the events of `go test -json`. A file that ends the reader
// or the whole test program is a crash, one that needs longer than the check
// allows is a hang.
func countCorpus(out io.Reader) (corpusCounts, error) {
	counts := corpusCounts{tests: map[string]*fileCounts{corpusOK: {}, corpusHostile: {}}}
	var running string
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct{ Action, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue // the compiler's own lines
		}
		test, file, isFile := strings.Cut(event.Test, "/")
		switch {
		case event.Action == "output" && strings.Contains(event.Output, "panic: test timed out"):
			counts.hangs = append(counts.hangs, running)
		case event.Action == "output" && strings.HasPrefix(event.Output, "panic: "):
			counts.crashes = append(counts.crashes, running)
		}
		if !isFile || counts.tests[test] == nil {
			continue
		}
		counts.file(counts.tests[test], event.Action, file, event.Output)
		if event.Action == "run" {
			running = file
		}
	}
	return counts, lines.Err()
}

// textsLine is what the check says of each document that should be read.
var textsLine = regexp.MustCompile(`(\d+) of (\d+) texts at their place`)

func (c *corpusCounts) file(f *fileCounts, action, file, output string) {
	switch action {
	case "pass":
		f.passed++
	case "skip":
		f.skipped++
	case "fail":
		f.failed = append(f.failed, file)
	case "output":
		if found := textsLine.FindStringSubmatch(output); found != nil {
			placed, _ := strconv.Atoi(found[1]) // digits by the pattern
			texts, _ := strconv.Atoi(found[2])
			c.placed, c.texts = c.placed+placed, c.texts+texts
		}
		if strings.Contains(output, "parser_crashed") && !slices.Contains(c.crashes, file) {
			c.crashes = append(c.crashes, file)
		}
		slow := strings.Contains(output, "took ") || strings.Contains(output, "got timeout")
		if slow && !slices.Contains(c.hangs, file) {
			c.hangs = append(c.hangs, file)
		}
	}
}
