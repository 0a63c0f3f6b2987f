package app

import (
	"fmt"
	"testing"

	"kontor/storage"
)

func TestWordsAreFoundInAllOfAChat(t *testing.T) {
	b := open(t, says("Fine."))
	chat, err := b.db.CreateChat(t.Context(), b.me.OwnerID, storage.Chat{Title: "Long"})
	if err != nil {
		t.Fatal(err)
	}
	var messages []storage.Message
	for i := range 60 {
		text := fmt.Sprintf("Frage %d", i)
		if i%20 == 1 {
			text = "Die **Kündigungs**-Frist:\n\nim `Vertrag`. Und noch einmal: kündigungs-frist"
		}
		messages = append(messages, storage.Message{Role: []string{"user", "assistant"}[i%2], Parts: []storage.Part{{Type: "text", Text: text}, {Type: "reasoning", Text: "kündigungs"}}})
	}
	stored, err := b.db.AppendMessages(t.Context(), b.me.OwnerID, chat.ID, messages)
	if err != nil {
		t.Fatal(err)
	}
	find := func(query string) []FindMatch {
		return do[FindResult](b, "chats.find", FindRequest{ChatID: chat.ID, Query: query}).Matches
	}
	for query, want := range map[string]int{"KÜNDIGUNGS-frist: im": 3, "im  Vertrag": 3, "frage 59": 1, "frage 5": 11, "": 0, " * ": 0, "nirgends": 0} {
		if got := find(query); len(got) != want {
			t.Errorf("%q: %d messages", query, len(got))
		}
	}
	got := find("kündigungs")
	if got[1].MessageID != stored[21].ID || got[1].Position != 21 || got[1].Count != 2 {
		t.Errorf("%+v", got[1])
	}
	// What stands on another branch is not shown and not found.
	other := storage.Message{Role: "user", ParentID: stored[0].ID, Parts: []storage.Part{{Type: "text", Text: "Anders"}}}
	if _, err := b.db.AppendMessages(t.Context(), b.me.OwnerID, chat.ID, []storage.Message{other}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.UpdateChat(t.Context(), b.me.OwnerID, chat.ID, storage.ChatUpdate{ActiveLeaf: &stored[59].ID}); err != nil {
		t.Fatal(err)
	}
	if len(find("anders")) != 0 {
		t.Error("found on another branch")
	}
	if _, problem := run[FindResult](b, "chats.find", FindRequest{ChatID: "none", Query: "a"}); problem == nil || problem.Code != "not_found" {
		t.Errorf("%+v", problem)
	}
	sent, _ := b.ask(SendRequest{Text: "Nur kurz", Temporary: true})
	if got := do[FindResult](b, "chats.find", FindRequest{ChatID: sent.Chat.ID, Query: "kurz"}).Matches; len(got) != 1 {
		t.Errorf("in a temporary chat: %+v", got)
	}
}
