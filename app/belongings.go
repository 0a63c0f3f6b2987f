package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"kontor/app/policy"
	"kontor/app/sharing"
	"kontor/app/transfer"
	"kontor/storage"
)

// This file is what a file of chats holds beside them: assistants, prompts and
// settings that chats begin with, and of a chat what was not sent yet.

// chatSettings are the settings that go along with all chats.
func chatSettings() []policy.Key {
	return []policy.Key{policy.Instructions, policy.Model, policy.AssistantsDefault}
}

// belongings adds to a file what its chats were begun with and, beside all
// chats, everything of that kind that the person made.
func (t *Transfers) belongings(ctx context.Context, p Principal, all bool, file *transfer.File) error {
	if err := t.exportedAssistants(ctx, p, all, file); err != nil || !all {
		return err
	}
	prompts, err := t.app.db.Prompts(ctx, p.OwnerID)
	if err != nil {
		return err
	}
	for _, record := range prompts {
		file.Prompts = append(file.Prompts, transfer.Prompt(record))
	}
	for _, key := range chatSettings() {
		if value := t.app.policy.Get(key); value.Origin == policy.User && value.Value != value.Default {
			file.Settings[string(key)] = value.Value
		}
	}
	return nil
}

func (t *Transfers) exportedAssistants(ctx context.Context, p Principal, all bool, file *transfer.File) error {
	records, err := t.app.db.Assistants(ctx, p.OwnerID)
	if err != nil || len(records) == 0 {
		return err
	}
	collections, err := t.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return err
	}
	for _, record := range records {
		used := slices.ContainsFunc(file.Chats, func(c transfer.Chat) bool { return c.Setup != nil && c.Setup.AssistantID == record.ID })
		var kept keptAssistant
		if !all && !used || json.Unmarshal(record.Profile, &kept) != nil {
			continue
		}
		for i, name := range kept.Collections { // under the names they have now
			if named := (NamedCollection{Name: name}); i < len(kept.CollectionIDs) {
				named.ID = kept.CollectionIDs[i]
				kept.Collections[i] = resolved(named, collections).Name
			}
		}
		file.Assistants = append(file.Assistants, transfer.Assistant{
			ID: record.ID, Profile: mustJSON(kept.Assistant), CreatedAt: record.CreatedAt, UpdatedAt: record.UpdatedAt,
		})
	}
	return nil
}

// takeBelongings adds what is not here yet. Nothing that is here changes: a
// setting somebody or an organisation made stays.
func (r *importRun) takeBelongings(ctx context.Context, head transfer.File) error {
	app, owner := r.transfers.app, r.person.OwnerID
	if err := r.takeAssistants(ctx, head.Assistants); err != nil {
		return err
	}
	present, err := app.db.Prompts(ctx, owner)
	if err != nil {
		return err
	}
	for _, in := range head.Prompts {
		prompt := storage.Prompt(in)
		prompt.Title, prompt.About, prompt.Text = clip(strings.TrimSpace(in.Title), sharing.MaxTitle), clip(strings.TrimSpace(in.About), sharing.MaxAbout), strings.TrimSpace(in.Text)
		if prompt.Title == "" || prompt.Text == "" || utf8.RuneCountInString(prompt.Text) > maxPrompt ||
			slices.ContainsFunc(present, func(one storage.Prompt) bool {
				return one.ID == prompt.ID || one.Title == prompt.Title && one.Text == prompt.Text
			}) {
			continue
		}
		added, err := addedUnder(owner, "prompt", in.ID, func(id string) (bool, error) {
			prompt.ID = id
			return app.db.ImportPrompt(ctx, owner, prompt)
		})
		if err != nil {
			return err
		}
		if added {
			r.result.Prompts++
		}
	}
	for _, key := range chatSettings() {
		value, given := head.Settings[string(key)]
		if now := app.policy.Get(key); !given || now.Locked || now.Origin != policy.Builtin {
			continue
		}
		if err := app.policy.Set(ctx, key, value); err != nil {
			app.log.Warn("import a setting", "key", key, "error", err) // not one of this version
		}
	}
	return nil
}

func (r *importRun) takeAssistants(ctx context.Context, list []transfer.Assistant) error {
	app, owner := r.transfers.app, r.person.OwnerID
	if !app.policy.Switch(policy.AssistantsOwn) {
		return nil
	}
	present, err := app.db.Assistants(ctx, owner)
	if err != nil {
		return err
	}
	for _, in := range list {
		var kept keptAssistant
		if slices.ContainsFunc(present, func(one storage.Assistant) bool { return one.ID == in.ID }) || json.Unmarshal(in.Profile, &kept.Assistant) != nil {
			continue
		}
		clean, err := sharing.Clean(kept.Assistant)
		if err != nil {
			continue // what is not allowed in a file of an assistant is not taken here, too
		}
		kept.Assistant = clean
		added, err := addedUnder(owner, "assistant", in.ID, func(id string) (bool, error) {
			return app.db.ImportAssistant(ctx, owner, storage.Assistant{ID: id, Profile: mustJSON(kept), CreatedAt: in.CreatedAt, UpdatedAt: in.UpdatedAt})
		})
		if err != nil {
			return err
		}
		if added {
			r.result.Assistants++
		}
	}
	return nil
}

// addedUnder stores something under its id or, if that is none or another
// person's, under one that is the same each time.
func addedUnder(owner, kind, id string, store func(id string) (bool, error)) (bool, error) {
	if uuid.Validate(id) == nil {
		if added, err := store(id); added || err != nil {
			return added, err
		}
	}
	return store(uuid.NewSHA1(uuid.NameSpaceURL, []byte("kontor:"+owner+":"+kind+":"+id)).String())
}

func (t *Transfers) drafts(ctx context.Context, p Principal) (map[string]storage.Draft, error) {
	records, err := t.app.db.Drafts(ctx, p.OwnerID)
	drafts := map[string]storage.Draft{}
	for _, d := range records {
		drafts[d.ChatID] = d
	}
	return drafts, err
}

// exportedDraft takes its pictures along.
func (t *Transfers) exportedDraft(p Principal, draft storage.Draft) *transfer.Draft {
	out := &transfer.Draft{Text: draft.Text}
	for _, image := range imagesIn(draft.Images) {
		out.Images = append(out.Images, t.app.images.carried(p, storage.Part{Type: partImage, Data: mustJSON(image)}).Data)
	}
	return out
}

// importedDraft is the reverse; what is longer than a question can be is none.
func (t *Transfers) importedDraft(p Principal, in *transfer.Draft) storage.Draft {
	if in == nil || len(in.Text) > maxQuestion {
		return storage.Draft{}
	}
	draft := storage.Draft{Text: strings.ToValidUTF8(in.Text, "\uFFFD")}
	var images []Image
	for _, raw := range in.Images {
		landed := t.app.images.landed(p, storage.Part{Type: partImage, Data: raw})
		if image := decoded[Image](landed.Data); image != nil && image.Hash != "" {
			images = append(images, *image)
		}
	}
	if len(images) > 0 {
		draft.Images = mustJSON(images)
	}
	return draft
}
