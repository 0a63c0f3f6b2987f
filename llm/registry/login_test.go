package registry_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/registry"
)

// guarded makes a registry refuse requests without the header.
func guarded(s *server, header, challenge string) {
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != header {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

const basic = "Basic YW5uYTpzZWNyZXQ=" // anna:secret

func TestLoginAtARegistry(t *testing.T) {
	check := func(name, header string, login registry.Login, want llm.Code) {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, random(100_000))
			guarded(s, header, `Basic realm="models"`)
			if err := pull(t.Context(), s.URL, t.TempDir(), registry.Options{Login: login}); llm.CodeOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	check("basic", basic, registry.Login{User: "anna", Secret: "secret"}, "")
	check("static token", "Bearer secret", registry.Login{Secret: "secret"}, "")
	check("no login", basic, registry.Login{}, llm.CodeRegistryLogin)
	check("another secret", basic, registry.Login{User: "anna", Secret: "wrong"}, llm.CodeRegistryLogin)
}

// The server for tokens is another one, as at registries of containers; a
// token that has run out is replaced.
func TestTokensOfARegistry(t *testing.T) {
	s := newServer(t, random(300_000))
	var mu sync.Mutex
	given, asked := 0, []string{}
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != basic {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		given++
		asked = append(asked, r.URL.Query().Get("service")+" "+r.URL.Query().Get("scope"))
		_, _ = fmt.Fprintf(w, `{"access_token":"token %d"}`, given)
	}))
	t.Cleanup(tokens.Close)
	inner, answered := s.Config.Handler, 0
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		valid := given > 0 && r.Header.Get("Authorization") == fmt.Sprintf("Bearer token %d", given) && (answered < 1 || given > 1)
		if valid {
			answered++
		}
		mu.Unlock()
		if !valid {
			w.Header().Add("WWW-Authenticate", `Basic realm="models"`)
			w.Header().Add("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="models, ours",scope="repository:library/tiny:pull"`, tokens.URL))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
	told := ""
	options := registry.Options{Login: registry.Login{User: "anna", Secret: "secret"}, Redirected: func(to *url.URL) error { told = to.Host; return nil }}
	if err := pull(t.Context(), s.URL, t.TempDir(), options); err != nil {
		t.Fatal(err)
	}
	if given != 2 || asked[0] != "models, ours repository:library/tiny:pull" || "http://"+told != tokens.URL {
		t.Errorf("%d tokens, asked %q, told of %q", given, asked, told)
	}
	options.Redirected = nil
	if err := pull(t.Context(), s.URL, t.TempDir(), options); llm.CodeOf(err) != llm.CodeDenied {
		t.Errorf("a token of another server unasked: %v", err)
	}
	options = registry.Options{Login: registry.Login{User: "anna", Secret: "wrong"}, Redirected: func(*url.URL) error { return nil }}
	if err := pull(t.Context(), s.URL, t.TempDir(), options); llm.CodeOf(err) != llm.CodeRegistryLogin {
		t.Errorf("another secret: %v", err)
	}
}

// The server that holds the blobs never sees the login.
func TestLoginStaysAtTheRegistry(t *testing.T) {
	weights := random(100_000)
	front, holder := newServer(t, weights), newServer(t, weights)
	guarded(front, basic, `Basic realm="models"`)
	front.moveTo = holder.URL
	inner := holder.Config.Handler
	holder.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("it was sent %q", got)
		}
		inner.ServeHTTP(w, r)
	})
	options := registry.Options{Login: registry.Login{User: "anna", Secret: "secret"}, Redirected: func(*url.URL) error { return nil }}
	if err := pull(t.Context(), front.URL, t.TempDir(), options); err != nil {
		t.Fatal(err)
	}
}

func TestRegistryBehindACompanyProxy(t *testing.T) {
	weights := random(200_000)
	s := newServer(t, weights)
	secure := httptest.NewTLSServer(s.Config.Handler) // its certificate is for example.com
	t.Cleanup(secure.Close)
	authority := x509.NewCertPool()
	authority.AddCert(secure.Certificate())
	address := strings.TrimPrefix(secure.URL, "https://")
	through := func(login string, user *url.Userinfo) func(*http.Request) (*url.URL, error) {
		at := llmtest.CompanyProxy(t, "example.com:443", login, func() (net.Conn, error) { return net.Dial("tcp", address) })
		at.User = user
		return func(*http.Request) (*url.URL, error) { return at, nil }
	}
	anna := url.UserPassword("anna", "secret")
	check := func(name, base string, options registry.Options, want llm.Code) {
		t.Run(name, func(t *testing.T) {
			if err := pull(t.Context(), base, t.TempDir(), options); llm.CodeOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	const base = "https://example.com"
	check("without a login", base, registry.Options{RootCAs: authority, Proxy: through("", nil)}, "")
	check("with a login", base, registry.Options{RootCAs: authority, Proxy: through(basic, anna)}, "")
	check("its login is missing", base, registry.Options{RootCAs: authority, Proxy: through(basic, nil)}, llm.CodeProxyLogin)
	check("another server than it allows", "https://other.example", registry.Options{RootCAs: authority, Proxy: through("", nil)}, llm.CodeProxyRefused)
	check("without the company's authority", base, registry.Options{Proxy: through("", nil)}, llm.CodeRegistryCertificate)
}

// TestRegistryAsksForACertificate shows it to the registry and not to the
// server that holds the blobs, whose certificate is trusted just as well.
func TestRegistryAsksForACertificate(t *testing.T) {
	weights := random(100_000)
	front, holder := newServer(t, weights), newServer(t, weights)
	secure := func(s *server, want tls.ClientAuthType) *httptest.Server {
		started := httptest.NewUnstartedServer(s.Config.Handler)
		// With TLS 1.3 a refusal comes after the request was sent, and may be lost.
		started.TLS = &tls.Config{ClientAuth: want, MaxVersion: tls.VersionTLS12}
		started.StartTLS()
		t.Cleanup(started.Close)
		return started
	}
	inner := holder.Config.Handler
	holder.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			t.Error("the other server was shown the certificate")
		}
		inner.ServeHTTP(w, r)
	})
	blobs := secure(holder, tls.RequestClientCert)
	front.moveTo = blobs.URL
	models := secure(front, tls.RequireAnyClientCert)
	authority := x509.NewCertPool()
	authority.AddCert(models.Certificate())
	options := registry.Options{RootCAs: authority, Redirected: func(*url.URL) error { return nil }}
	if err := pull(t.Context(), models.URL, t.TempDir(), options); llm.CodeOf(err) != llm.CodeRegistryCertificate {
		t.Errorf("without a certificate: %v", err)
	}
	options.Certificates = models.TLS.Certificates
	if err := pull(t.Context(), models.URL, t.TempDir(), options); err != nil {
		t.Errorf("with it: %v", err)
	}
}
