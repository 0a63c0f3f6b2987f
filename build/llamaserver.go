package main

import (
	"context"
	"strings"
	"time"
)

// stepLlamaServer installs a second kind of model server, for the tests of providers.
const stepLlamaServer = "llama.cpp's server"

// llamaServer is llama-cpp-python with its OpenAI-compatible server. It comes as source and is compiled here: about
// four minutes on two cores.
const llamaServer = "llama-cpp-python[server]==0.3.36"

// llamaServerTime is enough for a slow machine.
const llamaServerTime = 15 * time.Minute

// llamaServerDir returns the folder of the packages, installed the first time, or "" where they cannot be: the suite
// still runs against everything else, so a machine without a compiler loses one server and no more.
func (w *workshop) llamaServerDir(ctx context.Context, s *step) (string, error) {
	return w.pythonDir(ctx, s, pythonPackages{
		name: "llama-server", version: strings.NewReplacer("==", "-", "[server]", "").Replace(llamaServer),
		packages: []string{llamaServer}, time: llamaServerTime, failed: "it cannot be built here",
	})
}
