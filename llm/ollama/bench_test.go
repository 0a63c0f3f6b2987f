package ollama_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/ollama"
)

// rawChat sends the request that Chat sends, without our code, and tells when
// the first visible token came and when the stream ended.
func rawChat(b *testing.B, endpoint string, client *http.Client, body []byte) (first, whole time.Duration, tokens int) {
	b.Helper()
	start := time.Now()
	response, err := client.Post(endpoint+"/api/chat", "application/json", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		var line struct {
			Message   struct{ Content string }
			EvalCount int `json:"eval_count"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			b.Fatal(err)
		}
		if line.Message.Content != "" && first == 0 {
			first = time.Since(start)
		}
		tokens = max(tokens, line.EvalCount)
	}
	return first, time.Since(start), tokens
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkOverhead compares this package with the bare wire, interleaved.
func BenchmarkOverhead(b *testing.B) {
	r := realServer(b)
	endpoint, err := r.runtime.Endpoint(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	defer client.CloseIdleConnections()
	zero := 0.0
	request := llm.Request{
		Model: r.chat, Messages: user("Write a short story about a lighthouse and its keeper."),
		ContextWindow: 1024, MaxTokens: 48, Temperature: &zero, Seed: 1,
	}
	body, err := json.Marshal(map[string]any{
		"model": r.chat, "messages": []map[string]string{{"role": "user", "content": request.Messages[0].Text}},
		"options":  map[string]any{"num_ctx": 1024, "num_predict": 48, "temperature": 0, "seed": 1, "num_thread": 1},
		"truncate": false, "shift": false,
	})
	if err != nil {
		b.Fatal(err)
	}
	rawChat(b, endpoint, client, body) // warm
	var extra, speed []float64
	for b.Loop() {
		rawFirst, rawWhole, rawTokens := rawChat(b, endpoint, client, body)
		start := time.Now()
		var first time.Duration
		result, err := r.client.Chat(context.Background(), request, func(d llm.Delta) error {
			if first == 0 && d.Text != "" {
				first = time.Since(start)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		whole := time.Since(start)
		extra = append(extra, (first-rawFirst).Seconds()*1000)
		speed = append(speed, (float64(result.Usage.OutputTokens)/(whole-first).Seconds())/(float64(rawTokens)/(rawWhole-rawFirst).Seconds()))
	}
	b.ReportMetric(median(extra), "ms-extra-to-first-token")
	b.ReportMetric(median(speed), "speed-ratio")
}

// BenchmarkFlashAttention starts three servers, with, without and undecided,
// and measures both starter models on each, interleaved.
func BenchmarkFlashAttention(b *testing.B) {
	runtime, starter := folders(b)
	type side struct {
		client *ollama.Client
		name   string
		chat   []float64 // answer tokens a second
		prompt []float64 // prompt tokens a second
		embed  []float64 // passages a second
	}
	models := readManifest(b, starter).Models
	sides := []*side{{name: "off"}, {name: "on"}, {name: "unset"}}
	for i, s := range sides {
		folder := b.TempDir()
		options := runtimeOptions(runtime, folder)
		options.FlashAttention = i == 1
		if i == 2 {
			options.Env = []string{"OLLAMA_FLASH_ATTENTION="} // the server's own choice
		}
		server := ollama.NewRuntime(options)
		if err := server.Start(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(server.Stop)
		s.client = ollama.New(ollama.Options{Server: server, DialContext: dial, ModelFolder: func() string { return filepath.Join(folder, "models") }, ChatThreads: 1, EmbedThreads: 1})
		for _, m := range models {
			if err := s.client.ImportGGUF(context.Background(), ollama.Import{Name: m.Name, Path: filepath.Join(starter, m.File), SHA256: m.SHA256}); err != nil {
				b.Fatal(err)
			}
		}
	}
	passages := make([]string, 16)
	for i := range passages {
		passages[i] = "passage: " + strings.Repeat("Die Kündigung bedarf der Schriftform und muss rechtzeitig zugehen. ", 10+i%3)
	}
	round := 0
	for b.Loop() {
		round++
		for _, s := range sides {
			for _, m := range models {
				if m.Role != "chat" {
					start := time.Now()
					if _, err := s.client.Embed(context.Background(), m.Name, passages); err != nil {
						b.Fatal(err)
					}
					s.embed = append(s.embed, float64(len(passages))/time.Since(start).Seconds())
					continue
				}
				text := strings.Repeat("The keeper of the lighthouse wrote a letter every day. ", 40)
				result, err := s.client.Chat(context.Background(), llm.Request{
					Model: m.Name, Messages: user(string(rune('A'+round)) + text), ContextWindow: 2048, MaxTokens: 64,
				}, func(llm.Delta) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
				if result.Usage.OutputTokens > 8 {
					s.chat = append(s.chat, float64(result.Usage.OutputTokens)/result.Usage.OutputDuration.Seconds())
				}
				s.prompt = append(s.prompt, float64(result.Usage.PromptTokens)/result.Usage.PromptDuration.Seconds())
			}
		}
	}
	for _, s := range sides {
		b.ReportMetric(median(s.embed), "passages/s-"+s.name)
		b.ReportMetric(median(s.prompt), "prompt-tokens/s-"+s.name)
		if len(s.chat) > 0 {
			b.ReportMetric(median(s.chat), "tokens/s-"+s.name)
		}
	}
}
