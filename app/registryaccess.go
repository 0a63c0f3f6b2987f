package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"kontor/app/policy"
	"kontor/llm/registry"
)

// registrySecretsSetting says where the secrets of the registry and its proxy lie.
const registrySecretsSetting = "models.registry_secrets"

// Names of the two secrets.
const (
	registrySecret = "registry"
	proxySecret    = "registry-proxy"
)

// systemProxy names the system's proxy for an address, nil if nothing is known of one.
func (a *App) systemProxy() func(*url.URL) (*url.URL, error) {
	if a.config.SystemProxy != nil {
		return a.config.SystemProxy
	}
	env := a.config.Env
	if env == nil {
		return nil
	}
	first := func(names ...string) string {
		for _, name := range names {
			if value := env(name); value != "" {
				return value
			}
		}
		return ""
	}
	settings := httpproxy.Config{
		HTTPProxy: first("http_proxy", "HTTP_PROXY"), HTTPSProxy: first("https_proxy", "HTTPS_PROXY"), NoProxy: first("no_proxy", "NO_PROXY"),
	}
	return settings.ProxyFunc()
}

// registryProxy names the proxy for an address of the registry, nil for none.
// Its login goes with it.
func (g *Getting) registryProxy(ctx context.Context, to *url.URL) (*url.URL, error) {
	var at *url.URL
	var err error
	switch setting := g.app.policy.Text(policy.RegistryProxy); setting {
	case "none":
		return nil, nil //nolint:nilnil // as net/http wants it
	case "system":
		if system := g.app.systemProxy(); system != nil {
			at, err = system(to)
		}
	default:
		at, err = url.Parse(setting)
	}
	if err != nil || at == nil {
		return nil, err
	}
	through := *at
	if user := g.app.policy.Text(policy.RegistryProxyUser); user != "" {
		through.User = url.UserPassword(user, g.secret(ctx, proxySecret, at.String()))
	}
	return &through, nil
}

// secret reads a secret that was given for a server.
func (g *Getting) secret(ctx context.Context, name, address string) string {
	known := g.secretPlaces(ctx)[name]
	if known.Place == "" || !sameServer(known.Address, address) {
		return ""
	}
	return g.app.providers.key(Provider{ID: name, KeyPlace: known.Place})
}

func (g *Getting) secretPlaces(ctx context.Context) map[string]presetKey {
	places := map[string]presetKey{}
	settings, err := g.app.db.Settings(ctx)
	if err == nil && settings[registrySecretsSetting] != "" {
		err = json.Unmarshal([]byte(settings[registrySecretsSetting]), &places)
	}
	if err != nil {
		g.app.log.Error("secrets of the registry", "error", err)
	}
	return places
}

// Access says how the registry is reached.
func (g *Getting) Access(ctx context.Context, _ Principal, _ Empty) (RegistryAccess, error) {
	view := RegistryAccess{User: g.app.policy.Text(policy.RegistryUser), ProxyUser: g.app.policy.Text(policy.RegistryProxyUser)}
	address := g.app.policy.Text(policy.Registry)
	places := g.secretPlaces(ctx)
	if known := places[registrySecret]; sameServer(known.Address, address) {
		view.SecretPlace = known.Place
	}
	to, err := url.Parse(address)
	if err != nil || address == "" {
		return view, nil //nolint:nilerr // the setting says that there is none
	}
	through, err := g.registryProxy(ctx, to)
	if err != nil || through == nil {
		return view, nil //nolint:nilerr // it is told when it is used
	}
	through.User = nil
	view.Proxy = through.String()
	if known := places[proxySecret]; sameServer(known.Address, view.Proxy) {
		view.ProxySecretPlace = known.Place
	}
	return view, nil
}

// KeepSecrets takes secrets, each for the server that is set now.
func (g *Getting) KeepSecrets(ctx context.Context, p Principal, r RegistrySecrets) (RegistryAccess, error) {
	view, err := g.Access(ctx, p, Empty{})
	if err != nil {
		return view, err
	}
	places := g.secretPlaces(ctx)
	for _, given := range []struct {
		name, address string
		secret        *string
	}{{registrySecret, g.app.policy.Text(policy.Registry), r.Secret}, {proxySecret, view.Proxy, r.ProxySecret}} {
		if given.secret == nil {
			continue
		}
		if given.address == "" && *given.secret != "" {
			return view, &Error{Code: ProblemNoRegistry}
		}
		place, err := g.app.providers.keepKey(given.name, strings.TrimSpace(*given.secret))
		if err != nil {
			return view, err
		}
		places[given.name] = presetKey{Place: place, Address: given.address}
	}
	if err := g.app.db.SetSetting(ctx, registrySecretsSetting, string(mustJSON(places))); err != nil {
		return view, err
	}
	return g.Access(ctx, p, Empty{})
}

// client reaches the registry as the settings say.
func (g *Getting) client(ctx context.Context) (*registry.Client, error) {
	base := g.app.policy.Text(policy.Registry)
	at, err := url.Parse(base)
	if err != nil || base == "" {
		return nil, &Error{Code: ProblemNoRegistry}
	}
	if !g.app.policy.Switch(policy.DownloadsAllow) {
		return nil, &Error{Code: ProblemDownloadsOff}
	}
	g.open(at)
	options := registry.Options{
		Base: base, DialContext: g.app.egress.Dial("models"), Free: freeBytes, BytesPerSecond: g.limit,
		Redirected: func(to *url.URL) error { g.open(to); return nil },
		Login:      registry.Login{User: g.app.policy.Text(policy.RegistryUser), Secret: g.secret(ctx, registrySecret, base)},
		Proxy: func(request *http.Request) (*url.URL, error) {
			through, err := g.registryProxy(request.Context(), request.URL)
			if through != nil {
				g.open(through)
			}
			return through, err
		},
	}
	if file := g.app.policy.Text(policy.RegistryAuthority); file != "" {
		if options.RootCAs, err = authorities(file); err != nil {
			return nil, &Error{Code: ProblemProviderFile, Args: map[string]string{"file": file}, Cause: err}
		}
	}
	if file := g.app.policy.Text(policy.RegistryCertificate); file != "" {
		own, err := tls.LoadX509KeyPair(file, cmp.Or(g.app.policy.Text(policy.RegistryCertificateKey), file))
		if err != nil {
			return nil, &Error{Code: ProblemProviderFile, Args: map[string]string{"file": file}, Cause: err}
		}
		options.Certificates = []tls.Certificate{own}
	}
	return registry.New(options)
}

// authorities are the system's and those of a file in PEM form.
func authorities(file string) (*x509.CertPool, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(raw) {
		return nil, errors.New("no certificate in PEM form")
	}
	return pool, nil
}
