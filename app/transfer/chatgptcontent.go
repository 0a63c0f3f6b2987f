package transfer

import (
	"encoding/json"
	"slices"
	"strings"
)

type chatgptMessage struct {
	Author struct {
		Role string `json:"role"`
		Name string `json:"name"`
	} `json:"author"`
	Created   moment         `json:"create_time"`
	Updated   moment         `json:"update_time"`
	Content   chatgptContent `json:"content"`
	Recipient string         `json:"recipient"`
	Metadata  struct {
		Model       string `json:"model_slug"`
		Hidden      bool   `json:"is_visually_hidden_from_conversation"`
		Attachments []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"attachments"`
		References []chatgptReference `json:"content_references"`
		Citations  []chatgptCitation  `json:"citations"`
		// Reply is the part of an answer that a question is about.
		Reply string `json:"targeted_reply"`
		// Run is what code drew; its text stands in the content too.
		Run struct {
			Messages []struct {
				Image string `json:"image_url"`
			} `json:"messages"`
		} `json:"aggregate_result"`
	} `json:"metadata"`
}

// chatgptContent is what a message holds, in one of about twenty kinds.
type chatgptContent struct {
	chatgptFields
	whole json.RawMessage
}

type chatgptFields struct {
	Type     string            `json:"content_type"`
	Parts    []json.RawMessage `json:"parts"`
	Text     string            `json:"text"`
	Result   string            `json:"result"`
	Recap    string            `json:"content"`    // of reasoning_recap
	Output   string            `json:"output_str"` // of citable_code_output
	Name     string            `json:"name"`       // of an error
	Title    string            `json:"title"`      // of a page that was read
	URL      string            `json:"url"`
	Memory   string            `json:"model_set_context"`
	Language string            `json:"language"`
	// What people told ChatGPT about themselves.
	Profile      string `json:"user_profile"`
	Instructions string `json:"user_instructions"`
	Thoughts     []struct {
		Summary string `json:"summary"`
		Content string `json:"content"`
	} `json:"thoughts"`
	// Of a page that was looked at.
	Screenshot json.RawMessage `json:"screenshot"`
	Page       struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"state"`
}

// UnmarshalJSON keeps the whole beside the fields that are known.
func (c *chatgptContent) UnmarshalJSON(raw []byte) error {
	c.whole = slices.Clone(raw)
	return tolerant(raw, &c.chatgptFields)
}

// chatgptReference is a mark in the text and what stands for it on the page.
type chatgptReference struct {
	Matched string `json:"matched_text"`
	Shown   string `json:"alt"`
	Type    string `json:"type"`
	Name    string `json:"name"` // of a file
	Items   []struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"items"`
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
	d.say(quoted(m.Metadata.Reply))
	c.chatgptContent(&d, m, files)
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

func (c *Chat) chatgptContent(d *draft, m *chatgptMessage, files attachments) {
	in := m.Content
	inner := d.Role == "tool" || m.Recipient != "" && m.Recipient != "all" // not addressed to the person
	say := d.say
	if inner {
		say = d.think
	}
	for _, t := range in.Thoughts {
		d.think(strings.TrimSpace(t.Summary + "\n\n" + t.Content))
	}
	d.think(paragraphs(in.Recap, in.Memory))
	d.think(paragraphs(in.Name, link(in.Title, in.URL), link(in.Page.Title, in.Page.URL)))
	if in.Output != "" {
		d.think(fenced("", in.Output))
	}
	for _, text := range []string{in.Text, in.Result} {
		switch {
		case text != "" && d.canvas(m.Recipient, text):
		case text != "" && (in.Type == "code" || inner):
			say(fenced(in.Language, text))
		default:
			say(text)
		}
	}
	for _, part := range in.Parts {
		if !d.canvas(m.Recipient, firstText([]json.RawMessage{part})) {
			c.chatgptPart(d, part, say, files)
		}
	}
	if len(in.Screenshot) > 0 {
		c.chatgptPart(d, in.Screenshot, say, files)
	}
	for _, run := range m.Metadata.Run.Messages {
		if run.Image != "" {
			c.chatgptAsset(d, "image", run.Image, files)
		}
	}
	switch in.Type { // those that may well be empty
	case "", "text", "code", "thoughts", "multimodal_text", "execution_output", "reasoning_recap", "model_editable_context":
		return
	}
	if d.empty() {
		d.foreign(in.whole)
	}
}

// canvas says a document that ChatGPT wrote beside the chat, in its canvas.
func (d *draft) canvas(recipient, text string) bool {
	var document struct {
		Name    string `json:"name"`
		Kind    string `json:"type"`
		Content string `json:"content"`
	}
	if !strings.HasPrefix(recipient, "canmore.") || json.Unmarshal([]byte(text), &document) != nil || document.Content == "" {
		return false
	}
	content := document.Content
	if language, code := strings.CutPrefix(document.Kind, "code/"); code {
		content = fenced(language, content)
	}
	if document.Name != "" {
		content = "**" + document.Name + "**\n\n" + content
	}
	d.say(content)
	return true
}

// chatgptPart adds a piece: text, a picture, or what was said aloud.
func (c *Chat) chatgptPart(d *draft, raw json.RawMessage, say func(string), files attachments) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		say(text)
		return
	}
	type asset struct {
		Asset string `json:"asset_pointer"`
	}
	var object struct {
		Type string `json:"content_type"`
		Text string `json:"text"`
		asset
		Audio    asset   `json:"audio_asset_pointer"` // of a call
		Video    asset   `json:"video_container_asset_pointer"`
		Frames   []asset `json:"frames_asset_pointers"`
		Metadata struct {
			Dalle struct {
				Prompt string `json:"prompt"`
			} `json:"dalle"`
		} `json:"metadata"`
	}
	if tolerant(raw, &object) != nil {
		return
	}
	d.think(object.Metadata.Dalle.Prompt)
	say(object.Text)
	assets := append([]asset{object.asset, object.Audio, object.Video}, object.Frames...)
	known := object.Text != ""
	for _, one := range assets {
		if one.Asset != "" {
			known = true
			c.chatgptAsset(d, object.Type, one.Asset, files)
		}
	}
	if !known {
		d.foreign(raw)
	}
}

// chatgptAsset adds a file by its address, or its kind and name if it is not there.
func (c *Chat) chatgptAsset(d *draft, kind, address string, files attachments) {
	id := address
	if _, rest, has := strings.Cut(id, "://"); has {
		id = rest
	}
	id, _, _ = strings.Cut(id, "#")
	before := c.LeftOut
	if d.attach(c, files, id, ""); c.LeftOut > before {
		d.say("[" + strings.TrimSpace(kind+" "+id) + "]")
	}
}

// linked writes references to web pages, which stand in the text as marks, as links.
func (m *chatgptMessage) linked(text string) string {
	for _, r := range m.Metadata.References {
		if strings.TrimSpace(r.Matched) == "" {
			continue
		}
		shown := r.Shown
		if shown == "" && r.Type != "hidden" {
			var links []string
			for _, item := range r.Items {
				links = append(links, link(item.Title, item.URL))
			}
			if shown = firstOf(strings.Join(links, ", "), r.Name); shown != "" {
				shown = "(" + shown + ")"
			}
		}
		text = strings.Replace(text, r.Matched, shown, 1)
	}
	runes := []rune(text)
	for _, c := range slices.Backward(m.Metadata.Citations) {
		if c.Metadata.URL == "" || c.Start < 0 || c.Start >= c.End || c.End > len(runes) {
			continue
		}
		mark := []rune(" ([" + c.Metadata.Title + "](" + c.Metadata.URL + "))")
		runes = slices.Concat(runes[:c.Start], mark, runes[c.End:])
	}
	return string(runes)
}
