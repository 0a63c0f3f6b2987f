package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"kontor/llm/llmtest"
)

func TestProvidersOfTheOrganisation(t *testing.T) {
	keys := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("Authorization")
		_, _ = fmt.Fprint(w, `{"data":[{"id":"house-model"}]}`)
	}))
	t.Cleanup(server.Close)
	data := t.TempDir()
	preset := func(address string) string {
		return fmt.Sprintf(`{"enforced": {"providers.edit": false, "providers.preset": [
			{"id": "house", "name": "House", "kind": "vllm", "address": %q, "dataClass": "confidential", "needsKey": true},
			{"name": "Slip", "address": "https://models.example", "dataClas": "public"},
			{"name": "Twice", "id": "house", "address": "https://models.example"},
			{"name": "", "address": "https://models.example"},
			{"name": "Class", "address": "https://models.example", "dataClass": "secret"},
			{"name": "Address", "address": "https://user@models.example"},
			{"name": "Type", "address": 7}
		]}}`, address)
	}
	b := openIn(t, data, llmtest.Script{}, lockedBy(preset(server.URL)))
	list := do[ProviderList](b, "providers.list", Empty{})
	if len(list.Providers) != 1 {
		t.Fatalf("%+v", list.Providers)
	}
	house := list.Providers[0]
	if !house.Preset || !house.Enabled || house.ID != "org-house" || house.Address != server.URL+"/v1" || house.DataClass != classConfidential || house.TimeoutSeconds != presetTimeout {
		t.Errorf("%+v", house)
	}
	var fields []string
	for _, problem := range do[Settings](b, "settings.list", Empty{}).Problems {
		if problem.Code == ProblemProviderPreset {
			fields = append(fields, problem.Args["field"])
		}
	}
	if want := []string{"dataClas", "id", "name", "dataClass", "address", "JSON"}; !slices.Equal(fields, want) {
		t.Errorf("told: %q, want %q", fields, want)
	}
	report, err := (&Doctor{app: b.App}).Run(t.Context(), b.me, Empty{})
	if err != nil || report.OK || !slices.ContainsFunc(report.Checks, func(c Check) bool { return c.Problem != nil && c.Problem.Code == ProblemProviderPreset }) {
		t.Errorf("the doctor is silent: %+v, %v", report.Checks, err)
	}

	changed := house
	changed.Address, changed.DataClass = "https://elsewhere.example", classPublic
	if _, p := run[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: changed}); p == nil || p.Code != ProblemProviderLocked {
		t.Errorf("changed: %+v", p)
	}
	if _, p := run[ProviderList](b, "providers.remove", ByID{ID: house.ID}); p == nil || p.Code != ProblemProviderLocked {
		t.Errorf("removed: %+v", p)
	}
	key := "a key of my own"
	list = do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: changed, Key: &key})
	if got := list.Providers[0]; got.KeyPlace != keyInFile || got.Address != house.Address || got.DataClass != classConfidential {
		t.Errorf("with a key: %+v", got)
	}
	if result := do[ProviderTestResult](b, "providers.test", ProviderSaveRequest{Provider: changed}); result.Problem != nil || !slices.Equal(result.Models, []string{"house-model"}) {
		t.Errorf("%+v", result)
	}
	if sent := <-keys; sent != "Bearer "+key {
		t.Errorf("sent %q", sent)
	}
	models := do[ModelList](b, "models.list", Empty{})
	if !slices.ContainsFunc(models.Models, func(m Model) bool { return m.Name == "@org-house/house-model" && m.Provider == "House" }) {
		t.Errorf("%+v", models.Models)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	// The key stays, but not for another server.
	again := openIn(t, data, llmtest.Script{}, lockedBy(preset(server.URL)))
	if got := do[ProviderList](again, "providers.list", Empty{}).Providers[0]; got.KeyPlace != keyInFile {
		t.Errorf("after a restart: %+v", got)
	}
	if err := again.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	moved := openIn(t, data, llmtest.Script{}, lockedBy(preset("http://127.0.0.1:9")))
	if got := do[ProviderList](moved, "providers.list", Empty{}).Providers[0]; got.KeyPlace != "" || moved.providers.key(got) != "" {
		t.Errorf("the key goes to another server: %+v", got)
	}
}

// A list that is no JSON, or a person's own, is none.
func TestProvidersOfNobody(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{}, lockedBy(`{"enforced": {"providers.preset": "[{\"name\":"}}`))
	if settings := do[Settings](b, "settings.list", Empty{}); len(settings.Problems) != 1 || settings.Problems[0].Args["key"] != "providers.preset" {
		t.Errorf("%+v", settings.Problems)
	}
	do[Settings](b, "settings.set", SetRequest{Key: "providers.preset", Value: `[{"name":"Mine","address":"https://mine.example"}]`})
	if list := do[ProviderList](b, "providers.list", Empty{}); len(list.Providers) != 0 {
		t.Errorf("%+v", list.Providers)
	}
}
