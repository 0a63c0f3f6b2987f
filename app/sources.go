package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/localrag"
	"kontor/storage"
)

// openSource opens the bytes of a document.
func (l *Library) openSource(d storage.Document) (*os.File, error) {
	if d.Linked {
		return l.app.folders.options.Open(d.Origin)
	}
	return os.Open(l.originalPath(d.Hash))
}

// modifiedAt is when a file was last written, 0 if that is not known.
func modifiedAt(file *os.File) int64 {
	info, err := file.Stat()
	if err != nil {
		return 0
	}
	return info.ModTime().UnixMilli()
}

// Why an answer from a document deserves a look at its source.
const (
	staleOld     = "old"
	staleChanged = "changed"
	staleMissing = "missing"
)

// staleByAge says "old" for a source that was not written for longer than the
// setting allows.
func (a *App) staleByAge(d storage.Document) string {
	months := a.policy.Number(policy.StaleMonths)
	at := d.ModifiedAt
	if at == 0 {
		at = d.CreatedAt
	}
	if months == 0 || a.now().AddDate(0, -months, 0).UnixMilli() < at {
		return ""
	}
	return staleOld
}

// sourcePatience is how long a list waits for the disks its sources lie on; a
// share that hangs must not hold up the page.
const sourcePatience = 300 * time.Millisecond

// addSourceStates completes views with what became of their sources.
func (l *Library) addSourceStates(ctx context.Context, p Principal, records []storage.Document, views []Document) {
	away := l.app.folders.away(ctx, p)
	states := make(chan string, len(records))
	go func() {
		defer close(states)
		for _, d := range records {
			states <- sourceState(d, away)
		}
	}()
	deadline := time.After(sourcePatience)
	for i := range records {
		select {
		case state := <-states:
			views[i].Changed = state == staleChanged
			if state != "" {
				views[i].Stale = state
			}
		case <-deadline:
			return
		case <-ctx.Done():
			return
		}
	}
}

// sourceState is a cheap guess: another size, or written after it was read.
// Below folders that cannot be read now nothing is known.
func sourceState(d storage.Document, away []string) string {
	if d.Origin == "" {
		return ""
	}
	for _, root := range away {
		if below, err := filepath.Rel(root, d.Origin); err == nil && filepath.IsLocal(below) {
			return ""
		}
	}
	info, err := os.Stat(d.Origin)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return staleMissing
	case err != nil:
		return ""
	case info.Size() != d.Bytes, info.ModTime().UnixMilli() > d.UpdatedAt && info.ModTime().UnixMilli() != d.ModifiedAt:
		return staleChanged
	}
	return ""
}

// away lists the roots of folders that cannot be read now.
func (s *FolderService) away(ctx context.Context, p Principal) []string {
	records, err := s.app.db.Folders(ctx, p.OwnerID)
	if err != nil {
		return nil
	}
	var roots []string
	for _, record := range records {
		if record.Problem != "" {
			roots = append(roots, record.Path)
		}
	}
	return roots
}

// hashMemory keeps the last hashes of files that are read in place, so that
// paging through a document does not read it for each page.
type hashMemory struct {
	mu     sync.Mutex
	hashes map[string]knownHash // by document id
}

type knownHash struct {
	size     int64
	modified time.Time
	hash     string
	at       time.Time
}

// hashedFor is how long a hash is believed while size and time stay the same.
const hashedFor = 10 * time.Second

// linkedHash hashes the file of a document that is read in place.
func (l *Library) linkedHash(d storage.Document) (string, error) {
	file, err := l.openSource(d)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	l.hashes.mu.Lock()
	known := l.hashes.hashes[d.ID]
	l.hashes.mu.Unlock()
	if known.size == info.Size() && known.modified.Equal(info.ModTime()) && time.Since(known.at) < hashedFor {
		return known.hash, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(file, maxUpload+1)); err != nil {
		return "", err
	}
	known = knownHash{size: info.Size(), modified: info.ModTime(), hash: hex.EncodeToString(sum.Sum(nil)), at: time.Now()}
	l.hashes.mu.Lock()
	defer l.hashes.mu.Unlock()
	if l.hashes.hashes == nil || len(l.hashes.hashes) > 100 {
		l.hashes.hashes = map[string]knownHash{}
	}
	l.hashes.hashes[d.ID] = known
	return known.hash, nil
}

// checkSource says whether a document's file can be opened and still holds what
// was indexed. A change is looked after at once.
func (l *Library) checkSource(d storage.Document) (available, changed bool) {
	if !d.Linked {
		return true, false
	}
	hash, err := l.linkedHash(d)
	if err != nil {
		return false, false
	}
	if hash != d.Hash {
		l.app.folders.wake("")
	}
	return true, hash != d.Hash
}

// readLinked reads the file of a linked document once more for a retry.
func (l *Library) readLinked(d storage.Document) (hash string, size int64, err error) {
	hash, err = l.linkedHash(d)
	if err != nil {
		return "", 0, &Error{Code: ProblemSourceMissing, Args: map[string]string{"name": d.Name}, Cause: err}
	}
	info, err := os.Stat(d.Origin)
	if err != nil {
		return "", 0, &Error{Code: ProblemSourceMissing, Args: map[string]string{"name": d.Name}, Cause: err}
	}
	return hash, info.Size(), nil
}

// unreachable is called for a linked document whose file could not be opened or
// changed while it was read. If its folder is not there, the document waits
// with the folder.
func (s *FolderService) unreachable(ctx context.Context, d storage.Document) (waits bool) {
	records, err := s.app.db.Folders(ctx, d.OwnerID)
	if err != nil {
		return false
	}
	for _, record := range records {
		below, err := filepath.Rel(record.Path, d.Origin)
		if err != nil || !filepath.IsLocal(below) {
			continue
		}
		if _, err := os.Stat(record.Path); err != nil {
			code := ProblemFolderMissing
			if _, err := s.app.db.UpdateFolder(ctx, d.OwnerID, record.ID, storage.FolderUpdate{Problem: &code}); err == nil {
				waits = true
			}
			s.app.status.touch()
			s.touch()
		}
		s.wake(record.ID)
	}
	return waits
}

// sourceReader reads a linked file and hashes what it gives.
type sourceReader struct {
	io.Reader
	sum interface{ Sum([]byte) []byte }
}

func hashing(file io.Reader) sourceReader {
	sum := sha256.New()
	return sourceReader{io.TeeReader(file, sum), sum}
}

// verify says whether the bytes that were read are those that were hashed.
func (r sourceReader) verify(hash string) error {
	if hex.EncodeToString(r.sum.Sum(nil)) != hash {
		return &localrag.Error{Code: localrag.CodeUnreadable, Cause: errMoving}
	}
	return nil
}
