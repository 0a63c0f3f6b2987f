// Package hardwaretest reads recorded machines for tests.
//
// A recording is one text file: a comment that says where its parts come from,
// then files and the output of tools, each under a line "-- name --". Names
// that begin with run/ are tools, the others paths below "/". The package
// knows nothing of models.
package hardwaretest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"kontor/llm/hardware"
)

// Read reads the machines of all recordings in folder, by their names.
func Read(t testing.TB, folder string) map[string]hardware.Machine {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recordings in %s: %v", folder, err)
	}
	machines := map[string]hardware.Machine{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		machines[strings.TrimSuffix(filepath.Base(path), ".txt")] = Machine(string(raw))
	}
	return machines
}

// Machine puts together the machine of one recording. The tools in it tell of
// which system it is.
func Machine(recording string) hardware.Machine {
	root, tools := fstest.MapFS{}, map[string]string{}
	var name string
	for line := range strings.Lines(recording) {
		if after, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(strings.TrimSpace(after), " --") {
			name = strings.TrimSuffix(strings.TrimSpace(after), " --")
			continue
		}
		switch tool, isTool := strings.CutPrefix(name, "run/"); {
		case name == "": // the comment
		case isTool:
			tools[tool] += line
		default:
			if root[name] == nil {
				root[name] = &fstest.MapFile{}
			}
			root[name].Data = append(root[name].Data, line...)
		}
	}
	run := func(name string, _ ...string) string { return tools[name] }
	switch {
	case tools["sysctl"] != "":
		return hardware.OnMac(run)
	case tools["powershell"] != "":
		return hardware.OnWindows(run)
	}
	return hardware.OnLinux(root, run)
}
