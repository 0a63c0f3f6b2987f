package bundle

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestFiles(t *testing.T) {
	files := Files(fstest.MapFS{
		"index.html":                  {Data: []byte("<p>page")},
		"assets/index-a5wJZNvl.js":    {Data: []byte("plain")},
		"assets/index-a5wJZNvl.js.br": {Data: []byte("brotli")},
		"assets/index-a5wJZNvl.js.gz": {Data: []byte("gzip")},
		"icon.svg":                    {Data: []byte("<svg/>")},
		".keep":                       {},
	})
	tests := []struct {
		method, path, encoding string
		status                 int
		body, contentType      string
		sent, cache            string
	}{
		{path: "/", status: 200, body: "<p>page", contentType: "text/html; charset=utf-8", cache: "no-cache"},
		{path: "/index.html", status: 200, body: "<p>page", contentType: "text/html; charset=utf-8", cache: "no-cache"},
		{path: "/icon.svg", status: 200, body: "<svg/>", contentType: "image/svg+xml", cache: "no-cache"},
		{path: "/assets/index-a5wJZNvl.js", status: 200, body: "plain", cache: "private, max-age=31536000, immutable"},
		{path: "/assets/index-a5wJZNvl.js", encoding: "gzip, br", status: 200, body: "brotli", sent: "br"},
		{path: "/assets/index-a5wJZNvl.js", encoding: "gzip, br;q=0", status: 200, body: "gzip", sent: "gzip"},
		{path: "/assets/../icon.svg", status: 200, body: "<svg/>"},
		{path: "/../../etc/passwd", status: 404},
		{path: "/assets", status: 404},
		{path: "/assets/", status: 404},
		{path: "/.keep", status: 404},
		{path: "/none.js", status: 404},
		{method: "POST", path: "/", status: 405},
		{method: "DELETE", path: "/index.html", status: 405},
	}
	for _, tt := range tests {
		if tt.method == "" {
			tt.method = "GET"
		}
		r := httptest.NewRequest(tt.method, "/", nil)
		r.URL.Path = tt.path
		r.Header.Set("Accept-Encoding", tt.encoding)
		w := httptest.NewRecorder()
		files.ServeHTTP(w, r)
		h := w.Result().Header
		if w.Code != tt.status || tt.body != "" && w.Body.String() != tt.body || h.Get("Content-Encoding") != tt.sent ||
			tt.contentType != "" && h.Get("Content-Type") != tt.contentType || tt.cache != "" && h.Get("Cache-Control") != tt.cache {
			t.Errorf("%s %s (%s): %d %q %v", tt.method, tt.path, tt.encoding, w.Code, w.Body, h)
		}
	}
}

func TestOriginals(t *testing.T) {
	for name, want := range map[string]struct{ contentType, disposition string }{
		"Vertrag.pdf":              {"application/pdf", "attachment; filename=Vertrag.pdf"},
		"evil.html":                {"application/octet-stream", "attachment; filename=evil.html"},
		"evil.svg":                 {"application/octet-stream", "attachment; filename=evil.svg"},
		"Übersicht 2.md":           {"text/plain; charset=utf-8", "attachment; filename*=utf-8''%C3%9Cbersicht%202.md"},
		"a\"\r\nSet-Cookie: x.PDF": {"application/pdf", "attachment; filename*=utf-8''a%22%0D%0ASet-Cookie%3A%20x.PDF"},
		`..\..\x.docx`:             {originalTypes[".docx"], "attachment; filename=x.docx"},
	} {
		path := filepath.Join(t.TempDir(), "content")
		if err := os.WriteFile(path, []byte("<script>alert(1)</script>"), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/api/original/1", nil)
		r.Header.Set("Range", "bytes=0-6")
		w := httptest.NewRecorder()
		Protect(w.Header())
		Original(w, r, Opened{File: file, Name: name, ModTime: time.Unix(1, 0)})
		h := w.Result().Header
		if w.Code != http.StatusPartialContent || w.Body.String() != "<script" {
			t.Errorf("%q: %d %q", name, w.Code, w.Body)
		}
		if h.Get("Content-Type") != want.contentType || h.Get("Content-Disposition") != want.disposition {
			t.Errorf("%q: %q, %q", name, h.Get("Content-Type"), h.Get("Content-Disposition"))
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Set-Cookie") != "" {
			t.Errorf("%q: %v", name, h)
		}
		if _, err := file.Stat(); err == nil {
			t.Errorf("%q stays open", name)
		}
	}
}

// The microphone is for the page alone, to dictate; nothing else of the device
// is for anybody.
func TestDevicesOfThePage(t *testing.T) {
	w := httptest.NewRecorder()
	Protect(w.Header())
	for _, device := range strings.Split(w.Header().Get("Permissions-Policy"), ", ") {
		name, who, _ := strings.Cut(device, "=")
		if want := map[string]string{"microphone": "(self)"}[name]; who != want && (want != "" || who != "()") {
			t.Errorf("%s may be used by %s", name, who)
		}
	}
}

func TestPagePolicyHasNoWayOut(t *testing.T) {
	for _, directive := range strings.Split(PagePolicy, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		for _, source := range strings.Fields(sources) {
			switch source {
			case "'none'", "'self'":
			case "data:", "blob:":
				if name != "img-src" && name != "font-src" {
					t.Errorf("%s allows %s", name, source)
				}
			case "'unsafe-inline'":
				if name != "style-src-attr" {
					t.Errorf("%s allows %s", name, source)
				}
			case "'wasm-unsafe-eval'":
				if name != "script-src" {
					t.Errorf("%s allows %s", name, source)
				}
			default:
				t.Errorf("%s allows %s", name, source)
			}
		}
	}
}

func TestDiagramsAreDrawnApart(t *testing.T) {
	files := Files(fstest.MapFS{"diagram.html": {Data: []byte("<p>")}, "index.html": {Data: []byte("<p>")}})
	for path, want := range map[string]string{"/diagram.html": diagramPolicy, "/": PagePolicy} {
		w := httptest.NewRecorder()
		Protect(w.Header())
		files.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := w.Result().Header.Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	for _, part := range []string{"default-src 'none'", "sandbox allow-scripts;"} {
		if !strings.Contains(diagramPolicy, part) {
			t.Errorf("the policy of diagrams lacks %q", part)
		}
	}
	if strings.Contains(diagramPolicy, "allow-same-origin") || !strings.Contains(PagePolicy, "frame-src 'self'") {
		t.Error("diagrams could reach the page, or the page other frames")
	}
}
