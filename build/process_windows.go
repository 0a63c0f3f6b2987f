package main

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: Windows ends children through job objects, which the programs started here set up themselves.
func ownGroup(*exec.Cmd) {}

// interrupt ends the program; Windows has no signal that asks.
func interrupt(p *os.Process) error { return p.Kill() }
