package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kontor/app"
)

const (
	yieldRounds   = 4
	yieldPerRound = 3
	// yieldCharacters of text keep the embedder busy for several answers.
	yieldCharacters = 330_000
	resumePatience  = 30 * time.Second
)

// measureYielding asks in turns while nothing else happens and while documents
// are being embedded. Each question during indexing is sent when a batch is in
// the embedder, which is the worst moment.
func measureYielding(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	k, err := g.kontor(ctx, b, "yield", nil, nil)
	if err != nil {
		return err
	}
	defer k.stop()
	if _, err := k.ask(ctx, app.SendRequest{Text: shortQuestion}); err != nil { // the prompt is in the cache from now on
		return err
	}
	collection, err := k.collection(ctx, "yield")
	if err != nil {
		return err
	}
	raw := samples{}
	for round := range yieldRounds {
		for range yieldPerRound {
			a, err := k.ask(ctx, app.SendRequest{Text: shortQuestion})
			if err != nil {
				return err
			}
			raw.add("idle_first_ms", milliseconds(a.first))
			raw.addRate("idle_rate", a)
		}
		document, err := k.upload(ctx, collection, fmt.Sprintf("yield-%d.md", round), newProse(uint64(700+round)).document(yieldCharacters))
		if err != nil {
			return err
		}
		if err := g.askWhileIndexing(ctx, b, k, raw); err != nil {
			return err
		}
		if err := k.call(ctx, "documents.delete", app.ByID{ID: document.ID}, &app.Empty{}); err != nil {
			return err
		}
		if !until(ctx, resumePatience, func() bool { return !g.recorder.running(embedPath) }) {
			return errors.New("the embedder went on after its document was deleted")
		}
	}
	idle := median(raw["idle_first_ms"])
	r.set("busy_rate_ratio", median(raw["busy_rate"])/median(raw["idle_rate"]), samples{"busy_rate": raw["busy_rate"], "idle_rate": raw["idle_rate"]},
		fmt.Sprintf("medians %.1f and %.1f tokens/s", median(raw["busy_rate"]), median(raw["idle_rate"])))
	r.set("busy_first_token", quantile(raw["busy_first_ms"], 0.95)-idle,
		samples{"busy_first_ms": raw["busy_first_ms"], "idle_first_ms": raw["idle_first_ms"]},
		fmt.Sprintf("medians %.0f and %.0f ms, %d questions, each sent during a batch", median(raw["busy_first_ms"]), idle, len(raw["busy_first_ms"])))
	r.set("indexing_resumes", longest(raw["resumes_s"]), samples{"resumes_s": raw["resumes_s"]},
		fmt.Sprintf("until the next batch reaches the runtime; median %.3f s", median(raw["resumes_s"])))
	return nil
}

func (g *rig) askWhileIndexing(ctx context.Context, b *bench, k *kontor, raw samples) error {
	for range yieldPerRound {
		if !until(ctx, resumePatience, func() bool { return g.recorder.running(embedPath) }) {
			return errors.New("no batch reached the embedder: the document is too short for this machine, or indexing stands still")
		}
		// Some way into the batch, not in the moment it begins.
		time.Sleep(100 * time.Millisecond)
		a, err := k.ask(ctx, app.SendRequest{Text: shortQuestion})
		if err != nil {
			return err
		}
		raw.add("busy_first_ms", milliseconds(a.first))
		raw.addRate("busy_rate", a)
		var next []exchange
		// The queue may let the next batch go a moment before the page hears of the end.
		from := a.ended.Add(-100 * time.Millisecond)
		if !until(ctx, resumePatience, func() bool { next = g.recorder.since(embedPath, from); return len(next) > 0 }) {
			return errors.New("indexing did not go on after an answer")
		}
		raw.add("resumes_s", max(0, next[0].began.Sub(a.ended).Seconds()))
		b.say("during indexing: first token %.0f ms, %.1f tokens/s, next batch after %.3f s",
			milliseconds(a.first), a.rate(), next[0].began.Sub(a.ended).Seconds())
	}
	return nil
}

func longest(values []float64) float64 {
	if len(values) == 0 {
		return median(values)
	}
	return slices.Max(values)
}
