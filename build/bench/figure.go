package main

import (
	"fmt"
	"math"
	"strconv"
)

// States of a figure.
const (
	stateMet      = "met"
	stateNotMet   = "not met"
	stateMeasured = "measured" // there is no target
	stateFailed   = "failed"   // measuring it went wrong; Note says how
	stateNotRun   = "not run"
)

// target is what a figure should be. The zero value means that there is none.
type target struct {
	Set     bool    `json:"-"`
	Bound   float64 `json:"bound"`
	AtLeast bool    `json:"atLeast"` // else: at most
}

func atMost(bound float64) target  { return target{Set: true, Bound: bound} }
func atLeast(bound float64) target { return target{Set: true, Bound: bound, AtLeast: true} }

func (t target) met(value float64) bool {
	if math.IsNaN(value) {
		return false
	}
	if t.AtLeast {
		return value >= t.Bound
	}
	return value <= t.Bound
}

func (t target) text(unit string) string {
	if !t.Set {
		return "–"
	}
	sign := "≤"
	if t.AtLeast {
		sign = "≥"
	}
	return sign + " " + amount(t.Bound, unit)
}

// figure is one row of the table.
type figure struct {
	ID     string  `json:"id"`
	Title  string  `json:"figure"`
	Unit   string  `json:"unit"` // "" for ratios and counts
	Target target  `json:"target"`
	State  string  `json:"state"`
	Value  float64 `json:"value"`
	Note   string  `json:"note,omitempty"`
	// Samples are the raw values by what they are of.
	Samples map[string][]float64 `json:"samples,omitempty"`
}

func (f *figure) valueText() string {
	if f.State == stateNotRun || f.State == stateFailed {
		return "–"
	}
	return amount(f.Value, f.Unit)
}

// amount writes a number with as many digits as a reader can use.
func amount(value float64, unit string) string {
	digits := 0
	switch size := math.Abs(value); {
	case value == math.Trunc(value) && size < 1e9:
	case size < 10:
		digits = 3
	case size < 100:
		digits = 1
	}
	text := strconv.FormatFloat(value, 'f', digits, 64)
	if unit != "" {
		text += " " + unit
	}
	return text
}

// samples are raw values by what they are of.
type samples map[string][]float64

// results are the figures of one measurement while it runs.
type results struct{ figures []figure }

// newResults copies what a measurement declares: nothing has been run yet.
func newResults(declared []figure) *results {
	r := &results{figures: append([]figure(nil), declared...)}
	for i := range r.figures {
		r.figures[i].State = stateNotRun
	}
	return r
}

// set gives a figure its value and judges it.
func (r *results) set(id string, value float64, raw samples, note string) {
	f := r.find(id)
	f.Value, f.Samples, f.Note = value, raw, note
	switch {
	case math.IsNaN(value):
		f.State, f.Value, f.Note = stateFailed, 0, "no samples"
	case !f.Target.Set:
		f.State = stateMeasured
	case f.Target.met(value):
		f.State = stateMet
	default:
		f.State = stateNotMet
	}
}

// excuse counts a figure as met for a reason its bound does not know.
func (r *results) excuse(id, note string) {
	f := r.find(id)
	f.State, f.Note = stateMet, note
}

// rest gives every figure without a value a state and a note.
func (r *results) rest(state, note string) {
	for i := range r.figures {
		if f := &r.figures[i]; f.State == stateNotRun {
			f.State, f.Note = state, note
		}
	}
}

func (r *results) find(id string) *figure {
	for i := range r.figures {
		if r.figures[i].ID == id {
			return &r.figures[i]
		}
	}
	panic(fmt.Sprintf("no figure %q is declared", id))
}
