package app

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/llm"
)

// Codes of problems with providers.
const (
	ProblemProviderAddress      = "provider_address"
	ProblemProviderDenied       = "provider_denied"
	ProblemProviderLocked       = "provider_locked"
	ProblemProviderUnknown      = "provider_unknown"
	ProblemProviderDown         = "provider_down"
	ProblemProviderOff          = "provider_off"
	ProblemProviderFile         = "provider_file"
	ProblemProviderInternal     = "provider_internal"
	ProblemProviderConfidential = "provider_confidential"
	ProblemProviderPreset       = "provider_preset"
)

func providerProblems() []string {
	return []string{
		ProblemProviderAddress, ProblemProviderDenied, ProblemProviderLocked, ProblemProviderUnknown, ProblemProviderDown,
		ProblemProviderOff, ProblemProviderFile, ProblemProviderInternal, ProblemProviderConfidential, ProblemProviderPreset,
	}
}

// Keyring keeps secrets where the system keeps its own.
type Keyring interface {
	Get(name string) (string, error)
	Set(name, secret string) error
	Delete(name string) error
}

// Providers are servers that run models beside this computer's own runtime: in
// the company or, where that is allowed, hosted. Nobody gets to one unasked: a
// chat uses a provider's model only when it was chosen by name, and only if
// the provider may get the class of the chat's documents.
type Providers struct {
	app *App

	mu      sync.Mutex
	list    []Provider // of the person
	preset  presetProviders
	clients map[string]*providerClient // by id
	trying  []Provider                 // whose connection is being tested
}

// providerClient is a provider in use and what it said last.
type providerClient struct {
	llm.Provider
	mu      sync.Mutex
	models  []llm.Model // that chat
	speech  []llm.Model // that write down speech
	asked   time.Time
	asking  bool
	problem *Problem
}

func newProviders(a *App) *Providers {
	return &Providers{app: a, clients: map[string]*providerClient{}}
}

func (p *Providers) register(s *Surface) {
	handle(s, "providers.list", p.List)
	handle(s, "providers.save", p.Save)
	handle(s, "providers.remove", p.Remove)
	handle(s, "providers.test", p.Test)
}

// providersSetting holds the list, without keys.
const providersSetting = "providers.list"

// start reads the list.
func (p *Providers) start(ctx context.Context) error {
	settings, err := p.app.db.Settings(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if raw := settings[providersSetting]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &p.list); err != nil {
			p.app.log.Error("list of providers", "error", err)
		}
	}
	p.preset = p.readPreset()
	p.loadPresetKeys(settings[presetKeysSetting])
	return nil
}

// allowed says whether a provider at a place may be used.
func (p *Providers) allowed(place string) bool {
	return slices.Index(places(), place) <= slices.Index(places(), p.app.policy.Text(policy.ProvidersAllow))
}

// List returns the providers and what may be added.
func (p *Providers) List(context.Context, Principal, Empty) (ProviderList, error) {
	view := ProviderList{
		Providers: []Provider{}, Allow: p.app.policy.Text(policy.ProvidersAllow), AllowLocked: p.app.policy.Get(policy.ProvidersAllow).Locked,
		Editable: p.app.policy.Switch(policy.ProvidersEdit), Kinds: providerKinds(),
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, provider := range p.all() {
		view.Providers = append(view.Providers, p.view(provider))
	}
	return view, nil
}

// view adds what is not stored; the lock is held.
func (p *Providers) view(provider Provider) Provider {
	provider.Place = placeOf(provider.Kind, provider.Address)
	provider.Allowed = p.allowed(provider.Place)
	if provider.Models == nil {
		provider.Models = []string{}
	}
	if client := p.clients[provider.ID]; client != nil {
		client.mu.Lock()
		provider.Problem = client.problem
		client.mu.Unlock()
	}
	return provider
}

// Save adds a provider or changes one.
func (p *Providers) Save(ctx context.Context, principal Principal, r ProviderSaveRequest) (ProviderList, error) {
	if preset, ok := p.byID(r.Provider.ID); ok && preset.Preset {
		if err := p.keepPresetKey(ctx, preset, r.Key); err != nil {
			return ProviderList{}, err
		}
		return p.List(ctx, principal, Empty{})
	}
	if !p.app.policy.Switch(policy.ProvidersEdit) {
		return ProviderList{}, &Error{Code: ProblemProviderLocked}
	}
	provider, err := p.checked(r.Provider)
	if err != nil {
		return ProviderList{}, err
	}
	p.mu.Lock()
	at := slices.IndexFunc(p.list, func(other Provider) bool { return other.ID == provider.ID })
	if provider.ID != "" && at < 0 {
		p.mu.Unlock()
		return ProviderList{}, &Error{Code: ProblemProviderUnknown}
	}
	if at >= 0 {
		provider.KeyPlace = p.list[at].KeyPlace
		if r.Key == nil && !sameServer(p.list[at].Address, provider.Address) {
			none := ""
			r.Key = &none // a key is for the server it was given for
		}
	}
	p.mu.Unlock()
	if at < 0 {
		provider.ID = shortID(p.app.newID())
	}
	if r.Key != nil {
		if provider.KeyPlace, err = p.keepKey(provider.ID, strings.TrimSpace(*r.Key)); err != nil {
			return ProviderList{}, err
		}
	}
	err = p.store(ctx, func(list []Provider) []Provider {
		if i := slices.IndexFunc(list, func(other Provider) bool { return other.ID == provider.ID }); i >= 0 {
			list[i] = provider
			return list
		}
		return append(list, provider)
	}, provider.ID)
	if err != nil {
		return ProviderList{}, err
	}
	return p.List(ctx, principal, Empty{})
}

// Remove forgets a provider and its key.
func (p *Providers) Remove(ctx context.Context, principal Principal, r ByID) (ProviderList, error) {
	if !p.app.policy.Switch(policy.ProvidersEdit) {
		return ProviderList{}, &Error{Code: ProblemProviderLocked}
	}
	found, ok := p.byID(r.ID)
	if !ok {
		return ProviderList{}, &Error{Code: ProblemProviderUnknown}
	}
	if found.Preset {
		return ProviderList{}, &Error{Code: ProblemProviderLocked}
	}
	if _, err := p.keepKey(r.ID, ""); err != nil {
		return ProviderList{}, err
	}
	err := p.store(ctx, func(list []Provider) []Provider {
		return slices.DeleteFunc(list, func(other Provider) bool { return other.ID == r.ID })
	}, r.ID)
	if err != nil {
		return ProviderList{}, err
	}
	return p.List(ctx, principal, Empty{})
}

// store changes the list, here and in the settings, and drops a client that
// belongs to what was before.
func (p *Providers) store(ctx context.Context, change func([]Provider) []Provider, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := change(slices.Clone(p.list))
	stored := slices.Clone(list)
	for i := range stored {
		stored[i].Problem = nil
	}
	if err := p.app.db.SetSetting(ctx, providersSetting, string(mustJSON(stored))); err != nil {
		return err
	}
	p.list = list
	delete(p.clients, id)
	return nil
}

// shortID is the random end of an id: it becomes part of a model's name.
func shortID(id string) string {
	id = strings.ReplaceAll(id, "-", "")
	return id[max(0, len(id)-8):]
}

func sameServer(a, b string) bool {
	one, err := url.Parse(a)
	other, err2 := url.Parse(b)
	return err == nil && err2 == nil && one.Scheme == other.Scheme && one.Host == other.Host
}

// Limits of what a provider's record may hold.
const (
	maxTimeout = 3600
	maxWindow  = 10_000_000
)

// endpointAddress brings an address into its stored form, with the path that
// servers usually have; false if it can be none.
func endpointAddress(given string) (string, bool) {
	address := strings.TrimRight(strings.TrimSpace(given), "/")
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return address, false
	}
	if u.Path == "" {
		address += "/v1"
	}
	return address, true
}

// proxyUsable says whether a way to a provider is one: system, none or an
// address without a login.
func proxyUsable(proxy string) bool {
	if proxy == "system" || proxy == "none" {
		return true
	}
	u, err := url.Parse(proxy)
	return err == nil && u.Hostname() != "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// checked brings a provider into its stored form.
func (p *Providers) checked(provider Provider) (Provider, error) {
	provider.Name = clip(strings.TrimSpace(provider.Name), 100)
	if provider.Name == "" {
		return provider, &Error{Code: ProblemNameEmpty}
	}
	if !slices.ContainsFunc(providerKinds(), func(k ProviderKind) bool { return k.Kind == provider.Kind }) {
		return provider, &Error{Code: ProblemBadRequest}
	}
	usable := false
	if provider.Address, usable = endpointAddress(provider.Address); !usable {
		return provider, &Error{Code: ProblemProviderAddress, Args: map[string]string{"address": provider.Address}}
	}
	provider.Place = placeOf(provider.Kind, provider.Address)
	if !p.allowed(provider.Place) {
		return provider, &Error{Code: ProblemProviderDenied, Args: map[string]string{"provider": provider.Name}}
	}
	if !slices.Contains(classes(), provider.DataClass) {
		provider.DataClass = proposedClass(provider.Place)
	}
	if !proxyUsable(provider.Proxy) {
		return provider, &Error{Code: ProblemProviderAddress, Args: map[string]string{"address": provider.Proxy}}
	}
	provider.TimeoutSeconds = min(max(provider.TimeoutSeconds, 5), maxTimeout)
	provider.ContextWindow = min(max(provider.ContextWindow, 0), maxWindow)
	models := []string{}
	for _, name := range provider.Models {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(models, name) {
			models = append(models, name)
		}
	}
	provider.Models, provider.KeyPlace, provider.Problem, provider.Preset, provider.NeedsKey = models, "", nil, false, false
	if _, err := p.endpointOptions(provider, ""); err != nil {
		return provider, err
	}
	return provider, nil
}

func (p *Providers) byID(id string) (Provider, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, provider := range p.all() {
		if provider.ID == id {
			return p.view(provider), true
		}
	}
	return Provider{}, false
}

// Where keys are kept.
const (
	keyInKeyring = "keyring"
	keyInFile    = "file"
)

// keyFile is for systems without a keyring. It is readable by its owner alone
// and not encrypted: a key for that would have to lie beside it.
func (p *Providers) keyFile(id string) string {
	return filepath.Join(p.app.config.Paths.Config, "provider-key-"+id)
}

// keepKey stores a key, or forgets it if it is "", and says where it lies.
func (p *Providers) keepKey(id, key string) (string, error) {
	ring := p.app.config.Keyring
	if err := os.Remove(p.keyFile(id)); err != nil && !os.IsNotExist(err) {
		return "", diskError(err)
	}
	if key == "" {
		if ring != nil {
			if err := ring.Delete("provider-" + id); err != nil {
				p.app.log.Warn("forget a provider's key", "error", err)
			}
		}
		return "", nil
	}
	if ring != nil {
		err := ring.Set("provider-"+id, key)
		if err == nil {
			return keyInKeyring, nil
		}
		p.app.log.Info("no keyring; the key is kept in a file", "error", err)
	}
	if err := os.MkdirAll(p.app.config.Paths.Config, 0o700); err != nil {
		return "", diskError(err)
	}
	if err := os.WriteFile(p.keyFile(id), []byte(key+"\n"), 0o600); err != nil {
		return "", diskError(err)
	}
	return keyInFile, nil
}

func (p *Providers) key(provider Provider) string {
	switch provider.KeyPlace {
	case keyInKeyring:
		if ring := p.app.config.Keyring; ring != nil {
			key, err := ring.Get("provider-" + provider.ID)
			if err != nil {
				p.app.log.Warn("read a provider's key", "error", err)
			}
			return key
		}
	case keyInFile:
		raw, err := os.ReadFile(p.keyFile(provider.ID))
		if err != nil {
			p.app.log.Warn("read a provider's key", "error", err)
		}
		return strings.TrimSpace(string(raw))
	}
	return ""
}
