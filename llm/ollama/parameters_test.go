package ollama_test

import (
	"net/http/httptest"
	"slices"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

func TestParametersArrive(t *testing.T) {
	script := llmtest.NewScripted(llmtest.Script{})
	server := httptest.NewServer(script.Handler())
	t.Cleanup(server.Close)
	client := ollama.New(ollama.Options{Server: ollama.External(server.URL), DialContext: dial})
	warm, top, no := 0.3, 0.8, false
	request := llm.Request{
		Model: llmtest.ChatModel, Messages: user("Hello"), ContextWindow: 512, MaxTokens: 8, Temperature: &warm, TopP: &top, Seed: 7, Think: &no,
	}
	result, err := client.Chat(testContext(t), request, func(llm.Delta) error { return nil })
	if err != nil || len(result.Ignored) > 0 {
		t.Fatal(result.Ignored, err)
	}
	calls := script.Calls()
	got := calls[len(calls)-1]
	if *got.Temperature != warm || *got.TopP != top || got.Seed != 7 || got.Think == nil || *got.Think {
		t.Errorf("arrived: %+v", got)
	}
	if thinks, err := client.Thinks(testContext(t), llmtest.ChatModel); err != nil || !thinks {
		t.Errorf("thinks: %v, %v", thinks, err)
	}
}

// A model that cannot think is not asked to: the server would refuse.
func TestThinkingIsLeftOutWhereTheModelCannot(t *testing.T) {
	r := realServer(t)
	yes, no := true, false
	for think, want := range map[*bool][]llm.Parameter{&yes: {llm.ParameterThinking}, &no: nil} {
		request := llm.Request{Model: r.chat, Messages: user("Hello"), ContextWindow: 512, MaxTokens: 4, Think: think}
		result, err := r.client.Chat(testContext(t), request, func(llm.Delta) error { return nil })
		if err != nil || !slices.Equal(result.Ignored, want) {
			t.Errorf("think %v: told %v, %v", *think, result.Ignored, err)
		}
	}
}
