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

type chatgptMessage struct {
	Author struct {
		Role string `json:"role"`
		Name string `json:"name"`
	} `json:"author"`
	Created moment `json:"create_time"`
	Updated moment `json:"update_time"`
	Content struct {
		Type     string            `json:"content_type"`
		Parts    []json.RawMessage `json:"parts"`
		Text     string            `json:"text"`
		Result   string            `json:"result"`
		Language string            `json:"language"`
		// What people told ChatGPT about themselves.
		Profile      string `json:"user_profile"`
		Instructions string `json:"user_instructions"`
		Thoughts     []struct {
			Summary string `json:"summary"`
			Content string `json:"content"`
		} `json:"thoughts"`
	} `json:"content"`
	Recipient string `json:"recipient"`
	Metadata  struct {
		Model       string `json:"model_slug"`
		Hidden      bool   `json:"is_visually_hidden_from_conversation"`
		Attachments []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"attachments"`
		References []struct {
			Matched string `json:"matched_text"`
			Shown   string `json:"alt"`
		} `json:"content_references"`
		Citations []chatgptCitation `json:"citations"`
	} `json:"metadata"`
}

// chatgptCitation is how answers named web pages until 2024; places count code points.
type chatgptCitation struct {
	Start    int `json:"start_ix"`
	End      int `json:"end_ix"`
	Metadata struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"metadata"`
}

func readChatGPT(raw json.RawMessage, files attachments) (Chat, error) {
	var in chatgptChat
	if err := json.Unmarshal(raw, &in); err != nil {
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

func (c *Chat) chatgptDraft(m *chatgptMessage, files attachments) draft {
	if m == nil {
		return draft{hidden: true}
	}
	d := draft{Message: Message{Role: m.Author.Role, Model: m.Metadata.Model, CreatedAt: int64(m.Created), UpdatedAt: int64(m.Updated)}}
	told := strings.TrimSpace(m.Content.Profile + "\n\n" + m.Content.Instructions)
	if told != "" {
		c.Instructions = told
	}
	if m.Metadata.Hidden || told != "" || d.Role == "system" {
		if text := strings.TrimSpace(firstText(m.Content.Parts)); d.Role == "system" && text != "" && c.Instructions == "" {
			c.Instructions = text
		}
		d.hidden = true
		return d
	}
	inner := d.Role == "tool" || m.Recipient != "" && m.Recipient != "all" // not addressed to the person
	say := d.say
	if inner {
		say = d.think
	}
	for _, t := range m.Content.Thoughts {
		d.think(strings.TrimSpace(t.Summary + "\n\n" + t.Content))
	}
	for _, text := range []string{m.Content.Text, m.Content.Result} {
		switch {
		case text != "" && (m.Content.Type == "code" || inner):
			say(fenced(m.Content.Language, text))
		default:
			say(text)
		}
	}
	for _, part := range m.Content.Parts {
		c.chatgptPart(&d, part, say, files)
	}
	for _, a := range m.Metadata.Attachments {
		if !slices.ContainsFunc(m.Content.Parts, func(p json.RawMessage) bool { return strings.Contains(string(p), a.ID) }) {
			d.attach(c, files, a.ID, a.Name)
		}
	}
	for i := range d.Parts {
		if d.Parts[i].Type == "text" {
			d.Parts[i].Text = m.linked(d.Parts[i].Text)
		}
	}
	return d
}

// chatgptPart adds a piece: text, a picture, or what was said aloud.
func (c *Chat) chatgptPart(d *draft, raw json.RawMessage, say func(string), files attachments) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		say(text)
		return
	}
	var object struct {
		Type  string `json:"content_type"`
		Text  string `json:"text"`
		Asset string `json:"asset_pointer"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return
	}
	switch {
	case object.Text != "":
		say(object.Text)
	case object.Asset != "":
		id := object.Asset
		if _, rest, has := strings.Cut(id, "://"); has {
			id = rest
		}
		id, _, _ = strings.Cut(id, "#")
		before := c.LeftOut
		if d.attach(c, files, id, ""); c.LeftOut > before {
			d.say("[" + object.Type + " " + id + "]")
		}
	}
}

// linked writes references to web pages, which stand in the text as marks, as links.
func (m *chatgptMessage) linked(text string) string {
	for _, r := range m.Metadata.References {
		if strings.TrimSpace(r.Matched) != "" {
			text = strings.Replace(text, r.Matched, r.Shown, 1)
		}
	}
	runes := []rune(text)
	for _, c := range slices.Backward(m.Metadata.Citations) {
		if c.Metadata.URL == "" || c.Start < 0 || c.Start >= c.End || c.End > len(runes) {
			continue
		}
		link := []rune(" ([" + c.Metadata.Title + "](" + c.Metadata.URL + "))")
		runes = slices.Concat(runes[:c.Start], link, runes[c.End:])
	}
	return string(runes)
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
	if json.Compact(&compact, []byte(input)) == nil {
		input = compact.String()
	}
	return name + "\n\n" + fenced("json", input)
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
