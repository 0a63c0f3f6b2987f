package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kontor/app"
)

const (
	linkedFiles   = 10_000
	linkedLooks   = 7
	deletedChunks = 100 // at least so many passages has a document that is deleted
	deletions     = 15
)

// measureFolders links a folder of generated text files, waits until all are
// read, and then asks for looks at the folder in which nothing has changed. The
// time is from the call until the folder is told to be in step. No runtime is
// needed: nothing is embedded meanwhile.
func measureFolders(ctx context.Context, b *bench, r *results) error {
	root, err := b.scratch("linked")
	if err != nil {
		return err
	}
	text := newProse(4711)
	for i := range linkedFiles {
		path := filepath.Join(root, fmt.Sprintf("department-%02d", i%25), fmt.Sprintf("case-%02d", i/25%20), fmt.Sprintf("note-%05d.txt", i))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text.document(300)), 0o600)); err != nil {
			return err
		}
	}
	data, err := b.scratch("folders")
	if err != nil {
		return err
	}
	k, err := b.startKontor(ctx, data, nil, nil)
	if err != nil {
		return err
	}
	defer k.stop()
	raw := samples{}
	var folder app.Folder
	began := time.Now()
	if err := k.callLocal(ctx, "folders.link", app.LinkRequest{Path: root}, &folder); err != nil {
		return err
	}
	for last := -1; folder.State != "synced"; {
		if folder, err = k.folder(ctx, folder.ID); err != nil {
			return err
		}
		if n := folder.Indexed / 1000; n != last {
			last = n
			b.say("%d of %d files read", folder.Indexed, linkedFiles)
		}
		if time.Since(began) > time.Hour {
			return errors.New("the folder is not read within an hour")
		}
		time.Sleep(100 * time.Millisecond)
	}
	if folder.Indexed != linkedFiles {
		return fmt.Errorf("%d of %d files are read", folder.Indexed, linkedFiles)
	}
	raw.add("first_s", time.Since(began).Seconds())
	for range linkedLooks {
		time.Sleep(1500 * time.Millisecond) // what follows a look is over
		began, before := time.Now(), folder.ScannedAt
		if err := k.callLocal(ctx, "folders.sync", app.FolderSyncRequest{ID: folder.ID}, &folder); err != nil {
			return err
		}
		for folder.State != "synced" || folder.ScannedAt == before {
			if folder, err = k.folder(ctx, folder.ID); err != nil {
				return err
			}
			time.Sleep(5 * time.Millisecond)
		}
		raw.add("again_s", time.Since(began).Seconds())
	}
	r.set("resync", median(raw["again_s"]), raw, fmt.Sprintf("longest %.2f s; the first reading of the folder took %.0f s", quantile(raw["again_s"], 1), raw["first_s"][0]))
	return nil
}

// folder reads a linked folder anew.
func (k *kontor) folder(ctx context.Context, id string) (app.Folder, error) {
	var list app.Folders
	if err := k.callLocal(ctx, "folders.list", app.Empty{}, &list); err != nil {
		return app.Folder{}, err
	}
	for _, f := range list.Folders {
		if f.ID == id {
			return f, nil
		}
	}
	return app.Folder{}, errors.New("the folder is not linked any more")
}

// measureDeletion deletes documents of a library of 100,000 passages: the time
// of the call, after which text, passages, terms, vectors and the index in
// memory are without them.
func measureDeletion(ctx context.Context, b *bench, r *results) error {
	g, err := b.rig(ctx)
	if err != nil {
		return err
	}
	data, err := b.storedCorpus(ctx, g.pack, mediumLibrary)
	if err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	k, err := g.kontorOn(ctx, b, data, []string{"-v"}, nil)
	if err != nil {
		return err
	}
	defer k.stop()
	if !until(ctx, time.Minute, func() bool { _, ok := k.log.find(readyLine); return ok }) {
		return errors.New("the vectors did not get ready")
	}
	var list app.DocumentList
	if err := k.call(ctx, "documents.list", app.DocumentListRequest{Limit: 500}, &list); err != nil {
		return err
	}
	raw := samples{}
	for _, d := range list.Documents {
		if d.Passages < deletedChunks || len(raw["call_ms"]) == deletions {
			continue
		}
		began := time.Now()
		if err := k.call(ctx, "documents.delete", app.ByID{ID: d.ID}, &app.Empty{}); err != nil {
			return err
		}
		raw.add("call_ms", milliseconds(time.Since(began)))
		raw.add("passages", float64(d.Passages))
		time.Sleep(200 * time.Millisecond)
	}
	if len(raw["call_ms"]) == 0 {
		return fmt.Errorf("no document has %d passages", deletedChunks)
	}
	r.set("delete_document", median(raw["call_ms"]), raw, fmt.Sprintf("p95 %.0f ms; the documents had %.0f passages (median)",
		quantile(raw["call_ms"], .95), median(raw["passages"])))
	return nil
}
