package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kontor/app/transfer"
	"kontor/storage"
)

// Codes of problems with files of chats.
const (
	ProblemTransferUnknown = "transfer_unknown"
	ProblemTransferNewer   = "transfer_newer"
)

func transferProblems() []string { return []string{ProblemTransferUnknown, ProblemTransferNewer} }

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
			one.Parts = append(one.Parts, transfer.Part(part))
		}
		out.Messages = append(out.Messages, one)
	}
	return out, nil
}

// Import takes a file of chats piece by piece and stores it with the last one.
// The same file again adds nothing.
func (t *Transfers) Import(ctx context.Context, p Principal, r ImportPiece) (ImportResult, error) {
	folder := t.folder()
	if r.ID == "" {
		r.ID = t.app.newID()
	}
	if uuid.Validate(r.ID) != nil {
		return ImportResult{}, &Error{Code: ProblemBadRequest}
	}
	content, err := base64.StdEncoding.DecodeString(r.Content)
	if err != nil {
		return ImportResult{}, &Error{Code: ProblemBadRequest, Cause: err}
	}
	path := filepath.Join(folder, r.ID)
	if err := appendFile(folder, path, content); err != nil {
		return ImportResult{}, diskError(err)
	}
	if !r.Last {
		return ImportResult{ID: r.ID}, nil
	}
	raw, err := os.ReadFile(path)
	if err = errors.Join(err, os.Remove(path)); err != nil {
		return ImportResult{}, diskError(err)
	}
	imported, err := transfer.Read(raw)
	switch {
	case errors.Is(err, transfer.ErrNewer):
		return ImportResult{}, &Error{Code: ProblemTransferNewer, Cause: err}
	case err != nil:
		return ImportResult{}, &Error{Code: ProblemTransferUnknown, Cause: errors.New("a file of chats could not be read")}
	}
	result := ImportResult{ID: r.ID, Product: imported.Product, Chats: len(imported.Chats)}
	places, err := t.places(ctx, p, imported)
	if err != nil {
		return result, err
	}
	for _, chat := range imported.Chats {
		added, err := t.store(ctx, p, imported.Product, chat, places)
		if err != nil {
			return result, err
		}
		if result.Messages += added; added > 0 {
			result.Changed++
		}
	}
	return result, nil
}

// folder holds what has arrived of files of chats.
func (t *Transfers) folder() string { return filepath.Join(t.app.config.Paths.Cache, "imports") }

// sweep deletes what has arrived of files whose sending broke off: they are
// chats of somebody. None that got nothing since is gone on with.
func (t *Transfers) sweep(since time.Time) {
	files, err := os.ReadDir(t.folder())
	if err != nil {
		return // there is none
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || !info.ModTime().Before(since) {
			continue
		}
		if err := os.Remove(filepath.Join(t.folder(), file.Name())); err != nil {
			t.app.log.Error("remove the rest of an import", "error", err)
		}
	}
}

func appendFile(folder, path string, content []byte) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// importPlaces are the folders and collections here that those of a file mean.
type importPlaces struct {
	folders, collections map[string]string // from the file's id
}

// places finds folders and collections by id or name and makes those that are
// missing.
func (t *Transfers) places(ctx context.Context, p Principal, in transfer.Imported) (importPlaces, error) {
	places := importPlaces{folders: map[string]string{}, collections: map[string]string{}}
	existing, err := t.app.db.ChatFolders(ctx, p.OwnerID)
	if err != nil {
		return places, err
	}
	pending := slices.Clone(in.Folders)
	for range in.Folders { // parents first; a circle is left out
		for _, f := range pending {
			parent, placed := places.folders[f.ParentID]
			if _, done := places.folders[f.ID]; done || f.ParentID != "" && !placed {
				continue
			}
			at := slices.IndexFunc(existing, func(e storage.ChatFolder) bool { return e.ID == f.ID || e.Name == f.Name && e.ParentID == parent })
			if at >= 0 {
				places.folders[f.ID] = existing[at].ID
				continue
			}
			made, err := t.app.db.CreateChatFolder(ctx, p.OwnerID, storage.ChatFolder{ParentID: parent, Name: clip(f.Name, 200)})
			if err != nil {
				return places, err
			}
			places.folders[f.ID] = made.ID
		}
	}
	names, err := t.collectionNames(ctx, p)
	if err != nil {
		return places, err
	}
	byName := map[string]string{}
	for id, name := range names {
		byName[name] = id
	}
	for _, chat := range in.Chats {
		for _, c := range chat.Collections {
			switch {
			case names[c.ID] != "":
				places.collections[c.ID] = c.ID
			case byName[c.Name] != "":
				places.collections[c.ID] = byName[c.Name]
			case strings.TrimSpace(c.Name) != "":
				made, err := t.app.db.CreateCollection(ctx, p.OwnerID, c.Name)
				if err != nil {
					return places, err
				}
				byName[c.Name], places.collections[c.ID] = made.ID, made.ID
			}
		}
	}
	return places, nil
}

// store imports one chat. Ids of other programs become ours in a way that is
// the same each time.
func (t *Transfers) store(ctx context.Context, p Principal, product string, in transfer.Chat, places importPlaces) (int, error) {
	own := func(id string) string {
		if id == "" || product == "kontor" && uuid.Validate(id) == nil {
			return id
		}
		return uuid.NewSHA1(uuid.NameSpaceURL, []byte("kontor:"+p.OwnerID+":"+product+":"+in.ID+":"+id)).String()
	}
	record := storage.Chat{
		ID: own(in.ID), Title: clip(in.Title, 200), TitleSource: in.TitleSource, Model: in.Model, ActiveLeaf: own(in.ActiveLeaf),
		FolderID: places.folders[in.FolderID], Tags: in.Tags, PinnedAt: in.PinnedAt, ArchivedAt: in.ArchivedAt,
		CreatedAt: in.CreatedAt, UpdatedAt: in.UpdatedAt,
	}
	if product != "kontor" {
		record.Model = "" // not one that is here
	}
	for _, c := range in.Collections {
		if id := places.collections[c.ID]; id != "" {
			record.CollectionIDs = append(record.CollectionIDs, id)
		}
	}
	var messages []storage.Message
	for _, m := range in.Messages {
		one := storage.Message{
			ID: own(m.ID), ParentID: own(m.ParentID), Role: m.Role, Status: m.Status, Model: m.Model, Digest: m.Digest, Mode: m.Mode,
			Facts: m.Facts, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}
		if one.Status == storage.MessageRunning || one.Status == "" {
			one.Status = storage.MessagePartial
		}
		for _, part := range m.Parts {
			one.Parts = append(one.Parts, storage.Part(part))
		}
		messages = append(messages, one)
	}
	added, err := t.app.db.ImportChat(ctx, p.OwnerID, record, in.Instructions, messages)
	if err != nil || added == 0 {
		return added, err
	}
	if stored, err := t.app.db.Chat(ctx, p.OwnerID, record.ID); err == nil {
		t.app.chats.changed(stored)
	}
	return added, nil
}
