package ollama

import (
	"context"
	"io"
	"runtime"

	"kontor/llm"
)

// Render gives the prompt this package believes the server makes.
func Render(c *Client, ctx context.Context, model string, messages []llm.Message) (string, error) {
	f, err := c.facts(ctx, model, "")
	if err != nil {
		return "", err
	}
	return f.prompt.render(f.withOwn(wireMessages(messages)), f.thinking, nil)
}

// Bound is the estimate for unknown vocabularies.
func Bound(text string) int { return llm.EstimateTokens(text) }

// Owns tells whether a process listens on a loopback port.
func Owns(pid, port int) bool { return owns(pid, port) }

// OwnsIsExact is false where the system cannot be asked.
var OwnsIsExact = runtime.GOOS == "linux"

// OpenLog opens a rotated log.
func OpenLog(path string) (io.WriteCloser, error) { return openLog(path) }

// Announced gives the ports that are learned from a server's output.
func Announced(written ...string) map[string]int {
	a := announcements{ports: map[string]int{}}
	for _, data := range written {
		_, _ = a.Write([]byte(data))
	}
	return a.ports
}
