package localrag

import "testing"

// TestAttachedCopyGivesWay: of two copies of a text the document of its own is
// cited, not the attachment, whichever was ranked first; its place stays.
func TestAttachedCopyGivesWay(t *testing.T) {
	passage := func(id int64, text, part string) Passage {
		return Passage{ID: id, Chunk: Chunk{Text: text, Location: Location{Part: part}}}
	}
	run := &retrieval{query: Query{Limit: 2}, loaded: map[int64]Passage{
		1: passage(1, "four weeks", "law.pdf"), 2: passage(2, "other", ""), 3: passage(3, "third", ""), 4: passage(4, "four weeks", ""),
		5: passage(5, "four weeks", "again.pdf"),
	}}
	run.result.Fused = []Scored{{1, 5}, {2, 4}, {3, 3}, {4, 2}, {5, 1}}
	run.rank()
	if got := run.result.Passages; len(got) != 2 || got[0].ID != 4 || got[1].ID != 2 {
		t.Errorf("%+v", got)
	}
}
