package app

import (
	"context"

	"kontor/localrag"
	"kontor/storage"
)

// keywordSearch gives storage's keyword search the shape localrag asks for.
type keywordSearch struct{ db *storage.DB }

func storedScope(s localrag.Scope) storage.Scope {
	return storage.Scope{
		OwnerID: s.OwnerID, CollectionIDs: s.CollectionIDs, DocumentIDs: s.DocumentIDs,
		Formats: s.Formats, After: s.After, Before: s.Before, Folder: s.Folder,
	}
}

func (k keywordSearch) SearchTerms(ctx context.Context, scope localrag.Scope, language string, terms []string, limit int) ([]localrag.Scored, error) {
	hits, err := k.db.SearchTerms(ctx, storedScope(scope), language, terms, limit)
	if err != nil {
		return nil, err
	}
	scored := make([]localrag.Scored, len(hits))
	for i, h := range hits {
		scored[i] = localrag.Scored{ID: h.ID, Score: h.Score}
	}
	return scored, nil
}

// passageLoader gives storage's passages the shape localrag asks for.
type passageLoader struct {
	db    *storage.DB
	owner string
}

func (l passageLoader) Passages(ctx context.Context, ids []int64) ([]localrag.Passage, error) {
	records, err := l.db.Passages(ctx, l.owner, ids)
	if err != nil {
		return nil, err
	}
	passages := make([]localrag.Passage, len(records))
	for i, r := range records {
		passages[i] = ragPassage(r)
	}
	return passages, nil
}

// ledgerStore writes the egress ledger.
type ledgerStore struct{ app *App }

func (l ledgerStore) record(host string, port int, allowed bool, purpose string) {
	err := l.app.db.RecordEgress(context.Background(), storage.EgressRecord{
		At: l.app.now().UnixMilli(), Host: host, Port: port, Allowed: allowed, Purpose: purpose,
	})
	if err != nil {
		l.app.log.Error("egress ledger", "error", err)
	}
	l.app.status.touch()
}
