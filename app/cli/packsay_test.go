package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kontor/app/cli"
)

// TestPackCommandsSayWhatIsWrong gives the verbs for packs what an admin may
// give them by mistake; each answers with a sentence and the next step.
func TestPackCommandsSayWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"empty", "spoiled", "lacking"} {
		if err := os.Mkdir(at(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, at("spoiled"), "manifest.json", `{"format": 1, "name": `)
	write(t, at("lacking"), "manifest.json", `{"format": 1, "name": "house", "version": 1, "models": [],
		"files": [{"file": "LICENCE.txt", "kind": "licence"}]}`)
	write(t, folder, "text.txt", "no pack")
	write(t, folder, "cut.kontorpack", "KONTOR")
	kontorWith(t, environment(), "pack", "keygen", at("key")).want(t, cli.ExitOK)
	licences := filepath.Join(at("lacking"), "LICENCE.txt")
	for _, c := range []struct {
		args            []string
		german, english string
	}{
		{[]string{"keygen", at("key")}, "gibt es schon", "already there"},
		{[]string{"create", at("empty"), at("x.kontorpack")}, "manifest.json", "manifest.json"},
		{[]string{"create", at("spoiled"), at("x.kontorpack")}, "lässt sich kein Modellpaket machen", "No model pack can be made"},
		{[]string{"create", at("lacking"), at("x.kontorpack")}, licences, licences},
		{[]string{"create", at("lacking"), at("x.kontorpack"), "--key", at("text.txt")}, "keinen privaten Schlüssel", "holds no private key"},
		{[]string{"verify", at("none.kontorpack")}, "liegt nichts", "There is nothing at"},
		{[]string{"inspect", at("text.txt")}, "weder ein Modell noch ein Modellpaket", "neither a model nor a model pack"},
		{[]string{"verify", at("empty")}, "weder ein Modell noch ein Modellpaket", "neither a model nor a model pack"},
		{[]string{"verify", at("cut.kontorpack")}, "nicht vollständig", "not complete"},
	} {
		for language, want := range map[string]string{"de_DE.UTF-8": c.german, "en_US.UTF-8": c.english} {
			env := append([]string{"LANG=" + language}, environment()[1:]...)
			done := kontorWith(t, env, append([]string{"pack"}, c.args...)...).want(t, cli.ExitFailed)
			if lines := strings.Split(strings.TrimSpace(done.err), "\n"); !strings.Contains(done.err, want) || len(lines) != 2 || done.out != "" {
				t.Errorf("%v in %s: %q, %q", c.args, language, done.out, done.err)
			}
		}
	}

	// A pack that nobody signed needs a yes, and one of a stranger a key.
	write(t, at("lacking"), "LICENCE.txt", "Everybody may use it.")
	data := t.TempDir()
	for name, c := range map[string]struct {
		key  []string
		want string
	}{"unsigned.kontorpack": {nil, "--unsigned"}, "signed.kontorpack": {[]string{"--key", at("key")}, "packs.trusted_keys"}} {
		kontorWith(t, environment(), append([]string{"pack", "create", at("lacking"), at(name)}, c.key...)...).want(t, cli.ExitOK)
		if done := kontorWith(t, environment(), "pack", "install", at(name), "--data", data).want(t, cli.ExitFailed); !strings.Contains(done.err, c.want) {
			t.Errorf("%s: %q", name, done.err)
		}
	}
	if done := kontorWith(t, environment(), "pack", "remove", "house", "--data", data).want(t, cli.ExitFailed); !strings.Contains(done.err, "“house”") {
		t.Errorf("%q", done.err)
	}
	if done := kontorWith(t, environment(), "models", "remove", "none:1b", "--data", data).want(t, cli.ExitFailed); !strings.Contains(done.err, "models list") {
		t.Errorf("%q", done.err)
	}
}
