package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	indexingRuns       = 3
	indexingCharacters = 200_000
)

// measureIndexing lets Kontor index a document and then has the runtime embed
// the very same batches again without it, in turns. Kontor's side runs from the
// end of the upload to the event that the document is ready: reading, cutting
// and storing are in it.
func measureIndexing(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	k, err := g.kontor(ctx, b, "index", nil, nil)
	if err != nil {
		return err
	}
	defer k.stop()
	collection, err := k.collection(ctx, "index")
	if err != nil {
		return err
	}
	raw := samples{}
	passages := 0
	for run := -1; run < indexingRuns; run++ {
		size := indexingCharacters
		if run < 0 {
			size /= 20 // brings the embedder and the document reader into memory
		}
		began := time.Now()
		document, err := k.upload(ctx, collection, fmt.Sprintf("index-%d.md", run), newProse(uint64(800+run)).document(size))
		if err != nil {
			return err
		}
		uploaded := time.Now()
		ready, err := k.documentReady(ctx, document.ID)
		if err != nil {
			return err
		}
		batches, texts, err := g.batchesSince(began)
		if err != nil {
			return err
		}
		direct, err := g.embedRaw(ctx, batches)
		if err != nil {
			return err
		}
		if run < 0 {
			continue
		}
		passages += texts
		raw.add("kontor_s", ready.Sub(uploaded).Seconds())
		raw.add("raw_s", direct.Seconds())
		b.say("%d passages in %d batches: %.1f s, raw %.1f s", texts, len(batches), ready.Sub(uploaded).Seconds(), direct.Seconds())
	}
	raw["ratio"] = pairwise(raw["kontor_s"], raw["raw_s"], over)
	r.set("indexing_ratio", median(raw["ratio"]), raw, fmt.Sprintf("%d passages a run, %.1f and %.1f a second",
		passages/indexingRuns, float64(passages)/sum(raw["kontor_s"]), float64(passages)/sum(raw["raw_s"])))
	return nil
}

// batchesSince returns what was embedded from a time on, and of how many texts.
func (g *rig) batchesSince(from time.Time) (batches [][]byte, texts int, err error) {
	for _, e := range g.recorder.since(embedPath, from) {
		var request struct {
			Input []string `json:"input"`
		}
		if err := json.NewDecoder(bytes.NewReader(e.body)).Decode(&request); err != nil {
			return nil, 0, fmt.Errorf("read a recorded batch: %w", err)
		}
		if len(request.Input) > 0 { // else it only loads the model
			batches = append(batches, e.body)
			texts += len(request.Input)
		}
	}
	if texts == 0 {
		return nil, 0, errors.New("nothing was embedded")
	}
	return batches, texts, nil
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
