package storage

import (
	"context"
	"database/sql"
)

// Reanalyse renews up to limit full-text rows that another version of the
// analyser made, and says how many are left. Called again and again it brings
// the search up to date beside other work; until then old rows stay findable
// by their old terms.
func (d *DB) Reanalyse(ctx context.Context, limit int) (left int, err error) {
	err = d.quickly(ctx, "reanalyse", func(tx *sql.Tx) error {
		for _, renew := range []func(context.Context, *sql.Tx, int) (int, error){
			d.reanalysePassages, d.reanalyseMessages, d.reanalyseTitles, d.reanalyseSources,
		} {
			n, err := renew(ctx, tx, limit)
			if err != nil {
				return err
			}
			limit -= n
		}
		n, err := scanInteger(tx.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM passages WHERE analyser_version <> ?1) +
			(SELECT count(*) FROM messages WHERE analyser_version NOT IN (0, ?2)) +
			(SELECT count(*) FROM messages WHERE sources_version NOT IN (0, ?2)) +
			(SELECT count(*) FROM chats WHERE analyser_version NOT IN (0, ?2))`, d.version, d.indexedWith()))
		left = int(n)
		return err
	})
	return left, err
}

func (d *DB) reanalysePassages(ctx context.Context, tx *sql.Tx, limit int) (int, error) {
	old, err := collect(ctx, tx, scanPassage, `SELECT `+passageColumns+` FROM passages p
		JOIN documents d ON d.seq = p.document WHERE p.analyser_version <> ? LIMIT ?`, d.version, limit)
	if err != nil {
		return 0, err
	}
	for _, p := range old {
		if _, err := tx.ExecContext(ctx, `DELETE FROM passages_fts WHERE rowid = ?`, p.ID); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO passages_fts (rowid, heading, body) VALUES (?,?,?)`,
			p.ID, d.terms(p.Language, p.Heading), d.terms(p.Language, p.Text)); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE passages SET analyser_version = ? WHERE id = ?`, d.version, p.ID); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

func (d *DB) reanalyseMessages(ctx context.Context, tx *sql.Tx, limit int) (int, error) {
	old, err := collect(ctx, tx, scanMessage, `SELECT `+messageColumns+messageTables+
		`WHERE m.analyser_version NOT IN (0, ?) LIMIT ?`, d.indexedWith(), limit)
	if err != nil {
		return 0, err
	}
	for _, m := range old {
		if err := d.indexMessage(ctx, tx, m.seq, m.Message); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

func (d *DB) reanalyseTitles(ctx context.Context, tx *sql.Tx, limit int) (int, error) {
	old, err := collect(ctx, tx, scanChat, `SELECT `+chatColumns+` FROM chats c
		WHERE c.analyser_version NOT IN (0, ?) LIMIT ?`, d.indexedWith(), limit)
	if err != nil {
		return 0, err
	}
	for _, c := range old {
		if err := d.indexTitle(ctx, tx, c.seq, c.Title); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}
