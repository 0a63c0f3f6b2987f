package storage

import (
	"context"
	"database/sql"
	"encoding/json"
)

// GoldenQuestion is a question that a collection must answer from a known place.
type GoldenQuestion struct {
	ID           string
	CollectionID string
	Question     string
	DocumentID   string // "" where only a file name is known
	Document     string
	Place        json.RawMessage // opaque to storage
	Answer       string
	CreatedAt    int64
	UpdatedAt    int64
}

// GoldenRun is one check of a collection's golden questions.
type GoldenRun struct {
	ID           string
	CollectionID string
	At           int64
	Reason       string
	State        string
	Embedder     string
	Questions    int
	Found        int
	First        int
	Results      json.RawMessage // opaque to storage
}

// keptRuns is how many runs of a collection are kept.
const keptRuns = 200

const goldenColumns = `g.id, g.collection_id, g.question, g.document_id, g.document, g.place, g.answer, g.created_at, g.updated_at`

func scanGolden(row scanner) (GoldenQuestion, error) {
	var g GoldenQuestion
	var place string
	err := row.Scan(&g.ID, &g.CollectionID, &g.Question, &g.DocumentID, &g.Document, &place, &g.Answer, &g.CreatedAt, &g.UpdatedAt)
	if place != "" {
		g.Place = json.RawMessage(place)
	}
	return g, err
}

// GoldenQuestions lists a collection's questions in the order they were made.
func (d *DB) GoldenQuestions(ctx context.Context, owner, collectionID string) ([]GoldenQuestion, error) {
	const op = "list golden questions"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	if _, err := collection(ctx, q, owner, collectionID); err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, scanGolden, `SELECT `+goldenColumns+` FROM golden_questions g
		WHERE g.owner_id = ? AND g.collection_id = ? ORDER BY g.created_at, g.id`, owner, collectionID)
	return found, wrap(op, err)
}

// SaveGoldenQuestions adds questions without an id and replaces those with one,
// all or none.
func (d *DB) SaveGoldenQuestions(ctx context.Context, owner, collectionID string, questions []GoldenQuestion) error {
	return d.durably(ctx, "save golden questions", func(tx *sql.Tx) error {
		if _, err := collection(ctx, tx, owner, collectionID); err != nil {
			return err
		}
		now := d.milliseconds()
		for _, g := range questions {
			if g.ID == "" {
				_, err := tx.ExecContext(ctx, `INSERT INTO golden_questions (id, owner_id, collection_id, question, document_id, document,
					place, answer, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?)`, d.newID(), owner, collectionID, g.Question,
					g.DocumentID, g.Document, string(g.Place), g.Answer, now, now)
				if err != nil {
					return err
				}
				continue
			}
			n, err := execute(ctx, tx, `UPDATE golden_questions SET question = ?, document_id = ?, document = ?, place = ?, answer = ?,
				updated_at = ? WHERE id = ? AND owner_id = ? AND collection_id = ?`, g.Question, g.DocumentID, g.Document,
				string(g.Place), g.Answer, now, g.ID, owner, collectionID)
			if err == nil && n == 0 {
				err = sql.ErrNoRows
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteGoldenQuestion removes one.
func (d *DB) DeleteGoldenQuestion(ctx context.Context, owner, id string) error {
	return d.durably(ctx, "delete golden question", func(tx *sql.Tx) error {
		n, err := execute(ctx, tx, `DELETE FROM golden_questions WHERE id = ? AND owner_id = ?`, id, owner)
		if err == nil && n == 0 {
			err = sql.ErrNoRows
		}
		return err
	})
}

// GoldenRuns lists the last runs of a collection, newest first. Only the first
// carries its results.
func (d *DB) GoldenRuns(ctx context.Context, owner, collectionID string, limit int) ([]GoldenRun, error) {
	const op = "list golden runs"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	first := true
	found, err := collect(ctx, q, func(row scanner) (GoldenRun, error) {
		var r GoldenRun
		var results string
		err := row.Scan(&r.ID, &r.CollectionID, &r.At, &r.Reason, &r.State, &r.Embedder, &r.Questions, &r.Found, &r.First, &results)
		if first {
			r.Results, first = json.RawMessage(results), false
		}
		return r, err
	}, `SELECT id, collection_id, at, reason, state, embedder, questions, found, first, results FROM golden_runs
		WHERE owner_id = ? AND collection_id = ? ORDER BY at DESC, id DESC LIMIT ?`, owner, collectionID, limit)
	return found, wrap(op, err)
}

// AddGoldenRun keeps a run; the oldest ones go.
func (d *DB) AddGoldenRun(ctx context.Context, owner string, r GoldenRun) (GoldenRun, error) {
	r.ID, r.At = d.newID(), d.milliseconds()
	err := d.durably(ctx, "add golden run", func(tx *sql.Tx) error {
		if _, err := collection(ctx, tx, owner, r.CollectionID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO golden_runs (id, owner_id, collection_id, at, reason, state, embedder, questions, found,
			first, results) VALUES (?,?,?,?,?,?,?,?,?,?,?)`, r.ID, owner, r.CollectionID, r.At, r.Reason, r.State, r.Embedder,
			r.Questions, r.Found, r.First, string(r.Results))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM golden_runs WHERE collection_id = ? AND id NOT IN
			(SELECT id FROM golden_runs WHERE collection_id = ? ORDER BY at DESC, id DESC LIMIT ?)`, r.CollectionID, r.CollectionID, keptRuns)
		return err
	})
	return r, err
}

// GoldenState is what the result of a collection's golden questions depends on,
// as far as storage knows it.
type GoldenState struct {
	CollectionID string
	Questions    string // changes with any of them
	Documents    string // changes with any document's text
	// Unready counts documents that wait for their text or their vectors.
	Unready int
}

// GoldenStates lists the collections that have golden questions.
func (d *DB) GoldenStates(ctx context.Context, owner string, key EmbedderKey) ([]GoldenState, error) {
	const op = "look at golden questions"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	embedder, err := embedderID(ctx, q, key)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, func(row scanner) (s GoldenState, err error) {
		return s, row.Scan(&s.CollectionID, &s.Questions, &s.Documents, &s.Unready)
	}, `SELECT g.collection_id, count(*) || '/' || max(g.updated_at),
		(SELECT coalesce(group_concat(n, ','), '') FROM (SELECT d.seq || ':' || d.version AS n FROM collection_documents c
			JOIN documents d ON d.seq = c.document WHERE c.collection_id = g.collection_id AND d.passages > 0 ORDER BY d.seq)),
		(SELECT count(*) FROM collection_documents c JOIN documents d ON d.seq = c.document
			WHERE c.collection_id = g.collection_id AND (d.status IN ('queued', 'parsing') OR d.passages >
				coalesce((SELECT vectors FROM embedded WHERE document = d.seq AND embedder_id = ?2), 0)))
		FROM golden_questions g WHERE g.owner_id = ?1 GROUP BY g.collection_id ORDER BY g.collection_id`, owner, embedder)
	return found, wrap(op, err)
}

// LastGoldenRun gives the newest run, a zero one if there is none.
func (d *DB) LastGoldenRun(ctx context.Context, owner, collectionID string) (GoldenRun, error) {
	runs, err := d.GoldenRuns(ctx, owner, collectionID, 1)
	if err != nil || len(runs) == 0 {
		return GoldenRun{}, err
	}
	return runs[0], nil
}
