package app

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"kontor/localrag"
	"kontor/localrag/parse"
	"kontor/storage"
)

// decodeBlocks reads the block list that a parse stored.
func decodeBlocks(raw json.RawMessage) ([]localrag.Block, error) {
	var blocks []localrag.Block
	if len(raw) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return nil, fmt.Errorf("decode blocks: %w", err)
	}
	return blocks, nil
}

// clampRange keeps a byte range inside a text and at the borders of characters.
func clampRange(text string, start, end int) (int, int) {
	start, end = min(max(start, 0), len(text)), min(max(end, 0), len(text))
	for start > 0 && start < len(text) && !utf8.RuneStart(text[start]) {
		start--
	}
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	return start, max(start, end)
}

// locate asks the parser where a stretch of a PDF's text stands on its pages.
func (l *Library) locate(ctx context.Context, d storage.Document, text string, blocks []localrag.Block, start, end int, view *Preview) error {
	file, err := l.openSource(d)
	if err != nil {
		return &localrag.Error{Code: localrag.CodeUnreadable, Cause: err}
	}
	defer file.Close()
	rects, err := l.app.parser.Locate(ctx, parse.Source{Name: d.Name, Size: d.Bytes, Content: file},
		parse.Span{Start: start, End: end, Text: text[start:end], Blocks: blocks})
	if err != nil {
		return err
	}
	for i, r := range rects {
		if i == 0 {
			view.Page = r.Page
		}
		view.Rects = append(view.Rects, Rect{
			Page: r.Page, X: r.X, Y: r.Y, Width: r.Width, Height: r.Height, PageWidth: r.PageWidth, PageHeight: r.PageHeight,
		})
	}
	return nil
}
