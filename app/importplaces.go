package app

import (
	"context"
	"slices"
	"strings"

	"kontor/app/transfer"
	"kontor/storage"
)

// importPlaces finds the folders and collections here that those of a file
// mean, by id or name, and makes those that are missing.
type importPlaces struct {
	transfers            *Transfers
	loaded               bool
	existing             []storage.ChatFolder
	folders              map[string]string // from the file's id
	collections, byNames map[string]string // id by id, and by name
}

func newPlaces(t *Transfers) *importPlaces {
	return &importPlaces{transfers: t, folders: map[string]string{}, byNames: map[string]string{}}
}

func (i *importPlaces) load(ctx context.Context, p Principal) (err error) {
	if i.loaded {
		return nil
	}
	if i.existing, err = i.transfers.app.db.ChatFolders(ctx, p.OwnerID); err != nil {
		return err
	}
	if i.collections, err = i.transfers.collectionNames(ctx, p); err != nil {
		return err
	}
	for id, name := range i.collections {
		i.byNames[name] = id
	}
	i.loaded = true
	return nil
}

// of puts a chat where the file says it was.
func (i *importPlaces) of(ctx context.Context, p Principal, in transfer.Chat, record *storage.Chat) error {
	if err := i.load(ctx, p); err != nil {
		return err
	}
	record.FolderID = i.folders[in.FolderID]
	for _, name := range in.FolderPath {
		folder, err := i.folderNamed(ctx, p, storage.ChatFolder{Name: name, ParentID: record.FolderID}, nil)
		if err != nil {
			return err
		}
		record.FolderID = folder
	}
	ids, err := i.collectionsOf(ctx, p, in.Collections)
	record.CollectionIDs = ids
	return err
}

// collectionsOf gives the ids here of collections of a file.
func (i *importPlaces) collectionsOf(ctx context.Context, p Principal, in []transfer.Collection) ([]string, error) {
	var ids []string
	for _, c := range in {
		id, err := i.collection(ctx, p, c)
		if err != nil {
			return nil, err
		}
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// folderNamed finds a folder by its name and parent, or makes it. What is there
// keeps what its chats begin with.
func (i *importPlaces) folderNamed(ctx context.Context, p Principal, f storage.ChatFolder, collections []transfer.Collection) (string, error) {
	f.Name, f.Model = clip(strings.TrimSpace(f.Name), 200), clip(strings.TrimSpace(f.Model), 200)
	if f.Name == "" {
		return f.ParentID, nil
	}
	at := slices.IndexFunc(i.existing, func(e storage.ChatFolder) bool { return e.Name == f.Name && e.ParentID == f.ParentID })
	if at >= 0 {
		return i.existing[at].ID, nil
	}
	var err error
	if f.CollectionIDs, err = i.collectionsOf(ctx, p, collections); err != nil {
		return "", err
	}
	made, err := i.transfers.app.db.CreateChatFolder(ctx, p.OwnerID, f)
	if err != nil {
		return "", err
	}
	i.existing = append(i.existing, made)
	(&ChatShelf{app: i.transfers.app}).moved(ctx, p)
	return made.ID, nil
}

// takeFolders finds or makes the folders of Kontor's own format, parents first; a circle is left out.
func (i *importPlaces) takeFolders(ctx context.Context, p Principal, folders []transfer.Folder) error {
	if err := i.load(ctx, p); err != nil {
		return err
	}
	for moved := true; moved; {
		moved = false
		for _, f := range folders {
			parent, placed := i.folders[f.ParentID]
			if _, done := i.folders[f.ID]; done || f.ParentID != "" && !placed {
				continue
			}
			moved = true
			if at := slices.IndexFunc(i.existing, func(e storage.ChatFolder) bool { return e.ID == f.ID }); at >= 0 {
				i.folders[f.ID] = f.ID
				continue
			}
			id, err := i.folderNamed(ctx, p, storage.ChatFolder{Name: f.Name, ParentID: parent, Model: f.Model}, f.Collections)
			if err != nil {
				return err
			}
			i.folders[f.ID] = id
		}
	}
	return nil
}

func (i *importPlaces) collection(ctx context.Context, p Principal, c transfer.Collection) (string, error) {
	name := strings.TrimSpace(c.Name)
	switch {
	case i.collections[c.ID] != "":
		return c.ID, nil
	case name == "":
		return "", nil
	case i.byNames[name] != "":
		return i.byNames[name], nil
	}
	made, err := i.transfers.app.db.CreateCollection(ctx, p.OwnerID, name)
	if err != nil {
		return "", err
	}
	i.byNames[name], i.collections[made.ID] = made.ID, name
	i.transfers.app.library.collectionsMoved(ctx, p)
	return made.ID, nil
}
