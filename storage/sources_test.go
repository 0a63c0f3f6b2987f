package storage

import (
	"encoding/json"
	"testing"
)

// cites is an answer that rests on documents of these names.
func cites(text string, names ...string) Message {
	m := Message{Role: "assistant", Parts: []Part{{Type: "text", Text: text}}}
	for _, name := range names {
		data, _ := json.Marshal(citedDocument{Name: name})
		m.Parts = append(m.Parts, Part{Type: "citation", Data: data})
	}
	return m
}

func TestChatsAreFoundByTheirDocuments(t *testing.T) {
	ctx, d := t.Context(), openTest(t)
	with := must(d.CreateChat(ctx, anna, Chat{Title: "First"}))(t)
	other := must(d.CreateChat(ctx, anna, Chat{Title: "Second"}))(t)
	answers := must(d.AppendMessages(ctx, anna, with.ID, []Message{{Role: "user", Parts: text("How long?")}, cites("Three months.", "Lease_Hamburg-2024.pdf", "Notes")}))(t)
	must(d.AppendMessages(ctx, anna, other.ID, []Message{{Role: "user", Parts: text("What of Hamburg?")}}))(t)
	for query, want := range map[string][]string{
		"lease": {with.ID}, "Lease_Hamburg-2024.pdf": {with.ID}, "leas": {with.ID}, "2024": {with.ID},
		"hamburg": {with.ID, other.ID}, "notes": {with.ID}, "other": nil,
	} {
		hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: query}, 5))(t)
		if len(hits) != len(want) {
			t.Errorf("%q finds %d chats", query, len(hits))
			continue
		}
		for i, hit := range hits {
			if hit.Chat.ID != want[i] {
				t.Errorf("%q: place %d is %q", query, i, hit.Chat.Title)
			}
		}
		if len(want) > 0 && (hits[0].MessageID != answers[1].ID || len(hits[0].Sources) != 2) {
			t.Errorf("%q: hit %+v", query, hits[0])
		}
	}
	if hits := must(d.FindInChats(ctx, ben, ChatSearch{Query: "lease"}, 5))(t); len(hits) != 0 {
		t.Error("another person finds the chat")
	}
	// A running answer is not found yet, one that is purged no more.
	running := MessageRunning
	must(d.UpdateMessage(ctx, anna, answers[1].ID, MessageUpdate{Status: &running}))(t)
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "notes"}, 5))(t); len(hits) != 0 {
		t.Error("a running answer is found")
	}
	if n := must(d.RecoverMessages(ctx))(t); n != 1 {
		t.Errorf("%d recovered", n)
	}
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "notes"}, 5))(t); len(hits) != 1 {
		t.Error("a recovered answer is not found")
	}
	if err := d.DeleteChat(ctx, anna, with.ID); err != nil {
		t.Fatal(err)
	}
	must(d.PurgeChats(ctx, 1<<60))(t)
	if n := must(scanInteger(d.readers.Load().QueryRowContext(ctx, `SELECT count(*) FROM sources_fts`)))(t); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestOldAnswersAreFoundByTheirDocumentsAfterAnalysis(t *testing.T) {
	ctx, d := t.Context(), openTest(t)
	c := must(d.CreateChat(ctx, anna, Chat{Title: "First"}))(t)
	must(d.AppendMessages(ctx, anna, c.ID, []Message{cites("Three months.", "Lease.pdf")}))(t)
	// As the migration leaves them.
	for _, sql := range []string{`DELETE FROM sources_fts`, `UPDATE messages SET sources_version = -1`} {
		if _, err := d.durable.Load().ExecContext(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "lease"}, 5))(t); len(hits) != 0 {
		t.Fatal("it is found already")
	}
	if left := must(d.Reanalyse(ctx, 100))(t); left != 0 {
		t.Errorf("%d are left", left)
	}
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "lease"}, 5))(t); len(hits) != 1 {
		t.Error("it is not found")
	}
}

func TestMarkedAnswersAreListed(t *testing.T) {
	ctx, d := t.Context(), openTest(t)
	c := must(d.CreateChat(ctx, anna, Chat{Title: "First"}))(t)
	must(d.CreateChat(ctx, anna, Chat{Title: "Second"}))(t)
	answer := cites("Three months.")
	answer.Parts = append(answer.Parts, Part{Type: "mark", Text: "bad"})
	answers := must(d.AppendMessages(ctx, anna, c.ID, []Message{answer, {Role: "user", Parts: text("And then?")}}))(t)
	for query, s := range map[string]ChatSearch{"alone": {Mark: MarkBad}, "with words": {Mark: MarkBad, Query: "months"}} {
		if hits := must(d.FindInChats(ctx, anna, s, 5))(t); len(hits) != 1 || hits[0].MessageID != answers[0].ID {
			t.Errorf("%s: %+v", query, hits)
		}
	}
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Mark: MarkGood, Query: "months"}, 5))(t); len(hits) != 0 {
		t.Errorf("marked good: %+v", hits)
	}
	must(d.UpdateMessage(ctx, anna, answers[0].ID, MessageUpdate{Parts: &[]Part{{Type: "text", Text: "Three months."}}}))(t)
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Mark: MarkBad}, 5))(t); len(hits) != 0 {
		t.Errorf("the mark is gone, and found: %+v", hits)
	}
}
