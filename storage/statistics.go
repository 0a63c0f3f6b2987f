package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"
	"unicode"
)

// Statistics describe the documents of a collection.
type Statistics struct {
	Documents, Failed, Waiting int
	Passages, Embedded, Pages  int
	// Languages counts documents by the language of most of their text; "" unknown.
	Languages map[string]int
	// CopiedBytes is what the copies in the data folder take, LinkedBytes what
	// the files that are read in place take where they lie.
	CopiedBytes, LinkedBytes int64
	// TextBytes is the text in UTF-8, VectorBytes the vectors of the embedder.
	TextBytes, VectorBytes int64
}

// Statistics counts a collection ("": all the owner's documents) without
// reading its text.
func (d *DB) Statistics(ctx context.Context, owner, collectionID string, key EmbedderKey) (Statistics, error) {
	s := Statistics{Languages: map[string]int{}}
	err := d.snapshot(ctx, "count collection", func(q querier) error {
		if collectionID != "" {
			if _, err := collection(ctx, q, owner, collectionID); err != nil {
				return err
			}
		}
		const which = ` FROM documents d WHERE d.owner_id = ?1 AND (?2 = '' OR d.seq IN
			(SELECT document FROM collection_documents WHERE collection_id = ?2))`
		err := q.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(d.status = 'failed'), 0), coalesce(sum(d.status IN ('queued', 'parsing')), 0),
			coalesce(sum(d.passages), 0), coalesce(sum(d.pages), 0), coalesce(sum(CASE d.linked WHEN 0 THEN d.bytes END), 0),
			coalesce(sum(CASE d.linked WHEN 1 THEN d.bytes END), 0),
			coalesce(sum((SELECT octet_length(text) FROM document_texts WHERE document = d.seq)), 0)`+which, owner, collectionID).
			Scan(&s.Documents, &s.Failed, &s.Waiting, &s.Passages, &s.Pages, &s.CopiedBytes, &s.LinkedBytes, &s.TextBytes)
		if err != nil {
			return err
		}
		var dimensions int64
		if err := q.QueryRowContext(ctx, `SELECT coalesce(sum(v.vectors), 0), coalesce(max(e.dimensions), 0)
			FROM embedders e JOIN embedded v ON v.embedder_id = e.id WHERE e.digest = ?3 AND e.scheme = ?4 AND v.document IN (SELECT d.seq`+which+`)`,
			owner, collectionID, key.Digest, key.Scheme).Scan(&s.Embedded, &dimensions); err != nil {
			return err
		}
		s.VectorBytes = int64(s.Embedded) * dimensions * 4
		type count struct {
			language string
			n        int
		}
		counts, err := collect(ctx, q, func(row scanner) (c count, err error) { return c, row.Scan(&c.language, &c.n) },
			`SELECT d.language, count(*)`+which+` AND d.passages > 0 GROUP BY d.language`, owner, collectionID)
		for _, c := range counts {
			s.Languages[c.language] = c.n
		}
		return err
	})
	return s, err
}

// Twin is one of several files or documents that hold the same.
type Twin struct {
	// Group is equal for those that belong together.
	Group      string
	DocumentID string
	Name       string
	// SameBytes: files of one document; otherwise documents with the same text.
	SameBytes bool
}

// Twins lists what is there more than once, by groups that have a document in
// the collection ("": all), or that one document belongs to if documentID is
// not "".
func (d *DB) Twins(ctx context.Context, owner, collectionID, documentID string, limit int) ([]Twin, error) {
	const op = "list twins"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	const inside = `m.owner_id = ?1 AND (?3 = '' OR m.id = ?3)
		AND (?2 = '' OR m.seq IN (SELECT document FROM collection_documents WHERE collection_id = ?2))`
	found, err := collect(ctx, q, func(row scanner) (t Twin, err error) {
		return t, row.Scan(&t.Group, &t.DocumentID, &t.Name, &t.SameBytes)
	}, `SELECT d.text_hash, d.id, d.name, 0 FROM documents d WHERE d.owner_id = ?1 AND d.text_hash <> ''
			AND d.text_hash IN (SELECT m.text_hash FROM documents m WHERE m.text_hash <> '' AND `+inside+`)
			AND (SELECT count(*) FROM documents o WHERE o.owner_id = ?1 AND o.text_hash = d.text_hash) > 1
		UNION ALL
		SELECT m.id, m.id, k.path || '/' || f.path, 1 FROM documents m JOIN folder_files f ON f.document = m.seq JOIN folders k ON k.seq = f.folder
			WHERE f.state <> 'gone' AND `+inside+` AND (SELECT count(*) FROM folder_files WHERE document = m.seq AND state <> 'gone') > 1
		ORDER BY 1, 3 LIMIT ?4`, owner, collectionID, documentID, limit)
	return found, wrap(op, err)
}

// textHash is the hash of a text without its spaces, so that the same text in
// another format, with other line ends, is recognised. "" for no text.
func textHash(text string) string {
	sum := sha256.New()
	some := false
	for field := range strings.FieldsFuncSeq(text, unicode.IsSpace) {
		_, _ = sum.Write([]byte(field)) // never fails
		some = true
	}
	if !some {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// HashTexts gives up to limit documents from before there was such a hash
// theirs, and says how many it did.
func (d *DB) HashTexts(ctx context.Context, limit int) (done int, err error) {
	type old struct {
		seq  int64
		text string
	}
	err = d.quickly(ctx, "hash texts", func(tx *sql.Tx) error {
		found, err := collect(ctx, tx, func(row scanner) (o old, err error) { return o, row.Scan(&o.seq, &o.text) },
			`SELECT d.seq, t.text FROM documents d JOIN document_texts t ON t.document = d.seq
			WHERE d.text_hash = '' AND d.passages > 0 LIMIT ?`, limit)
		if err != nil {
			return err
		}
		for _, o := range found {
			if _, err := tx.ExecContext(ctx, `UPDATE documents SET text_hash = ? WHERE seq = ?`, cmp.Or(textHash(o.text), "-"), o.seq); err != nil {
				return err
			}
		}
		done = len(found)
		return nil
	})
	return done, err
}

// HashReferenced says whether a copy in the data folder is still needed.
func (d *DB) HashReferenced(ctx context.Context, hash string) (bool, error) {
	const op = "look for hash"
	q, err := d.reading(op)
	if err != nil {
		return false, err
	}
	n, err := scanInteger(q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM documents WHERE hash = ? AND linked = 0)`, hash))
	return n != 0, wrap(op, err)
}
