package openai_test

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kontor/llm/endpoint"
	"kontor/llm/llmtest"
	"kontor/llm/openai"
)

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func endpointOf(t *testing.T, url string) *endpoint.Endpoint {
	t.Helper()
	e, err := endpoint.New(endpoint.Options{BaseURL: url + "/v1", DialContext: dial})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func clientOf(t *testing.T, url string, dialect openai.Dialect, timeout time.Duration) *openai.Client {
	t.Helper()
	e, err := endpoint.New(endpoint.Options{BaseURL: url + "/v1", DialContext: dial, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return openai.New(openai.Options{Endpoint: e, Dialect: dialect, ContextWindow: 4096})
}

// Each dialect goes through the whole suite against a server that has its
// peculiarities and refuses what such a server refuses.
func TestEveryDialectPassesTheSuite(t *testing.T) {
	mute := map[openai.Dialect]bool{openai.LMStudio: true, openai.Ollama: true, openai.DeepSeek: true, openai.Mistral: true, openai.OpenAI: true, openai.Other: true}
	for _, dialect := range openai.Dialects() {
		t.Run(string(dialect), func(t *testing.T) {
			server := httptest.NewServer(llmtest.NewScripted(llmtest.Script{}).OpenAIHandler(string(dialect)))
			t.Cleanup(server.Close)
			client := clientOf(t, server.URL, dialect, 0)
			llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
				return llmtest.Subject{
					Provider: client, Model: llmtest.ChatModel, Window: 512, Long: strings.Repeat("word ", 60),
					Foreign: true, Mute: mute[dialect], Schemas: llmtest.Supported, Tools: llmtest.Supported, Images: llmtest.Supported,
				}
			})
			llmtest.RunEmbedder(t, client, llmtest.EmbedModel, 512)
		})
	}
}
