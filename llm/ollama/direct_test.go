package ollama_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

func TestRunnersAreLearnedFromTheOutput(t *testing.T) {
	weights := "sha256-" + strings.Repeat("0a", 32)
	line := `time=2026-11-27T09:03:21.119Z level=INFO source=server.go:433 msg="starting runner" cmd="/opt/bin/ollama runner --model /m/blobs/` + weights + " --port %d\"\n"
	windows := `time=x level=INFO msg="starting runner" cmd="C:\\Kontor\\ollama.exe runner --ollama-engine --model C:\\m m\\blobs\\` + weights + " --port 5002\"\n"
	at := func(port int) string { return fmt.Sprintf(line, port) }
	tests := map[string]struct {
		written []string
		want    map[string]int
	}{
		"a line":                 {[]string{at(5001)}, map[string]int{weights: 5001}},
		"in parts, among others": {[]string{"noise\n" + at(5001)[:60], at(5001)[60:], "more"}, map[string]int{weights: 5001}},
		"the last one counts":    {[]string{at(5001) + at(5003)}, map[string]int{weights: 5003}},
		"with other paths":       {[]string{windows}, map[string]int{weights: 5002}},
		"no end of the line yet": {[]string{strings.TrimSuffix(at(5001), "\n")}, map[string]int{}},
		"without weights":        {[]string{`msg="starting runner" cmd="/opt/bin/ollama runner --ollama-engine --port 36393"` + "\n"}, map[string]int{}},
		"no port":                {[]string{at(70000)}, map[string]int{}},
		"a line without end":     {[]string{strings.Repeat("x", 1<<20), at(5001), at(5003)}, map[string]int{weights: 5003}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ollama.Announced(test.written...); !maps.Equal(got, test.want) {
				t.Errorf("ports = %v, want %v", got, test.want)
			}
		})
	}
}

// dialled notes to which ports connections were opened.
type dialled struct {
	mu    sync.Mutex
	ports map[string]bool
}

func (d *dialled) dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.ports[port] = true
	d.mu.Unlock()
	return dial(ctx, network, address)
}

func (d *dialled) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.ports)
}

// The vectors of both ways must be the same, for short and long texts, alone
// and in a batch, and the direct way must really be gone.
func TestDirectVectorsAreTheServers(t *testing.T) {
	r := realServer(t)
	ctx := testContext(t)
	endpoint, err := r.runtime.Endpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ordinary := ollama.New(ollama.Options{Server: ollama.External(endpoint), DialContext: dial, EmbedThreads: 1})
	ports := &dialled{ports: map[string]bool{}}
	direct := ollama.New(ollama.Options{Server: r.runtime, DialContext: ports.dial, EmbedThreads: 1})
	texts := []string{
		"query: Wie lang ist die Kündigungsfrist?", "", "query: 数据保护 и право",
		"passage: " + strings.Repeat("Die Kündigung bedarf der Schriftform und muss rechtzeitig zugehen. ", 12),
		"passage: Bananas are yellow.",
	}
	want, err := ordinary.Embed(ctx, r.embed, texts) // loads the model
	if err != nil {
		t.Fatal(err)
	}
	got, err := direct.Embed(ctx, r.embed, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		alone, err := direct.Embed(ctx, r.embed, texts[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		for _, vector := range [][]float32{got[i], alone[0]} {
			if like := cosine(vector, want[i]); like < .9999 {
				t.Errorf("text %d: cosine %v", i, like)
			}
		}
	}
	if n := ports.count(); n != 2 {
		t.Errorf("connections to %d ports, want the server's and the runner's", n)
	}
}

func cosine(a, b []float32) (sum float64) {
	if len(a) != len(b) {
		return 0
	}
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// runnerServer is a server whose runner is known.
type runnerServer struct {
	ollama.Server
	runner string
}

func (r runnerServer) Runner(string) (string, time.Duration) { return r.runner, 10 * time.Minute }

// Where the runner does not do what it should, or the server does not vouch
// for it, the server itself is asked, and nothing of it shows.
func TestDirectWayFallsBack(t *testing.T) {
	piece := func(text string) []llmtest.Piece { return []llmtest.Piece{{Bytes: text}} }
	weights := "sha256-" + strings.Repeat("0a", 32)
	described := `{"modelfile":"FROM /m/blobs/` + weights + `\n","capabilities":["embedding"],"model_info":{"general.architecture":"bert","bert.context_length":512}}`
	loaded := func(left time.Duration) string {
		return `{"models":[{"name":"m:latest","expires_at":"` + time.Now().Add(left).Format(time.RFC3339) + `"}]}`
	}
	right, wrong := `{"embedding":[3,4],"prompt_eval_count":2}`, `{"embedding":[]}`
	tests := map[string]struct {
		running string
		runner  llmtest.Recording
		direct  bool
	}{
		"works":             {loaded(time.Hour), llmtest.Recording{Pieces: piece(right)}, true},
		"not loaded":        {`{"models":[]}`, llmtest.Recording{Pieces: piece(right)}, false},
		"about to go":       {loaded(2 * time.Minute), llmtest.Recording{Pieces: piece(right)}, false},
		"another one's":     {strings.Replace(loaded(time.Hour), "m:latest", "n:latest", 1), llmtest.Recording{Pieces: piece(right)}, false},
		"server says junk":  {`<html>`, llmtest.Recording{Pieces: piece(right)}, false},
		"runner fails":      {loaded(time.Hour), llmtest.Recording{Status: 500, Pieces: piece("failed")}, false},
		"runner says junk":  {loaded(time.Hour), llmtest.Recording{Pieces: piece("<html>")}, false},
		"no vector":         {loaded(time.Hour), llmtest.Recording{Pieces: piece(wrong)}, false},
		"no number":         {loaded(time.Hour), llmtest.Recording{Pieces: piece(`{"embedding":[null,"x"]}`)}, false},
		"runner breaks off": {loaded(time.Hour), llmtest.Recording{Pieces: []llmtest.Piece{{Bytes: right[:10]}, {Break: true}}}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := llmtest.NewReplay(t, map[string]llmtest.Recording{
				"/api/show":  {Pieces: piece(described)},
				"/api/ps":    {Pieces: piece(test.running)},
				"/api/embed": {Pieces: piece(`{"model":"m","embeddings":[[1,0],[1,0],[1,0]]}`)},
			})
			runner := llmtest.NewReplay(t, map[string]llmtest.Recording{"/embedding": test.runner})
			client := ollama.New(ollama.Options{Server: runnerServer{ollama.External(server.URL), runner.URL}, DialContext: dial})
			vectors, err := client.Embed(testContext(t), "m", []string{"a", "b", "c"})
			if err != nil {
				t.Fatal(err)
			}
			for i, vector := range vectors {
				if len(vector) != 2 || test.direct != (vector[1] != 0) {
					t.Errorf("vector %d = %v, direct %v", i, vector, test.direct)
				}
			}
		})
	}
}

// A runner that is gone, and one that stands still while the caller gives up.
func TestDirectWayEnds(t *testing.T) {
	weights := "sha256-" + strings.Repeat("0a", 32)
	server := llmtest.NewReplay(t, map[string]llmtest.Recording{
		"/api/show":  {Pieces: []llmtest.Piece{{Bytes: `{"modelfile":"FROM /m/blobs/` + weights + `\n","capabilities":["embedding"]}`}}},
		"/api/ps":    {Pieces: []llmtest.Piece{{Bytes: `{"models":[{"name":"m","expires_at":"2300-01-01T00:00:00Z"}]}`}}},
		"/api/embed": {Pieces: []llmtest.Piece{{Bytes: `{"embeddings":[[1,0]]}`}}},
	})
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://127.0.0.1:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	listener.Close()
	client := ollama.New(ollama.Options{Server: runnerServer{ollama.External(server.URL), gone}, DialContext: dial})
	if vectors, err := client.Embed(testContext(t), "m", []string{"a"}); err != nil || vectors[0] == nil {
		t.Errorf("gone: vectors = %v, %v", vectors, err)
	}
	hangs := llmtest.NewReplay(t, map[string]llmtest.Recording{"/embedding": {Pieces: []llmtest.Piece{{Bytes: "{"}, {Hang: true}}}})
	client = ollama.New(ollama.Options{Server: runnerServer{ollama.External(server.URL), hangs.URL}, DialContext: dial})
	ctx, cancel := context.WithTimeout(testContext(t), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Embed(ctx, "m", []string{"a"}); llm.CodeOf(err) != llm.CodeCancelled {
		t.Errorf("hangs: err = %v, want cancelled", err)
	}
}
