package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAdviceIsACommand(t *testing.T) {
	missing := []need{buildNeeds[0], buildNeeds[1], buildNeeds[7]} // gcc, g++, stb
	for manager, want := range map[string]string{
		"apt":    "apt-get install -y --no-install-recommends gcc g++ libstb-dev\n",
		"dnf":    "dnf install -y gcc gcc-c++ stb-devel\n",
		"pacman": "pacman -S --needed gcc stb\n",
	} {
		if got := advice(missing, manager); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", manager, got, want)
		}
	}
	if got := advice(missing, "brew"); !strings.Contains(got, "stb/stb_image.h") || strings.Contains(got, "brew install") {
		t.Errorf("without names there is no command, only what is missing: %q", got)
	}
}

func TestEveryNeedHasADebianPackage(t *testing.T) {
	for _, n := range slices.Concat(buildNeeds, windowNeeds, testNeeds) {
		if n.packages["apt"] == "" {
			t.Errorf("%+v cannot be installed on a fresh machine", n)
		}
	}
}

func TestDebianPackagesAreFoundDespiteUnknownOnes(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	needs := []need{tool("a", map[string]string{"apt": "kontor-no-such-package"}), tool("b", map[string]string{"apt": "dpkg"})}
	installed := debianPackages(t.Context(), needs)
	if !installed["dpkg"] || installed["kontor-no-such-package"] {
		t.Errorf("installed: %v, want dpkg alone", installed)
	}
}

func TestMissingNeedStopsWithExitCode2(t *testing.T) {
	absent := tool("kontor-needs-a-tool-that-does-not-exist", map[string]string{"dnf": "x"})
	if absent.present(t.Context(), nil) {
		t.Error("a tool that does not exist was found")
	}
	if code := exitCode(missingError{advice([]need{absent}, "dnf")}); code != exitSetup {
		t.Errorf("exit code %d, want %d", code, exitSetup)
	}
}

func TestFrontendInstalled(t *testing.T) {
	const asked = `{"packages":{"":{"version":"1"},"node_modules/a":{"version":"2.0.0"},"node_modules/b":{"version":"1.0.0","optional":true}}}`
	for name, c := range map[string]struct {
		installed string
		want      bool
	}{
		"same":             {`{"packages":{"node_modules/a":{"version":"2.0.0"},"node_modules/b":{"version":"1.0.0"}}}`, true},
		"optional missing": {`{"packages":{"node_modules/a":{"version":"2.0.0"}}}`, true},
		"older":            {`{"packages":{"node_modules/a":{"version":"1.9.9"}}}`, false},
		"missing":          {`{"packages":{}}`, false},
		"never installed":  {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "node_modules"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "package-lock.json"), []byte(asked), 0o644); err != nil {
				t.Fatal(err)
			}
			if c.installed != "" {
				if err := os.WriteFile(filepath.Join(dir, "node_modules", ".package-lock.json"), []byte(c.installed), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := frontendInstalled(dir); got != c.want {
				t.Errorf("installed: %v, want %v", got, c.want)
			}
		})
	}
}

func TestOldNodeIsRefused(t *testing.T) {
	for version, want := range map[string]bool{
		"v18.19.0": false, "v20.18.3": false, "v20.19.0": true, "v20.20.2": true, "v24.1.0": true, "": false, "node": false,
	} {
		if got := nodeFits(version); got != want {
			t.Errorf("%q fits: %v, want %v", version, got, want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	t.Setenv("KONTOR_CACHE", t.TempDir())
	for _, args := range [][]string{nil, {"no-such-task"}, {"run", "--no-such-flag"}, {"run", "extra"}, {"test", "extra"}} {
		if code := exitCode(perform(t.Context(), args)); code != exitSetup {
			t.Errorf("%q: exit code %d, want %d", args, code, exitSetup)
		}
	}
}
