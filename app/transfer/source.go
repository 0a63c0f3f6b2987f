package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Errors of a file that cannot be read. ErrBroken and ErrTooLarge may come
// after some of its chats.
var (
	ErrUnknown  = errors.New("transfer: not a file of chats")
	ErrNewer    = errors.New("transfer: written by a newer version")
	ErrBroken   = errors.New("transfer: the file breaks off or is damaged")
	ErrTooLarge = errors.New("transfer: larger than a file of chats can be")
)

// Limits of a file that somebody else made.
const (
	maxChat     = 64 << 20 // bytes of one chat's JSON
	maxMessages = 200_000  // nodes of one chat
)

// Source is a file of chats that is being read.
type Source struct {
	// Product is whose file it is: kontor, chatgpt, claude, openwebui, librechat,
	// lmstudio or jan. Known with the first chat.
	Product string
	// Head is a file of Kontor's own without its chats, known with the first chat.
	Head File
	// Skipped counts chats that could not be read while others could.
	Skipped int
	// Done and Total say how far the file has been read, in bytes.
	Done, Total int64

	files attachments
	// Of the file in hand: values that are no chats, which only count as skipped beside some that are.
	strange, chats int
}

// Read gives the chats of a file to take, one after the other, so that only one
// is in memory: JSON, or a ZIP with such files in it. It ends with take's error.
func (s *Source) Read(path string, take func(Chat) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	s.Total = info.Size()
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err == nil && string(magic[:]) == "PK\x03\x04" {
		return s.readArchive(f, info.Size(), take)
	}
	again := func() (io.ReadCloser, error) {
		_, err := f.Seek(0, io.SeekStart)
		return io.NopCloser(f), err
	}
	if err := s.readJSON(again, nil, take); err != nil {
		return err
	}
	if s.Product == "" {
		return ErrUnknown
	}
	return nil
}

// budget fails when more than maxChat bytes are read without a new beginning.
type budget struct {
	in   io.Reader
	left int64
	read func(int)
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.read(n)
	return n, err
}

// readJSON reads one file: a list of chats, one chat, or Kontor's own format.
func (s *Source) readJSON(open func() (io.ReadCloser, error), folder []string, take func(Chat) error) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	limited := &budget{in: in, left: maxChat, read: func(n int) { s.Done += int64(n) }}
	buffered := bufio.NewReaderSize(limited, 64<<10)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3) // just looked at
	}
	head, _ := buffered.Peek(4096) // a short file has less
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || head[0] != '[' && head[0] != '{' {
		return nil // nothing of ours
	}
	if head[0] == '{' && bytes.Contains(head, []byte(`"`+Format+`"`)) {
		return s.readOwn(open, take)
	}
	s.strange, s.chats = 0, 0
	defer func() {
		if s.chats > 0 {
			s.Skipped += s.strange
		}
	}()
	decoder := json.NewDecoder(buffered)
	if head[0] == '{' {
		return s.element(decoder, folder, take)
	}
	if _, err := decoder.Token(); err != nil {
		return broken(err)
	}
	for decoder.More() {
		limited.left = maxChat
		if err := s.element(decoder, folder, take); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return broken(err)
}

// element reads the next value of a stream as a chat.
func (s *Source) element(decoder *json.Decoder, folder []string, take func(Chat) error) error {
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return broken(err)
	}
	product, read := recognise(raw)
	if read == nil {
		s.strange++
		return nil
	}
	s.chats++
	chat, err := read(raw, s.files)
	if err != nil || len(chat.Messages) > maxMessages {
		s.Skipped++
		if s.Product == "" {
			s.Product = product
		}
		return nil
	}
	if folder != nil {
		chat.FolderPath = folder
	}
	return s.give(product, chat, take)
}

func (s *Source) give(product string, chat Chat, take func(Chat) error) error {
	if s.Product == "" {
		s.Product = product
	}
	if len(chat.Messages) == 0 {
		return nil // begun and never used
	}
	return take(chat)
}

func broken(err error) error {
	if err == nil || errors.Is(err, ErrTooLarge) {
		return err
	}
	return errors.Join(ErrBroken, err)
}

// readOwn reads Kontor's own format, first without its chats: folders may stand behind them.
func (s *Source) readOwn(open func() (io.ReadCloser, error), take func(Chat) error) error {
	head := File{}
	before := s.Done
	if err := s.ownMembers(open, &head, nil); err != nil {
		return err
	}
	if head.Format != Format {
		return ErrUnknown
	}
	if head.Version > Version {
		return ErrNewer
	}
	s.Product, s.Head, s.Done = "kontor", head, before
	return s.ownMembers(open, &head, func(raw json.RawMessage) error {
		var chat Chat
		if err := json.Unmarshal(raw, &chat); err != nil || chat.ID == "" || len(chat.Messages) > maxMessages {
			s.Skipped++
			return nil
		}
		chat.arrange()
		return take(chat)
	})
}

func (s *Source) ownMembers(open func() (io.ReadCloser, error), head *File, chat func(json.RawMessage) error) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	limited := &budget{in: in, left: maxChat, read: func(n int) { s.Done += int64(n) }}
	decoder := json.NewDecoder(withoutMark(limited))
	if _, err := decoder.Token(); err != nil {
		return broken(err)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return broken(err)
		}
		limited.left = maxChat
		switch key {
		case "format":
			err = decoder.Decode(&head.Format)
		case "version":
			err = decoder.Decode(&head.Version)
		case "folders":
			err = decoder.Decode(&head.Folders)
		case "assistants":
			err = decoder.Decode(&head.Assistants)
		case "prompts":
			err = decoder.Decode(&head.Prompts)
		case "settings":
			err = decoder.Decode(&head.Settings)
		case "chats":
			if err := ownChats(decoder, limited, chat); err != nil {
				return err
			}
		default:
			var other json.RawMessage
			err = decoder.Decode(&other)
		}
		if err != nil {
			return broken(err)
		}
	}
	return nil
}

func ownChats(decoder *json.Decoder, limited *budget, chat func(json.RawMessage) error) error {
	if open, err := decoder.Token(); err != nil || open != json.Delim('[') {
		return errors.Join(ErrBroken, err)
	}
	for decoder.More() {
		limited.left = maxChat
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return broken(err)
		}
		if chat == nil {
			continue
		}
		if err := chat(raw); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return broken(err)
}

// withoutMark skips the mark that some editors put before UTF-8.
func withoutMark(in io.Reader) io.Reader {
	buffered := bufio.NewReader(in)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3) // just looked at
	}
	return buffered
}

// chatReader reads a chat of another program.
type chatReader func(raw json.RawMessage, files attachments) (Chat, error)

// recognise says whose chat a value is; nil if nobody's.
func recognise(raw json.RawMessage) (product string, read chatReader) {
	var probe struct {
		Mapping        json.RawMessage `json:"mapping"`
		ClaudeMessages json.RawMessage `json:"chat_messages"`
		Chat           json.RawMessage `json:"chat"`
		History        json.RawMessage `json:"history"`
		ConversationID json.RawMessage `json:"conversationId"`
		MessagesTree   json.RawMessage `json:"messagesTree"`
		Messages       json.RawMessage `json:"messages"`
		Name           *string         `json:"name"`
		SystemPrompt   *string         `json:"systemPrompt"`
		Model          json.RawMessage `json:"lastUsedModel"`
	}
	if json.Unmarshal(raw, &probe) != nil {
		return "", nil
	}
	is := func(value json.RawMessage, opening byte) bool { return len(value) > 0 && value[0] == opening }
	switch {
	case is(probe.Mapping, '{'):
		return "chatgpt", readChatGPT
	case is(probe.ClaudeMessages, '['):
		return "claude", readClaude
	case is(probe.Chat, '{'), is(probe.History, '{'):
		return "openwebui", readOpenWebUI
	case is(probe.ConversationID, '"') && (is(probe.MessagesTree, '[') || is(probe.Messages, '[')):
		return "librechat", readLibreChat
	case is(probe.Messages, '[') && (probe.SystemPrompt != nil || probe.Model != nil || bytes.Contains(probe.Messages, []byte(`"versions"`))):
		return "lmstudio", readLMStudio
	}
	return "", nil
}

// unreadable wraps what a reader found wrong with a chat.
func unreadable(product string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", product, err)
}
