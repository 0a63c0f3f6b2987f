package policy

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// userStore is a table of settings in memory.
type userStore struct {
	values map[string]string
	fail   error
}

func (s *userStore) Settings(context.Context) (map[string]string, error) {
	values := map[string]string{}
	for k, v := range s.values {
		values[k] = v
	}
	return values, s.fail
}

func (s *userStore) SetSetting(_ context.Context, key, value string) error {
	if s.fail == nil {
		s.values[key] = value
	}
	return s.fail
}

func (s *userStore) DeleteSetting(_ context.Context, key string) error {
	delete(s.values, key)
	return s.fail
}

// admin is a source whose documents a test writes.
type admin struct{ documents []Document }

func (a *admin) Read() []Document { return a.documents }

func (a *admin) write(texts ...string) {
	a.documents = nil
	for i, text := range texts {
		a.documents = append(a.documents, Document{Path: fmt.Sprintf("/policy/%d.json", i), Data: []byte(text)})
	}
}

func load(t *testing.T, p *Policy) {
	t.Helper()
	if err := p.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// samples gives two valid values other than the default, and an invalid one.
func samples(d Definition) (one, two, invalid string) {
	switch d.Type {
	case Choice:
		others := slices.DeleteFunc(slices.Clone(d.Options), func(o string) bool { return o == d.Default })
		return others[0], others[len(others)-1], "sideways"
	case Switch:
		return "true", "true", "yes"
	case Number:
		return strconv.Itoa(d.Minimum + 3), strconv.Itoa(d.Maximum), strconv.Itoa(d.Maximum + 1)
	}
	if d.Key == RuntimeURL {
		return "http://127.0.0.1:9", "https://box.example:1", "file:///etc/passwd"
	}
	if d.Key == VectorAddress {
		return "postgres://user@127.0.0.1/kontor", "http://box.example:6333", "postgres://user:password@127.0.0.1/kontor"
	}
	if d.Key == Hotkey {
		return "ctrl+alt+k", "super+space", "ctrl+k"
	}
	if d.Key == RegistryProxy {
		return "none", "http://proxy.example:3128", "http://anna:secret@proxy.example"
	}
	if d.Key == Registry {
		return "http://127.0.0.1:9", "https://models.example", "https://user@models.example"
	}
	if slices.Contains([]Key{ModelsFolder, RegistryAuthority, RegistryCertificate, RegistryCertificateKey}, d.Key) {
		folder, err := filepath.Abs("models")
		if err != nil {
			panic(err)
		}
		return folder, filepath.Join(folder, "{user}"), "models"
	}
	if d.Type == List {
		return `[{"name":"one"}]`, `[{"name":"one"},{"name":"two"}]`, `{"name":"one"}`
	}
	if d.Key == PackKeys {
		one := base64.StdEncoding.EncodeToString(make([]byte, 32))
		return one, one + "," + one, "no key"
	}
	if d.Lines {
		return "one", "two\nlines", strings.Repeat("x", d.Maximum+1)
	}
	return "one", "two", "line\nbreak"
}

func TestEverySettingFromEverySource(t *testing.T) {
	for _, d := range Definitions() {
		t.Run(string(d.Key), func(t *testing.T) {
			one, two, invalid := samples(d)
			if !d.Valid(d.Default) || !d.Valid(one) || !d.Valid(two) || d.Valid(invalid) {
				t.Fatalf("validity of %q, %q, %q, %q", d.Default, one, two, invalid)
			}
			store, it := &userStore{values: map[string]string{}}, &admin{}
			p := New(Options{User: store, Sources: []Source{it}})
			expect := func(what, value string, origin Origin, locked bool) {
				t.Helper()
				got := p.Get(d.Key)
				if got.Value != value || got.Origin != origin || got.Locked != locked {
					t.Errorf("%s: %q from %s, locked %v; want %q from %s, locked %v", what, got.Value, got.Origin, got.Locked, value, origin, locked)
				}
				if fromPolicy := origin == Enforced || origin == PolicyDefault; fromPolicy != (got.Source == "/policy/0.json") {
					t.Errorf("%s: source %q", what, got.Source)
				}
			}
			expect("before loading", d.Default, Builtin, false)
			load(t, p)
			expect("nothing", d.Default, Builtin, false)

			it.write(fmt.Sprintf(`{"defaults":{%q:%q}}`, d.Key, one))
			load(t, p)
			expect("policy default", one, PolicyDefault, false)

			if err := p.Set(t.Context(), d.Key, two); err != nil {
				t.Fatal(err)
			}
			expect("user over policy default", two, User, false)
			if err := p.Set(t.Context(), d.Key, invalid); !errors.Is(err, ErrInvalid) {
				t.Errorf("an invalid value was answered by %v", err)
			}
			expect("after an invalid value", two, User, false)

			it.write(fmt.Sprintf(`{"enforced":{%q:%q}}`, d.Key, one))
			load(t, p)
			expect("enforced over user", one, Enforced, true)
			for what, err := range map[string]error{"set": p.Set(t.Context(), d.Key, two), "reset": p.Reset(t.Context(), d.Key)} {
				if !errors.Is(err, ErrLocked) {
					t.Errorf("%s of a locked setting: %v", what, err)
				}
			}
			if store.values[string(d.Key)] != two {
				t.Error("what the user chose is gone")
			}

			it.write(fmt.Sprintf(`{"enforced":{%q:%q}}`, d.Key, invalid))
			load(t, p)
			if d.Security {
				expect("invalid enforced value fails closed", d.Default, Enforced, true)
			} else {
				expect("invalid enforced value falls back", two, User, false)
			}
			if want := []Problem{{CodePolicyBroken, "/policy/0.json", string(d.Key), ReasonInvalidValue}}; !slices.Equal(p.Problems(), want) {
				t.Errorf("problems %v, want %v", p.Problems(), want)
			}

			it.write(`{`)
			load(t, p)
			if d.Security {
				expect("broken file fails closed", d.Default, Enforced, true)
			} else {
				expect("broken file falls back", two, User, false)
			}

			it.write()
			load(t, p)
			expect("the user's value returns with the policy's end", two, User, false)
			if len(p.Problems()) != 0 {
				t.Errorf("problems %v", p.Problems())
			}
			if err := p.Reset(t.Context(), d.Key); err != nil {
				t.Fatal(err)
			}
			expect("after reset", d.Default, Builtin, false)

			store.values[string(d.Key)] = invalid
			load(t, p)
			expect("a stored value of another version", d.Default, Builtin, false)
		})
	}
}

func TestDocuments(t *testing.T) {
	tests := []struct {
		name      string
		texts     []string
		value     string // of documents.reading_seconds
		remote    string // of runtime.allow_remote
		problems  []string
		remoteSet bool // allow_remote is locked
	}{
		{name: "JSON numbers and switches", texts: []string{`{"enforced":{"documents.reading_seconds":5,"runtime.allow_remote":true}}`},
			value: "5", remote: "true", remoteSet: true},
		{name: "byte order mark", texts: []string{"\xef\xbb\xbf" + `{"defaults":{"documents.reading_seconds":6}}`}, value: "6", remote: "false"},
		{name: "a later file counts", texts: []string{`{"enforced":{"documents.reading_seconds":5}}`, `{"enforced":{"documents.reading_seconds":7}}`},
			value: "7", remote: "false"},
		{name: "unknown key", texts: []string{`{"enforced":{"documents.reading_secs":5}}`}, value: "20", remote: "false",
			problems: []string{ReasonUnknownKey}},
		{name: "unknown part", texts: []string{`{"forced":{}}`}, value: "20", remote: "false", remoteSet: true, problems: []string{ReasonNotJSON}},
		{name: "two values", texts: []string{`{}{}`}, value: "20", remote: "false", remoteSet: true, problems: []string{ReasonNotJSON}},
		{name: "fraction", texts: []string{`{"enforced":{"documents.reading_seconds":5.5}}`}, value: "20", remote: "false",
			problems: []string{ReasonInvalidValue}},
		{name: "null", texts: []string{`{"enforced":{"runtime.allow_remote":null}}`}, value: "20", remote: "false", remoteSet: true,
			problems: []string{ReasonInvalidValue}},
		{name: "list", texts: []string{`{"enforced":{"documents.reading_seconds":[5]}}`}, value: "20", remote: "false",
			problems: []string{ReasonInvalidValue}},
		{name: "invalid default of a security setting", texts: []string{`{"defaults":{"runtime.allow_remote":"maybe"}}`}, value: "20", remote: "false",
			remoteSet: true, problems: []string{ReasonInvalidValue}},
		{name: "one broken file of two", texts: []string{`{"enforced":{"documents.reading_seconds":5,"runtime.allow_remote":true}}`, `]`},
			value: "5", remote: "false", remoteSet: true, problems: []string{ReasonNotJSON}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it := &admin{}
			it.write(tt.texts...)
			p := New(Options{Sources: []Source{it}})
			load(t, p)
			if got := p.Text(ReadingSeconds); got != tt.value {
				t.Errorf("reading seconds %s, want %s", got, tt.value)
			}
			if got := p.Get(RuntimeAllowRemote); got.Value != tt.remote || got.Locked != tt.remoteSet {
				t.Errorf("allow remote %s, locked %v", got.Value, got.Locked)
			}
			var reasons []string
			for _, problem := range p.Problems() {
				reasons = append(reasons, problem.Reason)
			}
			if !slices.Equal(reasons, tt.problems) {
				t.Errorf("reasons %v, want %v", reasons, tt.problems)
			}
		})
	}
}

func TestEnvironmentPresetsTheUser(t *testing.T) {
	environment := map[string]string{"KONTOR_RUNTIME_URL": "http://127.0.0.1:9999", "KONTOR_RUNTIME_MODE": "elsewhere", "KONTOR_UI_THEME": "dark"}
	store, it := &userStore{values: map[string]string{"runtime.url": "http://127.0.0.1:1"}}, &admin{}
	p := New(Options{User: store, Sources: []Source{it}, Env: func(name string) string { return environment[name] }})
	load(t, p)
	if got := p.Get(RuntimeURL); got.Value != "http://127.0.0.1:9999" || got.Origin != User || got.Source != "KONTOR_RUNTIME_URL" {
		t.Errorf("preset: %+v", got)
	}
	if got := p.Text(Theme); got != "system" {
		t.Errorf("a variable nobody declared set the theme to %s", got)
	}
	if want := []Problem{{CodePolicyBroken, "KONTOR_RUNTIME_MODE", "runtime.mode", ReasonInvalidValue}}; !slices.Equal(p.Problems(), want) {
		t.Errorf("problems %v", p.Problems())
	}
	if err := p.Set(t.Context(), RuntimeURL, "http://127.0.0.1:2"); err != nil {
		t.Fatal(err)
	}
	if got := p.Text(RuntimeURL); got != "http://127.0.0.1:2" {
		t.Errorf("the decision of a person counts less than the preset: %s", got)
	}
	it.write(`{"enforced":{"runtime.url":"http://127.0.0.1:3"}}`)
	load(t, p)
	if got := p.Text(RuntimeURL); got != "http://127.0.0.1:3" {
		t.Errorf("a variable beats the policy: %s", got)
	}
}

func TestServerURLs(t *testing.T) {
	d := New(Options{}).Get(RuntimeURL).Definition
	for value, want := range map[string]bool{
		"http://127.0.0.1:11434": true, "https://gpu.example/ollama": true, "http://[::1]:1": true,
		"": false, "127.0.0.1:11434": false, "ftp://a": false, "http://": false, "http://user:secret@a": false,
		"javascript:alert(1)": false, "http://a?x=1": false, "http://a#x": false, "http://a\x00b": false, "http://:80": false,
	} {
		if d.Valid(value) != want {
			t.Errorf("%q: valid %v", value, !want)
		}
	}
}

func TestChangesAreTold(t *testing.T) {
	told := 0
	it := &admin{}
	var p *Policy
	p = New(Options{Sources: []Source{it}, Changed: func() {
		told++
		p.All() // the listener may ask
		if err := p.Set(context.Background(), Theme, "dark"); err != nil {
			t.Error(err) // and decide
		}
	}})
	load(t, p)
	if told != 0 {
		t.Errorf("told %d times that nothing changed", told)
	}
	it.write(`{"defaults":{"ui.language":"de"}}`)
	load(t, p)
	if told != 2 || p.Text(Theme) != "dark" { // the language, then the theme
		t.Errorf("told %d times, theme %s", told, p.Text(Theme))
	}
	load(t, p)
	if told != 2 {
		t.Error("reading the same again was told")
	}
}

func TestStoreFailures(t *testing.T) {
	full := errors.New("disk full")
	store := &userStore{values: map[string]string{}}
	p := New(Options{User: store, Sources: []Source{}})
	load(t, p)
	store.fail = full
	if err := p.Set(t.Context(), Theme, "dark"); !errors.Is(err, full) {
		t.Errorf("set: %v", err)
	}
	if got := p.Text(Theme); got != "system" {
		t.Errorf("a value that was not stored applies: %s", got)
	}
	if err := p.Load(t.Context()); !errors.Is(err, full) {
		t.Errorf("load: %v", err)
	}
	if err := p.Set(t.Context(), "ui.colour", "red"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown key: %v", err)
	}
	if err := p.Reset(t.Context(), "ui.colour"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown key: %v", err)
	}
}

// TestKeysAreDeclared finds a key constant without a definition and the other way round.
func TestKeysAreDeclared(t *testing.T) {
	keys := []Key{DictationAllow, DictationLanguage, DictationModel, Language, Theme, SendKey, Model, ContextWindow, ReadingSeconds, RuntimeMode, RuntimeURL, RuntimeAllowRemote,
		VectorStore, VectorAddress, VectorAllowRemote, StopOnBattery, StaleMonths, RetentionAction, Rerank,
		ProvidersAllow, ProvidersEdit, DataClass, Instructions, TemporaryChats,
		AssistantsFolder, AssistantsOwn, AssistantsDefault, Briefing, BriefingTitle, BriefingContact,
		Contrast, Accent, TextSize, Density, ReadingWidth, Shortcuts, NotifyAnswers, Tray, Hotkey,
		Registry, DownloadsAllow, Bandwidth, SharedModels, PackKeys, PacksUnsigned, Embedder, ModelsFolder, ProvidersPreset,
		RegistryAuthority, RegistryCertificate, RegistryCertificateKey, RegistryUser, RegistryProxy, RegistryProxyUser}
	var declared []Key
	for _, d := range Definitions() {
		declared = append(declared, d.Key)
		if !slices.Contains([]string{"general", "appearance", "keys", "models", "documents", "privacy"}, d.Group) {
			t.Errorf("%s is in group %q", d.Key, d.Group)
		}
	}
	slices.Sort(keys)
	slices.Sort(declared)
	if !slices.Equal(keys, declared) {
		t.Errorf("keys %v, declared %v", keys, declared)
	}
}

func TestOnlySomeTextsHaveLines(t *testing.T) {
	for _, d := range Definitions() {
		switch {
		case d.Key == Instructions:
			if !d.Valid("Be brief.\nName the paragraph.") || d.Valid("Be\x00brief.") {
				t.Error("instructions are several lines and nothing else that cannot be read")
			}
		case d.Type == Text && d.Valid("one\ntwo"):
			t.Errorf("%s takes a second line", d.Key)
		}
	}
}
