package localrag

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// build makes a document of blocks; each line is "kind|page|heading|text".
func build(t testing.TB, title string, lines ...string) ParsedDocument {
	t.Helper()
	doc := ParsedDocument{Title: title}
	for _, line := range lines {
		parts := strings.SplitN(line, "|", 4)
		if len(parts) != 4 {
			t.Fatalf("bad line %q", line)
		}
		page := 0
		fmt.Sscan(parts[1], &page)
		start := len(doc.Text)
		doc.Text += parts[3]
		doc.Blocks = append(doc.Blocks, Block{Start: start, End: len(doc.Text), Kind: BlockKind(parts[0]), Location: Location{Page: page, Heading: parts[2]}, Level: 1})
		doc.Text += "\n\n"
	}
	return doc
}

// checkChunks fails unless chunks are exact, in order and cover all blocks.
func checkChunks(t testing.TB, doc ParsedDocument, chunks []Chunk) {
	t.Helper()
	last := 0
	covered := make([]bool, len(doc.Text)+1)
	for _, c := range chunks {
		if c.Start < last || c.End <= c.Start || c.End > len(doc.Text) || doc.Text[c.Start:c.End] != c.Text {
			t.Fatalf("chunk %d:%d after %d is not its text %q", c.Start, c.End, last, c.Text)
		}
		if utf8.ValidString(doc.Text) && !utf8.ValidString(c.Text) {
			t.Fatalf("cut inside a character: %q", c.Text)
		}
		last = c.End
		for i := c.Start; i < c.End; i++ {
			covered[i] = true
		}
	}
	blocks := doc.Blocks
	if len(blocks) == 0 {
		blocks = []Block{{Start: 0, End: len(doc.Text)}}
	}
	for _, b := range blocks {
		for i := max(b.Start, 0); i < min(b.End, len(doc.Text)); i++ {
			if !covered[i] && strings.TrimSpace(doc.Text[i:i+1]) != "" && doc.Text[i] < utf8.RuneSelf {
				t.Fatalf("byte %d %q of a block is in no chunk", i, doc.Text[i])
			}
		}
	}
}

func sentences(n int, of string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Das ist Satz Nummer %d über %s und nichts anderes. ", i+1, of)
	}
	return strings.TrimSpace(b.String())
}

func TestChunkStructure(t *testing.T) {
	long := sentences(40, "die Kündigung")
	doc := build(t, "Vertrag",
		"heading|1|Kündigung|Kündigung",
		"paragraph|1|Kündigung|"+long,
		"heading|1|Kosten|Kosten",
		"paragraph|1|Kosten|Die Kosten trägt der Mieter.",
		"list_item|1|Kosten|Erstens Strom",
		"paragraph|2|Kosten|Auf der zweiten Seite steht mehr.",
	)
	chunks := NewChunker(ChunkerOptions{}).Chunk(doc)
	checkChunks(t, doc, chunks)
	var sizes []int
	for _, c := range chunks {
		n := utf8.RuneCountInString(c.Text)
		sizes = append(sizes, n)
		if n > 1150 {
			t.Errorf("%d characters", n)
		}
		if c.Language != "de" && n > 100 {
			t.Errorf("language %q of %q", c.Language, c.Text)
		}
	}
	// 2,200 characters in even parts, no tail of half a sentence.
	if len(chunks) != 5 || sizes[2] < 600 {
		t.Fatalf("sizes %v", sizes)
	}
	if got := chunks[0]; !strings.HasPrefix(got.Text, "Kündigung\n\nDas ist Satz") || got.Heading != "Vertrag › Kündigung" {
		t.Errorf("heading and its text apart: %+v", got)
	}
	if got := chunks[3]; got.Heading != "Vertrag › Kosten" || !strings.HasSuffix(got.Text, "Erstens Strom") || got.Location.Page != 1 {
		t.Errorf("section %+v", got)
	}
	if got := chunks[4]; got.Location.Page != 2 {
		t.Errorf("pages mixed: %+v", got)
	}
	for _, c := range chunks[:3] {
		if !strings.HasSuffix(c.Text, "anderes.") {
			t.Errorf("not cut at a sentence: %q", c.Text[len(c.Text)-30:])
		}
	}
}

func TestChunkSentenceAcrossPages(t *testing.T) {
	doc := build(t, "", "paragraph|1||Der erste Satz. Der zweite Satz läuft über die", "paragraph|2||Seite hinweg weiter. Der dritte steht auf Seite zwei.")
	doc.Text = strings.Replace(doc.Text, "Seite hinweg", "seite hinweg", 1)
	chunks := NewChunker(ChunkerOptions{}).Chunk(doc)
	checkChunks(t, doc, chunks)
	if len(chunks) != 2 || !strings.HasSuffix(chunks[0].Text, "weiter.") || chunks[0].Location.Page != 1 || !strings.HasPrefix(chunks[1].Text, "Der dritte") || chunks[1].Location.Page != 2 {
		t.Errorf("%+v", chunks)
	}
}

func TestChunkTables(t *testing.T) {
	var rows []string
	rows = append(rows, "table|0||Artikel | Preis")
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("table|0||Schraube M%d | %d,50 € das Stück", i, i))
	}
	for name, doc := range map[string]ParsedDocument{
		"a block a row":   build(t, "Liste", rows...),
		"a block a table": build(t, "Liste", "table|0||Artikel | Preis\n"+strings.Join(rowTexts(rows[1:]), "\n")),
	} {
		chunks := NewChunker(ChunkerOptions{}).Chunk(doc)
		checkChunks(t, doc, chunks)
		if len(chunks) < 2 {
			t.Fatalf("%s: %d chunks", name, len(chunks))
		}
		if chunks[0].Heading != "Liste" || chunks[1].Heading != "Liste › Artikel | Preis" {
			t.Errorf("%s: headings %q, %q", name, chunks[0].Heading, chunks[1].Heading)
		}
		for _, c := range chunks {
			if !strings.HasSuffix(c.Text, "Stück") {
				t.Errorf("%s: row cut: %q", name, c.Text)
			}
		}
	}
}

func rowTexts(lines []string) []string {
	var texts []string
	for _, l := range lines {
		texts = append(texts, strings.SplitN(l, "|", 4)[3])
	}
	return texts
}

func TestChunkTokenLimit(t *testing.T) {
	doc := build(t, "Titel", "paragraph|1||"+sentences(12, "Tokens"), "code|1||"+strings.Repeat("x", 3000))
	tokens := func(s string) int { return len(s) / 2 }
	for _, c := range NewChunker(ChunkerOptions{Tokens: tokens, MaxTokens: 200}).Chunk(doc) {
		if tokens(c.EmbeddingText()) > 200 {
			t.Errorf("%d tokens", tokens(c.EmbeddingText()))
		}
	}
	checkChunks(t, doc, NewChunker(ChunkerOptions{Tokens: tokens, MaxTokens: 200}).Chunk(doc))
}

var tokenCounts = map[string]int{
	"Die Kündigungsfrist beträgt nach § 573c Abs. 1 BGB drei Monate zum Monatsende.": 20,
	"The warranty period is 24 months from the date of delivery.":                    13,
	"Donaudampfschifffahrtsgesellschaftskapitän":                                     10,
	"1.234,56 | 2.345,67 | 3.456,78 | 4.567,89":                                      22,
	"DE89 3704 0044 0532 0130 00":                                                    11,
	"aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQgdGV4dA==":                                   36,
	"東京は日本の首都です。":                                                                    7,
	"Привет, как дела сегодня?":                                                      7,
	"مرحبا بالعالم":                                                                  5,
	"https://www.example.com/path/to/file_name-2024.pdf?x=1&y=2":                     26,
	"........................":                                                       2,
	"xqzvkjwpfhgtrbnm":                                                               11,
}

// TestEstimateTokens holds texts with their tokens as multilingual-e5-small
// counts them: the estimate may be higher, not lower.
func TestEstimateTokens(t *testing.T) {
	for text, counted := range tokenCounts {
		if got := estimateTokens(text); got < counted || got > 3*counted+5 {
			t.Errorf("%q: estimated %d, counted %d", text, got, counted)
		}
	}
}

func TestChunkHostile(t *testing.T) {
	for name, doc := range map[string]ParsedDocument{
		"empty":      {},
		"no blocks":  {Text: "Nur Text. Ohne Blöcke."},
		"blank":      {Text: " \n ", Blocks: []Block{{Start: 0, End: 3, Kind: Paragraph}}},
		"backwards":  {Text: "abc def", Blocks: []Block{{Start: 5, End: 2}, {Start: -4, End: 3, Kind: Heading}, {Start: 2, End: 99, Kind: Table}}},
		"one word":   {Text: strings.Repeat("ä", 5000), Blocks: []Block{{Start: 0, End: 10000, Kind: Paragraph}}},
		"not UTF-8":  {Text: strings.Repeat("\xff\xfe ", 3000), Blocks: []Block{{Start: 0, End: 9000, Kind: Paragraph}}},
		"headings":   build(t, "", "heading|1|A|A", "heading|1|A › B|B", "heading|2|A › B › C|C"),
		"white runs": {Text: "a" + strings.Repeat(" ", 5000) + "b.", Blocks: []Block{{Start: 0, End: 5003, Kind: Paragraph}}},
	} {
		t.Run(name, func(t *testing.T) { checkChunks(t, doc, NewChunker(ChunkerOptions{}).Chunk(doc)) })
	}
}

// TestChunkLinear would run into the test's time-out if anything were quadratic:
// each text has millions of what a border could be.
func TestChunkLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("10 MB")
	}
	for name, text := range map[string]string{
		"prose":     strings.Repeat("Das ist ein Satz mit z. B. einer Abkürzung. ", 440_000/2),
		"one line":  strings.Repeat("x", 5<<20),
		"dots":      strings.Repeat(". ", 1<<20),
		"newlines":  strings.Repeat("a\n", 1<<20),
		"brackets":  strings.Repeat(".) ([", 1<<19),
		"blanks":    strings.Repeat(" ", 20<<20) + "Ende.",
		"one quote": "Ein Satz." + strings.Repeat("\"", 2<<20),
	} {
		doc := ParsedDocument{Text: text, Blocks: []Block{{Start: 0, End: len(text), Kind: Paragraph}}}
		chunks := NewChunker(ChunkerOptions{}).Chunk(doc)
		if len(chunks) == 0 {
			t.Errorf("%s: no chunks", name)
		}
	}
}

func FuzzChunk(f *testing.F) {
	f.Add("Titel\n\nEin Satz. Noch ein Satz z. B. dieser.\n- Punkt\n| a | b |\n", uint16(40))
	f.Add(strings.Repeat("Wort ", 500), uint16(900))
	f.Add("\xff. \xc3\n\n.", uint16(1))
	f.Fuzz(func(t *testing.T, text string, target uint16) {
		kinds := []BlockKind{Paragraph, Heading, ListItem, Table, Footnote, CodeBlock}
		doc := ParsedDocument{Title: "T", Text: text}
		start := 0
		for i, line := range strings.SplitAfter(text, "\n\n") {
			doc.Blocks = append(doc.Blocks, Block{Start: start, End: start + len(line), Kind: kinds[i%len(kinds)], Location: Location{Page: 1 + i/3, Heading: strings.Repeat("H", i%4)}})
			start += len(line)
		}
		options := ChunkerOptions{Target: int(target % 2000), Tokens: func(s string) int { return len(s) }, MaxTokens: 300}
		checkChunks(t, doc, NewChunker(options).Chunk(doc))
	})
}

// Rows away from the top of a table carry its header; of a wide one the first
// columns.
func TestChunkRepeatsHeader(t *testing.T) {
	for header, want := range map[string]string{
		"Name;Ort;Preis": "Name;Ort;Preis",
		strings.Repeat("Spaltenname;", 30) + "Ende": strings.TrimSuffix(strings.Repeat("Spaltenname;", 16), ";") + " …",
	} {
		doc := ParsedDocument{Text: header}
		doc.Blocks = []Block{{Start: 0, End: len(header), Kind: Table, Location: Location{Row: 1}}}
		for row := 2; row < 80; row++ {
			doc.Text += "\n"
			start := len(doc.Text)
			doc.Text += "Artikel;Köln;1.234,56"
			doc.Blocks = append(doc.Blocks, Block{Start: start, End: len(doc.Text), Kind: Table, Location: Location{Row: row}})
		}
		chunks := NewChunker(ChunkerOptions{}).Chunk(doc)
		if len(chunks) < 2 {
			t.Fatalf("%d chunks", len(chunks))
		}
		for _, c := range chunks[1:] {
			if c.Heading != want || c.Location.Row < 2 {
				t.Errorf("heading %q at %+v, want %q", c.Heading, c.Location, want)
			}
		}
	}
}
