package app

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"kontor/app/transfer"
	"kontor/storage"
)

// exportPiece is how much of a file goes into one answer, in bytes.
const exportPiece = 2 << 20

// maxPDF is how much text goes into one PDF, in bytes: some 2,000 pages, for
// which the library needs about 900 MB of memory.
const maxPDF = 4 << 20

// tooLong says whether so much text, in bytes, is too much for the format.
func (r ExportRequest) tooLong(size int) bool { return r.Format == "pdf" && size > maxPDF }

// chosenChats are the chats of a request, read one after the other.
type chosenChats struct {
	transfers *Transfers
	person    Principal
	ids       []string
	folders   []transfer.Folder
	title     string // of one folder, "" otherwise
	names     map[string]string
	drafts    map[string]storage.Draft
}

func (t *Transfers) choose(ctx context.Context, p Principal, r ExportRequest) (*chosenChats, error) {
	c := &chosenChats{transfers: t, person: p, ids: []string{r.ChatID}, folders: []transfer.Folder{}}
	var err error
	if c.names, err = t.collectionNames(ctx, p); err != nil {
		return nil, err
	}
	if r.ChatID == "" {
		if c.folders, c.title, err = t.foldersBelow(ctx, p, r.FolderID, c.names); err != nil {
			return nil, err
		}
		if c.ids, err = t.idsIn(ctx, p, r.FolderID, c.folders); err != nil {
			return nil, err
		}
	}
	c.drafts, err = t.drafts(ctx, p)
	return c, err
}

// each gives the chats to take; one of them is in memory at a time. One that
// was erased meanwhile is left out, unless it is the only one.
func (c *chosenChats) each(ctx context.Context, take func(transfer.Chat) error) error {
	for _, id := range c.ids {
		chat, err := c.transfers.chat(ctx, c.person, id, c.names, c.drafts)
		var stored *storage.Error
		if len(c.ids) > 1 && errors.As(err, &stored) && stored.Code == storage.CodeNotFound {
			continue
		}
		if err == nil {
			err = take(chat)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeJSON writes Kontor's own format. What chats were begun with stands
// behind them: only then it is known.
func (t *Transfers) writeJSON(ctx context.Context, p Principal, r ExportRequest, out io.Writer) (chats int, err error) {
	from, err := t.choose(ctx, p, r)
	if err != nil {
		return 0, err
	}
	w := transfer.NewWriter(out, Version, t.app.now())
	w.Folders(from.folders)
	rest := transfer.File{Assistants: []transfer.Assistant{}, Prompts: []transfer.Prompt{}, Settings: map[string]string{}}
	err = from.each(ctx, func(chat transfer.Chat) error {
		chats++
		if chat.Setup != nil {
			rest.Chats = append(rest.Chats, transfer.Chat{Setup: &transfer.Setup{AssistantID: chat.Setup.AssistantID}})
		}
		return w.Chat(chat)
	})
	if err == nil {
		err = t.belongings(ctx, p, r.ChatID == "" && r.FolderID == "", &rest)
	}
	if err != nil {
		return 0, err
	}
	return chats, w.End(rest)
}

// Write puts chats into a file, one after the other, that Piece gives. It needs
// the memory of the largest chat, but for documents for people, which are laid
// out as a whole.
func (t *Transfers) Write(ctx context.Context, p Principal, r ExportRequest) (WrittenExport, error) {
	written := WrittenExport{ID: t.app.newID(), Name: t.exportName() + ".json", MediaType: "application/json"}
	path := t.exportPath(p, written.ID)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return WrittenExport{}, diskError(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return WrittenExport{}, diskError(err)
	}
	if r.Format == "" || r.Format == "json" {
		buffered := bufio.NewWriterSize(f, 256<<10)
		written.Chats, err = t.writeJSON(ctx, p, r, buffered)
		err = errors.Join(err, buffered.Flush())
	} else {
		var file ExportFile
		if file, err = t.Export(ctx, p, r); err == nil {
			written.Name, written.MediaType, written.Chats = file.Name, file.MediaType, file.Chats
			err = putContent(f, file)
		}
	}
	if info, statErr := f.Stat(); statErr == nil {
		written.Size = info.Size()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		if removed := os.Remove(path); removed != nil {
			t.app.log.Error("remove the rest of an export", "error", removed)
		}
		if isDiskFull(err) {
			err = diskError(err)
		}
		return WrittenExport{}, err
	}
	return written, nil
}

// textSize is how much there is to read in a chat, in bytes.
func textSize(c transfer.Chat) (size int) {
	for _, m := range c.Messages {
		for _, part := range m.Parts {
			if part.Type == partText {
				size += len(part.Text)
			}
		}
	}
	return size
}

func putContent(out io.Writer, file ExportFile) error {
	content := []byte(file.Content)
	if file.Base64 {
		var err error
		if content, err = base64.StdEncoding.DecodeString(file.Content); err != nil {
			return err
		}
	}
	_, err := out.Write(content)
	return err
}

// Piece gives a piece of a written export; the file goes with the last one.
func (t *Transfers) Piece(_ context.Context, p Principal, r ExportPieceRequest) (ExportPiece, error) {
	if uuid.Validate(r.ID) != nil || r.Offset < 0 {
		return ExportPiece{}, &Error{Code: ProblemBadRequest}
	}
	path := t.exportPath(p, r.ID)
	f, err := os.Open(path)
	if err != nil {
		return ExportPiece{}, &Error{Code: ProblemExportGone, Cause: err}
	}
	raw, err := io.ReadAll(io.NewSectionReader(f, r.Offset, exportPiece))
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return ExportPiece{}, diskError(err)
	}
	piece := ExportPiece{Content: base64.StdEncoding.EncodeToString(raw), Last: r.Offset+int64(len(raw)) >= info.Size()}
	if piece.Last {
		if err := os.Remove(path); err != nil {
			t.app.log.Error("remove a fetched export", "error", err)
		}
	}
	return piece, nil
}

// exports holds files that wait to be fetched. They are chats of somebody: the
// sweep deletes those that nobody came for.
func (t *Transfers) exports() string { return filepath.Join(t.app.config.Paths.Cache, "exports") }

// exportPath is one that only who wrote the file can name.
func (t *Transfers) exportPath(p Principal, id string) string {
	return filepath.Join(t.exports(), uuid.NewSHA1(uuid.NameSpaceURL, []byte("kontor-export:"+p.OwnerID+":"+id)).String())
}

func (t *Transfers) sweepExports(since time.Time) {
	files, err := os.ReadDir(t.exports())
	if err != nil {
		return // there is none
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || !info.ModTime().Before(since) {
			continue
		}
		if err := os.Remove(filepath.Join(t.exports(), file.Name())); err != nil {
			t.app.log.Error("remove an export that nobody fetched", "error", err)
		}
	}
}
