package parse

import (
	"strings"

	"kontor/localrag"
)

// addRow adds a row of a table, with its cells. Columns are the cells' columns
// from 1; nil counts them.
func (b *builder) addRow(cells []string, columns []int) error {
	row, places := layRow(cells, columns)
	before := len(b.blocks)
	if err := b.add(localrag.Table, row, 0); err != nil {
		return err
	}
	if len(b.blocks) > before {
		b.blocks[before].Cells = places
	}
	return nil
}

// joinRow joins cells by " | " and leaves out empty ones at the end; a row of
// empty cells is empty. An empty first cell keeps its separator.
func joinRow(cells []string) string {
	row, _ := layRow(cells, nil)
	return row
}

// layRow is joinRow that also says where the cells with text stand.
func layRow(cells []string, columns []int) (string, []localrag.Cell) {
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	var row strings.Builder
	var places []localrag.Cell
	for i, cell := range cells {
		if i > 0 {
			if row.Len() > 0 {
				row.WriteByte(' ')
			}
			row.WriteByte('|')
		}
		if cell = strings.TrimSpace(cell); cell == "" {
			continue
		}
		if row.Len() > 0 {
			row.WriteByte(' ')
		}
		column := i + 1
		if i < len(columns) {
			column = columns[i]
		}
		places = append(places, localrag.Cell{Column: column, Start: row.Len(), End: row.Len() + len(cell)})
		row.WriteString(cell)
	}
	return row.String(), places
}
