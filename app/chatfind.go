package app

import (
	"context"
	"strings"
)

// Find looks for words in the branch of a chat that is shown, in all of it,
// whatever part of it a page holds. Words are found as they are typed, in any
// letter case and across the marks of Markdown.
func (c *Chats) Find(ctx context.Context, p Principal, r FindRequest) (FindResult, error) {
	result := FindResult{Matches: []FindMatch{}}
	record, err := c.app.history(r.ChatID).Chat(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return result, err
	}
	words := foundText(clip(r.Query, 200))
	if words == "" {
		return result, nil
	}
	nodes, err := c.app.history(r.ChatID).MessageTree(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return result, err
	}
	shown := pathTo(nodes, record.ActiveLeaf)
	stored, err := c.app.history(r.ChatID).MessagesOf(ctx, p.OwnerID, r.ChatID, shown)
	if err != nil {
		return result, err
	}
	texts := make(map[string]string, len(stored))
	for _, m := range stored {
		for _, part := range m.Parts {
			if part.Type == partText {
				texts[m.ID] += part.Text
			}
		}
	}
	for position, id := range shown {
		text := texts[id]
		if running := c.app.answers.get(id); running != nil {
			text = running.snapshot().Text
		}
		if n := strings.Count(foundText(text), words); n > 0 {
			result.Matches = append(result.Matches, FindMatch{MessageID: id, Position: position, Count: n})
		}
	}
	return result, nil
}

// foundText is a text as it is compared: without the marks that a page does not
// show, and with single blanks.
func foundText(text string) string {
	text = strings.Map(func(r rune) rune {
		switch r {
		case '*', '_', '`':
			return -1
		case '|', '#':
			return ' '
		}
		return r
	}, strings.ToLower(text))
	return strings.Join(strings.Fields(text), " ")
}
