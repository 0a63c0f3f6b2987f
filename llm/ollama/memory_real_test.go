package ollama_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

// comparison loads models and compares the server's own figure with ours.
type comparison struct {
	real  *real
	log   string
	rows  int
	worst float64
}

// load brings a model into memory and checks the estimate. The server's older
// engine reckons no buffers for computing on the processor, but its log tells
// the buffers that it set aside; the newer one counts all of them.
func (c *comparison) load(t *testing.T, name string, shape llm.Shape, weights llm.Weights, window int) {
	t.Helper()
	ctx := testContext(t)
	before, err := os.Stat(c.log)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.real.client.Load(ctx, name, window); err != nil {
		t.Fatalf("%d tokens: %v", window, err)
	}
	written, err := os.ReadFile(c.log)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := c.real.client.Loaded(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var figure int64
	for _, model := range loaded {
		if strings.TrimSuffix(model.Name, ":latest") == name {
			figure = model.Bytes
		}
	}
	lines := string(written[min(before.Size(), int64(len(written))):])
	if use, ok := ollama.ReadMemoryUse(lines); ok && strings.Contains(lines, "compute buffer size") {
		figure = use.Total()
	}
	estimate := shape.Estimate(weights, llm.Loading{Window: window}).Model()
	deviation := float64(estimate)/float64(figure) - 1
	c.rows, c.worst = c.rows+1, max(c.worst, math.Abs(deviation))
	t.Logf("%5d tokens: runtime %7.1f MB, estimate %7.1f MB, %+.1f %%", window, float64(figure)/1e6, float64(estimate)/1e6, 100*deviation)
	if figure == 0 || math.Abs(deviation) > 0.10 {
		t.Errorf("%d tokens: estimate is %+.1f %% off", window, 100*deviation)
	}
	if err := c.real.client.Unload(ctx, name); err != nil {
		t.Fatal(err)
	}
}

func TestEstimateIsWhatTheRuntimeTakes(t *testing.T) {
	r := realServer(t)
	compared := &comparison{real: r, log: filepath.Join(shared.folder, "log", "runtime.log")}
	for _, named := range llmtest.SmallShapes() {
		t.Run(named.Name, func(t *testing.T) {
			file, shape, err := llmtest.WriteRandomFile(t.TempDir(), named)
			if err != nil {
				t.Fatal(err)
			}
			const name = "random"
			ctx := testContext(t)
			if err := r.client.ImportGGUF(ctx, ollama.Import{Name: name, Path: file.Path, SHA256: file.SHA256}); err != nil {
				t.Fatal(err)
			}
			for _, window := range []int{2048, 8192} {
				compared.load(t, name, shape, file.Weights, window)
			}
			if err := r.client.Delete(ctx, name); err != nil {
				t.Error(err)
			}
		})
	}
	starter := os.Getenv(starterVariable)
	for _, m := range readManifest(t, starter).Models {
		t.Run(m.Name, func(t *testing.T) {
			header, err := gguf.Open(filepath.Join(starter, m.File), llm.KeepForShape)
			if err != nil {
				t.Fatal(err)
			}
			shape, weights, ok := llm.ShapeOf(header)
			if !ok {
				t.Fatalf("no shape in %s", m.File)
			}
			if err := r.client.Unload(testContext(t), m.Name); err != nil {
				t.Fatal(err)
			}
			compared.load(t, m.Name, shape, weights, 2048)
		})
	}
	t.Logf("%d loads, worst deviation %.1f %%", compared.rows, 100*compared.worst)
}

// TestUnloadBesideAnAnswer lets the embedding model go while the chat model
// answers, which goes on.
func TestUnloadBesideAnAnswer(t *testing.T) {
	r := realServer(t)
	ctx := testContext(t)
	if _, err := r.client.Embed(ctx, r.embed, []string{"query: How long is the notice period?"}); err != nil {
		t.Fatal(err)
	}
	names := func() []string {
		list, err := r.client.Loaded(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range list {
			names = append(names, strings.TrimSuffix(m.Name, ":latest"))
		}
		return names
	}
	unloaded := false
	request := llm.Request{Model: r.chat, ContextWindow: 2048, MaxTokens: 40, Messages: []llm.Message{{Role: llm.User, Text: "Tell a long story about a harbour."}}}
	result, err := r.client.Chat(ctx, request, func(llm.Delta) error {
		if unloaded {
			return nil
		}
		unloaded = true
		return r.client.Unload(ctx, r.embed)
	})
	if err != nil || result.Usage.OutputTokens == 0 || !unloaded {
		t.Errorf("the answer ended with %v after %d tokens, unloaded: %v", err, result.Usage.OutputTokens, unloaded)
	}
	for slices.Contains(names(), r.embed) {
		select {
		case <-ctx.Done():
			t.Fatal("the embedding model is still in memory")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if !slices.Contains(names(), r.chat) {
		t.Errorf("in memory: %v", names())
	}
}
