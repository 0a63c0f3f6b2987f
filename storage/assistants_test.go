package storage

import (
	"encoding/json"
	"testing"
)

func TestAssistantsComeBackWithTheirID(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	a := must(d.SaveAssistant(ctx, anna, Assistant{Profile: json.RawMessage(`{"name":"one"}`)}))(t)
	a.Profile = json.RawMessage(`{"name":"two"}`)
	changed := must(d.SaveAssistant(ctx, anna, a))(t)
	if changed.ID != a.ID || changed.CreatedAt != a.CreatedAt || string(changed.Profile) != `{"name":"two"}` {
		t.Errorf("%+v", changed)
	}
	if err := d.DeleteAssistant(ctx, anna, a.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, d.DeleteAssistant(ctx, anna, a.ID), CodeNotFound)
	must(d.SaveAssistant(ctx, anna, changed))(t) // taken back
	if list := must(d.Assistants(ctx, anna))(t); len(list) != 1 || list[0].ID != a.ID {
		t.Errorf("%+v", list)
	}
}

func TestChatSetupEnds(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	want := ChatSetup{AssistantID: "x", Assistant: `{}`, Parameters: `{"seed":7}`}
	for _, s := range []ChatSetup{want, {Parameters: `{}`}, {}} {
		if err := d.SetChatSetup(ctx, anna, c.ID, s); err != nil {
			t.Fatal(err)
		}
		if got := must(d.ChatSetup(ctx, anna, c.ID))(t); got != s {
			t.Errorf("%+v, want %+v", got, s)
		}
	}
}

func TestBriefingsNewestFirst(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	for _, version := range []string{"1", "2"} {
		must(d.AddBriefing(ctx, anna, Briefing{Version: version, Language: "de"}))(t)
	}
	list := must(d.Briefings(ctx, anna))(t)
	if len(list) != 2 || list[0].Version != "2" || list[0].CompletedAt == 0 {
		t.Errorf("%+v", list)
	}
}
