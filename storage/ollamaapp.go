package storage

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"slices"
)

// OllamaChat is a conversation in the database of Ollama's desktop app.
type OllamaChat struct {
	ID, Title, CreatedAt string // the time as it is written there
	Messages             []OllamaMessage
}

// OllamaMessage is one of its messages, in the order they were said.
type OllamaMessage struct {
	ID                        int64
	Role, Text, Thinking      string
	Result                    string // of a tool, as JSON
	Model, CreatedAt, Updated string
	Tools                     []OllamaTool
	Attachments               []OllamaAttachment
}

// OllamaTool is a call that a model made, with what came back.
type OllamaTool struct{ Name, Arguments, Result string }

// OllamaAttachment is a file that a person gave.
type OllamaAttachment struct {
	Name    string
	Content []byte
}

// Bounds of a database that somebody else made.
const (
	ollamaMessages   = 200_000
	ollamaAttachment = 32 << 20 // bytes; a larger one is named without its content
)

// ReadOllamaApp gives the chats in a database of Ollama's desktop app to take,
// oldest first, one at a time. Nothing in the file is run or changed.
// CodeCorrupt: it is not such a database, or damaged. It ends with take's error.
func ReadOllamaApp(ctx context.Context, path string, take func(OllamaChat) error) error {
	const op = "read Ollama's chats"
	address := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	// immutable: without its journal beside it the file would not open otherwise.
	address.RawQuery = url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"}}.Encode()
	foreign, err := sql.Open("sqlite", address.String())
	if err != nil {
		return wrap(op, err)
	}
	defer func() { _ = foreign.Close() }() // it was only read
	foreign.SetMaxOpenConns(1)
	tables, err := collect(ctx, foreign, scanText, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return &Error{Code: CodeCorrupt, Cause: err}
	}
	has := map[string]bool{}
	for _, t := range tables {
		has[t] = true
	}
	if !has["chats"] || !has["messages"] {
		return newError(CodeCorrupt, op, "no tables of chats and messages")
	}
	columns, err := collect(ctx, foreign, scanText, `SELECT name FROM pragma_table_info('messages')`)
	if err != nil {
		return &Error{Code: CodeCorrupt, Cause: err}
	}
	has["tool_result"] = slices.Contains(columns, "tool_result") // since version 4 of its schema
	chats, err := collect(ctx, foreign, func(row scanner) (OllamaChat, error) {
		var c OllamaChat
		return c, row.Scan(&c.ID, &c.Title, &c.CreatedAt)
	}, `SELECT id, title, CAST(created_at AS TEXT) FROM chats ORDER BY created_at, id`)
	if err != nil {
		return &Error{Code: CodeCorrupt, Cause: err}
	}
	for _, c := range chats {
		if c.Messages, err = ollamaMessagesOf(ctx, foreign, c.ID, has); err != nil {
			return &Error{Code: CodeCorrupt, Cause: err}
		}
		if err := take(c); err != nil {
			return err
		}
	}
	return nil
}

func ollamaMessagesOf(ctx context.Context, q querier, chatID string, has map[string]bool) ([]OllamaMessage, error) {
	result := `''`
	if has["tool_result"] {
		result = `coalesce(tool_result, '')`
	}
	messages, err := collect(ctx, q, func(row scanner) (OllamaMessage, error) {
		var m OllamaMessage
		return m, row.Scan(&m.ID, &m.Role, &m.Text, &m.Thinking, &m.Model, &m.CreatedAt, &m.Updated, &m.Result)
	}, `SELECT id, role, content, thinking, coalesce(model_name, ''), CAST(created_at AS TEXT), CAST(updated_at AS TEXT), `+result+`
		FROM messages WHERE chat_id = ? ORDER BY id LIMIT ?`, chatID, ollamaMessages)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		m := &messages[i]
		if has["tool_calls"] {
			m.Tools, err = collect(ctx, q, func(row scanner) (OllamaTool, error) {
				var t OllamaTool
				return t, row.Scan(&t.Name, &t.Arguments, &t.Result)
			}, `SELECT function_name, function_arguments, coalesce(function_result, '') FROM tool_calls WHERE message_id = ? ORDER BY id`, m.ID)
		}
		if err == nil && has["attachments"] { // since version 3 of its schema
			m.Attachments, err = collect(ctx, q, func(row scanner) (OllamaAttachment, error) {
				var a OllamaAttachment
				return a, row.Scan(&a.Name, &a.Content)
			}, `SELECT filename, CASE WHEN length(data) <= ? THEN data ELSE x'' END FROM attachments WHERE message_id = ? ORDER BY id`, ollamaAttachment, m.ID)
		}
		if err != nil {
			return nil, err
		}
	}
	return messages, nil
}
