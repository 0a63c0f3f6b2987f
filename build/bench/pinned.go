package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kontor/app"
	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

const (
	pinnedRuns = 3
	// pinnedCharacters of German text are some 1,500 tokens of the starter model.
	pinnedCharacters = 3400
	titlePatience    = 2 * time.Minute
)

// measurePinned asks twice about a document that is given in full. The second
// question finds the document in the runtime's cache, unless something in
// between asked with another start: the title, for example.
func measurePinned(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	other, err := g.secondModel(ctx, b)
	if err != nil {
		return err
	}
	for _, turn := range []struct {
		id     string
		titled bool
		other  string // a model that is used in between, after an embedding run
	}{{"pinned_second", false, ""}, {"pinned_titled", true, ""}, {"pinned_between", true, other}} {
		raw, note, err := g.pinned(ctx, b, turn.titled, turn.other)
		if err != nil {
			return fmt.Errorf("%s: %w", turn.id, err)
		}
		raw["ratio"] = pairwise(raw["second_ms"], raw["first_ms"], over)
		r.set(turn.id, median(raw["ratio"]), raw, note)
	}
	return nil
}

// secondModel gives the runtime another chat model with weights of its own.
func (g *rig) secondModel(ctx context.Context, b *bench) (string, error) {
	const name = "bench-other"
	folder, err := b.scratch("other")
	if err != nil {
		return "", err
	}
	file, _, err := llmtest.WriteRandomFile(folder, llmtest.SmallShapes()[0])
	if err != nil {
		return "", err
	}
	client := ollama.New(ollama.Options{Server: g.runtime, DialContext: b.dial})
	return name, client.ImportGGUF(ctx, ollama.Import{Name: name, Path: file.Path, SHA256: file.SHA256})
}

// disturb does between two questions what happens in a day: passages are
// embedded, and another model answers.
func (g *rig) disturb(ctx context.Context, b *bench, other string) error {
	embedder, err := g.embedder()
	if err != nil {
		return err
	}
	client := ollama.New(ollama.Options{Server: g.runtime, DialContext: b.dial})
	if _, err := client.Embed(ctx, embedder, newProse(77).questions(8)); err != nil {
		return err
	}
	request := llm.Request{Model: other, ContextWindow: 2048, MaxTokens: 4, Messages: []llm.Message{{Role: llm.User, Text: "Hello"}}}
	_, err = client.Chat(ctx, request, func(llm.Delta) error { return nil })
	return err
}

func (g *rig) pinned(ctx context.Context, b *bench, titled bool, other string) (samples, string, error) {
	var env []string
	seed := uint64(500)
	if titled {
		env, seed = []string{"KONTOR_TITLES_BY_TRIAL_MODEL=1"}, 600
	}
	k, err := g.kontor(ctx, b, "pin", nil, env)
	if err != nil {
		return nil, "", err
	}
	defer k.stop()
	err = k.call(ctx, "settings.set", app.SetRequest{Key: string(policy.ReadingSeconds), Value: "3600"}, &app.Settings{})
	if err != nil {
		return nil, "", err
	}
	raw := samples{}
	tokens, titles := 0, 0
	for run := range pinnedRuns {
		chat, first, err := g.askPinned(ctx, k, newProse(seed+uint64(run)).document(pinnedCharacters), fmt.Sprintf("pin-%d", run))
		if err != nil {
			return nil, "", err
		}
		tokens = first.message.Facts.PromptTokens
		if titled {
			given, err := g.awaitTitle(ctx, k, chat, first)
			if err != nil {
				return nil, "", err
			}
			if given {
				titles++
			}
		}
		if other != "" {
			if err := g.disturb(ctx, b, other); err != nil {
				return nil, "", err
			}
		}
		second, err := k.ask(ctx, app.SendRequest{ChatID: chat.ID, Text: "And who decides about it? Answer in one short sentence.", Formulate: true})
		if err != nil {
			return nil, "", err
		}
		if second.message.Mode != "whole_document" {
			return nil, "", fmt.Errorf("the second answer used the document as %q", second.message.Mode)
		}
		g.addReading(raw, second)
		raw.add("first_ms", milliseconds(first.first))
		raw.add("second_ms", milliseconds(second.first))
		b.say("first token after %.0f ms, then %.0f ms", milliseconds(first.first), milliseconds(second.first))
	}
	note := fmt.Sprintf("prompt of %d tokens, medians %.0f and %.0f ms", tokens, median(raw["first_ms"]), median(raw["second_ms"]))
	if of := raw["reading_ms"]; len(of) > 0 {
		note += fmt.Sprintf("; of the second, %.0f ms before the request, %.0f ms reading in the runtime", median(raw["before_ms"]), median(of))
	}
	if titled {
		note += fmt.Sprintf("; a title was asked for each time and fit %d of %d times", titles, pinnedRuns)
	}
	return raw, note, nil
}

// addReading notes what a question spends before its request and in the runtime
// while the prompt is read.
func (g *rig) addReading(raw samples, a answer) {
	for _, e := range g.recorder.since(chatPath, a.began) {
		var figures struct {
			Reading int64 `json:"prompt_eval_duration"`
			Loading int64 `json:"load_duration"`
		}
		if json.Unmarshal(bytes.TrimSpace(e.last), &figures) != nil || figures.Reading == 0 {
			continue
		}
		raw.add("before_ms", milliseconds(e.began.Sub(a.began)))
		raw.add("reading_ms", milliseconds(time.Duration(figures.Reading)))
		raw.add("loading_ms", milliseconds(time.Duration(figures.Loading)))
		return
	}
}

// askPinned puts a document into a collection of its own and asks about it.
func (g *rig) askPinned(ctx context.Context, k *kontor, text, name string) (app.Chat, answer, error) {
	collection, err := k.collection(ctx, name)
	if err != nil {
		return app.Chat{}, answer{}, err
	}
	document, err := k.upload(ctx, collection, name+".md", text)
	if err != nil {
		return app.Chat{}, answer{}, err
	}
	if _, err := k.documentReady(ctx, document.ID); err != nil {
		return app.Chat{}, answer{}, err
	}
	first, err := k.ask(ctx, app.SendRequest{
		Text: "What is this document about? Answer in one short sentence.", CollectionIDs: []string{collection}, Formulate: true,
	})
	if err != nil {
		return app.Chat{}, answer{}, err
	}
	if first.message.Mode != "whole_document" {
		return app.Chat{}, answer{}, fmt.Errorf("the document was used as %q", first.message.Mode)
	}
	var view app.ChatView
	err = k.call(ctx, "chats.open", app.ByID{ID: first.message.ChatID}, &view)
	return view.Chat, first, err
}

// awaitTitle waits until the runtime has answered the request for a title, and
// says whether its answer could be one.
func (g *rig) awaitTitle(ctx context.Context, k *kontor, chat app.Chat, first answer) (bool, error) {
	// The request may have begun before the event of the answer's end arrived.
	asked := until(ctx, titlePatience, func() bool {
		exchanges := g.recorder.since(chatPath, first.ended.Add(-100*time.Millisecond))
		return len(exchanges) > 0 && !exchanges[len(exchanges)-1].ended.IsZero()
	})
	if !asked {
		return false, fmt.Errorf("no title was asked for within %s", titlePatience)
	}
	given := until(ctx, 500*time.Millisecond, func() bool {
		var view app.ChatView
		return k.call(ctx, "chats.open", app.ByID{ID: chat.ID}, &view) == nil && view.Chat.Title != chat.Title
	})
	return given, ctx.Err()
}
