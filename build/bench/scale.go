package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"kontor/app"
	"kontor/localrag"
	"kontor/storage"
)

// Sizes of the libraries that retrieval is measured on, in passages. Filling
// the largest takes a quarter of an hour and 3 GB, so it is left out unless
// --large is given; each is made once and kept.
const (
	smallLibrary  = 10_000
	mediumLibrary = 100_000
	largeLibrary  = 500_000
)

func scaleFigures() []figure {
	return []figure{
		{ID: "slab_search", Title: "vector search, 100,000 × 384, one core, slab, median", Unit: "ms", Target: atMost(15)},
		{ID: "chromem_search", Title: "  the same with chromem-go", Unit: "ms"},
		{ID: "keyword_p95", Title: "keyword search of a whole question, 100,000 German passages, p95", Unit: "ms", Target: atMost(60)},
		{ID: "retrieval_10k", Title: "whole retrieval without embedding, 10,000 passages, p95", Unit: "ms", Target: atMost(20)},
		{ID: "retrieval_100k", Title: "  100,000 passages", Unit: "ms", Target: atMost(80)},
		{ID: "retrieval_500k", Title: "  500,000 passages", Unit: "ms", Target: atMost(300)},
		{ID: "memory_100k", Title: "memory with 100,000 passages over the empty program", Unit: "MB", Target: atMost(250)},
		{ID: "keyword_ready", Title: "a PDF of 100 pages: searchable by keyword", Unit: "s", Target: atMost(5)},
	}
}

// measureScale looks how what people wait for grows with their library.
func measureScale(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	if err := measureVectorSearch(ctx, b, r); err != nil {
		return err
	}
	if err := g.measureHundredPages(ctx, b, r); err != nil {
		return err
	}
	empty, err := g.emptyMemory(ctx, b)
	if err != nil {
		return err
	}
	sizes := []struct {
		id       string
		passages int
	}{{"retrieval_10k", smallLibrary}, {"retrieval_100k", mediumLibrary}, {"retrieval_500k", largeLibrary}}
	for _, size := range sizes {
		if size.passages == largeLibrary && !b.options.large {
			r.find(size.id).Note = "left out without --large"
			continue
		}
		data, err := b.storedCorpus(ctx, g.pack, size.passages)
		if err != nil {
			return fmt.Errorf("fill the database: %w", err)
		}
		if size.passages == mediumLibrary {
			if err := measureKeywords(ctx, b, r, data); err != nil {
				return err
			}
		}
		raw, err := g.retrievalTimes(ctx, b, data)
		if err != nil {
			return err
		}
		raw.add("passages", float64(size.passages))
		r.set(size.id, quantile(raw["search_ms"], 0.95), raw, fmt.Sprintf("median %.0f ms; the whole call with its known vector p95 %.0f ms",
			median(raw["search_ms"]), quantile(raw["call_ms"], 0.95)))
		if size.passages == mediumLibrary {
			resident := raw["resident_mb"][0]
			r.set("memory_100k", resident-empty, samples{"empty_mb": {empty}, "full_mb": {resident}},
				fmt.Sprintf("%.0f MB after %d questions, %.0f MB empty; the vectors alone are 154 MB", resident, retrievals, empty))
		}
	}
	return nil
}

// measureVectorSearch compares the two indexes in memory on one core.
func measureVectorSearch(ctx context.Context, b *bench, r *results) error {
	const dimensions, searches = 384, 40
	random := rand.New(rand.NewPCG(11, 5))
	slab, small := localrag.NewSlab(dimensions), localrag.NewChromem(dimensions)
	for done := 0; done < mediumLibrary; done += 1000 {
		vectors, ids := unitVectors(random, 1000, dimensions), make([]int64, 1000)
		for i := range ids {
			ids[i] = int64(done + i)
		}
		if err := errors.Join(slab.Add(ctx, ids, vectors), small.Add(ctx, ids, vectors)); err != nil {
			return err
		}
	}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	raw := samples{}
	for _, question := range unitVectors(random, searches, dimensions) {
		for name, index := range map[string]localrag.VectorIndex{"slab_ms": slab, "chromem_ms": small} {
			began, used := time.Now(), ownTime()
			if _, err := index.Search(ctx, question, 100, nil); err != nil {
				return err
			}
			raw.add(name, milliseconds(time.Since(began)))
			raw.add("processor_"+name, milliseconds(ownTime()-used))
		}
	}
	b.say("slab %.1f ms, chromem-go %.1f ms", median(raw["slab_ms"]), median(raw["chromem_ms"]))
	for id, name := range map[string]string{"slab_search": "slab_ms", "chromem_search": "chromem_ms"} {
		used := raw["processor_"+name]
		r.set(id, median(raw[name]), samples{"ms": raw[name], "processor_ms": used}, fmt.Sprintf(
			"100 results, the two in turns; time of the processor %.1f ms", median(used)))
	}
	return nil
}

// measureKeywords asks the stored library for whole questions by their words.
func measureKeywords(ctx context.Context, b *bench, r *results, data string) (err error) {
	analyser := localrag.NewAnalyser()
	db := storage.New(storage.Options{Folder: data, Analyse: analyser.Analyse, AnalyserVersion: localrag.AnalyserVersion})
	if err := db.Open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	owner := app.New(app.Config{}).Owner().OwnerID
	collections, err := db.Collections(ctx, owner)
	if err != nil {
		return err
	}
	scope := storage.Scope{OwnerID: owner, CollectionIDs: []string{collections[0].ID}}
	raw := samples{}
	for round := range 2 { // the first one reads the pages of the file
		for _, question := range newProse(901).questions(retrievals) {
			began, used := time.Now(), ownTime()
			language, terms, _ := analyser.QueryTerms(question)
			if _, err := db.SearchTerms(ctx, scope, language, terms, 100); err != nil {
				return err
			}
			if round == 1 {
				raw.add("ms", milliseconds(time.Since(began)))
				raw.add("processor_ms", milliseconds(ownTime()-used))
				raw.add("terms", float64(len(terms)))
			}
		}
	}
	b.say("keyword search p95 %.1f ms", quantile(raw["ms"], 0.95))
	r.set("keyword_p95", quantile(raw["ms"], 0.95), raw, fmt.Sprintf(
		"median %.0f ms, %.0f terms a question; time of the processor %.0f and %.0f ms", median(raw["ms"]), median(raw["terms"]),
		quantile(raw["processor_ms"], 0.95), median(raw["processor_ms"])))
	return nil
}

// emptyMemory is what a Kontor without documents holds, in MB.
func (g *rig) emptyMemory(ctx context.Context, b *bench) (float64, error) {
	k, err := g.kontor(ctx, b, "empty", []string{"-v"}, nil)
	if err != nil {
		return 0, err
	}
	defer k.stop()
	time.Sleep(settle)
	bytes, err := resident(k.cmd.Process.Pid)
	return float64(bytes) / 1e6, err
}

// measureHundredPages uploads a PDF and waits until its words can be found.
func (g *rig) measureHundredPages(ctx context.Context, b *bench, r *results) error {
	k, err := g.kontor(ctx, b, "pages", nil, nil)
	if err != nil {
		return err
	}
	defer k.stop()
	collection, err := k.collection(ctx, "pages")
	if err != nil {
		return err
	}
	raw := samples{}
	for run := range 4 {
		pages := 100
		if run == 0 {
			pages = 1 // compiles the document reader
		}
		began := time.Now()
		document, err := k.upload(ctx, collection, fmt.Sprintf("pages-%d.pdf", run), textPDF(newProse(uint64(700+run)), pages))
		if err != nil {
			return err
		}
		for document.Status != "searchable" && document.Status != "ready" {
			if document.Status == "failed" || ctx.Err() != nil {
				return fmt.Errorf("the generated PDF is %s: %v", document.Status, document.Problem)
			}
			time.Sleep(10 * time.Millisecond)
			if err := k.call(ctx, "documents.get", app.ByID{ID: document.ID}, &document); err != nil {
				return err
			}
		}
		if run > 0 {
			raw.add("s", time.Since(began).Seconds())
			raw.add("passages", float64(document.Passages))
		}
	}
	r.set("keyword_ready", median(raw["s"]), raw, fmt.Sprintf("from the upload on, %.0f passages", median(raw["passages"])))
	return nil
}
