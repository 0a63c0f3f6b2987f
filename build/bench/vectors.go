package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"kontor/app"
	"kontor/localrag"
	"kontor/storage"
)

const (
	storedPassages     = 50_000
	storedDocumentSize = 90_000 // characters
	vectorsStarts      = 5
	retrievals         = 200
	readyLine          = "vectors ready"
)

// measureVectors starts Kontor on a database with 50,000 passages and vectors
// and looks for the line of its log that says that they are in memory, then
// asks 200 questions. The texts are analysed and stored as documents are; the
// vectors are random, which costs the index what real ones cost. Each question
// is embedded once before, so that in the measured round its vector is there
// at once.
func measureVectors(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	data, err := b.storedCorpus(ctx, g.pack, storedPassages)
	if err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	raw := samples{}
	for range vectorsStarts {
		k, err := g.kontorOn(ctx, b, data, []string{"-v"}, nil)
		if err != nil {
			return err
		}
		var line logLine
		found := until(ctx, time.Minute, func() (ok bool) { line, ok = k.log.find(readyLine); return ok })
		k.stop()
		if !found {
			return fmt.Errorf("no line %q in the log", readyLine)
		}
		raw.add("ready_s", line.after.Seconds())
		raw.add("first_page_ms", milliseconds(k.ready))
		b.say("after %.2f s: %s", line.after.Seconds(), line.text)
	}
	r.set("vectors_ready", median(raw["ready_s"]), raw, fmt.Sprintf("from the start of the program; its first page came after %.0f ms", median(raw["first_page_ms"])))
	return g.measureRetrievals(ctx, b, r, data)
}

func (g *rig) measureRetrievals(ctx context.Context, b *bench, r *results, data string) error {
	raw, err := g.retrievalTimes(ctx, b, data)
	if err != nil {
		return err
	}
	r.set("retrieval_p95", quantile(raw["call_ms"], 0.95), raw, fmt.Sprintf(
		"the whole call with its known vector: median %.0f ms; the search itself p95 %.0f ms",
		median(raw["call_ms"]), quantile(raw["retrieval_ms"], 0.95)))
	return nil
}

// retrievalTimes asks a Kontor with that data 200 questions whose vectors are
// known, and looks how much memory it holds then.
func (g *rig) retrievalTimes(ctx context.Context, b *bench, data string) (samples, error) {
	k, err := g.kontorOn(ctx, b, data, []string{"-v"}, nil)
	if err != nil {
		return nil, err
	}
	defer k.stop()
	if !until(ctx, time.Minute, func() bool { _, ok := k.log.find(readyLine); return ok }) {
		return nil, errors.New("the vectors did not get ready")
	}
	g.recorder.rememberEmbeddings(true)
	defer g.recorder.rememberEmbeddings(false)
	questions := newProse(900).questions(retrievals)
	raw := samples{}
	for round := range 2 {
		for _, question := range questions {
			var found app.AskAnswer
			began := time.Now()
			err := k.callLocal(ctx, "ask.run", app.AskRequest{Question: question, NoModel: true}, &found)
			if err != nil {
				return nil, err
			}
			if len(found.Passages) == 0 && found.Mode != "nothing_found" {
				return nil, fmt.Errorf("a question found nothing: mode %q", found.Mode)
			}
			if round == 1 {
				raw.add("call_ms", milliseconds(time.Since(began)))
				raw.add("retrieval_ms", float64(found.Timings.RetrievalMs))
				raw.add("embed_ms", float64(found.Timings.EmbedMs))
				raw.add("search_ms", float64(found.Timings.RetrievalMs-found.Timings.EmbedMs))
			}
		}
		b.say("round %d of %d questions", round+1, len(questions))
	}
	if _, lost := k.log.find("question not embedded"); lost {
		return nil, errors.New("a question was not embedded")
	}
	bytes, err := resident(k.cmd.Process.Pid)
	raw.add("resident_mb", float64(bytes)/1e6)
	return raw, err
}

// storedCorpus returns a copy of the filled data folder, which is made once for
// each version of what it depends on.
func (b *bench) storedCorpus(ctx context.Context, p pack, passages int) (string, error) {
	name := fmt.Sprintf("bench/stored-%d-%d-%d-%d", passages, proseVersion, localrag.AnalyserVersion, localrag.ChunkerVersion)
	folder, built, err := b.cache.Ensure(ctx, name, func(ctx context.Context, folder string) error { return fillStorage(ctx, b, folder, p, passages) })
	if err != nil {
		return "", err
	}
	b.say("database with %d passages, made anew: %v", passages, built)
	data, err := b.scratch("stored")
	if err != nil {
		return "", err
	}
	return data, os.CopyFS(data, os.DirFS(folder))
}

func fillStorage(ctx context.Context, b *bench, folder string, p pack, passages int) (err error) {
	analyser := localrag.NewAnalyser()
	db := storage.New(storage.Options{Folder: folder, Analyse: analyser.Analyse, AnalyserVersion: localrag.AnalyserVersion})
	if err := db.Open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	key, dimensions := storage.EmbedderKey{}, 0
	for _, m := range p.Models {
		if m.Role == "embedding" {
			key, dimensions = storage.EmbedderKey{Digest: m.SHA256, Scheme: m.Scheme}, m.Dimensions
		}
	}
	owner := app.New(app.Config{}).Owner().OwnerID
	collection, err := db.CreateCollection(ctx, owner, "bench")
	if err != nil {
		return err
	}
	chunker := localrag.NewChunker(localrag.ChunkerOptions{})
	random := rand.New(rand.NewPCG(384, 7))
	for done, number := 0, 0; done < passages; number++ {
		n, err := storeDocument(ctx, db, owner, collection.ID, number, chunker, passages-done, func(ids []int64) error {
			_, err := db.StoreVectors(ctx, key, ids, unitVectors(random, len(ids), dimensions))
			return err
		})
		if err != nil {
			return err
		}
		if done += n; number%50 == 0 {
			b.say("%d of %d passages stored", done, passages)
		}
	}
	return nil
}

// storeDocument stores one generated document with at most so many passages.
func storeDocument(ctx context.Context, db *storage.DB, owner, collection string, number int, chunker *localrag.Chunker, most int, embed func([]int64) error) (int, error) {
	text := newProse(uint64(10_000 + number)).document(storedDocumentSize)
	name := fmt.Sprintf("document-%d.md", number)
	parsed := localrag.EvalDocument{Title: name, Text: text}.Parsed()
	chunks := chunker.Chunk(parsed)
	chunks = chunks[:min(most, len(chunks))]
	document, _, err := db.AddDocument(ctx, owner, storage.Document{
		Name: name, Hash: fmt.Sprintf("%064x", number), Bytes: int64(len(text)), Format: "md", Status: storage.DocumentParsing,
	}, collection)
	if err != nil {
		return 0, err
	}
	passages := make([]storage.Passage, len(chunks))
	for i, c := range chunks {
		location, err := json.Marshal(c.Location)
		if err != nil {
			return 0, err
		}
		passages[i] = storage.Passage{
			DocumentID: document.ID, Ordinal: i, Start: c.Start, End: c.End, Text: c.Text, Heading: c.Heading,
			Language: c.Language, Location: location,
		}
	}
	_, ids, err := db.StoreParsed(ctx, document.ID, storage.Parsed{
		Title: name, Language: "de", ParserVersion: parsed.ParserVersion, ChunkerVersion: localrag.ChunkerVersion,
		AnalyserVersion: localrag.AnalyserVersion, Text: parsed.Text, Blocks: json.RawMessage("[]"), Passages: passages,
	})
	if err != nil {
		return 0, err
	}
	return len(ids), embed(ids)
}

func unitVectors(random *rand.Rand, n, dimensions int) [][]float32 {
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = make([]float32, dimensions)
		length := 0.0
		for j := range vectors[i] {
			x := random.NormFloat64()
			vectors[i][j] = float32(x)
			length += x * x
		}
		for j := range vectors[i] {
			vectors[i][j] /= float32(math.Sqrt(length))
		}
	}
	return vectors
}
