package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"kontor/app/transfer"
	"kontor/storage"
)

// maxImport is how large a file of chats may be, in bytes.
const maxImport = 8 << 30

// Import takes a file of chats piece by piece and stores it with the last one,
// chat by chat. The same file again adds nothing, so one that was stopped goes
// on where it was; what the end of the program broke off, the next start goes
// on with. Events say how far it is.
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
	size, err := appendFile(folder, path, content)
	if err != nil {
		return ImportResult{}, diskError(err)
	}
	if size > maxImport {
		return ImportResult{}, errors.Join(&Error{Code: ProblemTransferTooLarge}, os.Remove(path))
	}
	if !r.Last {
		return ImportResult{ID: r.ID}, nil
	}
	// A file that is whole is gone on with if the program ends meanwhile.
	whole := path + wholeEnding
	if err := os.Rename(path, whole); err != nil {
		return ImportResult{}, diskError(err)
	}
	defer func() {
		if t.app.closing() && ctx.Err() != nil {
			return // the next start goes on with it
		}
		if err := os.Remove(whole); err != nil {
			t.app.log.Error("remove an imported file", "error", err)
		}
	}()
	return t.take(ctx, p, r.ID, whole)
}

// take stores the chats of a file that is on the disk.
func (t *Transfers) take(ctx context.Context, p Principal, id, path string) (ImportResult, error) {
	run := &importRun{transfers: t, person: p, result: ImportResult{ID: id}, places: newPlaces(t)}
	source := &transfer.Source{}
	ollama, err := isDatabase(path)
	if err != nil {
		return run.result, diskError(err)
	}
	if ollama {
		err = storage.ReadOllamaApp(ctx, path, func(c storage.OllamaChat) error {
			source.Product = "ollama"
			return run.take(ctx, source, ollamaChat(c))
		})
	} else {
		err = source.Read(path, func(c transfer.Chat) error { return run.take(ctx, source, c) })
	}
	run.result.Product, run.result.Skipped = source.Product, source.Skipped
	if err != nil {
		return run.result, transferError(err, ollama)
	}
	if source.Product == "kontor" { // a file without a chat
		return run.result, run.begin(ctx, source)
	}
	return run.result, nil
}

// transferError maps what can be wrong with a file; anything else is passed on.
func transferError(err error, database bool) error {
	quiet := errors.New("a file of chats could not be read") // a cause may quote the file
	var stored *storage.Error
	switch {
	case errors.Is(err, transfer.ErrNewer):
		return &Error{Code: ProblemTransferNewer, Cause: err}
	case errors.Is(err, transfer.ErrTooLarge):
		return &Error{Code: ProblemTransferTooLarge, Cause: err}
	case errors.Is(err, transfer.ErrUnknown):
		return &Error{Code: ProblemTransferUnknown, Cause: quiet}
	case errors.Is(err, transfer.ErrBroken):
		return &Error{Code: ProblemTransferBroken, Cause: quiet}
	case database && errors.As(err, &stored) && stored.Code == storage.CodeCorrupt:
		return &Error{Code: ProblemTransferUnknown, Cause: quiet}
	}
	return err
}

// isDatabase tells a database of Ollama's app from the files of all others.
func isDatabase(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	magic := make([]byte, 16)
	n, err := io.ReadFull(f, magic)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return bytes.Equal(magic[:n], []byte("SQLite format 3\x00")), errors.Join(err, f.Close())
}

func ollamaChat(c storage.OllamaChat) transfer.Chat {
	out := transfer.OllamaChat{ID: c.ID, Title: c.Title, CreatedAt: c.CreatedAt}
	for _, m := range c.Messages {
		one := transfer.OllamaMessage{ID: m.ID, Role: m.Role, Text: m.Text, Thinking: m.Thinking, Result: m.Result, Model: m.Model, CreatedAt: m.CreatedAt, Updated: m.Updated}
		for _, tool := range m.Tools {
			one.Tools = append(one.Tools, transfer.OllamaTool(tool))
		}
		for _, a := range m.Attachments {
			one.Attachments = append(one.Attachments, transfer.OllamaAttachment(a))
		}
		out.Messages = append(out.Messages, one)
	}
	return out.Chat()
}

// importRun is one file being stored.
type importRun struct {
	transfers *Transfers
	person    Principal
	result    ImportResult
	places    *importPlaces
	told      time.Time // when people were last told how far it is
	begun     bool
}

// begin takes what a file of Kontor's own holds beside its chats.
func (r *importRun) begin(ctx context.Context, source *transfer.Source) error {
	if r.begun || source.Product != "kontor" {
		return nil
	}
	r.begun = true
	if err := r.places.takeFolders(ctx, r.person, source.Head.Folders); err != nil {
		return err
	}
	return r.takeBelongings(ctx, source.Head)
}

func (r *importRun) take(ctx context.Context, source *transfer.Source, chat transfer.Chat) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(chat.Messages) == 0 && source.Product != "kontor" {
		return nil // begun and never used
	}
	if err := r.begin(ctx, source); err != nil {
		return err
	}
	added, err := r.transfers.store(ctx, r.person, source.Product, &chat, r.places)
	if err != nil {
		return err
	}
	r.result.Chats++
	if r.result.Messages += added; added > 0 {
		r.result.Changed++
		r.result.LeftOut += chat.LeftOut
	}
	if now := r.transfers.app.now(); now.Sub(r.told) >= 100*time.Millisecond {
		r.told = now
		moved := &ImportMoved{ID: r.result.ID, Chats: r.result.Chats}
		if source.Total > 0 {
			moved.Percent = int(min(100*source.Done/source.Total, 100))
		}
		r.transfers.app.bus.Publish(Event{ImportMoved: moved})
	}
	return nil
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
		if info, err := file.Info(); err != nil || !info.ModTime().Before(since) || filepath.Ext(file.Name()) == wholeEnding {
			continue
		}
		if err := os.Remove(filepath.Join(t.folder(), file.Name())); err != nil {
			t.app.log.Error("remove the rest of an import", "error", err)
		}
	}
}

func appendFile(folder, path string, content []byte) (size int64, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	_, err = f.Write(content)
	if info, statErr := f.Stat(); statErr == nil {
		size = info.Size()
	}
	return size, errors.Join(err, f.Close())
}

// store imports one chat. Ids of other programs become ours in a way that is
// the same each time.
func (t *Transfers) store(ctx context.Context, p Principal, product string, in *transfer.Chat, places *importPlaces) (int, error) {
	taken, err := t.app.db.ChatOfAnother(ctx, p.OwnerID, in.ID)
	if err != nil {
		return 0, err
	}
	own := func(id string) string {
		if id == "" || product == "kontor" && !taken && uuid.Validate(id) == nil {
			return id
		}
		return uuid.NewSHA1(uuid.NameSpaceURL, []byte("kontor:"+p.OwnerID+":"+product+":"+in.ID+":"+id)).String()
	}
	record := storage.ImportedChat{Instructions: in.Instructions, StartsAt: own(in.StartsAt)}
	record.Chat = storage.Chat{
		ID: own(in.ID), Title: clip(in.Title, 200), TitleSource: in.TitleSource, Model: in.Model, ActiveLeaf: own(in.ActiveLeaf),
		Tags: in.Tags, PinnedAt: in.PinnedAt, ArchivedAt: in.ArchivedAt, CreatedAt: in.CreatedAt, UpdatedAt: in.UpdatedAt,
	}
	if product != "kontor" {
		record.Model = "" // not one that is here
	}
	_, known := t.app.db.Chat(ctx, p.OwnerID, record.ID)
	if known != nil { // of one that is there nothing but messages is taken
		if err := places.of(ctx, p, *in, &record.Chat); err != nil {
			return 0, err
		}
		record.Setup, record.Draft = importedSetup(in.Setup), t.importedDraft(p, in.Draft)
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
			part.Text = strings.ToValidUTF8(part.Text, "\ufffd")
			one.Parts = append(one.Parts, t.app.images.landed(p, storage.Part(part)))
		}
		for _, image := range m.Images {
			one.Parts = append(one.Parts, t.taken(p, image, in))
		}
		messages = append(messages, one)
	}
	added, err := t.app.db.ImportChat(ctx, p.OwnerID, record, messages)
	if err != nil || added == 0 {
		return added, err
	}
	if stored, err := t.app.db.Chat(ctx, p.OwnerID, record.ID); err == nil {
		t.app.chats.changed(stored)
	}
	return added, nil
}

// taken keeps a picture of another program's file; one that cannot be shown
// here leaves its name.
func (t *Transfers) taken(p Principal, image transfer.Image, chat *transfer.Chat) storage.Part {
	kept, err := t.app.images.keep(p, image.Name, image.Bytes)
	if err != nil {
		chat.LeftOut++
		return storage.Part{Type: partText, Text: "\n\n[" + image.Name + "]"}
	}
	return storage.Part{Type: partImage, Data: mustJSON(kept)}
}
