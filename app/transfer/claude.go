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
	UUID        string            `json:"uuid"`
	Parent      string            `json:"parent_message_uuid"`
	Sender      string            `json:"sender"`
	Text        string            `json:"text"`
	Created     moment            `json:"created_at"`
	Updated     moment            `json:"updated_at"`
	Content     []json.RawMessage `json:"content"`
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

func readClaude(raw json.RawMessage, files attachments) (Chat, error) {
	var in claudeChat
	if err := tolerant(raw, &in); err != nil {
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
			chat.claudeBlock(&d, block, files)
		}
		if len(d.Parts) == 0 {
			d.say(m.Text)
		}
		for _, a := range m.Attachments {
			if a.Text == "" {
				d.attach(&chat, files, "", a.Name)
				continue
			}
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
