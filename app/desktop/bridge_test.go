package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"kontor/app"
)

const secretCause = "/home/someone/secret.pdf: permission denied"

// service is a small real implementation of what the window serves.
type service struct {
	folder string

	mu   sync.Mutex
	seen []app.Principal
}

func (s *service) Call(ctx context.Context, p app.Principal, name string, request json.RawMessage) (json.RawMessage, error) {
	s.mu.Lock()
	s.seen = append(s.seen, p)
	s.mu.Unlock()
	switch name {
	case "test.echo":
		return request, nil
	case "test.wait":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, &app.Error{Code: app.ProblemUnknownMethod, Args: map[string]string{"name": name}, Cause: errors.New(secretCause)}
}

func (s *service) Original(_ context.Context, p app.Principal, id, hash string) (*os.File, string, time.Time, error) {
	if id != "1" || !p.Local {
		return nil, "", time.Time{}, &app.Error{Code: app.ProblemOriginalMissing, Cause: errors.New(secretCause)}
	}
	path := filepath.Join(s.folder, "original")
	if err := os.WriteFile(path, []byte("original "+hash), 0o600); err != nil {
		return nil, "", time.Time{}, err
	}
	file, err := os.Open(path)
	return file, "Vertrag.pdf", time.Unix(1, 0), err
}

func newWindow(t *testing.T, start func(context.Context) error) (*Window, *service) {
	t.Helper()
	s := &service{folder: t.TempDir()}
	w := New(Options{
		Calls: s, Files: s, Bus: app.NewBus(), Owner: func() app.Principal { return app.Principal{OwnerID: "anna"} }, Start: start,
		Assets: fstest.MapFS{"index.html": {Data: []byte("<p>page")}, "index.html.gz": {Data: []byte("packed")}},
	})
	t.Cleanup(w.bridge.close)
	return w, s
}

func get(w *Window, path string) (int, string) {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	answer := httptest.NewRecorder()
	w.handler().ServeHTTP(answer, r)
	return answer.Code, answer.Body.String()
}

func TestCapability(t *testing.T) {
	w, s := newWindow(t, nil)
	w.start(t.Context())
	if got := w.bridge.Open(); got != "" {
		t.Errorf("before any page was delivered: %q", got)
	}
	refused := `{"problem":{"code":"not_allowed"}}`
	if got := w.bridge.Call("", "1", "test.echo", `{}`); got != refused {
		t.Errorf("call without a page: %s", got)
	}
	if status, body := get(w, "/"); status != 200 || body != "<p>page" {
		t.Fatalf("page: %d %q", status, body)
	}
	first := w.bridge.Open()
	if len(first) != 43 || w.bridge.Open() != "" {
		t.Errorf("capability %q, then again", first)
	}
	if got := w.bridge.Call(first, "1", "test.echo", `{"a":[1]}`); got != `{"result":{"a":[1]}}` {
		t.Errorf("call: %s", got)
	}
	for _, wrong := range []string{"", first[1:], first + "A", strings.ToUpper(first)} {
		if got := w.bridge.Call(wrong, "1", "test.echo", `{}`); got != refused {
			t.Errorf("capability %q: %s", wrong, got)
		}
	}
	get(w, "/index.html") // the page is loaded again
	if got := w.bridge.Call(first, "1", "test.echo", `{}`); got != refused {
		t.Errorf("capability of the page before: %s", got)
	}
	if got := w.bridge.Call(w.bridge.Open(), "1", "test.echo", `{}`); got != `{"result":{}}` {
		t.Errorf("capability of the page now: %s", got)
	}
	if len(s.seen) != 2 || !s.seen[0].Local || s.seen[0].OwnerID != "anna" {
		t.Errorf("acted as %+v", s.seen)
	}
}

func opened(t *testing.T, w *Window) string {
	t.Helper()
	get(w, "/")
	return w.bridge.Open()
}

func TestProblemsWithoutCauses(t *testing.T) {
	w, _ := newWindow(t, nil)
	w.start(t.Context())
	if got := w.bridge.Call(opened(t, w), "1", "none", `{}`); got != `{"problem":{"code":"unknown_method","args":{"name":"none"}}}` {
		t.Errorf("answer %s", got)
	}
}

func TestCancel(t *testing.T) {
	w, s := newWindow(t, nil)
	w.start(t.Context())
	capability := opened(t, w)
	answers := make(chan string)
	wait := func(id string) { answers <- w.bridge.Call(capability, id, "test.wait", `{}`) }
	go wait("a")
	for {
		s.mu.Lock()
		begun := len(s.seen) == 1
		s.mu.Unlock()
		if begun {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if got := w.bridge.Call(capability, "a", "test.echo", `{}`); got != `{"problem":{"code":"bad_request"}}` {
		t.Errorf("an id in use: %s", got)
	}
	w.bridge.Cancel("b")
	w.bridge.Cancel("a")
	if got := <-answers; got != `{"problem":{"code":"cancelled"}}` {
		t.Errorf("cancelled: %s", got)
	}
	go wait("a") // free again
	w.bridge.close()
	if got := <-answers; got != `{"problem":{"code":"cancelled"}}` && got != `{"problem":{"code":"closing"}}` {
		t.Errorf("closed: %s", got)
	}
	if got := w.bridge.Call(capability, "c", "test.echo", `{}`); got != `{"problem":{"code":"closing"}}` {
		t.Errorf("after the end: %s", got)
	}
}

func TestCallsWaitForTheStart(t *testing.T) {
	begin := make(chan struct{})
	w, _ := newWindow(t, func(context.Context) error { <-begin; return nil })
	capability := opened(t, w)
	go w.start(t.Context())
	answers := make(chan string, 1)
	go func() { answers <- w.bridge.Call(capability, "1", "test.echo", `{}`) }()
	select {
	case got := <-answers:
		t.Fatalf("answered before the start: %s", got)
	case <-time.After(50 * time.Millisecond):
	}
	close(begin)
	if got := <-answers; got != `{"result":{}}` {
		t.Errorf("answer %s", got)
	}

	failing, _ := newWindow(t, func(context.Context) error { return &app.Error{Code: "disk_full", Cause: errors.New(secretCause)} })
	capability = opened(t, failing)
	failing.start(t.Context())
	if got := failing.bridge.Call(capability, "1", "test.echo", `{}`); got != `{"problem":{"code":"disk_full"}}` {
		t.Errorf("after a failed start: %s", got)
	}
	if status, body := get(failing, "/api/original/1"); status != 404 || body != "disk_full\n" {
		t.Errorf("original after a failed start: %d %q", status, body)
	}
}

func TestOriginals(t *testing.T) {
	w, _ := newWindow(t, nil)
	w.start(t.Context())
	if status, body := get(w, "/api/original/1?hash=x"); status != 200 || body != "original x" {
		t.Errorf("original: %d %q", status, body)
	}
	if status, body := get(w, "/api/original/2"); status != 404 || strings.Contains(body, "secret") {
		t.Errorf("no original: %d %q", status, body)
	}
}

func TestPump(t *testing.T) {
	bus := app.NewBus()
	ctx, cancel := context.WithCancel(t.Context())
	emitted := make(chan string)
	var ended sync.WaitGroup
	bus.Publish(app.Event{ChatRemoved: &app.ByID{ID: "before"}})
	ended.Go(func() {
		pump(ctx, bus, func(json string) {
			select {
			case emitted <- json:
			case <-ctx.Done():
			}
		})
	})
	// The pump begins where it is when it starts; publish until it follows.
	var first []app.Event
	for len(first) == 0 {
		bus.Publish(app.Event{ChatRemoved: &app.ByID{ID: "c"}})
		select {
		case raw := <-emitted:
			if err := json.Unmarshal([]byte(raw), &first); err != nil {
				t.Fatal(err)
			}
		case <-time.After(flushEvery):
		}
	}
	if first[0].Seq == 1 {
		t.Error("what the page can load itself was sent again")
	}
	last := first[len(first)-1].Seq
	for range 100 {
		bus.Publish(app.Event{AnswerDelta: &app.AnswerDelta{Text: "a"}})
	}
	flushes := 0
	for last < bus.Seq() {
		var events []app.Event
		if err := json.Unmarshal([]byte(<-emitted), &events); err != nil {
			t.Fatal(err)
		}
		flushes++
		for _, e := range events {
			if e.Seq != last+1 {
				t.Errorf("event %d after %d", e.Seq, last)
			}
			last = e.Seq
		}
	}
	if flushes > 20 {
		t.Errorf("%d flushes for 100 events", flushes)
	}
	// More than can be replayed passes while the page is stuck: the gap shows.
	for range 5000 {
		bus.Publish(app.Event{AnswerDelta: &app.AnswerDelta{Text: "a"}})
	}
	for last < bus.Seq() {
		var events []app.Event
		if err := json.Unmarshal([]byte(<-emitted), &events); err != nil {
			t.Fatal(err)
		}
		last = events[len(events)-1].Seq
	}
	cancel()
	ended.Wait()
}

func TestLinks(t *testing.T) {
	for raw, want := range map[string]string{
		"https://example.org/a?b=c#d":                "https://example.org/a?b=c#d",
		"HTTP://example.org":                         "http://example.org",
		"https://de.wikipedia.org/wiki/Kiel_(Stadt)": "https://de.wikipedia.org/wiki/Kiel_%28Stadt%29",
		"https://example.org/a b;c`d$e'f":            "https://example.org/a%20b%3Bc%60d%24e%27f",
		"https://example.org/ä\u202e":                "https://example.org/%C3%A4%E2%80%AE",
		"mailto:anna@example.org":                    "mailto:anna@example.org",
		"javascript:alert(1)":                        "",
		"JavaScript:alert(1)":                        "",
		"file:///etc/passwd":                         "",
		"smb://host/share":                           "",
		"ms-msdt:/id":                                "",
		"data:text/html,x":                           "",
		"ftp://example.org":                          "",
		"//example.org":                              "",
		"example.org":                                "",
		"":                                           "",
		"https://":                                   "",
		"https:example.org":                          "",
		"https://bank.example@evil.example":          "",
		"https://[::1]/":                             "",
		"http://a\x00b":                              "",
		"http://a\nb":                                "",
		"--version":                                  "",
	} {
		got, err := checkedLink(raw)
		var problem *app.Error
		if got != want || want == "" && (!errors.As(err, &problem) || problem.Code != app.ProblemLinkRefused) {
			t.Errorf("%q: %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config", "window.json")
	fresh := state{Width: defaultWidth, Height: defaultHeight}
	if got := readState(path); got != fresh {
		t.Errorf("no file: %+v", got)
	}
	want := state{X: 30, Y: 40, Width: 900, Height: 700, Placed: true}
	if err := writeState(path, want); err != nil {
		t.Fatal(err)
	}
	if got := readState(path); got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
	for _, broken := range []string{"", "{", `{"width":10,"height":10}`, `{"width":900000,"height":700}`, `{"width":-900,"height":700}`, `[]`} {
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readState(path); got != fresh {
			t.Errorf("%q: %+v", broken, got)
		}
	}
	far := state{X: 5000, Y: -300, Width: 900, Height: 700, Placed: true}.visibleOn(1280, 1024)
	if far.X != 1080 || far.Y != 0 || !far.Placed {
		t.Errorf("a place on a screen that is gone: %+v", far)
	}
	if got := want.visibleOn(0, 0); got.Placed {
		t.Error("a place on an unknown screen")
	}
}

func TestProbe(t *testing.T) {
	w, _ := newWindow(t, nil)
	w.writeProbe(time.Now()) // nobody asked
	w.options.ProbeFile = filepath.Join(t.TempDir(), "probe.json")
	w.options.Launched = time.UnixMilli(1000)
	w.writeProbe(time.UnixMilli(1250))
	raw, err := os.ReadFile(w.options.ProbeFile)
	if err != nil || string(raw) != `{"domReadyMs":250,"domReadyAt":1250}` {
		t.Errorf("probe %s, %v", raw, err)
	}
}

func TestWithoutAWindow(t *testing.T) {
	if Built {
		t.Skip("this program has a window")
	}
	w, _ := newWindow(t, nil)
	_, err := w.Pick(t.Context(), false)
	for what, err := range map[string]error{"run": w.Run(), "raise": w.Raise(), "pick": err, "open": w.OpenLink("https://example.org")} {
		if !errors.Is(err, ErrNotBuilt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
