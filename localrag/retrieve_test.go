package localrag_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"kontor/localrag"
)

// library is a tiny store: keyword search by counted terms, embeddings by
// topics, so that words and meaning can disagree.
type library struct {
	analyser  *localrag.Analyser
	passages  []localrag.Passage
	topics    map[string][]string // topic → words that mean it
	embedErr  error
	searchErr error
	loadErr   error
	asked     [][]string
}

func (l *library) SearchTerms(_ context.Context, scope localrag.Scope, language string, terms []string, limit int) ([]localrag.Scored, error) {
	if l.searchErr != nil {
		return nil, l.searchErr
	}
	var found []localrag.Scored
	for _, p := range l.passages {
		if language != "" && p.Language != "" && p.Language != language || len(scope.DocumentIDs) > 0 && !slices.Contains(scope.DocumentIDs, p.DocumentID) {
			continue
		}
		heading := l.analyser.Terms(p.Language, p.Heading)
		text := l.analyser.Terms(p.Language, p.Text)
		score := 0.0
		for _, t := range terms {
			if slices.Contains(heading, t) {
				score += 5
			}
			if slices.Contains(text, t) {
				score++
			}
		}
		if score > 0 {
			found = append(found, localrag.Scored{ID: p.ID, Score: score})
		}
	}
	slices.SortFunc(found, func(a, b localrag.Scored) int { return int(b.Score - a.Score) })
	return found[:min(limit, len(found))], nil
}

func (l *library) Passages(_ context.Context, ids []int64) ([]localrag.Passage, error) {
	var found []localrag.Passage
	for _, id := range ids {
		for _, p := range l.passages {
			if p.ID == id {
				found = append(found, p)
			}
		}
	}
	return found, l.loadErr
}

func (l *library) EmbedQueries(_ context.Context, questions []string) ([][]float32, error) {
	l.asked = append(l.asked, questions)
	var vectors [][]float32
	for _, q := range questions {
		vectors = append(vectors, l.embed(q))
	}
	return vectors, l.embedErr
}

var topicOrder = []string{"pets", "rent", "notice", "noise"}

// embed gives cosines like multilingual-e5's: .69 to .83 for nothing in common.
func (l *library) embed(text string) []float32 {
	v := make([]float32, len(topicOrder)+1)
	v[0] = 1.5
	for i, topic := range topicOrder {
		for _, word := range l.topics[topic] {
			if strings.Contains(strings.ToLower(text), word) {
				v[i+1] = 1
			}
		}
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func newLibrary() *library {
	passage := func(id int64, document, language, heading, text string) localrag.Passage {
		return localrag.Passage{ID: id, DocumentID: document, Ordinal: map[int64]int{2: 1, 3: 2, 5: 1}[id], Chunk: localrag.Chunk{Text: text, Heading: heading, Language: language}}
	}
	return &library{
		analyser: localrag.NewAnalyser(),
		topics: map[string][]string{
			"pets": {"haustier", "hund", "katze", "pet", "dog"}, "rent": {"miete", "rent", "euro"},
			"notice": {"kündig", "notice", "terminat"}, "noise": {"ruhe", "lärm", "musik", "noise"},
		},
		passages: []localrag.Passage{
			passage(1, "a", "de", "Mietvertrag › Tiere", "Haustiere wie Hunde sind nach Zustimmung erlaubt."),
			passage(2, "a", "de", "Mietvertrag › Miete", "Die Miete beträgt 900 Euro und ist am dritten Werktag fällig."),
			passage(3, "a", "de", "Mietvertrag › Kündigung", "Die Kündigung ist mit drei Monaten Frist möglich, siehe § 573c BGB."),
			passage(4, "b", "en", "House rules › Pets", "Dogs and other pets must be kept on a lead."),
			passage(5, "b", "en", "House rules › Noise", "Noise must be avoided after 10 p.m."),
			passage(6, "c", "de", "§ 573c BGB", "Die ordentliche Kündigungsfrist endet spätestens am dritten Werktag."),
			passage(7, "d", "de", "Kopie › Tiere", "Haustiere wie Hunde sind nach Zustimmung erlaubt."),
		},
	}
}

func (l *library) retriever(t *testing.T) *localrag.Retriever {
	t.Helper()
	index := localrag.NewSlab(len(topicOrder) + 1)
	for _, p := range l.passages {
		if err := index.Add(t.Context(), []int64{p.ID}, [][]float32{l.embed(p.Text)}); err != nil {
			t.Fatal(err)
		}
	}
	return &localrag.Retriever{Keyword: l, Vectors: index, Embedder: l, Passages: l, Analyser: l.analyser, Profile: localrag.ProfileFor("multilingual-e5-small")}
}

func retrieve(t *testing.T, r *localrag.Retriever, query localrag.Query) localrag.Result {
	t.Helper()
	result, err := r.Retrieve(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func idsOf(result localrag.Result) []int64 {
	var ids []int64
	for _, p := range result.Passages {
		ids = append(ids, p.ID)
	}
	return ids
}

func TestRetrieveFusesBothRankings(t *testing.T) {
	result := retrieve(t, newLibrary().retriever(t), localrag.Query{Question: "Sind Hunde erlaubt?"})
	if ids := idsOf(result); ids[0] != 1 {
		t.Fatalf("ranked %v", ids)
	}
	best := result.Passages[0]
	if best.KeywordRank == 0 || best.VectorRank == 0 || best.Cosine < .99 || best.KeywordScore <= 0 || result.Language != "de" || result.Nothing || result.KeywordOnly {
		t.Errorf("%+v %+v", best, result)
	}
	if slices.Contains(idsOf(result), 7) {
		t.Error("the same text twice")
	}
	// The English passage on dogs shares no word, but the meaning.
	if ids := idsOf(result); ids[1] != 4 {
		t.Errorf("foreign passage not second: %v", ids)
	}
}

func TestRetrieveIdentifierWins(t *testing.T) {
	result := retrieve(t, newLibrary().retriever(t), localrag.Query{Question: "Was steht zur Kündigung in § 573c BGB?"})
	if ids := idsOf(result); ids[0] != 6 || ids[1] != 3 {
		t.Errorf("ranked %v", ids)
	}
	if !slices.Contains(result.Identifiers, "par573c_bgb") {
		t.Errorf("identifiers %v", result.Identifiers)
	}
}

func TestRetrieveWithoutVectors(t *testing.T) {
	l := newLibrary()
	broken := l.retriever(t)
	l.embedErr = errors.New("no runtime")
	result := retrieve(t, broken, localrag.Query{Question: "Wie hoch ist die Miete?"})
	if !result.KeywordOnly || !errors.Is(result.EmbedError, l.embedErr) || idsOf(result)[0] != 2 {
		t.Errorf("broken embedder: %+v", result)
	}
	none := &localrag.Retriever{Keyword: l, Passages: l, Analyser: l.analyser}
	result = retrieve(t, none, localrag.Query{Question: "Are dogs allowed?"})
	if !result.KeywordOnly || result.EmbedError != nil || idsOf(result)[0] != 4 {
		t.Errorf("no embedder: %+v", result)
	}
	l.searchErr = errors.New("no index")
	if _, err := broken.Retrieve(t.Context(), localrag.Query{Question: "Miete"}); !errors.Is(err, l.searchErr) || !errors.Is(err, l.embedErr) {
		t.Errorf("both broken: %v", err)
	}
	l.embedErr = nil
	if result := retrieve(t, broken, localrag.Query{Question: "Miete"}); result.KeywordError == nil || idsOf(result)[0] != 2 {
		t.Errorf("keyword search broken: %+v", result)
	}
	l.loadErr = errors.New("no passages")
	if _, err := broken.Retrieve(t.Context(), localrag.Query{Question: "Miete"}); !errors.Is(err, l.loadErr) {
		t.Errorf("loading broken: %v", err)
	}
}

// While documents are being indexed, the one that answers may have no vector.
func TestRetrieveWhileIndexing(t *testing.T) {
	l := newLibrary()
	r := l.retriever(t)
	if err := r.Vectors.Remove(t.Context(), []int64{2, 5}); err != nil {
		t.Fatal(err)
	}
	r.Unembedded = func(_ context.Context, ids []int64) (without []int64, err error) {
		for _, id := range ids {
			if id == 2 || id == 5 {
				without = append(without, id)
			}
		}
		return without, nil
	}
	for question, want := range map[string]int64{"Wann ist die Miete am Werktag fällig?": 2, "When must noise be avoided?": 5, "Sind Hunde erlaubt?": 1} {
		if result := retrieve(t, r, localrag.Query{Question: question}); result.Nothing || !slices.Contains(idsOf(result)[:2], want) || result.KeywordOnly {
			t.Errorf("%s: nothing %v, %v", question, result.Nothing, idsOf(result))
		}
	}
	if result := retrieve(t, r, localrag.Query{Question: "Wer gewann die Weltmeisterschaft im Fußball?"}); !result.Nothing {
		t.Errorf("about something else: %v", idsOf(result))
	}
	failure := errors.New("no database")
	r.Unembedded = func(context.Context, []int64) ([]int64, error) { return nil, failure }
	if _, err := r.Retrieve(t.Context(), localrag.Query{Question: "Miete"}); !errors.Is(err, failure) {
		t.Errorf("unknown vectors: %v", err)
	}
}

func TestRetrieveFollowUp(t *testing.T) {
	l := newLibrary()
	result := retrieve(t, l.retriever(t), localrag.Query{Question: "Und wie hoch ist sie?", History: []string{"Darf ich Musik machen?", "Wann ist die Miete fällig?"}})
	if ids := idsOf(result); ids[0] != 2 || result.Nothing {
		t.Errorf("ranked %v", ids)
	}
	if want := [][]string{{"Und wie hoch ist sie?", "Wann ist die Miete fällig? Und wie hoch ist sie?"}}; len(l.asked) != 1 || !slices.Equal(l.asked[0], want[0]) {
		t.Errorf("embedded %q, want one request", l.asked)
	}
}

func TestRetrieveScopeAndLimit(t *testing.T) {
	l := newLibrary()
	result := retrieve(t, l.retriever(t), localrag.Query{
		Question: "Hunde und Miete", Limit: 2, Scope: localrag.Scope{DocumentIDs: []string{"b"}}, Allow: func(id int64) bool { return id == 4 || id == 5 },
	})
	ids := idsOf(result)
	slices.Sort(ids)
	if !slices.Equal(ids, []int64{4, 5}) {
		t.Errorf("outside the scope: %v", ids)
	}
}

func TestRetrieveForgetsDeleted(t *testing.T) {
	l := newLibrary()
	r := l.retriever(t)
	l.passages = slices.DeleteFunc(l.passages, func(p localrag.Passage) bool { return p.ID == 4 })
	result := retrieve(t, r, localrag.Query{Question: "Are dogs allowed?"})
	if slices.Contains(idsOf(result), 4) || slices.ContainsFunc(result.Fused, func(s localrag.Scored) bool { return s.ID == 4 }) {
		t.Errorf("deleted passage in %v", idsOf(result))
	}
}

func TestRetrieveNothing(t *testing.T) {
	r := newLibrary().retriever(t)
	keyword := *r
	keyword.Embedder = nil
	for question, want := range map[string]bool{
		"Wer gewann die Fußballweltmeisterschaft in Brasilien?": true,
		"Welche Farbe hat die Lokomotive aus Spanien?":          true,
		"Sind Hunde erlaubt?":                                   false,
		"Wie hoch ist die Miete?":                               false,
		"Fasse das Dokument zusammen.":                          false,
		"What are the main points?":                             false,
		"§ 573c BGB":                                            false,
	} {
		for name, retriever := range map[string]*localrag.Retriever{"hybrid": r, "keyword": &keyword} {
			if name == "keyword" && !want && strings.Contains("Fasse das Dokument zusammen. What are the main points?", question) {
				continue // no words to find anything by
			}
			if got := retrieve(t, retriever, localrag.Query{Question: question}).Nothing; got != want {
				t.Errorf("%s: %q: nothing %v, want %v", name, question, got, want)
			}
		}
	}
	empty := &localrag.Retriever{Keyword: &library{analyser: r.Analyser}, Passages: &library{}, Analyser: r.Analyser}
	if result := retrieve(t, empty, localrag.Query{Question: "Fasse das Dokument zusammen."}); !result.Nothing || len(result.Passages) != 0 {
		t.Errorf("empty library: %+v", result)
	}
}

func TestRetrieveCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newLibrary().retriever(t).Retrieve(ctx, localrag.Query{Question: "Miete"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestProfileFor(t *testing.T) {
	e5 := localrag.ProfileFor("e5")
	if e5 != localrag.ProfileFor("kontor/multilingual-e5-small:latest") || e5.Related == 0 || e5.German != .5 {
		t.Errorf("e5: %+v", e5)
	}
	if _, known := localrag.KnownProfile("all-minilm"); known {
		t.Error("all-minilm is taken for measured")
	}
	if unknown := localrag.ProfileFor("plain"); unknown.Related != 0 || unknown.German >= unknown.English {
		t.Errorf("unknown: %+v", unknown)
	}
}
