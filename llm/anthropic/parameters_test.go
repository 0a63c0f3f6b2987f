package anthropic

import (
	"slices"
	"testing"

	"kontor/llm"
)

func TestParametersThatHaveNoField(t *testing.T) {
	warm, yes, no := 0.3, true, false
	request := llm.Request{Model: "m", Temperature: &warm, TopP: &warm, Seed: 7, Think: &yes}
	want := []llm.Parameter{llm.ParameterTopP, llm.ParameterSeed, llm.ParameterThinking}
	if got := ignored(request); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	body := wire(request)
	if body["temperature"] != warm || body["top_p"] != nil || body["seed"] != nil {
		t.Errorf("sent %v", body)
	}
	alone := llm.Request{Model: "m", TopP: &warm, Think: &no}
	if got := ignored(alone); len(got) > 0 || wire(alone)["top_p"] != warm {
		t.Errorf("told %v, sent %v", got, wire(alone))
	}
}
