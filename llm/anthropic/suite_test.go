package anthropic_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kontor/llm/anthropic"
	"kontor/llm/endpoint"
	"kontor/llm/llmtest"
)

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func clientOf(t *testing.T, url string, timeout time.Duration) *anthropic.Client {
	t.Helper()
	header := http.Header{"X-Api-Key": {"secret"}, "Anthropic-Version": {anthropic.Version}}
	e, err := endpoint.New(endpoint.Options{BaseURL: url + "/v1", DialContext: dial, Header: header, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return anthropic.New(anthropic.Options{Endpoint: e, ContextWindow: 4096})
}

func TestTheDocumentedServerPassesTheSuite(t *testing.T) {
	server := httptest.NewServer(llmtest.NewScripted(llmtest.Script{}).AnthropicHandler())
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL, 0)
	llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
		return llmtest.Subject{
			Provider: client, Model: llmtest.ChatModel, Window: 512, Long: strings.Repeat("word ", 60),
			Foreign: true, Mute: true, Schemas: llmtest.Supported, Tools: llmtest.Supported, Images: llmtest.Supported,
		}
	})
}
