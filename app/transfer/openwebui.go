package transfer

import (
	"encoding/json"
	"slices"
	"strings"
)

// openWebUIChat is a chat of Open WebUI, in its export of all chats and of one.
type openWebUIChat struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Chat     openWebUIBody `json:"chat"`
	Created  moment        `json:"created_at"`
	Updated  moment        `json:"updated_at"`
	Archived bool          `json:"archived"`
	Pinned   bool          `json:"pinned"`
	Meta     struct {
		Tags []string `json:"tags"`
	} `json:"meta"`
}

type openWebUIBody struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	System  string   `json:"system"`
	Models  []string `json:"models"`
	Created moment   `json:"timestamp"`
	Tags    []any    `json:"tags"` // names, or objects with one
	Params  struct {
		System string `json:"system"`
	} `json:"params"`
	History struct {
		Current  string                      `json:"currentId"`
		Messages map[string]openWebUIMessage `json:"messages"`
	} `json:"history"`
	// Messages is the branch that was shown; all there is in old exports.
	Messages []openWebUIMessage `json:"messages"`
}

func readOpenWebUI(raw json.RawMessage, _ attachments) (Chat, error) {
	var in openWebUIChat
	err := tolerant(raw, &in)
	if err == nil && len(in.Chat.History.Messages) == 0 && len(in.Chat.Messages) == 0 { // the chat without its record
		err = tolerant(raw, &in.Chat)
	}
	if err != nil {
		return Chat{}, unreadable("openwebui", err)
	}
	body := in.Chat
	chat := Chat{ID: in.ID, Title: in.Title, TitleSource: "user", CreatedAt: int64(in.Created), UpdatedAt: int64(in.Updated), Instructions: body.Params.System, Tags: in.Meta.Tags}
	chat.ID, chat.Title = firstOf(chat.ID, body.ID, body.Title), firstOf(chat.Title, body.Title)
	chat.Instructions = firstOf(chat.Instructions, body.System)
	if chat.CreatedAt == 0 {
		chat.CreatedAt = int64(body.Created)
	}
	chat.UpdatedAt = max(chat.UpdatedAt, chat.CreatedAt)
	for _, tag := range body.Tags {
		if object, is := tag.(map[string]any); is {
			tag = object["name"]
		}
		if name, is := tag.(string); is && !slices.Contains(chat.Tags, name) {
			chat.Tags = append(chat.Tags, name)
		}
	}
	if in.Archived {
		chat.ArchivedAt = chat.UpdatedAt
	}
	if in.Pinned {
		chat.PinnedAt = chat.UpdatedAt
	}
	var drafts []draft
	for _, m := range body.listed() {
		d := chat.openWebUIDraft(m)
		if d.Model == "" && d.Role == "assistant" && len(body.Models) == 1 {
			d.Model = body.Models[0]
		}
		drafts = append(drafts, d)
	}
	leaf := body.History.Current
	if len(body.History.Messages) == 0 && len(drafts) > 0 {
		leaf = drafts[len(drafts)-1].ID
	}
	chat.take(drafts, leaf)
	return chat, nil
}

// listed are the messages by time, those of the tree if there is one.
func (b *openWebUIBody) listed() []openWebUIMessage {
	if len(b.History.Messages) == 0 {
		for i := 1; i < len(b.Messages); i++ {
			if b.Messages[i].Parent == "" {
				b.Messages[i].Parent = b.Messages[i-1].ID
			}
		}
		return b.Messages
	}
	var all []openWebUIMessage
	for id, m := range b.History.Messages {
		m.ID = id
		all = append(all, m)
	}
	place := map[string]int{} // among its siblings
	for _, m := range all {
		for i, child := range m.Children {
			place[child] = i
		}
	}
	slices.SortFunc(all, func(a, b openWebUIMessage) int {
		if a.Created != b.Created {
			return int(min(max(a.Created-b.Created, -1), 1))
		}
		if place[a.ID] != place[b.ID] {
			return place[a.ID] - place[b.ID]
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

// thoughtAndSaid splits an answer that begins with its thoughts in a tag.
func (d *draft) thoughtAndSaid(text string) {
	for _, tag := range []string{"think", "thinking"} {
		rest, begins := strings.CutPrefix(strings.TrimSpace(text), "<"+tag+">")
		if thought, answer, ends := strings.Cut(rest, "</"+tag+">"); begins && ends {
			d.think(strings.TrimSpace(thought))
			d.say(strings.TrimSpace(answer))
			return
		}
	}
	d.say(text)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
