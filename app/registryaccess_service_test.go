package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/store"
)

// companyRegistry is a registry that only a proxy with a login leads to, with a
// certificate of the company's own authority and a login of its own.
func companyRegistry(t *testing.T, content string, asked func()) (proxy, authority string) {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	layer := store.Layer{MediaType: store.MediaTemplate, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked()
		if user, password, _ := r.BasicAuth(); user != "anna" || password != "for the registry" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.Contains(r.URL.Path, "/manifests/") {
			_, _ = w.Write(mustJSON(store.Manifest{SchemaVersion: 2, Config: layer, Layers: []store.Layer{layer}}))
			return
		}
		_, _ = io.WriteString(w, content)
	}))
	t.Cleanup(server.Close)
	authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	given := &http.Request{Header: http.Header{}}
	given.SetBasicAuth("anna", "for the proxy")
	// The name in the certificate leads to it.
	relay := llmtest.CompanyProxy(t, "example.com:443", given.Header.Get("Authorization"), func() (net.Conn, error) {
		return net.Dial("tcp", server.Listener.Addr().String())
	})
	return relay.String(), authority
}

// awaitEnd waits until a job has ended, well or not.
func awaitEnd(t *testing.T, b *bench, id string) Download {
	t.Helper()
	var found Download
	await(t, "the job ends", func() bool {
		list := do[Downloads](b, "models.downloads", Empty{})
		i := slices.IndexFunc(list.Jobs, func(j Download) bool { return j.ID == id })
		if i >= 0 {
			found = list.Jobs[i]
		}
		return i >= 0 && (found.State == stateDone || found.State == stateFailed)
	})
	return found
}

func TestModelsOfACompanyRegistry(t *testing.T) {
	var app atomic.Pointer[App]
	proxy, authority := companyRegistry(t, "a model of the company", func() {
		if g := app.Load().getting; !g.allowEgress("example.com", 443) || g.allowEgress("elsewhere.example", 443) || g.allowEgress("example.com", 80) {
			t.Error("the way out is open to another server, or closed to the registry")
		}
	})
	data := t.TempDir()
	settings := func(authority string) string {
		return fmt.Sprintf(`{"enforced": {"models.allow_download": true, "models.registry": "https://example.com", "models.registry_user": "anna",
			"models.registry_proxy": %q, "models.registry_proxy_user": "anna", "models.registry_authority": %q}}`, proxy, authority)
	}
	b := openIn(t, data, llmtest.Script{}, lockedBy(settings(authority)))
	app.Store(b.App)
	job := do[Download](b, "models.fetch", FetchRequest{Name: "house:1b"})
	ended := awaitEnd(t, b, job.ID)
	if ended.Problem == nil || ended.Problem.Code != string(llm.CodeProxyLogin) {
		t.Fatalf("without a login at the proxy: %+v", ended)
	}
	again := func() Download {
		do[Empty](b, "models.download", DownloadAction{ID: job.ID, Action: "resume"})
		return awaitEnd(t, b, job.ID)
	}
	secret := func(text string) *string { return &text }
	access := do[RegistryAccess](b, "registry.keep", RegistrySecrets{ProxySecret: secret("for the proxy")})
	if access.ProxySecretPlace != keyInFile || access.SecretPlace != "" || access.Proxy != proxy {
		t.Errorf("%+v", access)
	}
	if ended = again(); ended.Problem == nil || ended.Problem.Code != string(llm.CodeRegistryLogin) {
		t.Fatalf("without a login at the registry: %+v", ended)
	}
	do[RegistryAccess](b, "registry.keep", RegistrySecrets{Secret: secret("for the registry")})
	if ended = again(); ended.State != stateDone {
		t.Fatalf("with both: %+v", ended)
	}
	if b.getting.allowEgress("example.com", 443) {
		t.Error("the way out stays open")
	}
	for _, raw := range []string{string(mustJSON(do[Settings](b, "settings.list", Empty{}))), string(mustJSON(do[RegistryAccess](b, "registry.access", Empty{})))} {
		if strings.Contains(raw, "for the") {
			t.Error("a secret is told")
		}
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	// Another registry gets no secret of this one; without the authority nothing is sent.
	other := openIn(t, data, llmtest.Script{}, lockedBy(`{"enforced": {"models.registry": "https://other.example", "models.registry_user": "anna"}}`))
	if got := other.getting.secret(t.Context(), registrySecret, "https://other.example"); got != "" {
		t.Errorf("another registry gets %q", got)
	}
	if err := other.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b = openIn(t, data, llmtest.Script{}, lockedBy(settings("")))
	app.Store(b.App)
	job = do[Download](b, "models.fetch", FetchRequest{Name: "house:2b"})
	if ended = awaitEnd(t, b, job.ID); ended.Problem == nil || ended.Problem.Code != string(llm.CodeRegistryCertificate) {
		t.Errorf("without the authority: %+v", ended)
	}
}
