// Package rules holds the tree's own laws as tests: what lies where, who may import whom, which dependency belongs to
// which package, and what may stand in no file. Each failure says why the law exists. It knows the tree as text and
// syntax only and imports nothing of it.
package rules
