package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"

	"kontor/build/cache"
)

func TestRunsOfTheTestsAreRecordedByKindOfCache(t *testing.T) {
	store, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{cache: store, board: newBoard(io.Discard, t.TempDir())}
	if !w.cacheEmpty() {
		t.Error("a new cache is not empty")
	}
	if err := os.Mkdir(store.Path("runtime"), 0o755); err != nil {
		t.Fatal(err)
	}
	if w.cacheEmpty() {
		t.Error("a cache with a runtime is empty")
	}
	if err := errors.Join(w.recordTests(true, nil), w.recordTests(false, exitError{exitFailed})); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]testRecord{
		"last-test-empty.json": {CacheEmpty: true, Passed: true}, "last-test-warm.json": {CacheEmpty: false, Passed: false},
	} {
		raw, err := os.ReadFile(store.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		var got testRecord
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if got.CacheEmpty != want.CacheEmpty || got.Passed != want.Passed || got.Seconds <= 0 || got.Date.IsZero() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
