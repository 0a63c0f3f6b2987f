package main

import (
	"maps"
	"strconv"
	"strings"
)

// figurePrefix begins the name of a test's attribute that is a figure: `t.Attr("figure.download_twice", "0.4 20 kills")`.
// Its value is a number and, behind a blank, what there is to say about it.
const figurePrefix = "figure."

// testFigure is a figure that a test has measured. Benchmarks show it under the name behind the prefix.
type testFigure struct {
	Value float64 `json:"value"`
	Note  string  `json:"note,omitempty"`
}

type testFigures map[string]testFigure

// add notes an attribute if it is a figure.
func (f testFigures) add(key, value string) {
	name, ok := strings.CutPrefix(key, figurePrefix)
	number, note, _ := strings.Cut(value, " ")
	amount, err := strconv.ParseFloat(number, 64)
	if ok && err == nil {
		f[name] = testFigure{amount, note}
	}
}

// figures of all steps.
func (b *board) figures() testFigures {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := testFigures{}
	for _, r := range b.rows {
		maps.Copy(all, r.figures)
	}
	return all
}
