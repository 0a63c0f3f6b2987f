package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// testRecord is what `go run ./build test` leaves in the cache, in one file
// for each kind of cache.
type testRecord struct {
	Seconds    float64   `json:"seconds"`
	CacheEmpty bool      `json:"cacheEmpty"`
	Passed     bool      `json:"passed"`
	Date       time.Time `json:"date"`
	// Conformance is how each provider and embedder did in the suite for them.
	Conformance []struct {
		Subject string   `json:"subject"`
		Passed  int      `json:"passed"`
		Failed  []string `json:"failed"`
	} `json:"conformance"`
	// Figures are those that tests have measured, by the name of the figure.
	Figures map[string]struct {
		Value float64 `json:"value"`
		Note  string  `json:"note"`
	} `json:"figures"`
}

// testFigures are measured by the tests themselves, which fail where one is
// missed: how long they take here has no part in them.
func testFigures() []figure {
	return []figure{
		{ID: "verdicts_right", Title: "fit verdicts right on the golden machines × catalogue", Target: atLeast(1)},
		{ID: "download_twice", Title: "bytes fetched twice by a download that is killed 20 times", Unit: "%", Target: atMost(2)},
		{ID: "packs_accepted", Title: "changed packs that were accepted", Target: atMost(0)},
		{ID: "headers_accepted", Title: "changed headers of model files that were accepted", Target: atMost(0)},
	}
}

func (t testRecord) measureFigures(r *results) {
	for _, declared := range testFigures() {
		f, ok := t.Figures[declared.ID]
		if !ok {
			r.find(declared.ID).Note = "the last run of the tests holds none"
			continue
		}
		r.set(declared.ID, f.Value, nil, f.Note+"; run of "+t.Date.Format("2006-01-02 15:04"))
	}
}

// measureConformance counts the checks of the suite that every provider must
// pass, as the tests last ran them: real servers, and servers that answer as
// documented.
func (t testRecord) measureConformance(r *results) {
	passed, all := 0, 0
	raw := samples{}
	for _, row := range t.Conformance {
		raw[row.Subject] = []float64{float64(row.Passed), float64(row.Passed + len(row.Failed))}
		passed += row.Passed
		all += row.Passed + len(row.Failed)
	}
	if all == 0 {
		r.find("conformance").Note = "the last run of the tests holds none"
		return
	}
	r.set("conformance", float64(passed)/float64(all), raw, fmt.Sprintf("%d of %d checks of %d servers and dialects, none left out; run of %s",
		passed, all, len(raw), t.Date.Format("2006-01-02 15:04")))
}

// measureTests reads how long the tests took when they last ran on this
// machine: running them here would measure them beside the other figures.
func measureTests(_ context.Context, b *bench, r *results) error {
	for id, name := range map[string]string{"tests_warm": "last-test-warm.json", "tests_empty": "last-test-empty.json"} {
		raw, err := os.ReadFile(b.cache.Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			r.find(id).Note = "no run is on record in this cache"
			if id == "tests_warm" {
				for _, f := range append(testFigures(), figure{ID: "conformance"}) {
					r.find(f.ID).Note = r.find(id).Note
				}
			}
			continue
		}
		if err != nil {
			return err
		}
		var record testRecord
		if err := json.Unmarshal(raw, &record); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		note := "run of " + record.Date.Format("2006-01-02 15:04")
		if !record.Passed {
			note += ", with failed tests"
		}
		if id == "tests_warm" {
			record.measureConformance(r)
			record.measureFigures(r)
		}
		r.set(id, record.Seconds/60, samples{"seconds": {record.Seconds}}, note)
	}
	return nil
}
