package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"kontor/localrag"
	"kontor/localrag/parse"
	"kontor/storage"
)

// maxUpload is the largest file that is taken, in bytes.
const maxUpload = 200 << 20

// maxFolderFiles stops a dropped disk: more files than this in one drop need
// more than one drop.
const maxFolderFiles = 20_000

// Library is the service for documents and collections.
type Library struct {
	app *App

	mu       sync.Mutex
	progress map[string]*progress // by document id

	hashes hashMemory

	// originals is held for reading between the copying of a file and its
	// record, and for writing while copies without a record are removed.
	originals sync.RWMutex

	shown shownDocuments
}

func newLibrary(a *App) *Library { return &Library{app: a, progress: map[string]*progress{}} }

func (l *Library) register(s *Surface) {
	handle(s, "collections.list", l.Collections)
	handle(s, "collections.create", l.CreateCollection)
	handle(s, "collections.rename", l.RenameCollection)
	handle(s, "collections.delete", l.DeleteCollection)
	handle(s, "documents.list", l.Documents)
	handle(s, "documents.get", l.Document)
	handleLocal(s, "documents.add", l.Add)
	handleLocal(s, "documents.pick", l.Pick)
	handle(s, "documents.delete", l.Delete)
	handle(s, "documents.cancel", l.Cancel)
	handle(s, "documents.retry", l.Retry)
	handle(s, "documents.addToCollection", l.AddToCollection)
	handle(s, "documents.removeFromCollection", l.RemoveFromCollection)
	handle(s, "documents.preview", l.Preview)
	l.registerCollections(s)
	handleLocal(s, "documents.openOriginal", l.OpenOriginal)
}

// Collections lists the owner's collections.
func (l *Library) Collections(ctx context.Context, p Principal, _ Empty) (Collections, error) {
	records, err := l.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return Collections{}, err
	}
	list := Collections{Collections: make([]Collection, len(records))}
	for i, r := range records {
		list.Collections[i] = l.collectionView(r)
	}
	return list, nil
}

// CreateCollection makes an empty collection.
func (l *Library) CreateCollection(ctx context.Context, p Principal, r RenameRequest) (Collection, error) {
	name := strings.TrimSpace(r.Name)
	if name == "" {
		return Collection{}, &Error{Code: ProblemNameEmpty}
	}
	record, err := l.app.db.CreateCollection(ctx, p.OwnerID, name)
	if err != nil {
		return Collection{}, withName(err, name)
	}
	l.collectionsMoved(ctx, p)
	return l.collectionView(record), nil
}

// RenameCollection gives a collection another name.
func (l *Library) RenameCollection(ctx context.Context, p Principal, r RenameRequest) (Collection, error) {
	name := strings.TrimSpace(r.Name)
	if name == "" {
		return Collection{}, &Error{Code: ProblemNameEmpty}
	}
	record, err := l.app.db.RenameCollection(ctx, p.OwnerID, r.ID, name)
	if err != nil {
		return Collection{}, withName(err, name)
	}
	l.collectionsMoved(ctx, p)
	return l.collectionView(record), nil
}

// DeleteCollection removes a collection and the documents that are in no other.
func (l *Library) DeleteCollection(ctx context.Context, p Principal, r ByID) (Empty, error) {
	documents, err := l.idsIn(ctx, p, r.ID)
	if err != nil {
		return Empty{}, err
	}
	passages := l.passageIDs(ctx, p.OwnerID, documents)
	orphaned, err := l.app.db.DeleteCollection(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Empty{}, err
	}
	for _, id := range orphaned {
		l.app.indexer.forget(ctx, id, passages[id])
		l.app.bus.Publish(Event{DocumentRemoved: &ByID{ID: id}})
	}
	l.app.indexer.sweepOriginals(ctx)
	l.app.folders.wake("") // those of the collection end
	l.app.folders.touch()
	l.collectionsMoved(ctx, p)
	return Empty{}, nil
}

// Documents lists a page of documents, newest first.
func (l *Library) Documents(ctx context.Context, p Principal, r DocumentListRequest) (DocumentList, error) {
	limit := min(max(r.Limit, 1), 500)
	if r.Limit == 0 {
		limit = 100
	}
	records, total, err := l.app.db.Documents(ctx, p.OwnerID, r.CollectionID, l.app.models.embedderKey(), limit, max(r.Offset, 0))
	if err != nil {
		return DocumentList{}, err
	}
	list := DocumentList{Documents: make([]Document, len(records)), Total: total}
	for i, d := range records {
		list.Documents[i] = l.app.documentView(d)
	}
	l.addSourceStates(ctx, p, records, list.Documents)
	return list, nil
}

// Document returns one document.
func (l *Library) Document(ctx context.Context, p Principal, r ByID) (Document, error) {
	record, err := l.app.db.Document(ctx, p.OwnerID, r.ID, l.app.models.embedderKey())
	if err != nil {
		return Document{}, err
	}
	views := []Document{l.app.documentView(record)}
	l.addSourceStates(ctx, p, []storage.Document{record}, views)
	return views[0], nil
}

// Pick opens the system's dialog and adds what was chosen.
func (l *Library) Pick(ctx context.Context, p Principal, r PickRequest) (AddResult, error) {
	paths, err := l.app.shell.Pick(ctx, r.Folder)
	if err != nil {
		return AddResult{}, err
	}
	if len(paths) == 0 {
		return emptyAddResult(), nil
	}
	return l.Add(ctx, p, AddRequest{Paths: paths, CollectionID: r.CollectionID})
}

func emptyAddResult() AddResult {
	return AddResult{Documents: []Document{}, Known: []string{}, Refused: []RefusedFile{}}
}

// Add takes files and folders by path. Files that cannot be read are listed in
// the result; the rest goes on.
func (l *Library) Add(ctx context.Context, p Principal, r AddRequest) (AddResult, error) {
	result := emptyAddResult()
	files := 0
	for _, path := range r.Paths {
		root := filepath.Clean(path)
		err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			name := displayName(root, file)
			if err != nil {
				result.refuse(name, &localrag.Error{Code: localrag.CodeUnreadable, Cause: err})
				return nil
			}
			if entry.IsDir() {
				if file != root && strings.HasPrefix(entry.Name(), ".") {
					return filepath.SkipDir
				}
				return nil
			}
			if skipped(file, root) {
				return nil
			}
			if files++; files > maxFolderFiles {
				result.refuse(name, &localrag.Error{Code: localrag.CodeTooLarge, Cause: errors.New("too many files in one drop")})
				return filepath.SkipAll
			}
			l.addFile(ctx, p, file, name, r.CollectionID, &result)
			return nil
		})
		if err != nil {
			return result, err
		}
	}
	if len(result.Documents) == 0 && len(result.Known) == 0 && len(result.Refused) == 0 {
		return result, &Error{Code: ProblemNoFiles}
	}
	l.collectionsMoved(ctx, p)
	return result, nil
}

// skipped leaves out what lies in a folder beside the documents: hidden files
// and lock files of office programs.
func skipped(file, root string) bool {
	base := filepath.Base(file)
	return file != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$"))
}

// displayName is the file's name with the dropped folder it came in.
func displayName(root, file string) string {
	if root == file {
		return filepath.Base(file)
	}
	relative, err := filepath.Rel(filepath.Dir(root), file)
	if err != nil {
		return filepath.Base(file)
	}
	return filepath.ToSlash(relative)
}

func (r *AddResult) refuse(name string, err error) {
	problem := AsError(err).Problem()
	if problem.Args == nil {
		problem.Args = map[string]string{}
	}
	problem.Args["name"] = name
	r.Refused = append(r.Refused, RefusedFile{Name: name, Problem: problem})
}

func (l *Library) addFile(ctx context.Context, p Principal, file, name, collectionID string, result *AddResult) {
	if !parse.Supported(file) {
		result.refuse(name, &localrag.Error{Code: localrag.CodeUnsupported})
		return
	}
	f, err := os.Open(file)
	if err != nil {
		result.refuse(name, &localrag.Error{Code: localrag.CodeUnreadable, Cause: err})
		return
	}
	defer f.Close()
	document, known, err := l.take(ctx, p, storage.Document{Name: name, Origin: file, ModifiedAt: modifiedAt(f)}, collectionID, f)
	switch {
	case err != nil:
		result.refuse(name, err)
	case known:
		result.Known = append(result.Known, document.ID)
	default:
		result.Documents = append(result.Documents, document)
	}
}

// Upload takes one file from a reader. Name may hold folders, which are kept
// for display only.
func (l *Library) Upload(ctx context.Context, p Principal, name, collectionID string, body io.Reader) (Document, error) {
	name = cleanName(name)
	if !parse.Supported(name) {
		return Document{}, withName(&localrag.Error{Code: localrag.CodeUnsupported}, name)
	}
	document, _, err := l.take(ctx, p, storage.Document{Name: name}, collectionID, body)
	if err != nil {
		return Document{}, withName(err, name)
	}
	l.collectionsMoved(ctx, p)
	return document, nil
}

// cleanName makes a safe display name of what a browser sent.
func cleanName(name string) string {
	var kept []string
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		part = strings.Map(func(r rune) rune {
			if r < 0x20 || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				return -1
			}
			return r
		}, part)
		if part = strings.TrimSpace(part); part != "" && part != "." && part != ".." {
			kept = append(kept, part)
		}
	}
	joined := strings.Join(kept, "/")
	if len(joined) > 400 {
		joined = joined[len(joined)-400:]
	}
	return strings.ToValidUTF8(joined, "")
}

// take stores the bytes under their hash, records the document and queues it.
func (l *Library) take(ctx context.Context, p Principal, d storage.Document, collectionID string, body io.Reader) (Document, bool, error) {
	l.originals.RLock()
	defer l.originals.RUnlock()
	hash, size, err := l.keepOriginal(body)
	if err != nil {
		return Document{}, false, err
	}
	collectionID, err = l.collectionOrDefault(ctx, p, collectionID)
	if err != nil {
		return Document{}, false, err
	}
	d.Hash, d.Bytes, d.Status = hash, size, storage.DocumentQueued
	d.Format = strings.TrimPrefix(strings.ToLower(filepath.Ext(d.Name)), ".")
	if changed, err := l.changedVersion(ctx, p, d, collectionID); err != nil || changed != nil {
		if err != nil {
			return Document{}, false, err
		}
		return *changed, false, nil
	}
	record, known, err := l.app.db.AddDocument(ctx, p.OwnerID, d, collectionID)
	if known && record.Linked { // now a person has added it: the copy stays when the folder's file goes
		record, err = l.app.db.UpdateDocument(ctx, p.OwnerID, record.ID, storage.DocumentUpdate{Linked: new(false)})
	}
	if err != nil {
		return Document{}, false, err
	}
	view := l.app.documentView(record)
	l.app.bus.Publish(Event{DocumentChanged: &view})
	if !known {
		l.app.indexer.wake()
	}
	return view, known, nil
}

// changedVersion recognises a file that was added before from the same place
// and holds other bytes now: the document is indexed again, not added twice.
func (l *Library) changedVersion(ctx context.Context, p Principal, d storage.Document, collectionID string) (*Document, error) {
	if d.Origin == "" {
		return nil, nil
	}
	earlier, err := l.app.db.DocumentByOrigin(ctx, p.OwnerID, d.Origin)
	if storage.CodeOf(err) == storage.CodeNotFound || err == nil && earlier.Hash == d.Hash {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(earlier.CollectionIDs, collectionID) {
		if err := l.app.db.AddToCollection(ctx, p.OwnerID, earlier.ID, collectionID); err != nil {
			return nil, err
		}
	}
	if _, err := l.app.db.UpdateDocument(ctx, p.OwnerID, earlier.ID, storage.DocumentUpdate{Linked: new(false), ModifiedAt: &d.ModifiedAt}); err != nil {
		return nil, err
	}
	view, err := l.requeue(ctx, p, earlier.ID, &d.Hash, &d.Bytes)
	return &view, err
}

func (l *Library) requeue(ctx context.Context, p Principal, id string, hash *string, size *int64) (Document, error) {
	l.app.indexer.cancel(id)
	queued, none := storage.DocumentQueued, ""
	record, err := l.app.db.UpdateDocument(ctx, p.OwnerID, id, storage.DocumentUpdate{Status: &queued, ErrorCode: &none, Hash: hash, Bytes: size})
	if err != nil {
		return Document{}, err
	}
	view := l.app.documentView(record)
	l.app.bus.Publish(Event{DocumentChanged: &view})
	l.app.indexer.wake()
	return view, nil
}

// collectionOrDefault checks the collection, or finds or makes the default one.
func (l *Library) collectionOrDefault(ctx context.Context, p Principal, id string) (string, error) {
	records, err := l.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return "", err
	}
	name := l.app.text("collection.default", nil)
	for _, c := range records {
		if c.ID == id || id == "" && c.Name == name {
			return c.ID, nil
		}
	}
	if id != "" {
		return "", &storage.Error{Code: storage.CodeNotFound}
	}
	if len(records) == 1 {
		return records[0].ID, nil
	}
	record, err := l.app.db.CreateCollection(ctx, p.OwnerID, name)
	return record.ID, err
}

// keepOriginal copies the bytes into the data folder under their hash.
func (l *Library) keepOriginal(body io.Reader) (hash string, size int64, err error) {
	folder := l.app.config.Paths.originals()
	temporary, err := os.CreateTemp(folder, "incoming-*")
	if err != nil {
		return "", 0, diskError(err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already when it was renamed
	defer temporary.Close()
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(temporary, sum), io.LimitReader(body, maxUpload+1))
	if err != nil {
		return "", 0, diskError(err)
	}
	if size > maxUpload {
		return "", 0, &localrag.Error{Code: localrag.CodeTooLarge, Cause: fmt.Errorf("more than %d bytes", maxUpload)}
	}
	if size == 0 {
		return "", 0, &localrag.Error{Code: localrag.CodeEmpty}
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	target := l.originalPath(hash)
	if _, err := os.Stat(target); err == nil {
		return hash, size, nil
	}
	if err := temporary.Sync(); err != nil {
		return "", 0, diskError(err)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return "", 0, diskError(err)
	}
	if err := temporary.Close(); err != nil {
		return "", 0, diskError(err)
	}
	if err := os.Rename(temporary.Name(), target); err != nil {
		return "", 0, diskError(err)
	}
	return hash, size, nil
}

func (l *Library) originalPath(hash string) string {
	return filepath.Join(l.app.config.Paths.originals(), hash[:2], hash)
}

// diskError tells a full disk from an unreadable file.
func diskError(err error) error {
	if isDiskFull(err) {
		return &storage.Error{Code: storage.CodeDiskFull, Cause: err}
	}
	return &localrag.Error{Code: localrag.CodeUnreadable, Cause: err}
}

func withName(err error, name string) error {
	e := *AsError(err)
	args := map[string]string{"name": name}
	for k, v := range e.Args {
		args[k] = v
	}
	e.Args = args
	return &e
}
