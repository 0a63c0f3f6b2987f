// Package registry fetches models from a server that speaks the protocol of
// Ollama's registry: a manifest by name, blobs by digest, with ranges.
//
// What was fetched lies in a folder of the caller's, one file for each blob, so
// a download goes on where it stopped even if the program was killed. Nothing
// counts as fetched before its SHA-256 was checked. The package opens no
// connection but with the dialer it is given, and knows nothing of queues,
// settings or the models' folder.
package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kontor/llm"
	"kontor/llm/store"
)

// Options of [New].
type Options struct {
	// Base is the server's address, such as "https://models.company.example".
	Base string
	// DialContext opens every connection.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy names the proxy for a request, with the login it wants; nil for none.
	Proxy func(*http.Request) (*url.URL, error)
	// Login is sent to the registry and to nobody else but the place where it
	// has its tokens made.
	Login Login
	// RootCAs are trusted, nil for the system's own.
	RootCAs *x509.CertPool
	// Certificates of this client are shown to the registry if it asks for one,
	// and to no other server.
	Certificates []tls.Certificate
	// Redirected is told another server that the registry sends the client to
	// for a blob, before it is asked; an error ends the download. Nil refuses
	// other servers.
	Redirected func(to *url.URL) error
	// BytesPerSecond limits the rate; it is asked again and again. 0 is no limit, nil too.
	BytesPerSecond func() int
	// Free is what may still be written in a folder; nil checks nothing.
	Free func(folder string) (uint64, error)
}

// Client fetches from one registry.
type Client struct {
	options Options
	base    *url.URL
	http    *http.Client

	mu     sync.Mutex
	bearer string // token of this run
}

// Progress of a download in bytes. Fetched came over the network in this call;
// Verifying says that the digest of a fetched blob is being computed.
type Progress struct {
	Done, Total, Fetched int64
	Verifying            bool
}

// Reserve is what a download leaves free on the disk, in bytes.
const Reserve = 512 << 20

const (
	patience     = 60 * time.Second // for the beginning of an answer
	maxRedirects = 4
	attempts     = 5
)

// New prepares a client; it connects when it is used.
func New(options Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(options.Base, "/"))
	if err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https" || base.User != nil {
		return nil, &llm.Error{Code: llm.CodeRegistryDown, Cause: errors.New("no address of a registry")}
	}
	c := &Client{options: options, base: base}
	others := &http.Transport{
		DialContext: options.DialContext, Proxy: options.Proxy, ResponseHeaderTimeout: patience, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: patience, MaxIdleConnsPerHost: 2, IdleConnTimeout: patience, DisableCompression: true,
		MaxResponseHeaderBytes: 64 << 10, OnProxyConnectResponse: proxyAnswer,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: options.RootCAs},
	}
	known := others.Clone()
	known.TLSClientConfig.Certificates = options.Certificates
	c.http = &http.Client{Transport: byHost{base.Host, known, others}, CheckRedirect: c.redirect}
	return c, nil
}

// byHost keeps what is for one server away from all others.
type byHost struct {
	host          string
	known, others *http.Transport
}

// RoundTrip implements [http.RoundTripper].
func (b byHost) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host == b.host {
		return b.known.RoundTrip(request)
	}
	return b.others.RoundTrip(request)
}

// CloseIdleConnections is what [http.Client] looks for.
func (b byHost) CloseIdleConnections() {
	b.known.CloseIdleConnections()
	b.others.CloseIdleConnections()
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) redirect(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	if c.base.Scheme == "https" && request.URL.Scheme != "https" {
		return &llm.Error{Code: llm.CodeDenied, Cause: errors.New("redirected to an open line")}
	}
	if request.URL.Host == c.base.Host {
		return nil
	}
	request.Header.Del("Authorization") // it is the registry's
	if c.options.Redirected == nil {
		return &llm.Error{Code: llm.CodeDenied, Cause: errors.New("redirected to another server")}
	}
	return c.options.Redirected(request.URL)
}

// Manifest asks for the manifest of a model.
func (c *Client) Manifest(ctx context.Context, name store.Name) ([]byte, error) {
	response, err := c.get(ctx, "manifests/"+url.PathEscape(name.Tag), name, 0)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, unexpected(response)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, store.MaxManifestBytes+1))
	if err != nil {
		return nil, failed(ctx, err)
	}
	if _, err := store.ParseManifest(raw); err != nil {
		return nil, &llm.Error{Code: llm.CodeRegistryAnswer, Cause: err}
	}
	return raw, nil
}

func (c *Client) get(ctx context.Context, what string, name store.Name, from int64) (*http.Response, error) {
	address := c.base.JoinPath("v2", name.Namespace, name.Model).String() + "/" + what
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &llm.Error{Code: llm.CodeRegistryAnswer, Cause: err}
	}
	request.Header.Set("Accept", "application/vnd.docker.distribution.manifest.v2+json, application/octet-stream")
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := c.do(request)
	if err != nil {
		return nil, failed(ctx, err)
	}
	return response, nil
}

func unexpected(response *http.Response) error {
	cause := fmt.Errorf("status %d", response.StatusCode)
	switch response.StatusCode {
	case http.StatusNotFound:
		return &llm.Error{Code: llm.CodeRegistryUnknown, Cause: cause}
	case http.StatusUnauthorized, http.StatusForbidden:
		return &llm.Error{Code: llm.CodeRegistryLogin, Cause: cause}
	case http.StatusProxyAuthRequired:
		return &llm.Error{Code: llm.CodeProxyLogin, Cause: cause}
	case http.StatusTooManyRequests:
		return &llm.Error{Code: llm.CodeServerBusy, Cause: cause}
	}
	if response.StatusCode >= 500 {
		return &llm.Error{Code: llm.CodeRegistryDown, Cause: cause}
	}
	return &llm.Error{Code: llm.CodeRegistryAnswer, Cause: cause}
}

func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	}
	var coded *llm.Error
	if errors.As(err, &coded) {
		return coded
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return &llm.Error{Code: llm.CodeRegistryCertificate, Cause: untrusted.Err}
	}
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "remote error" { // of TLS: it wants a certificate of ours, or another one
		return &llm.Error{Code: llm.CodeRegistryCertificate, Cause: refused}
	}
	return &llm.Error{Code: llm.CodeRegistryDown, Cause: err}
}

// Pull fetches the blobs of a manifest into a folder. has says which are
// already in the store. It may be called again after any end, also a kill.
func (c *Client) Pull(ctx context.Context, name store.Name, m store.Manifest, folder string, has func(store.Layer) bool, report func(Progress)) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return disk(err)
	}
	p := &pull{client: c, name: name, folder: folder, report: report}
	var missing []store.Layer
	for _, layer := range m.All() {
		p.progress.Total += layer.Size
		if has != nil && has(layer) || p.whole(layer) {
			p.progress.Done += layer.Size
			continue
		}
		p.progress.Done += min(sizeOf(p.part(layer)), layer.Size)
		missing = append(missing, layer)
	}
	if err := c.room(folder, p.progress.Total-p.progress.Done); err != nil {
		return err
	}
	p.tell(0)
	for _, layer := range missing {
		if err := p.layer(ctx, layer); err != nil {
			return err
		}
	}
	return nil
}

// room refuses a download that would fill the disk.
func (c *Client) room(folder string, need int64) error {
	if c.options.Free == nil || need <= 0 {
		return nil
	}
	free, err := c.options.Free(folder)
	if err != nil {
		return disk(err)
	}
	if free < uint64(need)+Reserve {
		return llm.NoRoom(need+Reserve, int64(min(free, 1<<62)))
	}
	return nil
}

func disk(err error) error { return &llm.Error{Code: llm.CodeNotWritten, Cause: err} }

// pull is one call of [Client.Pull].
type pull struct {
	client   *Client
	name     store.Name
	folder   string
	report   func(Progress)
	progress Progress
}

func (p *pull) tell(bytes int64) {
	p.progress.Done += bytes
	p.progress.Fetched += max(bytes, 0)
	if p.report != nil {
		p.report(p.progress)
	}
}

func (p *pull) path(layer store.Layer) string {
	return filepath.Join(p.folder, strings.ReplaceAll(layer.Digest, ":", "-"))
}
func (p *pull) part(layer store.Layer) string { return p.path(layer) + ".part" }

func (p *pull) whole(layer store.Layer) bool { return sizeOf(p.path(layer)) == layer.Size }

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// layer fetches one blob, trying again while something still comes.
func (p *pull) layer(ctx context.Context, layer store.Layer) error {
	failures := 0
	for sizeOf(p.part(layer)) < layer.Size || layer.Size == 0 {
		before := sizeOf(p.part(layer))
		err := p.fetch(ctx, layer)
		if err == nil {
			break
		}
		if sizeOf(p.part(layer)) > before {
			failures = 0
		}
		failures++
		if ctx.Err() != nil || failures >= attempts || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(failures) * 300 * time.Millisecond):
		}
	}
	return p.verify(ctx, layer)
}

// passing failures may be over soon.
func passing(err error) bool {
	code := llm.CodeOf(err)
	return code == llm.CodeRegistryDown || code == llm.CodeServerBusy
}

func (p *pull) fetch(ctx context.Context, layer store.Layer) (err error) {
	file, err := os.OpenFile(p.part(layer), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return disk(err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = disk(closing)
		}
	}()
	from := sizeOf(p.part(layer))
	response, err := p.client.get(ctx, "blobs/"+layer.Digest, p.name, from)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case from > 0 && response.StatusCode == http.StatusPartialContent:
		if !strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
			return &llm.Error{Code: llm.CodeRegistryAnswer, Cause: errors.New("another range than asked for")}
		}
	case response.StatusCode == http.StatusOK: // the whole, even if only the rest was asked for
		if err := file.Truncate(0); err != nil {
			return disk(err)
		}
		p.progress.Done -= from
		from = 0
	default:
		return unexpected(response)
	}
	return p.copy(ctx, file, response.Body, layer.Size-from)
}

// pieceBytes is how much is read, counted and written at once: at most so much
// is lost when the program is killed.
const pieceBytes = 32 << 10

func (p *pull) copy(ctx context.Context, to *os.File, from io.Reader, left int64) error {
	limiter := rate.NewLimiter(rate.Inf, pieceBytes)
	piece := make([]byte, pieceBytes)
	for left >= 0 {
		n, err := from.Read(piece[:min(int64(len(piece)), left+1)])
		if int64(n) > left {
			return &llm.Error{Code: llm.CodeDigestWrong, Cause: errors.New("longer than its manifest says")}
		}
		if n > 0 {
			if _, err := to.Write(piece[:n]); err != nil {
				return disk(err)
			}
			left -= int64(n)
			p.tell(int64(n))
			if err := p.brake(ctx, limiter, n); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) && left == 0:
			return nil
		case err != nil:
			return failed(ctx, err)
		}
	}
	return nil
}

// brake waits as the limit of the rate asks.
func (p *pull) brake(ctx context.Context, limiter *rate.Limiter, n int) error {
	limit := rate.Inf
	if ask := p.client.options.BytesPerSecond; ask != nil {
		if most := ask(); most > 0 {
			limit = rate.Limit(most)
		}
	}
	if limit != limiter.Limit() {
		limiter.SetLimit(limit)
	}
	if err := limiter.WaitN(ctx, n); err != nil {
		return failed(ctx, err)
	}
	return nil
}

// verify computes the digest of what was fetched; only then it counts.
func (p *pull) verify(ctx context.Context, layer store.Layer) error {
	p.progress.Verifying = true
	p.tell(0)
	defer func() { p.progress.Verifying = false }()
	sum, err := FileDigest(ctx, p.part(layer))
	if err != nil {
		return err
	}
	if sum != layer.Digest {
		if err := os.Remove(p.part(layer)); err != nil {
			return disk(err)
		}
		return &llm.Error{Code: llm.CodeDigestWrong, Cause: errors.New("another SHA-256 than its manifest says")}
	}
	if err := os.Rename(p.part(layer), p.path(layer)); err != nil {
		return disk(err)
	}
	return nil
}

// FileDigest is [store.FileDigest] with the errors of this package.
func FileDigest(ctx context.Context, path string) (string, error) {
	digest, err := store.FileDigest(ctx, path)
	switch {
	case err == nil:
		return digest, nil
	case ctx.Err() != nil:
		return "", failed(ctx, ctx.Err())
	}
	return "", disk(err)
}
