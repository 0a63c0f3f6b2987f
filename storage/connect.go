package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// Enough for a search, a list and a page at the same time; each connection
// may hold 2 MB of pages.
const readerConnections = 4

// common pragmas of every connection, in the order they are run.
func common() []string {
	return []string{
		// First, so that the pragmas after it already wait for a lock instead of
		// failing. Another program may hold one: a backup tool, a virus scanner.
		"busy_timeout = 5000",
		// Only counts for a new file, before it has a page: five vectors of 384
		// numbers fit into 8 KB, of the usual 4 KB pages they waste a quarter and
		// take 1.3 times as long to load.
		"page_size = 8192",
		// Readers and the writer do not wait for one another, a killed process
		// loses no commit, and a commit is one append. Kept in the file.
		"journal_mode = WAL",
		// Off by default in SQLite; without it deleting a document would leave
		// its passages and vectors behind.
		"foreign_keys = ON",
		// Deleted text is overwritten with zeros instead of staying in free
		// pages: erasing a chat must erase it.
		"secure_delete = ON",
		// Sorting must not spill passages into files that nobody erases.
		"temp_store = MEMORY",
	}
}

func durablePragmas() []string {
	return append(common(),
		// Waits for the disk at each commit: what a person typed survives a power
		// cut. Costs half the write rate of NORMAL, which chats do not feel.
		"synchronous = FULL",
		// The log shrinks back after a burst of indexing, 16 MiB.
		"journal_size_limit = 16777216",
	)
}

func indexPragmas() []string {
	return append(common(),
		// A power cut may undo the last batches, never damage the file; the
		// documents are then indexed again. Per connection, so the chats'
		// connection is not weakened.
		"synchronous = NORMAL",
		"journal_size_limit = 16777216",
	)
}

func readerPragmas() []string {
	return append(common(),
		// A query that writes by mistake fails instead of going past the queue.
		"query_only = ON",
	)
}

// processWide sets what the SQLite library keeps per process.
func processWide() {
	// POSIX locks vanish when any code of the process closes the file, for
	// instance to hash it; locks of the open file description do not. Not
	// available everywhere, then the older kind is used.
	_, _ = sqlite.OFDLocking(true)
	// Halves the wait of a FULL commit on Linux, as distributions' builds do.
	_, _ = sqlite.Fdatasync(true)
}

// connector runs pragmas on each new connection, in their order (a data source
// name would sort them).
type connector struct {
	driver.Connector
	pragmas []string
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, pragma := range c.pragmas {
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "PRAGMA "+pragma, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// openPool makes a pool of connections that are opened when first needed.
func openPool(path string, connections int, pragmas []string) (*sql.DB, error) {
	base, err := sqlite.NewConnector(sourceName(path))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector{base, pragmas})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

// sourceName escapes a path. Transactions begin as writers (immediate): one
// that begins as a reader cannot wait when it later needs the lock. Readers
// here never open a transaction.
func sourceName(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/… on Windows
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: "_txlock=immediate&_dqs=0"}
	return u.String()
}

// quickCheck reads the whole file and compares its structure, not its indexes.
func quickCheck(ctx context.Context, pool *sql.DB) error {
	result, err := collect(ctx, pool, scanText, "PRAGMA quick_check(1)")
	if err != nil {
		return err
	}
	if len(result) != 1 || result[0] != "ok" {
		return newError(CodeCorrupt, "quick check", "the file's structure is damaged")
	}
	return nil
}
