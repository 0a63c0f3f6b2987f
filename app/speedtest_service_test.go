package app

import (
	"context"
	"testing"
	"time"

	"kontor/llm"
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
