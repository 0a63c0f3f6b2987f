package storage

import (
	"context"
	"database/sql"
	"encoding/json"
)

// StoreParsed writes the result of a parse in one transaction: a new version
// of the document whose passages, terms and text replace those of the old one;
// vectors of the old passages are gone. The document is searchable then, or
// ready if it has no passages. It returns the passages' ids in their order.
// CodeNotFound: the document was deleted or got other bytes meanwhile.
func (d *DB) StoreParsed(ctx context.Context, id string, p Parsed) (Document, []int64, error) {
	// Analysed before the queue for writing: it takes longer than the rest.
	headings, bodies := make([]string, len(p.Passages)), make([]string, len(p.Passages))
	for i, passage := range p.Passages {
		if err := ctx.Err(); err != nil {
			return Document{}, nil, wrap("store parsed", err)
		}
		headings[i] = d.terms(passage.Language, passage.Heading)
		bodies[i] = d.terms(passage.Language, passage.Text)
	}
	var doc numberedDocument
	var ids []int64
	err := d.quickly(ctx, "store parsed", func(tx *sql.Tx) (err error) {
		if doc, err = scanDocument(tx.QueryRowContext(ctx, `SELECT `+documentColumns+
			` FROM documents d WHERE d.id = ?2`, 0, id)); err != nil {
			return err
		}
		if p.Hash != "" && p.Hash != doc.Hash {
			return newError(CodeNotFound, "store parsed", "the document has other bytes by now")
		}
		if err = deletePassages(ctx, tx, doc.seq); err != nil {
			return err
		}
		if err = d.newVersion(ctx, tx, doc, p); err != nil {
			return err
		}
		if ids, err = d.insertPassages(ctx, tx, doc, p, headings, bodies); err != nil {
			return err
		}
		doc, err = document(ctx, tx, 0, doc.OwnerID, id)
		return err
	})
	return doc.Document, ids, err
}

// newVersion writes the document's own row, its text and its history.
func (d *DB) newVersion(ctx context.Context, tx *sql.Tx, doc numberedDocument, p Parsed) error {
	now := d.milliseconds()
	status := DocumentSearchable
	if len(p.Passages) == 0 {
		status = DocumentReady
	}
	if _, err := tx.ExecContext(ctx, `UPDATE documents SET title = ?, language = ?, pages = ?, parser_version = ?,
		passages = ?, status = ?, error_code = '', version = version + 1, updated_at = ?, text_hash = ?, gaps = ? WHERE seq = ?`,
		p.Title, p.Language, p.Pages, p.ParserVersion, len(p.Passages), status, now, textHash(p.Text), p.Gaps, doc.seq); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO document_versions (document, version, hash, bytes, pages, passages,
		parser_version, chunker_version, analyser_version, created_at) VALUES (?,?,?,?,?,?,?,?,?,?)`,
		doc.seq, doc.Version+1, doc.Hash, doc.Bytes, p.Pages, len(p.Passages),
		p.ParserVersion, p.ChunkerVersion, d.version, now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO document_texts (document, text, blocks) VALUES (?,?,?)`,
		doc.seq, p.Text, string(p.Blocks))
	return err
}

func (d *DB) insertPassages(ctx context.Context, tx *sql.Tx, doc numberedDocument, p Parsed, headings, bodies []string) ([]int64, error) {
	row, err := tx.PrepareContext(ctx, `INSERT INTO passages (document, version, ordinal, language, parser_version,
		chunker_version, analyser_version, start, "end", heading, location, text) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`)
	if err != nil {
		return nil, err
	}
	defer row.Close()
	terms, err := tx.PrepareContext(ctx, `INSERT INTO passages_fts (rowid, heading, body) VALUES (?,?,?)`)
	if err != nil {
		return nil, err
	}
	defer terms.Close()
	ids := make([]int64, len(p.Passages))
	for i, passage := range p.Passages {
		result, err := row.ExecContext(ctx, doc.seq, doc.Version+1, passage.Ordinal, passage.Language, p.ParserVersion,
			p.ChunkerVersion, d.version, passage.Start, passage.End, passage.Heading, string(passage.Location), passage.Text)
		if err != nil {
			return nil, err
		}
		if ids[i], err = result.LastInsertId(); err != nil {
			return nil, err
		}
		if _, err := terms.ExecContext(ctx, ids[i], headings[i], bodies[i]); err != nil {
			return nil, err
		}
	}
	return ids, insertRuns(ctx, tx, doc.seq, p.Passages, ids)
}

// insertRuns writes the runs of consecutive ids in one language.
func insertRuns(ctx context.Context, tx *sql.Tx, document int64, passages []Passage, ids []int64) error {
	for first := 0; first < len(ids); {
		last := first
		for last+1 < len(ids) && ids[last+1] == ids[last]+1 && passages[last+1].Language == passages[first].Language {
			last++
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO passage_runs (first, last, document, language) VALUES (?,?,?,?)`,
			ids[first], ids[last], document, passages[first].Language); err != nil {
			return err
		}
		first = last + 1
	}
	return nil
}

// deletePassages removes a document's passages, terms and vectors, and leaves
// their last traces to Purge.
func deletePassages(ctx context.Context, tx *sql.Tx, document int64) error {
	for _, statement := range []string{
		`UPDATE erasure SET pending = pending + EXISTS (SELECT 1 FROM passages WHERE document = ?)`,
		`DELETE FROM passages_fts WHERE rowid IN (SELECT id FROM passages WHERE document = ?)`,
		`DELETE FROM embedded WHERE document = ?`,
		`DELETE FROM passage_runs WHERE document = ?`,
		`DELETE FROM passages WHERE document = ?`, // and their vectors, by reference
	} {
		if _, err := tx.ExecContext(ctx, statement, document); err != nil {
			return err
		}
	}
	return nil
}

const passageColumns = `p.id, d.id, CASE d.title WHEN '' THEN d.name ELSE d.title END, p.ordinal,
	p.start, p."end", p.text, p.heading, p.language, p.location`

func scanPassage(row scanner) (Passage, error) {
	var p Passage
	var location string
	err := row.Scan(&p.ID, &p.DocumentID, &p.Document, &p.Ordinal, &p.Start, &p.End, &p.Text, &p.Heading, &p.Language, &location)
	if location != "" {
		p.Location = json.RawMessage(location)
	}
	return p, err
}

// Passages reads passages in the order asked; those that are gone or someone
// else's are left out.
func (d *DB) Passages(ctx context.Context, owner string, ids []int64) ([]Passage, error) {
	const op = "read passages"
	q, err := d.reading(op)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, scanPassage, `SELECT `+passageColumns+` FROM json_each(?) j
		CROSS JOIN passages p ON p.id = j.value JOIN documents d ON d.seq = p.document
		WHERE d.owner_id = ? ORDER BY j.key`, string(list), owner)
	return found, wrap(op, err)
}

// PassagesAround reads the passages before and after one of a document, as far
// as there are any.
func (d *DB) PassagesAround(ctx context.Context, owner, documentID string, ordinal int) ([]Passage, error) {
	const op = "read passages"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanPassage, `SELECT `+passageColumns+` FROM documents d
		CROSS JOIN passages p ON p.document = d.seq
		WHERE d.id = ? AND d.owner_id = ? AND p.ordinal IN (?, ?) ORDER BY p.ordinal`, documentID, owner, ordinal-1, ordinal+1)
	return found, wrap(op, err)
}

// PassagesOf reads all passages of a document in their order.
func (d *DB) PassagesOf(ctx context.Context, owner, documentID string) ([]Passage, error) {
	const op = "read passages"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	doc, err := document(ctx, q, 0, owner, documentID)
	if err != nil {
		return nil, wrap(op, err)
	}
	found, err := collect(ctx, q, scanPassage, `SELECT `+passageColumns+` FROM passages p
		JOIN documents d ON d.seq = p.document WHERE p.document = ? ORDER BY p.ordinal, p.id`, doc.seq)
	return found, wrap(op, err)
}
