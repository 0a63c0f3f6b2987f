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
