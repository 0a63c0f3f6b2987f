package transfer

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strconv"
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

type openWebUIMessage struct {
	ID       string          `json:"id"`
	Parent   string          `json:"parentId"`
	Children []string        `json:"childrenIds"`
	Role     string          `json:"role"`
	Content  json.RawMessage `json:"content"`
	Model    string          `json:"model"`
	Created  moment          `json:"timestamp"`
	Files    []struct {
		Type string `json:"type"`
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"files"`
	Error   json.RawMessage `json:"error"`
	Sources []struct {
		Source struct {
			Name string `json:"name"`
		} `json:"source"`
		Document []string `json:"document"`
	} `json:"sources"`
	Output []struct {
		Type      string          `json:"type"`
		Name      string          `json:"name"`
		Arguments string          `json:"arguments"`
		Content   json.RawMessage `json:"content"`
		Output    json.RawMessage `json:"output"`
	} `json:"output"`
}

func readOpenWebUI(raw json.RawMessage, _ attachments) (Chat, error) {
	var in openWebUIChat
	err := json.Unmarshal(raw, &in)
	if err == nil && len(in.Chat.History.Messages) == 0 && len(in.Chat.Messages) == 0 { // the chat without its record
		err = json.Unmarshal(raw, &in.Chat)
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

func (c *Chat) openWebUIDraft(m openWebUIMessage) draft {
	d := draft{Message: Message{ID: m.ID, ParentID: m.Parent, Role: m.Role, Model: m.Model, CreatedAt: int64(m.Created)}}
	text := resultText(m.Content)
	if m.Role == "system" {
		c.Instructions = firstOf(c.Instructions, text)
		d.hidden = true
		return d
	}
	said := false
	for _, step := range m.Output {
		switch step.Type {
		case "reasoning":
			d.think(resultText(step.Content))
		case "function_call":
			d.think(call(step.Name, step.Arguments))
		case "function_call_output":
			d.think(fenced("", resultText(step.Output)))
		case "message":
			answer := resultText(step.Content)
			said = said || answer != ""
			d.say(answer)
		}
	}
	if !said {
		d.folded(text, len(m.Output) == 0)
	}
	for _, f := range m.Files {
		d.picture(c, dataURL(f.URL), f.Name)
	}
	if d.empty() && len(m.Error) > 0 {
		var problem struct {
			Content string `json:"content"`
		}
		if json.Unmarshal(m.Error, &problem) == nil {
			d.say(problem.Content)
		}
	}
	for i, source := range m.Sources {
		if source.Source.Name != "" {
			d.say(sourceLine(i+1, source.Source.Name, source.Document))
		}
	}
	return d
}

// sourceLine names a source of an answer with what was read of it.
func sourceLine(n int, name string, passages []string) string {
	line := "[" + strconv.Itoa(n) + "] " + name
	for _, p := range passages {
		line += "\n> " + strings.ReplaceAll(strings.TrimSpace(p), "\n", "\n> ")
	}
	return line
}

// details are the folded parts that Open WebUI writes into an answer's text.
var details = regexp.MustCompile(`(?s)<details type="(\w+)"[^>]*>(.*?)</details>\s*`)

var summary = regexp.MustCompile(`(?s)<summary>(.*?)</summary>\s*`)

// folded takes thoughts and tools out of an answer's text.
func (d *draft) folded(text string, thoughts bool) {
	rest := details.ReplaceAllStringFunc(text, func(block string) string {
		if thoughts {
			inner := summary.ReplaceAllString(details.FindStringSubmatch(block)[2], "")
			lines := strings.Split(strings.TrimSpace(html.UnescapeString(inner)), "\n")
			for i := range lines {
				lines[i] = strings.TrimPrefix(strings.TrimPrefix(lines[i], ">"), " ")
			}
			d.think(strings.TrimSpace(strings.Join(lines, "\n")))
		}
		return ""
	})
	d.thoughtAndSaid(strings.TrimSpace(rest))
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
