package app

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"kontor/app/policy"
	"kontor/storage"
)

func (l *Library) registerCollections(s *Surface) {
	handle(s, "collections.update", l.UpdateCollection)
	handle(s, "collections.statistics", l.Statistics)
	handle(s, "collections.twins", l.Twins)
	handle(s, "documents.transfer", l.Transfer)
	handle(s, "documents.deleteAll", l.DeleteAll)
}

// dateFormat is how a date without a time is written.
const dateFormat = "2006-01-02"

// due says whether a collection's retention date has passed: the day itself
// still belongs to it.
func (l *Library) due(c storage.Collection) bool {
	return c.RetainUntil != "" && l.app.now().Format(dateFormat) > c.RetainUntil
}

func (l *Library) collectionView(c storage.Collection) Collection {
	view := collectionView(c)
	view.Due = l.due(c)
	view.DataClass, view.ClassChosen = l.app.collectionClass(c), c.DataClass != ""
	return view
}

// Longest texts about a collection, in characters.
const (
	maxPurpose = 1000
	maxOwner   = 200
)

// UpdateCollection changes what is known about a collection.
func (l *Library) UpdateCollection(ctx context.Context, p Principal, r CollectionUpdateRequest) (Collection, error) {
	update := storage.CollectionUpdate{RetainUntil: r.RetainUntil, DataClass: r.DataClass}
	name := ""
	for _, field := range []struct {
		from *string
		to   **string
		most int
	}{{r.Name, &update.Name, maxOwner}, {r.Purpose, &update.Purpose, maxPurpose}, {r.Owner, &update.Responsible, maxOwner}} {
		if field.from != nil {
			text := clip(strings.TrimSpace(*field.from), field.most)
			*field.to = &text
		}
	}
	if update.Name != nil {
		if name = *update.Name; name == "" {
			return Collection{}, &Error{Code: ProblemNameEmpty}
		}
	}
	if r.DataClass != nil && *r.DataClass != "" && !slices.Contains(classes(), *r.DataClass) {
		return Collection{}, &Error{Code: ProblemBadRequest}
	}
	if r.RetainUntil != nil && *r.RetainUntil != "" {
		if _, err := time.Parse(dateFormat, *r.RetainUntil); err != nil {
			return Collection{}, &Error{Code: ProblemDate, Cause: err}
		}
	}
	record, err := l.app.db.UpdateCollection(ctx, p.OwnerID, r.ID, update)
	if err != nil {
		return Collection{}, withName(err, name)
	}
	l.collectionsMoved(ctx, p)
	l.app.status.touch()
	return l.collectionView(record), nil
}

// bytesPerToken is how much text a token of a multilingual vocabulary stands
// for: UTF-8 bytes of German and English office text, between 3.9 and 4.6.
const bytesPerToken = 4.2

// Statistics counts a collection, "" for all documents.
func (l *Library) Statistics(ctx context.Context, p Principal, r ByID) (CollectionStatistics, error) {
	s, err := l.app.db.Statistics(ctx, p.OwnerID, r.ID, l.app.models.embedderKey())
	if err != nil {
		return CollectionStatistics{}, err
	}
	view := CollectionStatistics{
		Documents: s.Documents, Failed: s.Failed, Waiting: s.Waiting, Passages: s.Passages, Embedded: s.Embedded, Pages: s.Pages,
		Tokens: int64(float64(s.TextBytes) / bytesPerToken), Languages: []LanguageCount{}, CopiedBytes: s.CopiedBytes, LinkedBytes: s.LinkedBytes,
		// The text is stored as a whole and in its passages.
		IndexBytes: 2*s.TextBytes + s.VectorBytes,
	}
	for language, n := range s.Languages {
		view.Languages = append(view.Languages, LanguageCount{Language: language, Documents: n})
	}
	slices.SortFunc(view.Languages, func(a, b LanguageCount) int {
		if a.Documents != b.Documents {
			return b.Documents - a.Documents
		}
		return strings.Compare(a.Language, b.Language)
	})
	return view, nil
}

// twinsAtOnce is how many files a list of duplicates shows.
const twinsAtOnce = 500

// Twins lists what is there more than once.
func (l *Library) Twins(ctx context.Context, p Principal, r TwinsRequest) (Twins, error) {
	records, err := l.app.db.Twins(ctx, p.OwnerID, r.CollectionID, r.DocumentID, twinsAtOnce+1)
	if err != nil {
		return Twins{}, err
	}
	view := Twins{Groups: []TwinGroup{}, More: len(records) > twinsAtOnce}
	group := ""
	for _, t := range records[:min(len(records), twinsAtOnce)] {
		if t.Group != group || len(view.Groups) == 0 {
			group = t.Group
			view.Groups = append(view.Groups, TwinGroup{Same: map[bool]string{true: "bytes", false: "text"}[t.SameBytes]})
		}
		last := &view.Groups[len(view.Groups)-1]
		last.Files = append(last.Files, Twin{DocumentID: t.DocumentID, Name: t.Name})
	}
	return view, nil
}

// maxTransfer is how many documents one call may name.
const maxTransfer = 20_000

// Transfer moves or copies documents between collections.
func (l *Library) Transfer(ctx context.Context, p Principal, r TransferRequest) (Empty, error) {
	if len(r.DocumentIDs) > maxTransfer {
		return Empty{}, &Error{Code: ProblemBadRequest, Cause: errors.New("too many documents")}
	}
	if err := l.app.db.Transfer(ctx, p.OwnerID, r.DocumentIDs, r.From, r.To); err != nil {
		return Empty{}, err
	}
	for _, id := range r.DocumentIDs {
		if record, err := l.app.db.Document(ctx, p.OwnerID, id, l.app.models.embedderKey()); err == nil {
			view := l.app.documentView(record)
			l.app.bus.Publish(Event{DocumentChanged: &view})
		}
	}
	l.collectionsMoved(ctx, p)
	return Empty{}, nil
}

// DeleteAll removes several documents. Those that are gone already are no
// error: a selection may be a little old.
func (l *Library) DeleteAll(ctx context.Context, p Principal, r DocumentsRequest) (Empty, error) {
	var removed []storage.Removed
	defer func() {
		l.forget(context.WithoutCancel(ctx), removed)
		l.collectionsMoved(context.WithoutCancel(ctx), p)
	}()
	for _, id := range r.DocumentIDs {
		passages := l.passageIDs(ctx, p.OwnerID, []string{id})
		l.app.indexer.cancel(id)
		record, err := l.app.db.DeleteDocument(ctx, p.OwnerID, id)
		if storage.CodeOf(err) == storage.CodeNotFound {
			continue
		}
		if err != nil {
			return Empty{}, err
		}
		removed = append(removed, storage.Removed{ID: id, Hash: record.Hash, Linked: record.Linked, Passages: passages[id]})
	}
	return Empty{}, nil
}

// forget drops documents that storage has removed from memory, with their
// copies, and tells.
func (l *Library) forget(ctx context.Context, removed []storage.Removed) {
	var passages []int64
	for _, r := range removed {
		l.app.indexer.cancel(r.ID)
		passages = append(passages, r.Passages...)
		if !r.Linked {
			l.dropOriginal(ctx, r.Hash)
		}
	}
	l.app.vectors.remove(ctx, passages)
	for _, r := range removed {
		l.app.bus.Publish(Event{DocumentRemoved: &ByID{ID: r.ID}})
	}
	if len(removed) > 0 {
		l.app.status.touch()
		l.app.folders.touch()
	}
}

// dropOriginal deletes the copy of a file unless a document still needs it.
func (l *Library) dropOriginal(ctx context.Context, hash string) {
	if !validHash(hash) {
		return
	}
	l.originals.Lock()
	defer l.originals.Unlock()
	needed, err := l.app.db.HashReferenced(ctx, hash)
	if err == nil && !needed {
		err = os.Remove(l.originalPath(hash))
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		l.app.log.Error("remove original", "error", err)
	}
}

// notices are collections whose retention date has passed.
func (l *Library) notices(ctx context.Context) []Problem {
	list := []Problem{}
	if l.app.policy.Text(policy.RetentionAction) == "delete" {
		return list
	}
	records, err := l.app.db.Collections(ctx, l.app.owner.OwnerID)
	if err != nil {
		return list
	}
	for _, c := range records {
		if l.due(c) {
			list = append(list, Problem{Code: NoticeRetention, Args: map[string]string{"name": c.Name, "date": c.RetainUntil}})
		}
	}
	return list
}

// tendCollections does what has time: hashes of old texts, and collections
// whose date has passed if the setting says that they go by themselves.
func (a *App) tendCollections(ctx context.Context) {
	const atOnce = 100
	for done := atOnce; done == atOnce && ctx.Err() == nil; {
		var err error
		if done, err = a.db.HashTexts(ctx, atOnce); err != nil {
			a.log.Error("hash texts", "error", err)
		}
	}
	if a.policy.Text(policy.RetentionAction) != "delete" {
		return
	}
	records, err := a.db.Collections(ctx, a.owner.OwnerID)
	if err != nil {
		a.log.Error("retention", "error", err)
		return
	}
	for _, c := range records {
		if !a.library.due(c) {
			continue
		}
		if _, err := a.library.DeleteCollection(ctx, a.owner, ByID{ID: c.ID}); err != nil {
			a.log.Error("retention", "collection", c.ID, "error", err)
			continue
		}
		a.log.Info("collection deleted after its retention date", "collection", c.ID, "documents", c.Documents)
	}
}
