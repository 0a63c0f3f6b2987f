package main

import (
	"context"
	"fmt"
	"time"

	"kontor/app"
	"kontor/app/policy"
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
	for _, turn := range []struct {
		id     string
		titled bool
	}{{"pinned_second", false}, {"pinned_titled", true}} {
		raw, note, err := g.pinned(ctx, b, turn.titled)
		if err != nil {
			return fmt.Errorf("%s: %w", turn.id, err)
		}
		raw["ratio"] = pairwise(raw["second_ms"], raw["first_ms"], over)
		r.set(turn.id, median(raw["ratio"]), raw, note)
	}
	return nil
}

func (g *rig) pinned(ctx context.Context, b *bench, titled bool) (samples, string, error) {
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
		second, err := k.ask(ctx, app.SendRequest{ChatID: chat.ID, Text: "And who decides about it? Answer in one short sentence.", Formulate: true})
		if err != nil {
			return nil, "", err
		}
		if second.message.Mode != "whole_document" {
			return nil, "", fmt.Errorf("the second answer used the document as %q", second.message.Mode)
		}
		raw.add("first_ms", milliseconds(first.first))
		raw.add("second_ms", milliseconds(second.first))
		b.say("first token after %.0f ms, then %.0f ms", milliseconds(first.first), milliseconds(second.first))
	}
	note := fmt.Sprintf("prompt of %d tokens, medians %.0f and %.0f ms", tokens, median(raw["first_ms"]), median(raw["second_ms"]))
	if titled {
		note += fmt.Sprintf("; a title was asked for each time and fit %d of %d times", titles, pinnedRuns)
	}
	return raw, note, nil
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
