package parse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kontor/localrag"
)

func cellsOf(text string, block localrag.Block) []string {
	var cells []string
	for _, c := range block.Cells {
		cells = append(cells, fmt.Sprintf("%d:%s", c.Column, text[block.Start+c.Start:block.Start+c.End]))
	}
	return cells
}

func TestLayRow(t *testing.T) {
	for _, c := range []struct {
		cells   []string
		columns []int
		row     string
		places  []string
	}{
		{[]string{"a", "b"}, nil, "a | b", []string{"1:a", "2:b"}},
		{[]string{"", "b", "", "d", ""}, nil, "| b | | d", []string{"2:b", "4:d"}},
		{[]string{"x", "", "y | z"}, []int{3, 4, 5}, "x | | y | z", []string{"3:x", "5:y | z"}},
		{[]string{"", ""}, nil, "", nil},
	} {
		row, places := layRow(c.cells, c.columns)
		got := cellsOf(row, localrag.Block{Cells: places})
		if row != c.row || !slices.Equal(got, c.places) {
			t.Errorf("%q: %q %q, want %q %q", c.cells, row, got, c.row, c.places)
		}
	}
}

func TestCSVCells(t *testing.T) {
	r := testReader(t)
	for _, c := range []struct{ file, want string }{
		{"Name;Preis;Ort\n\"Müller; Sohn\";1,50;\n;;Köln\n", "1:Name 2:Preis 3:Ort / 1:Müller; Sohn 2:1,50 / 3:Köln"},
		{"a,b\n\"x \"\"y\"\"\", 2 \n", "1:a 2:b / 1:x \"\"y\"\" 2:2"},
		{"a\tb\n1,5\t2\n", "1:a 2:b / 1:1,5 2:2"},
	} {
		doc, err := r.Parse(t.Context(), []byte(c.file), "list.csv", nil)
		if err != nil {
			t.Fatal(err)
		}
		checkDocument(t, doc)
		var rows []string
		for _, block := range doc.Blocks {
			rows = append(rows, strings.Join(cellsOf(doc.Text, block), " "))
		}
		if got := strings.Join(rows, " / "); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}
