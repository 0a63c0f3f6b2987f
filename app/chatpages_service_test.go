package app

import (
	"fmt"
	"strings"
	"testing"

	"kontor/storage"
)

func TestALongChatIsOpenedInParts(t *testing.T) {
	b := open(t, says("Fine."))
	chat, err := b.db.CreateChat(t.Context(), b.me.OwnerID, storage.Chat{Title: "Long"})
	if err != nil {
		t.Fatal(err)
	}
	turns := make([]storage.Message, 60)
	for i := range turns {
		turns[i] = storage.Message{Role: "user", Parts: []storage.Part{{Type: partText, Text: fmt.Sprint(i)}}}
		if i%2 == 1 {
			turns[i].Role = "assistant"
		}
	}
	stored, err := b.db.AppendMessages(t.Context(), b.me.OwnerID, chat.ID, turns)
	if err != nil {
		t.Fatal(err)
	}
	// Another branch, written before the shown one was chosen again.
	other, err := b.db.AppendMessages(t.Context(), b.me.OwnerID, chat.ID, []storage.Message{{Role: "user", ParentID: stored[9].ID, Parts: []storage.Part{{Type: partText, Text: "other"}}}})
	if err != nil {
		t.Fatal(err)
	}
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: chat.ID, ActiveLeaf: &stored[59].ID})

	said := func(messages []Message) string {
		var texts []string
		for _, m := range messages {
			texts = append(texts, m.Text)
		}
		return strings.Join(texts, " ")
	}
	opened := func(r ChatOpenRequest) string {
		r.ID = chat.ID
		view := do[ChatView](b, "chats.open", r)
		return fmt.Sprintf("%d [%s] %d", view.Earlier, said(view.Messages), view.Later)
	}
	for _, c := range []struct {
		request ChatOpenRequest
		want    string
	}{
		{ChatOpenRequest{Limit: 3}, "57 [57 58 59] 0"},
		{ChatOpenRequest{Limit: 4, Around: stored[20].ID}, "18 [18 19 20 21] 38"},
		{ChatOpenRequest{Limit: 4, Around: stored[0].ID}, "0 [0 1 2 3] 56"},
		{ChatOpenRequest{Limit: 4, Around: stored[59].ID}, "56 [56 57 58 59] 0"},
		{ChatOpenRequest{Limit: 2, Around: other[0].ID}, "58 [58 59] 0"}, // on another branch
	} {
		if got := opened(c.request); got != c.want {
			t.Errorf("opened %+v: %s, want %s", c.request, got, c.want)
		}
	}
	if whole := do[ChatView](b, "chats.open", ByID{ID: chat.ID}); len(whole.Messages) != 60 || whole.Earlier+whole.Later != 0 {
		t.Errorf("without a limit: %d messages", len(whole.Messages))
	}
	page := func(r MessagesRequest) string {
		r.ChatID = chat.ID
		page := do[MessagePage](b, "chats.messages", r)
		return fmt.Sprintf("[%s] %d", said(page.Messages), page.More)
	}
	if got := page(MessagesRequest{MessageID: stored[57].ID, Limit: 2}); got != "[55 56] 55" {
		t.Errorf("before: %s", got)
	}
	if got := page(MessagesRequest{MessageID: stored[57].ID, Limit: 9, Later: true}); got != "[58 59] 0" {
		t.Errorf("after: %s", got)
	}
	if got := page(MessagesRequest{MessageID: other[0].ID, Limit: 1}); got != "[9] 9" {
		t.Errorf("before, on another branch: %s", got)
	}
	if got := page(MessagesRequest{MessageID: "gone", Limit: 1}); got != "[] 0" {
		t.Errorf("before one that is gone: %s", got)
	}
	siblings := do[MessagePage](b, "chats.messages", MessagesRequest{ChatID: chat.ID, MessageID: stored[9].ID, Limit: 1, Later: true}).Messages[0].Siblings
	if len(siblings) != 2 || siblings[1] != other[0].ID {
		t.Errorf("versions %v", siblings)
	}
}
