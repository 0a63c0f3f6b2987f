package transfer

import (
	"encoding/json"
	"slices"
	"strings"
)

// claudeBlock is a piece of a message.
type claudeBlock struct {
	Type      string           `json:"type"`
	Text      string           `json:"text"`
	Title     string           `json:"title"` // of something said aloud
	Thinking  string           `json:"thinking"`
	Summaries []claudeThought  `json:"summaries"` // what is shown of thoughts
	Citations []claudeCitation `json:"citations"`
	Name      string           `json:"name"`    // of a tool
	Input     json.RawMessage  `json:"input"`   // of a tool
	Content   json.RawMessage  `json:"content"` // a tool's result
}

type claudeThought struct {
	Summary string `json:"summary"`
}

// claudeCitation is a source of some words; places count code points.
type claudeCitation struct {
	End     int `json:"end_index"`
	Details struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"details"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

func (c *Chat) claudeBlock(d *draft, raw json.RawMessage, files attachments) {
	var b claudeBlock
	if tolerant(raw, &b) != nil {
		return
	}
	switch b.Type {
	case "text":
		d.say(b.cited())
	case "thinking":
		shown := b.Thinking
		for _, s := range b.Summaries {
			if b.Thinking == "" {
				shown = paragraphs(shown, s.Summary)
			}
		}
		d.think(shown)
	case "tool_use", "server_tool_use":
		if document := artifact(b); document != "" {
			d.say(document)
			return
		}
		d.think(call(b.Name, string(b.Input)))
	case "tool_result":
		c.claudeResult(d, b.Content, files)
	case "token_budget", "flag": // nothing that was said
	default:
		if b.Text == "" {
			d.foreign(raw)
		}
		d.say(paragraphs(b.Title, b.Text))
	}
}

// artifact is a document that Claude wrote beside the chat; "" for another tool.
func artifact(b claudeBlock) string {
	var made struct {
		Title    string `json:"title"`
		Language string `json:"language"`
		Kind     string `json:"type"`
		Content  string `json:"content"`
	}
	if b.Name != "artifacts" || tolerant(b.Input, &made) != nil || made.Content == "" {
		return ""
	}
	content := fenced(made.Language, made.Content)
	if made.Kind == "text/markdown" {
		content = made.Content
	}
	if made.Title == "" {
		return content
	}
	return "**" + made.Title + "**\n\n" + content
}

// cited is a text with its sources behind the words they are for.
func (b claudeBlock) cited() string {
	runes := []rune(b.Text)
	citations := slices.Clone(b.Citations)
	slices.SortStableFunc(citations, func(x, y claudeCitation) int { return x.End - y.End })
	for _, c := range slices.Backward(citations) {
		source := link(firstOf(c.Details.Title, c.Title), firstOf(c.Details.URL, c.URL))
		if source == "" {
			continue
		}
		end := c.End
		if end <= 0 || end > len(runes) {
			end = len(runes)
		}
		runes = slices.Concat(runes[:end], []rune(" ("+source+")"), runes[end:])
	}
	return string(runes)
}

// claudeResult adds what a tool gave back: texts, pages that were found, pictures.
func (c *Chat) claudeResult(d *draft, raw json.RawMessage, files attachments) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if text != "" {
			d.think(fenced("", text))
		}
		return
	}
	var pieces []json.RawMessage
	if json.Unmarshal(raw, &pieces) != nil {
		d.foreign(raw)
		return
	}
	var texts []string
	for _, one := range pieces {
		var piece struct {
			Text  string `json:"text"`
			Title string `json:"title"`
			URL   string `json:"url"`
			File  string `json:"file_uuid"`
		}
		_ = tolerant(one, &piece) // it was decoded once already
		switch source := link(piece.Title, piece.URL); {
		case piece.File != "":
			d.attach(c, files, piece.File, firstOf(piece.Title, piece.File))
		case source != "":
			d.think(paragraphs(source, quoted(piece.Text)))
		case piece.Text != "":
			texts = append(texts, piece.Text)
		default:
			d.foreign(one)
		}
	}
	if len(texts) > 0 {
		d.think(fenced("", strings.Join(texts, "\n\n")))
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
