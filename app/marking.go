package app

import (
	"context"
	"strings"

	"kontor/storage"
)

// maxReason is how long the reason of a mark may be, in characters.
const maxReason = 500

// Mark notes what a person thinks of an answer. It is kept with the message and
// goes nowhere else.
func (c *Chats) Mark(ctx context.Context, p Principal, r MarkRequest) (Empty, error) {
	if r.Value != "" && r.Value != "good" && r.Value != "bad" {
		return Empty{}, &Error{Code: ProblemBadRequest}
	}
	record, err := c.app.historyOf(r.MessageID).Message(ctx, p.OwnerID, r.MessageID)
	if err != nil {
		return Empty{}, err
	}
	if record.Role != "assistant" {
		return Empty{}, &Error{Code: ProblemBadRequest}
	}
	if record.Status == storage.MessageRunning {
		return Empty{}, &Error{Code: ProblemChatBusy}
	}
	mark := markPart(&Mark{Value: r.Value, Reason: clip(strings.ToValidUTF8(strings.TrimSpace(r.Reason), "\uFFFD"), maxReason)})
	return Empty{}, c.replacePart(ctx, p, r.MessageID, partMark, func(parts []storage.Part) []storage.Part {
		if r.Value == "" {
			return parts
		}
		return append(parts, mark)
	})
}

// Marks counts what a person thought of the answers of each model.
func (c *Chats) Marks(ctx context.Context, p Principal, _ Empty) (MarkCounts, error) {
	counts := MarkCounts{Models: []ModelMarks{}}
	records, err := c.app.db.CountMarks(ctx, p.OwnerID)
	for _, record := range records {
		if record.Model != "" { // marks of passages say nothing of a model
			counts.Models = append(counts.Models, ModelMarks{Model: record.Model, Good: record.Good, Bad: record.Bad})
		}
	}
	return counts, err
}

// markPart is how a message keeps its mark: storage finds it by the text.
func markPart(m *Mark) storage.Part {
	part := storage.Part{Type: partMark, Text: m.Value}
	if m.Reason != "" {
		part.Data = mustJSON(m.Reason)
	}
	return part
}

func markIn(part storage.Part) *Mark {
	mark := Mark{Value: part.Text}
	if reason := decoded[string](part.Data); reason != nil {
		mark.Reason = *reason
	}
	return &mark
}
