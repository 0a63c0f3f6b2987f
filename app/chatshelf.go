package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"kontor/storage"
)

// Bounds of what people sort chats with.
const (
	maxTags      = 20
	maxTagLength = 40 // characters
	maxFolders   = 1000
)

// ChatShelf is the service that keeps chats in order: folders, copies, search.
type ChatShelf struct{ app *App }

func (c *ChatShelf) register(s *Surface) {
	handle(s, "chats.search", c.Search)
	handle(s, "chats.duplicate", c.Duplicate)
	handle(s, "chatfolders.list", c.List)
	handle(s, "chatfolders.create", c.Create)
	handle(s, "chatfolders.update", c.Update)
	handle(s, "chatfolders.delete", c.Delete)
}

// List returns all folders.
func (c *ChatShelf) List(ctx context.Context, p Principal, _ Empty) (ChatFolders, error) {
	list := ChatFolders{Folders: []ChatFolder{}}
	folders, err := c.app.db.ChatFolders(ctx, p.OwnerID)
	for _, f := range folders {
		list.Folders = append(list.Folders, chatFolderView(f))
	}
	return list, err
}

func chatFolderView(f storage.ChatFolder) ChatFolder {
	view := ChatFolder{ID: f.ID, ParentID: f.ParentID, Name: f.Name, Model: f.Model, CollectionIDs: f.CollectionIDs, Chats: f.Chats}
	if view.CollectionIDs == nil {
		view.CollectionIDs = []string{}
	}
	return view
}

// Create makes a folder.
func (c *ChatShelf) Create(ctx context.Context, p Principal, r ChatFolderRequest) (ChatFolder, error) {
	name, err := folderName(r.Name)
	if err != nil {
		return ChatFolder{}, err
	}
	existing, err := c.app.db.ChatFolders(ctx, p.OwnerID)
	if err != nil {
		return ChatFolder{}, err
	}
	if len(existing) >= maxFolders {
		return ChatFolder{}, &Error{Code: ProblemTooManyFolders}
	}
	record := storage.ChatFolder{Name: name}
	if r.ParentID != nil {
		record.ParentID = *r.ParentID
	}
	if r.Model != nil {
		record.Model = *r.Model
	}
	if r.CollectionIDs != nil {
		record.CollectionIDs = *r.CollectionIDs
	}
	made, err := c.app.db.CreateChatFolder(ctx, p.OwnerID, record)
	if err != nil {
		return ChatFolder{}, err
	}
	c.moved(ctx, p)
	return chatFolderView(made), nil
}

// Update renames or moves a folder, or changes what a chat in it begins with.
func (c *ChatShelf) Update(ctx context.Context, p Principal, r ChatFolderRequest) (ChatFolder, error) {
	update := storage.ChatFolderUpdate{ParentID: r.ParentID, Model: r.Model, CollectionIDs: r.CollectionIDs}
	if r.Name != nil {
		name, err := folderName(r.Name)
		if err != nil {
			return ChatFolder{}, err
		}
		update.Name = &name
	}
	record, err := c.app.db.UpdateChatFolder(ctx, p.OwnerID, r.ID, update)
	if err != nil {
		return ChatFolder{}, err
	}
	c.moved(ctx, p)
	return chatFolderView(record), nil
}

func folderName(name *string) (string, error) {
	if name == nil || strings.TrimSpace(*name) == "" {
		return "", &Error{Code: ProblemNameEmpty}
	}
	return clip(strings.TrimSpace(*name), 200), nil
}

// Delete removes a folder; what was in it moves up.
func (c *ChatShelf) Delete(ctx context.Context, p Principal, r ByID) (Empty, error) {
	if err := c.app.db.DeleteChatFolder(ctx, p.OwnerID, r.ID); err != nil {
		return Empty{}, err
	}
	c.moved(ctx, p)
	return Empty{}, nil
}

// moved tells all pages the whole list.
func (c *ChatShelf) moved(ctx context.Context, p Principal) {
	if list, err := c.List(context.WithoutCancel(ctx), p, Empty{}); err == nil {
		c.app.bus.Publish(Event{ChatFoldersMoved: &list})
	}
}

// Duplicate copies a chat with all its branches.
func (c *ChatShelf) Duplicate(ctx context.Context, p Principal, r ByID) (Chat, error) {
	from, err := c.app.db.Chat(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Chat{}, err
	}
	title := c.app.text("chat.copy_title", map[string]string{"title": from.Title})
	record, err := c.app.db.DuplicateChat(ctx, p.OwnerID, r.ID, clip(title, 200))
	if err != nil {
		return Chat{}, err
	}
	if record.FolderID != "" {
		c.moved(ctx, p)
	}
	return c.app.chats.changed(record), nil
}

// cleanTag is how a tag is kept: one word's blanks, lower case, no '#'.
func cleanTag(tag string) string {
	return clip(strings.ToLower(strings.Join(strings.Fields(strings.TrimLeft(strings.TrimSpace(tag), "#")), " ")), maxTagLength)
}

// cleanTags gives different tags in order, none of them empty.
func cleanTags(tags []string) []string {
	clean := []string{}
	for _, tag := range tags {
		if tag = cleanTag(tag); tag != "" && !slices.Contains(clean, tag) && len(clean) < maxTags {
			clean = append(clean, tag)
		}
	}
	slices.Sort(clean)
	return clean
}

// shelve adds to an update of a chat what sorts it.
func (c *Chats) shelve(update *storage.ChatUpdate, r ChatUpdateRequest) {
	update.FolderID = r.FolderID
	if r.Tags != nil {
		tags := cleanTags(*r.Tags)
		update.Tags = &tags
	}
	stamp := func(on *bool) *int64 {
		if on == nil {
			return nil
		}
		var at int64
		if *on {
			at = c.app.config.Now().UnixMilli()
		}
		return &at
	}
	update.PinnedAt, update.ArchivedAt = stamp(r.Pinned), stamp(r.Archived)
}

// inFolder gives a new chat what its folder begins chats with.
func (c *Chats) inFolder(ctx context.Context, p Principal, chat storage.Chat) (storage.Chat, error) {
	if chat.FolderID == "" {
		return chat, nil
	}
	folders, err := c.app.db.ChatFolders(ctx, p.OwnerID)
	if err != nil {
		return chat, err
	}
	for _, f := range folders {
		if f.ID == chat.FolderID {
			chat.Model = cmp.Or(chat.Model, f.Model) // an assistant's goes before
			if chat.CollectionIDs == nil {
				chat.CollectionIDs = f.CollectionIDs
			}
			return chat, nil
		}
	}
	chat.FolderID = "" // deleted meanwhile; the question is not lost for it
	return chat, nil
}
