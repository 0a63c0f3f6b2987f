package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Code says what kind of failure an Error is.
type Code string

// Codes of this package's errors.
const (
	// CodeNotFound: no such record, or it belongs to someone else.
	CodeNotFound Code = "not_found"
	// CodeExists: a record with this name or id is already there.
	CodeExists Code = "exists"
	// CodeDiskFull: the write was rolled back; the database stays usable.
	CodeDiskFull Code = "disk_full"
	// CodeBusy: another process or a long read holds the database.
	CodeBusy Code = "busy"
	// CodeCorrupt: the file is damaged or is not a database of this program.
	CodeCorrupt Code = "corrupt"
	// CodeNewer: a newer version of the program wrote the database.
	CodeNewer Code = "newer_database"
	// CodeReadOnly: the file or folder cannot be written.
	CodeReadOnly Code = "read_only"
	// CodeNetworkPath: the folder is on a network file system, where
	// write-ahead logging loses data.
	CodeNetworkPath Code = "network_path"
	// CodeQueryRefused: a query of a sheet that is more than reading it.
	CodeQueryRefused Code = "query_refused"
	// CodeQueryFailed: a query of a sheet that cannot be understood.
	CodeQueryFailed Code = "query_failed"
	// CodeQueryTooLong: a query of a sheet that takes too long or gives too much.
	CodeQueryTooLong Code = "query_too_long"
	// CodeFailed: anything else; the cause is for the log.
	CodeFailed Code = "storage_failed"
)

// Codes lists every code an Error of this package can carry.
func Codes() []Code {
	return []Code{CodeNotFound, CodeExists, CodeDiskFull, CodeBusy, CodeCorrupt,
		CodeNewer, CodeReadOnly, CodeNetworkPath, CodeQueryRefused, CodeQueryFailed, CodeQueryTooLong, CodeFailed}
}

// Error is what every call of this package fails with. Cause is for the log
// and holds no stored content.
type Error struct {
	Code  Code
	Cause error
	// Message is what SQLite says about a query of a sheet, for whoever wrote
	// it. It may repeat the query and stays out of logs.
	Message string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("storage: %s: %v", e.Code, e.Cause) }

// Unwrap gives the cause, so that errors.Is finds context.Canceled.
func (e *Error) Unwrap() error { return e.Cause }

// newError makes an Error from an operation's name and a static text.
func newError(code Code, op, text string) *Error {
	return &Error{Code: code, Cause: fmt.Errorf("%s: %s", op, text)}
}

// wrap turns any error of an operation into an *Error; nil stays nil.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return err
	}
	var database *sqlite.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return newError(CodeNotFound, op, "no such record")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeFailed, Cause: fmt.Errorf("%s: %w", op, err)}
	case errors.As(err, &database):
		return &Error{Code: codeOf(database.Code()), Cause: causeOf(op, database)}
	case errors.Is(err, syscall.ENOSPC):
		return &Error{Code: CodeDiskFull, Cause: fmt.Errorf("%s: %w", op, err)}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &Error{Code: CodeReadOnly, Cause: fmt.Errorf("%s: %w", op, err)}
	}
	return &Error{Code: CodeFailed, Cause: fmt.Errorf("%s: %w", op, err)}
}

// codeOf maps an extended SQLite result code.
func codeOf(result int) Code {
	switch result {
	// A write or the growth of a file that the system refused: with a quota or
	// on some file systems a full disk shows up as these instead of as FULL.
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC,
		sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN:
		return CodeDiskFull
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return CodeExists
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return CodeNotFound
	}
	switch result & 0xff {
	case sqlite3.SQLITE_FULL:
		return CodeDiskFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return CodeBusy
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return CodeCorrupt
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return CodeReadOnly
	}
	return CodeFailed
}

// causeOf keeps the driver's message unless it may quote stored or typed text:
// messages of the full-text module repeat what they could not parse.
func causeOf(op string, err *sqlite.Error) error {
	message := err.Error()
	if err.Code()&0xff == sqlite3.SQLITE_ERROR {
		message = "SQL error"
	}
	return fmt.Errorf("%s: %s (%d)", op, message, err.Code())
}

// CodeOf returns the code of err, or an empty code if it has none.
func CodeOf(err error) Code {
	var own *Error
	if errors.As(err, &own) {
		return own.Code
	}
	return ""
}
