package app

import (
	"slices"
	"strings"
	"testing"
)

func TestChatsAreKeptInFolders(t *testing.T) {
	b := open(t, says("Three months."))
	leases := b.collection("Leases")
	work := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new(" Work "), CollectionIDs: &[]string{leases}})
	rent := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Rent"), ParentID: &work.ID})
	if work.Name != "Work" || rent.ParentID != work.ID {
		t.Errorf("made %+v and %+v", work, rent)
	}
	if _, problem := run[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new(" ")}); problem == nil || problem.Code != ProblemNameEmpty {
		t.Errorf("a folder without a name: %+v", problem)
	}

	sent, _ := b.ask(SendRequest{Text: "How long is the walrus notice period?", FolderID: work.ID})
	if sent.Chat.FolderID != work.ID || !slices.Equal(sent.Chat.CollectionIDs, []string{leases}) {
		t.Errorf("a new chat in a folder is %+v", sent.Chat)
	}
	yes := true
	chat := do[Chat](b, "chats.update", ChatUpdateRequest{ID: sent.Chat.ID, Tags: &[]string{"#Wichtig ", "wichtig", "a  b"}, Pinned: &yes, FolderID: &rent.ID})
	if !chat.Pinned || !slices.Equal(chat.Tags, []string{"a b", "wichtig"}) || chat.FolderID != rent.ID {
		t.Errorf("sorted chat %+v", chat)
	}
	list := func(r ChatListRequest) int { return len(do[ChatList](b, "chats.list", r).Chats) }
	if list(ChatListRequest{Shelf: "loose"}) != 0 || list(ChatListRequest{Shelf: "pinned"}) != 1 || list(ChatListRequest{Shelf: "folder", FolderID: rent.ID}) != 1 {
		t.Error("the shelves hold other chats")
	}

	copied := do[Chat](b, "chats.duplicate", ByID{ID: chat.ID})
	if copied.FolderID != rent.ID || copied.Pinned || !strings.HasPrefix(copied.Title, chat.Title) || copied.Title == chat.Title {
		t.Errorf("copy %+v", copied)
	}
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: copied.ID, Archived: &yes})
	if list(ChatListRequest{}) != 1 || list(ChatListRequest{Shelf: "archived"}) != 1 {
		t.Error("an archived chat is in the list")
	}
	do[Empty](b, "chatfolders.delete", ByID{ID: work.ID})
	folders := do[ChatFolders](b, "chatfolders.list", Empty{}).Folders
	if len(folders) != 1 || folders[0].ParentID != "" || folders[0].Chats != 1 {
		t.Errorf("folders left: %+v", folders)
	}
}

func TestChatsAreSearchedAsSomebodyTypes(t *testing.T) {
	b := open(t, says("Die Kündigungsfrist beträgt drei Monate."))
	folder := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("Mieten 2024")})
	inner := do[ChatFolder](b, "chatfolders.create", ChatFolderRequest{Name: new("München"), ParentID: &folder.ID})
	sent, answer := b.ask(SendRequest{Text: "Was steht zur Frist im Mietvertrag?", FolderID: inner.ID})
	other, _ := b.ask(SendRequest{Text: "Wie hoch ist die Miete der Halle?"})
	do[Chat](b, "chats.update", ChatUpdateRequest{ID: other.Chat.ID, Tags: &[]string{"halle"}})

	search := func(query string) ChatSearchResult {
		return do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: query})
	}
	for query, want := range map[string][]string{
		"Mietverträge":              {sent.Chat.ID}, // by its stem, in the title
		"hal":                       {other.Chat.ID},
		"kündig":                    {sent.Chat.ID, other.Chat.ID},
		`kündig in:"mieten 2024"`:   {sent.Chat.ID},
		"ordner:münchen":            {sent.Chat.ID},
		"monate tag:halle":          {other.Chat.ID},
		"etikett:Halle":             {other.Chat.ID},
		"has:document kündig":       {},
		"kündig before:2001":        {},
		"kündig seit:2001-05":       {sent.Chat.ID, other.Chat.ID},
		"kündig model:nobody":       {},
		"in:archiv":                 {},
		"in: kündig":                {sent.Chat.ID, other.Chat.ID}, // the value is still being typed
		"elefant":                   {},
		`"") OR title : * NEAR(`:    {},
		"kündig has:documents in:?": {},
	} {
		var got []string
		for _, hit := range search(query).Hits {
			got = append(got, hit.Chat.ID)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", query, got, want)
		}
	}
	found := search("kündig in:münchen")
	if len(found.Hits) != 1 || found.Hits[0].MessageID != answer.ID {
		t.Fatalf("found %+v", found)
	}
	if hit := found.Hits[0]; len(hit.Marks) != 1 || hit.Excerpt[hit.Marks[0].Start:hit.Marks[0].End+1] != "Kündigungsfrist" {
		t.Errorf("excerpt %q with marks %v", hit.Excerpt, hit.Marks)
	}
	if unknown := search("kündig in:nirgends vor:gestern").Unknown; !slices.Equal(unknown, []string{"nirgends", "gestern"}) {
		t.Errorf("unknown %v", unknown)
	}
}

func TestExcerptShowsWhereMostWordsStand(t *testing.T) {
	b := open(t, says(""))
	text := strings.Repeat("Lange davor steht nichts. ", 20) + "Eine Frist allein.\n\n" + strings.Repeat("Wieder nichts. ", 30) +
		"Die 😀 Kündigung hat eine Frist von drei Monaten." + strings.Repeat(" Und danach.", 40)
	cut, marks := newSought(b.App.analyser, "frist kündigung").excerpt(text)
	if !strings.HasPrefix(cut, "… ") || !strings.HasSuffix(cut, " …") || strings.Contains(cut, "\n") || len(marks) != 2 {
		t.Errorf("excerpt %q with %v", cut, marks)
	}
	if cut, marks := newSought(b.App.analyser, "walrus").excerpt("short"); cut != "short" || len(marks) != 0 {
		t.Errorf("excerpt %q with %v", cut, marks)
	}
}
