package storage

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestDraftsAreOneForEachChatAndGoWithIt(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{Title: "kept"}))(t)
	for _, draft := range []Draft{{Text: "new"}, {ChatID: c.ID, Text: "first"}, {ChatID: c.ID, Text: "second"}} {
		if err := d.SaveDraft(ctx, anna, draft); err != nil {
			t.Fatal(err)
		}
	}
	texts := func() (list []string) {
		for _, draft := range must(d.Drafts(ctx, anna))(t) {
			list = append(list, draft.ChatID+":"+draft.Text)
		}
		slices.Sort(list)
		return list
	}
	want := []string{c.ID + ":second", ":new"}
	if got := texts(); !slices.Equal(got, want) {
		t.Errorf("drafts %v, want %v", got, want)
	}
	if err := d.SaveDraft(ctx, anna, Draft{}); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteChat(ctx, anna, c.ID); err != nil {
		t.Fatal(err)
	}
	if got := texts(); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	must(d.PurgeChats(ctx, 1<<60))(t)
	if rows := must(tableRows(t, d, "drafts", []string{"text"}))(t); len(rows) != 0 {
		t.Errorf("after the chat is gone there are %v", rows)
	}
}

func TestAQueuedQuestionThatWasSentIsNotThereAnyMore(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	first := must(d.AddQueuedQuestion(ctx, anna, QueuedQuestion{ChatID: c.ID, Request: json.RawMessage(`{"text":"1","images":[{"hash":"waits"}]}`)}))(t)
	second := must(d.AddQueuedQuestion(ctx, anna, QueuedQuestion{ChatID: c.ID, Request: json.RawMessage(`{"text":"2"}`)}))(t)
	ids := func() (list []string) {
		for _, q := range must(d.QueuedQuestions(ctx, anna, c.ID))(t) {
			list = append(list, q.ID)
		}
		return list
	}
	if got := ids(); !slices.Equal(got, []string{first.ID, second.ID}) {
		t.Errorf("waiting %v", got)
	}
	if got := must(d.ImageHashes(ctx, anna))(t); !slices.Equal(got, []string{"waits"}) {
		t.Errorf("images %v", got)
	}
	// A crash between sending and taking it out must not ask twice.
	image := Part{Type: "image", Data: json.RawMessage(`{"hash":"sent"}`)}
	must(d.AppendMessages(ctx, anna, c.ID, []Message{{ID: first.ID, Role: "user", Parts: []Part{image}}}))(t)
	if got := ids(); !slices.Equal(got, []string{second.ID}) {
		t.Errorf("waiting %v", got)
	}
	_, err := d.QueuedQuestion(ctx, anna, first.ID)
	wantCode(t, err, CodeNotFound)
	if got := must(d.ImageHashes(ctx, anna))(t); !slices.Equal(got, []string{"sent", "waits"}) {
		t.Errorf("images %v", got)
	}
	if err := d.RemoveQueuedQuestion(ctx, anna, first.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.UpdateQueuedQuestion(ctx, anna, second.ID, json.RawMessage(`{"text":"two"}`)); err != nil {
		t.Fatal(err)
	}
	if got := must(d.QueuedQuestion(ctx, anna, second.ID))(t); string(got.Request) != `{"text":"two"}` {
		t.Errorf("it asks %s", got.Request)
	}
}

func TestTheStartOfAChatIsOneOfItsMessages(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	m := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user"}}))(t)[0]
	wantCode(t, d.SetChatStart(ctx, anna, c.ID, "elsewhere"), CodeNotFound)
	for _, id := range []string{m.ID, ""} {
		if err := d.SetChatStart(ctx, anna, c.ID, id); err != nil {
			t.Fatal(err)
		}
		if got := must(d.ChatStart(ctx, anna, c.ID))(t); got != id {
			t.Errorf("start %q, want %q", got, id)
		}
	}
}
