package storage

import (
	"context"
	"encoding/json"
	"strings"
)

// ChatSearch says what to look for in chats. Query are words; the other fields
// narrow and stand for nothing when they are empty.
type ChatSearch struct {
	Query       string
	FolderIDs   []string // in one of these
	Tags        []string // with all of these
	Model       string   // a part of the name of a model that wrote an answer, or that the chat uses
	HasDocument bool     // uses documents
	Archived    bool     // only archived ones
	Mark        int      // with an answer that is marked so, 0 for any
	After       int64    // written then or later
	Before      int64    // written earlier
}

// narrow gives the conditions beside the words.
func (s ChatSearch) narrow(at string) (where string, args []any) {
	var all strings.Builder
	add := func(condition string, values ...any) {
		all.WriteString(" AND " + condition)
		args = append(args, values...)
	}
	if len(s.FolderIDs) > 0 {
		add(`c.folder_id IN (SELECT value FROM json_each(?))`, jsonList(s.FolderIDs))
	}
	for _, tag := range s.Tags {
		add(`EXISTS (SELECT 1 FROM chat_tags g WHERE g.chat_seq = c.seq AND g.tag = ?)`, tag)
	}
	if s.Model != "" {
		add(`(instr(lower(c.model), lower(?)) OR EXISTS (SELECT 1 FROM messages w WHERE w.chat_seq = c.seq AND instr(lower(w.model), lower(?))))`, s.Model, s.Model)
	}
	if s.HasDocument {
		add(`(c.pinned_document_id <> '' OR EXISTS (SELECT 1 FROM chat_collections k WHERE k.chat_seq = c.seq))`)
	}
	if s.Mark != 0 {
		add(`EXISTS (SELECT 1 FROM messages w WHERE w.chat_seq = c.seq AND w.mark = ?)`, s.Mark)
	}
	if s.Archived {
		add(`c.archived_at <> 0`)
	}
	if s.After != 0 {
		add(at+` >= ?`, s.After)
	}
	if s.Before != 0 {
		add(at+` < ?`, s.Before)
	}
	return all.String(), args
}

func jsonList(values []string) string {
	encoded, _ := json.Marshal(values) // strings always can
	return string(encoded)
}

// maxFound bounds the rows one search looks at: many hits of few chats must not
// make it slow.
const maxFound = 2000

// FindInChats finds chats by the words of their titles and messages and of the
// names of documents that their answers rest on, archived ones as well. Those
// whose title has the words come first, then a few with such a document, then
// the ones with the newest message that has them; each chat comes once. All words must be in
// one message or title, else any counts; the last also matches as the beginning
// of a word. Without words it lists the chats that the rest lets through.
func (d *DB) FindInChats(ctx context.Context, owner string, s ChatSearch, limit int) ([]ChatHit, error) {
	const op = "search chats"
	if limit <= 0 {
		return nil, nil
	}
	var hits []ChatHit
	err := d.snapshot(ctx, op, func(q querier) (err error) {
		words := d.searchWords(s.Query)
		if len(words) == 0 {
			if strings.TrimSpace(s.Query) == "" {
				hits, err = listFound(ctx, q, owner, s, limit)
			}
			return err
		}
		names := d.searchWords(nameWords(s.Query))
		hits, err = find(ctx, q, owner, s, strings.Join(words, " AND "), strings.Join(names, " AND "), limit)
		if err == nil && len(hits) == 0 && len(words) > 1 {
			hits, err = find(ctx, q, owner, s, strings.Join(words, " OR "), strings.Join(names, " OR "), limit)
		}
		return err
	})
	return hits, err
}

func find(ctx context.Context, q querier, owner string, s ChatSearch, match, names string, limit int) ([]ChatHit, error) {
	found := foundChats{owner: owner, limit: limit, place: map[string]int{}}
	where, args := s.narrow("c.updated_at")
	if err := found.read(ctx, q, `SELECT c.id, '', '[]', c.updated_at FROM messages_fts f
		CROSS JOIN chats c ON c.seq = f.rowid / 2
		WHERE f.messages_fts MATCH ? AND f.rowid % 2 = 0 AND c.owner_id = ? AND c.deleted_at = 0`+where+`
		ORDER BY f.rowid DESC LIMIT ?`, append(append([]any{"{title} : (" + match + ")", owner}, args...), maxFound)...); err != nil {
		return nil, err
	}
	if err := found.readSources(ctx, q, owner, s, names); err != nil {
		return nil, err
	}
	where, args = s.narrow("m.created_at")
	// The order of rowids is the order of writing, which the index has: a word
	// that stands in half of all messages is as quick as a rare one.
	if err := found.read(ctx, q, `SELECT c.id, m.id, m.parts, m.created_at FROM messages_fts f
		CROSS JOIN messages m ON m.seq = f.rowid / 2 CROSS JOIN chats c ON c.seq = m.chat_seq
		WHERE f.messages_fts MATCH ? AND f.rowid % 2 = 1 AND c.owner_id = ? AND c.deleted_at = 0`+where+`
		ORDER BY f.rowid DESC LIMIT ?`, append(append([]any{"{body} : (" + match + ")", owner}, args...), maxFound)...); err != nil {
		return nil, err
	}
	return found.complete(ctx, q, owner)
}

// listFound lists what the conditions alone let through.
func listFound(ctx context.Context, q querier, owner string, s ChatSearch, limit int) ([]ChatHit, error) {
	found := foundChats{owner: owner, limit: limit, place: map[string]int{}}
	if s.Mark != 0 {
		if err := found.listMarked(ctx, q, owner, s); err != nil {
			return nil, err
		}
		return found.complete(ctx, q, owner)
	}
	where, args := s.narrow("c.updated_at")
	if err := found.read(ctx, q, `SELECT c.id, '', '[]', c.updated_at FROM chats c
		WHERE c.owner_id = ? AND c.deleted_at = 0`+where+` ORDER BY c.updated_at DESC, c.seq DESC LIMIT ?`,
		append(append([]any{owner}, args...), limit)...); err != nil {
		return nil, err
	}
	return found.complete(ctx, q, owner)
}

// foundChats collects each chat once.
type foundChats struct {
	owner string
	limit int
	hits  []ChatHit
	place map[string]int
	// bySource says that the names of documents are looked for.
	bySource bool
}

// read takes rows until there are enough chats. One found by its title gets the
// first message that comes for it as well.
func (f *foundChats) read(ctx context.Context, q querier, query string, args ...any) error {
	if len(f.hits) >= f.limit {
		return nil
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for len(f.hits) < f.limit && rows.Next() {
		var hit ChatHit
		var parts string
		if err := rows.Scan(&hit.Chat.ID, &hit.MessageID, &parts, &hit.At); err != nil {
			return err
		}
		at, known := f.place[hit.Chat.ID]
		if known && f.hits[at].MessageID != "" {
			continue
		}
		var list []Part
		if err := json.Unmarshal([]byte(parts), &list); err != nil {
			return err
		}
		hit.Text = textOf(list)
		if f.bySource {
			if hit.Sources, err = sourceNames(ctx, q, f.owner, list); err != nil {
				return err
			}
		}
		if known {
			f.hits[at] = hit
			continue
		}
		f.place[hit.Chat.ID] = len(f.hits)
		f.hits = append(f.hits, hit)
	}
	return rows.Err()
}

// complete reads the chats themselves.
func (f *foundChats) complete(ctx context.Context, q querier, owner string) ([]ChatHit, error) {
	for i := range f.hits {
		c, err := chat(ctx, q, owner, f.hits[i].Chat.ID)
		if err != nil {
			return nil, err
		}
		f.hits[i].Chat = c.Chat
	}
	return f.hits, nil
}
