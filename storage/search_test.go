package storage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func hitIDs(hits []Scored) (ids []int64) {
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func TestScopeLimitsDocuments(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	add := func(name, origin, format string, at int64) string {
		doc, _, err := d.AddDocument(ctx, anna, Document{Name: name, Origin: origin, Format: format, Hash: name, CreatedAt: at}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.StoreParsed(ctx, doc.ID, Parsed{Text: "tiger", Passages: []Passage{{Text: "tiger", End: 5}}}); err != nil {
			t.Fatal(err)
		}
		return name
	}
	windows := add("a.pdf", `C:\Akten\Verträge\2024\a.pdf`, "pdf", 100)
	unix := add("b.docx", "/akten/b.docx", "docx", 200)
	dropped := add("Verträge/c.txt", "", "txt", 300)
	for name, c := range map[string]struct {
		scope Scope
		want  []string
	}{
		"everything":        {Scope{}, []string{windows, unix, dropped}},
		"format":            {Scope{Formats: []string{"pdf", "txt"}}, []string{windows, dropped}},
		"after":             {Scope{After: 200}, []string{unix, dropped}},
		"before":            {Scope{Before: 200}, []string{windows}},
		"folder":            {Scope{Folder: "Verträge"}, []string{windows, dropped}},
		"folders":           {Scope{Folder: `verträge\2024\`}, []string{windows}},
		"capitals":          {Scope{Folder: "AKTEN"}, []string{windows, unix}},
		"part of a name":    {Scope{Folder: "Vertr"}, nil},
		"absolute":          {Scope{Folder: "/akten"}, []string{windows, unix}},
		"format and folder": {Scope{Formats: []string{"txt"}, Folder: "2024"}, nil},
	} {
		c.scope.OwnerID = anna
		documents, err := d.DocumentsIn(ctx, c.scope, 9)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, doc := range documents {
			got = append(got, doc.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if hits := must(d.SearchTerms(ctx, c.scope, "", []string{"tiger"}, 9))(t); len(hits) != len(c.want) {
			t.Errorf("%s: %d passages", name, len(hits))
		}
		if names := must(d.DocumentNames(ctx, c.scope))(t); len(names) != len(c.want) {
			t.Errorf("%s: names %v", name, names)
		}
	}
	if documents := must(d.DocumentsIn(ctx, Scope{OwnerID: anna}, 1))(t); len(documents) != 1 {
		t.Errorf("limited: %v", documents)
	}
}

func TestSearchTermsLimitsScopeAndLanguage(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k := must(d.CreateCollection(ctx, anna, "k"))(t)
	l := must(d.CreateCollection(ctx, anna, "l"))(t)
	german, de := addParsed(t, d, anna, k.ID, "de", "de", "tiger tiger", "elefant")
	english, en := addParsed(t, d, anna, l.ID, "en", "en", "tiger", "zebra")
	_, none := addParsed(t, d, anna, "", "none", "", "tiger")
	_, benTiger := addParsed(t, d, ben, "", "de", "de", "tiger")
	for _, c := range []struct {
		name     string
		scope    Scope
		language string
		want     []int64
	}{
		{"everything", Scope{OwnerID: anna}, "", []int64{de[0], en[0], none[0]}},
		{"language", Scope{OwnerID: anna}, "de", []int64{de[0], none[0]}},
		{"unknown language", Scope{OwnerID: anna}, "fr", none},
		{"collection", Scope{OwnerID: anna, CollectionIDs: []string{k.ID}}, "", de[:1]},
		{"collections", Scope{OwnerID: anna, CollectionIDs: []string{k.ID, l.ID}}, "", []int64{de[0], en[0]}},
		{"document", Scope{OwnerID: anna, DocumentIDs: []string{english.ID}}, "", en[:1]},
		{"collection and document", Scope{OwnerID: anna, CollectionIDs: []string{k.ID}, DocumentIDs: []string{english.ID}}, "", nil},
		{"both lists", Scope{OwnerID: anna, CollectionIDs: []string{k.ID}, DocumentIDs: []string{german.ID}}, "de", de[:1]},
		{"another owner", Scope{OwnerID: ben}, "", benTiger},
		{"another owner's collection", Scope{OwnerID: ben, CollectionIDs: []string{k.ID}}, "", nil},
		{"nobody", Scope{OwnerID: "nobody"}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := hitIDs(must(d.SearchTerms(ctx, c.scope, c.language, []string{"tiger", "lion"}, 9))(t))
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
	ids := must(d.PassageIDs(ctx, Scope{OwnerID: anna, CollectionIDs: []string{k.ID}}))(t)
	if len(ids) != 2 || !ids[de[0]] || !ids[de[1]] {
		t.Errorf("passages of the collection: %v", ids)
	}
	if ids := must(d.PassageIDs(ctx, Scope{OwnerID: anna}))(t); len(ids) != 5 || ids[benTiger[0]] {
		t.Errorf("all passages of one of two owners: %v", ids)
	}
}

func TestPassageIDsOfASingleOwnerNeedNoFilter(t *testing.T) {
	d := openTest(t)
	addParsed(t, d, anna, "", "f", "de", "x")
	if ids := must(d.PassageIDs(t.Context(), Scope{OwnerID: anna}))(t); ids != nil {
		t.Errorf("%v, want nil", ids)
	}
	if ids := must(d.PassageIDs(t.Context(), Scope{OwnerID: ben}))(t); ids == nil || len(ids) != 0 {
		t.Errorf("%v, want an empty map", ids)
	}
}

func TestHeadingCountsMoreThanBody(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	doc, _, err := d.AddDocument(ctx, anna, Document{Name: "f"}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, ids, err := d.StoreParsed(ctx, doc.ID, Parsed{Passages: []Passage{
		{Heading: "other", Text: "notice notice of something"}, {Heading: "notice", Text: "see below for all of it"}, {Heading: "x", Text: "nothing of it"},
		{Heading: "y", Text: "more"}, {Heading: "z", Text: "yet more"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	hits := must(d.SearchTerms(ctx, Scope{OwnerID: anna}, "", []string{"notice"}, 5))(t)
	if len(hits) != 2 || hits[0].ID != ids[1] || hits[0].Score <= hits[1].Score || hits[1].Score <= 0 {
		t.Errorf("hits %+v, want the heading's passage %d first", hits, ids[1])
	}
}

// TestChoosingKeepsTheTop compares with a ranking of all passages that match.
func TestChoosingKeepsTheTop(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	random := rand.New(rand.NewPCG(7, 8))
	word := zipfWords(random, 1000)
	var questions [][]string
	for n := range 8 {
		texts := make([]string, 100)
		for i := range texts {
			words := make([]string, 20+random.IntN(40))
			for j := range words {
				words[j] = word()
			}
			texts[i] = strings.Join(words, " ")
			if i%50 == 0 {
				questions = append(questions, words[:8])
			}
		}
		addParsed(t, d, anna, "", fmt.Sprint(n), "", texts...)
	}
	for _, terms := range questions {
		quoted := quoteTerms(terms)
		matches := must(collect(ctx, d.readers.Load(), scanInteger,
			`SELECT rowid FROM passages_fts WHERE passages_fts MATCH ?`, strings.Join(quoted, " OR ")))(t)
		exact := must(searchTerms(ctx, d.readers.Load(), Scope{OwnerID: anna}, "", quoted, 10, len(matches)))(t)
		chosen := must(searchTerms(ctx, d.readers.Load(), Scope{OwnerID: anna}, "", quoted, 10, 100))(t)
		if len(matches) < 200 {
			t.Fatalf("only %d match: nothing to choose from", len(matches))
		}
		if !slices.Equal(exact, chosen) {
			t.Errorf("%v: chosen %v, exact %v", terms, chosen, exact)
		}
	}
}

func TestRarityIsAlwaysAPositiveNumber(t *testing.T) {
	before := 99.0
	for matches := 1; matches < 20; matches++ {
		now := rarity(10, matches)
		if !(now > 0) || now > before {
			t.Errorf("%d of 10: %v, before %v", matches, now, before)
		}
		before = now
	}
}

func TestTopTakesTheHighest(t *testing.T) {
	found := []Scored{{1, .5}, {2, 3}, {3, 1}, {4, 3}, {5, .5}, {6, 2}, {7, .5}}
	for atMost, want := range [][]int64{{}, {2}, {2, 4}, {2, 4, 6}, {2, 3, 4, 6}, {1, 2, 3, 4, 6}, {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6, 7}, {1, 2, 3, 4, 5, 6, 7}} {
		if got := top(found, atMost); !slices.Equal(got, want) {
			t.Errorf("top %d is %v, want %v", atMost, got, want)
		}
	}
	if got := top(nil, 5); len(got) != 0 {
		t.Errorf("top of nothing is %v", got)
	}
}

func TestInRuns(t *testing.T) {
	runs := []run{{2, 3}, {7, 7}, {9, 12}}
	if got := inRuns([]int64{1, 2, 3, 4, 7, 8, 9, 12, 13}, runs); !slices.Equal(got, []int64{2, 3, 7, 9, 12}) {
		t.Errorf("got %v", got)
	}
	if got := inRuns([]int64{1}, []run{}); len(got) != 0 {
		t.Errorf("no runs keep %v", got)
	}
}

func TestReanalyseBringsNewTerms(t *testing.T) {
	folder, ctx := t.TempDir(), t.Context()
	d := openIn(t, folder)
	c := must(d.CreateChat(ctx, anna, Chat{Title: "Tigers"}))(t)
	must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text("Lions")}}))(t)
	_, ids := addParsed(t, d, anna, "", "f", "en", "Zebras", "Yaks")
	if left := must(d.Reanalyse(ctx, 100))(t); left != 0 {
		t.Errorf("%d rows of the present analyser are old", left)
	}

	next := New(Options{Folder: folder, AnalyserVersion: 2, Analyse: func(_, s string) string {
		return strings.ReplaceAll("v2 "+s, " ", " v2_")
	}})
	if err := next.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	for calls, left := 0, 1; left > 0; calls++ {
		if left = must(next.Reanalyse(ctx, 1))(t); calls > 4 {
			t.Fatalf("%d left after %d calls for 4 rows", left, calls)
		}
	}
	if got := hitIDs(must(next.SearchTerms(ctx, Scope{OwnerID: anna}, "", []string{"v2_Zebras", "zebra"}, 5))(t)); !slices.Equal(got, ids[:1]) {
		t.Errorf("found %v", got)
	}
	for _, query := range []string{"Tigers", "Lions"} {
		if hits := must(next.FindInChats(ctx, anna, ChatSearch{Query: query}, 5))(t); len(hits) != 1 {
			t.Errorf("%q finds %d chats", query, len(hits))
		}
	}
	checkIntegrity(t, next)
}
