package storage

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// linkedFolder links /share to a new collection.
func linkedFolder(t *testing.T, d *DB) (Collection, Folder) {
	t.Helper()
	k := must(d.CreateCollection(t.Context(), anna, "Leases"))(t)
	return k, must(d.LinkFolder(t.Context(), anna, Folder{CollectionID: k.ID, Path: "/share", Include: []string{"**"}}))(t)
}

func take(t *testing.T, d *DB, f Folder, files ...FoundFile) ([]Document, []Removed) {
	t.Helper()
	queued, removed, err := d.TakeFiles(t.Context(), anna, f.ID, files)
	if err != nil {
		t.Fatal(err)
	}
	return queued, removed
}

func found(path, hash string) FoundFile {
	return FoundFile{Path: path, Size: 5, Modified: 7e9, Hash: hash}
}

func rows(t *testing.T, d *DB, f Folder) map[string]FolderFile {
	t.Helper()
	files, _, err := d.FolderFiles(t.Context(), anna, f.ID, FilesAll, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]FolderFile{}
	for _, file := range files {
		byPath[file.Path] = file
	}
	return byPath
}

// goes marks the files of paths as gone and settles their documents.
func goes(t *testing.T, d *DB, f Folder, paths ...string) []Removed {
	t.Helper()
	all := rows(t, d, f)
	var seqs []int64
	for _, path := range paths {
		seqs = append(seqs, all[path].Seq)
	}
	if err := d.MarkGone(t.Context(), anna, f.ID, seqs); err != nil {
		t.Fatal(err)
	}
	_, removed, err := d.RemoveGone(t.Context(), anna, 100)
	if err != nil {
		t.Fatal(err)
	}
	return removed
}

func parsed(t *testing.T, d *DB, id, text string) []int64 {
	t.Helper()
	_, ids, err := d.StoreParsed(t.Context(), id, Parsed{Text: text, Passages: []Passage{{Text: text, End: len(text)}}})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestMovedFileKeepsItsDocument(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k, f := linkedFolder(t, d)
	queued, _ := take(t, d, f, found("a/lease.pdf", "h1"))
	if len(queued) != 1 || !queued[0].Linked || queued[0].Origin != filepath.FromSlash("/share/a/lease.pdf") || queued[0].Name != "share/a/lease.pdf" ||
		!slices.Equal(queued[0].CollectionIDs, []string{k.ID}) || queued[0].ModifiedAt != 7000 {
		t.Fatalf("taken %+v", queued)
	}
	id := queued[0].ID
	ids := parsed(t, d, id, "text")
	if err := d.MarkGone(ctx, anna, f.ID, []int64{rows(t, d, f)["a/lease.pdf"].Seq}); err != nil {
		t.Fatal(err)
	}
	if queued, removed := take(t, d, f, found("b/new name.pdf", "h1")); len(queued)+len(removed) != 0 {
		t.Fatalf("a moved file is read again: %+v %+v", queued, removed)
	}
	n, removed, err := d.RemoveGone(ctx, anna, 100)
	if n != 1 || len(removed) != 0 || err != nil {
		t.Fatalf("settled %d %+v %v", n, removed, err)
	}
	doc := must(d.Document(ctx, anna, id, EmbedderKey{}))(t)
	if doc.Origin != filepath.FromSlash("/share/b/new name.pdf") || doc.Passages != 1 || doc.Status != DocumentSearchable {
		t.Errorf("moved %+v", doc)
	}
	removed = goes(t, d, f, "b/new name.pdf")
	if len(removed) != 1 || removed[0].ID != id || !slices.Equal(removed[0].Passages, ids) || !removed[0].Linked {
		t.Errorf("removed %+v", removed)
	}
}

func TestCopiesShareADocumentUntilOneChanges(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	_, f := linkedFolder(t, d)
	queued, _ := take(t, d, f, found("a", "h"), found("b", "h"))
	if len(queued) != 1 {
		t.Fatalf("taken %+v", queued)
	}
	if doc := must(d.Document(ctx, anna, queued[0].ID, EmbedderKey{}))(t); doc.Copies != 1 {
		t.Errorf("%d copies", doc.Copies)
	}
	twins := must(d.Twins(ctx, anna, "", "", 10))(t)
	if len(twins) != 2 || !twins[0].SameBytes || twins[0].Name != "/share/a" {
		t.Errorf("twins %+v", twins)
	}
	changed, removed := take(t, d, f, found("a", "other"))
	if len(changed) != 1 || changed[0].ID == queued[0].ID || len(removed) != 0 {
		t.Fatalf("changed %+v %+v", changed, removed)
	}
	if doc := must(d.Document(ctx, anna, queued[0].ID, EmbedderKey{}))(t); doc.Origin != filepath.FromSlash("/share/b") || doc.Copies != 0 {
		t.Errorf("the other one %+v", doc)
	}
	// A file that is alone keeps its document when it changes.
	again, removed := take(t, d, f, found("a", "third"))
	if len(again) != 1 || again[0].ID != changed[0].ID || again[0].Hash != "third" || again[0].Status != DocumentQueued || len(removed) != 0 {
		t.Errorf("changed again %+v %+v", again, removed)
	}
	// Becoming a copy of another takes its own document away.
	none, removed := take(t, d, f, found("a", "h"))
	if len(none) != 0 || len(removed) != 1 || removed[0].ID != changed[0].ID {
		t.Errorf("became a copy: %+v %+v", none, removed)
	}
}

func TestWhatAPersonAddedStays(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k, f := linkedFolder(t, d)
	other := must(d.CreateCollection(ctx, anna, "Other"))(t)
	own, _, err := d.AddDocument(ctx, anna, Document{Hash: "h"}, other.ID)
	if err != nil {
		t.Fatal(err)
	}
	take(t, d, f, found("a", "h"))
	if doc := must(d.Document(ctx, anna, own.ID, EmbedderKey{}))(t); len(doc.CollectionIDs) != 2 || doc.Linked {
		t.Errorf("joined %+v", doc)
	}
	if removed := goes(t, d, f, "a"); len(removed) != 0 {
		t.Errorf("removed %+v", removed)
	}
	if doc := must(d.Document(ctx, anna, own.ID, EmbedderKey{}))(t); !slices.Equal(doc.CollectionIDs, []string{other.ID}) {
		t.Errorf("left in %v", doc.CollectionIDs)
	}
	// In the folder's own collection it stays as well, if it was there before.
	if err := d.AddToCollection(ctx, anna, own.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	take(t, d, f, found("a", "h"))
	goes(t, d, f, "a")
	if doc := must(d.Document(ctx, anna, own.ID, EmbedderKey{}))(t); len(doc.CollectionIDs) != 2 {
		t.Errorf("left in %v", doc.CollectionIDs)
	}
}

func TestTakenOutStaysOut(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	_, f := linkedFolder(t, d)
	queued, _ := take(t, d, f, found("a", "h"))
	must(d.DeleteDocument(ctx, anna, queued[0].ID))(t)
	if again, _ := take(t, d, f, found("a", "h2")); len(again) != 0 {
		t.Errorf("it came back: %+v", again)
	}
	n := must(d.CountFolderFiles(ctx, anna, f.ID))(t)
	if n != (FolderCounts{LeftOut: 1}) {
		t.Errorf("counts %+v", n)
	}
	if err := d.ForgetFile(ctx, anna, f.ID, rows(t, d, f)["a"].Seq); err != nil {
		t.Fatal(err)
	}
	if again, _ := take(t, d, f, found("a", "h2")); len(again) != 1 {
		t.Errorf("it does not come back: %+v", again)
	}
}

func TestUnlinkKeepsOrRemoves(t *testing.T) {
	for _, keep := range []bool{true, false} {
		t.Run(fmt.Sprintf("keep=%v", keep), func(t *testing.T) {
			d, ctx := openTest(t), t.Context()
			_, f := linkedFolder(t, d)
			other := must(d.CreateCollection(ctx, anna, "Other"))(t)
			queued, _ := take(t, d, f, found("a", "1"), found("b", "2"))
			if err := d.AddToCollection(ctx, anna, queued[1].ID, other.ID); err != nil {
				t.Fatal(err)
			}
			if !keep {
				must(d.UpdateFolder(ctx, anna, f.ID, FolderUpdate{Removing: new(true)}))(t)
				if err := d.MarkGone(ctx, anna, f.ID, nil); err != nil {
					t.Fatal(err)
				}
				if _, removed, err := d.RemoveGone(ctx, anna, 9); err != nil || len(removed) != 1 || removed[0].ID != queued[0].ID {
					t.Errorf("removed %+v, %v", removed, err)
				}
			}
			if err := d.UnlinkFolder(ctx, anna, f.ID); err != nil {
				t.Fatal(err)
			}
			_, total, err := d.Documents(ctx, anna, "", EmbedderKey{}, 9, 0)
			if want := map[bool]int{true: 2, false: 1}[keep]; total != want || err != nil {
				t.Errorf("%d documents are left, want %d; %v", total, want, err)
			}
		})
	}
}

func TestOwnDocumentsGoBeforeThoseOfFolders(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	_, f := linkedFolder(t, d)
	queued, _ := take(t, d, f, found("a", "1"))
	own, _, err := d.AddDocument(ctx, anna, Document{Hash: "own"}, "")
	if err != nil {
		t.Fatal(err)
	}
	next := func(linked bool) (string, int) {
		t.Helper()
		doc, n, err := d.NextPending(ctx, linked)
		if err != nil && CodeOf(err) != CodeNotFound {
			t.Fatal(err)
		}
		return doc.ID, n
	}
	if id, n := next(true); id != own.ID || n != 2 {
		t.Errorf("next %s of %d", id, n)
	}
	if _, n := next(false); n != 1 {
		t.Errorf("%d wait without folders", n)
	}
	parsed(t, d, queued[0].ID, "from the folder")
	parsed(t, d, own.ID, "own")
	todo := func(linked bool) []Unembedded { return must(d.NextUnembedded(ctx, e5, linked, 10))(t) }
	if list := todo(true); len(list) != 1 || list[0].DocumentID != own.ID {
		t.Errorf("to embed %+v", list)
	}
	must(d.StoreVectors(ctx, e5, []int64{todo(true)[0].ID}, [][]float32{{1}}))(t)
	if with, without := todo(true), todo(false); len(with) != 1 || len(without) != 0 {
		t.Errorf("to embed %+v, without folders %+v", with, without)
	}
	must(d.UpdateFolder(ctx, anna, f.ID, FolderUpdate{Paused: new(true)}))(t)
	if list := todo(true); len(list) != 0 {
		t.Errorf("a paused folder is embedded: %+v", list)
	}
	take(t, d, f, found("b", "2"))
	if id, n := next(true); id != "" || n != 0 {
		t.Errorf("a paused folder is read: %s of %d", id, n)
	}
}

func TestFilesAreListedByState(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	_, f := linkedFolder(t, d)
	strange := "line\nbreak \xff'%.txt"
	queued, _ := take(t, d, f, found("done", "1"), found(strange, "2"), found("gone", "3"))
	parsed(t, d, queued[0].ID, "x")
	if err := d.NoteFiles(ctx, anna, f.ID, []FolderFile{{Path: "grows", State: FileWaiting}, {Path: "locked", State: FileFailed, ErrorCode: "unreadable"}}); err != nil {
		t.Fatal(err)
	}
	if err := d.MarkGone(ctx, anna, f.ID, []int64{rows(t, d, f)["gone"].Seq}); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[FileFilter][]string{
		FilesAll: {"done", "grows", strange, "locked"}, FilesIndexed: {"done"}, FilesWaiting: {"grows", strange}, FilesFailed: {"locked"}, FilesLeftOut: nil,
	} {
		files, total, err := d.FolderFiles(ctx, anna, f.ID, filter, 10, 0)
		var got []string
		for _, file := range files {
			got = append(got, file.Path)
		}
		if !slices.Equal(got, want) || total != len(want) || err != nil {
			t.Errorf("%q lists %q of %d, %v", filter, got, total, err)
		}
	}
	if n := must(d.CountFolderFiles(ctx, anna, f.ID))(t); n != (FolderCounts{Indexed: 1, Waiting: 2, Failed: 1}) {
		t.Errorf("counts %+v", n)
	}
}

func TestStatisticsAndTwins(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k, f := linkedFolder(t, d)
	a, ids := addParsed(t, d, anna, k.ID, "a.txt", "de", "eins zwei", "drei")
	addParsed(t, d, anna, "", "a.docx", "de", "eins  zwei", " drei")
	addParsed(t, d, anna, "", "b", "en", "other")
	take(t, d, f, found("waiting", "w"))
	must(d.StoreVectors(ctx, e5, ids[:1], [][]float32{{1, 2, 3}}))(t)
	s := must(d.Statistics(ctx, anna, k.ID, e5))(t)
	if s.Documents != 2 || s.Waiting != 1 || s.Passages != 2 || s.Embedded != 1 || s.Languages["de"] != 1 || len(s.Languages) != 1 ||
		s.CopiedBytes != 1 || s.LinkedBytes != 5 || s.VectorBytes != 12 || s.TextBytes != int64(len("eins zwei\ndrei\n")) {
		t.Errorf("statistics %+v", s)
	}
	for _, list := range [][]Twin{must(d.Twins(ctx, anna, k.ID, "", 9))(t), must(d.Twins(ctx, anna, "", a.ID, 9))(t)} {
		if len(list) != 2 || list[0].Name != "a.docx" || list[1].DocumentID != a.ID || list[0].SameBytes || list[0].Group != list[1].Group {
			t.Errorf("twins %+v", list)
		}
	}
	// A database from before has no hashes of texts.
	if err := d.quickly(ctx, "test", func(tx *sql.Tx) error { _, err := tx.Exec(`UPDATE documents SET text_hash = ''`); return err }); err != nil {
		t.Fatal(err)
	}
	if n := must(d.HashTexts(ctx, 10))(t); n != 3 {
		t.Errorf("%d hashed", n)
	}
	if list := must(d.Twins(ctx, anna, "", a.ID, 9))(t); len(list) != 2 {
		t.Errorf("twins %+v", list)
	}
}

func TestTransferIsAllOrNothing(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	from, to := must(d.CreateCollection(ctx, anna, "from"))(t), must(d.CreateCollection(ctx, anna, "to"))(t)
	a, _ := addParsed(t, d, anna, from.ID, "a", "", "a")
	wantCode(t, d.Transfer(ctx, anna, []string{a.ID, "missing"}, from.ID, to.ID), CodeNotFound)
	if doc := must(d.Document(ctx, anna, a.ID, e5))(t); !slices.Equal(doc.CollectionIDs, []string{from.ID}) {
		t.Errorf("after a failure in %v", doc.CollectionIDs)
	}
	for _, step := range []struct {
		from string
		want []string
	}{{"", []string{from.ID, to.ID}}, {from.ID, []string{to.ID}}, {to.ID, []string{to.ID}}} {
		if err := d.Transfer(ctx, anna, []string{a.ID}, step.from, to.ID); err != nil {
			t.Fatal(err)
		}
		doc := must(d.Document(ctx, anna, a.ID, e5))(t)
		slices.Sort(doc.CollectionIDs)
		slices.Sort(step.want)
		if !slices.Equal(doc.CollectionIDs, step.want) {
			t.Errorf("from %q: in %v", step.from, doc.CollectionIDs)
		}
	}
}
