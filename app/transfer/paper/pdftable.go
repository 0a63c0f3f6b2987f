package paper

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

const cellPadding = 1.6

// table sets rows in columns as wide as what is in them, as far as the page
// goes. The head is repeated on each page; a row that is higher than a page is cut.
func (d *pdfWriter) table(b Block) {
	if len(b.Rows) == 0 || len(b.Rows[0]) == 0 {
		return
	}
	l := look{size: 9.2, line: 4.6, grey: 20}
	widths := d.columns(b, l)
	d.room(2*(l.line+2*cellPadding) + l.line)
	for i, row := range b.Rows {
		cells := make([][]line, len(widths))
		highest := 1
		for c := range widths {
			if c < len(row) {
				cells[c] = d.fonts.wrap(d.f, row[c].Spans, l, widths[c]-2*cellPadding)
			}
			highest = max(highest, len(cells[c]))
		}
		for start := 0; start < highest; {
			count := d.rowsThatFit(highest-start, l.line, cells, start)
			if count == 0 {
				d.newPage()
				if i > 0 {
					d.tableHead(b, widths, l)
				}
				count = max(d.rowsThatFit(highest-start, l.line, cells, start), 1)
			}
			d.tableRow(row, cells, widths, start, count, i == 0, l)
			start += count
		}
	}
	d.y += 1
}

// rowsThatFit says how many lines of a row fit on this page: all, or none as
// long as an empty page would hold them.
func (d *pdfWriter) rowsThatFit(left int, height float64, cells [][]line, start int) int {
	fit := int((d.limit() - d.y - 2*cellPadding) / height)
	if fit >= left {
		return left
	}
	whole := float64(left)*height+2*cellPadding < pageHeight-marginTop-marginBottom-30
	if whole && d.y > marginTop+30 || fit < 1 {
		return 0
	}
	return fit
}

func (d *pdfWriter) tableHead(b Block, widths []float64, l look) {
	cells := make([][]line, len(widths))
	highest := 1
	for c := range widths {
		if c < len(b.Rows[0]) {
			cells[c] = d.fonts.wrap(d.f, b.Rows[0][c].Spans, l, widths[c]-2*cellPadding)
		}
		highest = max(highest, len(cells[c]))
	}
	d.tableRow(b.Rows[0], cells, widths, 0, min(highest, 8), true, l)
}

func (d *pdfWriter) tableRow(row []Cell, cells [][]line, widths []float64, start, count int, head bool, l look) {
	height := float64(count)*l.line + 2*cellPadding
	var set []line
	for _, lines := range cells {
		if start < len(lines) {
			set = append(set, lines[start:min(start+count, len(lines))]...)
		}
	}
	d.room(height, set...)
	d.behind(height)
	x := marginLeft + d.left
	d.f.SetLineWidth(0.2)
	for c, width := range widths {
		d.f.SetDrawColor(190, 190, 190)
		if head {
			d.f.SetFillColor(242, 242, 242)
			d.f.Rect(x, d.y, width, height, "FD")
		} else {
			d.f.Rect(x, d.y, width, height, "D")
		}
		for n := start; n < start+count && n < len(cells[c]); n++ {
			at := x + cellPadding
			if free := width - 2*cellPadding - cells[c][n].width; c < len(row) && free > 0 {
				switch row[c].Align {
				case "right":
					at += free
				case "center":
					at += free / 2
				}
			}
			d.drawLine(cells[c][n], at, d.y+cellPadding+float64(n-start)*l.line, l.line, l.grey)
		}
		x += width
	}
	d.y += height
}

// columns are the widths: as wide as the longest text if all fit, else by how much they hold, none below its longest word.
func (d *pdfWriter) columns(b Block, l look) []float64 {
	available := textWidth - d.left
	count := len(b.Rows[0])
	least, wanted := make([]float64, count), make([]float64, count)
	for _, row := range b.Rows {
		for c := range min(count, len(row)) {
			for _, one := range d.fonts.wrap(d.f, row[c].Spans, l, 10_000) {
				wanted[c] = max(wanted[c], one.width+2*cellPadding+0.2)
			}
			for _, one := range d.fonts.wrap(d.f, row[c].Spans, l, 0.1+available/float64(count)/3) {
				least[c] = max(least[c], one.width+2*cellPadding+0.2)
			}
		}
	}
	sum, floor := 0.0, 0.0
	for c := range count {
		least[c] = max(least[c], 2*cellPadding+4)
		wanted[c] = max(wanted[c], least[c])
		sum, floor = sum+wanted[c], floor+least[c]
	}
	if sum <= available {
		return wanted
	}
	widths := make([]float64, count)
	for c := range count {
		if floor >= available {
			widths[c] = available * least[c] / floor
			continue
		}
		widths[c] = least[c] + (available-floor)*(wanted[c]-least[c])/(sum-floor)
	}
	return widths
}
