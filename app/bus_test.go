package app

import "testing"

func TestBus(t *testing.T) {
	delta := func(text string) Event { return Event{AnswerDelta: &AnswerDelta{Text: text}} }
	t.Run("a page that reloads gets what it missed", func(t *testing.T) {
		b := NewBus()
		b.Publish(delta("a"))
		seen := b.Publish(delta("b"))
		b.Publish(delta("c"))
		events, resync, newest := b.After(seen)
		if resync || newest != 3 || len(events) != 1 || events[0].AnswerDelta.Text != "c" || events[0].Type != "answerDelta" || events[0].Seq != 3 {
			t.Fatalf("After(%d) = %+v resync %v newest %d", seen, events, resync, newest)
		}
	})
	t.Run("the ring forgets the oldest and says so", func(t *testing.T) {
		b := NewBus()
		for range busMemory + 10 {
			b.Publish(delta("x"))
		}
		if _, resync, _ := b.After(9); !resync {
			t.Error("event 10 is gone, but no resync was asked for")
		}
		events, resync, _ := b.After(10)
		if resync || len(events) != busMemory {
			t.Fatalf("%d events, resync %v; want %d", len(events), resync, busMemory)
		}
		for i, e := range events {
			if e.Seq != int64(11+i) {
				t.Fatalf("event %d has seq %d", i, e.Seq)
			}
		}
	})
	t.Run("a number of an earlier run asks for a resync", func(t *testing.T) {
		b := NewBus()
		b.Publish(delta("x"))
		if _, resync, _ := b.After(500); !resync {
			t.Error("no resync")
		}
	})
	t.Run("a follower is woken once and takes all", func(t *testing.T) {
		b := NewBus()
		f := b.Follow(0)
		defer f.Close()
		b.Publish(delta("a"))
		b.Publish(delta("b"))
		<-f.C
		events, resync := f.Take()
		if resync || len(events) != 2 {
			t.Fatalf("%d events, resync %v", len(events), resync)
		}
		if events, _ := f.Take(); len(events) != 0 {
			t.Fatal("events came twice")
		}
	})
}

// Each payload of the union gives its own type name; the page's consumer
// depends on it.
func TestEventTypes(t *testing.T) {
	events := []Event{
		{AnswerStarted: &AnswerStarted{}}, {AnswerPassages: &AnswerPassages{}}, {AnswerProgress: &AnswerProgress{}},
		{AnswerDelta: &AnswerDelta{}}, {AnswerSentences: &AnswerSentences{}}, {AnswerEnded: &AnswerEnded{}},
		{ChatChanged: &Chat{}}, {ChatRemoved: &ByID{}}, {DocumentChanged: &Document{}}, {DocumentRemoved: &ByID{}},
		{CollectionsMoved: &Collections{}}, {ChatFoldersMoved: &ChatFolders{}}, {StatusChanged: &Status{}}, {SettingsChanged: &Settings{}}, {FilesDropped: &FilesDropped{}}, {ImportMoved: &ImportMoved{}},
		{FilesOpened: &Empty{}},
	}
	seen := map[string]bool{}
	for _, e := range events {
		name := eventType(&e)
		if name == "" || seen[name] {
			t.Errorf("%+v has the type %q", e, name)
		}
		seen[name] = true
	}
}
