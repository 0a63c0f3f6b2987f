package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kontor/app/policy"
	"kontor/app/sharing"
)

func named(list AssistantList, name string) Assistant {
	at := slices.IndexFunc(list.Assistants, func(a Assistant) bool { return a.Name == name })
	if at < 0 {
		return Assistant{}
	}
	return list.Assistants[at]
}

func TestAssistantsBeginChatsAndStayAsTheyWere(t *testing.T) {
	b := open(t, says("Fine."))
	do[Settings](b, "settings.set", SetRequest{Key: "chat.instructions", Value: "Be brief."})
	warm := 0.4
	draft := Assistant{
		Name: " Pirate ", Icon: "skull", Instructions: "Answer as a pirate.", Starters: []string{"Ahoy?", ""},
		Parameters: Parameters{Style: "own", Temperature: &warm, Seed: 7, MaxTokens: 50, Thinking: "off", ContextWindow: 2048},
	}
	made := do[Assistant](b, "assistants.save", draft)
	if made.Name != "Pirate" || made.Icon != "sparkles" || made.Source != "own" || made.Version == "" || len(made.Starters) != 1 {
		t.Fatalf("%+v", made)
	}
	without := do[Budget](b, "chats.budget", BudgetRequest{Text: "Hello", AssistantID: "none"})
	if with := do[Budget](b, "chats.budget", BudgetRequest{Text: "Hello", AssistantID: made.ID}); with.Instructions <= without.Instructions || with.ContextWindow != 2048 {
		t.Errorf("the meter says %+v with the assistant, %+v without", with, without)
	}
	sent, _ := b.ask(SendRequest{Text: "Hello", AssistantID: made.ID})
	answers, _ := b.models.asked()
	first := answers[0]
	if !strings.HasSuffix(first.Messages[0].Text, "\n\nBe brief.\n\nAnswer as a pirate.") {
		t.Errorf("told %q", first.Messages[0].Text)
	}
	if first.Temperature == nil || *first.Temperature != warm || first.Seed != 7 || first.MaxTokens != 50 || first.ContextWindow != 2048 ||
		first.Think == nil || *first.Think {
		t.Errorf("asked with %+v", first)
	}
	setup := do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID})
	if setup.Assistant == nil || setup.Assistant.State != "same" || setup.Own || setup.Parameters.Seed != 7 || setup.Window != 2048 {
		t.Errorf("%+v", setup)
	}

	made.Instructions = "Answer as a sailor."
	made = do[Assistant](b, "assistants.save", made)
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "And again"})
	answers, _ = b.models.asked()
	if second := answers[1].Messages[0].Text; second != first.Messages[0].Text {
		t.Errorf("a running chat is told something else: %q", second)
	}
	if setup = do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID}); setup.Assistant.State != "changed" {
		t.Errorf("%+v", setup.Assistant)
	}
	setup = do[ChatSetup](b, "chats.updateAssistant", ByID{ID: sent.Chat.ID})
	if setup.Assistant.State != "same" || setup.Assistant.Version != made.Version {
		t.Errorf("%+v", setup.Assistant)
	}
	do[Empty](b, "assistants.delete", ByID{ID: made.ID})
	if setup = do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID}); setup.Assistant.State != "gone" || setup.Assistant.Name != "Pirate" {
		t.Errorf("%+v", setup.Assistant)
	}
	if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "Hello", AssistantID: made.ID}); problem == nil || problem.Code != ProblemAssistantGone {
		t.Errorf("begun with a deleted one: %+v", problem)
	}
	if back := do[Assistant](b, "assistants.save", made); back.ID != made.ID || back.Version != made.Version {
		t.Errorf("taken back as %+v", back)
	}
}

func TestParametersOfAChat(t *testing.T) {
	b := open(t, says("Fine."))
	sent, _ := b.ask(SendRequest{Text: "Hello"})
	id := sent.Chat.ID
	if setup := do[ChatSetup](b, "chats.setup", ByID{ID: id}); setup.Assistant != nil || setup.Own || setup.Parameters != (Parameters{}) || setup.Window == 0 {
		t.Errorf("%+v", setup)
	}
	hot := 9.0
	for _, p := range []Parameters{{Style: "wild"}, {Style: "own", Temperature: &hot}, {ContextWindow: 5}, {MaxTokens: -1}, {Thinking: "a bit"}} {
		if _, problem := run[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: id, Parameters: p}); problem == nil || problem.Code != ProblemParametersInvalid {
			t.Errorf("%+v: %+v", p, problem)
		}
	}
	setup := do[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: id, Parameters: Parameters{Style: "precise", ContextWindow: 131_072}})
	if !setup.Own || setup.Window > setup.LargestWindow || setup.Window == 131_072 {
		t.Errorf("%+v", setup)
	}
	b.ask(SendRequest{ChatID: id, Text: "Again"})
	answers, _ := b.models.asked()
	last := answers[len(answers)-1]
	if last.Temperature == nil || *last.Temperature != styles()["precise"][0] || last.TopP == nil || last.ContextWindow != setup.Window {
		t.Errorf("asked with %+v", last)
	}
	if setup = do[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: id, Reset: true}); setup.Own || setup.Parameters.Style != "" {
		t.Errorf("%+v", setup)
	}
}

func TestAssistantsGoThroughFiles(t *testing.T) {
	b := open(t, says("Fine."))
	contracts := do[Collection](b, "collections.create", RenameRequest{Name: "Contracts"})
	made := do[Assistant](b, "assistants.save", Assistant{
		Name: "Reader", Model: "nobody:9b", Instructions: "Read.", Collections: []NamedCollection{{ID: contracts.ID, Name: "Contracts"}, {Name: "Elsewhere"}},
		Parameters: Parameters{Style: "creative"},
	})
	if !made.ModelMissing || made.ModelInstead == "" || made.Collections[0].ID != contracts.ID || made.Collections[1].ID != "" {
		t.Errorf("%+v", made)
	}
	file := do[SharedFile](b, "assistants.export", ByID{ID: made.ID})
	if file.Name != "Reader"+sharing.AssistantEnding || strings.Contains(file.Content, contracts.ID) {
		t.Errorf("%+v", file)
	}
	draft := do[AssistantDraft](b, "assistants.read", file)
	if !draft.NameTaken || draft.Assistant.Name != "Reader (2)" || draft.Assistant.ID != "" || !slices.Equal(draft.MissingCollections, []string{"Elsewhere"}) {
		t.Errorf("%+v", draft)
	}
	if list := do[AssistantList](b, "assistants.list", Empty{}); named(list, "Reader (2)").ID != "" {
		t.Error("looking at a file kept it")
	}
	path := filepath.Join(t.TempDir(), file.Name)
	if err := os.WriteFile(path, []byte(file.Content), 0o600); err != nil {
		t.Fatal(err)
	}
	if dropped := do[AssistantDraft](b, "assistants.readFile", SharedPath{Path: path}); dropped.Assistant.Name != draft.Assistant.Name {
		t.Errorf("%+v", dropped)
	}
	if _, problem := run[AssistantDraft](b, "assistants.readFile", SharedPath{Path: filepath.Dir(path)}); problem == nil || problem.Code != ProblemSharedUnknown {
		t.Errorf("a folder: %+v", problem)
	}
	kept := do[AssistantDraft](b, "assistants.import", file)
	list := do[AssistantList](b, "assistants.list", Empty{})
	if copied := named(list, "Reader (2)"); copied.ID != kept.Assistant.ID || copied.Parameters.Style != "creative" || copied.Collections[0].ID != contracts.ID ||
		named(list, "Reader").Version != made.Version {
		t.Errorf("%+v", copied)
	}
	sent, _ := b.ask(SendRequest{Text: "Hello", AssistantID: made.ID})
	if sent.Chat.Model != "" {
		t.Errorf("the chat has the model %q that is not there", sent.Chat.Model)
	}
	if setup := do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID}); setup.Assistant.ModelMissing != "nobody:9b" {
		t.Errorf("%+v", setup.Assistant)
	}
	for content, code := range map[string]string{
		"<html>": ProblemSharedUnknown, strings.Repeat("x", sharing.MaxAssistantFile+1): ProblemSharedTooLarge,
		`{"format":"kontor-assistant","version":7}`:                       ProblemSharedNewer,
		`{"format":"kontor-assistant","version":1,"assistant":{"x":"y"}}`: ProblemSharedInvalid,
	} {
		if _, problem := run[AssistantDraft](b, "assistants.read", SharedFile{Name: "x.json", Content: content}); problem == nil || problem.Code != code {
			t.Errorf("%.40q: %+v, want %s", content, problem, code)
		}
	}
}

// A chat goes on in the language it was begun in, whatever the page's is now.
func TestAssistantsOfTheProgramComeInTheLanguageOfThePage(t *testing.T) {
	b := open(t, says("Fine."))
	german := do[AssistantList](b, "assistants.list", InLanguage{Language: "de"}).Assistants[0]
	english := do[AssistantList](b, "assistants.list", InLanguage{Language: "en"}).Assistants[0]
	if german.ID == english.ID || german.Name == english.Name {
		t.Fatalf("%+v, %+v", german, english)
	}
	sent, _ := b.ask(SendRequest{Text: "Hallo", AssistantID: german.ID})
	if setup := do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID}); setup.Assistant.Name != german.Name || setup.Assistant.State != "same" {
		t.Errorf("%+v", setup.Assistant)
	}
	do[Settings](b, "settings.set", SetRequest{Key: string(policy.AssistantsDefault), Value: german.ID})
	for language, id := range map[string]string{"de": german.ID, "en": english.ID} {
		if list := do[AssistantList](b, "assistants.list", InLanguage{Language: language}); list.DefaultID != id {
			t.Errorf("%s: the default is %s", language, list.DefaultID)
		}
	}
	if briefing := do[Briefing](b, "briefing.get", InLanguage{Language: "de"}); !strings.Contains(briefing.Cards[0].Title, "Ihr") {
		t.Errorf("%+v", briefing.Cards[0])
	}
}

func TestBuiltInAssistantsCannotBeChanged(t *testing.T) {
	b := open(t, says("Fine."))
	list := do[AssistantList](b, "assistants.list", Empty{})
	if len(list.Assistants) < 5 || !list.OwnAllowed || list.DefaultID != "" {
		t.Fatalf("%+v", list)
	}
	for _, a := range list.Assistants {
		if !slices.Contains(list.Icons, a.Icon) || !slices.Contains(list.Colours, a.Colour) || a.Parameters.Style == "" || a.Source != "builtin" {
			t.Errorf("%+v", a)
		}
		if _, problem := run[Assistant](b, "assistants.save", a); problem == nil || problem.Code != ProblemNotAllowed {
			t.Errorf("%s was changed: %+v", a.Name, problem)
		}
	}
	first := list.Assistants[0]
	first.ID = ""
	if copied := do[Assistant](b, "assistants.save", first); copied.Version != first.Version {
		t.Errorf("a copy is another version: %+v", copied)
	}
}

func TestAnOrganisationGivesAssistantsAndPrompts(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	assistant := func(instructions string) []byte {
		raw, err := sharing.WriteAssistant(sharing.Assistant{Name: "House style", Instructions: instructions})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	prompts, err := sharing.WritePrompts([]sharing.Prompt{{Title: "House letter", Text: "Write {{To}}"}})
	if err != nil {
		t.Fatal(err)
	}
	write("style"+sharing.AssistantEnding, assistant("Old."))
	write("letters"+sharing.PromptsEnding, prompts)
	write("broken"+sharing.AssistantEnding, []byte("{"))
	write("notes.txt", []byte("not ours"))
	value, _ := json.Marshal(folder)
	document := `{"enforced":{"assistants.folder":` + string(value) + `,"assistants.own":false,"assistants.default":"house STYLE"}}`
	b := openIn(t, t.TempDir(), says("Fine."), lockedBy(document))
	list := do[AssistantList](b, "assistants.list", Empty{})
	house := list.Assistants[0]
	if house.Name != "House style" || house.Source != "organisation" || list.DefaultID != house.ID || list.OwnAllowed {
		t.Fatalf("%+v", list)
	}
	if len(list.Problems) != 1 || list.Problems[0].Code != ProblemSharedUnknown || list.Problems[0].Args["file"] != "broken"+sharing.AssistantEnding {
		t.Errorf("problems %+v", list.Problems)
	}
	for method, request := range map[string]any{
		"assistants.save": Assistant{Name: "Mine"}, "assistants.import": SharedFile{Content: string(assistant("x"))},
	} {
		if _, problem := run[json.RawMessage](b, method, request); problem == nil || problem.Code != ProblemAssistantsManaged {
			t.Errorf("%s: %+v", method, problem)
		}
	}
	if _, problem := run[Empty](b, "assistants.delete", ByID{ID: house.ID}); problem == nil || problem.Code != ProblemNotAllowed {
		t.Errorf("deleted: %+v", problem)
	}
	library := do[PromptList](b, "prompts.list", Empty{}).Prompts
	if library[0].Title != "House letter" || library[0].Group != "organisation" || len(library[0].Fields) != 1 {
		t.Errorf("%+v", library[0])
	}
	if _, problem := run[Prompt](b, "prompts.save", library[0]); problem == nil || problem.Code != ProblemNotAllowed {
		t.Errorf("a prompt of the organisation was changed: %+v", problem)
	}

	sent, _ := b.ask(SendRequest{Text: "Hello"}) // the default one begins it
	if alone, _ := b.ask(SendRequest{Text: "Hello", AssistantID: "none"}); do[ChatSetup](b, "chats.setup", ByID{ID: alone.Chat.ID}).Assistant != nil {
		t.Error("a chat without an assistant has one")
	}
	write("style"+sharing.AssistantEnding, assistant("New."))
	if now := do[AssistantList](b, "assistants.list", Empty{}).Assistants[0]; now.ID != house.ID || now.Instructions != "New." {
		t.Errorf("%+v", now)
	}
	if setup := do[ChatSetup](b, "chats.setup", ByID{ID: sent.Chat.ID}); setup.Assistant.State != "changed" || setup.Assistant.Instructions != "Old." {
		t.Errorf("%+v", setup.Assistant)
	}
}

// What a person wrote into the setting is not their organisation's.
func TestAPersonIsNoOrganisation(t *testing.T) {
	b := open(t, says("Fine."))
	do[Settings](b, "settings.set", SetRequest{Key: string(policy.AssistantsFolder), Value: t.TempDir()})
	list := do[AssistantList](b, "assistants.list", Empty{})
	if list.Assistants[0].Source != "builtin" || len(list.Problems) > 0 {
		t.Errorf("%+v", list)
	}
}

func TestPromptsGoThroughAFile(t *testing.T) {
	b := open(t, says("Fine."))
	do[Prompt](b, "prompts.save", Prompt{Title: "One", Text: "first"})
	do[Prompt](b, "prompts.save", Prompt{Title: "Two", Text: "second"})
	file := do[SharedFile](b, "prompts.export", Empty{})
	if again := do[PromptImport](b, "prompts.import", file); again != (PromptImport{Known: 2}) {
		t.Errorf("%+v", again)
	}
	raw, err := sharing.WritePrompts([]sharing.Prompt{{Title: "one", Text: "another"}, {Title: "Three", Text: "third"}, {Title: "Three again", Text: "third"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := do[PromptImport](b, "prompts.import", SharedFile{Content: string(raw)}); got != (PromptImport{Added: 2, Known: 1, Renamed: 1}) {
		t.Errorf("%+v", got)
	}
	var titles []string
	for _, p := range do[PromptList](b, "prompts.list", Empty{}).Prompts {
		if p.Group == "own" {
			titles = append(titles, p.Title)
		}
	}
	if !slices.Equal(titles, []string{"One", "Two", "one (2)", "Three"}) {
		t.Errorf("%v", titles)
	}
}

// All requests of a chat begin alike, whatever its assistant and parameters:
// else the runtime would read everything anew.
func TestThePromptStaysTheSameWithAnAssistant(t *testing.T) {
	b := open(t, says("Fine."))
	made := do[Assistant](b, "assistants.save", Assistant{Name: "Steady", Instructions: "Be steady.", Parameters: Parameters{Style: "precise", Thinking: "on"}})
	sent, _ := b.ask(SendRequest{Text: "One", AssistantID: made.ID})
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Two"})
	do[ChatSetup](b, "chats.setParameters", ParametersRequest{ChatID: sent.Chat.ID, Parameters: Parameters{Style: "creative", Thinking: "on"}})
	b.ask(SendRequest{ChatID: sent.Chat.ID, Text: "Three"})
	answers, _ := b.models.asked()
	before := answers[0]
	for _, now := range answers[1:] {
		if len(now.Messages) <= len(before.Messages) || now.ContextWindow != before.ContextWindow || *now.Think != *before.Think {
			t.Fatalf("%+v after %+v", now, before)
		}
		for i := range before.Messages {
			if now.Messages[i].Text != before.Messages[i].Text {
				t.Errorf("message %d became %q, was %q", i, now.Messages[i].Text, before.Messages[i].Text)
			}
		}
		before = now
	}
}
