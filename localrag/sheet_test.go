package localrag

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNumbersOfCells(t *testing.T) {
	for _, tt := range []struct {
		cell  string
		point bool
		value float64
		unit  string
	}{
		{"1.234,56", false, 1234.56, ""}, {"1.234,56", true, 1234.56, ""}, {"1,234.56", false, 1234.56, ""},
		{"1.234", false, 1234, ""}, {"1.234", true, 1.234, ""}, {"1,234", false, 1.234, ""}, {"1,234", true, 1234, ""},
		{"1234.5", false, 1234.5, ""}, {"1234,5", true, 1234.5, ""}, {"0,5", false, .5, ""}, {"0.125", false, .125, ""},
		{"1.234.567", false, 1234567, ""}, {"1.234.567", true, 1234567, ""}, {"12 %", false, 12, "%"}, {"12,5%", false, 12.5, "%"},
		{"1.000,00 €", false, 1000, "EUR"}, {"€ 12", false, 12, "EUR"}, {"EUR 12,50", false, 12.5, "EUR"}, {"$1,200.00", true, 1200, "USD"},
		{"-5", false, -5, ""}, {"−5,5", false, -5.5, ""}, {"5-", false, -5, ""}, {"(12,00)", false, -12, ""}, {"1 234,50", false, 1234.5, ""},
		{"CHF 1'234.50", false, 1234.5, "CHF"}, {"1.5e+21", true, 1.5e21, ""}, {"2024", false, 2024, ""},
	} {
		n, ok := parseNumber(tt.cell, tt.point)
		if !ok || n.value != tt.value || n.unit != tt.unit {
			t.Errorf("%q (%v): %v %q %v", tt.cell, tt.point, n.value, n.unit, ok)
		}
	}
	for _, cell := range []string{"", "abc", "12a", "1.2.3", "1,2,3", "31.12.2024", "12-13", "€", "5 € 6", "(5", "1..2", "=1+1", "1;2"} {
		if n, ok := parseNumber(cell, false); ok {
			t.Errorf("%q is %v", cell, n.value)
		}
	}
	for _, code := range []string{"01067", "0049 351 123", "030 12 34 56"} {
		if n, ok := parseNumber(code, false); ok && !n.code {
			t.Errorf("%q counts as %v", code, n.value)
		}
	}
}

func TestDatesOfCells(t *testing.T) {
	for cell, want := range map[string]string{
		"31.12.2024": "2024-12-31", "1.2.24": "2024-02-01", "01.02.87": "1987-02-01", "2024-02-29": "2024-02-29", "31/12/2024": "2024-12-31",
		"12/31/2024": "2024-12-31", "2024-01-02 03:04:05": "2024-01-02 03:04:05", "5.6.2023 14:30": "2023-06-05 14:30:00",
		"30.02.2024": "", "2023-02-29": "", "1.2": "", "2024": "", "32.1.2024": "", "1.2.2024 25:00": "", "Mai 2024": "",
	} {
		if got := parseDate(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

// sheetOf lays rows out as a parser does.
func sheetOf(name string, rows ...[]string) (string, []Block) {
	var text strings.Builder
	var blocks []Block
	for i, row := range rows {
		b := Block{Start: text.Len(), Kind: Table, Location: Location{Sheet: name, Row: i + 1}}
		for c, cell := range row {
			if c > 0 {
				text.WriteString(" | ")
			}
			if cell != "" {
				b.Cells = append(b.Cells, Cell{Column: c + 1, Start: text.Len() - b.Start, End: text.Len() - b.Start + len(cell)})
			}
			text.WriteString(cell)
		}
		b.End = text.Len()
		text.WriteString("\n")
		if len(b.Cells) > 0 {
			blocks = append(blocks, b)
		}
	}
	return text.String(), blocks
}

func TestSheetBecomesATable(t *testing.T) {
	text, blocks := sheetOf("Umsatz",
		[]string{"Umsätze 2024"},
		[]string{},
		[]string{"Kunde", "Umsatz (€)", "PLZ", "Datum", "", "Anteil", "Umsatz (€)"},
		[]string{"Müller GmbH", "1.234,56", "01067", "31.12.2024", "", "12,5 %", "1"},
		[]string{"Weber AG", "2.000", "80331", "01.06.2024", "", "7 %", "2"},
		[]string{"Frei", "n. a.", "50667", "", "", "", "3"},
		[]string{"Summe", "3.234,56", "", "", "", "", "6"},
	)
	sheets, refused := ReadSheets(text, blocks, false)
	if len(sheets) != 1 || len(refused) != 0 {
		t.Fatalf("%d sheets, refused %v", len(sheets), refused)
	}
	s := sheets[0]
	var got []string
	for _, c := range s.Columns {
		got = append(got, fmt.Sprintf("%s %s %s %d", c.Name, c.Type, c.Unit, len(c.Skipped)))
	}
	want := []string{"kunde text  0", "umsatz_eur number EUR 1", "plz text  0", "datum date  0", "anteil number % 0", "umsatz_eur_2 number EUR 0"}
	if !slices.Equal(got, want) {
		t.Errorf("columns %q", got)
	}
	if s.Name != "Umsatz" || s.Totals != 1 || len(s.Rows) != 3 || s.Rows[0].Number != 4 {
		t.Errorf("%q, %d totals, %d rows, first %d", s.Name, s.Totals, len(s.Rows), s.Rows[0].Number)
	}
	if row := s.Rows[1]; row.Values[0] != "Weber AG" || row.Values[1] != 2000.0 || row.Values[2] != "80331" || row.Values[3] != "2024-06-01" || row.Values[4] != 7.0 ||
		!strings.HasPrefix(text[row.Start:row.End], "Weber AG | 2.000") {
		t.Errorf("row %+v", row)
	}
	if s.Rows[2].Values[3] != nil {
		t.Error("an empty cell has a value")
	}
}

func TestMostlyNumbersIsANumberColumn(t *testing.T) {
	rows := [][]string{{"Name", "Preis"}}
	for i := range 19 {
		rows = append(rows, []string{fmt.Sprint("a", i), fmt.Sprint(i, ",50 €")})
	}
	rows = append(rows, []string{"b", "auf Anfrage"})
	text, blocks := sheetOf("", rows...)
	sheets, _ := ReadSheets(text, blocks, false)
	c := sheets[0].Columns[1]
	if c.Type != NumberColumn || c.Unit != "EUR" || !slices.Equal(c.Skipped, []int{21}) || sheets[0].Rows[19].Values[1] != nil || sheets[0].Rows[3].Values[1] != 3.5 {
		t.Errorf("%+v", c)
	}
}

func TestTableWithoutHeadings(t *testing.T) {
	text, blocks := sheetOf("", []string{"1", "2"}, []string{"3", "4"})
	sheets, _ := ReadSheets(text, blocks, false)
	if len(sheets) != 1 || sheets[0].Columns[1].Name != "column_2" || len(sheets[0].Rows) != 2 {
		t.Errorf("%+v", sheets)
	}
	text, blocks = sheetOf("", []string{"Only", "headings"})
	if sheets, _ = ReadSheets(text, blocks, false); len(sheets) != 0 {
		t.Errorf("%+v", sheets)
	}
}

func TestTableThatIsTooWide(t *testing.T) {
	row := make([]string, MaxTableColumns+1)
	for i := range row {
		row[i] = fmt.Sprint("h", i)
	}
	text, blocks := sheetOf("Wide", row, row)
	if sheets, refused := ReadSheets(text, blocks, false); len(sheets) != 0 || len(refused) != 1 || refused[0].Columns != len(row) {
		t.Errorf("%d, %+v", len(sheets), refused)
	}
}

func TestFoldIdentifier(t *testing.T) {
	for heading, want := range map[string]string{
		"Größe (m²)": "groesse_m2", "Select": "select_", "2024": "c_2024", "Straße / Nr.": "strasse_nr", "  ": "", "日本": "", "x'; DROP TABLE y --": "x_drop_table_y",
		"sqlite_master": "sqlite_master_", "Übersicht": "uebersicht", "rowid": "rowid_",
	} {
		if got := FoldIdentifier(heading); got != want {
			t.Errorf("%q: %q, want %q", heading, got, want)
		}
	}
}
