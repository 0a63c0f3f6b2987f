package app

import (
	"encoding/json"

	"kontor/localrag"
	"kontor/storage"
)

// This file is the one place where records of storage and localrag become what
// crosses the border, and back.

// Types of message parts that app writes.
const (
	partText      = "text"
	partReasoning = "reasoning"
	partCitation  = "citation"
	partSentences = "sentence"
	partError     = "error"
	partFilter    = "filter"
	partLookedUp  = "looked_up"
	partAsked     = "asked"
	partSurvey    = "survey"
	partTable     = "table"
	partImage     = "image"
	partCompared  = "compared"
	partEdited    = "edited"
	partMark      = "mark"
)

func (a *App) chatView(c storage.Chat) Chat {
	view := Chat{ID: c.ID, Title: c.Title, Model: c.Model, CollectionIDs: c.CollectionIDs, UpdatedAt: c.UpdatedAt,
		FolderID: c.FolderID, Tags: c.Tags, Pinned: c.PinnedAt != 0, Archived: c.ArchivedAt != 0}
	if view.Tags == nil {
		view.Tags = []string{}
	}
	if view.CollectionIDs == nil {
		view.CollectionIDs = []string{}
	}
	view.RunningMessageID = a.answers.runningIn(c.ID)
	view.Temporary = a.temporary.has(c.ID)
	return view
}

// messageView decodes a stored message. A running one is completed from memory
// by the caller.
func messageView(m storage.Message) Message {
	view := Message{
		ID: m.ID, ChatID: m.ChatID, ParentID: m.ParentID, Role: m.Role, Status: m.Status, Model: m.Model,
		CreatedAt: m.CreatedAt, Mode: m.Mode, Passages: []Passage{}, Sentences: []Sentence{}, Siblings: []string{},
	}
	for _, part := range m.Parts {
		switch part.Type {
		case partText:
			view.Text += part.Text
		case partReasoning:
			view.Reasoning += part.Text
		case partCitation:
			var passage Passage
			if json.Unmarshal(part.Data, &passage) == nil {
				view.Passages = append(view.Passages, passage)
			}
		case partFilter:
			var filter Filter
			if json.Unmarshal(part.Data, &filter) == nil {
				view.Filter = &filter
			}
		case partLookedUp:
			view.LookedUp = part.Text
		case partSentences:
			_ = json.Unmarshal(part.Data, &view.Sentences)
		case partAsked:
			view.Asked = decoded[Asked](part.Data)
		case partSurvey:
			view.Survey = decoded[Survey](part.Data)
		case partImage:
			if image := decoded[Image](part.Data); image != nil {
				view.Images = append(view.Images, *image)
			}
		case partCompared:
			view.ComparedWith = part.Text
		case partEdited:
			view.Edited = decoded[Edited](part.Data)
		case partMark:
			view.Mark = markIn(part)
		case partTable:
			view.Table = decoded[TableOutcome](part.Data)
		case partError:
			var problem Problem
			if json.Unmarshal(part.Data, &problem) == nil {
				view.Problem = &problem
			}
		}
	}
	if len(m.Facts) > 0 {
		var facts Facts
		if json.Unmarshal(m.Facts, &facts) == nil {
			view.Facts = &facts
		}
	}
	return view
}

// messageParts encodes what messageView decodes.
func messageParts(m Message) []storage.Part {
	var parts []storage.Part
	if m.Reasoning != "" {
		parts = append(parts, storage.Part{Type: partReasoning, Text: m.Reasoning})
	}
	if m.Text != "" {
		parts = append(parts, storage.Part{Type: partText, Text: m.Text})
	}
	for _, image := range m.Images {
		parts = append(parts, storage.Part{Type: partImage, Data: mustJSON(image)})
	}
	if m.LookedUp != "" {
		parts = append(parts, storage.Part{Type: partLookedUp, Text: m.LookedUp})
	}
	for _, passage := range m.Passages {
		parts = append(parts, storage.Part{Type: partCitation, Data: mustJSON(passage)})
	}
	if len(m.Sentences) > 0 {
		parts = append(parts, storage.Part{Type: partSentences, Data: mustJSON(m.Sentences)})
	}
	if m.Asked != nil && *m.Asked != (Asked{}) {
		parts = append(parts, storage.Part{Type: partAsked, Data: mustJSON(m.Asked)})
	}
	if m.Survey != nil {
		parts = append(parts, storage.Part{Type: partSurvey, Data: mustJSON(m.Survey)})
	}
	if m.Table != nil {
		parts = append(parts, storage.Part{Type: partTable, Data: mustJSON(m.Table)})
	}
	if m.ComparedWith != "" {
		parts = append(parts, storage.Part{Type: partCompared, Text: m.ComparedWith})
	}
	if m.Mark != nil {
		parts = append(parts, markPart(m.Mark))
	}
	if m.Edited != nil {
		parts = append(parts, storage.Part{Type: partEdited, Data: mustJSON(m.Edited)})
	}
	if m.Problem != nil {
		parts = append(parts, storage.Part{Type: partError, Data: mustJSON(m.Problem)})
	}
	return parts
}

// decoded reads a part; nil if it cannot be.
func decoded[T any](raw json.RawMessage) *T {
	value := new(T)
	if json.Unmarshal(raw, value) != nil {
		return nil
	}
	return value
}

// mustJSON encodes plain structs of this package, which cannot fail.
func mustJSON(v any) json.RawMessage {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encoded
}

func collectionView(c storage.Collection) Collection {
	return Collection{ID: c.ID, Name: c.Name, Documents: c.Documents, Purpose: c.Purpose, Owner: c.Responsible, RetainUntil: c.RetainUntil}
}

func (a *App) documentView(d storage.Document) Document {
	view := Document{
		ID: d.ID, Name: d.Name, Title: d.Title, Origin: d.Origin, Format: d.Format, Bytes: d.Bytes, Pages: d.Pages,
		Language: d.Language, Status: d.Status, Passages: d.Passages, Embedded: d.Embedded, SecondsLeft: -1,
		CollectionIDs: d.CollectionIDs, AddedAt: d.CreatedAt, Linked: d.Linked, ModifiedAt: d.ModifiedAt, Copies: d.Copies, Stale: a.staleByAge(d),
	}
	if view.CollectionIDs == nil {
		view.CollectionIDs = []string{}
	}
	if d.Status == storage.DocumentFailed && d.ErrorCode != "" {
		view.Problem = &Problem{Code: d.ErrorCode, Args: map[string]string{"name": d.Name}}
	}
	view.Gaps = gapsView(d.Gaps)
	a.library.addProgress(&view)
	return view
}

// storedPassages turns chunks into records.
func storedPassages(documentID string, chunks []localrag.Chunk) []storage.Passage {
	passages := make([]storage.Passage, len(chunks))
	for i, c := range chunks {
		passages[i] = storage.Passage{
			DocumentID: documentID, Ordinal: i, Start: c.Start, End: c.End, Text: c.Text, Heading: c.Heading,
			Language: c.Language, Location: mustJSON(c.Location),
		}
	}
	return passages
}

// ragPassage turns a record into what retrieval and citations work on.
func ragPassage(p storage.Passage) localrag.Passage {
	passage := localrag.Passage{ID: p.ID, DocumentID: p.DocumentID, Document: p.Document, Ordinal: p.Ordinal}
	passage.Chunk = localrag.Chunk{Start: p.Start, End: p.End, Text: p.Text, Heading: p.Heading, Language: p.Language}
	if len(p.Location) > 0 {
		_ = json.Unmarshal(p.Location, &passage.Location)
	}
	return passage
}

// passageView numbers a passage as a source of an answer.
func passageView(n int, p localrag.Passage, hash string, score float64) Passage {
	return Passage{
		N: n, DocumentID: p.DocumentID, Document: p.Document, FileHash: hash,
		Page: p.Location.Page, Slide: p.Location.Slide, Sheet: p.Location.Sheet, Row: p.Location.Row,
		Heading: p.Location.Heading, Part: p.Location.Part, Text: p.Text, Start: p.Start, End: p.End, Score: score,
	}
}
