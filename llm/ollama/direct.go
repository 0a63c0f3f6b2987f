package ollama

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// directAtOnce is how many texts are with a runner at the same time: one is
// computed, the next one is read meanwhile.
const directAtOnce = 2

// announced is the line in which the server tells that it starts a runner. The
// weights may lie in any folder; the name of their file is their digest.
var announced = regexp.MustCompile(`msg="?starting runner"? .*\b(sha256-[0-9a-f]{64})\b.* --port (\d+)`)

// longestLine bounds what is kept of an output without line ends.
const longestLine = 16 << 10

// announcements learns from what the server prints on which port it started a
// runner for which weights. It is an [io.Writer] that never fails.
type announcements struct {
	mu    sync.Mutex
	line  []byte
	ports map[string]int // by file name of the weights
}

func (a *announcements) Write(data []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for line := range bytes.Lines(data) {
		if len(a.line)+len(line) <= longestLine {
			a.line = append(a.line, line...)
		}
		if line[len(line)-1] != '\n' {
			break
		}
		if found := announced.FindSubmatch(a.line); found != nil {
			if port, err := strconv.Atoi(string(found[2])); err == nil && port > 0 && port < 1<<16 {
				a.ports[string(found[1])] = port
			}
		}
		a.line = a.line[:0]
	}
	return len(data), nil
}

// forget is called when another server starts: its runners are other ones.
func (a *announcements) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.line, a.ports = nil, map[string]int{}
}

func (a *announcements) port(weights string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ports[weights]
}

// Runner returns the base URL of the process that the server started last for
// the weights in a file of this name, "" if it has started none, and how long
// it lives from its last use through the server. It may have ended since.
func (r *Runtime) Runner(weights string) (url string, keepAlive time.Duration) {
	port := r.runners.port(weights)
	if port == 0 {
		return "", 0
	}
	return "http://127.0.0.1:" + strconv.Itoa(port), r.options.KeepAlive
}

// embedDirect asks the runner of a loaded embedder without the server before
// it. The server reads the vocabulary of the model for every request, which
// costs 60 to 150 ms with the 250,002 tokens of multilingual E5; the runner
// needs 10 ms for a short question, and its vectors are the same. ok is false
// where this way is closed: the ordinary one must be gone then, which also
// loads the model and renews the time it stays in memory.
func (c *Client) embedDirect(ctx context.Context, server *api.Client, model string, texts []string, vectors [][]float32) (tooLong int, ok bool) {
	runner := c.runner(ctx, server, model)
	if runner == "" {
		return 0, false
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var group sync.WaitGroup
	next, failure := 0, error(nil)
	for range min(directAtOnce, len(texts)) {
		group.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := failure != nil
				mu.Unlock()
				if i >= len(texts) || stop {
					return
				}
				vector, err := c.askRunner(inner, runner, texts[i])
				mu.Lock()
				switch {
				case err == nil:
					vectors[i] = vector
				case llm.CodeOf(err) == llm.CodeInputTooLong:
					tooLong++
				case failure == nil:
					failure = err
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if failure == nil {
		failure = sameLength(vectors)
	}
	if failure != nil {
		if ctx.Err() == nil {
			c.log.Warn("the runner did not embed, the server is asked", "model", model, "code", llm.CodeOf(failure))
		}
		return 0, false
	}
	return tooLong, true
}

// runner returns the base URL of a model's runner if the server says that the
// model is in memory and stays there for a while: what the runner does unseen
// by the server does not renew that time.
func (c *Client) runner(ctx context.Context, server *api.Client, model string) string {
	ours, ok := c.options.Server.(interface {
		Runner(weights string) (url string, keepAlive time.Duration)
	})
	if !ok {
		return ""
	}
	f, err := c.facts(ctx, model, "")
	if err != nil || f.blob == "" || !f.embedding {
		return ""
	}
	url, keepAlive := ours.Runner(f.blob)
	if url == "" {
		return ""
	}
	running, err := server.ListRunning(ctx)
	if err != nil {
		return ""
	}
	if c.options.KeepAlive > 0 {
		keepAlive = c.options.KeepAlive
	}
	for _, m := range running.Models {
		if plain(m.Name) == plain(model) && m.ExpiresAt.After(c.now().Add(keepAlive/2)) {
			return url
		}
	}
	return ""
}

// askRunner embeds one text. The wire is the one between Ollama 0.24 and its
// runners, the same for both of its engines.
func (c *Client) askRunner(ctx context.Context, runner, text string) ([]float32, error) {
	body, err := json.Marshal(map[string]string{"content": text})
	if err != nil {
		return nil, &llm.Error{Code: llm.CodeBadResponse, Cause: err}
	}
	ctx, _ = watch(ctx, false)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, runner+"/embedding", bytes.NewReader(body))
	if err != nil {
		return nil, &llm.Error{Code: llm.CodeRuntimeDown, Cause: err}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, classify(ctx, err, onEmbed)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		said, err := io.ReadAll(io.LimitReader(response.Body, longestCause))
		if err != nil {
			return nil, classify(ctx, err, onEmbed)
		}
		return nil, fromMessage(response.StatusCode, string(said), onEmbed)
	}
	var answer struct {
		Embedding []float32 `json:"embedding"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, classify(ctx, err, onEmbed)
	}
	vector, err := unit(answer.Embedding)
	if err != nil {
		return nil, &llm.Error{Code: llm.CodeBadResponse, Cause: err}
	}
	return vector, nil
}

// sameLength checks the vectors of one batch; those of texts that are too long
// are nil.
func sameLength(vectors [][]float32) error {
	length := 0
	for _, vector := range vectors {
		switch {
		case vector == nil:
		case length == 0:
			length = len(vector)
		case len(vector) != length:
			return failed(llm.CodeBadResponse, "vectors of different lengths")
		}
	}
	return nil
}
