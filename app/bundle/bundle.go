// Package bundle serves what both shells show: the files of the page and the
// originals of documents, with the headers that keep a hostile document or
// answer inside its box. It knows neither sessions nor methods; the shells
// decide who may ask.
package bundle

import (
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PagePolicy is the content security policy of the page. Only its own files
// run or load; an answer that smuggles in an image, a font or a frame of
// another host loads nothing. Style attributes are allowed because components
// place menus and highlights with them; style elements are not. pdf.js decodes
// images of documents in WebAssembly and keeps pages and fonts in blobs.
const PagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// diagramPage draws diagrams from the text of answers. diagramPolicy gives it an
// origin of its own and nothing to load from; the page itself names the only
// scripts that run in it.
const (
	diagramPage   = "diagram.html"
	diagramPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; sandbox allow-scripts; " +
		"frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)

// originalPolicy lets a document that is opened as a page do nothing at all.
const originalPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Protect sets the headers every answer carries.
func Protect(h http.Header) {
	h.Set("Content-Security-Policy", PagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	// The page itself may ask for the microphone, to dictate; no frame in it may.
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(self), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

// types are the content types of the page's files and of originals. The
// system's table is not asked: it differs between computers.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".webmanifest": "application/manifest+json",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp",
	".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".pfb": "application/octet-stream",
	".wasm": "application/wasm", ".bcmap": "application/octet-stream", ".icc": "application/octet-stream",
	".txt": "text/plain; charset=utf-8", ".map": "application/json",
}

// originalTypes leaves out everything a browser would run.
var originalTypes = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain; charset=utf-8", ".md": "text/plain; charset=utf-8", ".markdown": "text/plain; charset=utf-8",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// hashed matches names that change with their content, as the bundler writes them.
var hashed = regexp.MustCompile(`^assets/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$`)

// Files serves the page's files; index.html is at the root of assets. A file
// x.br or x.gz beside x is sent to those who take it. Other methods than GET
// and HEAD are refused.
func Files(assets fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		contentType, known := types[path.Ext(name)]
		if !known { // also folders
			http.NotFound(w, r)
			return
		}
		content, encoding, err := read(assets, name, r.Header.Get("Accept-Encoding"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(len(content)))
		h.Add("Vary", "Accept-Encoding")
		if name == diagramPage {
			h.Set("Content-Security-Policy", diagramPolicy)
			h.Set("X-Frame-Options", "SAMEORIGIN")
		}
		if encoding != "" {
			h.Set("Content-Encoding", encoding)
		}
		if hashed.MatchString(name) {
			h.Set("Cache-Control", "private, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		_, _ = w.Write(content)
	})
}

// read finds the smallest form of a file that the caller takes.
func read(assets fs.FS, name, accepted string) (content []byte, encoding string, err error) {
	for _, form := range []struct{ suffix, encoding string }{{".br", "br"}, {".gz", "gzip"}} {
		if !accepts(accepted, form.encoding) {
			continue
		}
		if content, err := fs.ReadFile(assets, name+form.suffix); err == nil {
			return content, form.encoding, nil
		}
	}
	content, err = fs.ReadFile(assets, name)
	return content, "", err
}

func accepts(header, encoding string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(part string) bool {
		name, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		return name == encoding && strings.TrimSpace(parameter) != "q=0"
	})
}

// Opened is an original to serve.
type Opened struct {
	File    *os.File
	Name    string // as the person knows it
	ModTime time.Time
}

// Original sends a document's file, whole or in ranges, and closes it. It is
// offered as a download: the preview reads it by fetch, and a browser that is
// led to it directly must not run what is in it.
func Original(w http.ResponseWriter, r *http.Request, o Opened) {
	defer o.File.Close()
	h := w.Header()
	contentType, known := originalTypes[strings.ToLower(path.Ext(o.Name))]
	if !known {
		contentType = "application/octet-stream"
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", originalPolicy)
	h.Set("Content-Disposition", disposition(o.Name))
	// No name: ServeContent must not guess a type.
	http.ServeContent(w, r, "", o.ModTime, o.File)
}

func disposition(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if value := mime.FormatMediaType("attachment", map[string]string{"filename": name}); value != "" {
		return value
	}
	return "attachment"
}
