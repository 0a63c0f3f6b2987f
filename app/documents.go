package app

import (
	"context"
	"os"
	"time"

	"kontor/storage"
)

// track remembers a document that is being read, or forgets it.
func (l *Library) track(id string, p *progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p == nil {
		delete(l.progress, id)
	} else {
		l.progress[id] = p
	}
}

// percent tells how far the reading of a document is.
func (l *Library) percent(_ context.Context, d storage.Document, percent int) {
	l.mu.Lock()
	p := l.progress[d.ID]
	if p != nil {
		p.percent = percent
	}
	l.mu.Unlock()
	d.Status = storage.DocumentParsing
	view := l.app.documentView(d)
	l.app.bus.Publish(Event{DocumentChanged: &view})
}

// addProgress completes a view with how far the document is.
func (l *Library) addProgress(view *Document) {
	l.mu.Lock()
	if p := l.progress[view.ID]; p != nil && view.Status == storage.DocumentParsing {
		view.Percent = p.percent
	}
	l.mu.Unlock()
	if view.Status == storage.DocumentSearchable && view.Passages > 0 {
		view.Percent = 100 * view.Embedded / view.Passages
		view.SecondsLeft = l.app.indexer.secondsFor(view.Passages - view.Embedded)
	}
}

func (l *Library) collectionsMoved(ctx context.Context, p Principal) {
	if list, err := l.Collections(ctx, p, Empty{}); err == nil {
		l.app.bus.Publish(Event{CollectionsMoved: &list})
	}
}

// idsIn lists the documents of a collection.
func (l *Library) idsIn(ctx context.Context, p Principal, collectionID string) ([]string, error) {
	var ids []string
	for {
		records, total, err := l.app.db.Documents(ctx, p.OwnerID, collectionID, storage.EmbedderKey{}, 500, len(ids))
		if err != nil {
			return nil, err
		}
		for _, d := range records {
			ids = append(ids, d.ID)
		}
		if len(records) == 0 || len(ids) >= total {
			return ids, nil
		}
	}
}

// passageIDs lists the passages of documents, for the index in memory.
func (l *Library) passageIDs(ctx context.Context, owner string, documents []string) map[string][]int64 {
	ids := map[string][]int64{}
	for _, document := range documents {
		records, err := l.app.db.PassageIDs(ctx, storage.Scope{OwnerID: owner, DocumentIDs: []string{document}})
		if err != nil {
			continue
		}
		for id := range records {
			ids[document] = append(ids[document], id)
		}
	}
	return ids
}

// Delete removes a document with its text, passages, vectors and copy.
func (l *Library) Delete(ctx context.Context, p Principal, r ByID) (Empty, error) {
	passages := l.passageIDs(ctx, p.OwnerID, []string{r.ID})
	l.app.indexer.cancel(r.ID)
	record, err := l.app.db.DeleteDocument(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Empty{}, err
	}
	l.dropOriginal(ctx, record.Hash)
	l.gone(ctx, p, r.ID, passages[r.ID])
	return Empty{}, nil
}

func (l *Library) gone(ctx context.Context, p Principal, id string, passages []int64) {
	l.app.indexer.forget(ctx, id, passages)
	l.app.folders.touch()
	l.shown.forget(id)
	l.app.bus.Publish(Event{DocumentRemoved: &ByID{ID: id}})
	l.collectionsMoved(ctx, p)
}

// Cancel stops the reading of a document; what was read before stays.
func (l *Library) Cancel(ctx context.Context, p Principal, r ByID) (Document, error) {
	record, err := l.app.db.Document(ctx, p.OwnerID, r.ID, l.app.models.embedderKey())
	if err != nil {
		return Document{}, err
	}
	if record.Status == storage.DocumentQueued || record.Status == storage.DocumentParsing {
		l.app.indexer.cancel(r.ID)
		status := storage.DocumentCancelled
		if record, err = l.app.db.UpdateDocument(ctx, p.OwnerID, r.ID, storage.DocumentUpdate{Status: &status}); err != nil {
			return Document{}, err
		}
	}
	view := l.app.documentView(record)
	l.app.bus.Publish(Event{DocumentChanged: &view})
	return view, nil
}

// Retry reads a document again, from its origin if that has changed.
func (l *Library) Retry(ctx context.Context, p Principal, r ByID) (Document, error) {
	record, err := l.app.db.Document(ctx, p.OwnerID, r.ID, storage.EmbedderKey{})
	if err != nil {
		return Document{}, err
	}
	l.originals.RLock()
	defer l.originals.RUnlock()
	hash, size := record.Hash, record.Bytes
	if record.Linked {
		if hash, size, err = l.readLinked(record); err != nil {
			return Document{}, err
		}
		return l.requeue(ctx, p, r.ID, &hash, &size)
	}
	if sourceState(record, nil) == staleChanged {
		if file, err := os.Open(record.Origin); err == nil {
			defer file.Close()
			if newHash, newSize, err := l.keepOriginal(file); err == nil {
				hash, size = newHash, newSize
			}
		}
	}
	if _, err := os.Stat(l.originalPath(hash)); err != nil {
		return Document{}, &Error{Code: ProblemOriginalMissing, Args: map[string]string{"name": record.Name}, Cause: err}
	}
	return l.requeue(ctx, p, r.ID, &hash, &size)
}

// AddToCollection puts a document into one more collection.
func (l *Library) AddToCollection(ctx context.Context, p Principal, r MembershipRequest) (Empty, error) {
	if err := l.app.db.AddToCollection(ctx, p.OwnerID, r.DocumentID, r.CollectionID); err != nil {
		return Empty{}, err
	}
	l.moved(ctx, p, r.DocumentID)
	return Empty{}, nil
}

// RemoveFromCollection takes a document out; out of the last one it is deleted.
func (l *Library) RemoveFromCollection(ctx context.Context, p Principal, r MembershipRequest) (Empty, error) {
	passages := l.passageIDs(ctx, p.OwnerID, []string{r.DocumentID})
	gone, err := l.app.db.RemoveFromCollection(ctx, p.OwnerID, r.DocumentID, r.CollectionID)
	if err != nil {
		return Empty{}, err
	}
	if gone {
		l.app.indexer.sweepOriginals(ctx)
		l.gone(ctx, p, r.DocumentID, passages[r.DocumentID])
	} else {
		l.moved(ctx, p, r.DocumentID)
	}
	return Empty{}, nil
}

func (l *Library) moved(ctx context.Context, p Principal, id string) {
	if record, err := l.app.db.Document(ctx, p.OwnerID, id, l.app.models.embedderKey()); err == nil {
		view := l.app.documentView(record)
		l.app.bus.Publish(Event{DocumentChanged: &view})
	}
	l.collectionsMoved(ctx, p)
}

// Original opens the bytes of a document. A hash names the version a citation
// was taken from; "" or a version that is gone gives the present one.
func (a *App) Original(ctx context.Context, p Principal, documentID, hash string) (*os.File, string, time.Time, error) {
	record, err := a.db.Document(ctx, p.OwnerID, documentID, storage.EmbedderKey{})
	if err != nil {
		return nil, "", time.Time{}, err
	}
	if hash != "" && hash != record.Hash && validHash(hash) {
		// Only a version this very document had; another hash is somebody
		// else's file.
		return nil, "", time.Time{}, &Error{Code: ProblemFileChanged, Args: map[string]string{"name": record.Name}}
	}
	file, err := a.library.openSource(record)
	if err != nil && record.Linked {
		return nil, "", time.Time{}, &Error{Code: ProblemSourceMissing, Args: map[string]string{"name": record.Name}, Cause: err}
	}
	if err != nil {
		return nil, "", time.Time{}, &Error{Code: ProblemOriginalMissing, Args: map[string]string{"name": record.Name}, Cause: err}
	}
	return file, record.Name, time.UnixMilli(record.UpdatedAt), nil
}

func validHash(hash string) bool {
	if len(hash) != 64 {
		return false
	}
	for _, c := range hash {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
