package openai_test

import (
	"net/http/httptest"
	"slices"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

// What a dialect has no field for is told; everything else arrives. The
// server of the test refuses fields that such a server does not know.
func TestParametersArriveOrAreTold(t *testing.T) {
	seed, thinking := llm.ParameterSeed, llm.ParameterThinking
	untold := map[openai.Dialect][]llm.Parameter{
		openai.LMStudio: {thinking}, openai.TGI: {thinking}, openai.DeepSeek: {seed}, openai.Mistral: {thinking},
		openai.OpenAI: {thinking}, openai.Other: {thinking},
	}
	for _, dialect := range openai.Dialects() {
		t.Run(string(dialect), func(t *testing.T) {
			script := llmtest.NewScripted(llmtest.Script{})
			server := httptest.NewServer(script.OpenAIHandler(string(dialect)))
			t.Cleanup(server.Close)
			warm, top := 0.3, 0.8
			for _, think := range []bool{true, false} {
				request := llm.Request{
					Model: llmtest.ChatModel, Messages: []llm.Message{{Role: llm.User, Text: "Hello"}}, ContextWindow: 512, MaxTokens: 8,
					Temperature: &warm, TopP: &top, Seed: 7, Think: &think,
				}
				result, err := clientOf(t, server.URL, dialect, 0).Chat(t.Context(), request, func(llm.Delta) error { return nil })
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(result.Ignored, untold[dialect]) {
					t.Errorf("told %v, want %v", result.Ignored, untold[dialect])
				}
				calls := script.Calls()
				got := calls[len(calls)-1]
				if got.Temperature == nil || *got.Temperature != warm || got.TopP == nil || *got.TopP != top {
					t.Errorf("temperature or top_p did not arrive: %+v", got)
				}
				if arrived := got.Seed == 7; arrived == slices.Contains(result.Ignored, seed) {
					t.Errorf("seed arrived: %v, told %v", arrived, result.Ignored)
				}
				if arrived := got.Think != nil && *got.Think == think; arrived == slices.Contains(result.Ignored, thinking) {
					t.Errorf("thinking arrived: %v, told %v", arrived, result.Ignored)
				}
			}
		})
	}
}

// Reasoning models of this server refuse any sampling but their own.
func TestReasoningModelsGetNoSampling(t *testing.T) {
	script := llmtest.NewScripted(llmtest.Script{})
	server := httptest.NewServer(script.OpenAIHandler(string(openai.OpenAI)))
	t.Cleanup(server.Close)
	warm := 0.3
	client := openai.New(openai.Options{Endpoint: endpointOf(t, server.URL), Dialect: openai.OpenAI, ContextWindow: 4096, Models: []string{"gpt-5-mini"}})
	request := llm.Request{Model: "gpt-5-mini", Messages: []llm.Message{{Role: llm.User, Text: "Hello"}}, ContextWindow: 512, Temperature: &warm}
	result, _ := client.Chat(t.Context(), request, func(llm.Delta) error { return nil }) // the script knows no such model
	if !slices.Equal(result.Ignored, []llm.Parameter{llm.ParameterTemperature}) {
		t.Errorf("told %v", result.Ignored)
	}
}
