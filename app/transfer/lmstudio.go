package transfer

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// lmStudioChat is a file of LM Studio's folder "conversations". Each message
// has versions, of which one is shown; an answer is made of steps.
type lmStudioChat struct {
	Name      string `json:"name"`
	Created   moment `json:"createdAt"`
	Asked     moment `json:"userLastMessagedAt"`
	Answered  moment `json:"assistantLastMessagedAt"`
	System    string `json:"systemPrompt"`
	Unsent    string `json:"clientInput"` // written and not sent
	Pinned    bool   `json:"pinned"`
	LastModel struct {
		Identifier string `json:"identifier"`
	} `json:"lastUsedModel"`
	Messages []struct {
		Versions []lmStudioVersion `json:"versions"`
		Selected int               `json:"currentlySelected"`
	} `json:"messages"`
}

type lmStudioVersion struct {
	Type    string            `json:"type"` // singleStep or multiStep
	Role    string            `json:"role"`
	Content []lmStudioContent `json:"content"`
	Steps   []lmStudioStep    `json:"steps"`
	Sender  struct {
		Name string `json:"senderName"`
	} `json:"senderInfo"`
}

type lmStudioStep struct {
	Type       string            `json:"type"` // contentBlock, toolStatus, debugInfoBlock …
	Identifier string            `json:"stepIdentifier"`
	Content    []lmStudioContent `json:"content"`
	Style      struct {
		Type string `json:"type"`
	} `json:"style"`
	Generated struct {
		Identifier string `json:"identifier"`
	} `json:"genInfo"`
	// Of a passage that the answer is made from.
	Cited  string         `json:"citedText"`
	Source lmStudioSource `json:"source"`
	lmStudioSource
	// Of a tool that was called.
	State struct {
		Status struct {
			Type  string `json:"type"`
			Error string `json:"error"`
		} `json:"status"`
	} `json:"statusState"`
}

type lmStudioSource struct {
	File string `json:"fileName"`
}

type lmStudioContent struct {
	lmStudioFields
	whole json.RawMessage
}

// UnmarshalJSON keeps the whole beside the fields that are known.
func (c *lmStudioContent) UnmarshalJSON(raw []byte) error {
	c.whole = slices.Clone(raw)
	return tolerant(raw, &c.lmStudioFields)
}

type lmStudioFields struct {
	Type       string          `json:"type"`
	Text       string          `json:"text"`
	Structural bool            `json:"isStructural"`
	Name       string          `json:"name"`
	File       string          `json:"fileIdentifier"`
	Parameters json.RawMessage `json:"parameters"` // of a tool
	Result     json.RawMessage `json:"content"`    // of a tool
}

func readLMStudio(raw json.RawMessage, files attachments) (Chat, error) {
	var in lmStudioChat
	if err := tolerant(raw, &in); err != nil {
		return Chat{}, unreadable("lmstudio", err)
	}
	// A chat has no id but its file's name, which a person may change; the time it began in milliseconds is as good.
	chat := Chat{ID: strconv.FormatInt(int64(in.Created), 10), Title: in.Name, TitleSource: "user", CreatedAt: int64(in.Created), Instructions: in.System}
	chat.UpdatedAt = max(chat.CreatedAt, int64(in.Asked), int64(in.Answered))
	if in.Pinned {
		chat.PinnedAt = chat.UpdatedAt
	}
	if strings.TrimSpace(in.Unsent) != "" {
		chat.Draft = &Draft{Text: in.Unsent}
	}
	var drafts []draft
	parent := ""
	for i, m := range in.Messages {
		next := parent
		for v, version := range m.Versions {
			d := chat.lmStudioDraft(version, files)
			// There are no ids: the place and the words are one, so that what was changed there is another version here.
			d.ID, d.ParentID = fmt.Sprintf("%d.%d-%08x", i, v, version.words()), parent
			if d.Role == "assistant" && d.Model == "" {
				d.Model = in.LastModel.Identifier
			}
			drafts = append(drafts, d)
			if v == m.Selected || v == 0 {
				next = d.ID // what follows was said to the version that is shown
			}
		}
		parent = next
	}
	chat.take(drafts, parent)
	return chat, nil
}

// words is a short hash of what was said.
func (v lmStudioVersion) words() uint32 {
	h := fnv.New32a()
	for _, content := range v.Content {
		_, _ = h.Write([]byte(content.Text)) // never fails
	}
	for _, step := range v.Steps {
		for _, content := range step.Content {
			_, _ = h.Write([]byte(content.Text)) // never fails
		}
	}
	return h.Sum32()
}

func (c *Chat) lmStudioDraft(v lmStudioVersion, files attachments) draft {
	d := draft{Message: Message{Role: v.Role}}
	if v.Role == "system" {
		for _, content := range v.Content {
			c.Instructions = firstOf(c.Instructions, content.Text)
		}
		d.hidden = true
		return d
	}
	if v.Role == "assistant" {
		d.Model = v.Sender.Name
	}
	steps := v.Steps
	if len(steps) == 0 || !slices.ContainsFunc(steps, func(s lmStudioStep) bool { return len(s.Content) > 0 }) {
		steps = append(steps, lmStudioStep{Type: "contentBlock", Content: v.Content})
	}
	var text strings.Builder // steps of one answer are one text
	for _, step := range steps {
		if at, _, has := strings.Cut(step.Identifier, "-"); has && d.CreatedAt == 0 {
			d.CreatedAt = int64(momentOf(at))
		}
		d.Model = firstOf(step.Generated.Identifier, d.Model)
		switch step.Type {
		case "contentBlock":
		case "citationBlock":
			d.think(paragraphs(firstOf(step.Source.File, step.File), quoted(step.Cited)))
			continue
		default: // states and notes for the program
			d.think(step.State.Status.Error)
			continue
		}
		for _, content := range step.Content {
			switch {
			case content.Structural:
			case content.Type == "text" && step.Style.Type == "thinking":
				d.think(strings.TrimSpace(content.Text))
			case content.Type == "text":
				text.WriteString(content.Text)
			case content.Type == "toolCallRequest":
				d.think(call(content.Name, string(content.Parameters)))
			case content.Type == "toolCallResult":
				if result := firstOf(resultText(content.Result), string(content.Result)); result != "" {
					d.think(fenced("", result))
				}
			case content.Type == "file":
				d.attach(c, files, content.File, content.Name)
			default:
				d.foreign(content.whole)
			}
		}
	}
	d.thoughtAndSaid(text.String())
	return d
}
