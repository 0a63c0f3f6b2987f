package pack_test

import (
	"os"
	"testing"

	"kontor/llm/pack"
)

// The pack that the program brings along is one like any other.
func TestStarterPackIsAPack(t *testing.T) {
	folder := os.Getenv("KONTOR_STARTER_DIR")
	if folder == "" {
		t.Skip("no starter pack is built")
	}
	p, err := pack.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for _, model := range p.Manifest.Models {
		if err := pack.CheckModel(folder + "/" + model.File); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d models, %d bytes", len(p.Manifest.Models), p.Manifest.Bytes())
}
