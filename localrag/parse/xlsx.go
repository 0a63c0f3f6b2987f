package parse

import (
	"context"
	"encoding/xml"
	"path"
	"strings"
	"time"

	"kontor/localrag"
)

const workbookPart = "xl/workbook.xml"

func isXLSX(_ []byte, parts partNames) bool { return parts[workbookPart] > 0 }

// parseXLSX streams the sheets of a workbook: a block for each row with
// content. Formulas give the value the program last stored.
func parseXLSX(ctx context.Context, _ *Reader, in input, b *builder) error {
	a, err := openArchive(in.data, b)
	if err != nil {
		return err
	}
	root, err := a.relationships("")
	if err != nil {
		return err
	}
	rels, err := a.relationships(workbookPart)
	if err != nil {
		return err
	}
	if b.title, err = a.coreTitle(a.first(root, "core-properties", "docProps/core.xml")); err != nil {
		return err
	}
	book := workbook{ctx: ctx, archive: a, builder: b}
	if err := book.readSheets(rels); err != nil {
		return err
	}
	if err := book.readStrings(a.first(rels, "sharedStrings", "xl/sharedStrings.xml")); err != nil {
		return err
	}
	if err := book.readStyles(a.first(rels, "styles", "xl/styles.xml")); err != nil {
		return err
	}
	for _, sheet := range book.sheets {
		if err := book.readSheet(sheet); err != nil {
			return err
		}
	}
	return nil
}

type workbook struct {
	ctx     context.Context
	archive *archive
	builder *builder
	sheets  []sheetPart
	strings []string
	formats []cellFormat // by style
	from    time.Time    // day 0 of serial dates
}

type sheetPart struct{ name, part string }

// cellFormat is what a number stands for.
type cellFormat uint8

const (
	formatNumberCell cellFormat = iota
	formatDate
	formatTime
	formatDateTime
	formatPercent
)

func (w *workbook) readSheets(rels relationships) error {
	w.from = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	return w.archive.xml(workbookPart, func(_ *xml.Decoder, token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok {
			return nil
		}
		switch e.Name.Local {
		case "workbookPr":
			if v := attribute(e, "date1904"); v == "1" || v == "true" {
				w.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			var id string
			for _, a := range e.Attr {
				if a.Name.Local == "id" {
					id = a.Value
				}
			}
			if part := rels.target[id]; part != "" && len(w.sheets) < 1000 {
				w.sheets = append(w.sheets, sheetPart{squeeze(attribute(e, "name")), part})
			}
		}
		return nil
	})
}

// readStrings loads the strings cells share. Phonetic readings are left out.
func (w *workbook) readStrings(part string) error {
	var current strings.Builder
	total, inText, phonetic := 0, false, false
	return w.archive.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				current.Reset()
			case "rPh":
				phonetic = true
			case "t":
				inText = !phonetic
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "rPh":
				phonetic = false
			case "t":
				inText = false
			case "si":
				text := tidyLines(current.String())
				if total += len(text) + 16; total > 4*w.builder.limits.TextBytes {
					return failf(localrag.CodeTooLarge, "shared strings over the limit")
				}
				w.strings = append(w.strings, text)
			}
		case xml.CharData:
			if inText {
				if current.Len()+len(t) > w.builder.limits.TextBytes {
					return failf(localrag.CodeTooLarge, "a string over the limit")
				}
				current.Write(t)
			}
		}
		return nil
	})
}

// readStyles finds which cell styles show dates, times and percentages.
func (w *workbook) readStyles(part string) error {
	codes := map[string]string{}
	inCells := false
	err := w.archive.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "numFmt":
				if len(codes) < 10000 {
					codes[attribute(t, "numFmtId")] = attribute(t, "formatCode")
				}
			case "cellXfs":
				inCells = true
			case "xf":
				if id := attribute(t, "numFmtId"); inCells && len(w.formats) < 100000 {
					w.formats = append(w.formats, numberFormat(id, codes[id]))
				}
			}
		case xml.EndElement:
			if t.Name.Local == "cellXfs" {
				inCells = false
			}
		}
		return nil
	})
	if localrag.CodeOf(err) == localrag.CodeTooLarge {
		return err
	}
	return nil // without styles numbers are shown as they are stored
}

// numberFormat judges a format by its built-in number or its code.
func numberFormat(id, code string) cellFormat {
	if code == "" {
		switch id {
		case "9", "10":
			return formatPercent
		case "14", "15", "16", "17":
			return formatDate
		case "18", "19", "20", "21", "45", "46", "47":
			return formatTime
		case "22":
			return formatDateTime
		}
		return formatNumberCell
	}
	var bare strings.Builder // without quoted text, colours, escapes
	quoted, bracket, escaped := false, false, false
	for _, r := range strings.ToLower(code) {
		switch {
		case escaped:
			escaped = false
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\\' || r == '_' || r == '*':
			escaped = true
		case r == '[':
			bracket = true
		case r == ']':
			bracket = false
		case !bracket:
			bare.WriteRune(r)
		}
	}
	first, _, _ := strings.Cut(bare.String(), ";")
	hasTime := strings.ContainsAny(first, "hs")
	hasDate := strings.ContainsAny(first, "yd") || strings.Contains(first, "m") && !hasTime
	switch {
	case strings.Contains(first, "general") || strings.ContainsAny(first, "0#?") && !hasTime && !hasDate && !strings.Contains(first, "%"):
		return formatNumberCell
	case hasDate && hasTime:
		return formatDateTime
	case hasDate:
		return formatDate
	case hasTime:
		return formatTime
	case strings.Contains(first, "%"):
		return formatPercent
	}
	return formatNumberCell
}

// readComments adds a sheet's notes after its rows.
func (w *workbook) readComments(sheet sheetPart) error {
	rels, err := w.archive.relationships(sheet.part)
	if err != nil {
		return nil // a sheet without readable relations has no notes
	}
	for kind, parts := range rels.byType {
		if !strings.Contains(strings.ToLower(kind), "comment") {
			continue
		}
		for _, part := range parts {
			if path.Ext(part) != ".xml" {
				continue
			}
			if err := w.commentsPart(part); localrag.CodeOf(err) == localrag.CodeTooLarge {
				return err
			}
		}
	}
	return nil
}

func (w *workbook) commentsPart(part string) error {
	var text strings.Builder
	inText := false
	return w.archive.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "comment", "threadedComment":
				text.Reset()
				w.builder.place.Row = cellRow(attribute(t, "ref"))
			case "t", "text":
				inText = true
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "comment", "threadedComment":
				inText = false
				return w.builder.add(localrag.Comment, tidyLines(text.String()), 0)
			}
		case xml.CharData:
			if inText && text.Len() < w.builder.limits.TextBytes {
				text.Write(t)
			}
		}
		return nil
	})
}

// cellRow is the row of a reference such as "B12".
func cellRow(reference string) int {
	return number(strings.TrimLeft(reference, "ABCDEFGHIJKLMNOPQRSTUVWXYZ$"), 0)
}

// cellColumn is the column of a reference such as "AB12", from 1; 0 if there is none.
func cellColumn(reference string) int {
	column := 0
	for _, r := range strings.TrimPrefix(reference, "$") {
		if r < 'A' || r > 'Z' || column > 1<<16 {
			break
		}
		column = column*26 + int(r-'A') + 1
	}
	return column
}
