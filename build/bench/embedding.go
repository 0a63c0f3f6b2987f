package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"kontor/llm/ollama"
)

const (
	embeddingQuestions = 20
	embeddingRounds    = 5
	embeddingPassages  = 32
	// passageCharacters of German text are about what a chunk holds.
	passageCharacters = 900
)

// measureEmbedding asks for the vectors of short questions, one at a time, and
// of passages as they are indexed, on one thread. Each question goes both ways:
// as Kontor asks its own runtime, and through the runtime's API alone.
func measureEmbedding(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	model, err := g.embedder()
	if err != nil {
		return err
	}
	endpoint, err := g.runtime.Endpoint(ctx)
	if err != nil {
		return err
	}
	client := ollama.New(ollama.Options{Server: g.runtime, DialContext: b.dial, EmbedThreads: 1})
	plain := ollama.New(ollama.Options{Server: ollama.External(endpoint), DialContext: b.dial, EmbedThreads: 1})
	if err := client.Load(ctx, model, 0); err != nil {
		return err
	}
	raw := samples{}
	prose := newProse(900)
	least := 1.0
	for n := range embeddingQuestions + 1 {
		question := []string{"query: " + prose.question()}
		began := time.Now()
		vectors, err := client.Embed(ctx, model, question)
		took := time.Since(began)
		if err != nil {
			return err
		}
		began = time.Now()
		wanted, err := plain.Embed(ctx, model, question)
		if err != nil {
			return err
		}
		if n == 0 {
			continue // warms both ways up
		}
		raw.add("kontor_ms", milliseconds(took))
		raw.add("api_ms", milliseconds(time.Since(began)))
		least = min(least, likeness(vectors[0], wanted[0]))
	}
	r.set("embed_question", median(raw["kontor_ms"]), raw, fmt.Sprintf("p95 %.1f ms; through the runtime's API %.0f ms; %d questions, smallest cosine of both vectors %.6f",
		quantile(raw["kontor_ms"], .95), median(raw["api_ms"]), embeddingQuestions, least))
	return measureEmbeddingRate(ctx, b, r, client, model)
}

func measureEmbeddingRate(ctx context.Context, b *bench, r *results, client *ollama.Client, model string) error {
	raw := samples{}
	prose := newProse(901)
	tokens := 0
	for round := range embeddingRounds + 1 {
		passages := make([]string, embeddingPassages)
		tokens = 0
		for i := range passages {
			passages[i] = "passage: " + prose.document(passageCharacters)
			count, err := client.CountText(ctx, model, passages[i])
			if err != nil {
				return err
			}
			tokens += count.Tokens
		}
		began := time.Now()
		if _, err := client.Embed(ctx, model, passages); err != nil {
			return err
		}
		if round == 0 {
			continue
		}
		raw.add("tokens_per_s", float64(tokens)/time.Since(began).Seconds())
		b.say("%d tokens in %d passages: %.0f tokens/s", tokens, len(passages), float64(tokens)/time.Since(began).Seconds())
	}
	r.set("embed_rate", median(raw["tokens_per_s"]), raw, fmt.Sprintf("1 thread, %d passages of %d tokens on average, best round %.0f",
		embeddingPassages, tokens/embeddingPassages, longest(raw["tokens_per_s"])))
	return nil
}

// embedder names the embedding model of the starter pack.
func (g *rig) embedder() (string, error) {
	for _, model := range g.pack.Models {
		if model.Role != "chat" {
			return model.Name, nil
		}
	}
	return "", errors.New("the starter pack holds no embedding model")
}

// likeness is the cosine of two vectors of length one.
func likeness(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
