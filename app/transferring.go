package app

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"kontor/app/transfer"
	"kontor/storage"
)

// Codes of problems with files of chats.
const (
	ProblemTransferUnknown  = "transfer_unknown"
	ProblemTransferNewer    = "transfer_newer"
	ProblemTransferBroken   = "transfer_broken"
	ProblemTransferTooLarge = "transfer_too_large"
)

func transferProblems() []string {
	return []string{ProblemTransferUnknown, ProblemTransferNewer, ProblemTransferBroken, ProblemTransferTooLarge}
}

// Transfers writes chats to files and reads them from files.
type Transfers struct{ app *App }

func (t *Transfers) register(s *Surface) {
	handle(s, "transfer.export", t.Export)
	handle(s, "transfer.import", t.Import)
}

// Export gives chats as one file.
func (t *Transfers) Export(ctx context.Context, p Principal, r ExportRequest) (ExportFile, error) {
	ids := []string{r.ChatID}
	if r.ChatID == "" {
		var err error
		if ids, err = t.app.db.ChatIDs(ctx, p.OwnerID, r.FolderID); err != nil {
			return ExportFile{}, err
		}
	}
	names, err := t.collectionNames(ctx, p)
	if err != nil {
		return ExportFile{}, err
	}
	file := transfer.File{Format: transfer.Format, Version: transfer.Version, Program: Version, ExportedAt: t.app.now().UnixMilli(), Folders: []transfer.Folder{}, Chats: []transfer.Chat{}}
	for _, id := range ids {
		chat, err := t.chat(ctx, p, id, names)
		if err != nil {
			return ExportFile{}, err
		}
		file.Chats = append(file.Chats, chat)
	}
	result := ExportFile{Name: "kontor-" + t.app.now().Format("2006-01-02-150405"), Chats: len(file.Chats)}
	if r.Format == "markdown" {
		var texts []string
		for _, chat := range file.Chats {
			texts = append(texts, transfer.Markdown(chat, t.words()))
		}
		result.Name, result.Content = result.Name+".md", strings.Join(texts, "\n---\n\n")
		return result, nil
	}
	folders, err := t.app.db.ChatFolders(ctx, p.OwnerID)
	if err != nil {
		return ExportFile{}, err
	}
	for _, f := range folders {
		if r.ChatID == "" {
			file.Folders = append(file.Folders, transfer.Folder{ID: f.ID, ParentID: f.ParentID, Name: f.Name})
		}
	}
	encoded, err := json.MarshalIndent(file, "", " ")
	result.Name, result.Content = result.Name+".json", string(encoded)
	return result, err
}

func (t *Transfers) words() transfer.Words {
	say := func(key string) string { return t.app.text("transfer."+key, nil) }
	layout := say("time_layout")
	return transfer.Words{
		You: say("you"), Assistant: say("assistant"), Untitled: say("untitled"), Page: say("page") + " {page}",
		Generated: say("generated") + " · {model} · {date}",
		Time:      func(at time.Time) string { return at.Format(layout) },
	}
}

func (t *Transfers) collectionNames(ctx context.Context, p Principal) (map[string]string, error) {
	names := map[string]string{}
	all, err := t.app.db.Collections(ctx, p.OwnerID)
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

func (t *Transfers) chat(ctx context.Context, p Principal, id string, collections map[string]string) (transfer.Chat, error) {
	c, err := t.app.db.Chat(ctx, p.OwnerID, id)
	if err != nil {
		return transfer.Chat{}, err
	}
	messages, err := t.app.db.Messages(ctx, p.OwnerID, id)
	if err != nil {
		return transfer.Chat{}, err
	}
	instructions, err := t.app.db.ChatInstructions(ctx, p.OwnerID, id)
	if err != nil {
		return transfer.Chat{}, err
	}
	out := transfer.Chat{
		ID: c.ID, Title: c.Title, TitleSource: c.TitleSource, Model: c.Model, ActiveLeaf: c.ActiveLeaf, Instructions: instructions,
		Collections: []transfer.Collection{}, FolderID: c.FolderID, Tags: append([]string{}, c.Tags...), PinnedAt: c.PinnedAt,
		ArchivedAt: c.ArchivedAt, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Messages: []transfer.Message{},
	}
	if out.Setup, err = t.app.exportedSetup(ctx, p, id); err != nil {
		return transfer.Chat{}, err
	}
	for _, id := range c.CollectionIDs {
		out.Collections = append(out.Collections, transfer.Collection{ID: id, Name: collections[id]})
	}
	for _, m := range messages {
		if m.Status == storage.MessageRunning {
			continue // it is not there yet
		}
		one := transfer.Message{
			ID: m.ID, ParentID: m.ParentID, Role: m.Role, Status: m.Status, Model: m.Model, Digest: m.Digest, Mode: m.Mode,
			Facts: m.Facts, Parts: []transfer.Part{}, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}
		for _, part := range m.Parts {
			one.Parts = append(one.Parts, transfer.Part(t.app.images.carried(p, part)))
		}
		out.Messages = append(out.Messages, one)
	}
	return out, nil
}
