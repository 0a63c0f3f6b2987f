package app

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"kontor/localrag/parse"
	"kontor/storage"
)

// OpenOriginal opens the file a document came from in the program the system
// has for it, or shows it in its folder. If the file has moved, a copy with its
// name is opened. Only kinds of file that Kontor reads are opened: nothing that
// would run.
func (l *Library) OpenOriginal(ctx context.Context, p Principal, r OriginalRequest) (Empty, error) {
	record, err := l.app.db.Document(ctx, p.OwnerID, r.DocumentID, storage.EmbedderKey{})
	if err != nil {
		return Empty{}, err
	}
	path := record.Origin
	if info, err := os.Stat(path); path == "" || err != nil || !info.Mode().IsRegular() {
		if path, err = l.namedCopy(record); err != nil {
			return Empty{}, err
		}
	}
	if !r.Folder && !parse.Supported(path) {
		return Empty{}, &Error{Code: ProblemNotAllowed}
	}
	if err := l.app.shell.OpenFile(path, r.Folder); err != nil {
		return Empty{}, &Error{Code: ProblemOpenFailed, Args: map[string]string{"name": record.Name}, Cause: err}
	}
	return Empty{}, nil
}

// namedCopy puts the stored bytes, whose name is a hash, where a program finds
// them under the document's name. They are removed at the next start.
func (l *Library) namedCopy(d storage.Document) (string, error) {
	missing := func(err error) (string, error) {
		return "", &Error{Code: ProblemOriginalMissing, Args: map[string]string{"name": d.Name}, Cause: err}
	}
	source, err := os.Open(l.originalPath(d.Hash))
	if err != nil {
		return missing(err)
	}
	defer source.Close()
	folder := filepath.Join(l.app.config.Paths.opened(), d.ID)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", diskError(err)
	}
	path := filepath.Join(folder, filepath.Base(filepath.FromSlash(d.Name)))
	_ = os.Remove(path) // an older copy is read-only
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return "", diskError(err)
	}
	_, err = io.Copy(target, source)
	if closeErr := target.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", diskError(err)
	}
	return path, nil
}
