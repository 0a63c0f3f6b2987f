package storage

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Migrations are numbered without gaps and only ever added: a database of any
// earlier version is led through all that it has not seen.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks the file as ours ("Kntr"), so that another program's
// database under the same name is not migrated.
const applicationID = 0x4b6e7472

type migration struct {
	number int
	sql    string
}

// embeddedMigrations reads the files in order.
func embeddedMigrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var all []migration
	for i, name := range names {
		digits, _, _ := strings.Cut(filepath.Base(name), "_")
		number, err := strconv.Atoi(digits)
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %s is out of sequence", name)
		}
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, migration{number, string(text)})
	}
	return all, nil
}

// migrate applies what the database has not seen, one transaction each, after
// a backup if the database holds anything.
func (d *DB) migrate(ctx context.Context, from *sql.DB) error {
	all, err := d.migrations()
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, from)
	if err != nil {
		return err
	}
	if version > len(all) {
		return newError(CodeNewer, "migrate", fmt.Sprintf("schema %d, this program knows %d", version, len(all)))
	}
	for _, m := range all[version:] {
		if version > 0 {
			if err := d.backupBefore(ctx, from, m.number); err != nil {
				return err
			}
		}
		if err := d.durably(ctx, "migrate", func(tx *sql.Tx) error { return apply(ctx, tx, m) }); err != nil {
			return err
		}
		d.log.Info("database migrated", "schema", m.number)
	}
	return nil
}

func apply(ctx context.Context, tx *sql.Tx, m migration) error {
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	marks := fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", m.number, applicationID)
	_, err := tx.ExecContext(ctx, marks)
	return err
}

// schemaVersion is the number of the last migration, 0 for an empty file.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	var version, application, tables int
	for query, to := range map[string]*int{
		"PRAGMA user_version":                &version,
		"PRAGMA application_id":              &application,
		"SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := q.QueryRowContext(ctx, query).Scan(to); err != nil {
			return 0, err
		}
	}
	if application != applicationID && (application != 0 || version != 0 || tables != 0) {
		return 0, newError(CodeCorrupt, "migrate", "the file is another program's database")
	}
	return version, nil
}

// backupBefore copies the database beside itself, once per migration: a second
// attempt after a failure keeps the first copy.
func (d *DB) backupBefore(ctx context.Context, from *sql.DB, number int) error {
	path := fmt.Sprintf("%s.before-%04d", d.Path(), number)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return backup(ctx, from, path)
}

// removeMigrationBackups deletes the copies made before migrations: they still
// hold what is being erased.
func (d *DB) removeMigrationBackups() error {
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), FileName+".before-") {
			if err := os.Remove(filepath.Join(d.folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
