package storage

import (
	"slices"
	"testing"
)

func TestChatFoldersHoldChatsAndFolders(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k := must(d.CreateCollection(ctx, anna, "Contracts"))(t)
	top := must(d.CreateChatFolder(ctx, anna, ChatFolder{Name: "Work", Model: "m", CollectionIDs: []string{k.ID}}))(t)
	inner := must(d.CreateChatFolder(ctx, anna, ChatFolder{Name: "Rent", ParentID: top.ID}))(t)
	in := must(d.CreateChat(ctx, anna, Chat{Title: "in", FolderID: inner.ID, Tags: []string{"b", "a", "a"}}))(t)
	now := int64(7)
	pinned := must(d.CreateChat(ctx, anna, Chat{Title: "pinned", PinnedAt: now}))(t)
	archived := must(d.CreateChat(ctx, anna, Chat{Title: "archived"}))(t)
	must(d.UpdateChat(ctx, anna, archived.ID, ChatUpdate{ArchivedAt: &now}))(t)
	loose := must(d.CreateChat(ctx, anna, Chat{Title: "loose"}))(t)

	for name, c := range map[string]struct {
		shelf ChatShelf
		want  []string
	}{
		"all":      {ChatShelf{}, []string{in.ID, pinned.ID, loose.ID}},
		"loose":    {ChatShelf{Loose: true}, []string{loose.ID}},
		"pinned":   {ChatShelf{Pinned: true}, []string{pinned.ID}},
		"archived": {ChatShelf{Archived: true}, []string{archived.ID}},
		"folder":   {ChatShelf{FolderID: inner.ID}, []string{in.ID}},
	} {
		var got []string
		for _, chat := range must(d.ChatsOn(ctx, anna, c.shelf, 9, 0))(t) {
			got = append(got, chat.ID)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if chat := must(d.Chat(ctx, anna, in.ID))(t); !slices.Equal(chat.Tags, []string{"a", "b"}) {
		t.Errorf("tags %v", chat.Tags)
	}

	// A title that a person gave is not replaced by one that took longer.
	byUser, byModel, byQuestion := "user", "model", "question"
	must(d.UpdateChat(ctx, anna, loose.ID, ChatUpdate{Title: new("Mine"), TitleSource: &byUser}))(t)
	if late := must(d.UpdateChat(ctx, anna, loose.ID, ChatUpdate{Title: new("Late"), TitleSource: &byModel, IfTitleSource: &byQuestion}))(t); late.Title != "Mine" {
		t.Errorf("a late title replaced a person's: %q", late.Title)
	}

	// A folder cannot be moved into itself.
	_, err := d.UpdateChatFolder(ctx, anna, top.ID, ChatFolderUpdate{ParentID: &inner.ID})
	wantCode(t, err, CodeNotFound)
	_, err = d.UpdateChatFolder(ctx, anna, top.ID, ChatFolderUpdate{ParentID: &top.ID})
	wantCode(t, err, CodeNotFound)
	_, err = d.UpdateChat(ctx, anna, loose.ID, ChatUpdate{FolderID: new("nowhere")})
	wantCode(t, err, CodeNotFound)

	if err := d.DeleteChatFolder(ctx, anna, inner.ID); err != nil {
		t.Fatal(err)
	}
	folders := must(d.ChatFolders(ctx, anna))(t)
	if len(folders) != 1 || folders[0].Chats != 1 || folders[0].Model != "m" || !slices.Equal(folders[0].CollectionIDs, []string{k.ID}) {
		t.Errorf("folders %+v", folders)
	}
	if chat := must(d.Chat(ctx, anna, in.ID))(t); chat.FolderID != top.ID {
		t.Errorf("the chat of a deleted folder is in %q", chat.FolderID)
	}
}

func TestDuplicateChatCopiesTheTree(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	c := must(d.CreateChat(ctx, anna, Chat{Title: "Lease", Tags: []string{"x"}}))(t)
	turn := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text("How long?")}, {Role: "assistant", Parts: text("A walrus.")}}))(t)
	must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "assistant", ParentID: turn[0].ID, Parts: text("Another way."), Status: MessageRunning}}))(t)

	setup := ChatSetup{AssistantID: "a", Assistant: "{}", Parameters: `{"seed":1}`}
	if err := d.SetChatSetup(ctx, anna, c.ID, setup); err != nil {
		t.Fatal(err)
	}
	if err := d.SetChatInstructions(ctx, anna, c.ID, "Be brief."); err != nil {
		t.Fatal(err)
	}
	twin := must(d.DuplicateChat(ctx, anna, c.ID, "Lease (copy)"))(t)
	if copied := must(d.ChatSetup(ctx, anna, twin.ID))(t); copied != setup {
		t.Errorf("the copy is set up as %+v", copied)
	}
	if told := must(d.ChatInstructions(ctx, anna, twin.ID))(t); told != "Be brief." {
		t.Errorf("the copy is told %q", told)
	}
	messages := must(d.Messages(ctx, anna, twin.ID))(t)
	if len(messages) != 3 || messages[1].ParentID != messages[0].ID || messages[2].ParentID != messages[0].ID {
		t.Fatalf("the copy holds %+v", messages)
	}
	if twin.ActiveLeaf != messages[2].ID || messages[2].Status != MessagePartial || !slices.Equal(twin.Tags, []string{"x"}) {
		t.Errorf("copy %+v, last message %s", twin, messages[2].Status)
	}
	if hits := must(d.FindInChats(ctx, anna, ChatSearch{Query: "walrus"}, 5))(t); len(hits) != 2 {
		t.Errorf("%d chats are found", len(hits))
	}
	// The copy stands on its own.
	if err := d.DeleteChat(ctx, anna, c.ID); err != nil {
		t.Fatal(err)
	}
	if got := must(d.Messages(ctx, anna, twin.ID))(t); len(got) != 3 {
		t.Errorf("the copy lost messages: %d", len(got))
	}
	checkIntegrity(t, d)
}
