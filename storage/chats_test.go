package storage

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

func TestChatKeepsAllItsFields(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	d.now = tick()
	k := must(d.CreateCollection(ctx, anna, "Contracts"))(t)
	l := must(d.CreateCollection(ctx, anna, "Manuals"))(t)
	doc, _ := addParsed(t, d, anna, k.ID, "a.txt", "en", "text")
	made := must(d.CreateChat(ctx, anna, Chat{Title: "Notice", TitleSource: "user", Model: "m",
		CollectionIDs: []string{l.ID, k.ID}, PinnedDocumentID: doc.ID}))(t)
	if made.ID == "" || made.OwnerID != anna || made.CreatedAt == 0 || made.UpdatedAt != made.CreatedAt {
		t.Fatalf("not filled in: %+v", made)
	}
	read := must(d.Chat(ctx, anna, made.ID))(t)
	if fmt.Sprint(read) != fmt.Sprint(made) {
		t.Errorf("read  %+v\nmade  %+v", read, made)
	}

	title, none := "Notice period", []string{}
	changed := must(d.UpdateChat(ctx, anna, made.ID, ChatUpdate{Title: &title, CollectionIDs: &none}))(t)
	if changed.Title != title || changed.CollectionIDs != nil || changed.Model != "m" || changed.UpdatedAt != made.UpdatedAt {
		t.Errorf("after the update: %+v", changed)
	}
	must(d.DeleteDocument(ctx, anna, doc.ID))(t)
	if pinned := must(d.Chat(ctx, anna, made.ID))(t).PinnedDocumentID; pinned != "" {
		t.Errorf("a deleted document is still pinned: %q", pinned)
	}
}

func TestChatRefusesUnknownReferences(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	unknown := "nothing"
	for name, u := range map[string]ChatUpdate{
		"leaf": {ActiveLeaf: &unknown}, "document": {PinnedDocumentID: &unknown}, "collection": {CollectionIDs: &[]string{unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.UpdateChat(ctx, anna, c.ID, u)
			wantCode(t, err, CodeNotFound)
		})
	}
	_, err := d.CreateChat(ctx, anna, Chat{ID: c.ID})
	wantCode(t, err, CodeExists)
}

func TestChatsAreListedNewestMessageFirst(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	d.now = tick()
	var ids []string
	for i := range 5 {
		ids = append(ids, must(d.CreateChat(ctx, anna, Chat{Title: fmt.Sprint(i)}))(t).ID)
	}
	must(d.AppendMessages(ctx, anna, ids[1], []Message{{Role: "user"}}))(t)
	titles := func(chats []Chat) (list []string) {
		for _, c := range chats {
			list = append(list, c.Title)
		}
		return list
	}
	first := must(d.Chats(ctx, anna, 3, 0))(t)
	if got := titles(first); !slices.Equal(got, []string{"1", "4", "3"}) {
		t.Errorf("first page %v", got)
	}
	if got := titles(must(d.Chats(ctx, anna, 3, first[2].UpdatedAt))(t)); !slices.Equal(got, []string{"2", "0"}) {
		t.Errorf("second page %v", got)
	}
}

func TestDeletedChatComesBackUntilItIsPurged(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	d.now = tick()
	c := must(d.CreateChat(ctx, anna, Chat{Title: "gone"}))(t)
	m := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "assistant", Status: MessageRunning}}))(t)[0]
	if err := d.DeleteChat(ctx, anna, c.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, d.DeleteChat(ctx, anna, c.ID), CodeNotFound)
	_, err := d.Chat(ctx, anna, c.ID)
	wantCode(t, err, CodeNotFound)
	_, err = d.Messages(ctx, anna, c.ID)
	wantCode(t, err, CodeNotFound)
	_, err = d.Message(ctx, anna, m.ID)
	wantCode(t, err, CodeNotFound)
	_, err = d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user"}})
	wantCode(t, err, CodeNotFound)
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "gone"}, 5))(t); len(hits) != 0 {
		t.Errorf("a deleted chat is found: %v", hits)
	}
	// The answer that was being written still ends.
	parts, status := text("finished"), MessageComplete
	must(d.UpdateMessage(ctx, anna, m.ID, MessageUpdate{Parts: &parts, Status: &status}))(t)

	if n := must(d.PurgeChats(ctx, 1))(t); n != 0 {
		t.Errorf("%d chats purged before their time", n)
	}
	if back := must(d.RestoreChat(ctx, anna, c.ID))(t); back.DeletedAt != 0 || back.Title != "gone" {
		t.Errorf("restored %+v", back)
	}
	if m := must(d.Message(ctx, anna, m.ID))(t); textOf(m.Parts) != "finished" {
		t.Errorf("the answer is %+v", m)
	}
	if err := d.DeleteChat(ctx, anna, c.ID); err != nil {
		t.Fatal(err)
	}
	if n := must(d.PurgeChats(ctx, d.milliseconds()))(t); n != 1 {
		t.Errorf("%d chats purged", n)
	}
	_, err = d.RestoreChat(ctx, anna, c.ID)
	wantCode(t, err, CodeNotFound)
	checkIntegrity(t, d)
}

func TestMessagesFormATree(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	parts := []Part{{Type: "text", Text: "Bäume & <b>"}, {Type: "citation", Data: json.RawMessage(`{"page":3}`)}}
	pair := must(d.AppendMessages(ctx, anna, c.ID, []Message{
		{Role: "user", Parts: parts}, {Role: "assistant", Status: MessageRunning, Model: "m", Digest: "d", Mode: "whole", Facts: json.RawMessage(`{"a":1}`)},
	}))(t)
	if pair[1].ParentID != pair[0].ID || pair[0].Status != MessageComplete {
		t.Errorf("not filled in: %+v", pair)
	}
	again := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "assistant", ParentID: pair[0].ID}}))(t)
	if leaf := must(d.Chat(ctx, anna, c.ID))(t).ActiveLeaf; leaf != again[0].ID {
		t.Errorf("active leaf %q, want the last message", leaf)
	}
	leaf := pair[1].ID
	must(d.UpdateChat(ctx, anna, c.ID, ChatUpdate{ActiveLeaf: &leaf}))(t)
	all := must(d.Messages(ctx, anna, c.ID))(t)
	if want := append(pair, again...); fmt.Sprint(all) != fmt.Sprint(want) {
		t.Errorf("tree\n%+v\nwant\n%+v", all, want)
	}

	other := must(d.CreateChat(ctx, anna, Chat{}))(t)
	_, err := d.AppendMessages(ctx, anna, other.ID, []Message{{Role: "user", ParentID: pair[0].ID}})
	wantCode(t, err, CodeNotFound)
	if n := len(must(d.Messages(ctx, anna, other.ID))(t)); n != 0 {
		t.Errorf("%d messages stay of a refused append", n)
	}
}

func TestRunningMessagesAreRecovered(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	added := must(d.AppendMessages(ctx, anna, c.ID, []Message{
		{Role: "assistant", Status: MessageRunning, Parts: text("half an ans")},
		{Role: "assistant", Status: MessageRunning, Parts: text(" \n")},
		{Role: "assistant", Status: MessageStopped, Parts: text("stopped")},
	}))(t)
	if n := must(d.RecoverMessages(ctx))(t); n != 2 {
		t.Errorf("%d messages recovered, want 2", n)
	}
	for i, want := range []string{MessagePartial, MessageFailed, MessageStopped} {
		if m := must(d.Message(ctx, anna, added[i].ID))(t); m.Status != want {
			t.Errorf("message %d is %s, want %s", i, m.Status, want)
		}
	}
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "half"}, 5))(t); len(hits) != 1 {
		t.Error("a recovered answer is not found")
	}
	if n := must(d.RecoverMessages(ctx))(t); n != 0 {
		t.Errorf("%d messages recovered the second time", n)
	}
}

func TestSearchOfWords(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	add := func(title string, texts ...string) string {
		c := must(d.CreateChat(ctx, anna, Chat{Title: title}))(t)
		for _, s := range texts {
			must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text(s)}}))(t)
		}
		return c.ID
	}
	rent := add("Rent contract", "How long is the notice period of the flats?", "And the deposit?")
	dogs := add("Holiday", "Where may dogs swim?")
	add("Empty")
	for _, c := range []struct {
		query, chat, message string
	}{
		{"contract", rent, ""},
		{"contr", rent, ""}, // as typed
		{"notice period", rent, "How long is the notice period of the flats?"},
		{"flat", rent, "How long is the notice period of the flats?"}, // analysed
		{"contract deposit", rent, "And the deposit?"},                // any word, title and message
		{"dogs holi", dogs, "Where may dogs swim?"},
		{"nothing-like-it", "", ""},
		{`" OR title:*`, "", ""},
		{"?!", "", ""},
	} {
		t.Run(c.query, func(t *testing.T) {
			hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: c.query}, 5))(t)
			if c.chat == "" {
				if len(hits) != 0 {
					t.Errorf("found %+v", hits)
				}
				return
			}
			if len(hits) != 1 || hits[0].Chat.ID != c.chat || hits[0].Text != c.message || (hits[0].MessageID == "") != (c.message == "") {
				t.Errorf("found %+v", hits)
			}
		})
	}
	title := "Lease"
	must(d.UpdateChat(ctx, anna, rent, ChatUpdate{Title: &title}))(t)
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "contract"}, 5))(t); len(hits) != 0 {
		t.Error("the old title is still found")
	}
	checkIntegrity(t, d)
}

func TestRunningMessageIsFoundWhenItEnds(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{}))(t)
	m := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "assistant", Status: MessageRunning, Parts: text("walrus")}}))(t)[0]
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "walrus"}, 5))(t); len(hits) != 0 {
		t.Error("found while it is written")
	}
	status := MessageComplete
	must(d.UpdateMessage(ctx, anna, m.ID, MessageUpdate{Status: &status}))(t)
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "walrus"}, 5))(t); len(hits) != 1 {
		t.Error("not found when complete")
	}
}

// FuzzSearchQueries: whatever somebody types is text, never an operator of the
// full-text query language.
func FuzzSearchQueries(f *testing.F) {
	d := New(Options{Folder: f.TempDir(), Analyse: analyseForTest, AnalyserVersion: 1})
	if err := d.Open(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = d.Close() })
	c := must(d.CreateChat(f.Context(), anna, Chat{Title: "zebra"}))(f)
	must(d.AppendMessages(f.Context(), anna, c.ID, []Message{{Role: "user", Parts: text("a zebra")}}))(f)
	addParsed(f, d, anna, "", "z", "", "zebra")
	for _, s := range []string{"zebra", `"`, `""`, `"zebra" NOT "a"`, "*", "a*", "NEAR(a b)", "title:zebra", "-a", "a AND", "(", "\x00", "a\x00b", "\xff", "^zebra", "{title}:a", "+", "ü*", "'; DROP TABLE chats; --"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if _, err := d.FindInChats(t.Context(), anna, ChatSearch{Query: query}, 5); err != nil {
			t.Errorf("chats: %v", err)
		}
		if _, err := d.SearchTerms(t.Context(), Scope{OwnerID: anna}, "", []string{query, "zebra"}, 5); err != nil {
			t.Errorf("passages: %v", err)
		}
	})
}
