package transfer

import (
	"encoding/json"
	"strings"
)

// noParent is what LibreChat writes for a first message.
const noParent = "00000000-0000-0000-0000-000000000000"

// libreChat is LibreChat's export of one chat. With "recursive" the messages
// stand in one another; without it they name their parents or just follow.
type libreChat struct {
	ID      string   `json:"conversationId"`
	Title   string   `json:"title"`
	Created moment   `json:"createdAt"`
	Updated moment   `json:"updatedAt"`
	Tags    []string `json:"tags"`
	Options struct {
		Model        string   `json:"model"`
		Instructions string   `json:"promptPrefix"`
		System       string   `json:"system"`
		Title        string   `json:"title"`
		Tags         []string `json:"tags"`
		Archived     bool     `json:"isArchived"`
	} `json:"options"`
	Tree     []libreMessage `json:"messagesTree"`
	Messages []libreMessage `json:"messages"`
}

type libreMessage struct {
	ID       string            `json:"messageId"`
	Parent   *string           `json:"parentMessageId"`
	Created  moment            `json:"createdAt"`
	Updated  moment            `json:"updatedAt"`
	User     bool              `json:"isCreatedByUser"`
	Sender   string            `json:"sender"`
	Model    *string           `json:"model"`
	Text     string            `json:"text"`
	Content  []json.RawMessage `json:"content"`
	Children []libreMessage    `json:"children"`
	Files    []libreFile       `json:"files"`
	Attached []libreFile       `json:"attachments"`
	// Plugin is what answered until tools came.
	Plugin  *librePlugin  `json:"plugin"`
	Plugins []librePlugin `json:"plugins"`
}

type libreFile struct {
	ID   string `json:"file_id"`
	Name string `json:"filename"`
	Path string `json:"filepath"`
	// Search is what was found on the web.
	Search struct {
		Pages []struct {
			Title string `json:"title"`
			URL   string `json:"link"`
			Text  string `json:"snippet"`
		} `json:"organic"`
	} `json:"web_search"`
}

func readLibreChat(raw json.RawMessage, files attachments) (Chat, error) {
	var in libreChat
	if err := tolerant(raw, &in); err != nil {
		return Chat{}, unreadable("librechat", err)
	}
	chat := Chat{
		ID: in.ID, Title: firstOf(in.Title, in.Options.Title), TitleSource: "user", CreatedAt: int64(in.Created), UpdatedAt: int64(in.Updated),
		Instructions: firstOf(in.Options.Instructions, in.Options.System), Tags: append(in.Tags, in.Options.Tags...),
	}
	drafts := chat.libreDrafts(append(in.Tree, in.Messages...), in.Options.Model, files)
	for _, d := range drafts { // the export has no times of the chat itself
		if chat.CreatedAt == 0 || d.CreatedAt != 0 && d.CreatedAt < chat.CreatedAt {
			chat.CreatedAt = d.CreatedAt
		}
		chat.UpdatedAt = max(chat.UpdatedAt, d.CreatedAt)
	}
	if in.Options.Archived {
		chat.ArchivedAt = chat.UpdatedAt
	}
	leaf := ""
	if len(drafts) > 0 {
		leaf = drafts[len(drafts)-1].ID
	}
	chat.take(drafts, leaf)
	return chat, nil
}

// libreDrafts lists a tree without recursion: it may be as deep as a file allows.
func (c *Chat) libreDrafts(roots []libreMessage, model string, files attachments) []draft {
	type place struct {
		message libreMessage
		parent  string
	}
	var drafts []draft
	before := ""
	var stack []place
	push := func(messages []libreMessage, parent string) {
		for i := len(messages) - 1; i >= 0; i-- {
			stack = append(stack, place{messages[i], parent})
		}
	}
	push(roots, "")
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		m := at.message
		d := c.libreDraft(m, files)
		switch {
		case at.parent != "":
			d.ParentID = at.parent
		case m.Parent == nil:
			d.ParentID = before
		case *m.Parent != noParent:
			d.ParentID = *m.Parent
		}
		if d.Role == "assistant" && d.Model == "" {
			d.Model = firstOf(model, m.Sender)
		}
		before = d.ID
		drafts = append(drafts, d)
		push(m.Children, m.ID)
	}
	return drafts
}

func (c *Chat) libreDraft(m libreMessage, files attachments) draft {
	d := draft{Message: Message{ID: m.ID, Role: "assistant", CreatedAt: int64(m.Created), UpdatedAt: int64(m.Updated)}}
	if m.User || strings.EqualFold(m.Sender, "user") {
		d.Role = "user"
	} else if m.Model != nil {
		d.Model = *m.Model
	}
	for _, part := range m.Content {
		c.librePart(&d, part, files)
	}
	for _, p := range append(m.Plugins, m.oldPlugins()...) {
		d.librePlugin(p)
	}
	if !said(d.Parts) {
		text := m.Text
		if rest, begins := strings.CutPrefix(text, ":::thinking\n"); begins {
			thought, answer, _ := strings.Cut(rest, "\n:::")
			d.think(strings.TrimSpace(thought))
			text = strings.TrimSpace(answer)
		}
		d.say(text)
	}
	for _, f := range append(m.Files, m.Attached...) {
		for _, page := range f.Search.Pages {
			d.think(paragraphs(link(page.Title, page.URL), quoted(page.Text)))
		}
		if f.Name == "" && f.ID == "" {
			continue // an attachment that is no file, such as the results of a search
		}
		d.attach(c, files, f.ID, f.Name)
	}
	return d
}

// valueText is a text, or that of an object that holds it as its value.
func valueText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return ""
	}
	return object.Value
}
