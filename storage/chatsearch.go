package storage

import (
	"context"
	"database/sql"
	"strings"
	"unicode"
)

// indexTitle renews the full-text row of a chat's title.
func (d *DB) indexTitle(ctx context.Context, tx *sql.Tx, seq int64, title string) error {
	return d.indexRow(ctx, tx, "chats", seq, 2*seq, title, "")
}

// indexMessage renews the full-text row of a message. A running one has none:
// each flush of a streamed answer would index it again.
func (d *DB) indexMessage(ctx context.Context, tx *sql.Tx, seq int64, m Message) error {
	text := ""
	if m.Status != MessageRunning {
		text = textOf(m.Parts)
	}
	if err := d.indexSources(ctx, tx, seq, m); err != nil {
		return err
	}
	return d.indexRow(ctx, tx, "messages", seq, 2*seq+1, "", text)
}

// indexRow replaces a row of messages_fts and notes in the table whether and
// with which analyser it was written.
func (d *DB) indexRow(ctx context.Context, tx *sql.Tx, table string, seq, rowid int64, title, body string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM messages_fts WHERE rowid = (SELECT ? FROM `+table+
		` WHERE seq = ? AND analyser_version <> 0)`, rowid, seq); err != nil {
		return err
	}
	version := 0
	title, body = d.terms("", title), d.terms("", body)
	if title != "" || body != "" {
		version = d.indexedWith()
		if _, err := tx.ExecContext(ctx, `INSERT INTO messages_fts (rowid, title, body) VALUES (?,?,?)`,
			rowid, title, body); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET analyser_version = ? WHERE seq = ? AND analyser_version <> ?`,
		version, seq, version)
	return err
}

// indexedWith is what analyser_version columns hold for the present analyser:
// never 0, which means that there is no full-text row.
func (d *DB) indexedWith() int { return d.version + 1 }

// terms analyses text; "" stays "" without a call.
func (d *DB) terms(language, text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return d.analyse(language, text)
}

// searchWords turns what a person typed into one FTS5 expression per word.
func (d *DB) searchWords(query string) []string {
	fields := strings.Fields(query)
	if len(fields) > maxTerms {
		fields = fields[:maxTerms]
	}
	var words []string
	for i, field := range fields {
		var or []string
		for _, term := range strings.Fields(d.terms("", field)) {
			or = append(or, quoteTerm(term))
		}
		if i == len(fields)-1 {
			// The stem of half a word is not the beginning of the whole word's
			// stem, so the letters as typed count too.
			typed := strings.TrimFunc(strings.ToLower(field), func(r rune) bool {
				return !unicode.IsLetter(r) && !unicode.IsNumber(r)
			})
			for _, term := range append(strings.Fields(d.terms("", field)), typed) {
				if term != "" {
					or = append(or, quoteTerm(term)+"*")
				}
			}
		}
		if len(or) > 0 {
			words = append(words, "("+strings.Join(or, " OR ")+")")
		}
	}
	return words
}

// quoteTerm makes a string literal of FTS5's query language: nothing inside it
// is an operator.
func quoteTerm(term string) string {
	term = strings.ToValidUTF8(strings.ReplaceAll(term, "\x00", ""), "")
	return `"` + strings.ReplaceAll(term, `"`, `""`) + `"`
}
