package transfer

import (
	"net/http"
	"strconv"
	"strings"
)

// OllamaChat is a conversation of Ollama's desktop app, whose database somebody
// else reads. Times are as they are written there.
type OllamaChat struct {
	ID, Title, CreatedAt string
	Messages             []OllamaMessage
}

// OllamaMessage is one of its messages, in the order they were said.
type OllamaMessage struct {
	ID                        int64
	Role, Text, Thinking      string
	Result                    string // of a tool, as JSON
	Model, CreatedAt, Updated string
	Tools                     []OllamaTool
	Attachments               []OllamaAttachment
}

// OllamaTool is a call that a model made, with what came back.
type OllamaTool struct{ Name, Arguments, Result string }

// OllamaAttachment is a file that a person gave.
type OllamaAttachment struct {
	Name    string
	Content []byte
}

// Chat is the conversation as it is kept here.
func (o OllamaChat) Chat() Chat {
	chat := Chat{ID: o.ID, Title: o.Title, TitleSource: "user", CreatedAt: int64(momentOf(o.CreatedAt))}
	chat.UpdatedAt = chat.CreatedAt
	var drafts []draft
	before := ""
	for _, m := range o.Messages {
		d := draft{Message: Message{ID: strconv.FormatInt(m.ID, 10), ParentID: before, Role: m.Role, Model: m.Model, CreatedAt: int64(momentOf(m.CreatedAt)), UpdatedAt: int64(momentOf(m.Updated))}}
		chat.UpdatedAt = max(chat.UpdatedAt, d.CreatedAt)
		before = d.ID
		if m.Role == "system" {
			chat.Instructions = firstOf(chat.Instructions, m.Text)
			d.hidden = true
		}
		if m.Role == "user" {
			d.Model = "" // the one that was asked
		}
		d.think(strings.TrimSpace(m.Thinking))
		for _, t := range m.Tools {
			d.think(call(t.Name, t.Arguments))
			if t.Result != "" {
				d.think(fenced("", t.Result))
			}
		}
		if m.Role == "tool" {
			if m.Text != "" {
				d.think(fenced("", m.Text))
			}
			d.foreign([]byte(m.Result))
		} else {
			d.say(m.Text)
		}
		for _, a := range m.Attachments {
			if strings.HasPrefix(http.DetectContentType(a.Content), "text/") && len(a.Content) > 0 {
				d.say(a.Name + "\n\n" + fenced("", string(a.Content)))
				continue
			}
			d.picture(&chat, a.Content, a.Name)
		}
		drafts = append(drafts, d)
	}
	chat.take(drafts, before)
	return chat
}
