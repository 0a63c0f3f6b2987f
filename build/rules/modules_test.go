package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// required returns the version a go.mod asks for.
func required(t *testing.T, gomod, module string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^(?:require)?\s*` + regexp.QuoteMeta(module) + `\s+(v\S+)`).FindStringSubmatch(gomod)
	if found == nil {
		t.Fatalf("go.mod does not require %s", module)
	}
	return found[1]
}

func TestRuntimeAndClientHaveOneVersion(t *testing.T) {
	const runtime = "github.com/ollama/ollama"
	client, server := required(t, read(t, "go.mod"), runtime), required(t, read(t, "build/runtime/go.mod"), runtime)
	if client != server {
		t.Errorf("go.mod speaks to %s %s, build/runtime builds %s: they must be one version, or fields get lost without an error", runtime, client, server)
	}
}

func TestSQLiteHasItsOwnLibc(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "modernc.org/sqlite")
	cmd.Dir = root
	dir, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const libc = "modernc.org/libc"
	if ours, want := required(t, read(t, "go.mod"), libc), required(t, string(theirs), libc); ours != want {
		t.Errorf("go.mod has %s %s, SQLite was translated and tested with %s: any other version may corrupt data", libc, ours, want)
	}
}

func TestNoReplace(t *testing.T) {
	for _, name := range []string{"go.mod", "build/runtime/go.mod"} {
		if regexp.MustCompile(`(?m)^\s*(replace|exclude)\b`).MatchString(read(t, name)) {
			t.Errorf("%s replaces or excludes a module: a fork that lives only in this file is never updated", name)
		}
	}
}

func TestWailsCommandIsThePinnedOne(t *testing.T) {
	want := required(t, read(t, "go.mod"), "github.com/wailsapp/wails/v2")
	for name, text := range texts(t) {
		for _, found := range regexp.MustCompile(`cmd/wails@(v[0-9.]+|latest)`).FindAllStringSubmatch(text, -1) {
			if found[1] != want {
				t.Errorf("%s runs Wails' command at %s, the library is %s: they must be one version", name, found[1], want)
			}
		}
	}
}
