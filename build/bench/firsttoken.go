package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"kontor/app"
)

// firstTokenPairs are measured after one pair that only warms up.
const firstTokenPairs = 12

// shortQuestion has an answer of some ten seconds at most, long enough for a
// rate.
const shortQuestion = "Write one paragraph of about eighty words about the history of bread."

// measureFirstToken asks the same question through Kontor and, with the bytes
// that Kontor sent, the runtime itself, in turns. Each chat is new, so every
// request is the same and finds the same prompt in the runtime's cache.
func measureFirstToken(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	k, err := g.kontor(ctx, b, "first", nil, nil)
	if err != nil {
		return err
	}
	defer k.stop()
	raw := samples{}
	var body []byte
	for pair := range firstTokenPairs + 1 {
		through, request, err := g.askRecorded(ctx, k, shortQuestion)
		if err != nil {
			return err
		}
		if body != nil && !bytes.Equal(body, request.body) {
			return errors.New("the same question became another request")
		}
		body = request.body
		direct, err := g.askRaw(ctx, body)
		if err != nil {
			return err
		}
		if pair == 0 {
			continue
		}
		raw.add("kontor_first_ms", milliseconds(through.first))
		raw.add("kontor_before_request_ms", milliseconds(request.began.Sub(through.began)))
		raw.add("raw_first_ms", milliseconds(direct.first))
		if min(through.tokens, direct.tokens) >= fewestTokens {
			raw.add("kontor_rate", through.rate())
			raw.add("raw_rate", direct.rate())
		}
		b.say("pair %d: first token %.0f and %.0f ms, %.1f and %.1f tokens/s", pair,
			milliseconds(through.first), milliseconds(direct.first), through.rate(), direct.rate())
	}
	differences := pairwise(raw["kontor_first_ms"], raw["raw_first_ms"], minus)
	raw["difference_ms"] = differences
	r.set("first_token_overhead", median(differences), raw, fmt.Sprintf("medians %.0f ms and %.0f ms, %d pairs; Kontor asks the runtime after %.0f ms",
		median(raw["kontor_first_ms"]), median(raw["raw_first_ms"]), len(differences), median(raw["kontor_before_request_ms"])))
	ratios := pairwise(raw["kontor_rate"], raw["raw_rate"], over)
	r.set("rate_ratio", median(ratios), samples{"kontor_rate": raw["kontor_rate"], "raw_rate": raw["raw_rate"], "ratio": ratios},
		fmt.Sprintf("medians %.1f and %.1f tokens/s", median(raw["kontor_rate"]), median(raw["raw_rate"])))
	return nil
}

// askRecorded asks in a new chat and returns the request Kontor made of it.
func (g *rig) askRecorded(ctx context.Context, k *kontor, question string) (answer, exchange, error) {
	from := time.Now()
	a, err := k.ask(ctx, app.SendRequest{Text: question})
	if err != nil {
		return a, exchange{}, err
	}
	for _, e := range g.recorder.since(chatPath, from) {
		if bytes.Contains(e.body, []byte(question)) {
			return a, e, nil
		}
	}
	return a, exchange{}, errors.New("Kontor sent no request for the question")
}

func (s samples) add(name string, value float64) { s[name] = append(s[name], value) }

// fewestTokens an answer must have for a rate.
const fewestTokens = 16

// addRate leaves out answers that are too short for a rate.
func (s samples) addRate(name string, a answer) {
	if a.tokens >= fewestTokens {
		s.add(name, a.rate())
	}
}
