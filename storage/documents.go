package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// The first argument of a query with these columns is the embedder's integer
// key, 0 for none.
const documentColumns = `d.seq, d.id, d.owner_id, d.name, d.title, d.origin, d.linked, d.hash, d.bytes, d.format,
	d.pages, d.language, d.status, d.error_code, d.version, d.parser_version, d.passages,
	coalesce((SELECT vectors FROM embedded WHERE document = d.seq AND embedder_id = ?1), 0),
	(SELECT json_group_array(collection_id) FROM collection_documents WHERE document = d.seq),
	d.created_at, d.updated_at, d.modified_at, d.gaps,
	CASE d.text_hash WHEN '' THEN 0 ELSE (SELECT count(*) - 1 FROM documents o WHERE o.owner_id = d.owner_id AND o.text_hash = d.text_hash) END
		+ max(0, (SELECT count(*) - 1 FROM folder_files WHERE document = d.seq AND state <> 'gone'))`

// numberedDocument is a document with the integer key its passages refer to.
type numberedDocument struct {
	Document
	seq int64
}

func scanDocument(row scanner) (numberedDocument, error) {
	var d numberedDocument
	var collections string
	err := row.Scan(&d.seq, &d.ID, &d.OwnerID, &d.Name, &d.Title, &d.Origin, &d.Linked, &d.Hash, &d.Bytes, &d.Format,
		&d.Pages, &d.Language, &d.Status, &d.ErrorCode, &d.Version, &d.ParserVersion, &d.Passages,
		&d.Embedded, &collections, &d.CreatedAt, &d.UpdatedAt, &d.ModifiedAt, &d.Gaps, &d.Copies)
	if err == nil {
		d.CollectionIDs, err = parseIDs(collections)
	}
	return d, err
}

func document(ctx context.Context, q querier, embedder int64, owner, id string) (numberedDocument, error) {
	return scanDocument(q.QueryRowContext(ctx,
		`SELECT `+documentColumns+` FROM documents d WHERE d.id = ?2 AND d.owner_id = ?3`, embedder, id, owner))
}

func bare(found []numberedDocument) []Document {
	documents := make([]Document, len(found))
	for i := range found {
		documents[i] = found[i].Document
	}
	return documents
}

// AddDocument stores a document and puts it into a collection ("": none). If
// the owner already has the same bytes in a document that did not fail, only
// that one is added to the collection and returned with true.
func (d *DB) AddDocument(ctx context.Context, owner string, doc Document, collectionID string) (Document, bool, error) {
	var stored numberedDocument
	existed := false
	err := d.durably(ctx, "add document", func(tx *sql.Tx) (err error) {
		if collectionID != "" {
			if _, err := collection(ctx, tx, owner, collectionID); err != nil {
				return err
			}
		}
		stored, err = scanDocument(tx.QueryRowContext(ctx, `SELECT `+documentColumns+` FROM documents d
			WHERE d.owner_id = ?2 AND d.hash = ?3 AND d.hash <> '' AND d.status NOT IN ('failed', 'cancelled')
			ORDER BY d.seq LIMIT 1`, 0, owner, doc.Hash))
		switch existed = err == nil; {
		case errors.Is(err, sql.ErrNoRows):
			if stored, err = d.insertDocument(ctx, tx, owner, doc); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		if collectionID != "" {
			if err := d.insertMembership(ctx, tx, collectionID, stored.seq); err != nil {
				return err
			}
		}
		stored, err = document(ctx, tx, 0, owner, stored.ID)
		return err
	})
	return stored.Document, existed, err
}

func (d *DB) insertDocument(ctx context.Context, tx *sql.Tx, owner string, doc Document) (numberedDocument, error) {
	doc.OwnerID = owner
	if doc.ID == "" {
		doc.ID = d.newID()
	}
	if doc.Status == "" {
		doc.Status = DocumentQueued
	}
	if doc.CreatedAt == 0 {
		doc.CreatedAt = d.milliseconds()
	}
	if doc.UpdatedAt == 0 {
		doc.UpdatedAt = doc.CreatedAt
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO documents (id, owner_id, name, title, origin, linked, hash, bytes,
		format, pages, language, status, error_code, created_at, updated_at, modified_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		doc.ID, owner, doc.Name, doc.Title, doc.Origin, doc.Linked, doc.Hash, doc.Bytes,
		doc.Format, doc.Pages, doc.Language, doc.Status, doc.ErrorCode, doc.CreatedAt, doc.UpdatedAt, doc.ModifiedAt)
	if err != nil {
		return numberedDocument{}, err
	}
	seq, err := result.LastInsertId()
	return numberedDocument{doc, seq}, err
}

// Document reads one document; Embedded counts the vectors of key.
func (d *DB) Document(ctx context.Context, owner, id string, key EmbedderKey) (Document, error) {
	var doc numberedDocument
	err := d.snapshot(ctx, "read document", func(q querier) error {
		embedder, err := embedderID(ctx, q, key)
		if err != nil {
			return err
		}
		doc, err = document(ctx, q, embedder, owner, id)
		return err
	})
	return doc.Document, err
}

// Documents lists the documents of a collection ("": all), newest first, and
// says how many there are in all; Embedded counts the vectors of key.
func (d *DB) Documents(ctx context.Context, owner, collectionID string, key EmbedderKey, limit, offset int) ([]Document, int, error) {
	var found []numberedDocument
	var total int64
	err := d.snapshot(ctx, "list documents", func(q querier) error {
		embedder, err := embedderID(ctx, q, key)
		if err != nil {
			return err
		}
		// + keeps SQLite from an index that does not have this order: it would read
		// and sort all documents for each page.
		const which = ` FROM documents d WHERE +d.owner_id = ?2 AND (?3 = '' OR d.seq IN
			(SELECT document FROM collection_documents WHERE collection_id = ?3))`
		if total, err = scanInteger(q.QueryRowContext(ctx, `SELECT count(*) + 0 * ?1`+which, 0, owner, collectionID)); err != nil {
			return err
		}
		found, err = collect(ctx, q, scanDocument, `SELECT `+documentColumns+which+
			` ORDER BY d.seq DESC LIMIT ?4 OFFSET ?5`, embedder, owner, collectionID, limit, offset)
		return err
	})
	return bare(found), int(total), err
}

// DocumentByOrigin finds the newest document that came from a path.
func (d *DB) DocumentByOrigin(ctx context.Context, owner, origin string) (Document, error) {
	const op = "find document"
	q, err := d.reading(op)
	if err != nil {
		return Document{}, err
	}
	doc, err := scanDocument(q.QueryRowContext(ctx, `SELECT `+documentColumns+` FROM documents d
		WHERE d.owner_id = ?2 AND d.origin = ?3 AND d.origin <> '' ORDER BY d.seq DESC LIMIT 1`, 0, owner, origin))
	return doc.Document, wrap(op, err)
}

// UpdateDocument changes fields of a document.
func (d *DB) UpdateDocument(ctx context.Context, owner, id string, u DocumentUpdate) (Document, error) {
	var doc numberedDocument
	err := d.quickly(ctx, "update document", func(tx *sql.Tx) (err error) {
		if doc, err = document(ctx, tx, 0, owner, id); err != nil {
			return err
		}
		var set setter
		set.text("name", u.Name)
		set.text("status", u.Status)
		set.text("error_code", u.ErrorCode)
		set.text("origin", u.Origin)
		set.text("hash", u.Hash)
		if u.Bytes != nil {
			set.value("bytes", *u.Bytes)
		}
		if u.ModifiedAt != nil {
			set.value("modified_at", *u.ModifiedAt)
		}
		if u.Linked != nil {
			set.value("linked", *u.Linked)
		}
		set.value("updated_at", d.milliseconds())
		if err := set.run(ctx, tx, "documents", doc.seq); err != nil {
			return err
		}
		doc, err = document(ctx, tx, 0, owner, id)
		return err
	})
	return doc.Document, err
}

// PendingDocuments lists what still has to be parsed, of all owners, oldest
// first: after a crash this is where indexing goes on.
func (d *DB) PendingDocuments(ctx context.Context) ([]Document, error) {
	const op = "list pending documents"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, q, scanDocument, `SELECT `+documentColumns+` FROM documents d
		WHERE d.status IN ('queued', 'parsing') ORDER BY d.seq`, 0)
	return bare(found), wrap(op, err)
}

// CountPending counts the documents of these collections that still have to be
// parsed. It is asked with every question, while 10,000 may wait.
func (d *DB) CountPending(ctx context.Context, owner string, collectionIDs []string) (int, error) {
	const op = "count pending documents"
	q, err := d.reading(op)
	if err != nil {
		return 0, err
	}
	list, err := json.Marshal(collectionIDs)
	if err != nil {
		return 0, wrap(op, err)
	}
	n, err := scanInteger(q.QueryRowContext(ctx, `SELECT count(*) FROM documents d
		WHERE d.status IN ('queued', 'parsing') AND d.owner_id = ?1 AND EXISTS (SELECT 1 FROM collection_documents
		WHERE document = d.seq AND collection_id IN (SELECT value FROM json_each(?2)))`, owner, string(list)))
	return int(n), wrap(op, err)
}

// notHeld keeps documents out that came with a folder that is paused or cannot
// be read now; of linked
// ones altogether if its argument is 0.
const notHeld = ` AND (d.linked = 0 OR %s AND NOT EXISTS (SELECT 1 FROM folder_files f
	JOIN folders k ON k.seq = f.folder WHERE f.document = d.seq AND (k.paused = 1 OR k.problem <> '')))`

// NextPending gives the document to parse next, what people added before what
// folders brought, and says how many wait. Those that are held do not; with
// linked false none of any folder does. CodeNotFound: there is nothing to do.
func (d *DB) NextPending(ctx context.Context, linked bool) (next Document, waiting int, err error) {
	err = d.snapshot(ctx, "next pending document", func(q querier) error {
		condition := fmt.Sprintf(notHeld, "?2")
		// Asked after each document: with 10,000 of them waiting, their folders are
		// looked at one by one only if one of those is held.
		held, err := scanInteger(q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM folders WHERE paused = 1 OR problem <> '')`))
		if err != nil {
			return err
		}
		if held == 0 {
			condition = ` AND (d.linked = 0 OR ?2)`
		}
		which := ` FROM documents d WHERE d.status IN ('queued', 'parsing')` + condition
		n, err := scanInteger(q.QueryRowContext(ctx, `SELECT count(*) + 0 * ?1`+which, 0, linked))
		if err != nil {
			return err
		}
		waiting = int(n)
		found, err := scanDocument(q.QueryRowContext(ctx, `SELECT `+documentColumns+which+` ORDER BY d.linked, d.seq LIMIT 1`, 0, linked))
		next = found.Document
		return err
	})
	return next, waiting, err
}

// DeleteDocument removes a document with its text, passages, terms and
// vectors, and returns what it was. Purge makes sure that nothing is left.
func (d *DB) DeleteDocument(ctx context.Context, owner, id string) (Document, error) {
	var doc numberedDocument
	err := d.durably(ctx, "delete document", func(tx *sql.Tx) (err error) {
		if doc, err = document(ctx, tx, 0, owner, id); err != nil {
			return err
		}
		return deleteDocument(ctx, tx, doc)
	})
	return doc.Document, err
}

func deleteDocument(ctx context.Context, tx *sql.Tx, doc numberedDocument) error {
	if err := deletePassages(ctx, tx, doc.seq); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE chats SET pinned_document_id = '' WHERE pinned_document_id = ?`, doc.ID); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM documents WHERE seq = ?`, doc.seq)
	return err
}

// ReferencedHashes gives the hashes of all documents that are kept as copies:
// any other copy in the data folder can go.
func (d *DB) ReferencedHashes(ctx context.Context) (map[string]bool, error) {
	const op = "list hashes"
	q, err := d.reading(op)
	if err != nil {
		return nil, err
	}
	hashes, err := collect(ctx, q, scanText, `SELECT DISTINCT hash FROM documents WHERE linked = 0 AND hash <> ''`)
	set := make(map[string]bool, len(hashes))
	for _, h := range hashes {
		set[h] = true
	}
	return set, wrap(op, err)
}

// DocumentText reads the text that passages' offsets refer to, and the
// parser's blocks. CodeNotFound until the document was parsed.
func (d *DB) DocumentText(ctx context.Context, owner, id string) (text string, blocks json.RawMessage, err error) {
	const op = "read text"
	q, err := d.reading(op)
	if err != nil {
		return "", nil, err
	}
	var list string
	err = q.QueryRowContext(ctx, `SELECT t.text, t.blocks FROM document_texts t JOIN documents d ON d.seq = t.document
		WHERE d.id = ? AND d.owner_id = ?`, id, owner).Scan(&text, &list)
	if list != "" {
		blocks = json.RawMessage(list)
	}
	return text, blocks, wrap(op, err)
}
