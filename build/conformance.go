package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// conformanceMark is in the name of every check of the suite for providers and embedders (llm/llmtest).
const conformanceMark = "/conformance/"

// conformance says of each check of that suite whether it passed, by what was checked and the name of the check. One
// that passes in a second run has passed.
type conformance map[string]map[string]bool

// add notes a test if it is a check of the suite.
func (c conformance) add(pkg, test string, passed bool) {
	subject, check, ok := strings.Cut(test, conformanceMark)
	if !ok {
		return
	}
	name := pkg[strings.LastIndexByte(pkg, '/')+1:] + " " + subject
	if c[name] == nil {
		c[name] = map[string]bool{}
	}
	c[name][check] = c[name][check] || passed
}

// merge adds what another run found.
func (c conformance) merge(other conformance) {
	for name, checks := range other {
		for check, passed := range checks {
			if c[name] == nil {
				c[name] = map[string]bool{}
			}
			c[name][check] = c[name][check] || passed
		}
	}
}

// conformanceRow is a line of the table: a provider, or an embedder.
type conformanceRow struct {
	Subject string   `json:"subject"`
	Passed  int      `json:"passed"`
	Failed  []string `json:"failed,omitempty"`
}

func (c conformance) table() []conformanceRow {
	var rows []conformanceRow
	for _, name := range slices.Sorted(maps.Keys(c)) {
		row := conformanceRow{Subject: name}
		for _, check := range slices.Sorted(maps.Keys(c[name])) {
			if c[name][check] {
				row.Passed++
			} else {
				row.Failed = append(row.Failed, check)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// conformanceLine says in a line what the table holds, "" where nothing was checked.
func conformanceLine(rows []conformanceRow) string {
	passed, failed := 0, 0
	for _, row := range rows {
		passed, failed = passed+row.Passed, failed+len(row.Failed)
	}
	if len(rows) == 0 {
		return ""
	}
	return fmt.Sprintf("conformance of providers: %d servers and dialects, %d checks passed, %d failed\n", len(rows), passed, failed)
}
