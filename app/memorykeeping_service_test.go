package app

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/llmtest"
	"kontor/storage"
)

// crowded is a scripted provider with several models in memory, as the
// bundled runtime has them.
type crowded struct {
	*llmtest.Scripted
	mu     sync.Mutex
	memory []llm.LoadedModel
	loads  []string
}

func (c *crowded) Loaded(context.Context) ([]llm.LoadedModel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.memory), nil
}

func (c *crowded) Unload(_ context.Context, model string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory = slices.DeleteFunc(c.memory, func(l llm.LoadedModel) bool { return shortName(l.Name) == model })
	return nil
}

func (c *crowded) Load(ctx context.Context, model string, window int) error {
	if err := c.Scripted.Load(ctx, model, window); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads = append(c.loads, model)
	c.memory = append(c.memory, llm.LoadedModel{Name: model, Bytes: 1 << 30, ContextWindow: window})
	return nil
}

func (c *crowded) loadsOf(model string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.loads) - len(slices.DeleteFunc(slices.Clone(c.loads), func(name string) bool { return name == model }))
}

// crowdedBench is a Kontor on such a provider, with nothing in memory yet.
func crowdedBench(t *testing.T, script llmtest.Script) (*bench, *crowded) {
	t.Helper()
	provider := &crowded{Scripted: llmtest.NewScripted(script)}
	return openWith(t, t.TempDir(), script, func(c *Config) { c.Provider, c.Embedder = provider, provider }), provider
}

// TestIdleModelsAreLetGoUnderPressure follows three models in memory through
// readings of too little memory, while one of them answers and afterwards.
func TestIdleModelsAreLetGoUnderPressure(t *testing.T) {
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	b, provider := crowdedBench(t, llmtest.Script{Answer: func(llm.Request) llmtest.Answer {
		<-held
		return llmtest.Answer{Text: "The notice period is three months."}
	}})
	t.Cleanup(release)
	models := b.App.models
	sent := do[SendResult](b, "chats.send", SendRequest{Text: "Which notice period?"})
	b.until("the answer is being written", func() bool {
		working, _ := models.use.works(llmtest.ChatModel)
		return working
	})
	const other = "elsewhere"
	provider.mu.Lock()
	provider.memory = append(provider.memory, llm.LoadedModel{Name: other + ":latest", Bytes: 4 << 30}, llm.LoadedModel{Name: llmtest.EmbedModel, Bytes: 1 << 28})
	provider.mu.Unlock()
	models.use.touch(llmtest.EmbedModel)

	began := time.Now()
	later := began.Add(2 * pressureIdle)
	short := hardware.Memory{Total: 16 << 30, Available: 300 << 20}
	for _, reading := range []struct {
		name   string
		memory hardware.Memory
		now    time.Time
		want   string
	}{
		{"plenty", hardware.Memory{Total: 16 << 30, Available: 8 << 30}, later, ""},
		{"unknown", hardware.Memory{}, later, ""},
		{"short: never used", short, began, other},
		{"short: the embedder was used just now", short, began, ""},
		{"short: idle by now", short, later, llmtest.EmbedModel},
		{"short: only the one that answers is left", short, later, ""},
	} {
		if got := models.giveBack(t.Context(), reading.memory, reading.now); got != reading.want {
			t.Errorf("%s: let %q go, want %q", reading.name, got, reading.want)
		}
	}
	view := do[ModelMemory](b, "models.memory", Empty{})
	if len(view.Models) != 1 || view.Models[0].Name != shortName(llmtest.ChatModel) || !view.Models[0].Working {
		t.Errorf("while it answers: %+v", view.Models)
	}
	if view.LetGo == nil || view.LetGo.Name != llmtest.EmbedModel || view.LetGo.FreeBytes != short.Available || view.LetGo.At == 0 {
		t.Errorf("let go: %+v", view.LetGo)
	}
	release()
	b.until("the answer has ended", func() bool {
		messages := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
		return len(messages) == 2 && messages[1].Status == storage.MessageComplete
	})
	b.until("its title has ended, too", func() bool {
		return models.giveBack(t.Context(), short, time.Now().Add(2*pressureIdle)) == shortName(llmtest.ChatModel)
	})
	if models.giveBack(t.Context(), short, time.Now().Add(2*pressureIdle)) != "" {
		t.Error("something was let go though nothing is in memory")
	}
	if view := do[ModelMemory](b, "models.memory", Empty{}); len(view.Models) != 0 {
		t.Errorf("in the end: %+v", view.Models)
	}
}

// TestLoadIsShownAndOnlyDoneWhenNeeded switches between models: one that the
// runtime still has is not loaded again, one that it let go by itself is.
func TestLoadIsShownAndOnlyDoneWhenNeeded(t *testing.T) {
	b, provider := crowdedBench(t, llmtest.Script{Answer: func(llm.Request) llmtest.Answer { return llmtest.Answer{Text: "Yes."} }})
	ask := func() {
		t.Helper()
		sent := do[SendResult](b, "chats.send", SendRequest{Text: "Is it so?"})
		b.until("the answer has ended", func() bool {
			messages := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages
			return len(messages) == 2 && messages[1].Status == storage.MessageComplete
		})
	}
	ask()
	if n := provider.loadsOf(llmtest.ChatModel); n != 1 {
		t.Fatalf("loaded %d times for the first question", n)
	}
	models := b.App.models
	models.setLoaded("elsewhere", 4096) // another model has answered since
	ask()
	if n := provider.loadsOf(llmtest.ChatModel); n != 1 {
		t.Errorf("loaded %d times though it was in memory", n)
	}
	models.setLoaded("elsewhere", 4096)
	if err := provider.Unload(t.Context(), shortName(llmtest.ChatModel)); err != nil {
		t.Fatal(err)
	}
	ask()
	if n := provider.loadsOf(llmtest.ChatModel); n != 2 {
		t.Errorf("loaded %d times after the runtime let it go", n)
	}
}

// TestLookedAtWindowLoadsTheModel asks for nothing: whoever looks at the window
// is about to.
func TestLookedAtWindowLoadsTheModel(t *testing.T) {
	b, provider := crowdedBench(t, llmtest.Script{})
	if n := provider.loadsOf(llmtest.ChatModel); n != 0 {
		t.Fatalf("loaded %d times before anybody looked", n)
	}
	do[Empty](b, "models.preload", PreloadRequest{})
	if pressed(b.App.models.freeMemory()) {
		t.Log("this machine has no memory for it, so nothing is to be loaded")
		return
	}
	b.until("the model is loaded", func() bool {
		models := b.App.models
		return provider.loadsOf(llmtest.ChatModel) == 1 && models.isLoaded(llmtest.ChatModel, models.window(chatModel{context: 4096}))
	})
	if _, problem := run[Empty](b, "models.preload", PreloadRequest{ChatID: "gone"}); problem == nil || problem.Code != "not_found" {
		t.Errorf("for a chat that is gone: %+v", problem)
	}
}
