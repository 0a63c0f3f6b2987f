package storage

import (
	"context"
	"database/sql"
	"time"
)

// Purge makes sure that nothing of what was deleted is left in the database,
// its log or the copies made before migrations. Deleting alone overwrites the
// rows; this also drops deleted terms from the full-text tables, which only
// mark them, and empties the log. It takes work in proportion to the full-text
// tables, in pieces that let other writes in between.
func (d *DB) Purge(ctx context.Context) error {
	const op = "purge"
	q, err := d.reading(op)
	if err != nil {
		return err
	}
	pending, err := pendingErasures(ctx, q)
	if err != nil {
		return wrap(op, err)
	}
	for _, table := range []string{"passages_fts", "messages_fts", "sources_fts"} {
		if err := d.mergeAll(ctx, op, table); err != nil {
			return err
		}
	}
	if err := d.emptyLog(ctx, op); err != nil {
		return err
	}
	if err := d.removeMigrationBackups(); err != nil {
		return wrap(op, err)
	}
	return d.durably(ctx, op, func(tx *sql.Tx) error {
		// What was deleted meanwhile stays pending.
		_, err := tx.ExecContext(ctx, `UPDATE erasure SET pending = max(0, pending - ?)`, pending)
		return err
	})
}

func pendingErasures(ctx context.Context, q querier) (int64, error) {
	return scanInteger(q.QueryRowContext(ctx, `SELECT pending FROM erasure`))
}

// mergePages is how much of a full-text table one transaction rewrites, so
// that a chat's message waits some 10 ms at most.
const mergePages = 200

// mergeAll rewrites a full-text table into one segment without deleted terms.
func (d *DB) mergeAll(ctx context.Context, op, table string) error {
	for pages := -mergePages; ; pages = mergePages { // negative: begin with everything
		var changes int64
		err := d.quickly(ctx, op, func(tx *sql.Tx) error {
			before, err := scanInteger(tx.QueryRowContext(ctx, `SELECT total_changes()`))
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO `+table+` (`+table+`, rank) VALUES ('merge', ?)`, pages); err != nil {
				return err
			}
			after, err := scanInteger(tx.QueryRowContext(ctx, `SELECT total_changes()`))
			changes = after - before
			return err
		})
		if err != nil {
			return err
		}
		if changes < 2 { // FTS5's sign that there was nothing left to merge
			return nil
		}
	}
}

// emptyLog writes the log into the database and cuts it to nothing. Readers
// may stand in the way for a moment.
func (d *DB) emptyLog(ctx context.Context, op string) error {
	durable, err := d.durable.open(op)
	if err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		busy, err := d.checkpoint(ctx, durable)
		if err != nil {
			return wrap(op, err)
		}
		if !busy {
			return nil
		}
		if attempt == 20 {
			return newError(CodeBusy, op, "a long read keeps the log from being emptied")
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return wrap(op, ctx.Err())
		}
	}
}

func (d *DB) checkpoint(ctx context.Context, durable *sql.DB) (busy bool, err error) {
	select {
	case d.writing <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-d.writing }()
	var log, moved int
	err = durable.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved)
	return busy, err
}
