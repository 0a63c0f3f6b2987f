package app

import (
	"encoding/base64"
	"testing"
)

func TestMarksAreKeptFoundAndTakenAlong(t *testing.T) {
	b := open(t, says("The tenant may terminate the lease with a notice period of three months."))
	house := b.collection("House")
	document := b.add(house, "mietvertrag_halle.md", lease)
	sent, answer := b.ask(SendRequest{Text: "What notice period does the tenant have?", CollectionIDs: []string{house}})
	if document.Status != "ready" || answer.Text == "" || len(answer.Passages) == 0 {
		t.Fatalf("document %+v, answer %+v, %+v", document, answer, answer.Problem)
	}
	do[Empty](b, "chats.mark", MarkRequest{MessageID: answer.ID, Value: "bad", Reason: " The quarter is missing. "})
	marked := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages[1]
	if marked.Mark == nil || *marked.Mark != (Mark{Value: "bad", Reason: "The quarter is missing."}) || marked.Text != answer.Text || len(marked.Passages) != len(answer.Passages) {
		t.Fatalf("marked %+v", marked)
	}
	for query, want := range map[string]int{"mark:bad": 1, "note:schlecht": 1, "bewertung:schlecht notice": 1, "mark:good": 0, "note:gut": 0} {
		found := do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: query})
		if len(found.Hits) != want || len(found.Unknown) != 0 {
			t.Errorf("%s: %+v", query, found)
		}
		if want > 0 && found.Hits[0].MessageID != answer.ID {
			t.Errorf("%s leads to %q", query, found.Hits[0].MessageID)
		}
	}
	if found := do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: "mark:lila"}); len(found.Unknown) != 1 {
		t.Errorf("an unknown mark: %+v", found)
	}
	// The chat is found by the document's file name, and says which.
	found := do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: "mietverträge halle"})
	if len(found.Hits) != 1 || found.Hits[0].MessageID != answer.ID || found.Hits[0].Document != "mietvertrag_halle.md" || len(found.Hits[0].DocumentMarks) != 2 {
		t.Errorf("found by the document: %+v", found.Hits)
	}
	file := do[ExportFile](b, "transfer.export", ExportRequest{ChatID: sent.Chat.ID, Format: "json"})
	again := open(t, says("-"))
	do[ImportResult](again, "transfer.import", ImportPiece{Content: base64.StdEncoding.EncodeToString([]byte(file.Content)), Last: true})
	var copied Message
	again.until("the chat is imported", func() bool {
		view, problem := run[ChatView](again, "chats.open", ByID{ID: sent.Chat.ID})
		if problem == nil && len(view.Messages) == 2 {
			copied = view.Messages[1]
		}
		return copied.ID != ""
	})
	if copied.Mark == nil || *copied.Mark != *marked.Mark {
		t.Errorf("imported %+v", copied.Mark)
	}
	if found := do[ChatSearchResult](again, "chats.search", ChatSearchRequest{Query: "mark:bad"}); len(found.Hits) != 1 {
		t.Errorf("found after the import: %+v", found)
	}
	counts := do[MarkCounts](b, "chats.marks", Empty{}).Models
	if len(counts) != 1 || counts[0] != (ModelMarks{Model: answer.Model, Bad: 1}) {
		t.Errorf("counted %+v", counts)
	}
	for query, want := range map[string]int{`mark:bad model:"` + answer.Model + `"`: 1, "mark:bad model:other": 0} {
		if found := do[ChatSearchResult](b, "chats.search", ChatSearchRequest{Query: query}); len(found.Hits) != want {
			t.Errorf("%s: %+v", query, found)
		}
	}
	// The reason can be taken back without the mark.
	do[Empty](b, "chats.mark", MarkRequest{MessageID: answer.ID, Value: "bad"})
	if m := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages[1]; m.Mark == nil || *m.Mark != (Mark{Value: "bad"}) {
		t.Errorf("without a reason: %+v", m.Mark)
	}
	do[Empty](b, "chats.mark", MarkRequest{MessageID: answer.ID})
	if m := do[ChatView](b, "chats.open", ByID{ID: sent.Chat.ID}).Messages[1]; m.Mark != nil {
		t.Errorf("taken away: %+v", m.Mark)
	}
	if _, problem := run[Empty](b, "chats.mark", MarkRequest{MessageID: sent.Question.ID, Value: "good"}); problem == nil {
		t.Error("a question was marked")
	}
}
