package storage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// corpus is a database of generated passages: words follow a Zipf law shifted
// as in text without stop words (the commonest word is in every fifth passage),
// 200 passages a document, two languages in turn, ten collections.
type corpus struct {
	db          *DB
	passages    int
	texts       [][]string // words of some passages, to ask for
	documents   []string
	collections []string
}

const (
	passageWords    = 60
	documentSize    = 200
	vectorDimension = 384
)

var corpora struct {
	sync.Mutex
	bySize map[int]*corpus
}

// corpusOf builds a corpus once per run of the test binary.
func corpusOf(b *testing.B, passages int, vectors bool) *corpus {
	b.Helper()
	corpora.Lock()
	defer corpora.Unlock()
	key := passages
	if vectors {
		key = -passages
	}
	if c := corpora.bySize[key]; c != nil {
		return c
	}
	folder, err := os.MkdirTemp("", "storage-bench")
	if err != nil {
		b.Fatal(err)
	}
	c := &corpus{passages: passages, db: New(Options{Folder: folder})}
	if err := c.db.Open(context.Background()); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	c.fill(b, vectors)
	b.Logf("%d passages stored in %v", passages, time.Since(began))
	if corpora.bySize == nil {
		corpora.bySize = map[int]*corpus{}
	}
	corpora.bySize[key] = c
	return c
}

// removeCorpora is called when the test binary ends.
func removeCorpora() {
	for _, c := range corpora.bySize {
		_ = c.db.Close()
		_ = os.RemoveAll(c.db.folder)
	}
}

func (c *corpus) fill(b *testing.B, vectors bool) {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(1, 2))
	word := zipfWords(random, 60_000)
	for i := range 10 {
		k, err := c.db.CreateCollection(ctx, anna, fmt.Sprint("collection ", i))
		if err != nil {
			b.Fatal(err)
		}
		c.collections = append(c.collections, k.ID)
	}
	for n := 0; n < c.passages; n += documentSize {
		number := n / documentSize
		language := []string{"de", "en"}[number%2]
		p := Parsed{Language: language}
		for i := range min(documentSize, c.passages-n) {
			words := make([]string, passageWords)
			for j := range words {
				words[j] = language + word()
			}
			if i%20 == 0 {
				c.texts = append(c.texts, words)
			}
			p.Passages = append(p.Passages, Passage{Ordinal: i, Language: language, Heading: words[0] + " " + words[1],
				Text: strings.Join(words, " ") + strings.Repeat(" .", 100)})
		}
		doc, _, err := c.db.AddDocument(ctx, anna, Document{Name: fmt.Sprint(number), Hash: fmt.Sprint(number)}, c.collections[number%10])
		if err != nil {
			b.Fatal(err)
		}
		c.documents = append(c.documents, doc.ID)
		_, ids, err := c.db.StoreParsed(ctx, doc.ID, p)
		if err != nil {
			b.Fatal(err)
		}
		if vectors {
			if _, err := c.db.StoreVectors(ctx, e5, ids, randomVectors(random, len(ids))); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func zipfWords(random *rand.Rand, vocabulary int) func() string {
	sums := make([]float64, vocabulary)
	sum := 0.0
	for i := range sums {
		sum += math.Pow(float64(i)+50, -1.1)
		sums[i] = sum
	}
	return func() string { return fmt.Sprintf("w%x", sort.SearchFloat64s(sums, random.Float64()*sum)) }
}

func randomVectors(random *rand.Rand, n int) [][]float32 {
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = make([]float32, vectorDimension)
		for j := range vectors[i] {
			vectors[i][j] = random.Float32()
		}
	}
	return vectors
}

// question takes eight different words of a stored passage.
func (c *corpus) question(i int) []string {
	words := slices.Clone(c.texts[i*7919%len(c.texts)])
	slices.Sort(words)
	return slices.Compact(words)[:8]
}

// reportP95 measures f and reports its 95th percentile.
func reportP95(b *testing.B, f func(i int)) {
	b.Helper()
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		f(i)
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "ms-p95")
}

func benchmarkSearch(b *testing.B, passages int, scope func(c *corpus, i int) Scope, language func(i int) string) {
	c := corpusOf(b, passages, false)
	b.ResetTimer()
	reportP95(b, func(i int) {
		hits, err := c.db.SearchTerms(context.Background(), scope(c, i), language(i), c.question(i), 50)
		if err != nil {
			b.Fatal(err)
		}
		if len(hits) == 0 && language(i) == "" && len(scope(c, i).DocumentIDs) == 0 {
			b.Fatal("nothing found")
		}
	})
}

func everything(*corpus, int) Scope { return Scope{OwnerID: anna} }

func oneCollection(c *corpus, i int) Scope {
	return Scope{OwnerID: anna, CollectionIDs: c.collections[i%10 : i%10+1]}
}

func oneDocument(c *corpus, i int) Scope {
	return Scope{OwnerID: anna, DocumentIDs: c.documents[i%len(c.documents):][:1]}
}

func anyLanguage(int) string { return "" }

func german(int) string { return "de" }

func BenchmarkSearchTerms50k(b *testing.B) { benchmarkSearch(b, 50_000, everything, anyLanguage) }
func BenchmarkSearchTerms50kLanguage(b *testing.B) {
	benchmarkSearch(b, 50_000, everything, german)
}
func BenchmarkSearchTerms50kCollection(b *testing.B) {
	benchmarkSearch(b, 50_000, oneCollection, german)
}
func BenchmarkSearchTerms50kDocument(b *testing.B) {
	benchmarkSearch(b, 50_000, oneDocument, german)
}
func BenchmarkSearchTerms100k(b *testing.B) { benchmarkSearch(b, 100_000, everything, anyLanguage) }
func BenchmarkSearchTerms100kLanguage(b *testing.B) {
	benchmarkSearch(b, 100_000, everything, german)
}
func BenchmarkSearchTerms100kCollection(b *testing.B) {
	benchmarkSearch(b, 100_000, oneCollection, german)
}
func BenchmarkSearchTerms100kDocument(b *testing.B) {
	benchmarkSearch(b, 100_000, oneDocument, german)
}

func BenchmarkPassageIDs50k(b *testing.B) {
	c := corpusOf(b, 50_000, false)
	b.ResetTimer()
	reportP95(b, func(int) {
		ids, err := c.db.PassageIDs(context.Background(), Scope{OwnerID: anna, CollectionIDs: c.collections[:5]})
		if err != nil || len(ids) != 25_000 {
			b.Fatal(len(ids), err)
		}
	})
}

func BenchmarkEachVector50k(b *testing.B) {
	c := corpusOf(b, 50_000, true)
	b.ReportAllocs()
	b.ResetTimer()
	reportP95(b, func(int) {
		n := 0
		if err := c.db.EachVector(context.Background(), e5, func(int64, []float32) error { n++; return nil }); err != nil || n != 50_000 {
			b.Fatal(n, err)
		}
	})
}

// BenchmarkOpen50k is the time from a closed database with 50,000 vectors to
// the first list of chats.
func BenchmarkOpen50k(b *testing.B) {
	c := corpusOf(b, 50_000, true)
	ctx := context.Background()
	if err := c.db.Close(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	reportP95(b, func(int) {
		d := New(Options{Folder: c.db.folder})
		if err := d.Open(ctx); err != nil {
			b.Fatal(err)
		}
		if _, err := d.Chats(ctx, anna, 50, 0); err != nil {
			b.Fatal(err)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.StopTimer()
	if err := c.db.Open(ctx); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkStoreParsed stores documents of 200 passages.
func BenchmarkStoreParsed(b *testing.B) {
	d := openTest(b)
	ctx := context.Background()
	word := zipfWords(rand.New(rand.NewPCG(3, 4)), 60_000)
	var p Parsed
	for i := range documentSize {
		words := make([]string, passageWords)
		for j := range words {
			words[j] = word()
		}
		p.Passages = append(p.Passages, Passage{Ordinal: i, Text: strings.Join(words, " ")})
	}
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		doc, _, err := d.AddDocument(ctx, anna, Document{Name: "d", Hash: fmt.Sprint(i)}, "")
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := d.StoreParsed(ctx, doc.ID, p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStoreVectors stores batches of 32, as an embedder gives them.
func BenchmarkStoreVectors(b *testing.B) {
	d := openTest(b)
	ctx := context.Background()
	_, ids := addParsed(b, d, anna, "", "d", "de", slices.Repeat([]string{"text"}, 3200)...)
	vectors := randomVectors(rand.New(rand.NewPCG(5, 6)), 32)
	b.ResetTimer()
	reportP95(b, func(i int) {
		at := i * 32 % len(ids)
		if _, err := d.StoreVectors(ctx, e5, ids[at:at+32], vectors); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkAppendMessages is a question and its empty answer, on disk.
func BenchmarkAppendMessages(b *testing.B) {
	d := openTest(b)
	ctx := context.Background()
	c, err := d.CreateChat(ctx, anna, Chat{})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	reportP95(b, func(int) {
		if _, err := d.AppendMessages(ctx, anna, c.ID, []Message{
			{Role: "user", Parts: text("How long is the notice period?")}, {Role: "assistant", Status: MessageRunning},
		}); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkPurge50k rewrites the full-text tables of 50,000 passages after a
// document was deleted, and reports the longest wait of a chat's message
// meanwhile.
func BenchmarkPurge50k(b *testing.B) {
	ctx := context.Background()
	c := corpusOf(b, 50_000, true)
	chat, err := c.db.CreateChat(ctx, anna, Chat{})
	if err != nil {
		b.Fatal(err)
	}
	var longest time.Duration
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		doc, _, err := c.db.AddDocument(ctx, anna, Document{Hash: fmt.Sprint("purged", i)}, "")
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := c.db.StoreParsed(ctx, doc.ID, Parsed{Passages: []Passage{{Text: strings.Join(c.texts[i], " ")}}}); err != nil {
			b.Fatal(err)
		}
		if _, err := c.db.DeleteDocument(ctx, anna, doc.ID); err != nil {
			b.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- c.db.Purge(ctx) }()
		for waiting := true; waiting; {
			began := time.Now()
			if _, err := c.db.AppendMessages(ctx, anna, chat.ID, []Message{{Role: "user", Parts: text("hello")}}); err != nil {
				b.Fatal(err)
			}
			longest = max(longest, time.Since(began))
			select {
			case err := <-done:
				waiting = false
				if err != nil {
					b.Fatal(err)
				}
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest-wait")
}

// BenchmarkQuickCheck50k is what opening costs after a crash.
func BenchmarkQuickCheck50k(b *testing.B) {
	c := corpusOf(b, 50_000, true)
	b.ResetTimer()
	for b.Loop() {
		if err := quickCheck(context.Background(), c.db.durable.Load()); err != nil {
			b.Fatal(err)
		}
	}
}
