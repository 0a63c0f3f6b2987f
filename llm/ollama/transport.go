package ollama

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// maxAnswer bounds an answer that is read whole; the largest is a vocabulary
// of 262,144 tokens with its scores, some 20 MB. A stream is bounded by the
// API package's limit for a line and by the window.
const maxAnswer = 128 << 20

// newHTTPClient makes a client without proxy and without redirects: what it
// talks to is decided by dial alone.
func newHTTPClient(dial DialFunc) *http.Client {
	transport := &http.Transport{
		DialContext:           dial,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       30 * time.Second,
		DisableCompression:    true,
		ExpectContinueTimeout: time.Second,
	}
	if dial == nil {
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, errNoDial }
	}
	return &http.Client{
		Transport:     watched{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var (
	errNoDial   = errors.New("no way to connect was given")
	errTooLarge = errors.New("the answer is too large")
)

// exchange notes how reading an answer ended. The API package ignores errors
// while it reads a stream, so that one broken off looks complete to it.
type exchange struct {
	stream bool
	fault  error
}

type exchangeKey struct{}

func watch(ctx context.Context, stream bool) (context.Context, *exchange) {
	e := &exchange{stream: stream}
	return context.WithValue(ctx, exchangeKey{}, e), e
}

// watched hands each answer's body to the exchange of its request.
type watched struct{ next http.RoundTripper }

func (w watched) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := w.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	e, _ := request.Context().Value(exchangeKey{}).(*exchange)
	response.Body = &body{ReadCloser: response.Body, exchange: e}
	return response, nil
}

type body struct {
	io.ReadCloser
	exchange *exchange
	read     int64
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.read > maxAnswer && (b.exchange == nil || !b.exchange.stream) {
		err = errTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) && b.exchange != nil {
		b.exchange.fault = err
	}
	return n, err
}
