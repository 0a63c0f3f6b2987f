// Package endpoint speaks HTTP with a model server: JSON or a form there, JSON
// or a stream of server-sent events back.
//
// A server is treated as untrusted: answers are bounded, redirects are not
// followed, nothing is sent twice, and no variable of the environment is read.
// Which addresses may be reached is decided by the dial function alone. The
// package knows no server's dialect and repeats nothing of what was sent in
// its errors.
package endpoint

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"kontor/llm"
)

const (
	// maxAnswer bounds an answer that is read whole, in bytes.
	maxAnswer = 64 << 20
	// maxRefusal bounds what is read of an error, in bytes.
	maxRefusal = 64 << 10
	// defaultTimeout is for servers that compute a long prompt before they say
	// anything.
	defaultTimeout = 5 * time.Minute
)

// Options configure an [Endpoint].
type Options struct {
	// BaseURL is put before each path, for example "https://host/v1".
	BaseURL string
	// Header goes with each request: the key.
	Header http.Header
	// DialContext opens connections. To have a refusal recognised it returns
	// an [*llm.Error] with [llm.CodeDenied].
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy names the proxy for a URL, nil for none; this computer is never
	// reached through one.
	Proxy func(*url.URL) (*url.URL, error)
	// RootCAs are trusted, nil for the system's own.
	RootCAs *x509.CertPool
	// Certificates of this client.
	Certificates []tls.Certificate
	// Timeout is how long nothing may come, 0 for five minutes.
	Timeout time.Duration
}

// Endpoint is one server. It is safe for concurrent use.
type Endpoint struct {
	base    string
	header  http.Header
	timeout time.Duration
	client  *http.Client
}

// New checks the options; it connects when it is used.
func New(options Options) (*Endpoint, error) {
	base, err := url.Parse(options.BaseURL)
	if err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, failed(llm.CodeRuntimeDown, "the address is no plain URL")
	}
	if options.Timeout <= 0 {
		options.Timeout = defaultTimeout
	}
	dial := options.DialContext
	if dial == nil {
		dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, failed(llm.CodeDenied, "no way to connect was given")
		}
	}
	transport := &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: options.RootCAs, Certificates: options.Certificates},
		TLSHandshakeTimeout: 15 * time.Second,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
		ForceAttemptHTTP2:   true,
	}
	if options.Proxy != nil {
		transport.Proxy = func(r *http.Request) (*url.URL, error) {
			if loopback(r.URL.Hostname()) {
				return nil, nil
			}
			return options.Proxy(r.URL)
		}
	}
	return &Endpoint{
		base: strings.TrimRight(base.String(), "/"), header: options.Header, timeout: options.Timeout,
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// URL is the base URL, for people and logs.
func (e *Endpoint) URL() string { return e.base }

// Refusal is an answer whose status says that the request failed. Its text is
// the server's and may repeat what was sent: it is for classifying, never for
// the log.
type Refusal struct {
	Status int
	Body   []byte
}

// Error implements error; it leaves out the body.
func (r *Refusal) Error() string {
	return fmt.Sprintf("status %d with %d bytes", r.Status, len(r.Body))
}

// Get reads JSON from a path. A path that begins with "//" is below the
// server's root instead of the base URL.
func (e *Endpoint) Get(ctx context.Context, path string, out any) error {
	return e.exchange(ctx, http.MethodGet, path, payload{}, func(body io.Reader, _ string) error { return decode(body, out) })
}

// Post sends JSON and reads JSON.
func (e *Endpoint) Post(ctx context.Context, path string, in, out any) error {
	sent, err := jsonPayload(in)
	if err != nil {
		return err
	}
	return e.exchange(ctx, http.MethodPost, path, sent, func(body io.Reader, _ string) error { return decode(body, out) })
}

// Stream sends JSON and hands each event on, in order. An error of event ends
// the exchange and is returned as it is. A server that answers with plain JSON
// instead of a stream gives one event named "json".
func (e *Endpoint) Stream(ctx context.Context, path string, in any, event func(Event) error) error {
	sent, err := jsonPayload(in)
	if err != nil {
		return err
	}
	return e.exchange(ctx, http.MethodPost, path, sent, func(body io.Reader, kind string) error {
		if strings.HasPrefix(kind, "application/json") {
			raw, err := io.ReadAll(bounded(body))
			if err != nil {
				return err
			}
			return event(Event{Name: "json", Data: raw})
		}
		return events(body, event)
	})
}

func bounded(body io.Reader) io.Reader { return &limited{body, maxAnswer} }

func decode(body io.Reader, out any) error {
	if err := json.NewDecoder(bounded(body)).Decode(out); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		if errors.As(err, &syntax) || errors.As(err, &kind) || errors.Is(err, io.EOF) {
			return failed(llm.CodeBadResponse, "the answer is not the expected JSON")
		}
		return err
	}
	return nil
}

// errTimeout is the cause of a context that ended because nothing came.
var errTimeout = errors.New("nothing came for too long")

// exchange sends one request. Its context ends when nothing came for the
// timeout.
func (e *Endpoint) exchange(outer context.Context, method, path string, sent payload, read func(body io.Reader, kind string) error) error {
	if outer.Err() != nil {
		return classify(outer, outer.Err(), outer.Err())
	}
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	watchdog := time.AfterFunc(e.timeout, func() { cancel(errTimeout) })
	defer watchdog.Stop()
	var content io.Reader
	if sent.kind != "" {
		content = bytes.NewReader(sent.raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, e.address(path), content)
	if err != nil {
		return failed(llm.CodeRuntimeDown, "the address is no URL")
	}
	if sent.kind != "" {
		request.Header.Set("Content-Type", sent.kind)
	}
	request.Header.Set("User-Agent", "Kontor")
	for name, values := range e.header {
		request.Header[name] = values
	}
	response, err := e.client.Do(request)
	if err != nil {
		return classify(outer, context.Cause(ctx), err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	body := &alive{response.Body, func() { watchdog.Reset(e.timeout) }}
	if response.StatusCode/100 != 2 {
		raw, _ := io.ReadAll(io.LimitReader(body, maxRefusal)) // what there is of it
		if outer.Err() != nil {
			return classify(outer, outer.Err(), outer.Err())
		}
		return &Refusal{Status: response.StatusCode, Body: raw}
	}
	if err := read(body, response.Header.Get("Content-Type")); err != nil {
		return classify(outer, context.Cause(ctx), err)
	}
	return nil
}

func (e *Endpoint) address(path string) string {
	if rooted, ok := strings.CutPrefix(path, "//"); ok {
		base, _ := url.Parse(e.base) // parsed before
		return base.Scheme + "://" + base.Host + "/" + rooted
	}
	return e.base + path
}

// alive tells the watchdog that something came.
type alive struct {
	io.Reader
	came func()
}

func (a *alive) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.came()
	}
	return n, err
}

// limited is io.LimitedReader with an error instead of a quiet end.
type limited struct {
	io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
