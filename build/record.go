package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// testRecord is how long the tests took when they last ran. The benchmarks show it: they do not run the tests
// themselves.
type testRecord struct {
	Seconds    float64   `json:"seconds"`
	CacheEmpty bool      `json:"cacheEmpty"`
	Passed     bool      `json:"passed"`
	Date       time.Time `json:"date"`
	// Flaky names the tests that failed once and passed when run again alone.
	Flaky []string `json:"flaky,omitempty"`
	// Conformance is the table of the suite for providers.
	Conformance []conformanceRow `json:"conformance,omitempty"`
	// Figures are those that tests have measured, by name.
	Figures testFigures `json:"figures,omitempty"`
}

// cacheEmpty says whether nothing has been built into the cache yet.
func (w *workshop) cacheEmpty() bool {
	_, err := os.Stat(w.cache.Path("runtime"))
	return os.IsNotExist(err)
}

// recordTests notes a run of the tests in the cache, in one file for each kind of cache.
func (w *workshop) recordTests(empty bool, verdict error) error {
	name := "last-test-warm.json"
	if empty {
		name = "last-test-empty.json"
	}
	began := w.board.started
	record, err := json.MarshalIndent(testRecord{
		Seconds: time.Since(began).Seconds(), CacheEmpty: empty, Passed: verdict == nil, Date: began.UTC(), Flaky: w.board.flaky(),
		Conformance: w.board.conformance(), Figures: w.board.figures(),
	}, "", "  ")
	if err != nil {
		return err
	}
	path := w.cache.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, append(record, '\n'), 0o644); err != nil {
		return fmt.Errorf("note how long the tests took: %w", err)
	}
	return nil
}
