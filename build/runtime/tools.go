//go:build tools

// Package runtime pins the model runtime that Kontor bundles. Nothing is compiled into Kontor from here: the task
// runner builds the two modules named below, in this module of their own, so that the runtime's many dependencies
// stay out of Kontor's go.mod.
package runtime

import (
	// miniaudio.h: a header the runtime's module zip leaves out.
	_ "github.com/gen2brain/malgo"
	// The runtime itself.
	_ "github.com/ollama/ollama"
)
