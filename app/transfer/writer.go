package transfer

import (
	"encoding/json"
	"io"
	"time"
)

// Writer writes the JSON format chat by chat, so that only one is in memory.
type Writer struct {
	out   io.Writer
	begun bool // the first chat is written
	err   error
}

// NewWriter begins a file. Folders comes next, then Chat as often as needed, then End.
func NewWriter(out io.Writer, program string, at time.Time) *Writer {
	w := &Writer{out: out}
	w.text("{\n")
	w.member("format", Format)
	w.member("version", Version)
	w.member("program", program)
	w.member("exportedAt", at.UnixMilli())
	return w
}

// Folders writes the folders that chats are in.
func (w *Writer) Folders(list []Folder) {
	w.member("folders", list)
	w.text(` "chats": [`)
}

// Chat writes a chat.
func (w *Writer) Chat(c Chat) error {
	if w.begun {
		w.text(",")
	}
	w.begun = true
	w.text("\n  ")
	w.value(c, "  ")
	return w.err
}

// End writes what rest has but its chats.
func (w *Writer) End(rest File) error {
	w.text("\n ],\n")
	w.member("assistants", rest.Assistants)
	w.member("prompts", rest.Prompts)
	w.text(` "settings": `)
	w.value(rest.Settings, " ")
	w.text("\n}\n")
	return w.err
}

func (w *Writer) member(name string, value any) {
	w.text(` "` + name + `": `)
	w.value(value, " ")
	w.text(",\n")
}

func (w *Writer) value(value any, indent string) {
	if w.err != nil {
		return
	}
	var raw []byte
	if raw, w.err = json.MarshalIndent(value, indent, " "); w.err == nil {
		_, w.err = w.out.Write(raw)
	}
}

func (w *Writer) text(text string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.out, text)
	}
}
