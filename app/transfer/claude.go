package transfer

import (
	"encoding/json"
	"strings"
)

// claudeChat is one element of Claude's conversations.json.
type claudeChat struct {
	UUID     string          `json:"uuid"`
	Name     string          `json:"name"`
	Created  moment          `json:"created_at"`
	Updated  moment          `json:"updated_at"`
	Model    string          `json:"model"`
	Starred  bool            `json:"is_starred"`
	Leaf     string          `json:"current_leaf_message_uuid"`
	Messages []claudeMessage `json:"chat_messages"`
	Project  struct {
		Name string `json:"name"`
	} `json:"project"`
}

type claudeMessage struct {
	UUID        string        `json:"uuid"`
	Parent      string        `json:"parent_message_uuid"`
	Sender      string        `json:"sender"`
	Text        string        `json:"text"`
	Created     moment        `json:"created_at"`
	Updated     moment        `json:"updated_at"`
	Content     []claudeBlock `json:"content"`
	Attachments []struct {
		Name string `json:"file_name"`
		Text string `json:"extracted_content"`
	} `json:"attachments"`
	Files   []claudeFile `json:"files"`
	FilesV2 []claudeFile `json:"files_v2"`
}

type claudeFile struct {
	UUID string `json:"file_uuid"`
	Name string `json:"file_name"`
}

type claudeBlock struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	Thinking string          `json:"thinking"`
	Name     string          `json:"name"`    // of a tool
	Input    json.RawMessage `json:"input"`   // of a tool
	Content  json.RawMessage `json:"content"` // a tool's result
}

func readClaude(raw json.RawMessage, files attachments) (Chat, error) {
	var in claudeChat
	if err := json.Unmarshal(raw, &in); err != nil {
		return Chat{}, unreadable("claude", err)
	}
	chat := Chat{ID: in.UUID, Title: in.Name, TitleSource: "user", CreatedAt: int64(in.Created), UpdatedAt: max(int64(in.Updated), int64(in.Created))}
	if in.Starred {
		chat.PinnedAt = chat.UpdatedAt
	}
	if in.Project.Name != "" {
		chat.FolderPath = []string{in.Project.Name}
	}
	var drafts []draft
	before := "" // exports before 2025 have no parents: one message follows the other
	for _, m := range in.Messages {
		d := draft{Message: Message{ID: m.UUID, ParentID: m.Parent, Role: "user", CreatedAt: int64(m.Created), UpdatedAt: int64(m.Updated)}}
		if m.Sender == "assistant" {
			d.Role, d.Model = "assistant", in.Model
		}
		if m.Parent == "" {
			d.ParentID = before
		}
		before = m.UUID
		for _, block := range m.Content {
			d.claude(block)
		}
		if len(d.Parts) == 0 {
			d.say(m.Text)
		}
		for _, a := range m.Attachments {
			d.say(strings.TrimSpace(a.Name + "\n\n" + fenced("", a.Text)))
		}
		attached := m.Files
		if len(attached) == 0 {
			attached = m.FilesV2
		}
		for _, f := range attached {
			d.attach(&chat, files, f.UUID, f.Name)
		}
		drafts = append(drafts, d)
	}
	if in.Leaf == "" {
		in.Leaf = before
	}
	chat.take(drafts, in.Leaf)
	return chat, nil
}

func (d *draft) claude(b claudeBlock) {
	switch b.Type {
	case "thinking":
		d.think(b.Thinking)
	case "tool_use":
		var artifact struct {
			Title    string `json:"title"`
			Language string `json:"language"`
			Content  string `json:"content"`
		}
		if json.Unmarshal(b.Input, &artifact) == nil && b.Name == "artifacts" && artifact.Content != "" {
			d.say(strings.TrimSpace("**" + artifact.Title + "**\n\n" + fenced(artifact.Language, artifact.Content)))
			return
		}
		d.think(call(b.Name, string(b.Input)))
	case "tool_result":
		if text := resultText(b.Content); text != "" {
			d.think(fenced("", text))
		}
	default:
		d.say(b.Text)
	}
}

// resultText is a tool's result: a text, or a list of pieces with text.
func resultText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var pieces []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &pieces) != nil {
		return ""
	}
	var texts []string
	for _, p := range pieces {
		if p.Text != "" {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n\n")
}
