package storage

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// run is a range of passage ids, both ends included.
type run struct{ first, last int64 }

// scopeFilter is a condition on the alias d of documents, with its arguments.
// Each list that is not empty limits.
func scopeFilter(s Scope) (string, []any, error) {
	condition, args := `d.owner_id = ?`, []any{s.OwnerID}
	for _, limit := range []struct {
		values    []string
		condition string
	}{
		{s.CollectionIDs, ` AND d.seq IN (SELECT document FROM collection_documents
			WHERE collection_id IN (SELECT value FROM json_each(?)))`},
		{s.DocumentIDs, ` AND d.id IN (SELECT value FROM json_each(?))`},
		{s.Formats, ` AND d.format IN (SELECT value FROM json_each(?))`},
	} {
		if len(limit.values) == 0 {
			continue
		}
		list, err := json.Marshal(limit.values)
		if err != nil {
			return "", nil, err
		}
		condition += limit.condition
		args = append(args, string(list))
	}
	if s.After != 0 {
		condition, args = condition+` AND d.created_at >= ?`, append(args, s.After)
	}
	if s.Before != 0 {
		condition, args = condition+` AND d.created_at < ?`, append(args, s.Before)
	}
	if folder := strings.Trim(strings.ReplaceAll(s.Folder, `\`, `/`), `/`); folder != "" {
		// Either separator, and any capitals of ASCII: people type what they see.
		condition += ` AND instr('/' || lower(replace(CASE d.origin WHEN '' THEN d.name ELSE d.origin END, '\', '/')), lower(?)) > 0`
		args = append(args, `/`+folder+`/`)
	}
	return condition, args, nil
}

// limits says whether the scope excludes any document of its owner.
func (s Scope) limits() bool {
	return len(s.CollectionIDs) > 0 || len(s.DocumentIDs) > 0 || len(s.Formats) > 0 || s.After != 0 || s.Before != 0 || s.Folder != ""
}

// unlimited says whether a scope is simply everything that is stored.
func unlimited(ctx context.Context, q querier, s Scope) (bool, error) {
	if s.limits() {
		return false, nil
	}
	// Two ranges, because an index does not know "not equal".
	others, err := scanInteger(q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM documents WHERE owner_id < ?1)
		OR EXISTS (SELECT 1 FROM documents WHERE owner_id > ?1)`, s.OwnerID))
	return others == 0, err
}

// scopeRuns gives the runs of passages of a scope, and of a language or none
// known unless it is "", ascending. nil: everything there is.
func scopeRuns(ctx context.Context, q querier, s Scope, language string) ([]run, error) {
	all, err := unlimited(ctx, q, s)
	if err != nil || (all && language == "") {
		return nil, err
	}
	from, condition, args := `passage_runs r`, `1`, []any(nil)
	if !all {
		if condition, args, err = scopeFilter(s); err != nil {
			return nil, err
		}
		from = `documents d CROSS JOIN passage_runs r ON r.document = d.seq`
	}
	if language != "" {
		condition += ` AND r.language IN (?, '')`
		args = append(args, language)
	}
	ends, err := scanIntegers(q.QueryRowContext(ctx, `SELECT coalesce(group_concat(r.first || ',' || r.last), '') FROM `+from+
		` WHERE `+condition, args...))
	if err != nil {
		return nil, err
	}
	runs := make([]run, 0, len(ends)/2)
	for i := 0; i+1 < len(ends); i += 2 {
		runs = append(runs, run{ends[i], ends[i+1]})
	}
	slices.SortFunc(runs, func(a, b run) int { return int(a.first - b.first) })
	return runs, nil
}

// inRuns keeps the ids that are in a run; both lists ascend. nil: all are.
func inRuns(ids []int64, runs []run) []int64 {
	if runs == nil {
		return ids
	}
	kept := ids[:0]
	next := 0
	for _, id := range ids {
		for next < len(runs) && runs[next].last < id {
			next++
		}
		if next == len(runs) {
			break
		}
		if id >= runs[next].first {
			kept = append(kept, id)
		}
	}
	return kept
}

// PassageIDs gives the passages of a scope, for a filter of the vector search.
// nil: everything there is, no filter is needed.
func (d *DB) PassageIDs(ctx context.Context, scope Scope) (map[int64]bool, error) {
	const op = "list passages"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	runs, err := scopeRuns(ctx, q, scope, "")
	if err != nil || runs == nil {
		return nil, wrap(op, err)
	}
	size := int64(0)
	for _, r := range runs {
		size += r.last - r.first + 1
	}
	ids := make(map[int64]bool, size)
	for _, r := range runs {
		for id := r.first; id <= r.last; id++ {
			ids[id] = true
		}
	}
	return ids, nil
}

// DocumentsIn lists the documents of a scope, oldest first, at most limit.
func (d *DB) DocumentsIn(ctx context.Context, scope Scope, limit int) ([]Document, error) {
	const op = "list documents"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	condition, args, err := scopeFilter(scope)
	if err != nil {
		return nil, wrap(op, err)
	}
	// The columns' own argument is the embedder, none here.
	found, err := collect(ctx, q, scanDocument, `SELECT `+documentColumns+` FROM documents d WHERE `+condition+
		` ORDER BY d.seq LIMIT ?`, slices.Concat([]any{0}, args, []any{limit})...)
	return bare(found), wrap(op, err)
}

// NamedDocument is what a person may call a document by.
type NamedDocument struct{ ID, Name, Title, Origin, Format string }

// DocumentNames lists the names of all documents of a scope, newest first.
func (d *DB) DocumentNames(ctx context.Context, scope Scope) ([]NamedDocument, error) {
	const op = "list names"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	condition, args, err := scopeFilter(scope)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, func(row scanner) (n NamedDocument, err error) {
		return n, row.Scan(&n.ID, &n.Name, &n.Title, &n.Origin, &n.Format)
	}, `SELECT d.id, d.name, d.title, d.origin, d.format FROM documents d WHERE `+condition+` ORDER BY d.seq DESC`, args...)
	return found, wrap(op, err)
}
