package app

import (
	"encoding/json"
	"testing"

	"kontor/storage"
)

func TestBriefingIsOfferedOnce(t *testing.T) {
	b := open(t, says("Fine."))
	whole := do[Briefing](b, "briefing.get", Empty{})
	if !whole.State.Due || whole.State.Blocking || len(whole.Cards) < 6 || len(whole.Questions) < 4 {
		t.Fatalf("%+v", whole.State)
	}
	b.ask(SendRequest{Text: "Hello"}) // nobody is held up
	if state := do[BriefingState](b, "briefing.later", Empty{}); state.Due {
		t.Errorf("%+v", state)
	}
	if _, problem := run[SharedFile](b, "briefing.certificate", CertificateRequest{}); problem == nil || problem.Code != ProblemBriefingOpen {
		t.Errorf("%+v", problem)
	}
	if _, problem := run[BriefingState](b, "briefing.complete", BriefingDone{Version: "0", Language: "de"}); problem == nil || problem.Code != ProblemBriefingChanged {
		t.Errorf("%+v", problem)
	}
	state := do[BriefingState](b, "briefing.complete", BriefingDone{Version: whole.State.Version, Language: "de"})
	if state.CompletedAt == 0 || state.CompletedVersion != whole.State.Version || state.CompletedLanguage != "de" || state.Due {
		t.Errorf("%+v", state)
	}
	file := do[SharedFile](b, "briefing.certificate", CertificateRequest{Name: " Erika Muster "})
	var paper struct {
		Name, Language, CompletedAt string
		Topics                      []string
	}
	if err := json.Unmarshal([]byte(file.Content), &paper); err != nil || paper.Name != "Erika Muster" || paper.Language != "de" || len(paper.Topics) != len(whole.Cards) {
		t.Errorf("%s, %v", file.Content, err)
	}
	if state = do[BriefingState](b, "briefing.forget", Empty{}); state.CompletedAt != 0 {
		t.Errorf("%+v", state)
	}
}

func TestAnOrganisationRequiresTheBriefing(t *testing.T) {
	b := openIn(t, t.TempDir(), says("Fine."), lockedBy(`{"enforced":{"briefing.mode":"required","briefing.title":"ACME","briefing.contact":"Ask Anna"}}`))
	state := do[BriefingState](b, "briefing.state", Empty{})
	if !state.Due || !state.Blocking || state.Title != "ACME" || state.Contact != "Ask Anna" {
		t.Fatalf("%+v", state)
	}
	if state = do[BriefingState](b, "briefing.later", Empty{}); !state.Due {
		t.Error("what is required was put off")
	}
	if _, problem := run[SendResult](b, "chats.send", SendRequest{Text: "Hello"}); problem == nil || problem.Code != ProblemBriefingRequired {
		t.Errorf("%+v", problem)
	}
	// An older version does not count.
	if _, err := b.db.AddBriefing(t.Context(), b.me.OwnerID, oldBriefing()); err != nil {
		t.Fatal(err)
	}
	if state = do[BriefingState](b, "briefing.state", Empty{}); !state.Blocking || state.CompletedVersion != "0" {
		t.Errorf("%+v", state)
	}
	do[BriefingState](b, "briefing.complete", BriefingDone{Version: state.Version, Language: "en"})
	b.ask(SendRequest{Text: "Hello"})
}

func TestABriefingCanBeOff(t *testing.T) {
	b := openIn(t, t.TempDir(), says("Fine."), lockedBy(`{"enforced":{"briefing.mode":"off"}}`))
	if state := do[BriefingState](b, "briefing.state", Empty{}); state.Due || state.Blocking {
		t.Errorf("%+v", state)
	}
}

// Whoever finished an older version is not asked again where it is only offered.
func TestANewVersionIsNotOfferedAgain(t *testing.T) {
	b := open(t, says("Fine."))
	if _, err := b.db.AddBriefing(t.Context(), b.me.OwnerID, oldBriefing()); err != nil {
		t.Fatal(err)
	}
	if state := do[BriefingState](b, "briefing.state", Empty{}); state.Due {
		t.Errorf("%+v", state)
	}
}

func oldBriefing() storage.Briefing { return storage.Briefing{Version: "0", Language: "de"} }
