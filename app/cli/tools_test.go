package cli_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
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
