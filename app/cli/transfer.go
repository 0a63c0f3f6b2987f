package cli

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"kontor/app"
)

type exportCommand struct {
	File   string `arg:"" help:"File to write; it must not be there yet." type:"path"`
	Format string `help:"json (can be imported again without loss) or markdown." enum:"json,markdown" default:"json"`
}

type importCommand struct {
	File string `arg:"" help:"JSON file of Kontor, or the export of ChatGPT or Claude (ZIP or conversations.json)." type:"existingfile"`
}

// importPiece is how much of a file goes into one call, in bytes.
const importPiece = 2 << 20

// Run writes all chats to a file.
func (c *exportCommand) Run(p *Program, ctx *runContext) error {
	return p.withOwner(ctx, func(call caller) error {
		var file app.ExportFile
		if err := call(ctx, "transfer.export", app.ExportRequest{Format: c.Format}, &file); err != nil {
			return err
		}
		out, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, file.Content)
		if err = errors.Join(err, out.Close()); err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.Out, p.say("cli.exported", map[string]string{"count": strconv.Itoa(file.Chats), "file": filepath.Base(c.File)}))
		return err
	})
}

// Run reads a file of chats; the same file again adds nothing.
func (c *importCommand) Run(p *Program, ctx *runContext) error {
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return p.withOwner(ctx, func(call caller) error {
		var result app.ImportResult
		for start := 0; start == 0 || start < len(raw); start += importPiece {
			end := min(start+importPiece, len(raw))
			piece := app.ImportPiece{ID: result.ID, Content: base64.StdEncoding.EncodeToString(raw[start:end]), Last: end == len(raw)}
			if err := call(ctx, "transfer.import", piece, &result); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintln(p.Out, p.say("cli.imported", map[string]string{
			"changed": strconv.Itoa(result.Changed), "count": strconv.Itoa(result.Chats), "messages": strconv.Itoa(result.Messages),
		}))
		return err
	})
}
