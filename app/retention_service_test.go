package app

import (
	"errors"
	"os"
	"testing"

	"kontor/app/policy"
)

func TestRetention(t *testing.T) {
	b := open(t, says("Yes."))
	past, future := "2020-12-31", "2999-12-31"
	old, current := b.collection("Old"), b.collection("Current")
	gone := b.add(old, "lease.md", lease)
	kept := b.add(current, "machine.md", machine)
	copied := b.original(gone.ID)
	do[Collection](b, "collections.update", CollectionUpdateRequest{ID: old, RetainUntil: &past})
	do[Collection](b, "collections.update", CollectionUpdateRequest{ID: current, RetainUntil: &future})

	// Proposing deletes nothing and says so.
	b.tendCollections(t.Context())
	if notices := b.library.notices(t.Context()); len(notices) != 1 || notices[0].Code != NoticeRetention || notices[0].Args["name"] != "Old" {
		t.Errorf("notices %+v", notices)
	}
	if d := do[Document](b, "documents.get", ByID{ID: gone.ID}); d.Status != "ready" {
		t.Fatalf("document %+v", d)
	}

	b.set(policy.RetentionAction, "delete")
	b.tendCollections(t.Context())
	if _, problem := run[Document](b, "documents.get", ByID{ID: gone.ID}); problem == nil {
		t.Error("the document is still there")
	}
	if _, err := os.Stat(copied); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is still there: %v", err)
	}
	if got := b.vectors.current().Len(); got != kept.Passages {
		t.Errorf("%d vectors in memory, want %d", got, kept.Passages)
	}
	if d := do[Document](b, "documents.get", ByID{ID: kept.ID}); d.Status != "ready" {
		t.Errorf("the other collection's document %+v", d)
	}
	if notices := b.library.notices(t.Context()); len(notices) != 0 {
		t.Errorf("notices %+v", notices)
	}
}
