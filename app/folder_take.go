package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"kontor/app/folder"
	"kontor/localrag"
	"kontor/storage"
)

// folderPlan is what a look means for the records.
type folderPlan struct {
	read    []folder.File // new, changed, or to be tried again
	fresh   []folder.File // of them, those that have no record yet
	gone    []int64       // records whose file is not there
	present int           // records whose file is there
	known   int           // records of files that were there
}

// compare finds what is new, what changed and what is gone. Of folders that
// could not be listed nothing is concluded.
func compare(seen folder.Seen, records []storage.FolderFile) folderPlan {
	var plan folderPlan
	byPath := make(map[string]*storage.FolderFile, len(records))
	for i := range records {
		byPath[records[i].Path] = &records[i]
	}
	for _, f := range seen.Files {
		record := byPath[f.Path]
		if record == nil {
			plan.read, plan.fresh = append(plan.read, f), append(plan.fresh, f)
			continue
		}
		delete(byPath, f.Path)
		plan.known++
		plan.present++
		same := record.Size == f.Size && record.Modified == f.Modified.UnixNano()
		switch {
		case same && record.State == storage.FileTaken:
		case same && record.State == storage.FileFailed && record.ErrorCode != string(localrag.CodeUnreadable):
		default:
			plan.read = append(plan.read, f)
		}
	}
	for path, record := range byPath {
		if record.State == storage.FileGone {
			continue
		}
		plan.known++
		hidden := false
		for _, unread := range seen.Unread {
			hidden = hidden || strings.HasPrefix(path, unread+"/")
		}
		if !hidden {
			plan.gone = append(plan.gone, record.Seq)
		}
	}
	return plan
}

// doubtful says whether a look is not to be believed: nothing is left of a
// folder that held something, because it is empty (as the mount point of a
// share that is away) or because another file system lies there now.
func (p folderPlan) doubtful(seen folder.Seen, record storage.Folder) bool {
	if p.known == 0 || p.present > 0 || len(p.gone) == 0 {
		return false
	}
	return seen.Entries == 0 || record.Device != "" && seen.Device != "" && record.Device != seen.Device
}

// errMoving means that a file is being written.
var errMoving = errors.New("the file changed while it was read")

// takeAtOnce and takeEvery bound how many files wait to be recorded.
const (
	takeAtOnce = 50
	takeEvery  = time.Second
)

// take reads what is new. It stops when the folder is paused or unlinked, or
// must wait for the mains; what was recorded by then stays.
func (w *folderWorker) take(ctx context.Context, record storage.Folder, plan folderPlan) (again bool, err error) {
	if err := w.note(ctx, plan.fresh); err != nil {
		return false, err
	}
	if len(plan.read) == 0 {
		clear(w.growing)
		return false, nil
	}
	w.is("reading")
	var batch []storage.FoundFile
	flushed := time.Now()
	for _, f := range plan.read {
		if err := w.yield(ctx); err != nil {
			return again, err
		}
		if !w.stands(f) {
			again = true
			continue
		}
		hash, err := w.hash(filePath(record.Path, f.Path), f)
		switch {
		case errors.Is(err, errMoving):
			again = true
			continue
		case errors.Is(err, fs.ErrNotExist):
			continue // the next look knows
		case err != nil:
			failed := storage.FolderFile{Path: f.Path, Size: f.Size, Modified: f.Modified.UnixNano(), State: storage.FileFailed, ErrorCode: AsError(err).Code}
			if err := w.service.app.db.NoteFiles(ctx, w.owner, w.id, []storage.FolderFile{failed}); err != nil {
				return again, err
			}
			continue
		}
		batch = append(batch, storage.FoundFile{Path: f.Path, Size: f.Size, Modified: f.Modified.UnixNano(), Hash: hash})
		if len(batch) >= takeAtOnce || time.Since(flushed) > takeEvery {
			if err := w.flush(ctx, batch); err != nil {
				return again, err
			}
			batch, flushed = batch[:0], time.Now()
		}
		if w.mustStop(ctx) {
			again = true
			break
		}
	}
	if !again {
		clear(w.growing)
	}
	return again, w.flush(ctx, batch)
}

// noteAtOnce is how many new files one transaction records.
const noteAtOnce = 500

// note shows new files as waiting before the first of them is read.
func (w *folderWorker) note(ctx context.Context, files []folder.File) error {
	for len(files) > 0 {
		n := min(noteAtOnce, len(files))
		waiting := make([]storage.FolderFile, n)
		for i, f := range files[:n] {
			// No time: the record is older than the file in any case.
			waiting[i] = storage.FolderFile{Path: f.Path, Size: f.Size, State: storage.FileWaiting}
		}
		if err := w.service.app.db.NoteFiles(ctx, w.owner, w.id, waiting); err != nil {
			return err
		}
		files = files[n:]
	}
	return nil
}

// yield lets a person's question go first.
func (w *folderWorker) yield(ctx context.Context) error {
	for w.service.app.queue.Busy() && ctx.Err() == nil {
		sleep(ctx, 100*time.Millisecond)
	}
	return ctx.Err()
}

// mustStop says whether the person or the battery ends the reading.
func (w *folderWorker) mustStop(ctx context.Context) bool {
	if w.service.held() {
		return true
	}
	if len(w.poke) == 0 {
		return false
	}
	record, err := w.service.app.db.Folder(ctx, w.owner, w.id)
	return err != nil || record.Paused || record.Removing
}

// stands says whether a file has not changed for a while. Times from the
// future, of a share whose clock is ahead, say nothing: then it must look the
// same twice.
func (w *folderWorker) stands(f folder.File) bool {
	now, settle := w.service.app.now(), w.service.options.Settle
	if age := now.Sub(f.Modified); age >= settle {
		delete(w.growing, f.Path)
		return true
	}
	before, known := w.growing[f.Path]
	if known && before.size == f.Size && before.modified.Equal(f.Modified) {
		return now.Sub(before.at) >= settle
	}
	w.growing[f.Path] = sighting{size: f.Size, modified: f.Modified, at: now}
	return false
}

// hash reads a file and makes sure that it did not change meanwhile.
func (w *folderWorker) hash(path string, f folder.File) (string, error) {
	switch {
	case f.Size > maxUpload:
		return "", &localrag.Error{Code: localrag.CodeTooLarge}
	case f.Size == 0:
		return "", &localrag.Error{Code: localrag.CodeEmpty}
	}
	file, err := w.service.options.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return "", &localrag.Error{Code: localrag.CodeUnreadable, Cause: err}
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(file, f.Size+1))
	if err != nil {
		return "", &localrag.Error{Code: localrag.CodeUnreadable, Cause: err}
	}
	info, err := file.Stat()
	if err != nil {
		return "", &localrag.Error{Code: localrag.CodeUnreadable, Cause: err}
	}
	if n != f.Size || info.Size() != f.Size || !info.ModTime().Equal(f.Modified) {
		return "", errMoving
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// flush records files, and wakes the indexer for what is new of them.
func (w *folderWorker) flush(ctx context.Context, batch []storage.FoundFile) error {
	if len(batch) == 0 {
		return nil
	}
	a := w.service.app
	queued, removed, err := a.db.TakeFiles(ctx, w.owner, w.id, batch)
	if err != nil {
		return err
	}
	for _, d := range queued {
		a.indexer.cancel(d.ID) // an older version may be on the way
	}
	a.library.forget(ctx, removed)
	a.library.collectionsMoved(ctx, a.owner)
	w.service.touch()
	a.indexer.wake()
	return nil
}
