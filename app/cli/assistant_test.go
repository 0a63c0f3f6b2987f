package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kontor/app"
	"kontor/app/cli"
)

// An assistant goes to a file and back by the command line; no runtime is
// needed for that.
func TestAssistantCommands(t *testing.T) {
	data, folder := t.TempDir(), t.TempDir()
	run := func(args ...string) outcome {
		t.Helper()
		return kontorWith(t, environment(), append(args, "--data", data)...)
	}
	var list app.AssistantList
	run("assistant", "list", "--json").want(t, cli.ExitOK).decode(t, &list)
	if len(list.Assistants) < 5 {
		t.Fatalf("%+v", list)
	}
	path := filepath.Join(folder, "one.kontor-assistant.json")
	run("assistant", "export", list.Assistants[0].Name, path).want(t, cli.ExitOK)
	run("assistant", "export", list.Assistants[0].Name, path).want(t, cli.ExitFailed) // it is there already
	if imported := run("assistant", "import", path).want(t, cli.ExitOK); !strings.Contains(imported.out, list.Assistants[0].Name) {
		t.Errorf("%s", imported.out)
	}
	var again app.AssistantDraft
	run("assistant", "import", path, "--json").want(t, cli.ExitOK).decode(t, &again)
	if !again.NameTaken || again.Assistant.Name != list.Assistants[0].Name+" (2)" {
		t.Errorf("%+v", again)
	}
	if err := os.WriteFile(path, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if refused := run("assistant", "import", path).want(t, cli.ExitFailed); !strings.Contains(refused.err, "one.kontor-assistant.json is no such file of Kontor.") {
		t.Errorf("%s", refused.err)
	}
	run("assistant", "export", "nobody").want(t, cli.ExitFailed)
	var state app.BriefingState
	run("briefing", "status", "--json").want(t, cli.ExitOK).decode(t, &state)
	if state.Mode != "offered" || state.CompletedAt != 0 || state.Version == "" {
		t.Errorf("%+v", state)
	}
}
