package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/localrag/parse"
)

// The tests of services run a whole App on a real database and the real
// parsers, in a process of their own as always; only models follow a script.

// parserVerb makes the test program the process that reads documents.
const parserVerb = "parse-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == parserVerb {
		os.Exit(parse.WorkerMain(os.Args[2:], os.Stdin, os.Stdout))
	}
	os.Exit(runTests(m))
}

// parserCache keeps the compiled PDF engine for all tests of a run.
var parserCache string

func runTests(m *testing.M) int {
	// Under the race detector compiling it takes longer than a parser may take
	// to start on a machine that does other things, too.
	if cache := os.Getenv("KONTOR_CACHE"); cache != "" {
		parserCache = filepath.Join(cache, "parser")
		return m.Run()
	}
	folder, err := os.MkdirTemp("", "kontor-app-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	parserCache = folder
	return m.Run()
}

// workerProcess is a parser's process.
type workerProcess struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
}

func (w workerProcess) Stdin() io.WriteCloser { return w.stdin }
func (w workerProcess) Stdout() io.Reader     { return w.stdout }
func (w workerProcess) Kill() error           { return w.cmd.Process.Kill() }
func (w workerProcess) Wait() (int, error) {
	_ = w.cmd.Wait() // the exit code says it all
	return w.cmd.ProcessState.ExitCode(), nil
}

func startParser(_ context.Context, c parse.Command) (parse.Process, error) {
	cmd := exec.Command(os.Args[0], c.Args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return workerProcess{cmd, stdin, stdout}, cmd.Start()
}

// actor plays the models of a test: a script, and a record of how each call
// ended.
type actor struct {
	*llmtest.Scripted
	mu     sync.Mutex
	chats  []error
	embeds []error
	loads  []string // models that were brought into memory
}

func (p *actor) Load(ctx context.Context, model string, window int) error {
	err := p.Scripted.Load(ctx, model, window)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loads = append(p.loads, model)
	return err
}

// loaded says how often a model was brought into memory.
func (p *actor) loaded(model string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	count := 0
	for _, name := range p.loads {
		if name == model {
			count++
		}
	}
	return count
}

func (p *actor) Chat(ctx context.Context, r llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	result, err := p.Scripted.Chat(ctx, r, emit)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chats = append(p.chats, err)
	return result, err
}

func (p *actor) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	vectors, err := p.Scripted.Embed(ctx, model, texts)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.embeds = append(p.embeds, err)
	return vectors, err
}

// ended says how the calls of one kind ended so far.
func (p *actor) ended(of *[]error) []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]error(nil), *of...)
}

// titleTokens is what a title may be long; it tells its request from an answer's.
const titleTokens = 24

// asked lists the requests for answers, and those for titles.
func (p *actor) asked() (answers, titles []llm.Request) {
	for _, call := range p.Calls() {
		if call.MaxTokens == titleTokens {
			titles = append(titles, call)
		} else {
			answers = append(answers, call)
		}
	}
	return answers, titles
}

// bench is an App under test.
type bench struct {
	*App
	t      *testing.T
	me     Principal
	models *actor
	config Config
	shell  *changingShell
}

// changingShell is the side that people see, which a test may exchange while
// the App's own goroutines look at it.
type changingShell struct{ now atomic.Pointer[Shell] }

func newChangingShell() *changingShell {
	s := &changingShell{}
	s.become(noShell{})
	return s
}

func (s *changingShell) become(shell Shell) { s.now.Store(&shell) }

func (s *changingShell) Kind() string { return (*s.now.Load()).Kind() }
func (s *changingShell) Pick(ctx context.Context, folder bool) ([]string, error) {
	return (*s.now.Load()).Pick(ctx, folder)
}
func (s *changingShell) OpenLink(link string) error         { return (*s.now.Load()).OpenLink(link) }
func (s *changingShell) Notify(title, body string) error    { return (*s.now.Load()).Notify(title, body) }
func (s *changingShell) OpenFile(path string, f bool) error { return (*s.now.Load()).OpenFile(path, f) }

// Desktop is empty for a side without one.
func (s *changingShell) Desktop(ctx context.Context) Desktop {
	if desktop, is := (*s.now.Load()).(DesktopShell); is {
		return desktop.Desktop(ctx)
	}
	return Desktop{}
}

// open starts an App with scripted models on a fresh folder.
func open(t *testing.T, script llmtest.Script) *bench {
	t.Helper()
	return openIn(t, t.TempDir(), script)
}

func openIn(t *testing.T, folder string, script llmtest.Script, sources ...policy.Source) *bench {
	t.Helper()
	return openWith(t, folder, script, func(*Config) {}, sources...)
}

// openWith is openIn with changes to the configuration.
func openWith(t *testing.T, folder string, script llmtest.Script, change func(*Config), sources ...policy.Source) *bench {
	t.Helper()
	starter := t.TempDir()
	manifest := `{"models":[{"name":"` + llmtest.EmbedModel + `","role":"embedding","file":"-","sha256":"scripted","scheme":"scripted","dimensions":64}]}`
	if err := os.WriteFile(filepath.Join(starter, "manifest.json"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	paths, err := DefaultPaths(folder)
	if err != nil {
		t.Fatal(err)
	}
	paths.Cache = parserCache
	models := &actor{Scripted: llmtest.NewScripted(script)}
	if sources == nil {
		sources = []policy.Source{}
	}
	b := &bench{t: t, models: models, shell: newChangingShell(), config: Config{
		Paths: paths, StarterDir: starter, StartParser: startParser, PolicySources: sources, Provider: models, Embedder: models,
	}}
	change(&b.config)
	b.App = New(b.config)
	b.SetShell(b.shell)
	b.me = b.Owner()
	b.me.Local = true
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// run calls a method by its name, as every shell does.
func run[T any](b *bench, method string, request any) (T, *Problem) {
	b.t.Helper()
	var result T
	raw, err := b.Surface().Call(b.t.Context(), b.me, method, mustJSON(request))
	if err != nil {
		return result, problemOf(err)
	}
	if err := json.Unmarshal(raw, &result); err != nil {
		b.t.Fatal(err)
	}
	return result, nil
}

// do is run for calls that must not fail.
func do[T any](b *bench, method string, request any) T {
	b.t.Helper()
	result, problem := run[T](b, method, request)
	if problem != nil {
		b.t.Fatalf("%s: %+v", method, problem)
	}
	return result
}

// until waits for a condition.
func (b *bench) until(what string, condition func() bool) {
	b.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for !condition() {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// finished waits for the end of an answer and returns it as it is stored.
func (b *bench) finished(chat, message string) Message {
	b.t.Helper()
	var ended *AnswerEnded
	b.until("the answer has ended", func() bool {
		for _, e := range b.since(0) {
			if e.AnswerEnded != nil && e.AnswerEnded.Message.ID == message {
				ended = e.AnswerEnded
			}
		}
		return ended != nil
	})
	for _, m := range do[ChatView](b, "chats.open", ByID{ID: chat}).Messages {
		if m.ID == message {
			return m
		}
	}
	return ended.Message
}

// since lists the events behind a number.
func (b *bench) since(seq int64) []Event {
	b.t.Helper()
	events, resync, _ := b.Bus().After(seq)
	if resync {
		b.t.Fatal("events were lost")
	}
	return events
}

// ask sends a question and waits for the answer.
func (b *bench) ask(r SendRequest) (SendResult, Message) {
	b.t.Helper()
	sent := do[SendResult](b, "chats.send", r)
	return sent, b.finished(sent.Chat.ID, sent.Answer.ID)
}

// collection makes one.
func (b *bench) collection(name string) string {
	b.t.Helper()
	return do[Collection](b, "collections.create", RenameRequest{Name: name}).ID
}

// add uploads a document and waits until it can be searched in all ways, or
// has failed.
func (b *bench) add(collection, name, text string) Document {
	b.t.Helper()
	d, err := b.Upload(b.t.Context(), b.me, name, collection, int64(len(text)), bytes.NewReader([]byte(text)))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.settled(d.ID)
}

// settled waits until a document is ready, failed or cancelled.
func (b *bench) settled(id string) Document {
	b.t.Helper()
	var d Document
	b.until("the document is read", func() bool {
		d = do[Document](b, "documents.get", ByID{ID: id})
		return d.Status == "ready" || d.Status == "failed" || d.Status == "cancelled"
	})
	// Storage has the vectors a moment before the index.
	b.vectors.changing.Lock()
	b.vectors.changing.Unlock() //nolint:staticcheck // waiting is all
	return d
}

func (b *bench) set(key policy.Key, value string) {
	b.t.Helper()
	do[Settings](b, "settings.set", SetRequest{Key: string(key), Value: value})
}

// says answers every question with one text.
func says(text string) llmtest.Script {
	return llmtest.Script{Answer: func(llm.Request) llmtest.Answer { return llmtest.Answer{Text: text} }}
}

// stalls writes a text and then stands still until it is cancelled.
func stalls(text string) llmtest.Script {
	return llmtest.Script{Answer: func(r llm.Request) llmtest.Answer {
		if r.MaxTokens == titleTokens {
			return llmtest.Answer{Text: "A title"}
		}
		return llmtest.Answer{Text: text, Hang: true}
	}}
}

const lease = `# Lease

## Notice period

The tenant may terminate the lease with a notice period of three months to the end of a quarter.

## Deposit

The deposit is 2400 euros and is paid back six weeks after the tenant has moved out.
`

const machine = `# Coffee machine

Descale the coffee machine once a week with citric acid and rinse it twice.
`
