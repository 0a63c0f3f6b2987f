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
}

// measureTests reads how long the tests took when they last ran on this
// machine: running them here would measure them beside the other figures.
func measureTests(_ context.Context, b *bench, r *results) error {
	for id, name := range map[string]string{"tests_warm": "last-test-warm.json", "tests_empty": "last-test-empty.json"} {
		raw, err := os.ReadFile(b.cache.Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			r.find(id).Note = "no run is on record in this cache"
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
		r.set(id, record.Seconds/60, samples{"seconds": {record.Seconds}}, note)
	}
	return nil
}
