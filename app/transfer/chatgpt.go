package transfer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// chatgptChat is one element of ChatGPT's conversations.json: messages are
// nodes of a tree, in a map by id.
type chatgptChat struct {
	ID       string                 `json:"id"`
	OldID    string                 `json:"conversation_id"`
	Title    string                 `json:"title"`
	Created  moment                 `json:"create_time"`
	Updated  moment                 `json:"update_time"`
	Current  string                 `json:"current_node"`
	Archived bool                   `json:"is_archived"`
	Starred  *bool                  `json:"is_starred"`
	Model    string                 `json:"default_model_slug"`
	Mapping  map[string]chatgptNode `json:"mapping"`
}

type chatgptNode struct {
	Parent   string          `json:"parent"`
	Children []string        `json:"children"`
	Message  *chatgptMessage `json:"message"`
}

func readChatGPT(raw json.RawMessage, files attachments) (Chat, error) {
	var in chatgptChat
	if err := tolerant(raw, &in); err != nil {
		return Chat{}, unreadable("chatgpt", err)
	}
	chat := Chat{ID: in.ID, Title: in.Title, TitleSource: "user", CreatedAt: int64(in.Created), UpdatedAt: max(int64(in.Updated), int64(in.Created))}
	if chat.ID == "" {
		chat.ID = in.OldID
	}
	if in.Archived {
		chat.ArchivedAt = chat.UpdatedAt
	}
	if in.Starred != nil && *in.Starred {
		chat.PinnedAt = chat.UpdatedAt
	}
	var drafts []draft
	for _, id := range in.nodes() {
		d := chat.chatgptDraft(in.Mapping[id].Message, files)
		d.ID, d.ParentID = id, in.Mapping[id].Parent
		if d.Model == "" && d.Role == "assistant" {
			d.Model = in.Model
		}
		drafts = append(drafts, d)
	}
	chat.take(drafts, in.Current)
	return chat, nil
}

// nodes are the ids in the order of the tree, each node's children as it lists
// them; what no beginning leads to comes last.
func (in *chatgptChat) nodes() []string {
	all := make([]string, 0, len(in.Mapping))
	for id := range in.Mapping {
		all = append(all, id)
	}
	slices.Sort(all)
	seen := map[string]bool{}
	var listed []string
	walk := func(start string) {
		for stack := []string{start}; len(stack) > 0; {
			id := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if _, known := in.Mapping[id]; !known || seen[id] {
				continue
			}
			seen[id] = true
			listed = append(listed, id)
			for _, child := range slices.Backward(in.Mapping[id].Children) {
				stack = append(stack, child)
			}
		}
	}
	for _, id := range all {
		if _, has := in.Mapping[in.Mapping[id].Parent]; !has {
			walk(id)
		}
	}
	for _, id := range all {
		walk(id)
	}
	return listed
}

func firstText(parts []json.RawMessage) string {
	var text string
	if len(parts) > 0 && json.Unmarshal(parts[0], &text) != nil {
		return ""
	}
	return text
}

// call is what a model asked a tool.
func call(name, input string) string {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(input)) != nil {
		return name + "\n\n" + fenced("", input)
	}
	return name + "\n\n" + fenced("json", compact.String())
}

// fenced is code in Markdown, its fence longer than any in it.
func fenced(language, code string) string {
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	if language == "unknown" {
		language = ""
	}
	return fence + language + "\n" + strings.TrimRight(code, "\n") + "\n" + fence
}
