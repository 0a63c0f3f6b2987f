package app

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
)

// startSpeechServer is a server of the kind vLLM with a chat model and one for
// speech.
func startSpeechServer(t *testing.T, said func(llm.Recording) (string, error)) (*llmtest.Scripted, Provider) {
	t.Helper()
	script := llmtest.NewScripted(llmtest.Script{Model: "qwen", Transcriber: "openai/whisper-small", Said: said})
	server := httptest.NewServer(script.OpenAIHandler("vllm"))
	t.Cleanup(server.Close)
	return script, Provider{
		Name: "Office", Kind: "vllm", Address: server.URL + "/v1", DataClass: "internal", Enabled: true, Proxy: "system", TimeoutSeconds: 60,
	}
}

// keptLog is a log that a test reads while others write.
type keptLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *keptLog) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *keptLog) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

func TestDictation(t *testing.T) {
	log := &keptLog{}
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	if state := do[DictationState](b, "dictation.state", DictationChat{}); len(state.Models) != 0 || state.Model != "" {
		t.Fatalf("without a server: %+v", state)
	}
	request := TranscribeRequest{WAV: llmtest.Tone(2 * time.Second), Language: "de"}
	if _, problem := run[Transcript](b, "dictation.transcribe", request); problem == nil || problem.Code != ProblemDictationNoModel {
		t.Errorf("without a server: %+v", problem)
	}
	script, provider := startSpeechServer(t, func(r llm.Recording) (string, error) { return "Das Geheimwort in " + r.Language, nil })
	saved, _ := b.addProvider(provider, nil)
	state := do[DictationState](b, "dictation.state", DictationChat{})
	if state.Model != providerModel(saved.ID, "openai/whisper-small") || state.Problem != nil || state.Seconds != 180 ||
		len(state.Models) != 1 || state.Models[0].Label != "openai/whisper-small" || state.Models[0].Place != placeHere {
		t.Fatalf("state = %+v", state)
	}
	chats := do[ModelList](b, "models.list", Empty{})
	if slices.ContainsFunc(chats.Models, func(m Model) bool { return strings.Contains(m.Name, "whisper") }) {
		t.Error("a model for speech is offered for chats")
	}
	for setting, want := range map[string]string{"window": "de", "auto": "", "en": "en"} {
		b.set(policy.DictationLanguage, setting)
		if got := do[Transcript](b, "dictation.transcribe", request); got.Text != "Das Geheimwort in "+want && got.Text != "Das Geheimwort in" {
			t.Errorf("%s: %+v", setting, got)
		}
		if sent := script.Recordings(); sent[len(sent)-1].Language != want || !bytes.Equal(sent[len(sent)-1].WAV, request.WAV) {
			t.Errorf("%s: language %q, %d bytes arrived", setting, sent[len(sent)-1].Language, len(sent[len(sent)-1].WAV))
		}
	}
	if text := log.String(); !strings.Contains(text, "seconds=2") || !strings.Contains(text, "provider=Office") || strings.Contains(text, "Geheimwort") {
		t.Errorf("log = %s", text)
	}
}

// What is no speech of the page's form is refused before anything is sent.
func TestDictationSendsOnlySpeech(t *testing.T) {
	b := open(t, llmtest.Script{})
	script, provider := startSpeechServer(t, nil)
	b.addProvider(provider, nil)
	tone := llmtest.Tone(time.Second)
	changed := func(at int, value byte) []byte {
		wav := bytes.Clone(tone)
		wav[at] = value
		return wav
	}
	tests := map[string]struct {
		wav  []byte
		code string
	}{
		"nothing":    {nil, ProblemBadRequest},
		"no sound":   {llmtest.Silence(time.Second), ProblemDictationSilent},
		"empty":      {llmtest.Silence(0), ProblemBadRequest},
		"too long":   {llmtest.Tone(maxSpeech + 2*time.Second), ProblemDictationLong},
		"cut":        {tone[:len(tone)/2], ProblemBadRequest},
		"no header":  {tone[:20], ProblemBadRequest},
		"two sides":  {changed(22, 2), ProblemBadRequest},
		"other rate": {changed(25, 0), ProblemBadRequest},
		"no WAV":     {changed(0, 'X'), ProblemBadRequest},
		"huge chunk": {changed(19, 0x7f), ProblemBadRequest},
	}
	for name, test := range tests {
		if _, problem := run[Transcript](b, "dictation.transcribe", TranscribeRequest{WAV: test.wav, Language: "en"}); problem == nil || problem.Code != test.code {
			t.Errorf("%s: %+v, want %s", name, problem, test.code)
		}
	}
	if n := len(script.Recordings()); n != 0 {
		t.Errorf("%d recordings were sent", n)
	}
	if got := do[Transcript](b, "dictation.transcribe", TranscribeRequest{WAV: tone, Language: "en"}); got.Text != "Good morning." {
		t.Errorf("speech: %+v", got)
	}
}

// The rules for chats count for what is said in them, and a policy decides.
func TestDictationKeepsToTheRules(t *testing.T) {
	b := open(t, says("Yes. [1]"))
	script, provider := startSpeechServer(t, nil)
	saved, _ := b.addProvider(provider, nil)
	request := TranscribeRequest{WAV: llmtest.Tone(time.Second), Language: "en"}
	refused := func(what, code string) {
		t.Helper()
		if _, problem := run[Transcript](b, "dictation.transcribe", request); problem == nil || problem.Code != code {
			t.Errorf("%s: %+v, want %s", what, problem, code)
		}
		if n := len(script.Recordings()); n != 0 {
			t.Errorf("%s: %d recordings were sent", what, n)
		}
	}
	collection := b.collection("Leases")
	b.add(collection, "lease.md", lease)
	request.Chat.CollectionIDs = []string{collection}
	refused("collections of a new chat", ProblemDictationClass)
	if state := do[DictationState](b, "dictation.state", request.Chat); state.Problem == nil || state.Problem.Code != ProblemDictationClass {
		t.Errorf("state = %+v", state)
	}
	request.Chat = DictationChat{Filter: &Filter{DocumentIDs: b.documentIDs()}}
	refused("a named document", ProblemDictationClass)
	sent, _ := b.ask(SendRequest{Text: "How long is the notice period of the lease?", CollectionIDs: []string{collection}})
	request.Chat = DictationChat{ChatID: sent.Chat.ID}
	refused("a chat", ProblemDictationClass)
	request.Chat = DictationChat{}
	b.set(policy.DictationModel, "@gone/whisper")
	refused("a model that is gone", ProblemDictationNoModel)
	b.set(policy.DictationModel, "")
	b.set(policy.DictationAllow, "false")
	refused("switched off", ProblemDictationOff)
	if state := do[DictationState](b, "dictation.state", DictationChat{}); state.Model != "" || len(state.Models) != 0 {
		t.Errorf("switched off: %+v", state)
	}
	b.set(policy.DictationAllow, "true")
	saved.Enabled = false
	do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: saved})
	refused("a provider that is off", ProblemDictationNoModel)
	saved.Enabled = true
	do[ProviderList](b, "providers.save", ProviderSaveRequest{Provider: saved})
	if got := do[Transcript](b, "dictation.transcribe", request); got.Text == "" {
		t.Errorf("allowed: %+v", got)
	}
}

// Only what is on this computer listens without having been chosen by name.
func TestDictationFartherAwayIsChosen(t *testing.T) {
	d := &Dictation{app: open(t, llmtest.Script{}).App}
	models := []DictationModel{{Name: "@a/whisper-1", Place: placeHosted}, {Name: "@b/whisper-1", Place: placeCompany}}
	if chosen, ok := d.chosen(models); ok {
		t.Errorf("chosen = %+v", chosen)
	}
	models = append(models, DictationModel{Name: "@c/whisper-1", Place: placeHere})
	if chosen, ok := d.chosen(models); !ok || chosen.Name != "@c/whisper-1" {
		t.Errorf("chosen = %+v", chosen)
	}
	if err := d.app.policy.Set(t.Context(), policy.DictationModel, "@b/whisper-1"); err != nil {
		t.Fatal(err)
	}
	if chosen, ok := d.chosen(models); !ok || chosen.Place != placeCompany {
		t.Errorf("chosen = %+v", chosen)
	}
}

func TestDictationProblems(t *testing.T) {
	b := open(t, llmtest.Script{})
	failures := map[string]error{
		"silent":  nil,
		"long":    &llm.Error{Code: llm.CodePromptTooLong},
		"crashed": &llm.Error{Code: llm.CodeRuntimeCrashed},
	}
	codes := map[string]string{"silent": ProblemDictationSilent, "long": ProblemDictationLong, "crashed": ProblemDictationFailed}
	// The language says how to fail: the server of the test is told nothing else.
	script, provider := startSpeechServer(t, func(r llm.Recording) (string, error) { return "", failures[r.Language] })
	b.addProvider(provider, nil)
	for name, code := range codes {
		request := TranscribeRequest{WAV: llmtest.Tone(time.Second), Language: name}
		if _, problem := run[Transcript](b, "dictation.transcribe", request); problem == nil || problem.Code != code || problem.Args["provider"] != "Office" {
			t.Errorf("%s: %+v, want %s", name, problem, code)
		}
	}
	if n := len(script.Recordings()); n != len(codes) {
		t.Errorf("%d recordings", n)
	}
}
