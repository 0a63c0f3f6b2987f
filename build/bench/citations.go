package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// What the tests of the citation check and of the previews print.
var (
	sentenceLine = regexp.MustCompile(`test: words .*F1 ([\d.]+), with meaning .*F1 ([\d.]+)`)
	previewLine  = regexp.MustCompile(`(\d+) of (\d+) passages of (\d+) documents`)
)

func citationFigures() []figure {
	return []figure{
		{ID: "sentences_f1", Title: "sentence check, F1 on the test half of 255 labelled sentences", Target: atLeast(.85)},
		{ID: "sentences_words", Title: "  by words alone, as without an embedder"},
	}
}

// measureSentences runs the check of labelled sentences with kept embeddings.
func measureSentences(ctx context.Context, b *bench, r *results) error {
	found, err := b.testLine(ctx, sentenceLine, nil, "TestLabelledSentences", "kontor/localrag")
	if err != nil {
		return err
	}
	words, _ := strconv.ParseFloat(found[1], 64)
	whole, _ := strconv.ParseFloat(found[2], 64)
	r.set("sentences_f1", whole, nil, "")
	r.set("sentences_words", words, nil, "")
	return nil
}

// measurePreviews opens every passage of the corpus in its preview, as a click
// on a citation does.
func measurePreviews(ctx context.Context, b *bench, r *results) error {
	folder, err := filepath.Abs(b.options.corpus)
	if err != nil {
		return err
	}
	found, err := b.testLine(ctx, previewLine, []string{"KONTOR_CORPUS=" + folder}, "TestPreviewsShowThePassage", "kontor/app")
	if err != nil {
		return err
	}
	right, _ := strconv.ParseFloat(found[1], 64)
	all, _ := strconv.ParseFloat(found[2], 64)
	r.set("citations_open", right/max(all, 1), nil, fmt.Sprintf("%s of %s passages of %s documents", found[1], found[2], found[3]))
	return nil
}

// testLine runs one test and gives the parts of the line it is asked for. A
// test that fails has measured all the same.
func (b *bench) testLine(ctx context.Context, line *regexp.Regexp, environment []string, test, pkg string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-timeout=60m", "-run", "^"+test+"$", pkg)
	cmd.Env = append(cleanEnvironment(), environment...)
	cmd.Stderr = b.progress
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.Output()
	if found := line.FindStringSubmatch(string(out)); found != nil {
		return found, nil
	}
	return nil, errors.Join(fmt.Errorf("%s printed no figure", test), err)
}
