package parse

import (
	"slices"
)

// run is a stretch of characters on one line without a wide gap.
type run struct {
	from, to int // into pdfPage.glyphs
	flow     box
	base     float32 // of most letters, in the frame of the text's direction
	size     float32
	turn     uint8
	bold     bool
	mono     bool
	column   uint8 // 0 across the page, else 1, 2 from the left
}

// row is a line of text: runs side by side.
type row struct {
	runs   []run
	flow   box
	base   float32
	size   float32
	bold   bool
	mono   bool
	column uint8
	turn   uint8
	margin bool // a running header or footer by its place
}

// wideGap, in sizes of the font, ends a run: a column or a table cell begins.
const wideGap = 1.8

// rows finds the lines of a page in reading order. Text in another direction
// than most of the page comes last.
func (p *pdfPage) rows() []row {
	runs := p.runs()
	var count [4]int
	for _, r := range runs {
		count[r.turn] += r.to - r.from
	}
	order := []uint8{0, 1, 2, 3}
	slices.SortStableFunc(order, func(a, b uint8) int { return count[b] - count[a] })
	var rows []row
	for _, turn := range order {
		if count[turn] == 0 {
			continue
		}
		var same []run
		for _, r := range runs {
			if r.turn == turn {
				same = append(same, r)
			}
		}
		rows = append(rows, joinRuns(inReadingOrder(same))...)
	}
	return rows
}

// runs cuts the stream of characters.
func (p *pdfPage) runs() []run {
	var runs []run
	for i := range p.glyphs {
		if i > 0 && len(runs) > 0 && !p.breaksAt(i, &runs[len(runs)-1]) {
			r := &runs[len(runs)-1]
			r.to = i + 1
			r.flow = r.flow.join(p.glyphs[i].flow)
			continue
		}
		runs = append(runs, run{from: i, to: i + 1, flow: p.glyphs[i].flow, turn: p.glyphs[i].turn})
	}
	for i := range runs {
		p.measure(&runs[i])
	}
	return runs
}

// breaksAt is true if character i does not go on with the run before it.
func (p *pdfPage) breaksAt(i int, r *run) bool {
	g, last := &p.glyphs[i], &p.glyphs[i-1]
	size := max(g.size, last.size)
	if g.before == '\n' || g.turn != last.turn || g.flow.x0 > last.flow.x1+wideGap*size || g.flow.x0 < last.flow.x0-0.6*size {
		return true
	}
	height := g.flow.y1 - g.flow.y0
	overlap := min(g.flow.y1, r.flow.y1) - max(g.flow.y0, r.flow.y0)
	return overlap < 0.3*min(height, r.flow.y1-r.flow.y0) && height > 0
}

// measure finds what is true for most characters of a run.
func (p *pdfPage) measure(r *run) {
	glyphs := p.glyphs[r.from:r.to]
	bases := make([]float32, 0, 64)
	bold, letters := 0, 0
	r.mono = len(glyphs) >= 6
	var advance float32
	var narrow, wide bool
	for i, g := range glyphs {
		if len(bases) < 64 {
			bases = append(bases, g.flow.y1)
		}
		r.size = max(r.size, g.size)
		if g.bold {
			bold++
		}
		letters++
		narrow = narrow || g.r == 'i' || g.r == 'l' || g.r == '.' || g.r == 'j' || g.r == '-'
		wide = wide || g.r == 'm' || g.r == 'w' || g.r == 'e' || g.r == 'o' || g.r == 'a'
		width := g.flow.x1 - g.flow.x0
		if i == 0 {
			advance = width
		} else if diff := width - advance; diff > 0.03*advance || diff < -0.03*advance {
			r.mono = false
		}
	}
	slices.Sort(bases)
	r.base = bases[len(bases)/2]
	r.bold = bold*10 >= letters*9
	r.mono = r.mono && narrow && wide
}

// inReadingOrder sorts the runs of a page with two columns of text column by
// column; other pages keep the order in which they were written, unless that
// jumps about.
func inReadingOrder(runs []run) []run {
	if gutter, ok := findGutter(runs); ok {
		return byColumn(runs, gutter)
	}
	jumps := 0
	for i := 1; i < len(runs); i++ {
		if runs[i].base < runs[i-1].base-0.8*runs[i].size {
			jumps++
		}
	}
	if len(runs) > 10 && jumps*5 > len(runs)*2 || len(runs) > 2 && jumps*10 >= (len(runs)-1)*7 {
		slices.SortStableFunc(runs, func(a, b run) int {
			if d := a.base - b.base; d > 0.4*min(a.size, b.size) || d < -0.4*min(a.size, b.size) {
				return sign(d)
			}
			return sign(a.flow.x0 - b.flow.x0)
		})
	}
	return runs
}

func sign(d float32) int {
	switch {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

// findGutter looks for an empty strip in the middle of the page with full
// lines of text on both sides.
func findGutter(runs []run) (float32, bool) {
	if len(runs) < 12 {
		return 0, false
	}
	all := runs[0].flow
	for _, r := range runs {
		all = all.join(r.flow)
	}
	width := all.x1 - all.x0
	best, fewest := float32(0), len(runs)
	const steps = 60
	for i := 0; i <= steps; i++ {
		x := all.x0 + width*(0.3+0.4*float32(i)/steps)
		crossing := 0
		for _, r := range runs {
			if r.flow.x0 < x && r.flow.x1 > x {
				crossing++
			}
		}
		if crossing < fewest || crossing == fewest && abs(x-all.x0-width/2) < abs(best-all.x0-width/2) {
			best, fewest = x, crossing
		}
	}
	if fewest*4 > len(runs) {
		return 0, false
	}
	return best, bothSidesAreText(runs, best, all)
}

func abs(x float32) float32 { return max(x, -x) }

// bothSidesAreText tells columns from the cells of a table: lines of text fill
// their column and seldom begin at the same height by intent.
func bothSidesAreText(runs []run, gutter float32, all box) bool {
	var lines, full [2]int
	edge := [2]float32{all.x0, all.x1} // inner edges of the columns: of their longest lines
	for _, r := range runs {
		if r.flow.x1 <= gutter {
			edge[0] = max(edge[0], r.flow.x1)
		} else if r.flow.x0 >= gutter {
			edge[1] = min(edge[1], r.flow.x0)
		}
	}
	if width := all.x1 - all.x0; edge[0]-all.x0 < 0.32*width || all.x1-edge[1] < 0.32*width {
		return false
	}
	for _, r := range runs {
		switch {
		case r.flow.x1 <= gutter:
			lines[0]++
			if r.flow.x1-r.flow.x0 > 0.6*(edge[0]-all.x0) {
				full[0]++
			}
		case r.flow.x0 >= gutter:
			lines[1]++
			if r.flow.x1-r.flow.x0 > 0.6*(all.x1-edge[1]) {
				full[1]++
			}
		}
	}
	for side := range lines {
		if lines[side] < 5 || full[side]*2 < lines[side] {
			return false
		}
	}
	return true
}

// byColumn reads between two lines across the page first the left, then the
// right column.
func byColumn(runs []run, gutter float32) []run {
	for i := range runs {
		switch r := &runs[i]; {
		case r.flow.x1 <= gutter:
			r.column = 1
		case r.flow.x0 >= gutter:
			r.column = 2
		}
	}
	slices.SortStableFunc(runs, func(a, b run) int { return sign(a.base - b.base) })
	ordered := make([]run, 0, len(runs))
	for start := 0; start < len(runs); {
		stop := start
		for stop < len(runs) && runs[stop].column != 0 {
			stop++
		}
		for column := uint8(1); column <= 2; column++ {
			for _, r := range runs[start:stop] {
				if r.column == column {
					ordered = append(ordered, r)
				}
			}
		}
		if stop < len(runs) {
			ordered = append(ordered, runs[stop])
		}
		start = stop + 1
	}
	return ordered
}

// joinRuns puts following runs of one line together.
func joinRuns(runs []run) []row {
	var rows []row
	for _, r := range runs {
		if n := len(rows); n > 0 && rows[n-1].takes(r) {
			rows[n-1].add(r)
			continue
		}
		rows = append(rows, row{runs: []run{r}, flow: r.flow, base: r.base, size: r.size, bold: r.bold, mono: r.mono, column: r.column, turn: r.turn})
	}
	return rows
}

func (w *row) takes(r run) bool {
	last := w.runs[len(w.runs)-1]
	if r.turn != w.turn || r.column != w.column || r.flow.x0 < last.flow.x1-0.4*max(r.size, w.size) {
		return false
	}
	if d := abs(r.base - w.base); d <= 0.35*max(r.size, w.size) {
		return true
	}
	// A raised or lowered mark close by.
	overlap := min(r.flow.y1, w.flow.y1) - max(r.flow.y0, w.flow.y0)
	height := min(r.flow.y1-r.flow.y0, w.flow.y1-w.flow.y0)
	return overlap > 0.4*height && r.flow.x0-last.flow.x1 < r.size && (r.to-r.from <= 4 || last.to-last.from <= 4)
}

func (w *row) add(r run) {
	w.runs = append(w.runs, r)
	if r.size > w.size*1.05 {
		w.base = r.base
	}
	w.flow, w.size = w.flow.join(r.flow), max(w.size, r.size)
	w.bold, w.mono = w.bold && r.bold, w.mono && r.mono
}

// cells counts the parts of a row that stand apart like the cells of a table.
func (w *row) cells() int {
	count := 1
	for i := 1; i < len(w.runs); i++ {
		if w.runs[i].flow.x0-w.runs[i-1].flow.x1 > wideGap*w.size {
			count++
		}
	}
	return count
}
