package transfer

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// maxUnpacked bounds what one member of a ZIP may grow to, in bytes.
const maxUnpacked = 2 << 30

// Read finds out whose export a file is and reads it: JSON, or a ZIP with
// conversations.json in it.
func Read(raw []byte) (Imported, error) {
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		inner, err := unpack(raw)
		if err != nil {
			return Imported{}, err
		}
		raw = inner
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(raw, []byte("{")):
		return readOwn(raw)
	case bytes.HasPrefix(raw, []byte("[")):
		return readForeign(raw)
	}
	return Imported{}, ErrUnknown
}

func unpack(raw []byte) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, errors.Join(ErrUnknown, err)
	}
	for _, f := range archive.File {
		if path.Base(f.Name) != "conversations.json" {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return nil, errors.Join(ErrUnknown, err)
		}
		inner, err := io.ReadAll(io.LimitReader(in, maxUnpacked+1))
		if err = errors.Join(err, in.Close()); err != nil || len(inner) > maxUnpacked {
			return nil, errors.Join(ErrUnknown, err)
		}
		return inner, nil
	}
	return nil, ErrUnknown
}

func readOwn(raw []byte) (Imported, error) {
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Format != Format {
		return Imported{}, errors.Join(ErrUnknown, err)
	}
	if head.Version > Version {
		return Imported{}, ErrNewer
	}
	var file File
	if err := json.Unmarshal(raw, &file); err != nil {
		return Imported{}, errors.Join(ErrUnknown, err)
	}
	return Imported{Product: "kontor", Folders: file.Folders, Chats: file.Chats}, nil
}

func readForeign(raw []byte) (Imported, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil || len(list) == 0 {
		return Imported{}, errors.Join(ErrUnknown, err)
	}
	var probe struct {
		Mapping  json.RawMessage `json:"mapping"`
		Messages json.RawMessage `json:"chat_messages"`
	}
	if err := json.Unmarshal(list[0], &probe); err != nil {
		return Imported{}, errors.Join(ErrUnknown, err)
	}
	read, product := readClaude, "claude"
	switch {
	case probe.Mapping != nil:
		read, product = readChatGPT, "chatgpt"
	case probe.Messages == nil:
		return Imported{}, ErrUnknown
	}
	imported := Imported{Product: product}
	for i, one := range list {
		chat, err := read(one)
		if err != nil {
			return Imported{}, errors.Join(ErrUnknown, fmt.Errorf("chat %d: %w", i, err))
		}
		if len(chat.Messages) > 0 {
			imported.Chats = append(imported.Chats, chat)
		}
	}
	return imported, nil
}

// claudeChat is one element of Claude's conversations.json.
type claudeChat struct {
	UUID     string    `json:"uuid"`
	Name     string    `json:"name"`
	Created  time.Time `json:"created_at"`
	Updated  time.Time `json:"updated_at"`
	Messages []struct {
		UUID    string    `json:"uuid"`
		Parent  string    `json:"parent_message_uuid"`
		Sender  string    `json:"sender"`
		Text    string    `json:"text"`
		Created time.Time `json:"created_at"`
		Updated time.Time `json:"updated_at"`
		Content []struct {
			Type     string `json:"type"`
			Text     string `json:"text"`
			Thinking string `json:"thinking"`
		} `json:"content"`
		Attachments []struct {
			Name string `json:"file_name"`
			Text string `json:"extracted_content"`
		} `json:"attachments"`
		Files []struct {
			Name string `json:"file_name"`
		} `json:"files"`
	} `json:"chat_messages"`
}

func readClaude(raw json.RawMessage) (Chat, error) {
	var in claudeChat
	if err := json.Unmarshal(raw, &in); err != nil {
		return Chat{}, err
	}
	chat := Chat{ID: in.UUID, Title: in.Name, TitleSource: "user", CreatedAt: in.Created.UnixMilli(), UpdatedAt: in.Updated.UnixMilli()}
	known := map[string]bool{}
	for _, m := range in.Messages {
		out := Message{ID: m.UUID, ParentID: m.Parent, Role: "user", Status: "complete", CreatedAt: m.Created.UnixMilli(), UpdatedAt: m.Updated.UnixMilli()}
		if m.Sender == "assistant" {
			out.Role = "assistant"
		}
		if !known[out.ParentID] {
			if out.ParentID = chat.ActiveLeaf; m.Parent != "" {
				out.ParentID = "" // the root that Claude does not export
			}
		}
		var text, thought strings.Builder
		for _, c := range m.Content {
			text.WriteString(c.Text)
			thought.WriteString(c.Thinking)
		}
		if text.Len() == 0 {
			text.WriteString(m.Text)
		}
		for _, a := range m.Attachments {
			fmt.Fprintf(&text, "\n\n%s\n\n%s", a.Name, a.Text)
		}
		for _, f := range m.Files {
			fmt.Fprintf(&text, "\n\n%s", f.Name)
		}
		out.Parts = parts(thought.String(), text.String())
		known[out.ID], chat.ActiveLeaf = true, out.ID
		chat.Messages = append(chat.Messages, out)
	}
	return chat, nil
}

func parts(thought, text string) []Part {
	list := []Part{}
	if thought != "" {
		list = append(list, Part{Type: "reasoning", Text: thought})
	}
	if text != "" {
		list = append(list, Part{Type: "text", Text: text})
	}
	return list
}
