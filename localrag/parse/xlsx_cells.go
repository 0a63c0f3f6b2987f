package parse

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"

	"kontor/localrag"
)

// sheetReader collects the cells of a row.
type sheetReader struct {
	*workbook
	cells     []string
	columns   []int // of the cells
	row       int
	column    int    // of the open cell, from 1
	first     int    // column of the row's first cell
	kind      string // type of the open cell
	style     int
	value     strings.Builder
	inValue   bool
	inString  bool
	rowsSoFar int
}

// A row has at most cellsPerRow cells with content (Excel: 16,384). Up to
// columnsKept empty cells between them keep their separator.
const (
	cellsPerRow = 20000
	columnsKept = 100
)

func (w *workbook) readSheet(sheet sheetPart) error {
	w.builder.place = localrag.Location{Sheet: sheet.name}
	r := sheetReader{workbook: w}
	err := w.archive.xml(sheet.part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			return r.start(t)
		case xml.EndElement:
			return r.end(t.Name.Local)
		case xml.CharData:
			if (r.inValue || r.inString) && r.value.Len() < w.builder.limits.TextBytes {
				r.value.Write(t)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.readComments(sheet)
}

func (r *sheetReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		r.cells, r.columns, r.column = r.cells[:0], r.columns[:0], 0
		r.row = number(attribute(e, "r"), r.row+1)
		r.builder.place.Row = r.row
		if r.rowsSoFar++; r.rowsSoFar%500 == 0 {
			r.builder.report(0, 0)
			if r.ctx.Err() != nil {
				return fail(localrag.CodeCancelled, r.ctx.Err())
			}
		}
	case "c":
		if r.column = cellColumn(attribute(e, "r")); r.column == 0 {
			r.column = len(r.cells) + 1
		}
		r.kind, r.style = attribute(e, "t"), number(attribute(e, "s"), 0)
		r.value.Reset()
	case "v":
		r.inValue = true
	case "t":
		r.inString = r.kind == "inlineStr"
	case "rPh":
		r.inString = false
	}
	return nil
}

func (r *sheetReader) end(name string) error {
	switch name {
	case "v":
		r.inValue = false
	case "t":
		r.inString = false
	case "c":
		if text := r.cell(); text != "" && len(r.cells) < cellsPerRow {
			if len(r.cells) == 0 {
				r.first = r.column
			}
			// Columns stay apart up to a point; a cell far out costs nothing.
			for len(r.cells) > 0 && len(r.cells) < min(r.column-r.first, columnsKept) {
				r.columns = append(r.columns, r.first+len(r.cells))
				r.cells = append(r.cells, "")
			}
			r.cells, r.columns = append(r.cells, text), append(r.columns, r.column)
		}
	case "row":
		return r.builder.addRow(r.cells, r.columns)
	}
	return nil
}

// cell is the text of the open cell.
func (r *sheetReader) cell() string {
	value := r.value.String()
	switch r.kind {
	case "s":
		index, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || index < 0 || index >= len(r.strings) {
			return ""
		}
		return r.strings[index]
	case "str", "inlineStr", "e":
		return tidyLines(value)
	case "b":
		if strings.TrimSpace(value) == "1" {
			return "TRUE"
		} else if value != "" {
			return "FALSE"
		}
		return ""
	case "d":
		return squeeze(value)
	}
	format := formatNumberCell
	if r.style >= 0 && r.style < len(r.formats) {
		format = r.formats[r.style]
	}
	return r.number(strings.TrimSpace(value), format)
}

// number writes a stored number the way people read it, without the noise of
// binary fractions.
func (r *sheetReader) number(value string, format cellFormat) string {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return squeeze(value)
	}
	switch {
	case format == formatPercent:
		return strconv.FormatFloat(round(n*100), 'f', -1, 64) + " %"
	case format != formatNumberCell && n >= 0 && n < 2_958_466: // the year 9999
		day := r.from.Add(time.Duration(math.Round(n*86400)) * time.Second)
		if n > 100_000 { // past what a Duration holds together with the start
			day = r.from.AddDate(0, 0, int(n)).Add(time.Duration(math.Round((n-math.Floor(n))*86400)) * time.Second)
		}
		switch format {
		case formatDate:
			return day.Format("2006-01-02")
		case formatTime:
			return day.Format("15:04:05")
		}
		return day.Format("2006-01-02 15:04:05")
	}
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	if size := math.Abs(n); size >= 1e-4 && size < 1e15 {
		return strconv.FormatFloat(round(n), 'f', -1, 64)
	}
	return strconv.FormatFloat(round(n), 'g', -1, 64)
}

// round keeps 12 digits.
func round(n float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 12, 64), 64)
	if err != nil {
		return n
	}
	return rounded
}
