package app

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
)

// companyServer is a server of the kind vLLM with one chat model; it keeps the
// keys that came with requests.
type companyServer struct {
	*llmtest.Scripted
	url  string
	mu   sync.Mutex
	keys []string
}

func startCompanyServer(t *testing.T) *companyServer {
	t.Helper()
	c := &companyServer{Scripted: llmtest.NewScripted(llmtest.Script{Model: "qwen", Answer: func(llm.Request) llmtest.Answer {
		return llmtest.Answer{Text: "The large model answers."}
	}})}
	handler := c.OpenAIHandler("vllm")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.keys = append(c.keys, r.Header.Get("Authorization"))
		c.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL + "/v1"
	return c
}

func (c *companyServer) lastKey() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) == 0 {
		return ""
	}
	return c.keys[len(c.keys)-1]
}

func (c *companyServer) provider(class string) Provider {
	return Provider{Name: "Office", Kind: "vllm", Address: c.url, DataClass: class, Enabled: true, Proxy: "system", TimeoutSeconds: 60}
}

// addProvider saves one and names its model.
func (b *bench) addProvider(p Provider, key *string) (Provider, string) {
	b.t.Helper()
	list := do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: p, Key: key})
	saved := list.Providers[len(list.Providers)-1]
	return saved, providerModel(saved.ID, "qwen")
}

// choose gives a chat a model.
func (b *bench) choose(chat, model string) {
	b.t.Helper()
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: chat, Model: &model})
}

func TestProviderAnswersOnlyWhenChosen(t *testing.T) {
	b := open(t, says("The small model answers."))
	office := startCompanyServer(t)
	secret := "sk-secret"
	test := do[ProviderTestResult](b, "providers.test", ProviderSaveRequest{Provider: office.provider("internal"), Key: &secret})
	if test.Problem != nil || len(test.Models) != 1 || test.Models[0] != "qwen" || office.lastKey() != "Bearer "+secret {
		t.Fatalf("test = %+v, key %q", test, office.lastKey())
	}
	_, model := b.addProvider(office.provider("internal"), &secret)
	listed := do[ModelList](b, "models.list", Empty{})
	last := listed.Models[len(listed.Models)-1]
	if last.Name != model || last.Label != "qwen" || last.Provider != "Office" || last.Place != placeHere || last.DataClass != "internal" || last.Default {
		t.Errorf("listed %+v", last)
	}
	sent, answer := b.ask(SendRequest{Text: "Hello?"})
	if answer.Text != "The small model answers." || answer.Facts.Provider != "" || len(office.Calls()) != 0 {
		t.Errorf("unasked, the provider was used: %+v", answer)
	}
	b.choose(sent.Chat.ID, model)
	_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And now?"})
	if answer.Text != "The large model answers." || answer.Model != "qwen (Office)" || answer.Facts.Provider != "Office" || answer.Facts.Place != placeHere {
		t.Errorf("answer = %+v, facts %+v", answer, answer.Facts)
	}
	if answer.Facts.OutputTokens == 0 || answer.Facts.PromptTokens == 0 {
		t.Errorf("facts = %+v", answer.Facts)
	}
}

func TestProviderGetsOnlyItsClass(t *testing.T) {
	b := open(t, says("The small model answers. [1]"))
	office := startCompanyServer(t)
	_, model := b.addProvider(office.provider("internal"), nil)
	collection := b.collection("Leases")
	b.add(collection, "lease.md", lease)
	question := "How long is the notice period of the lease?"
	sent, answer := b.ask(SendRequest{Text: question, CollectionIDs: []string{collection}})
	if answer.Problem != nil || len(answer.Passages) == 0 {
		t.Fatalf("answer = %+v", answer)
	}
	b.choose(sent.Chat.ID, model)

	_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: question})
	if answer.Problem == nil || answer.Problem.Code != ProblemProviderConfidential || answer.Problem.Args["provider"] != "Office" || len(office.Calls()) != 0 {
		t.Fatalf("confidential documents: %+v, %d calls", answer.Problem, len(office.Calls()))
	}
	if len(answer.Passages) == 0 {
		t.Error("the passages found are not shown with the refusal")
	}

	// Taking the collection out does not take out what was answered from it.
	none := []string{}
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: sent.Chat.ID, CollectionIDs: &none})
	_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Sum that up."})
	if answer.Problem == nil || answer.Problem.Code != ProblemProviderConfidential || len(office.Calls()) != 0 {
		t.Errorf("earlier answers: %+v, %d calls", answer.Problem, len(office.Calls()))
	}

	internal := "internal"
	changed := do[Collection](b, "collections.update", CollectionUpdateRequest{ID: collection, DataClass: &internal})
	if changed.DataClass != "internal" || !changed.ClassChosen {
		t.Errorf("collection = %+v", changed)
	}
	_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Sum that up."})
	if answer.Problem != nil || answer.Text != "The large model answers." || len(office.Calls()) == 0 {
		t.Errorf("internal documents: %+v", answer)
	}

	// A question that names a document, in a chat without collections.
	undo := ""
	do[Collection](b, "collections.update", CollectionUpdateRequest{ID: collection, DataClass: &undo})
	fresh, _ := b.ask(SendRequest{Text: "Hello?"})
	b.choose(fresh.Chat.ID, model)
	before := len(office.Calls())
	_, answer = b.ask(SendRequest{ChatID: fresh.Chat.ID, Text: question, Filter: &Filter{DocumentIDs: []string{b.documentIDs()[0]}}})
	if answer.Problem == nil || answer.Problem.Code != ProblemProviderConfidential || len(office.Calls()) != before {
		t.Errorf("a named document: %+v", answer.Problem)
	}
	wrong := "secret"
	if _, problem := run[Collection](b, "collections.update", CollectionUpdateRequest{ID: collection, DataClass: &wrong}); problem == nil {
		t.Error("an unknown class was taken")
	}
}

func (b *bench) documentIDs() []string {
	var ids []string
	for _, d := range do[DocumentList](b, "documents.list", DocumentListRequest{Limit: 10}).Documents {
		ids = append(ids, d.ID)
	}
	return ids
}

// The model of the settings is nobody's choice for a certain chat: where its
// provider may not have the documents, or is away, this computer answers.
func TestLocalModelComesFirst(t *testing.T) {
	b := open(t, says("The small model answers. [1]"))
	office := startCompanyServer(t)
	saved, model := b.addProvider(office.provider("public"), nil)
	b.set(policy.Model, model)
	collection := b.collection("Leases")
	b.add(collection, "lease.md", lease)
	_, answer := b.ask(SendRequest{Text: "How long is the notice period of the lease?", CollectionIDs: []string{collection}})
	if answer.Problem != nil || answer.Facts == nil || answer.Facts.Provider != "" || len(office.Calls()) != 0 {
		t.Errorf("answer = %+v", answer)
	}
	_, answer = b.ask(SendRequest{Text: "Hello?"})
	if answer.Facts == nil || answer.Facts.Provider != "Office" {
		t.Errorf("the chosen default is not used without documents: %+v", answer)
	}
	saved.Enabled = false
	do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: saved})
	sent, answer := b.ask(SendRequest{Text: "Hello?"})
	if answer.Problem != nil || answer.Facts.Provider != "" {
		t.Errorf("a provider that is off: %+v", answer)
	}
	b.choose(sent.Chat.ID, model)
	_, answer = b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Hello?"})
	if answer.Problem == nil || answer.Problem.Code != ProblemProviderOff {
		t.Errorf("chosen by name, but off: %+v", answer.Problem)
	}
}

func TestProvidersBeyondThisComputerNeedLeave(t *testing.T) {
	b := open(t, llmtest.Script{})
	tests := map[string]struct{ kind, address, place string }{
		"company":         {"vllm", "http://models.company.example:8000/v1", placeCompany},
		"hosted":          {"openai", "https://api.openai.com/v1", placeHosted},
		"hosted by name":  {"other", "https://api.mistral.ai/v1", placeHosted},
		"hosted gateways": {"anthropic", "https://gateway.example", placeHosted},
	}
	for name, test := range tests {
		p := Provider{Name: name, Kind: test.kind, Address: test.address, Enabled: true, Proxy: "none", TimeoutSeconds: 5}
		for _, method := range []string{"providers.save", "providers.test"} {
			if _, problem := run[ProviderList](b, method, ProviderSaveRequest{Provider: p}); problem == nil || problem.Code != ProblemProviderDenied {
				t.Errorf("%s %s: %+v", name, method, problem)
			}
		}
		if place := placeOf(test.kind, test.address); place != test.place {
			t.Errorf("%s lies in %s", name, place)
		}
	}
	if allowed, refused, _ := b.db.EgressCount(t.Context()); allowed+refused != 0 {
		t.Errorf("%d connections were tried", allowed+refused)
	}
	b.set(policy.ProvidersAllow, placeCompany)
	p := Provider{Name: "Company", Kind: "vllm", Address: "http://192.0.2.7:8000", Enabled: true, Proxy: "none", TimeoutSeconds: 5}
	saved, _ := b.addProvider(p, nil)
	if saved.DataClass != classInternal || saved.Address != "http://192.0.2.7:8000/v1" || !saved.Allowed {
		t.Errorf("saved %+v", saved)
	}
	for _, target := range []struct {
		host string
		port int
		want bool
	}{{"192.0.2.7", 8000, true}, {"192.0.2.7", 80, false}, {"192.0.2.8", 8000, false}, {"api.openai.com", 443, false}} {
		if got := b.providers.allowEgress(target.host, target.port); got != target.want {
			t.Errorf("%s:%d allowed: %v", target.host, target.port, got)
		}
	}
	b.set(policy.ProvidersAllow, placeHere)
	if b.providers.allowEgress("192.0.2.7", 8000) {
		t.Error("still open after the leave was taken back")
	}
	if list := do[ProviderList](b, "providers.list", Empty{}); list.Providers[0].Allowed {
		t.Error("shown as allowed")
	}
}

// memoryRing is a keyring of the test's own.
type memoryRing struct {
	secrets map[string]string
	broken  error
}

func (m *memoryRing) Get(name string) (string, error) { return m.secrets[name], m.broken }
func (m *memoryRing) Set(name, secret string) error {
	if m.broken == nil {
		m.secrets[name] = secret
	}
	return m.broken
}
func (m *memoryRing) Delete(name string) error { delete(m.secrets, name); return m.broken }

func TestProviderKeys(t *testing.T) {
	ring := &memoryRing{secrets: map[string]string{}}
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.Keyring = ring })
	office := startCompanyServer(t)
	secret := "sk-secret"
	saved, model := b.addProvider(office.provider("internal"), &secret)
	if saved.KeyPlace != keyInKeyring || ring.secrets["provider-"+saved.ID] != secret {
		t.Fatalf("saved %+v, ring %v", saved, ring.secrets)
	}
	sent, _ := b.ask(SendRequest{Text: "Hello?"})
	b.choose(sent.Chat.ID, model)
	if _, answer := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Hello?"}); answer.Problem != nil || office.lastKey() != "Bearer "+secret {
		t.Errorf("%+v with key %q", answer.Problem, office.lastKey())
	}

	// Another server must never get the key of this one.
	other := startCompanyServer(t)
	moved := saved
	moved.Address = other.url
	if test := do[ProviderTestResult](b, "providers.test", ProviderSaveRequest{Provider: moved}); test.Problem != nil || other.lastKey() != "" {
		t.Errorf("tested with key %q", other.lastKey())
	}
	list := do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: moved})
	if list.Providers[0].KeyPlace != "" || len(ring.secrets) != 0 {
		t.Errorf("after the move: %+v, ring %v", list.Providers[0], ring.secrets)
	}

	// Without a keyring the key lies in a file of its owner's.
	ring.broken = errors.New("no such service")
	list = do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: moved, Key: &secret})
	file := filepath.Join(b.config.Paths.Config, "provider-key-"+saved.ID)
	info, err := os.Stat(file)
	if list.Providers[0].KeyPlace != keyInFile || err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%+v, %v, %v", list.Providers[0], info, err)
	}
	settings, err := b.db.Settings(t.Context())
	if err != nil || strings.Contains(settings[providersSetting], secret) {
		t.Errorf("the settings hold the key: %v", err)
	}
	do[ProviderList](b, "providers.remove", ByID{ID: saved.ID})
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the key outlived its provider: %v", err)
	}
}

func TestProviderListCanBeLocked(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{}, lockedBy(`{"enforced": {"providers.edit": "false", "providers.allow": "this_computer"}}`))
	list := do[ProviderList](b, "providers.list", Empty{})
	if list.Editable || !list.AllowLocked || len(list.Kinds) < 10 {
		t.Errorf("list = %+v", list)
	}
	office := startCompanyServer(t)
	for method, request := range map[string]any{"providers.save": ProviderSaveRequest{Provider: office.provider("public")}, "providers.remove": ByID{ID: "x"}} {
		if _, problem := run[ProviderList](b, method, request); problem == nil || problem.Code != ProblemProviderLocked {
			t.Errorf("%s: %+v", method, problem)
		}
	}
}

func TestProviderProblems(t *testing.T) {
	b := open(t, llmtest.Script{})
	office := startCompanyServer(t)
	for name, change := range map[string]func(*Provider){
		ProblemNameEmpty:       func(p *Provider) { p.Name = " " },
		ProblemBadRequest:      func(p *Provider) { p.Kind = "telepathy" },
		ProblemProviderAddress: func(p *Provider) { p.Address = "https://me:key@127.0.0.1/v1" },
		ProblemProviderFile:    func(p *Provider) { p.Authority = filepath.Join(t.TempDir(), "none.pem") },
		ProblemProviderUnknown: func(p *Provider) { p.ID = "nobody" },
	} {
		p := office.provider("public")
		change(&p)
		if _, problem := run[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: p}); problem == nil || problem.Code != name {
			t.Errorf("%s: %+v", name, problem)
		}
	}
	away := office.provider("public")
	away.Address = "http://127.0.0.1:1/v1"
	if test := do[ProviderTestResult](b, "providers.test", ProviderSaveRequest{Provider: away}); test.Problem == nil || test.Problem.Code != ProblemProviderDown {
		t.Errorf("nobody listens: %+v", test)
	}
	_, model := b.addProvider(away, nil)
	sent, _ := b.ask(SendRequest{Text: "Hello?"})
	b.choose(sent.Chat.ID, model)
	_, answer := b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Still there?"})
	if answer.Problem == nil || answer.Problem.Code != ProblemProviderDown || answer.Problem.Args["provider"] != "Office" {
		t.Errorf("answer = %+v", answer.Problem)
	}
	questions := 0
	for _, m := range do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages {
		if m.Text == "Still there?" {
			questions++
		}
	}
	if questions != 1 {
		t.Errorf("the question is kept %d times", questions)
	}
	if listed := do[ProviderList](b, "providers.list", Empty{}).Providers[0]; listed.Problem == nil {
		t.Error("the provider's trouble is not shown")
	}
}
