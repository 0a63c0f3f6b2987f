package cli_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"kontor/app"
	"kontor/app/cli"
)

// TestScansAndOldDocuments reads a ZIP with a scanned page and an old Word
// document: both need programs of others, which the real shim confines.
func TestScansAndOldDocuments(t *testing.T) {
	needRuntime(t)
	for _, tool := range []string{"tesseract", "soffice"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("there is no ", tool)
		}
	}
	testdata := filepath.Join("..", "..", "localrag", "parse", "testdata")
	file := filepath.Join(t.TempDir(), "Unterlagen.zip")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for _, name := range []string{"scan/urlaubsgesetz-scan.png", "legacy/testWORD_features.doc"} {
		data, err := os.ReadFile(filepath.Join(testdata, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	var answer app.AskAnswer
	kontor(t, shared, "ask", "Wie viele Werktage Urlaub im Jahr?", file, "--no-model", "--json").want(t, cli.ExitOK).decode(t, &answer)
	if !slices.ContainsFunc(answer.Citations, func(c app.AskCitation) bool {
		return c.Part == "scan/urlaubsgesetz-scan.png" && c.Page == 1 && strings.Contains(c.Text, "24 Werktage")
	}) {
		t.Errorf("no citation of the scan: %+v", answer.Citations)
	}
	text := kontor(t, shared, "ask", "Lorem ipsum dolor sit amet", file, "--no-model").want(t, cli.ExitOK)
	if !strings.Contains(text.out, "Unterlagen.zip, legacy/testWORD_features.doc") {
		t.Errorf("no citation of the old document: %s", text.out)
	}
	if left, err := filepath.Glob(filepath.Join(shared, "cache", "tool-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestToolsFolder finds programs in a folder that came without an installer.
func TestToolsFolder(t *testing.T) {
	needRuntime(t)
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a script")
	}
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "tesseract", "tessdata"), 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "tesseract", "tesseract")
	script := "#!/bin/sh\necho \"List of available languages in \\\"$TESSDATA_PREFIX\\\" (2):\"\necho eng\ncase $TESSDATA_PREFIX in *tessdata) echo deu;; esac\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	var report app.Report
	kontor(t, shared, "doctor", "--json", "--tools-dir", folder).decode(t, &report)
	for _, check := range report.Checks {
		if check.Name == "recognition" && check.Value == program+" (deu+eng)" && check.OK {
			return
		}
	}
	t.Errorf("not found: %+v", report.Checks)
}
