package storage

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"modernc.org/sqlite"
)

// Backup writes a consistent copy of the database to path while it stays in
// use (181 MB: .4 s). The copy appears under its name only when it is complete
// and on disk; an existing file is replaced.
func (d *DB) Backup(ctx context.Context, path string) error {
	pool, err := d.reading("backup")
	if err != nil {
		return err
	}
	return wrap("backup", backup(ctx, pool, path))
}

// Check reads the whole database and fails with CodeCorrupt if its structure is
// damaged (about a second per 200 MB).
func (d *DB) Check(ctx context.Context) error {
	const op = "check"
	q, err := d.reading(op)
	if err != nil {
		return err
	}
	return wrap(op, quickCheck(ctx, q))
}

func backup(ctx context.Context, pool *sql.DB, path string) error {
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !os.IsNotExist(err) {
		return err
	}
	// Made here, because SQLite would let other accounts read it.
	file, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(partial) // gone already unless something failed
	}()
	if err := copyPages(ctx, pool, partial); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(partial, path)
}

// copyPages copies all pages in one step: between steps another connection's
// commit would start the copy again.
func copyPages(ctx context.Context, pool *sql.DB, path string) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driverConn any) error {
		source, ok := driverConn.(interface {
			NewBackup(uri string) (*sqlite.Backup, error)
		})
		if !ok {
			return fmt.Errorf("the driver has no online backup")
		}
		b, err := source.NewBackup(sourceName(path))
		if err != nil {
			return err
		}
		if _, err := b.Step(-1); err != nil {
			_ = b.Finish()
			return err
		}
		return b.Finish()
	})
}
