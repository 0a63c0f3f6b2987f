package ollama_test

import (
	"testing"

	"kontor/llm/endpoint"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

// The real server speaks OpenAI's format, too. It ignores the window there and
// cuts without a word, so this client's own refusals are what is tested.
func TestTheRealServersOtherRoutePassesTheSuite(t *testing.T) {
	r := realServer(t)
	ctx := testContext(t)
	address, err := r.runtime.Endpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	e, err := endpoint.New(endpoint.Options{BaseURL: address + "/v1", DialContext: dial})
	if err != nil {
		t.Fatal(err)
	}
	client := openai.New(openai.Options{Endpoint: e, Dialect: openai.Ollama, ContextWindow: 2048})
	llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
		return llmtest.Subject{
			Provider: client, Model: r.chat, Window: 1024, Foreign: true, Mute: true, Schemas: llmtest.Supported, Tools: llmtest.Refused, Images: llmtest.Ignored,
			Long: "Count from one to one hundred in words, one number on each line, without leaving out any.",
		}
	})
	llmtest.RunEmbedder(t, client, r.embed, 0)
}
