// Package ollama talks to an Ollama server and supervises the bundled one.
//
// It is the only package that imports the Ollama module, and of that only the
// api package. It uses the native API, because only that one obeys an explicit
// context window, and never lets the server cut a prompt. The server is
// treated as untrusted: answers are bounded, redirects are not followed, and
// models that would run somewhere else are refused. The package knows nothing
// of documents, chats or settings.
package ollama

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// statusTimeout is what [llm.Provider.Status] promises, minus a margin.
const statusTimeout = 1800 * time.Millisecond

// DialFunc opens connections; the one given decides what may be reached. To
// have a refusal recognised it returns an [*llm.Error] with [llm.CodeDenied].
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Server is where a [Client] sends its requests.
type Server interface {
	// Endpoint returns the base URL. It may wait for a server that is just
	// starting, until ctx ends. Errors are [*llm.Error].
	Endpoint(ctx context.Context) (string, error)
	// Status tells what is known without a request.
	Status() llm.Status
}

// External is a server that somebody else runs: it is used, never started
// and never stopped. The endpoint is a base URL such as
// "http://127.0.0.1:11434".
func External(endpoint string) Server { return external(strings.TrimRight(endpoint, "/")) }

type external string

func (e external) Endpoint(context.Context) (string, error) { return string(e), nil }
func (e external) Status() llm.Status {
	return llm.Status{State: llm.RuntimeStarting, Endpoint: string(e)}
}

// Options configure a [Client].
type Options struct {
	Server      Server
	DialContext DialFunc
	// Log gets codes and sizes, never content; nil discards.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// ModelFolder names the server's model folder if it may be read, for the
	// vocabularies; nil means asking the server for them.
	ModelFolder func() string
	// KeepAlive is used where a request sets none; 0 leaves it to the server.
	KeepAlive time.Duration
	// ChatThreads and EmbedThreads are how many threads compute; 0 leaves it
	// to the server, which takes one for each core. Its threads wait for each
	// other in busy loops: more of them than idle cores make it many times
	// slower.
	ChatThreads, EmbedThreads int
	// Quiet is how long an answer that has begun may pause until its model
	// counts as stuck; 0 means 30 s.
	Quiet time.Duration
	// EmbedBatch is how many texts go into one request; 0 means 32. Each
	// request costs 75–150 ms before any computing, unless it can go to the
	// runner directly.
	EmbedBatch int
}

// Client is an [llm.Provider], an [llm.Embedder] and an [llm.TokenCounter].
type Client struct {
	options Options
	http    *http.Client
	log     *slog.Logger
	now     func() time.Time

	mu     sync.Mutex
	models map[string]*model // by name
}

var (
	_ llm.Provider     = (*Client)(nil)
	_ llm.Embedder     = (*Client)(nil)
	_ llm.TokenCounter = (*Client)(nil)
)

// New prepares a client; it connects when it is used.
func New(options Options) *Client {
	c := &Client{options: options, log: options.Log, now: options.Now, models: map[string]*model{}}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.options.Quiet <= 0 {
		c.options.Quiet = defaultQuiet
	}
	if c.options.EmbedBatch <= 0 {
		c.options.EmbedBatch = 32
	}
	c.http = newHTTPClient(options.DialContext)
	return c
}

// connect gives an API client for the server's present address.
func (c *Client) connect(ctx context.Context) (*api.Client, error) {
	endpoint, err := c.options.Server.Endpoint(ctx)
	if err != nil {
		return nil, classify(ctx, err, onChat)
	}
	return connectTo(endpoint, c.http)
}

func connectTo(endpoint string, client *http.Client) (*api.Client, error) {
	base, err := url.Parse(endpoint)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, failed(llm.CodeRuntimeDown, "the endpoint is no URL")
	}
	// The API package signs requests to this name with a key of the user.
	if host := base.Hostname(); host == "ollama.com" || strings.HasSuffix(host, ".ollama.com") {
		return nil, failed(llm.CodeDenied, "the endpoint is a hosted service")
	}
	return api.NewClient(base, client), nil
}

// Status asks for version and loaded models; it takes at most two seconds.
func (c *Client) Status(ctx context.Context) llm.Status {
	status := c.options.Server.Status()
	if _, ours := c.options.Server.(external); !ours && status.State != llm.RuntimeReady {
		return status
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	down := func(err error) llm.Status {
		status.State, status.Code = llm.RuntimeDown, llm.CodeOf(err)
		if status.Code == llm.CodeCancelled {
			status.Code = llm.CodeRuntimeDown
		}
		return status
	}
	server, err := c.connect(ctx)
	if err != nil {
		return down(err)
	}
	version, err := server.Version(ctx)
	if err != nil {
		return down(classify(ctx, err, onChat))
	}
	if version == "" {
		return down(failed(llm.CodeRuntimeForeign, "no version"))
	}
	running, err := server.ListRunning(ctx)
	if err != nil {
		return down(classify(ctx, err, onChat))
	}
	status.State, status.Version, status.Code = llm.RuntimeReady, version, ""
	for _, m := range running.Models {
		status.Loaded = append(status.Loaded, m.Name)
	}
	return status
}

// Models lists the models that run on the server itself. Entries that only
// stand for a hosted model are left out.
func (c *Client) Models(ctx context.Context) ([]llm.Model, error) {
	server, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	list, err := server.List(ctx)
	if err != nil {
		return nil, classify(ctx, err, onChat)
	}
	models := make([]llm.Model, 0, len(list.Models))
	for _, entry := range list.Models {
		if entry.RemoteHost != "" || hosted(entry.Name) {
			continue
		}
		m := llm.Model{
			Name: entry.Name, Digest: entry.Digest, Bytes: entry.Size,
			Parameters: parseParameters(entry.Details.ParameterSize), Quantization: entry.Details.QuantizationLevel,
		}
		facts, err := c.facts(ctx, entry.Name, entry.Digest)
		switch {
		case err == nil:
			m.ContextLength, m.Chat, m.Embedding = facts.contextLength, facts.chat, facts.embedding
			m.Images, m.Tools = facts.vision, facts.tools
		case ctx.Err() != nil:
			return nil, classify(ctx, err, onChat)
		default:
			c.log.Warn("model cannot be described", "model", entry.Name, "code", llm.CodeOf(err))
		}
		models = append(models, m)
	}
	slices.SortFunc(models, func(a, b llm.Model) int { return strings.Compare(a.Name, b.Name) })
	return models, nil
}

// hosted reports whether a name asks for a model that runs elsewhere.
func hosted(name string) bool {
	return strings.HasSuffix(name, ":cloud") || strings.HasSuffix(name, "-cloud")
}

// Load brings a model into memory. The window does not matter to embedding
// models: they are loaded as [Client.Embed] will use them.
func (c *Client) Load(ctx context.Context, model string, contextWindow int) error {
	if err := c.local(ctx, model); err != nil {
		return err
	}
	server, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if facts, err := c.facts(ctx, model, ""); err != nil {
		return err
	} else if facts.embedding && !facts.chat {
		_, err := server.Embed(ctx, &api.EmbedRequest{Model: model, Input: []string{}, KeepAlive: c.keepAlive(0), Options: c.embedOptions()})
		return classify(ctx, err, onLoad)
	}
	request := &api.ChatRequest{Model: model, Options: c.chatOptions(contextWindow), KeepAlive: c.keepAlive(0)}
	return classify(ctx, server.Chat(ctx, request, func(api.ChatResponse) error { return nil }), onLoad)
}

// Delete removes a model from the server.
func (c *Client) Delete(ctx context.Context, model string) error {
	server, err := c.connect(ctx)
	if err != nil {
		return err
	}
	c.forget(model)
	return classify(ctx, server.Delete(ctx, &api.DeleteRequest{Model: model}), onLoad)
}

// keepAlive renders how long a model stays in memory, nil for the server's
// own default.
func (c *Client) keepAlive(wanted time.Duration) *api.Duration {
	if wanted == 0 {
		wanted = c.options.KeepAlive
	}
	if wanted == 0 {
		return nil
	}
	return &api.Duration{Duration: wanted}
}

// parseParameters reads "134.52M" or "7.6B".
func parseParameters(text string) int64 {
	unit := map[byte]float64{'K': 1e3, 'M': 1e6, 'B': 1e9, 'T': 1e12}
	if text == "" {
		return 0
	}
	factor, ok := unit[text[len(text)-1]]
	if !ok {
		return 0
	}
	var number, scale float64 = 0, 0
	for _, c := range text[:len(text)-1] {
		switch {
		case c == '.' && scale == 0:
			scale = 1
		case c >= '0' && c <= '9':
			number = number*10 + float64(c-'0')
			scale *= 10
		default:
			return 0
		}
	}
	return int64(number/max(scale, 1)*factor + 0.5)
}
