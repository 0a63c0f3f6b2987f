// Package storage keeps everything the program must not lose in one SQLite
// database: chats, documents with their passages and vectors, settings and the
// record of network connections. It is the truth; every other index is a cache
// that can be rebuilt from here.
//
// It must not know what a model, a prompt or a window is, nor what a document
// means: message parts, block lists and locations are opaque to it, and the
// analysis of text into search terms is a function it is given.
package storage

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// FileName is the name of the database in the data folder.
const FileName = "kontor.db"

// Options configure a DB.
type Options struct {
	// Folder holds the database; it is created with mode 0700.
	Folder string
	// Analyse turns text into search terms joined by spaces; language is a
	// code such as "de" or "" when unknown. nil keeps the words as they are.
	Analyse func(language, text string) string
	// AnalyserVersion changes when Analyse gives other terms; Reanalyse then
	// renews what was indexed before.
	AnalyserVersion int
	Now             func() time.Time // nil: time.Now
	NewID           func() string    // nil: UUIDv7
	Log             *slog.Logger     // nil: discard; never gets content
}

// DB is the database. All methods may be called at the same time from several
// goroutines; writes queue behind one another, reads do not wait for writes.
type DB struct {
	folder  string
	analyse func(language, text string) string
	version int
	now     func() time.Time
	newID   func() string
	log     *slog.Logger

	migrations func() ([]migration, error)

	// writing holds one token: SQLite has one writer at a time, and a Go queue
	// hands over at once where its own busy handler sleeps and retries.
	writing chan struct{}

	// Nil while closed; a call that runs during Close fails instead of racing.
	durable pool // one connection, synchronous=FULL: chats, settings, what a person did
	index   pool // one connection, synchronous=NORMAL: what can be made again from files
	readers pool
}

// pool holds connections with the same pragmas, or none.
type pool struct{ atomic.Pointer[sql.DB] }

// open gives the connections, or an error while the database is closed.
func (p *pool) open(op string) (*sql.DB, error) {
	if opened := p.Load(); opened != nil {
		return opened, nil
	}
	return nil, newError(CodeFailed, op, "the database is not open")
}

// New makes a closed DB; it touches nothing.
func New(o Options) *DB {
	d := &DB{
		folder: o.Folder, analyse: o.Analyse, version: o.AnalyserVersion,
		now: o.Now, newID: o.NewID, log: o.Log,
		migrations: embeddedMigrations, writing: make(chan struct{}, 1),
	}
	if d.analyse == nil {
		d.analyse = func(_, text string) string { return text }
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.newID == nil {
		d.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	return d
}

// Path is where the database file lies.
func (d *DB) Path() string { return filepath.Join(d.folder, FileName) }

// Open opens the database and brings its schema up to date. It makes folder
// and file if they do not exist, refuses a network file system
// (CodeNetworkPath), a database written by a newer program (CodeNewer) and a
// damaged one (CodeCorrupt), and backs a database up before it migrates it.
// After a crash it checks the whole file, which takes about a second per 200 MB.
func (d *DB) Open(ctx context.Context) error {
	if err := d.open(ctx); err != nil {
		_ = d.closePools() // what kept it from opening is told
		return wrap("open", err)
	}
	return nil
}

func (d *DB) open(ctx context.Context) error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return err
	}
	if kind, err := networkFileSystem(d.folder); err != nil {
		return err
	} else if kind != "" {
		return newError(CodeNetworkPath, "open", "the data folder is on "+kind)
	}
	// SQLite gives its log files the mode of the database, so this is the one
	// place that keeps other accounts out.
	file, err := os.OpenFile(d.Path(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	// The last connection removes the log when it closes: a log that is still
	// there means that the last process did not get that far.
	wal, err := os.Stat(d.Path() + "-wal")
	unclean := err == nil && wal.Size() > 0

	processWide()
	durable, err := d.connect(&d.durable, 1, durablePragmas())
	if err != nil {
		return err
	}
	if err := durable.PingContext(ctx); err != nil {
		return err
	}
	if unclean {
		if err := quickCheck(ctx, durable); err != nil {
			return err
		}
	}
	if err := d.migrate(ctx, durable); err != nil {
		return err
	}
	if _, err := d.connect(&d.index, 1, indexPragmas()); err != nil {
		return err
	}
	_, err = d.connect(&d.readers, readerConnections, readerPragmas())
	return err
}

func (d *DB) connect(to *pool, connections int, pragmas []string) (*sql.DB, error) {
	opened, err := openPool(d.Path(), connections, pragmas)
	if err == nil {
		to.Store(opened)
	}
	return opened, err
}

// Close ends all connections. The last one empties the write-ahead log.
func (d *DB) Close() error {
	d.writing <- struct{}{} // lets a running write finish
	defer func() { <-d.writing }()
	return wrap("close", d.closePools())
}

func (d *DB) closePools() error {
	var first error
	for _, p := range []*pool{&d.readers, &d.index, &d.durable} {
		if opened := p.Swap(nil); opened != nil {
			if err := opened.Close(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

// write runs f in one transaction of the pool; nothing of it stays when f fails.
func (d *DB) write(ctx context.Context, p *pool, op string, f func(tx *sql.Tx) error) error {
	select {
	case d.writing <- struct{}{}:
	case <-ctx.Done():
		return wrap(op, ctx.Err())
	}
	defer func() { <-d.writing }()
	opened, err := p.open(op)
	if err != nil {
		return err
	}
	tx, err := opened.BeginTx(ctx, nil)
	if err != nil {
		return wrap(op, err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the first error is the one that tells
		return wrap(op, err)
	}
	return wrap(op, tx.Commit())
}

// durably is write for what must survive a power cut.
func (d *DB) durably(ctx context.Context, op string, f func(tx *sql.Tx) error) error {
	return d.write(ctx, &d.durable, op, f)
}

// quickly is write for what can be made again from the files.
func (d *DB) quickly(ctx context.Context, op string, f func(tx *sql.Tx) error) error {
	return d.write(ctx, &d.index, op, f)
}

// reading gives the pool of readers, or an error while the database is closed.
func (d *DB) reading(op string) (*sql.DB, error) { return d.readers.open(op) }

// snapshot runs f on one state of the database, for answers made of several
// queries: between two queries on the pool a writer may commit.
func (d *DB) snapshot(ctx context.Context, op string, f func(q querier) error) error {
	q, err := d.reading(op)
	if err != nil {
		return err
	}
	// Read only: others begin by taking the lock of writers, which readers may not.
	tx, err := q.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(op, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return wrap(op, f(tx))
}

// querier is what a transaction, a connection and a pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// collect runs a query and scans every row with f.
func collect[T any](ctx context.Context, q querier, scan func(row scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanText(row scanner) (string, error) {
	var text string
	err := row.Scan(&text)
	return text, err
}

func scanInteger(row scanner) (int64, error) {
	var n int64
	err := row.Scan(&n)
	return n, err
}

// execute runs a statement and says how many rows it changed.
func execute(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	result, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// milliseconds is the present time as records hold it.
func (d *DB) milliseconds() int64 { return d.now().UnixMilli() }
