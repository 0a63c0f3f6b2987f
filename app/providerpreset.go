package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"kontor/app/policy"
)

// presetProviders are those an organisation's policy names. People cannot
// change them; they add a key where one is needed.
type presetProviders struct {
	list     []Provider
	keys     map[string]presetKey // by id
	problems []Problem
}

// presetKey says where a person's key is and which server it was given for.
type presetKey struct {
	Place   string `json:"place"`
	Address string `json:"address"`
}

// presetKeysSetting holds where the keys of preset providers lie.
const presetKeysSetting = "providers.preset_keys"

// presetEntry is a provider as a policy writes it. Every field but name and
// address may be left out.
type presetEntry struct {
	// ID becomes part of the names of its models, so that chats find them after
	// the address changed; without one it is made of the address.
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"` // the dialect; "other" if left out
	Address string `json:"address"`
	// DataClass is public, internal or confidential.
	DataClass      string   `json:"dataClass"`
	TimeoutSeconds int      `json:"timeoutSeconds"`
	Authority      string   `json:"authority"`
	Certificate    string   `json:"certificate"`
	CertificateKey string   `json:"certificateKey"`
	Proxy          string   `json:"proxy"`
	Models         []string `json:"models"`
	ContextWindow  int      `json:"contextWindow"`
	NeedsKey       bool     `json:"needsKey"`
}

// presetTimeout is how long nothing may come from a preset provider that names
// no limit, in seconds.
const presetTimeout = 120

var presetID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// readPreset reads the policy's list. What cannot be used is left out and told.
func (p *Providers) readPreset() presetProviders {
	value := p.app.policy.Get(policy.ProvidersPreset)
	read := presetProviders{keys: p.preset.keys}
	var entries []json.RawMessage
	if value.Origin != policy.Enforced || json.Unmarshal([]byte(value.Value), &entries) != nil {
		return read
	}
	for _, raw := range entries {
		provider, wrong := presetProvider(raw)
		if wrong == "" && slices.ContainsFunc(read.list, func(other Provider) bool { return other.ID == provider.ID }) {
			wrong = "id"
		}
		if wrong != "" {
			read.problems = append(read.problems, Problem{Code: ProblemProviderPreset, Args: map[string]string{
				"source": value.Source, "name": provider.Name, "field": wrong,
			}})
			continue
		}
		read.list = append(read.list, provider)
	}
	return read
}

// presetProvider reads one entry; wrong names the field that cannot be used.
func presetProvider(raw json.RawMessage) (provider Provider, wrong string) {
	var entry presetEntry
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&entry); err != nil {
		provider.Name = clip(entry.Name, 100)
		if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
			return provider, strings.Trim(name, `"`)
		}
		return provider, "JSON"
	}
	provider = Provider{
		ID: entry.ID, Name: clip(strings.TrimSpace(entry.Name), 100), Kind: entry.Kind,
		DataClass: entry.DataClass, Enabled: true, Authority: entry.Authority, Certificate: entry.Certificate, CertificateKey: entry.CertificateKey,
		Proxy: entry.Proxy, TimeoutSeconds: entry.TimeoutSeconds, Models: entry.Models, ContextWindow: entry.ContextWindow,
		Preset: true, NeedsKey: entry.NeedsKey,
	}
	if provider.Kind == "" {
		provider.Kind = "other"
	}
	if provider.Proxy == "" {
		provider.Proxy = "system"
	}
	if provider.TimeoutSeconds == 0 {
		provider.TimeoutSeconds = presetTimeout
	}
	usable := false
	provider.Address, usable = endpointAddress(entry.Address)
	switch {
	case provider.Name == "":
		return provider, "name"
	case !slices.ContainsFunc(providerKinds(), func(k ProviderKind) bool { return k.Kind == provider.Kind }):
		return provider, "kind"
	case !usable:
		return provider, "address"
	case provider.TimeoutSeconds < 5 || provider.TimeoutSeconds > maxTimeout:
		return provider, "timeoutSeconds"
	case provider.ContextWindow < 0 || provider.ContextWindow > maxWindow:
		return provider, "contextWindow"
	case !proxyUsable(provider.Proxy):
		return provider, "proxy"
	case (provider.Certificate == "") != (provider.CertificateKey == ""):
		return provider, "certificateKey"
	}
	if provider.DataClass == "" {
		provider.DataClass = proposedClass(placeOf(provider.Kind, provider.Address))
	}
	if !slices.Contains(classes(), provider.DataClass) {
		return provider, "dataClass"
	}
	if provider.ID == "" {
		sum := sha256.Sum256([]byte(provider.Address))
		provider.ID = hex.EncodeToString(sum[:4])
	}
	if provider.ID = presetMark + provider.ID; !presetID.MatchString(provider.ID) {
		return provider, "id"
	}
	return provider, ""
}

// presetMark begins the ids of preset providers: none of the person's own has
// such a one.
const presetMark = "org-"

// all are the preset providers and the person's own; the lock is held.
func (p *Providers) all() []Provider {
	list := slices.Clone(p.preset.list)
	for i := range list {
		if key := p.preset.keys[list[i].ID]; sameServer(key.Address, list[i].Address) {
			list[i].KeyPlace = key.Place
		}
	}
	return append(list, p.list...)
}

// presetProblems are the entries of the policy that cannot be used.
func (p *Providers) presetProblems() []Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.preset.problems)
}

// presetMoved takes over a changed policy.
func (p *Providers) presetMoved() {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.preset
	p.preset = p.readPreset()
	if string(mustJSON(before.list)) == string(mustJSON(p.preset.list)) {
		return
	}
	for _, provider := range before.list {
		delete(p.clients, provider.ID)
	}
}

func (p *Providers) loadPresetKeys(raw string) {
	p.preset.keys = map[string]presetKey{}
	if raw == "" {
		return
	}
	if err := json.Unmarshal([]byte(raw), &p.preset.keys); err != nil {
		p.app.log.Error("keys of preset providers", "error", err)
	}
}

// keepPresetKey takes a person's key of a preset provider, or forgets it.
func (p *Providers) keepPresetKey(ctx context.Context, provider Provider, key *string) error {
	if key == nil {
		return &Error{Code: ProblemProviderLocked}
	}
	place, err := p.keepKey(provider.ID, strings.TrimSpace(*key))
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	keys := map[string]presetKey{}
	for id, known := range p.preset.keys {
		keys[id] = known
	}
	delete(keys, provider.ID)
	if place != "" {
		keys[provider.ID] = presetKey{Place: place, Address: provider.Address}
	}
	if err := p.app.db.SetSetting(ctx, presetKeysSetting, string(mustJSON(keys))); err != nil {
		return err
	}
	p.preset.keys = keys
	delete(p.clients, provider.ID)
	return nil
}
