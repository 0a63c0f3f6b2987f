package storage

import (
	"context"
	"database/sql"
)

// Settings reads all settings that were changed from their defaults.
func (d *DB) Settings(ctx context.Context) (map[string]string, error) {
	const op = "read settings"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	_, err = collect(ctx, q, func(row scanner) (struct{}, error) {
		var key, value string
		err := row.Scan(&key, &value)
		settings[key] = value
		return struct{}{}, err
	}, `SELECT key, value FROM settings`)
	return settings, wrap(op, err)
}

// SetSetting stores a setting.
func (d *DB) SetSetting(ctx context.Context, key, value string) error {
	return d.durably(ctx, "set setting", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?,?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
		return err
	})
}

// DeleteSetting brings a setting back to its default; an unknown one is fine.
func (d *DB) DeleteSetting(ctx context.Context, key string) error {
	return d.durably(ctx, "delete setting", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, key)
		return err
	})
}

// EgressRecord is one connection that was asked for.
type EgressRecord struct {
	At      int64
	Host    string
	Port    int
	Allowed bool
	Purpose string // a fixed word, never content
}

// RecordEgress adds to the record of connections.
func (d *DB) RecordEgress(ctx context.Context, r EgressRecord) error {
	if r.At == 0 {
		r.At = d.milliseconds()
	}
	return d.durably(ctx, "record egress", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO egress (at, host, port, allowed, purpose) VALUES (?,?,?,?,?)`,
			r.At, r.Host, r.Port, r.Allowed, r.Purpose)
		return err
	})
}

// EgressCount says how many connections were allowed and how many refused.
func (d *DB) EgressCount(ctx context.Context) (allowed, refused int, err error) {
	const op = "count egress"
	q, err := d.reading(op)
	if err != nil {
		return 0, 0, err
	}
	err = q.QueryRowContext(ctx, `SELECT coalesce(sum(allowed), 0), coalesce(sum(1 - allowed), 0) FROM egress`).
		Scan(&allowed, &refused)
	return allowed, refused, wrap(op, err)
}
