package transfer

import (
	"encoding/json"
	"fmt"
	"strings"
)

// chatgptChat is one element of ChatGPT's conversations.json: messages are
// nodes of a tree, in a map by id.
type chatgptChat struct {
	ID      string                 `json:"id"`
	OldID   string                 `json:"conversation_id"`
	Title   string                 `json:"title"`
	Created float64                `json:"create_time"` // seconds
	Updated float64                `json:"update_time"`
	Current string                 `json:"current_node"`
	Mapping map[string]chatgptNode `json:"mapping"`
}

type chatgptNode struct {
	Parent   string   `json:"parent"`
	Children []string `json:"children"`
	Message  *struct {
		ID     string `json:"id"`
		Author struct {
			Role string `json:"role"`
		} `json:"author"`
		Created float64 `json:"create_time"`
		Content struct {
			Type     string            `json:"content_type"`
			Parts    []json.RawMessage `json:"parts"`
			Text     string            `json:"text"`
			Thoughts []struct {
				Content string `json:"content"`
			} `json:"thoughts"`
		} `json:"content"`
		Metadata struct {
			Model  string `json:"model_slug"`
			Hidden bool   `json:"is_visually_hidden_from_conversation"`
		} `json:"metadata"`
	} `json:"message"`
}

func readChatGPT(raw json.RawMessage) (Chat, error) {
	var in chatgptChat
	if err := json.Unmarshal(raw, &in); err != nil {
		return Chat{}, err
	}
	chat := Chat{ID: in.ID, Title: in.Title, TitleSource: "user", CreatedAt: milliseconds(in.Created), UpdatedAt: milliseconds(in.Updated)}
	if chat.ID == "" {
		chat.ID = in.OldID
	}
	// shown is the message that stands for a node: itself, or the nearest one
	// above it that people saw.
	shown := map[string]string{}
	seen := map[string]bool{}
	var walk func(id, parent string)
	walk = func(id, parent string) {
		node, known := in.Mapping[id]
		if !known || seen[id] {
			return
		}
		seen[id] = true
		if m, visible := chatgptMessage(id, node); visible {
			m.ParentID = parent
			if m.CreatedAt == 0 {
				m.CreatedAt = chat.CreatedAt
			}
			m.UpdatedAt = m.CreatedAt
			chat.Messages = append(chat.Messages, m)
			parent = id
		}
		shown[id] = parent
		for _, child := range node.Children {
			walk(child, parent)
		}
	}
	for id, node := range in.Mapping {
		if _, has := in.Mapping[node.Parent]; !has {
			walk(id, "")
		}
	}
	chat.ActiveLeaf = shown[in.Current]
	return chat, nil
}

func chatgptMessage(id string, node chatgptNode) (Message, bool) {
	m := node.Message
	if m == nil || m.Metadata.Hidden || m.Author.Role != "user" && m.Author.Role != "assistant" {
		return Message{}, false
	}
	var text, thought strings.Builder
	for _, part := range m.Content.Parts {
		if words := chatgptPart(part); words != "" {
			if text.Len() > 0 {
				text.WriteString("\n\n")
			}
			text.WriteString(words)
		}
	}
	for _, t := range m.Content.Thoughts {
		thought.WriteString(t.Content + "\n")
	}
	switch {
	case m.Content.Text != "" && m.Content.Type == "code":
		fmt.Fprintf(&text, "```\n%s\n```", m.Content.Text)
	case m.Content.Text != "":
		text.WriteString(m.Content.Text)
	}
	out := Message{ID: id, Role: m.Author.Role, Status: "complete", Model: m.Metadata.Model, CreatedAt: milliseconds(m.Created), Parts: parts(strings.TrimSpace(thought.String()), text.String())}
	return out, len(out.Parts) > 0
}

// chatgptPart is the text of a part, or a note of what it was.
func chatgptPart(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		Type  string `json:"content_type"`
		Text  string `json:"text"`
		Asset string `json:"asset_pointer"`
	}
	if json.Unmarshal(raw, &object) != nil || object.Type == "" {
		return ""
	}
	if object.Text != "" {
		return object.Text
	}
	return strings.TrimSpace("[" + object.Type + " " + object.Asset + "]")
}

func milliseconds(seconds float64) int64 { return int64(seconds * 1000) }
