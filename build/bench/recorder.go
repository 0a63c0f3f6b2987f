package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// exchange is one request that went through the recorder.
type exchange struct {
	path   string
	body   []byte
	began  time.Time
	ended  time.Time // zero while it runs
	status int
}

// recorder is a reverse proxy before the runtime. It notes what is asked and
// when, so that the same bytes can be asked again without Kontor. Both sides of
// a comparison go through it.
type recorder struct {
	server *http.Server
	url    string

	mu        sync.Mutex
	exchanges []*exchange
	// answers hold whole answers by request, while remember is on.
	remember bool
	answers  map[string][]byte
}

// startRecorder listens on a free loopback port.
func startRecorder(target string, transport http.RoundTripper) (*recorder, error) {
	upstream, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &recorder{url: "http://" + listener.Addr().String(), answers: map[string][]byte{}}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(p *httputil.ProxyRequest) { p.SetURL(upstream) },
		Transport:     transport,
		FlushInterval: -1, // each piece of a stream at once
		// A request that Kontor gave up is no fault worth a line.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	r.server = &http.Server{Handler: r.handler(proxy), ReadHeaderTimeout: time.Minute}
	go func() { _ = r.server.Serve(listener) }() // ends with close
	return r, nil
}

func (r *recorder) close() { _ = r.server.Close() }

func (r *recorder) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		e := &exchange{path: request.URL.Path, began: time.Now()}
		if request.ContentLength < 64<<20 && e.path != "" && request.Method == http.MethodPost && !isBlob(e.path) {
			body, err := io.ReadAll(request.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			e.body = body
			request.Body = io.NopCloser(bytes.NewReader(body))
		}
		r.add(e)
		watched := &watchedWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { r.end(e, watched.status) }()
		if known := r.known(e); known != nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(known) // the reader may be gone
			return
		}
		if r.remembers(e.path) {
			watched.copy = &bytes.Buffer{}
		}
		next.ServeHTTP(watched, request)
		if watched.copy != nil && watched.status == http.StatusOK {
			r.keep(e, watched.copy.Bytes())
		}
	})
}

// isBlob says whether a request carries a model file.
func isBlob(path string) bool { return len(path) > 11 && path[:11] == "/api/blobs/" }

func (r *recorder) add(e *exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, e)
}

func (r *recorder) end(e *exchange, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.ended, e.status = time.Now(), status
}

// rememberEmbeddings lets a question that was embedded before be answered at
// once: retrieval is then measured without the embedder.
func (r *recorder) rememberEmbeddings(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remember = on
	if !on {
		clear(r.answers)
	}
}

func (r *recorder) remembers(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.remember && path == embedPath
}

func (r *recorder) known(e *exchange) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answers[string(e.body)]
}

func (r *recorder) keep(e *exchange, answer []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[string(e.body)] = answer
}

// Paths of the runtime's API.
const (
	chatPath  = "/api/chat"
	embedPath = "/api/embed"
)

// since returns copies of what was asked of a path from a time on, oldest
// first.
func (r *recorder) since(path string, from time.Time) []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []exchange
	for _, e := range r.exchanges {
		if e.path == path && !e.began.Before(from) {
			found = append(found, *e)
		}
	}
	return found
}

// running says whether a request of a path is being answered now.
func (r *recorder) running(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.exchanges {
		if e.path == path && e.ended.IsZero() {
			return true
		}
	}
	return false
}

// until polls a condition: requests come from other processes.
func until(ctx context.Context, patience time.Duration, condition func() bool) bool {
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-ctx.Done():
			return false
		case <-deadline:
			return false
		case <-time.After(2 * time.Millisecond):
		}
	}
	return true
}

// watchedWriter notes the status and, where asked, the answer.
type watchedWriter struct {
	http.ResponseWriter
	status int
	copy   *bytes.Buffer
}

func (w *watchedWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	if w.copy != nil {
		w.copy.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets the proxy flush.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
