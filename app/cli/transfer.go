package cli

import (
	"archive/zip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"kontor/app"
)

type exportCommand struct {
	File   string `arg:"" help:"File to write; it must not be there yet." type:"path"`
	Format string `help:"json (can be imported again without loss), or markdown, html, pdf, docx for reading." enum:"json,markdown,html,pdf,docx" default:"json"`
	Folder string `help:"Name of a folder; without it all chats are written."`
}

type importCommand struct {
	File string `arg:"" help:"JSON file of Kontor, the export of ChatGPT, Claude, Open WebUI or LibreChat, the folder of LM Studio or Jan (or a ZIP of it), or db.sqlite of Ollama's app." type:"path"`
}

// importPiece is how much of a file goes into one call, in bytes.
const importPiece = 2 << 20

// Run writes all chats, or those of a folder, to a file.
func (c *exportCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		request := app.ExportRequest{Format: c.Format}
		if c.Folder != "" {
			var folders app.ChatFolders
			if err := call(ctx, "chatfolders.list", app.Empty{}, &folders); err != nil {
				return err
			}
			at := slices.IndexFunc(folders.Folders, func(f app.ChatFolder) bool { return f.Name == c.Folder })
			if at < 0 {
				return &app.Error{Code: app.ProblemNoSuchFolder}
			}
			request.FolderID = folders.Folders[at].ID
		}
		out, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		file, err := fetchExport(ctx, call, request, out)
		if err = errors.Join(err, out.Close()); err != nil {
			return errors.Join(err, os.Remove(c.File))
		}
		_, err = fmt.Fprintln(p.Out, p.say("cli.exported", map[string]string{"count": strconv.Itoa(file.Chats), "file": filepath.Base(c.File)}))
		return err
	})
}

// fetchExport has chats written and copies the file piece by piece.
func fetchExport(ctx context.Context, call caller, request app.ExportRequest, out io.Writer) (file app.WrittenExport, err error) {
	if err := call(ctx, "transfer.write", request, &file); err != nil {
		return file, err
	}
	for offset, last := int64(0), false; !last; {
		var piece app.ExportPiece
		if err := call(ctx, "transfer.piece", app.ExportPieceRequest{ID: file.ID, Offset: offset}, &piece); err != nil {
			return file, err
		}
		content, err := base64.StdEncoding.DecodeString(piece.Content)
		if err == nil {
			_, err = out.Write(content)
		}
		if err != nil {
			return file, err
		}
		offset, last = offset+int64(len(content)), piece.Last
	}
	return file, nil
}

// Run reads a file of chats; the same file again adds nothing.
func (c *importCommand) Run(p *Program, ctx *runContext) (err error) {
	path := c.File
	if info, err := os.Stat(path); err != nil {
		return err
	} else if info.IsDir() {
		packed, err := packFolder(path)
		if err != nil {
			return err
		}
		path = packed
		defer func() { err = errors.Join(err, os.Remove(packed)) }()
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	info, err := in.Stat()
	if err != nil {
		return err
	}
	return p.withOwner(ctx, func(call caller) error {
		var result app.ImportResult
		buffer := make([]byte, importPiece)
		for left := info.Size(); ; {
			n, err := io.ReadFull(in, buffer[:min(left, importPiece)])
			if err != nil {
				return err
			}
			left -= int64(n)
			piece := app.ImportPiece{ID: result.ID, Content: base64.StdEncoding.EncodeToString(buffer[:n]), Last: left == 0}
			if err := call(ctx, "transfer.import", piece, &result); err != nil {
				return err
			}
			if left == 0 {
				break
			}
		}
		_, err := fmt.Fprintln(p.Out, p.say("cli.imported", map[string]string{
			"changed": strconv.Itoa(result.Changed), "count": strconv.Itoa(result.Chats), "messages": strconv.Itoa(result.Messages),
		}))
		if err == nil && result.Assistants+result.Prompts > 0 {
			_, err = fmt.Fprintln(p.Out, p.say("cli.import_belongings", map[string]string{"assistants": strconv.Itoa(result.Assistants), "prompts": strconv.Itoa(result.Prompts)}))
		}
		if err == nil && result.LeftOut+result.Skipped > 0 {
			_, err = fmt.Fprintln(p.Out, p.say("cli.import_rest", map[string]string{"left_out": strconv.Itoa(result.LeftOut), "skipped": strconv.Itoa(result.Skipped)}))
		}
		return err
	})
}

// packFolder makes a ZIP of a folder of LM Studio or Jan, as the page gets one.
func packFolder(folder string) (path string, err error) {
	out, err := os.CreateTemp("", "kontor-import-*.zip")
	if err != nil {
		return "", err
	}
	archive := zip.NewWriter(out)
	err = archive.AddFS(os.DirFS(folder))
	if err = errors.Join(err, archive.Close(), out.Close()); err != nil {
		return "", errors.Join(err, os.Remove(out.Name()))
	}
	return out.Name(), nil
}
