package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kontor/app/policy"
	"kontor/llm/gguf"
	"kontor/llm/llmtest"
	"kontor/llm/store"
)

// twoEmbedders answers for a second embedding model beside the starter pack's.
type twoEmbedders struct {
	*actor
	second *llmtest.Scripted
}

const secondEmbedder = "office/e5-small-house"

func (e twoEmbedders) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	if model == secondEmbedder {
		return e.second.Embed(ctx, model, texts)
	}
	return e.actor.Embed(ctx, model, texts)
}

// installEmbedder puts the file of an embedding model into the models' folder,
// as the installation of a pack does.
func installEmbedder(t *testing.T, b *bench, name string, dimensions uint32) {
	t.Helper()
	var file bytes.Buffer
	err := gguf.Write(&file, []gguf.Entry{
		{Key: "general.architecture", Value: "bert"}, {Key: "bert.embedding_length", Value: dimensions}, {Key: "bert.pooling_type", Value: uint32(1)},
	}, []gguf.Weights{{Name: "token_embd.weight", Shape: []uint64{32, 8}}},
		func(w io.Writer, _ gguf.Weights, n int64) error { _, err := w.Write(make([]byte, n)); return err })
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(file.Bytes())
	digest := "sha256:" + hex.EncodeToString(sum[:])
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, filepath.Base(b.getting.store().BlobPath(digest))), file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	layer := store.Layer{MediaType: store.MediaModel, Digest: digest, Size: int64(file.Len())}
	raw, err := json.Marshal(store.Manifest{SchemaVersion: 2, Config: layer, Layers: []store.Layer{layer}})
	if err != nil {
		t.Fatal(err)
	}
	where, ok := b.getting.name(name)
	if !ok {
		t.Fatal(name)
	}
	if err := b.getting.store().Commit(where, raw, folder); err != nil {
		t.Fatal(err)
	}
}

func TestAChosenEmbeddingModelIsUsed(t *testing.T) {
	folder := t.TempDir()
	second := llmtest.NewScripted(llmtest.Script{Embedder: secondEmbedder, Dimensions: 32})
	change := func(c *Config) {
		own, _ := c.Embedder.(*actor)
		c.Embedder = twoEmbedders{own, second}
	}
	b := openWith(t, folder, llmtest.Script{}, change)
	b.add(b.collection("House"), "machine.md", machine)
	installEmbedder(t, b, secondEmbedder, 32)
	own := b.App.models.embedderKey()
	own0, passages, err := b.db.CountVectors(t.Context(), own)
	if err != nil || passages == 0 || own0 != passages {
		t.Fatalf("%d of %d, %v", own0, passages, err)
	}

	meant := do[EmbedderChange](b, "models.embedderChange", ModelByName{Name: secondEmbedder})
	if meant.Passages != passages || meant.Missing != passages {
		t.Errorf("what it means: %+v, %d passages", meant, passages)
	}
	if _, problem := run[Settings](b, "settings.set", SetRequest{Key: string(policy.Embedder), Value: "no/such"}); problem == nil || problem.Code != ProblemEmbedderUnknown {
		t.Errorf("an embedder that is not installed was taken: %+v", problem)
	}
	if _, problem := run[EmbedderChange](b, "models.embedderChange", ModelByName{Name: "no/such"}); problem == nil || problem.Code != ProblemEmbedderUnknown {
		t.Errorf("a model that is not there: %+v", problem)
	}
	b.set(policy.Embedder, secondEmbedder)
	searched := func(b *bench, dimension int) func() bool {
		return func() bool {
			_, length := b.vectors.space()
			index := b.vectors.current()
			return length == dimension && index != nil && index.Len() == passages && b.App.models.embedderReady()
		}
	}
	b.until("every passage has a vector of the chosen model", searched(b, 32))
	for _, batch := range second.Embedded() {
		if len(batch) > 0 && !bytes.HasPrefix([]byte(batch[0]), []byte("passage: ")) && !bytes.HasPrefix([]byte(batch[0]), []byte("query: ")) {
			t.Errorf("a text without the prefix that the model was trained with: %.40q", batch[0])
		}
	}
	before := len(second.Embedded())
	if vectors, err := b.App.models.EmbedQueries(t.Context(), []string{"machine"}); err != nil || len(vectors[0]) != 32 || len(second.Embedded()) == before {
		t.Errorf("a question was not embedded by the chosen model: %v", err)
	}
	if _, err := b.getting.Delete(t.Context(), b.Owner(), ModelByName{Name: secondEmbedder}); AsError(err).Code != ProblemModelInUse {
		t.Errorf("deleted while in use: %v", err)
	}
	// Back: those of before were kept.
	b.set(policy.Embedder, "")
	b.until("the vectors of before are searched", searched(b, 64))
	b.set(policy.Embedder, secondEmbedder)
	b.until("and those of the chosen model again", searched(b, 32))
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := openWith(t, folder, llmtest.Script{}, change)
	again.until("the choice is kept", searched(again, 32))
}

func TestTextRecognitionOfPacksIsUsed(t *testing.T) {
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) {
		c.FindTool = func(name string) (string, string) { return "/usr/bin/" + name, "" }
	})
	if err := os.MkdirAll(b.getting.ocrFolder(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"deu", "eng"} {
		if _, data := b.getting.findTool("tesseract"); data != "" {
			t.Errorf("before %s is there: %q", language, data)
		}
		if err := os.WriteFile(filepath.Join(b.getting.ocrFolder(), language+".traineddata"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if path, data := b.getting.findTool("tesseract"); path == "" || data != b.getting.ocrFolder() {
		t.Errorf("%q with %q", path, data)
	}
	if _, data := b.getting.findTool("soffice"); data != "" {
		t.Errorf("another program got the data: %q", data)
	}
}
