package storage

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// maxTerms bounds a search: each term is a walk through all its passages.
const maxTerms = 64

// headingWeight counts a hit in the heading this much more than one in the
// body: lifts questions for a numbered section from .55 to .86 recall@1 on the
// development set and harms no other.
const headingWeight = "5.0"

// candidates is how many passages are ranked exactly. Ranking one costs 3 µs
// (its length and positions are looked up), matching one .2 µs, and a question
// matches a sixth of a big library through its commonest words.
const candidates = 1000

// SearchTerms ranks passages by BM25 over analysed terms, any of which may be
// missing; the heading counts five times. With a language only passages in it
// or in none known take part, because stems of another language mean nothing.
// Where more than 1,000 passages match, those with the rarest terms are ranked.
func (d *DB) SearchTerms(ctx context.Context, scope Scope, language string, terms []string, limit int) ([]Scored, error) {
	const op = "search passages"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	// One connection, so that the statement of each term is prepared once.
	conn, err := q.Conn(ctx)
	if err != nil {
		return nil, wrap(op, err)
	}
	defer conn.Close()
	found, err := searchTerms(ctx, conn, scope, language, quoteTerms(terms), limit, candidates)
	return found, wrap(op, err)
}

func searchTerms(ctx context.Context, q querier, scope Scope, language string, quoted []string, limit, atMost int) ([]Scored, error) {
	if len(quoted) == 0 || limit <= 0 {
		return nil, nil
	}
	within, err := scopeRuns(ctx, q, scope, language)
	if err != nil || (within != nil && len(within) == 0) {
		return nil, err
	}
	chosen, err := choose(ctx, q, quoted, within, max(atMost, limit))
	if err != nil || len(chosen) == 0 {
		return nil, err
	}
	list, err := json.Marshal(chosen)
	if err != nil {
		return nil, err
	}
	// + keeps FTS5 from running the whole match once for each id.
	return collect(ctx, q, func(row scanner) (s Scored, err error) { return s, row.Scan(&s.ID, &s.Score) },
		`SELECT f.rowid, -bm25(passages_fts, `+headingWeight+`, 1.0) AS score FROM passages_fts f
		WHERE f.passages_fts MATCH ? AND +f.rowid IN (SELECT value FROM json_each(?))
		ORDER BY score DESC, f.rowid LIMIT ?`, strings.Join(quoted, " OR "), string(list), limit)
}

// choose gives the ids, at most that many, of the passages within the runs
// that a BM25 ranking can have at its top: it adds up how rare the terms of
// each are, a term in the heading counting more.
func choose(ctx context.Context, q querier, quoted []string, within []run, atMost int) ([]int64, error) {
	total, err := scanInteger(q.QueryRowContext(ctx, `SELECT coalesce(sum(passages), 0) FROM documents`))
	if err != nil {
		return nil, err
	}
	// One joined text, because a row through the driver costs more than the match.
	//nolint:sqlclosecheck // closed below; the linter does not look into the function
	statement, err := q.PrepareContext(ctx, `SELECT coalesce(group_concat(rowid), '') FROM
		(SELECT rowid FROM passages_fts WHERE passages_fts MATCH ? ORDER BY rowid)`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = statement.Close() }()
	matching := func(match string) ([]int64, error) { return scanIntegers(statement.QueryRowContext(ctx, match)) }
	var found []Scored
	for _, term := range quoted {
		ids, err := matching(term)
		if err != nil {
			return nil, err
		}
		weight := rarity(int(total), len(ids))
		found = addScore(found, inRuns(ids, within), weight)
		if ids, err = matching("heading : " + term); err != nil {
			return nil, err
		}
		// Five occurrences instead of one are worth 1.77 times as much in BM25
		// with k1 = 1.2.
		found = addScore(found, inRuns(ids, within), .77*weight)
	}
	return top(found, atMost), nil
}

// rarity is the weight of a term as BM25 has it. A term in over half of all
// passages still counts a little, as in FTS5; so does one that is in more than
// there were a moment ago, because a document was added between two queries.
func rarity(total, matches int) float64 {
	if 2*matches >= total {
		return 1e-6
	}
	return math.Log((float64(total-matches) + .5) / (float64(matches) + .5))
}

// top gives the ids with the highest scores, at most that many, without
// sorting: it counts scores in steps and cuts at one.
func top(found []Scored, atMost int) []int64 {
	const steps = 4096
	highest := 0.0
	for _, f := range found {
		highest = max(highest, f.Score)
	}
	step := func(f Scored) int { return int(f.Score / highest * (steps - 1)) }
	var counts [steps]int
	for _, f := range found {
		counts[step(f)]++
	}
	cut, above := steps, 0 // everything at a step ≥ cut fits
	for cut > 0 && above+counts[cut-1] <= atMost {
		cut--
		above += counts[cut]
	}
	ids := make([]int64, 0, min(len(found), atMost))
	atCut := atMost - above // so many of the step below fit too
	for _, f := range found {
		switch s := step(f); {
		case s >= cut:
			ids = append(ids, f.ID)
		case s == cut-1 && atCut > 0:
			ids = append(ids, f.ID)
			atCut--
		}
	}
	return ids
}

// addScore adds a score to some ids; both lists ascend by id, as does the result.
func addScore(found []Scored, ids []int64, score float64) []Scored {
	if len(ids) == 0 {
		return found
	}
	merged := make([]Scored, 0, len(found)+len(ids))
	for _, id := range ids {
		i := 0
		for i < len(found) && found[i].ID < id {
			i++
		}
		merged = append(merged, found[:i]...)
		found = found[i:]
		if len(found) > 0 && found[0].ID == id {
			merged = append(merged, Scored{ID: id, Score: found[0].Score + score})
			found = found[1:]
		} else {
			merged = append(merged, Scored{ID: id, Score: score})
		}
	}
	return append(merged, found...)
}

// scanIntegers reads one text of integers joined by commas.
func scanIntegers(row scanner) ([]int64, error) {
	joined, err := scanText(row)
	if err != nil || joined == "" {
		return nil, err
	}
	list := make([]int64, 0, strings.Count(joined, ",")+1)
	for one := range strings.SplitSeq(joined, ",") {
		n, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// quoteTerms makes FTS5 literals of different terms.
func quoteTerms(terms []string) []string {
	seen := map[string]bool{`""`: true}
	var quoted []string
	for _, term := range terms {
		literal := quoteTerm(strings.TrimSpace(term))
		if seen[literal] || len(quoted) == maxTerms {
			continue
		}
		seen[literal] = true
		quoted = append(quoted, literal)
	}
	return quoted
}
