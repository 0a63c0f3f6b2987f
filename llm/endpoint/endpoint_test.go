package endpoint_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/endpoint"
)

// toServer dials a test server whatever host is asked for.
func toServer(server *httptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
}

func get(t *testing.T, options endpoint.Options) (string, error) {
	t.Helper()
	e, err := endpoint.New(options)
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ Say string }
	err = e.Get(t.Context(), "/x", &out)
	return out.Say, err
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"say":"hello"}`)) }

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "host", "ftp://host", "http://", "http://me:key@host", "http://host?key=1", "http://host#x", "://"} {
		if _, err := endpoint.New(endpoint.Options{BaseURL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A company's own authority is trusted only where it was given, and a server
// that asks for a certificate gets it.
func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	authority := x509.NewCertPool()
	authority.AddCert(server.Certificate())
	options := endpoint.Options{BaseURL: server.URL, DialContext: toServer(server)}
	if _, err := get(t, options); llm.CodeOf(err) != llm.CodeCertificate {
		t.Errorf("without the authority: %v", err)
	}
	options.RootCAs = authority
	if _, err := get(t, options); llm.CodeOf(err) != llm.CodeCertificate {
		t.Errorf("without the client's certificate: %v", err)
	}
	options.Certificates = server.TLS.Certificates
	if say, err := get(t, options); say != "hello" {
		t.Errorf("with both: %q, %v", say, err)
	}
}

func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		hello(w, r)
	}))
	t.Cleanup(proxy.Close)
	address, err := url.Parse("http://proxy.example:3128")
	if err != nil {
		t.Fatal(err)
	}
	dialled := ""
	options := endpoint.Options{
		BaseURL: "http://models.example/v1",
		DialContext: func(ctx context.Context, network, target string) (net.Conn, error) {
			dialled = target
			return toServer(proxy)(ctx, network, target)
		},
		Proxy: func(*url.URL) (*url.URL, error) { return address, nil },
	}
	if say, err := get(t, options); say != "hello" || dialled != "proxy.example:3128" || asked.Load() != "http://models.example/v1/x" {
		t.Errorf("%q, %v, dialled %q, asked for %v", say, err, dialled, asked.Load())
	}
	options.BaseURL = "http://127.0.0.1:1/v1"
	if _, err := get(t, options); err != nil || dialled != "127.0.0.1:1" {
		t.Errorf("this computer was reached through the proxy: %q, %v", dialled, err)
	}
}

func TestFailures(t *testing.T) {
	refuse := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	tests := map[string]struct {
		handler http.HandlerFunc
		dial    func(context.Context, string, string) (net.Conn, error)
		code    llm.Code
	}{
		"denied":       {hello, refuse(&llm.Error{Code: llm.CodeDenied}), llm.CodeDenied},
		"no dialer":    {hello, nil, llm.CodeDenied},
		"no such name": {hello, refuse(&net.DNSError{Err: "no such host", Name: "x"}), llm.CodeRuntimeDown},
		"refused":      {hello, refuse(&net.OpError{Op: "dial", Err: errors.New("refused")}), llm.CodeRuntimeDown},
		"silent": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
		}, nil, llm.CodeTimedOut},
		"cut":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, llm.CodeRuntimeCrashed},
		"not JSON": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, nil, llm.CodeBadResponse},
		"empty":    {func(http.ResponseWriter, *http.Request) {}, nil, llm.CodeBadResponse},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			t.Cleanup(server.Close)
			dial := test.dial
			if dial == nil && name != "no dialer" {
				dial = toServer(server)
			}
			if _, err := get(t, endpoint.Options{BaseURL: server.URL, DialContext: dial, Timeout: 300 * time.Millisecond}); llm.CodeOf(err) != test.code {
				t.Errorf("err = %v, want %s", err, test.code)
			}
		})
	}
	t.Run("a redirect takes no key along", func(t *testing.T) {
		server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
		t.Cleanup(server.Close)
		e, err := endpoint.New(endpoint.Options{BaseURL: server.URL, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}, Header: http.Header{"Authorization": {"Bearer secret"}}})
		if err != nil {
			t.Fatal(err)
		}
		var refusal *endpoint.Refusal
		if err := e.Post(t.Context(), "/x", map[string]string{}, nil); !errors.As(err, &refusal) || refusal.Status != 307 || elsewhere.Load() != 0 {
			t.Errorf("err = %v, %d requests elsewhere", err, elsewhere.Load())
		}
		if strings.Contains(refusal.Error(), "secret") {
			t.Error("the error holds the key")
		}
	})
	t.Run("https spoken to http", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(hello))
		t.Cleanup(server.Close)
		if _, err := get(t, endpoint.Options{BaseURL: strings.Replace(server.URL, "http:", "https:", 1), DialContext: toServer(server)}); llm.CodeOf(err) != llm.CodeRuntimeForeign {
			t.Errorf("err = %v", err)
		}
	})
}
