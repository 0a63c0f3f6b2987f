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

// Prompts go from one computer to another in files, as IT rolls them out.
func TestPromptsCommands(t *testing.T) {
	data, other, folder := t.TempDir(), t.TempDir(), t.TempDir()
	in := func(data string, args ...string) outcome {
		t.Helper()
		return kontorWith(t, environment(), append(args, "--data", data)...)
	}
	path := filepath.Join(folder, "ours.kontor-prompts.json")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"format":"kontor-prompts","version":1,"prompts":[{"title":"Reply","about":"To a letter.","text":"Answer {{Letter:long}}"},{"title":"Order","text":"Order {{What}}"}]}`)
	var result app.PromptImport
	in(data, "prompts", "import", path, "--json").want(t, cli.ExitOK).decode(t, &result)
	if result != (app.PromptImport{Added: 2}) {
		t.Errorf("%+v", result)
	}
	copied := filepath.Join(folder, "copy.kontor-prompts.json")
	in(data, "prompts", "export", copied).want(t, cli.ExitOK)
	in(data, "prompts", "export", copied).want(t, cli.ExitFailed) // it is there already
	broken := filepath.Join(folder, "broken.kontor-prompts.json")
	if err := os.WriteFile(broken, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	// One file is refused, the others count all the same.
	several := in(other, "prompts", "import", broken, copied, filepath.Join(folder, "nowhere")).want(t, cli.ExitFailed)
	for _, part := range []string{"broken.kontor-prompts.json is no such file of Kontor.", "nowhere cannot be opened."} {
		if !strings.Contains(several.err, part) {
			t.Errorf("%q is not in %q", part, several.err)
		}
	}
	if !strings.Contains(several.out, "2 prompts added, 0 already there, 0 renamed") {
		t.Errorf("%q", several.out)
	}
	var list app.PromptList
	in(other, "prompts", "list", "--own", "--json").want(t, cli.ExitOK).decode(t, &list)
	if len(list.Prompts) != 2 || list.Prompts[0].Title != "Reply" || list.Prompts[0].Text != "Answer {{Letter:long}}" {
		t.Errorf("%+v", list)
	}
	if plain := in(other, "prompts").want(t, cli.ExitOK); !strings.Contains(plain.out, "Reply (") || strings.Count(plain.out, "\n") < 22 {
		t.Errorf("%s", plain.out)
	}
}
