package transfer

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var write = flag.Bool("write", false, "write the expected readings anew; look at them before you commit")

// packed gives a sample as one file: a folder as a ZIP, as people send it.
func packed(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !info.IsDir() {
		return path
	}
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	if err := w.AddFS(os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sample.zip")
	if err := os.WriteFile(file, buffer.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// reading is everything that was understood of a chat, for people to check.
func reading(c Chat) string {
	var b strings.Builder
	at := func(ms int64) string {
		if ms == 0 {
			return "-"
		}
		return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000")
	}
	fmt.Fprintf(&b, "chat %s %q\n  created %s updated %s pinned %s archived %s\n", c.ID, c.Title, at(c.CreatedAt), at(c.UpdatedAt), at(c.PinnedAt), at(c.ArchivedAt))
	if c.Instructions != "" || len(c.Tags) > 0 || len(c.FolderPath) > 0 || c.LeftOut > 0 {
		fmt.Fprintf(&b, "  instructions %q tags %q folder %q left out %d\n", c.Instructions, c.Tags, c.FolderPath, c.LeftOut)
	}
	if c.Draft != nil {
		fmt.Fprintf(&b, "  draft %q\n", c.Draft.Text)
	}
	for _, m := range c.Messages {
		shown := ""
		if m.ID == c.ActiveLeaf {
			shown = " (shown)"
		}
		fmt.Fprintf(&b, "  %s after %q %s %s %s%s\n", m.ID, m.ParentID, m.Role, m.Model, at(m.CreatedAt), shown)
		for _, p := range m.Parts {
			fmt.Fprintf(&b, "    %s: %s\n", p.Type, strings.ReplaceAll(p.Text, "\n", "\n      "))
		}
		for _, i := range m.Images {
			fmt.Fprintf(&b, "    image: %s %s %d bytes\n", i.Name, i.MediaType, len(i.Bytes))
		}
	}
	return b.String()
}

// Every sample is read as its reading beside it says. Where a sample comes from
// is in the README there. Those of Ollama's app are databases and are read in
// the tests of app.
func TestSamplesAreReadWithoutLoss(t *testing.T) {
	counts := map[string]int{}
	for _, product := range []string{"chatgpt", "claude", "openwebui", "librechat", "lmstudio", "jan"} {
		folder := filepath.Join("testdata", "samples", product)
		samples, err := fs.ReadDir(os.DirFS(folder), ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range samples {
			if filepath.Ext(sample.Name()) == ".txt" {
				continue
			}
			counts[product]++
			t.Run(product+"/"+sample.Name(), func(t *testing.T) {
				source := &Source{}
				var got strings.Builder
				err := source.Read(packed(t, filepath.Join(folder, sample.Name())), func(c Chat) error {
					got.WriteString(reading(c))
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&got, "%s, %d skipped\n", source.Product, source.Skipped)
				if source.Done == 0 || source.Total == 0 || source.Product != product {
					t.Errorf("%s, read %d of %d bytes", source.Product, source.Done, source.Total)
				}
				file := filepath.Join(folder, strings.TrimSuffix(sample.Name(), ".json")+".txt")
				if *write {
					if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got.String() != string(want) {
					t.Errorf("read as\n%s\nexpected\n%s", got.String(), want)
				}
			})
		}
	}
	for product, n := range counts {
		if n < 3 {
			t.Errorf("%d samples of %s", n, product)
		}
	}
	t.Logf("samples read: %v", counts)
}
