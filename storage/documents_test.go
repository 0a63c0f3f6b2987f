package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestCollections(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	b := must(d.CreateCollection(ctx, anna, "b"))(t)
	a := must(d.CreateCollection(ctx, anna, "A"))(t)
	_, err := d.CreateCollection(ctx, anna, "b")
	wantCode(t, err, CodeExists)
	must(d.CreateCollection(ctx, ben, "b"))(t)
	_, err = d.RenameCollection(ctx, anna, a.ID, "b")
	wantCode(t, err, CodeExists)
	if k := must(d.RenameCollection(ctx, anna, b.ID, "c"))(t); k.Name != "c" {
		t.Errorf("renamed to %q", k.Name)
	}
	addParsed(t, d, anna, a.ID, "one", "en", "x")
	list := must(d.Collections(ctx, anna))(t)
	if len(list) != 2 || list[0].Name != "A" || list[0].Documents != 1 || list[1].Name != "c" || list[1].Documents != 0 {
		t.Errorf("collections %+v", list)
	}
}

func TestDeleteCollectionTakesOnlyWhatIsInNoOther(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	a := must(d.CreateCollection(ctx, anna, "a"))(t)
	b := must(d.CreateCollection(ctx, anna, "b"))(t)
	c := must(d.CreateChat(ctx, anna, Chat{CollectionIDs: []string{a.ID, b.ID}}))(t)
	only, _ := addParsed(t, d, anna, a.ID, "only a", "en", "walrus")
	both, _ := addParsed(t, d, anna, a.ID, "both", "en", "zebra")
	loose, _ := addParsed(t, d, anna, "", "loose", "en", "yak")
	if _, existed, err := d.AddDocument(ctx, anna, Document{Hash: both.Hash}, b.ID); err != nil || !existed {
		t.Fatal(existed, err)
	}
	orphaned := must(d.DeleteCollection(ctx, anna, a.ID))(t)
	if !slices.Equal(orphaned, []string{only.ID}) {
		t.Errorf("orphaned %v, want %v", orphaned, only.ID)
	}
	if left := must(d.Chat(ctx, anna, c.ID))(t).CollectionIDs; !slices.Equal(left, []string{b.ID}) {
		t.Errorf("the chat still has %v", left)
	}
	_, err := d.Document(ctx, anna, only.ID, e5)
	wantCode(t, err, CodeNotFound)
	must(d.Document(ctx, anna, both.ID, e5))(t)
	must(d.Document(ctx, anna, loose.ID, e5))(t)
	if hits := must(d.SearchTerms(ctx, Scope{OwnerID: anna}, "", []string{"walru"}, 5))(t); len(hits) != 0 {
		t.Error("a passage of the deleted document is found")
	}
	checkIntegrity(t, d)
}

func TestSameFileIsRecognised(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	a := must(d.CreateCollection(ctx, anna, "a"))(t)
	add := func(owner, hash, collection string) (Document, bool) {
		t.Helper()
		doc, existed, err := d.AddDocument(ctx, owner, Document{Name: "f", Hash: hash}, collection)
		if err != nil {
			t.Fatal(err)
		}
		return doc, existed
	}
	first, existed := add(anna, "h", "")
	if existed || first.Status != DocumentQueued || first.ID == "" {
		t.Errorf("first: %v %+v", existed, first)
	}
	second, existed := add(anna, "h", a.ID)
	if !existed || second.ID != first.ID || !slices.Equal(second.CollectionIDs, []string{a.ID}) {
		t.Errorf("second: %v %+v", existed, second)
	}
	if other, existed := add(ben, "h", ""); existed || other.ID == first.ID {
		t.Error("another owner's document was taken")
	}
	failed := DocumentFailed
	must(d.UpdateDocument(ctx, anna, first.ID, DocumentUpdate{Status: &failed}))(t)
	if third, existed := add(anna, "h", ""); existed || third.ID == first.ID {
		t.Error("a failed document counts as there")
	}
	_, _, err := d.AddDocument(ctx, anna, Document{Hash: "new"}, "no collection")
	wantCode(t, err, CodeNotFound)
	if _, total, _ := d.Documents(ctx, anna, "", e5, 10, 0); total != 2 {
		t.Errorf("%d documents, a refused one stayed", total)
	}
}

func TestDocumentsListAndOrigin(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	a := must(d.CreateCollection(ctx, anna, "a"))(t)
	for i := range 5 {
		in := ""
		if i%2 == 0 {
			in = a.ID
		}
		_, _, err := d.AddDocument(ctx, anna, Document{Name: fmt.Sprint(i), Hash: fmt.Sprint(i), Origin: fmt.Sprint("/files/", i), Linked: i == 4}, in)
		if err != nil {
			t.Fatal(err)
		}
	}
	page, total, err := d.Documents(ctx, anna, a.ID, e5, 2, 1)
	if err != nil || total != 3 || len(page) != 2 || page[0].Name != "2" || page[1].Name != "0" {
		t.Errorf("%+v %d %v", page, total, err)
	}
	if doc := must(d.DocumentByOrigin(ctx, anna, "/files/3"))(t); doc.Name != "3" {
		t.Errorf("found %+v", doc)
	}
	_, err = d.DocumentByOrigin(ctx, anna, "")
	wantCode(t, err, CodeNotFound)
	hashes := must(d.ReferencedHashes(ctx))(t)
	if len(hashes) != 4 || hashes["4"] {
		t.Errorf("hashes of copies %v, want those of 0 to 3", hashes)
	}
	pending := must(d.PendingDocuments(ctx))(t)
	if len(pending) != 5 || pending[0].Name != "0" {
		t.Errorf("pending %+v", pending)
	}
	if n := must(d.CountPending(ctx, anna, []string{a.ID}))(t); n != 3 {
		t.Errorf("%d wait in a, want 3", n)
	}
	if n := must(d.CountPending(ctx, ben, []string{a.ID}))(t); n != 0 {
		t.Errorf("another owner counts %d", n)
	}
}

func TestRemoveFromCollection(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	a := must(d.CreateCollection(ctx, anna, "a"))(t)
	b := must(d.CreateCollection(ctx, anna, "b"))(t)
	doc, _ := addParsed(t, d, anna, a.ID, "f", "en", "x")
	if _, _, err := d.AddDocument(ctx, anna, Document{Hash: doc.Hash}, b.ID); err != nil {
		t.Fatal(err)
	}
	if gone := must(d.RemoveFromCollection(ctx, anna, doc.ID, a.ID))(t); gone {
		t.Error("gone, though another collection holds it")
	}
	_, err := d.RemoveFromCollection(ctx, anna, doc.ID, a.ID)
	wantCode(t, err, CodeNotFound)
	if gone := must(d.RemoveFromCollection(ctx, anna, doc.ID, b.ID))(t); !gone {
		t.Error("not gone with its last collection")
	}
	_, err = d.Document(ctx, anna, doc.ID, e5)
	wantCode(t, err, CodeNotFound)
}

func TestStoreParsedReplacesTheOldVersion(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	doc, old := addParsed(t, d, anna, "", "f", "de", "walrus eins", "walrus zwei")
	if doc.Status != DocumentSearchable || doc.Version != 1 || doc.Passages != 2 || doc.ParserVersion != 3 || doc.Title != "Title of f" {
		t.Errorf("first version %+v", doc)
	}
	must(d.StoreVectors(ctx, e5, old, [][]float32{{1}, {2}}))(t)
	p := Parsed{Title: "New", Language: "en", Pages: 7, Text: "zebra", Blocks: json.RawMessage(`[1]`),
		Passages: []Passage{{Text: "zebra", End: 5, Language: "en", Heading: "H", Location: json.RawMessage(`{"page":2}`)}}}
	doc, ids, err := d.StoreParsed(ctx, doc.ID, p)
	if err != nil || doc.Version != 2 || doc.Passages != 1 || doc.Status != DocumentSearchable || len(ids) != 1 || slices.Contains(old, ids[0]) {
		t.Fatalf("second version %+v %v %v", doc, ids, err)
	}
	if got := must(d.Passages(ctx, anna, append(old, ids...)))(t); len(got) != 1 {
		t.Errorf("passages %+v", got)
	} else if want := (Passage{ID: ids[0], DocumentID: doc.ID, Document: "New", End: 5, Text: "zebra", Heading: "H",
		Language: "en", Location: json.RawMessage(`{"page":2}`)}); fmt.Sprint(got[0]) != fmt.Sprint(want) {
		t.Errorf("passage %+v, want %+v", got[0], want)
	}
	for term, want := range map[string]int{"walru": 0, "zebra": 1} {
		if hits := must(d.SearchTerms(ctx, Scope{OwnerID: anna}, "", []string{term}, 5))(t); len(hits) != want {
			t.Errorf("%q finds %d, want %d", term, len(hits), want)
		}
	}
	if embedded, total, err := d.CountVectors(ctx, e5); embedded != 0 || total != 1 || err != nil {
		t.Errorf("%d of %d embedded, %v", embedded, total, err)
	}
	text, blocks, err := d.DocumentText(ctx, anna, doc.ID)
	if text != "zebra" || string(blocks) != "[1]" || err != nil {
		t.Errorf("text %q %s %v", text, blocks, err)
	}
	doc, _, err = d.StoreParsed(ctx, doc.ID, Parsed{})
	if err != nil || doc.Status != DocumentReady || doc.Version != 3 {
		t.Errorf("without passages: %+v %v", doc, err)
	}
	_, _, err = d.StoreParsed(ctx, "nothing", p)
	wantCode(t, err, CodeNotFound)
	checkIntegrity(t, d)
}

func TestPassagesComeInTheOrderAsked(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	doc, ids := addParsed(t, d, anna, "", "f", "en", "a", "b", "c")
	got := must(d.Passages(ctx, anna, []int64{ids[2], 999, ids[0]}))(t)
	if len(got) != 2 || got[0].ID != ids[2] || got[1].ID != ids[0] {
		t.Errorf("%+v", got)
	}
	all := must(d.PassagesOf(ctx, anna, doc.ID))(t)
	if len(all) != 3 || all[0].Text != "a" || all[2].Text != "c" {
		t.Errorf("%+v", all)
	}
}

func TestVectors(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	first, a := addParsed(t, d, anna, "", "first", "en", "a0", "a1")
	second, b := addParsed(t, d, anna, "", "second", "en", "b0")
	ids := func(list []Unembedded) (ids []int64) {
		for _, u := range list {
			ids = append(ids, u.ID)
		}
		return ids
	}
	todo := must(d.Unembedded(ctx, e5, 10))(t)
	if !slices.Equal(ids(todo), append(slices.Clone(a), b...)) || todo[0].Text != "a0" || todo[0].DocumentID != first.ID || todo[0].Heading != "Section 0" {
		t.Errorf("to embed %+v", todo)
	}
	ready := must(d.StoreVectors(ctx, e5, []int64{a[0], b[0], 999}, [][]float32{{1, .5}, {2, -.25}, {3, 3}}))(t)
	if len(ready) != 1 || ready[0].ID != second.ID || ready[0].Status != DocumentReady || ready[0].Embedded != 1 {
		t.Errorf("ready %+v", ready)
	}
	if got := ids(must(d.Unembedded(ctx, e5, 10))(t)); !slices.Equal(got, a[1:]) {
		t.Errorf("left %v", got)
	}
	if doc := must(d.Document(ctx, anna, first.ID, e5))(t); doc.Embedded != 1 || doc.Status != DocumentSearchable {
		t.Errorf("half embedded: %+v", doc)
	}
	// The same again replaces and counts once.
	must(d.StoreVectors(ctx, e5, a[:1], [][]float32{{4, 4}}))(t)
	if ready := must(d.StoreVectors(ctx, e5, a[1:], [][]float32{{5, 5}}))(t); len(ready) != 1 || ready[0].ID != first.ID {
		t.Errorf("ready %+v", ready)
	}
	got := map[int64][]float32{}
	if err := d.EachVector(ctx, e5, func(id int64, v []float32) error { got[id] = slices.Clone(v); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := map[int64][]float32{a[0]: {4, 4}, a[1]: {5, 5}, b[0]: {2, -.25}}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("vectors %v, want %v", got, want)
	}
	// A second embedder lives beside the first.
	other := EmbedderKey{Digest: e5.Digest, Scheme: "none"}
	if n := len(must(d.Unembedded(ctx, other, 10))(t)); n != 3 {
		t.Errorf("%d to embed for the other embedder", n)
	}
	must(d.StoreVectors(ctx, other, a[:1], [][]float32{{1, 2, 3}}))(t)
	if embedded, total, err := d.CountVectors(ctx, other); embedded != 1 || total != 3 || err != nil {
		t.Errorf("%d of %d, %v", embedded, total, err)
	}
	_, err := d.StoreVectors(ctx, e5, a[:1], [][]float32{{1, 2, 3}})
	wantCode(t, err, CodeFailed)
	stop := errors.New("stop")
	if err := d.EachVector(ctx, e5, func(int64, []float32) error { return stop }); err != stop {
		t.Errorf("%v, want f's own error", err)
	}
	checkIntegrity(t, d)
}

func TestVectorsLengthIsChecked(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	_, ids := addParsed(t, d, anna, "", "f", "en", "a", "b")
	for _, vectors := range [][][]float32{{{1}}, {{1}, {1, 2}}, {{}, {}}} {
		_, err := d.StoreVectors(ctx, e5, ids, vectors)
		wantCode(t, err, CodeFailed)
	}
	if embedded, _, err := d.CountVectors(ctx, e5); embedded != 0 || err != nil {
		t.Errorf("%d vectors of refused batches stay, %v", embedded, err)
	}
}

func TestSettingsAndEgress(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	for _, err := range []error{
		d.SetSetting(ctx, "a", "1"), d.SetSetting(ctx, "a", "2"), d.SetSetting(ctx, "b", ""), d.SetSetting(ctx, "c", "3"),
		d.DeleteSetting(ctx, "c"), d.DeleteSetting(ctx, "unknown"),
		d.RecordEgress(ctx, EgressRecord{Host: "127.0.0.1", Port: 1, Allowed: true, Purpose: "runtime"}),
		d.RecordEgress(ctx, EgressRecord{Host: "example.org", Port: 443, Purpose: "link"}),
		d.RecordEgress(ctx, EgressRecord{Host: "example.org", Port: 443, Purpose: "link"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := must(d.Settings(ctx))(t); fmt.Sprint(got) != "map[a:2 b:]" {
		t.Errorf("settings %v", got)
	}
	if allowed, refused, err := d.EgressCount(ctx); allowed != 1 || refused != 2 || err != nil {
		t.Errorf("%d allowed, %d refused, %v", allowed, refused, err)
	}
}
