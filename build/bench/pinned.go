package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"kontor/app"
	"kontor/app/policy"
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
// between asked with another start: the title, for example. Kontor runs its own
// runtime here, as it does for most people: a question's vector comes faster
// from it than from a server of somebody else.
func measurePinned(ctx context.Context, b *bench, r *results) error {
	folder, err := b.scratch("other")
	if err != nil {
		return err
	}
	other, _, err := llmtest.WriteRandomFile(folder, llmtest.SmallShapes()[0])
	if err != nil {
		return err
	}
	for _, turn := range []struct {
		id     string
		titled bool
		other  *llmtest.RandomFile // a model that is used in between, after an embedding run
	}{{"pinned_second", false, nil}, {"pinned_titled", true, nil}, {"pinned_between", true, &other}} {
		raw, note, err := b.pinned(ctx, turn.titled, turn.other)
		if err != nil {
			return fmt.Errorf("%s: %w", turn.id, err)
		}
		raw["ratio"] = pairwise(raw["second_ms"], raw["first_ms"], over)
		r.set(turn.id, median(raw["ratio"]), raw, note)
	}
	return nil
}

// bundledKontor is a Kontor with a runtime of its own, whose log is read.
type bundledKontor struct {
	*kontor
	b *bench
}

var listensOn = regexp.MustCompile(`Listening on (127\.0\.0\.1:\d+)`)

func (k bundledKontor) runtimeLog() string {
	text, err := os.ReadFile(filepath.Join(k.data, "logs", "runtime.log"))
	if err != nil {
		return "" // it has said nothing yet
	}
	return string(text)
}

// chats counts the requests for text that the runtime has answered.
func (k bundledKontor) chats() int { return strings.Count(k.runtimeLog(), `"/api/chat"`) }

// bundled starts a Kontor with its own runtime, and waits until it can answer.
func (b *bench) bundled(ctx context.Context, name string, env []string) (bundledKontor, error) {
	data, err := b.scratch(name)
	if err != nil {
		return bundledKontor{}, err
	}
	started, err := b.startKontor(ctx, data, []string{"--starter-dir", b.options.starter, "--runtime-dir", b.options.runtime}, env)
	if err != nil {
		return bundledKontor{}, err
	}
	k := bundledKontor{started, b}
	if !until(ctx, time.Minute, func() bool { return k.chats() > 0 }) {
		k.stop()
		return k, errors.New("Kontor did not load its chat model")
	}
	return k, nil
}

// disturb does between two questions what happens in a day: a document is
// embedded, and another model answers in another chat.
func (k bundledKontor) disturb(ctx context.Context, run int, other *llmtest.RandomFile) error {
	collection, err := k.collection(ctx, fmt.Sprintf("between-%d", run))
	if err != nil {
		return err
	}
	document, err := k.upload(ctx, collection, fmt.Sprintf("between-%d.md", run), newProse(uint64(1000+run)).document(pinnedCharacters))
	if err != nil {
		return err
	}
	if _, err := k.documentReady(ctx, document.ID); err != nil {
		return err
	}
	found := listensOn.FindAllStringSubmatch(k.runtimeLog(), -1)
	if len(found) == 0 {
		return errors.New("the runtime does not say where it listens")
	}
	client := ollama.New(ollama.Options{Server: ollama.External("http://" + found[len(found)-1][1]), DialContext: k.b.dial})
	if err := client.ImportGGUF(ctx, ollama.Import{Name: otherModel, Path: other.Path, SHA256: other.SHA256}); err != nil {
		return err
	}
	usual, err := k.answering(ctx)
	if err != nil {
		return err
	}
	if err := k.answerWith(ctx, otherModel); err != nil {
		return err
	}
	if err := k.begin(ctx, "Hello"); err != nil {
		return err
	}
	return k.answerWith(ctx, usual)
}

// otherModel is the one with random weights that answers in between.
const otherModel = "bench-other"

// answering names the model that answers where no chat has one of its own.
func (k bundledKontor) answering(ctx context.Context) (string, error) {
	var list app.ModelList
	if err := k.call(ctx, "models.list", app.Empty{}, &list); err != nil {
		return "", err
	}
	for _, model := range list.Models {
		if model.Default {
			return model.Name, nil
		}
	}
	return "", errors.New("no model answers")
}

// answerWith chooses that model and waits until Kontor knows it.
func (k bundledKontor) answerWith(ctx context.Context, name string) error {
	if err := k.call(ctx, "settings.set", app.SetRequest{Key: string(policy.Model), Value: name}, &app.Settings{}); err != nil {
		return err
	}
	if !until(ctx, time.Minute, func() bool {
		chosen, err := k.answering(ctx)
		return err == nil && strings.TrimSuffix(chosen, ":latest") == strings.TrimSuffix(name, ":latest")
	}) {
		return fmt.Errorf("%s was not taken as the model that answers", name)
	}
	return nil
}

// begin asks in a chat of its own and stops the answer once some of it is
// there: a model with random weights finds no end.
func (k bundledKontor) begin(ctx context.Context, text string) error {
	from := k.events.mark()
	var sent app.SendResult
	if err := k.call(ctx, "chats.send", app.SendRequest{Text: text, Formulate: true}, &sent); err != nil {
		return err
	}
	_, err := k.events.await(ctx, from, func(e app.Event) bool {
		return e.AnswerDelta != nil && e.AnswerDelta.MessageID == sent.Answer.ID || e.AnswerEnded != nil && e.AnswerEnded.Message.ID == sent.Answer.ID
	})
	if err != nil {
		return err
	}
	var stopped app.Message
	return k.call(ctx, "chats.stop", app.ByID{ID: sent.Answer.ID}, &stopped)
}

func (b *bench) pinned(ctx context.Context, titled bool, other *llmtest.RandomFile) (samples, string, error) {
	var env []string
	seed := uint64(500)
	if titled {
		env, seed = []string{"KONTOR_TITLES_BY_TRIAL_MODEL=1"}, 600
	}
	k, err := b.bundled(ctx, "pin", env)
	if err != nil {
		return nil, "", err
	}
	defer k.stop()
	err = k.call(ctx, "settings.set", app.SetRequest{Key: string(policy.ReadingSeconds), Value: "3600"}, &app.Settings{})
	if err != nil {
		return nil, "", err
	}
	// Once another model is installed the trial model no longer answers by itself.
	model, err := k.answering(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := k.answerWith(ctx, model); err != nil {
		return nil, "", err
	}
	raw := samples{}
	tokens, titles := 0, 0
	for run := range pinnedRuns {
		answered := k.chats()
		chat, first, err := k.askPinned(ctx, newProse(seed+uint64(run)).document(pinnedCharacters), fmt.Sprintf("pin-%d", run))
		if err != nil {
			return nil, "", err
		}
		tokens = first.message.Facts.PromptTokens
		if titled {
			given, err := k.awaitTitle(ctx, chat, answered+2)
			if err != nil {
				return nil, "", err
			}
			if given {
				titles++
			}
		}
		if other != nil {
			if err := k.disturb(ctx, run, other); err != nil {
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
		if second.message.Model != first.message.Model {
			return nil, "", fmt.Errorf("%s answered first, then %s", first.message.Model, second.message.Model)
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
func (k bundledKontor) askPinned(ctx context.Context, text, name string) (app.Chat, answer, error) {
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

// awaitTitle waits until the runtime has answered the request for a title, the
// last of so many, and says whether its answer could be one.
func (k bundledKontor) awaitTitle(ctx context.Context, chat app.Chat, answers int) (bool, error) {
	if !until(ctx, titlePatience, func() bool { return k.chats() >= answers }) {
		return false, fmt.Errorf("no title was asked for within %s", titlePatience)
	}
	given := until(ctx, 500*time.Millisecond, func() bool {
		var view app.ChatView
		return k.call(ctx, "chats.open", app.ByID{ID: chat.ID}, &view) == nil && view.Chat.Title != chat.Title
	})
	return given, ctx.Err()
}
