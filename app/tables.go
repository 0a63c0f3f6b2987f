package app

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kontor/localrag"
	"kontor/localrag/parse"
	"kontor/storage"
)

// Tables is the service for questions to spreadsheets.
type Tables struct {
	app *App

	mu     sync.Mutex // also: one query at a time
	opened *openedDocument
	timer  *time.Timer
}

// openedDocument is a spreadsheet that is loaded for queries. The last one is
// kept for a while: a form asks again with each change.
type openedDocument struct {
	id, hash string
	name     string
	text     string
	point    bool
	sheets   []localrag.Sheet
	refused  []localrag.TooLarge
	names    []string // of the sheets' tables in queries
	engine   *storage.Sheets
}

// openedFor is how long a loaded spreadsheet stays in memory unused.
const openedFor = 3 * time.Minute

// rowsShown is how many rows of a result are given; rowsCited how many rows of
// the sheet stand as sources.
const (
	rowsShown = 200
	rowsCited = 20
)

func (s *Tables) register(t *Surface) {
	handle(t, "tables.list", s.List)
	handle(t, "tables.sheets", s.Sheets)
	handle(t, "tables.query", s.Query)
}

// List names the spreadsheets among a chat's documents.
func (s *Tables) List(ctx context.Context, p Principal, r TableListRequest) (TableList, error) {
	list := TableList{Documents: []TableDocument{}}
	chat, err := s.app.chats.chatOrNew(ctx, p, r.ChatID, r.CollectionIDs)
	if err != nil {
		return list, err
	}
	probe := &answering{app: s.app, principal: p, chat: chat}
	if !probe.hasDocuments() {
		return list, nil
	}
	documents, err := probe.spreadsheets(ctx)
	for _, d := range documents {
		list.Documents = append(list.Documents, TableDocument{ID: d.ID, Name: d.Name, Format: d.Format})
	}
	return list, err
}

// spreadsheets are the documents in scope that hold tables.
func (j *answering) spreadsheets(ctx context.Context) ([]storage.SizedDocument, error) {
	documents, err := j.app.db.SizesIn(ctx, storedScope(j.scope()))
	return slices.DeleteFunc(documents, func(d storage.SizedDocument) bool { return !slices.Contains(tableFormats, d.Format) }), err
}

// Sheets describes the tables of a document.
func (s *Tables) Sheets(ctx context.Context, p Principal, r ByID) (TableSheets, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	view := TableSheets{Sheets: []TableSheet{}, Refused: []RefusedFile{}}
	d, err := s.open(ctx, p, r.ID)
	if err != nil {
		return view, err
	}
	for _, sheet := range d.sheets {
		view.Sheets = append(view.Sheets, sheetView(d, sheet))
	}
	for _, large := range d.refused {
		problem := tooLarge(d, large).Problem()
		view.Refused = append(view.Refused, RefusedFile{Name: large.Name, Problem: problem})
	}
	return view, nil
}

func tooLarge(d *openedDocument, large localrag.TooLarge) *Error {
	name := large.Name
	if name == "" {
		name = d.name
	}
	return &Error{Code: ProblemTableTooLarge, Args: map[string]string{
		"name": name, "rows": strconv.Itoa(large.Rows), "columns": strconv.Itoa(large.Columns),
	}}
}

func sheetView(d *openedDocument, sheet localrag.Sheet) TableSheet {
	view := TableSheet{Source: TableSource{DocumentID: d.id, Document: d.name, Sheet: sheet.Name}, Rows: len(sheet.Rows), Totals: sheet.Totals}
	for _, c := range sheet.Columns {
		column := TableColumn{Name: c.Name, Heading: c.Heading, Type: string(c.Type), Unit: c.Unit, Examples: []string{}}
		for _, e := range c.Examples {
			column.Examples = append(column.Examples, clip(e, 60))
		}
		view.Columns = append(view.Columns, column)
	}
	return view
}

// Query answers a question that was put together in a form.
func (s *Tables) Query(ctx context.Context, p Principal, r TableQuestion) (TableOutcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.open(ctx, p, r.Source.DocumentID)
	if err != nil {
		return TableOutcome{}, err
	}
	at, err := d.sheet(r.Source.Sheet)
	if err != nil {
		return TableOutcome{}, err
	}
	query, err := formQuery(d.names[at], d.sheets[at], r, s.app.language() != "de")
	if err != nil {
		return TableOutcome{}, err
	}
	outcome, err := s.run(ctx, d, at, query)
	if err == nil && sqlFunctions[r.Measure] != "" {
		outcome.Skipped, err = d.skipped(ctx, at, r.Column, query)
	}
	return outcome, err
}

// skipped counts the cells of a measured column that hold no number, in the
// rows behind a form's query.
func (d *openedDocument) skipped(ctx context.Context, at int, column, query string) (int, error) {
	c, err := columnNamed(d.sheets[at], column)
	table, condition, ok := d.engine.Condition(query)
	if err != nil || !ok || len(c.Skipped) == 0 {
		return 0, err
	}
	where := " WHERE " + c.Name + " IS NULL"
	if condition != "" {
		where += " AND " + condition
	}
	found, err := d.engine.Query(ctx, "SELECT "+storage.RowNumber+" FROM "+table+where, localrag.MaxTableRows)
	n := 0
	for _, row := range found.Rows {
		if number, ok := row[0].(int64); ok && slices.Contains(c.Skipped, int(number)) {
			n++
		}
	}
	return n, err
}

func (d *openedDocument) sheet(name string) (int, error) {
	at := slices.IndexFunc(d.sheets, func(sheet localrag.Sheet) bool { return sheet.Name == name })
	if at >= 0 {
		return at, nil
	}
	for _, large := range d.refused {
		if large.Name == name {
			return 0, tooLarge(d, large)
		}
	}
	return 0, &Error{Code: ProblemTableUnknown, Args: map[string]string{"name": name}}
}

// open loads a document's tables; the caller holds the lock.
func (s *Tables) open(ctx context.Context, p Principal, id string) (*openedDocument, error) {
	record, err := s.app.db.Document(ctx, p.OwnerID, id, storage.EmbedderKey{})
	if err != nil {
		return nil, err
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = time.AfterFunc(openedFor, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop()
	})
	if s.opened != nil && s.opened.id == id && s.opened.hash == record.Hash {
		return s.opened, nil
	}
	s.drop()
	opened, err := s.load(ctx, p, record)
	if err != nil {
		return nil, err
	}
	s.opened = opened
	return opened, nil
}

// drop frees the loaded spreadsheet; the caller holds the lock.
func (s *Tables) drop() {
	if s.opened == nil {
		return
	}
	if err := s.opened.engine.Close(); err != nil {
		s.app.log.Warn("close sheets", "error", err)
	}
	s.opened = nil
}

func (s *Tables) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.drop()
}

func (s *Tables) load(ctx context.Context, p Principal, record storage.Document) (*openedDocument, error) {
	if !slices.Contains(tableFormats, record.Format) {
		return nil, &Error{Code: ProblemNoTable}
	}
	text, blocks, err := s.rows(ctx, p, record)
	if err != nil {
		return nil, err
	}
	d := &openedDocument{id: record.ID, hash: record.Hash, name: record.Name, text: text}
	// A workbook's numbers are written by a program; so are those of a file
	// whose fields are set apart by commas.
	d.point = record.Format == "xlsx" || record.Format == "xls" || record.Format == "csv" && strings.Count(text[:min(len(text), 4096)], ",") > strings.Count(text[:min(len(text), 4096)], ";")
	d.sheets, d.refused = localrag.ReadSheets(text, blocks, d.point)
	if len(d.sheets) == 0 {
		if len(d.refused) > 0 {
			return nil, tooLarge(d, d.refused[0])
		}
		return nil, &Error{Code: ProblemNoTable}
	}
	if d.engine, err = storage.OpenSheets(ctx); err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, sheet := range d.sheets {
		name := tableName(sheet.Name, taken)
		d.names = append(d.names, name)
		columns := make([]storage.SheetColumn, len(sheet.Columns))
		for i, c := range sheet.Columns {
			columns[i] = storage.SheetColumn{Name: c.Name, Numeric: c.Type == localrag.NumberColumn}
		}
		row := func(i int) (int, []any) { return sheet.Rows[i].Number, sheet.Rows[i].Values }
		if err := d.engine.Load(ctx, name, columns, len(sheet.Rows), row); err != nil {
			_ = d.engine.Close() // the first error is the one that tells
			return nil, err
		}
	}
	return d, nil
}

// tableName is a sheet's name in queries.
func tableName(sheet string, taken map[string]bool) string {
	name := localrag.FoldIdentifier(sheet)
	if name == "" {
		name = "sheet"
	}
	unique := name
	for i := 2; taken[unique]; i++ {
		unique = name + "_" + strconv.Itoa(i)
	}
	taken[unique] = true
	return unique
}

// rows gives a document's text and its rows with their cells. A document that
// was read before rows knew their cells is read once more, in the same child.
func (s *Tables) rows(ctx context.Context, p Principal, record storage.Document) (string, []localrag.Block, error) {
	text, raw, err := s.app.db.DocumentText(ctx, p.OwnerID, record.ID)
	if err != nil {
		return "", nil, err
	}
	blocks, err := decodeBlocks(raw)
	if err != nil {
		return "", nil, err
	}
	if slices.ContainsFunc(blocks, func(b localrag.Block) bool { return len(b.Cells) > 0 }) {
		return text, blocks, nil
	}
	file, name, _, err := s.app.Original(ctx, p, record.ID, "")
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	parsed, err := s.app.parser.Parse(ctx, parse.Source{Name: name, Size: fileSize(file), Content: file}, nil)
	return parsed.Text, parsed.Blocks, err
}

func fileSize(file *os.File) int64 {
	info, err := file.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// run runs a query and finds the rows of the sheet behind its result; the
// caller holds the lock.
func (s *Tables) run(ctx context.Context, d *openedDocument, at int, query string) (TableOutcome, error) {
	sheet := d.sheets[at]
	outcome := TableOutcome{
		Source: TableSource{DocumentID: d.id, Document: d.name, Sheet: sheet.Name}, SQL: query,
		Columns: []OutcomeColumn{}, Rows: [][]string{}, Matching: -1, Passages: []Passage{},
	}
	found, err := d.engine.Query(ctx, query, rowsShown)
	if err != nil {
		return outcome, err
	}
	outcome.Cut = found.Cut
	for i, name := range found.Columns {
		outcome.Columns = append(outcome.Columns, s.outcomeColumn(sheet, name, i, found.Rows))
	}
	for _, row := range found.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = plainValue(v)
		}
		outcome.Rows = append(outcome.Rows, cells)
	}
	var numbers []int
	if outcome.Matching, numbers, err = d.behind(ctx, query); err != nil {
		return outcome, err
	}
	for _, number := range numbers {
		if row, ok := slices.BinarySearchFunc(sheet.Rows, number, func(r localrag.SheetRow, n int) int { return r.Number - n }); ok {
			outcome.Passages = append(outcome.Passages, rowPassage(len(outcome.Passages)+1, d, sheet, sheet.Rows[row]))
		}
	}
	return outcome, nil
}

// behind counts the rows of the sheet behind a query's result and names the
// first ones; -1 where that cannot be told.
func (d *openedDocument) behind(ctx context.Context, query string) (int, []int, error) {
	table, condition, ok := d.engine.Condition(query)
	if !ok {
		return -1, nil, nil
	}
	where := ""
	if condition != "" {
		where = " WHERE " + condition
	}
	list := "SELECT " + storage.RowNumber + " FROM " + table + where + " ORDER BY " + storage.RowNumber
	if numbered, ok := d.engine.WithRowNumbers(query); ok {
		list = numbered
	}
	counted, err := d.engine.Query(ctx, "SELECT count(*) FROM "+table+where, 1)
	if err != nil {
		return -1, nil, nil // an alias of the query in its condition: it cannot be told
	}
	found, err := d.engine.Query(ctx, list, rowsCited)
	if err != nil {
		return -1, nil, nil
	}
	var numbers []int
	for _, row := range found.Rows {
		if n, ok := row[0].(int64); ok {
			numbers = append(numbers, int(n))
		}
	}
	count, _ := counted.Rows[0][0].(int64)
	return int(count), numbers, ctx.Err()
}

func rowPassage(n int, d *openedDocument, sheet localrag.Sheet, row localrag.SheetRow) Passage {
	return Passage{
		N: n, DocumentID: d.id, Document: d.name, FileHash: d.hash, Sheet: sheet.Name, Row: row.Number,
		Text: clip(strings.ToValidUTF8(d.text[row.Start:row.End], "\uFFFD"), 2000), Start: row.Start, End: row.End, Cited: true,
	}
}

// outcomeColumn knows what a column of a result holds: by its name in the
// sheet, or the name it was measured under, or its values.
func (s *Tables) outcomeColumn(sheet localrag.Sheet, name string, at int, rows [][]any) OutcomeColumn {
	column := OutcomeColumn{Name: name, Type: "text"}
	for _, row := range rows {
		switch row[at].(type) {
		case int64, float64:
			column.Type = "number"
		}
	}
	if name == countColumn {
		column.Name = s.app.text("table.measure.count", nil)
	}
	for _, c := range sheet.Columns {
		heading := cmp.Or(c.Heading, c.Name)
		measure := ""
		for _, m := range []string{"sum", "average", "minimum", "maximum"} {
			written := strings.ReplaceAll(strings.ToLower(name), " ", "")
			if name == m+"_"+c.Name || written == sqlFunctions[m]+"("+c.Name+")" {
				measure = m
			}
		}
		switch {
		case measure != "":
			column.Name = s.app.text("table.measure."+measure, map[string]string{"column": heading})
		case name == c.Name:
			column.Name = heading
		default:
			continue
		}
		if column.Unit = c.Unit; c.Type == localrag.DateColumn {
			column.Type = "date"
		}
	}
	return column
}

// plainValue writes a value for the border: numbers with a point and without
// the noise of binary fractions.
func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
		if err != nil {
			rounded = v
		}
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	case string:
		return clip(v, 1000)
	}
	return ""
}
