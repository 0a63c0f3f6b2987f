package edge

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"kontor/app"
)

func TestLocalSocket(t *testing.T) {
	raised := 0
	e := start(t, func(o *Options) { o.Raise = func() error { raised++; return nil } })
	ask := func(s *Server, method, path string) (int, string) {
		r := httptest.NewRequest(method, "http://kontor"+path, strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Local().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if status, body := ask(e.Server, "POST", "/api/call/test.local"); status != 200 {
		t.Errorf("local method: %d %q", status, body)
	}
	if p := e.service.seen[0]; !p.Local || p.OwnerID != "anna" {
		t.Errorf("acted as %+v", p)
	}
	if status, _ := ask(e.Server, "POST", "/api/raise"); status != 200 || raised != 1 {
		t.Errorf("raise: %d, raised %d times", status, raised)
	}
	status, body := ask(e.Server, "POST", "/api/login-url")
	var link LoginLink
	if err := json.Unmarshal([]byte(body), &link); err != nil || status != 200 || !strings.HasPrefix(link.URL, e.URL()+"login?code=") {
		t.Errorf("login link: %d %q", status, body)
	}
	var info OwnerInfo
	if _, body = ask(e.Server, "GET", "/api/owner"); json.Unmarshal([]byte(body), &info) != nil || info.PID != os.Getpid() || info.URL != e.URL() {
		t.Errorf("owner: %q", body)
	}
	// A window has no port, and the headless server no window.
	window := New(Options{Calls: e.service, Bus: e.bus, Files: e.service, Owner: e.options.Owner})
	for _, path := range []string{"/api/raise", "/api/login-url"} {
		if status, body := ask(window, "POST", path); status != 403 {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if err := window.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, body := ask(window, "POST", "/api/call/test.echo"); status != 503 || !strings.Contains(body, app.ProblemClosing) {
		t.Errorf("after the end: %d %q", status, body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestTooLargeUploads(t *testing.T) {
	s := &service{}
	server := New(Options{Calls: s, Bus: app.NewBus(), Files: s, Owner: func() app.Principal { return app.Principal{} }})
	for what, length := range map[string]int64{"announced": maxUpload + 1, "streamed": -1} {
		body := &io.LimitedReader{R: zeros{}, N: maxUpload + 1}
		r := httptest.NewRequest("POST", "http://kontor/api/upload?name=a.pdf", body)
		r.ContentLength = length
		w := httptest.NewRecorder()
		server.Local().ServeHTTP(w, r)
		if w.Code != 413 || !strings.Contains(w.Body.String(), app.ProblemTooLargeUpload) {
			t.Errorf("%s: %d %q", what, w.Code, w.Body)
		}
		if length > 0 && body.N != maxUpload+1 {
			t.Errorf("%d bytes of a refused upload were read", maxUpload+1-body.N)
		}
	}
	if s.count() != 0 {
		t.Error("a document was taken")
	}
}
