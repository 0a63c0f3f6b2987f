package app

import (
	"archive/zip"
	"bytes"
	"testing"

	"kontor/llm/llmtest"
	"kontor/localrag"
)

// TestWhatCouldNotBeReadIsTold: a document that was read except for a part
// says so, also after it was loaded anew.
func TestWhatCouldNotBeReadIsTold(t *testing.T) {
	b := open(t, llmtest.Script{})
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for name, content := range map[string]string{"lease.md": lease, "program.xyz": "\x7fELF\x00\x01\x02\x03"} {
		file, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	house := b.collection("House")
	d := b.add(house, "house.zip", packed.String())
	if d.Status != "ready" || d.Gaps == nil || len(d.Gaps.Parts) != 1 {
		t.Fatalf("document %+v, gaps %+v", d, d.Gaps)
	}
	if part := d.Gaps.Parts[0]; part.Code != string(localrag.CodeUnsupported) || part.Args["name"] != "program.xyz" {
		t.Errorf("gap %+v", part)
	}
	if whole := b.add(house, "lease.md", lease); whole.Gaps != nil {
		t.Errorf("a document without gaps has %+v", whole.Gaps)
	}
}
