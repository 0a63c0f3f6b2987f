package app

import (
	"context"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/llmtest"
)

func TestSpeedTestKeepsItsHistory(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, llmtest.Script{Answer: func(llm.Request) llmtest.Answer {
		return llmtest.Answer{Text: "a long story of many words and more", First: time.Millisecond, Pace: time.Millisecond}
	}})
	if runs := do[SpeedRuns](b, "models.speeds", Empty{}).Runs; len(runs) != 0 {
		t.Errorf("runs = %+v", runs)
	}
	do[SpeedRuns](b, "models.speedTest", SpeedTestRequest{Model: llmtest.ChatModel})
	do[SpeedRuns](b, "models.speedTest", SpeedTestRequest{Model: llmtest.EmbedModel})
	runs := do[SpeedRuns](b, "models.speedTest", SpeedTestRequest{Model: llmtest.ChatModel}).Runs
	if len(runs) != 3 {
		t.Fatalf("runs = %+v", runs)
	}
	for _, r := range runs {
		if r.PromptRate <= 0 || r.At == 0 || (r.AnswerRate > 0) != (r.Model == llmtest.ChatModel) {
			t.Errorf("run = %+v", r)
		}
	}
	answers, _ := b.models.asked()
	if first, second := answers[0].Messages[0].Text, answers[1].Messages[0].Text; first[:20] == second[:20] {
		t.Error("both runs begin alike: the second would be read from the runtime's cache")
	}
	if _, problem := run[SpeedRuns](b, "models.speedTest", SpeedTestRequest{Model: "none"}); problem == nil || problem.Code != string(llm.CodeModelMissing) {
		t.Errorf("a model that is not there: %+v", problem)
	}
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, folder, llmtest.Script{})
	if kept := do[SpeedRuns](again, "models.speeds", Empty{}).Runs; len(kept) != 3 {
		t.Errorf("after a start: %+v", kept)
	}
}

// lettingGo is a scripted provider that can unload its model.
type lettingGo struct {
	*llmtest.Scripted
	unloaded chan string
}

func (l lettingGo) Unload(_ context.Context, model string) error {
	l.unloaded <- model
	return nil
}

func TestModelIsLetGoUnderPressure(t *testing.T) {
	provider := lettingGo{llmtest.NewScripted(llmtest.Script{}), make(chan string, 1)}
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.Provider, c.Embedder = provider, provider })
	models := b.App.models
	do[Empty](b, "models.preload", PreloadRequest{})
	if !pressed(models.freeMemory()) { // a machine without free memory loads nothing
		b.until("the model is loaded", func() bool { return models.isLoaded(llmtest.ChatModel, models.window(chatModel{context: 4096})) })
	} else {
		models.setLoaded(llmtest.ChatModel, 4096)
	}
	short := hardware.Memory{Total: 16 << 30, Available: 300 << 20}
	if models.giveBack(t.Context(), short) {
		t.Error("a model that was just asked for was let go")
	}
	models.mu.Lock()
	models.asked = time.Now().Add(-2 * pressureIdle)
	models.mu.Unlock()
	for name, memory := range map[string]hardware.Memory{"plenty": {Total: 16 << 30, Available: 8 << 30}, "unknown": {}} {
		if models.giveBack(t.Context(), memory) {
			t.Errorf("let go with memory %s", name)
		}
	}
	if !models.giveBack(t.Context(), short) || <-provider.unloaded != llmtest.ChatModel {
		t.Error("the idle model was not let go")
	}
	if models.giveBack(t.Context(), short) {
		t.Error("let go twice")
	}
}
