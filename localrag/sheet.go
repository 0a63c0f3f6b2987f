package localrag

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Sheet is a table as a query sees it: named columns of one type each.
type Sheet struct {
	Name    string // "" for a file without sheets
	Columns []Column
	Rows    []SheetRow
	// Totals is how many rows at the end only add up the others. They are left
	// out, or every sum would be twice too high.
	Totals int
}

// Column is a column of a [Sheet].
type Column struct {
	// Name is the heading in a form that queries can use: a letter first, then
	// lower-case letters, digits and underscores. It is different for each column.
	Name    string
	Heading string // as the sheet has it, "" if it has none
	Type    ColumnType
	// Unit is "%" or a currency that the cells carry, "" if none or several.
	Unit     string
	Examples []string // a few different values, as the sheet has them
	// Skipped are the numbers of the rows whose cell holds something that is not
	// of the type; its value is nil.
	Skipped []int
}

// ColumnType is what the cells of a column hold.
type ColumnType string

// Types of column. Numbers are float64, dates are text of the form 2006-01-02
// or 2006-01-02 15:04:05, which compares in order.
const (
	TextColumn   ColumnType = "text"
	NumberColumn ColumnType = "number"
	DateColumn   ColumnType = "date"
)

// SheetRow is a row of a [Sheet] and where it stands in its document.
type SheetRow struct {
	Number     int // in the sheet, from 1
	Start, End int // byte offsets into the document's text
	Values     []any
}

// Limits of a table. Beyond them a database is the better place.
const (
	MaxTableRows    = 200_000
	MaxTableColumns = 200
)

// TooLarge is a sheet that is over the limits.
type TooLarge struct {
	Name          string
	Rows, Columns int
}

// headerWithin is how far down the heading of a table is looked for: above it
// stand titles and dates.
const headerWithin = 20

// ReadSheets makes tables of a document's rows, one for each sheet. Point says
// that "1.234" is a little over one: programs write numbers so, German people
// mean a thousand. Sheets without rows below a heading are left out.
func ReadSheets(text string, blocks []Block, point bool) (tables []Sheet, refused []TooLarge) {
	var order []string
	sheets := map[string][]Block{}
	for _, b := range blocks {
		if b.Kind != Table || len(b.Cells) == 0 || b.End > len(text) {
			continue
		}
		if _, known := sheets[b.Location.Sheet]; !known {
			order = append(order, b.Location.Sheet)
		}
		sheets[b.Location.Sheet] = append(sheets[b.Location.Sheet], b)
	}
	for _, name := range order {
		rows := sheets[name]
		width := 0
		for _, row := range rows {
			width = max(width, row.Cells[len(row.Cells)-1].Column)
		}
		if len(rows) > MaxTableRows || width > MaxTableColumns {
			refused = append(refused, TooLarge{Name: name, Rows: len(rows), Columns: width})
			continue
		}
		if table, ok := readTable(text, rows, width, point); ok {
			table.Name = name
			tables = append(tables, table)
		}
	}
	return tables, refused
}

func readTable(text string, rows []Block, width int, point bool) (Sheet, bool) {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = make([]string, width)
		for _, c := range row.Cells {
			if c.Column >= 1 && row.Start+c.End <= len(text) {
				cells[i][c.Column-1] = strings.TrimSpace(text[row.Start+c.Start : row.Start+c.End])
			}
		}
	}
	header := headerOf(cells)
	table := Sheet{}
	first := header + 1
	last := len(rows)
	for last > first && isTotal(cells[last-1]) {
		last--
		table.Totals++
	}
	if first >= last {
		return Sheet{}, false
	}
	used := map[string]bool{"row_no": true}
	var kept []int // columns with a heading or content
	for c := range width {
		heading := ""
		if header >= 0 {
			heading = strings.Join(strings.Fields(cells[header][c]), " ")
		}
		values := make([]string, 0, last-first)
		for _, row := range cells[first:last] {
			values = append(values, row[c])
		}
		if heading == "" && !slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			continue
		}
		kept = append(kept, c)
		table.Columns = append(table.Columns, columnOf(heading, values, point, used, c))
	}
	for i := first; i < last; i++ {
		row := SheetRow{Number: rows[i].Location.Row, Start: rows[i].Start, End: rows[i].End, Values: make([]any, len(kept))}
		for k, c := range kept {
			row.Values[k] = table.Columns[k].value(cells[i][c], point)
			if row.Values[k] == nil && cells[i][c] != "" {
				table.Columns[k].Skipped = append(table.Columns[k].Skipped, row.Number)
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return table, true
}

// headerOf finds the row of headings, -1 if there is none: the first row that
// fills most of the table's width with words.
func headerOf(cells [][]string) int {
	filled := func(row []string) (n int) {
		for _, cell := range row {
			if cell != "" {
				n++
			}
		}
		return n
	}
	widths := make([]int, 0, 50)
	for _, row := range cells[:min(50, len(cells))] {
		widths = append(widths, filled(row))
	}
	slices.Sort(widths)
	usual := widths[len(widths)/2]
	for i, row := range cells[:min(headerWithin, len(cells))] {
		n := filled(row)
		if n == 0 || 5*n < 3*usual {
			continue
		}
		for _, cell := range row {
			if cell == "" {
				continue
			}
			if _, isNumber := parseNumber(cell, false); isNumber || parseDate(cell) != "" {
				return -1 // the table starts without headings
			}
		}
		// One column of words may be all content.
		if usual == 1 && i+1 < len(cells) {
			below := cells[i+1][slices.IndexFunc(row, func(c string) bool { return c != "" })]
			if _, isNumber := parseNumber(below, false); !isNumber && parseDate(below) == "" {
				return -1
			}
		}
		return i
	}
	return -1
}

// isTotal tells whether a row at the end of a table adds up the others.
func isTotal(row []string) bool {
	for _, cell := range row {
		if cell == "" {
			continue
		}
		word, _, _ := strings.Cut(strings.ToLower(strings.TrimRight(cell, ": ")), " ")
		switch strings.TrimRight(word, ":") {
		case "summe", "gesamt", "gesamtsumme", "insgesamt", "zwischensumme", "total", "sum", "subtotal", "grand":
			return true
		}
		return false
	}
	return false
}

// leastShare of a column's cells must be of a type for the column to be of it.
const leastShare = .9

func columnOf(heading string, values []string, point bool, used map[string]bool, at int) Column {
	column := Column{Heading: heading, Type: TextColumn}
	column.Name = columnName(heading, used, at)
	filled, numbers, dates, codes := 0, 0, 0, 0
	units := map[string]int{}
	for _, v := range values {
		if v == "" {
			continue
		}
		filled++
		if len(column.Examples) < 4 && !slices.Contains(column.Examples, v) {
			column.Examples = append(column.Examples, v)
		}
		if parseDate(v) != "" {
			dates++
		} else if n, ok := parseNumber(v, point); ok {
			numbers++
			units[n.unit]++
			if n.code {
				codes++
			}
		}
	}
	need := int(leastShare * float64(filled))
	switch {
	case filled == 0:
	case dates > 0 && dates >= need:
		column.Type = DateColumn
	case codes > 0: // postcodes, article and phone numbers
	case numbers > 0 && numbers >= need:
		column.Type = NumberColumn
		for unit, n := range units {
			if n == numbers || unit != "" && n+units[""] == numbers {
				column.Unit = cmp.Or(column.Unit, unit)
			}
		}
		if column.Unit == "" {
			column.Unit = unitIn(heading)
		}
	}
	return column
}

// value turns a cell into what the column holds; nil for nothing.
func (c Column) value(cell string, point bool) any {
	switch {
	case cell == "":
		return nil
	case c.Type == NumberColumn:
		if n, ok := parseNumber(cell, point); ok {
			return n.value
		}
		return nil
	case c.Type == DateColumn:
		if d := parseDate(cell); d != "" {
			return d
		}
		return nil
	}
	return cell
}

// columnName folds a heading: "Umsatz (€)" becomes umsatz_eur.
func columnName(heading string, used map[string]bool, at int) string {
	name := FoldIdentifier(strings.NewReplacer("€", " eur ", "%", " prozent ", "$", " usd ", "£", " gbp ").Replace(heading))
	if name == "" {
		name = "column_" + strconv.Itoa(at+1)
	}
	unique := name
	for i := 2; used[unique]; i++ {
		unique = name + "_" + strconv.Itoa(i)
	}
	used[unique] = true
	return unique
}

// FoldIdentifier makes a name that can stand in a query without quotes; "" if
// nothing of it is left.
func FoldIdentifier(text string) string {
	var b strings.Builder
	for _, r := range stripMarks(umlautSpelling.Replace(strings.ToLower(text))) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() >= 40 {
			break
		}
	}
	name := strings.Trim(b.String(), "_")
	if name != "" && unicode.IsDigit(rune(name[0])) {
		name = "c_" + name
	}
	if queryWords.has(name) || strings.HasPrefix(name, "sqlite") {
		name += "_"
	}
	return name
}

// queryWords mean something in a query and cannot be names.
var queryWords = newWordSet(`abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check
collate column commit conflict constraint create cross current current_date current_time current_timestamp database default deferrable deferred delete desc
detach distinct do drop each else end escape except exclude exclusive exists explain fail filter first following for foreign from full generated glob group
groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join key last left like limit match materialized
natural no not nothing notnull null nulls of offset on or order others outer over partition plan pragma preceding primary query raise range recursive
references regexp reindex release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to
transaction trigger unbounded union unique update using vacuum values view virtual when where window with without rowid oid`)
