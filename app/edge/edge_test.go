package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"kontor/app"
)

// secretCause stands for what a cause may name and nobody may see.
const secretCause = "/home/someone/secret.pdf: permission denied"

// secretContent stands for every body that only a session may get.
const secretContent = "content of a contract"

// service is a small real implementation of what the server serves.
type service struct {
	mu      sync.Mutex
	changes int // state that requests change
	seen    []app.Principal
	folder  string
}

func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

func (s *service) note(p app.Principal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	s.seen = append(s.seen, p)
}

func (s *service) Call(ctx context.Context, p app.Principal, name string, request json.RawMessage) (json.RawMessage, error) {
	s.note(p)
	switch name {
	case "test.echo":
		return json.RawMessage(fmt.Sprintf(`{"echo":%s,"text":%q}`, request, secretContent)), nil
	case "test.internal":
		return nil, errors.New(secretCause)
	case "test.locked":
		return nil, &app.Error{Code: app.ProblemSettingLocked, Args: map[string]string{"key": "ui.theme"}, Cause: errors.New(secretCause)}
	case "test.local":
		if !p.Local {
			return nil, &app.Error{Code: app.ProblemNotAllowed}
		}
		return json.RawMessage(`{}`), nil
	case "test.wait":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, &app.Error{Code: app.ProblemUnknownMethod, Cause: errors.New(secretCause)}
}

func (s *service) Upload(_ context.Context, p app.Principal, name, collection string, _ int64, body io.Reader) (app.Document, error) {
	n, err := io.Copy(io.Discard, body)
	if err != nil {
		return app.Document{}, &app.Error{Code: app.ProblemInternal, Cause: err}
	}
	s.note(p)
	return app.Document{ID: "1", Name: name, Bytes: n, CollectionIDs: []string{collection}}, nil
}

func (s *service) Original(_ context.Context, p app.Principal, id, hash string) (*os.File, string, time.Time, error) {
	if id != "1" {
		return nil, "", time.Time{}, &app.Error{Code: app.ProblemOriginalMissing, Cause: errors.New(secretCause)}
	}
	path := filepath.Join(s.folder, "original")
	if err := os.WriteFile(path, []byte(secretContent), 0o600); err != nil {
		return nil, "", time.Time{}, err
	}
	file, err := os.Open(path)
	return file, "Vertrag.pdf", time.Unix(1, 0), err
}

// edge is a running server and one browser.
type edge struct {
	*Server
	service *service
	bus     *app.Bus
	browser *http.Client
	cookie  *http.Cookie // once signed in

	clock sync.Mutex
	now   time.Time
}

func (e *edge) time() time.Time {
	e.clock.Lock()
	defer e.clock.Unlock()
	return e.now
}

func (e *edge) pass(d time.Duration) {
	e.clock.Lock()
	defer e.clock.Unlock()
	e.now = e.now.Add(d)
}

func start(t *testing.T, change func(*Options)) *edge {
	t.Helper()
	e := &edge{service: &service{folder: t.TempDir()}, bus: app.NewBus(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	o := Options{
		Calls: e.service, Bus: e.bus, Files: e.service, Now: e.time,
		Text:   func(language, key string) string { return language + ":" + key },
		Owner:  func() app.Principal { return app.Principal{OwnerID: "anna", Local: true} },
		Assets: fstest.MapFS{"index.html": {Data: []byte("<p>" + secretContent)}, "assets/index-a5wJZNvl.js": {Data: []byte(secretContent)}},
	}
	if change != nil {
		change(&o)
	}
	e.Server = New(o)
	if err := e.Listen(0); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- e.Serve() }()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e.browser = &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		e.browser.CloseIdleConnections()
	})
	return e
}

func (e *edge) signIn(t *testing.T) *edge {
	t.Helper()
	link, err := e.LoginURL()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.browser.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != 200 || string(body) != "<p>"+secretContent || answer.Request.URL.String() != e.URL() {
		t.Fatalf("after signing in: %s %s %q", answer.Request.URL, answer.Status, body)
	}
	at, err := url.Parse(e.URL())
	if err != nil {
		t.Fatal(err)
	}
	e.cookie = e.browser.Jar.Cookies(at)[0]
	return e
}

// do sends a request of the browser as the page would; edit may spoil it.
func (e *edge) do(t *testing.T, method, path, body string, edit func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(e.URL(), "/")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if !readsOnly(method) {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Kontor", "1")
	}
	if edit != nil {
		edit(r)
	}
	client := *e.browser
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		t.Error(err)
		return &http.Response{}, ""
	}
	defer answer.Body.Close()
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		return answer, "a stream"
	}
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer, string(content)
}

// with sets headers; an empty value removes one.
func with(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Del(pairs[i])
			if pairs[i+1] != "" {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
}

func TestScenarios(t *testing.T) {
	e := start(t, nil).signIn(t)
	own := strings.TrimSuffix(e.URL(), "/")
	tests := []struct {
		name, method, path, body string
		edit                     func(*http.Request)
		status                   int
		want                     string
	}{
		{"call", "POST", "/api/call/test.echo", `{"a":1}`, nil, 200, `{"echo":{"a":1}`},
		{"call with charset", "POST", "/api/call/test.echo", `{}`, with("Content-Type", "application/json; charset=utf-8"), 200, `"echo"`},
		{"call of the own page", "POST", "/api/call/test.echo", `{}`, with("Origin", own, "Sec-Fetch-Site", "same-origin"), 200, `"echo"`},
		{"internal", "POST", "/api/call/test.internal", `{}`, nil, 500, `{"problem":{"code":"internal"}}`},
		{"problem with arguments", "POST", "/api/call/test.locked", `{}`, nil, 403, `{"problem":{"code":"setting_locked","args":{"key":"ui.theme"}}}`},
		{"local method", "POST", "/api/call/test.local", `{}`, nil, 403, `{"problem":{"code":"not_allowed"}}`},
		{"unknown method", "POST", "/api/call/nothing", `{}`, nil, 404, `{"problem":{"code":"unknown_method"}}`},
		{"unknown route", "POST", "/api/none", `{}`, nil, 404, `{"problem":{"code":"unknown_method"}}`},
		{"login link", "POST", "/api/login-url", `{}`, nil, 404, `{"problem":{"code":"unknown_method"}}`},
		{"raise", "POST", "/api/raise", `{}`, nil, 404, `{"problem":{"code":"unknown_method"}}`},
		{"form", "POST", "/api/call/test.echo", `{}`, with("Content-Type", "text/plain"), 415, `{"problem":{"code":"bad_request"}}`},
		{"without type", "POST", "/api/call/test.echo", `{}`, with("Content-Type", ""), 415, `{"problem":{"code":"bad_request"}}`},
		{"too large", "POST", "/api/call/test.echo", strings.Repeat(" ", maxCall+1), nil, 400, `{"problem":{"code":"bad_request"}}`},
		{"page", "GET", "/", "", nil, 200, "<p>" + secretContent},
		{"typed address", "GET", "/", "", with("Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), 200, "<p>"},
		{"no such page", "GET", "/nothing", "", nil, 404, ""},
		{"upload", "POST", "/api/upload?name=a%2Fb.pdf&collection=c", "12345", with("Content-Type", "application/octet-stream"), 200, `"bytes":5`},
		{"upload without a name", "POST", "/api/upload", "12345", nil, 400, `{"problem":{"code":"bad_request"}}`},
		{"original", "GET", "/api/original/1?hash=x", "", nil, 200, secretContent},
		{"range", "GET", "/api/original/1", "", with("Range", "bytes=0-6"), 206, "content"},
		{"no original", "GET", "/api/original/2", "", nil, 404, `{"problem":{"code":"original_missing"}}`},
		{"wrong method", "GET", "/api/call/test.echo", "", nil, 404, `{"problem":{"code":"unknown_method"}}`},
		{"events", "GET", "/api/events?after=0", "", nil, 200, "a stream"},
		{"events from nowhere", "GET", "/api/events?after=x", "", nil, 400, `{"problem":{"code":"bad_request"}}`},
		{"events before all", "GET", "/api/events?after=-1", "", nil, 400, `{"problem":{"code":"bad_request"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, body := e.do(t, tt.method, tt.path, tt.body, tt.edit)
			if answer.StatusCode != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%s %q, want %d with %q", answer.Status, body, tt.status, tt.want)
			}
			for _, never := range []string{secretCause, "permission denied", "goroutine", e.cookie.Value, e.service.folder} {
				if strings.Contains(body, never) {
					t.Errorf("%q is shown in %q", never, body)
				}
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s: %q", name, got)
				}
			}
			if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
				t.Errorf("policy %q", csp)
			}
			if strings.HasPrefix(tt.path, "/api/") && answer.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("cache: %q", answer.Header.Get("Cache-Control"))
			}
			for name := range answer.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s opens the door to other sites", name)
				}
			}
		})
	}
	for _, p := range e.service.seen {
		if p.Local || p.OwnerID != "anna" {
			t.Errorf("a browser acted as %+v", p)
		}
	}
}

func TestClosingEndsWhatRuns(t *testing.T) {
	e := start(t, nil).signIn(t)
	lines, stop := e.follow(t, 0)
	defer stop()
	waiting := make(chan int, 1)
	go func() {
		answer, _ := e.do(t, "POST", "/api/call/test.wait", `{}`, nil)
		waiting <- answer.StatusCode
	}()
	for e.service.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Error(err)
	}
	if status := <-waiting; status != statusClientGone {
		t.Errorf("a call in work was answered %d", status)
	}
}

func TestPortOfLastTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions.json")
	keep := func(o *Options) { o.SessionFile = file }
	first := start(t, keep)
	second := start(t, keep) // the port is taken
	if second.Port() == first.Port() || second.Port() == 0 {
		t.Errorf("ports %d and %d", first.Port(), second.Port())
	}
	third := New(Options{})
	if err := third.Listen(first.Port()); err == nil {
		t.Error("a port that was asked for and is taken must be an error")
	}
	if _, err := third.LoginURL(); err == nil {
		t.Error("a link without a port")
	}
	if third.URL() != "" || strconv.Itoa(third.Port()) != "0" {
		t.Errorf("address %q", third.URL())
	}
}
