package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kontor/llm"
	"kontor/llm/anthropic"
	"kontor/llm/endpoint"
	"kontor/llm/openai"
)

// endpointOptions says how a provider is reached: its key, the company's
// authority, the client's certificate, the proxy, and the guarded dialer.
func (p *Providers) endpointOptions(provider Provider, key string) (endpoint.Options, error) {
	options := endpoint.Options{
		BaseURL: provider.Address, DialContext: p.dial(provider), Proxy: p.proxy(provider),
		Timeout: time.Duration(provider.TimeoutSeconds) * time.Second, Header: http.Header{},
	}
	unreadable := func(file string, err error) error {
		return &Error{Code: ProblemProviderFile, Args: map[string]string{"file": file}, Cause: err}
	}
	if provider.Authority != "" {
		pool, err := authorities(provider.Authority)
		if err != nil {
			return options, unreadable(provider.Authority, err)
		}
		options.RootCAs = pool
	}
	if provider.Certificate != "" {
		own, err := tls.LoadX509KeyPair(provider.Certificate, provider.CertificateKey)
		if err != nil {
			return options, unreadable(provider.Certificate, err)
		}
		options.Certificates = []tls.Certificate{own}
	}
	switch {
	case provider.Kind == kindAnthropic:
		options.Header.Set("Anthropic-Version", anthropic.Version)
		if key != "" {
			options.Header.Set("X-Api-Key", key)
		}
	case key != "":
		options.Header.Set("Authorization", "Bearer "+key)
	}
	return options, nil
}

// open makes a client of a provider.
func (p *Providers) open(provider Provider, key string) (llm.Provider, error) {
	options, err := p.endpointOptions(provider, key)
	if err != nil {
		return nil, err
	}
	server, err := endpoint.New(options)
	if err != nil {
		return nil, &Error{Code: ProblemProviderAddress, Args: map[string]string{"address": provider.Address}, Cause: err}
	}
	if provider.Kind == kindAnthropic {
		return anthropic.New(anthropic.Options{Endpoint: server, Models: provider.Models, ContextWindow: provider.ContextWindow}), nil
	}
	return openai.New(openai.Options{
		Endpoint: server, Dialect: openai.Dialect(provider.Kind), Models: provider.Models,
		ContextWindow: provider.ContextWindow, Log: p.app.log,
	}), nil
}

// proxy is the provider's own, or the system's. What is in the company's
// network is reached directly, so that its address can be checked.
func (p *Providers) proxy(provider Provider) func(*url.URL) (*url.URL, error) {
	if provider.Proxy == "none" || placeOf(provider.Kind, provider.Address) != placeHosted {
		return nil
	}
	if provider.Proxy != "system" {
		address, err := url.Parse(provider.Proxy)
		return func(*url.URL) (*url.URL, error) { return address, err }
	}
	return p.app.systemProxy()
}

// dial is the guarded dialer. What counts as the company's network must really
// have a private address: nothing is sent to another one.
func (p *Providers) dial(provider Provider) DialFunc {
	guarded := p.app.egress.Dial("provider")
	if placeOf(provider.Kind, provider.Address) != placeCompany {
		return guarded
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := guarded(ctx, network, address)
		if err != nil || p.allowed(placeHosted) || private(connection.RemoteAddr()) {
			return connection, err
		}
		return nil, errors.Join(&llm.Error{Code: llm.CodeDenied, Cause: errors.New("the address is not in a private network")}, connection.Close())
	}
}

// private recognises addresses that are not of the internet.
func private(address net.Addr) bool {
	at, err := netip.ParseAddrPort(address.String())
	if err != nil {
		return false
	}
	ip := at.Addr().Unmap()
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
}

// allowEgress lets the servers be reached that are in use or being tested, and
// their proxies.
func (p *Providers) allowEgress(host string, port int) bool {
	p.mu.Lock()
	candidates := slices.Clone(p.trying)
	for _, provider := range p.all() {
		if provider.Enabled {
			candidates = append(candidates, provider)
		}
	}
	p.mu.Unlock()
	for _, provider := range candidates {
		place := placeOf(provider.Kind, provider.Address)
		if place == placeHere || !p.allowed(place) {
			continue
		}
		address, err := url.Parse(provider.Address)
		if err != nil {
			continue
		}
		targets := []*url.URL{address}
		if proxy := p.proxy(provider); proxy != nil {
			if through, err := proxy(address); err == nil && through != nil {
				targets = append(targets, through)
			}
		}
		if slices.ContainsFunc(targets, func(u *url.URL) bool { return u.Hostname() == host && portOf(u) == strconv.Itoa(port) }) {
			return true
		}
	}
	return false
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// Test asks a server for its models, with what is written in the form. Nothing
// of a chat or a document is sent.
func (p *Providers) Test(ctx context.Context, _ Principal, r ProviderSaveRequest) (ProviderTestResult, error) {
	result := ProviderTestResult{Models: []string{}}
	provider, preset := p.byID(r.Provider.ID)
	if !preset || !provider.Preset {
		var err error
		if provider, err = p.checked(r.Provider); err != nil {
			return result, err
		}
	}
	key := ""
	if r.Key != nil {
		key = *r.Key
	} else if stored, ok := p.byID(provider.ID); ok && sameServer(stored.Address, provider.Address) {
		key = p.key(stored)
	}
	client, err := p.open(provider, key)
	if err != nil {
		return result, err
	}
	provider.ID = "test-" + p.app.newID()
	p.mu.Lock()
	p.trying = append(p.trying, provider)
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.trying = slices.DeleteFunc(p.trying, func(other Provider) bool { return other.ID == provider.ID })
		p.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(ctx, min(time.Duration(provider.TimeoutSeconds)*time.Second, 30*time.Second))
	defer cancel()
	began := time.Now()
	models, err := client.Models(ctx)
	result.Ms = time.Since(began).Milliseconds()
	if err != nil {
		if ctx.Err() != nil {
			err = &llm.Error{Code: llm.CodeTimedOut}
		}
		result.Problem = problemOf(providerError(provider, err))
		return result, nil
	}
	for _, m := range models {
		if m.Chat {
			result.Models = append(result.Models, m.Name)
		}
	}
	result.Version = client.Status(ctx).Version
	return result, nil
}

// providerError names the provider where the runtime's sentence would mislead.
func providerError(provider Provider, err error) error {
	args := map[string]string{"provider": provider.Name}
	switch llm.CodeOf(err) {
	case llm.CodeRuntimeDown, llm.CodeRuntimeForeign:
		return &Error{Code: ProblemProviderDown, Args: args, Cause: err}
	case llm.CodeDenied:
		return &Error{Code: ProblemProviderDenied, Args: args, Cause: err}
	}
	return err
}
