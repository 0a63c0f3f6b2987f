package storage

import "context"

// SizedDocument is a document of a scope that has text, and how much of it.
type SizedDocument struct {
	ID       string
	Name     string
	Title    string
	Format   string
	Hash     string
	Bytes    int64 // of the file
	Passages int
	Text     int64 // bytes of all passages
}

// SizesIn lists the documents of a scope that can be searched, by name.
// The order is the same each time.
func (d *DB) SizesIn(ctx context.Context, scope Scope) ([]SizedDocument, error) {
	const op = "list documents in scope"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	condition, args, err := scopeFilter(scope)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, func(row scanner) (s SizedDocument, err error) {
		err = row.Scan(&s.ID, &s.Name, &s.Title, &s.Format, &s.Hash, &s.Bytes, &s.Passages, &s.Text)
		return s, err
	}, `SELECT d.id, d.name, d.title, d.format, d.hash, d.bytes, d.passages,
		(SELECT coalesce(sum(p."end" - p.start), 0) FROM passages p WHERE p.document = d.seq)
		FROM documents d WHERE d.status IN ('searchable', 'ready') AND `+condition+` ORDER BY d.name, d.id`, args...)
	return found, wrap(op, err)
}
