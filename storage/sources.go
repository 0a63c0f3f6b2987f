package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
)

// Marks that people give answers.
const (
	MarkGood = 1
	MarkBad  = -1
)

// markOf is what the parts of a message say of it.
func markOf(parts []Part) int {
	for _, p := range parts {
		if p.Type != "mark" {
			continue
		}
		switch p.Text {
		case "good":
			return MarkGood
		case "bad":
			return MarkBad
		}
	}
	return 0
}

// citedDocument is what storage reads of a citation.
type citedDocument struct {
	ID   string `json:"documentId"`
	Name string `json:"document"`
}

// citedIn lists the documents that a message cites, each once.
func citedIn(parts []Part) (ids, names []string) {
	for _, p := range parts {
		if p.Type != "citation" {
			continue
		}
		var cited citedDocument
		if json.Unmarshal(p.Data, &cited) != nil {
			continue
		}
		if cited.ID != "" && !slices.Contains(ids, cited.ID) {
			ids = append(ids, cited.ID)
		}
		if cited.Name != "" && !slices.Contains(names, cited.Name) {
			names = append(names, cited.Name)
		}
	}
	return ids, names
}

// sourceNames are the names people may look for: those the answer shows, and
// those of the files.
func sourceNames(ctx context.Context, q querier, owner string, parts []Part) ([]string, error) {
	ids, names := citedIn(parts)
	if len(ids) == 0 {
		return names, nil
	}
	files, err := collect(ctx, q, scanText, `SELECT name FROM documents WHERE owner_id = ? AND id IN (SELECT value FROM json_each(?))`,
		owner, jsonList(ids))
	for _, name := range files {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, err
}

// indexSources renews the full-text row of a message's documents and its mark.
// A running message has no row.
func (d *DB) indexSources(ctx context.Context, tx *sql.Tx, seq int64, m Message) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sources_fts WHERE rowid = (SELECT seq FROM messages
		WHERE seq = ? AND sources_version > 0)`, seq); err != nil {
		return err
	}
	terms := ""
	if m.Status != MessageRunning {
		owner, err := collect(ctx, tx, scanText, `SELECT c.owner_id FROM messages m JOIN chats c ON c.seq = m.chat_seq WHERE m.seq = ?`, seq)
		if err != nil || len(owner) == 0 {
			return err
		}
		names, err := sourceNames(ctx, tx, owner[0], m.Parts)
		if err != nil {
			return err
		}
		terms = d.terms("", nameWords(strings.Join(names, "\n")))
	}
	version := 0
	if terms != "" {
		version = d.indexedWith()
		if _, err := tx.ExecContext(ctx, `INSERT INTO sources_fts (rowid, names) VALUES (?,?)`, seq, terms); err != nil {
			return err
		}
	}
	mark := markOf(m.Parts)
	_, err := tx.ExecContext(ctx, `UPDATE messages SET sources_version = ?1, mark = ?2
		WHERE seq = ?3 AND (sources_version <> ?1 OR mark <> ?2)`, version, mark, seq)
	return err
}

// nameWords parts the words of a file name.
func nameWords(name string) string {
	return strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(name)
}

func (d *DB) reanalyseSources(ctx context.Context, tx *sql.Tx, limit int) (int, error) {
	old, err := collect(ctx, tx, scanMessage, `SELECT `+messageColumns+messageTables+
		`WHERE m.sources_version NOT IN (0, ?) LIMIT ?`, d.indexedWith(), limit)
	if err != nil {
		return 0, err
	}
	for _, m := range old {
		if err := d.indexSources(ctx, tx, m.seq, m.Message); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// maxByDocument is how many chats are found by the name of a document before
// those whose messages have the words.
const maxByDocument = 5

// readSources finds chats by the documents that their answers rest on.
func (f *foundChats) readSources(ctx context.Context, q querier, owner string, s ChatSearch, match string) error {
	if match == "" {
		return nil
	}
	all := f.limit
	f.limit, f.bySource = min(all, len(f.hits)+maxByDocument), true
	where, args := s.narrow("m.created_at")
	err := f.read(ctx, q, `SELECT c.id, m.id, m.parts, m.created_at FROM sources_fts f
		CROSS JOIN messages m ON m.seq = f.rowid CROSS JOIN chats c ON c.seq = m.chat_seq
		WHERE f.sources_fts MATCH ? AND c.owner_id = ? AND c.deleted_at = 0`+where+`
		ORDER BY f.rowid DESC LIMIT ?`, append(append([]any{match, owner}, args...), maxFound)...)
	f.limit, f.bySource = all, false
	return err
}

// listMarked lists the newest answers with the mark, each chat once; with a
// model, those that it wrote.
func (f *foundChats) listMarked(ctx context.Context, q querier, owner string, s ChatSearch) error {
	where, args := s.narrow("m.created_at")
	if s.Model != "" {
		where, args = where+` AND instr(lower(m.model), lower(?))`, append(args, s.Model)
	}
	return f.read(ctx, q, `SELECT c.id, m.id, m.parts, m.created_at FROM messages m JOIN chats c ON c.seq = m.chat_seq
		WHERE m.mark = ? AND c.owner_id = ? AND c.deleted_at = 0`+where+`
		ORDER BY m.created_at DESC LIMIT ?`, append(append([]any{s.Mark, owner}, args...), maxFound)...)
}

// MarkCount is how often the answers of one model were marked.
type MarkCount struct {
	Model     string // as answers name it, "" for passages without one
	Good, Bad int
}

// CountMarks counts an owner's marks by the model that wrote the answer, the
// most marked first. Deleted chats are left out.
func (d *DB) CountMarks(ctx context.Context, owner string) ([]MarkCount, error) {
	const op = "count marks"
	var counts []MarkCount
	err := d.snapshot(ctx, op, func(q querier) (err error) {
		counts, err = collect(ctx, q, func(row scanner) (MarkCount, error) {
			var c MarkCount
			return c, row.Scan(&c.Model, &c.Good, &c.Bad)
		}, `SELECT m.model, sum(m.mark = ?), sum(m.mark = ?) FROM messages m JOIN chats c ON c.seq = m.chat_seq
			WHERE m.mark <> 0 AND c.owner_id = ? AND c.deleted_at = 0 GROUP BY m.model ORDER BY count(*) DESC, m.model`, MarkGood, MarkBad, owner)
		return err
	})
	return counts, err
}
