package app

import (
	"context"
	"strings"
	"sync"
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
	ProblemNoSuchFolder     = "no_such_folder"
	ProblemExportGone       = "export_gone"
	ProblemExportTooLong    = "export_too_long"
)

func transferProblems() []string {
	return []string{ProblemTransferUnknown, ProblemTransferNewer, ProblemTransferBroken, ProblemTransferTooLarge, ProblemNoSuchFolder, ProblemExportGone, ProblemExportTooLong}
}

// Transfers writes chats to files and reads them from files.
type Transfers struct {
	app *App

	mu      sync.Mutex
	resumed ResumedImport
}

func (t *Transfers) register(s *Surface) {
	handle(s, "transfer.export", t.Export)
	handle(s, "transfer.write", t.Write)
	handle(s, "transfer.piece", t.Piece)
	handle(s, "transfer.import", t.Import)
	handle(s, "transfer.resumed", t.Resumed)
}

// Export gives chats as one file, built in memory: Kontor's own JSON, or a
// document for people. Write is for a whole history.
func (t *Transfers) Export(ctx context.Context, p Principal, r ExportRequest) (ExportFile, error) {
	if r.Format == "" || r.Format == "json" {
		var content strings.Builder
		chats, err := t.writeJSON(ctx, p, r, &content)
		return ExportFile{Name: t.exportName() + ".json", MediaType: "application/json", Content: content.String(), Chats: chats}, err
	}
	var chats []transfer.Chat
	size := 0
	from, err := t.choose(ctx, p, r)
	if err == nil {
		err = from.each(ctx, func(chat transfer.Chat) error {
			if size += textSize(chat); r.tooLong(size) {
				return &Error{Code: ProblemExportTooLong}
			}
			chats = append(chats, chat)
			return nil
		})
	}
	if err != nil {
		return ExportFile{}, err
	}
	result, title := ExportFile{Name: t.exportName(), Chats: len(chats)}, from.title
	if r.ChatID != "" {
		title = chats[0].Title
	}
	if title != "" {
		result.Name = fileName(title)
	}
	folders := map[string]string{}
	for _, f := range from.folders {
		folders[f.ID] = f.Name
	}
	return t.printed(r.Format, chats, folders, title, result)
}

func (t *Transfers) exportName() string { return "kontor-" + t.app.now().Format("2006-01-02-150405") }

// foldersBelow are a folder and those in it, or all for "". Its own parent is left out.
func (t *Transfers) foldersBelow(ctx context.Context, p Principal, id string, collections map[string]string) (list []transfer.Folder, name string, err error) {
	all, err := t.app.db.ChatFolders(ctx, p.OwnerID)
	if err != nil {
		return nil, "", err
	}
	list = []transfer.Folder{}
	in := map[string]bool{"": id == "", id: true}
	for range all { // a parent may be listed after its child
		for _, f := range all {
			in[f.ID] = in[f.ID] || in[f.ParentID]
		}
	}
	for _, f := range all {
		if !in[f.ID] {
			continue
		}
		one := transfer.Folder{ID: f.ID, ParentID: f.ParentID, Name: f.Name, Model: f.Model, Collections: namedCollections(f.CollectionIDs, collections)}
		if f.ID == id {
			one.ParentID, name = "", f.Name
		}
		list = append(list, one)
	}
	if id != "" && name == "" {
		return nil, "", &storage.Error{Code: storage.CodeNotFound}
	}
	return list, name, nil
}

func (t *Transfers) idsIn(ctx context.Context, p Principal, folderID string, folders []transfer.Folder) ([]string, error) {
	if folderID == "" {
		return t.app.db.ChatIDs(ctx, p.OwnerID, "")
	}
	var ids []string
	for _, f := range folders {
		in, err := t.app.db.ChatIDs(ctx, p.OwnerID, f.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, in...)
	}
	return ids, nil
}

func (t *Transfers) words() transfer.Words {
	say := func(key string) string { return t.app.text("transfer."+key, nil) }
	layout := say("time_layout")
	return transfer.Words{
		You: say("you"), Assistant: say("assistant"), Untitled: say("untitled"), Page: say("page") + " {page}", Generated: say("generated"), Edited: say("edited"),
		Sources: say("sources"), PageOf: t.app.text("transfer.page_of", map[string]string{"page": "{page}", "pages": "{pages}"}),
		Time: func(at time.Time) string { return at.Format(layout) },
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

func namedCollections(ids []string, names map[string]string) []transfer.Collection {
	list := []transfer.Collection{}
	for _, id := range ids {
		list = append(list, transfer.Collection{ID: id, Name: names[id]})
	}
	return list
}

func (t *Transfers) chat(ctx context.Context, p Principal, id string, collections map[string]string, drafts map[string]storage.Draft) (transfer.Chat, error) {
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
		Collections: namedCollections(c.CollectionIDs, collections), FolderID: c.FolderID, Tags: append([]string{}, c.Tags...), PinnedAt: c.PinnedAt,
		ArchivedAt: c.ArchivedAt, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Messages: []transfer.Message{},
	}
	if out.Setup, err = t.app.exportedSetup(ctx, p, id); err != nil {
		return transfer.Chat{}, err
	}
	if out.StartsAt, err = t.app.db.ChatStart(ctx, p.OwnerID, id); err != nil {
		return transfer.Chat{}, err
	}
	if draft, drafted := drafts[id]; drafted {
		out.Draft = t.exportedDraft(p, draft)
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
			carried := t.app.images.carried(p, part)
			one.Parts = append(one.Parts, transfer.Part(carried))
			if image := decoded[carriedImage](carried.Data); part.Type == partImage && image != nil {
				one.Images = append(one.Images, transfer.Image{Name: image.Name, MediaType: image.MediaType, Bytes: image.Content})
			}
		}
		out.Messages = append(out.Messages, one)
	}
	return out, nil
}
