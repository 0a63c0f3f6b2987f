package transfer

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// janThread is the file thread.json of a folder in Jan's data folder; the
// messages are lines of messages.jsonl beside it.
type janThread struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Created    moment `json:"created"`
	Updated    moment `json:"updated"`
	Assistants []struct {
		Instructions string `json:"instructions"`
		Model        struct {
			ID string `json:"id"`
		} `json:"model"`
	} `json:"assistants"`
	Metadata struct {
		Title    string `json:"title"`
		Favorite bool   `json:"is_favorite"`
		Updated  moment `json:"updated_at"`
		Project  struct {
			Name string `json:"name"`
		} `json:"project"`
	} `json:"metadata"`
}

type janMessage struct {
	ID       string       `json:"id"`
	Role     string       `json:"role"`
	Content  []janContent `json:"content"`
	Created  moment       `json:"created_at"`
	Done     moment       `json:"completed_at"`
	Metadata struct {
		Model string `json:"model"`
		// Files are documents that were given with the question.
		Files []struct {
			Name string `json:"name"`
			Text string `json:"content"`
		} `json:"inline_file_contents"`
		Error string `json:"error"`
		Tools []struct {
			Tool struct {
				Function struct {
					Name      string `json:"name"`
					Arguments string `json:"arguments"`
				} `json:"function"`
			} `json:"tool"`
			Response struct {
				Content json.RawMessage `json:"content"`
			} `json:"response"`
		} `json:"tool_calls"`
	} `json:"metadata"`
}

type janContent struct {
	Type string          `json:"type"`
	Text json.RawMessage `json:"text"`
	// Reasoning is a kind of content since Jan 0.7.
	Reasoning string `json:"reasoning"`
	Image     struct {
		URL string `json:"url"`
	} `json:"image_url"`
	// A tool is a kind of content since 0.7 too.
	Tool   string          `json:"tool_name"`
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
	whole  json.RawMessage
}

// UnmarshalJSON keeps the whole beside the fields that are known.
func (c *janContent) UnmarshalJSON(raw []byte) error {
	type fields janContent
	err := tolerant(raw, (*fields)(c))
	c.whole = slices.Clone(raw)
	return err
}

func (s *Source) readJan(archive *zip.Reader, thread *zip.File, take func(Chat) error) error {
	raw, err := readWhole(thread)
	if err != nil {
		return broken(err)
	}
	s.Done += int64(len(raw))
	var in janThread
	if err := tolerant(raw, &in); err != nil {
		s.Skipped++
		return nil
	}
	chat := Chat{
		ID: firstOf(in.ID, path.Base(path.Dir(thread.Name))), Title: firstOf(in.Title, in.Metadata.Title), TitleSource: "user",
		CreatedAt: int64(in.Created), UpdatedAt: max(int64(in.Updated), int64(in.Metadata.Updated), int64(in.Created)),
	}
	if in.Metadata.Project.Name != "" {
		chat.FolderPath = []string{in.Metadata.Project.Name}
	}
	model := ""
	if len(in.Assistants) > 0 {
		model, chat.Instructions = in.Assistants[0].Model.ID, in.Assistants[0].Instructions
	}
	lines, err := archive.Open(path.Join(path.Dir(thread.Name), "messages.jsonl"))
	if err != nil {
		return nil //nolint:nilerr // a thread without messages was begun and never used
	}
	drafts, err := chat.janDrafts(lines, model)
	if err := errors.Join(err, lines.Close()); err != nil {
		return broken(err)
	}
	if in.Metadata.Favorite {
		chat.PinnedAt = chat.UpdatedAt
	}
	chat.take(drafts, "")
	return s.give("jan", chat, take)
}

func readWhole(member *zip.File) ([]byte, error) {
	in, err := member.Open()
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxChat+1))
	if err = errors.Join(err, in.Close()); err == nil && len(raw) > maxChat {
		err = ErrTooLarge
	}
	return raw, err
}

// janDrafts reads messages, one a line. A line that is none is left out.
func (c *Chat) janDrafts(lines io.Reader, model string) ([]draft, error) {
	var drafts []draft
	scan := bufio.NewScanner(&budget{in: lines, left: maxChat, read: func(int) {}})
	scan.Buffer(nil, maxChat)
	before := ""
	for scan.Scan() && len(drafts) < maxMessages {
		var m janMessage
		if tolerant(scan.Bytes(), &m) != nil || m.ID == "" {
			continue
		}
		d := c.janDraft(m)
		if d.ParentID = before; !d.hidden {
			before = d.ID
		}
		if d.Role == "assistant" && d.Model == "" {
			d.Model = model
		}
		drafts = append(drafts, d)
	}
	if errors.Is(scan.Err(), bufio.ErrTooLong) {
		return nil, ErrTooLarge
	}
	return drafts, scan.Err()
}

func (c *Chat) janDraft(m janMessage) draft {
	d := draft{Message: Message{ID: m.ID, Role: m.Role, Model: m.Metadata.Model, CreatedAt: int64(m.Created), UpdatedAt: int64(m.Done)}}
	c.UpdatedAt = max(c.UpdatedAt, d.CreatedAt)
	for _, content := range m.Content {
		switch text := valueText(content.Text); {
		case m.Role == "system":
			c.Instructions = firstOf(c.Instructions, text)
			d.hidden = true
		case content.Type == "reasoning":
			d.think(strings.TrimSpace(firstOf(content.Reasoning, text)))
		case content.Type == "tool_call":
			d.janTool(content)
		case content.Image.URL != "":
			d.picture(c, dataURL(content.Image.URL), "")
		case m.Role == "tool":
			d.think(fenced("", text))
		case text == "" && content.Type != "text":
			d.foreign(content.whole)
		default:
			d.thoughtAndSaid(text)
		}
	}
	for _, f := range m.Metadata.Files {
		d.say(strings.TrimSpace(f.Name + "\n\n" + fenced("", f.Text)))
	}
	if !d.hidden && d.empty() {
		d.say(m.Metadata.Error)
	}
	for _, used := range m.Metadata.Tools {
		tool := used.Tool
		if tool.Function.Name == "" {
			continue
		}
		d.think(call(tool.Function.Name, tool.Function.Arguments))
		if result := resultText(used.Response.Content); result != "" {
			d.think(fenced("", result))
		}
	}
	return d
}

// janTool adds a call and what came back: a text, or what the Model Context Protocol returns.
func (d *draft) janTool(c janContent) {
	d.think(call(c.Tool, string(c.Input)))
	var output struct {
		Content json.RawMessage `json:"content"`
	}
	_ = tolerant(c.Output, &output) // another form is shown as it is
	if result := firstOf(resultText(output.Content), resultText(c.Output), present(c.Output)); result != "" {
		d.think(fenced("", result))
	}
}
