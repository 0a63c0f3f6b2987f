package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// report is the whole result of a run.
type report struct {
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	Machine machine   `json:"machine"`
	Figures []figure  `json:"figures"`
}

// table writes the report for people: the machine, one line a figure, then the
// notes.
func (r *report) table(w io.Writer) error {
	fmt.Fprint(w, r.Machine.text())
	fmt.Fprintf(w, "%s, %.0f s\n\n", r.Began.Format("2006-01-02 15:04"), r.Seconds)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "figure\tvalue\ttarget\tresult\t")
	var notes []string
	for _, f := range r.Figures {
		result := f.State
		if f.Note != "" {
			notes = append(notes, fmt.Sprintf("[%d] %s: %s", len(notes)+1, f.ID, f.Note))
			result += fmt.Sprintf(" [%d]", len(notes))
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t\n", f.Title, f.valueText(), f.Target.text(f.Unit), result)
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	if len(notes) > 0 {
		fmt.Fprintf(w, "\n%s\n", strings.Join(notes, "\n"))
	}
	return nil
}

func (r *report) json() ([]byte, error) {
	encoded, err := json.MarshalIndent(r, "", "  ")
	return append(encoded, '\n'), err
}

// failed says whether a figure could not be measured although it should.
func (r *report) failed() bool {
	for _, f := range r.Figures {
		if f.State == stateFailed {
			return true
		}
	}
	return false
}
