package main

import (
	"slices"
	"testing"
)

func TestFuzzOutput(t *testing.T) {
	if names := fuzzNames("FuzzText\nFuzzPDF\nok  \tkontor/localrag/parse\t0.1s\n"); !slices.Equal(names, []string{"FuzzText", "FuzzPDF"}) {
		t.Error(names)
	}
	out := "fuzz: elapsed: 0s, execs: 3 (0/sec)\nfuzz: elapsed: 1s, execs: 912 (909/sec), new interesting: 1 (total: 9)\nPASS\n"
	if n := fuzzTries(out); n != 912 {
		t.Errorf("%d tries", n)
	}
	if n := fuzzTries("FAIL\n"); n != 0 {
		t.Errorf("%d tries", n)
	}
	if got := lastLines("a\nb\nc\n", 2); got != "b\nc" {
		t.Errorf("%q", got)
	}
}

func TestTheEndOfTheTimeIsNoFinding(t *testing.T) {
	for out, want := range map[string]bool{
		"fuzz: elapsed: 1s, execs: 9 (9/sec)\n--- FAIL: FuzzDOCX (1.04s)\n    context deadline exceeded\nFAIL\n":                                                  true,
		"--- FAIL: FuzzDOCX (0.04s)\n    --- FAIL: FuzzDOCX (0.00s)\n        docx_test.go:9: lost\n    Failing input written to testdata/fuzz/FuzzDOCX/1\nFAIL\n": false,
		"--- FAIL: FuzzDOCX (1.04s)\n    context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzDOCX/1\nFAIL\n":                                false,
		"--- FAIL: FuzzDOCX (1.04s)\n    fuzzing process hung or terminated unexpectedly: exit status 2\nFAIL\n":                                                  false,
		"Failing input written to x\n--- FAIL: FuzzDOCX (1.04s)\n    context deadline exceeded\nFAIL\n":                                                           false,
	} {
		if got := outOfTime(out); got != want {
			t.Errorf("%q: %v", out, got)
		}
	}
}
