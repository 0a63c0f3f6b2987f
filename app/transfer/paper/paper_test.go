package paper

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kontor/app/transfer"
)

var keep = flag.String("keep", "", "folder to write the papers of the tests to, to look at them")

func words() transfer.Words {
	return transfer.Words{
		You: "Sie", Assistant: "Antwort", Untitled: "Ohne Titel", Generated: "Mit KI erzeugt", Page: "Seite {page}",
		Sources: "Quellen", PageOf: "Seite {page} von {pages}", Time: func(t time.Time) string { return t.UTC().Format("02.01.2006 15:04") },
	}
}

const answer = `# Kündigung

Die Frist beträgt **drei Monate** zum *Monatsende*. Für Vermieter gilt mehr. ~~Zwei Wochen~~ reichen nicht.

| Dauer | Frist für Vermieter | Betrag |
|:--|:-:|--:|
| bis 5 Jahre | 3 Monate | 1.200,50 € |
| über 8 Jahre | **9 Monate**, wenn die Wohnung nicht möbliert ist und der Vermieter nicht selbst im Haus wohnt | 12 € |

1. Schreiben aufsetzen
   - mit Datum
   - mit Unterschrift
2. Per Einschreiben senden

- [x] Frist geprüft
- [ ] Brief gesendet

> Ein Zitat mit Umlauten: äöüß ÄÖÜ – „Anführung“ … ≤ ∑ ✓ 🙂 日本

` + "```go\nfunc main() {\n\tfmt.Println(\"Größe\", x < y && z > 1)\n}\n```" + `

Die Formel $a_1 + b_1 = \frac{1}{2}$ und der Preis $5 bis $7 sowie ` + "`inline_code`" + `.

$$
x = \{ a \\ b \}
$$

` + "```mermaid\ngraph TD; A-->B\n```" + `

<script>alert(1)</script>

Ein [Link](https://example.org/?a=1&b=2), ein [böser](javascript:alert(1)) und ein Bild ![Foto](https://example.org/x.png). Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsdurchführungsbestimmungenanhangsseitennummerierung.

---

Ende.
`

func part(kind string, value any) transfer.Part {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return transfer.Part{Type: kind, Data: raw}
}

func sample(t *testing.T) []transfer.Chat {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 120, 60))); err != nil {
		t.Fatal(err)
	}
	end := len("# Kündigung\n\nDie Frist beträgt **drei Monate** zum *Monatsende*.") - 2 // UTF-16: ü and ä are one unit each
	other := end + len(" Für Vermieter gilt mehr.") - 1
	quote := strings.Repeat("Die Kündigung ist spätestens am dritten Werktag eines Kalendermonats zulässig. ", 4)
	return []transfer.Chat{{
		ID: "c", Title: "Kündigung & <Fristen>", ActiveLeaf: "a", CreatedAt: 1756000000000,
		Messages: []transfer.Message{
			{ID: "q", Role: "user", Parts: []transfer.Part{{Type: "text", Text: "Wie lang ist die Frist?\n\nBitte *kurz*."}}, Images: []transfer.Image{{Name: "foto.png", MediaType: "image/png", Bytes: picture.Bytes()}}},
			{ID: "a", ParentID: "q", Role: "assistant", Model: "qwen3:8b", CreatedAt: 1756000009000, Parts: []transfer.Part{
				{Type: "text", Text: answer},
				part("citation", transfer.Passage{N: 1, Document: "Mietvertrag.pdf", Page: 3, Heading: "§ 4 Kündigung", Text: quote}),
				part("citation", transfer.Passage{N: 2, Document: "BGB.pdf", Page: 120, Text: "Für Vermieter verlängert sie sich um drei Monate."}),
				part("citation", transfer.Passage{N: 3, Document: "unbenutzt.pdf", Text: "x"}),
				part("sentence", []transfer.Sentence{{Start: 0, End: end, Citations: []int{1}}, {Start: end, End: other, Citations: []int{2, 1}}}),
			}},
		},
	}}
}

func made(t *testing.T, chats []transfer.Chat) Paper {
	t.Helper()
	p := New(chats, words(), map[string]string{})
	p.Language, p.Program, p.At = "de", "Kontor 1.0", time.Date(2025, 8, 24, 10, 0, 0, 0, time.UTC)
	if p.Title == "" {
		p.Title = "Alle Chats"
	}
	return p
}

func written(t *testing.T, name string, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func has(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing", w)
		}
	}
}

func TestHTMLLoadsNothingAndRunsNothing(t *testing.T) {
	page := string(written(t, "one.html", made(t, sample(t)).HTML))
	has(t, page, `<html lang="de">`, "<title>Kündigung &amp; &lt;Fristen&gt;</title>", `<meta name="ai-generated" content="true">`, `content="Mit KI erzeugt, qwen3:8b"`,
		"<strong>drei Monate</strong>", `<em>Monatsende</em>.<sup id="ref-1"><a href="#note-1">1</a></sup>`, `mehr.<sup><a href="#note-1">1</a></sup><sup id="ref-2">,<a href="#note-2">2</a></sup>`,
		`<li id="note-1">Mietvertrag.pdf, Seite 3, § 4 Kündigung: <q>`, "Mit KI erzeugt · qwen3:8b · 24.08.2025 01:46", "<th style=\"text-align:right\">",
		`Die Formel a₁ + b₁ = 1/2 und`, "$5 bis $7", `<p>x = { a<br>b }</p>`, "graph TD; A--&gt;B",
		"&lt;script&gt;alert(1)&lt;/script&gt;", `<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">Link</a>`, "default-src 'none'")
	for _, bad := range []string{"<script", "javascript:", "<img alt=\"Foto\"", "unbenutzt.pdf", "\ue0f0", "src=\"http"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
}

func TestDOCXHasRealPartsAndFootnotes(t *testing.T) {
	raw := written(t, "one.docx", made(t, sample(t)).DOCX)
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(content)
		if !strings.HasSuffix(f.Name, ".xml") && !strings.HasSuffix(f.Name, ".rels") {
			continue
		}
		decoder := xml.NewDecoder(bytes.NewReader(content))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	has(t, parts["word/document.xml"], `<w:footnoteReference w:id="1"/>`, `<w:footnoteReference w:id="2"/>`, `<w:pStyle w:val="Heading2"/>`, `<w:tblHeader/>`, `r:embed="image1"`, "Mit KI erzeugt · qwen3:8b")
	has(t, parts["word/footnotes.xml"], "Mietvertrag.pdf, Seite 3, § 4 Kündigung: „Die Kündigung ist", "BGB.pdf, Seite 120")
	has(t, parts["docProps/core.xml"], "<cp:keywords>Mit KI erzeugt, qwen3:8b</cp:keywords>", "<dc:language>de</dc:language>", digitalSource)
	has(t, parts["docProps/custom.xml"], `name="AI-generated"><vt:bool>true</vt:bool>`)
	if n := strings.Count(parts["word/document.xml"], "<w:footnoteReference "); n != 2 {
		t.Errorf("%d footnotes", n)
	}
}

func TestPDFOfManyChats(t *testing.T) {
	one := sample(t)[0]
	var chats []transfer.Chat
	for range 3 {
		chats = append(chats, one)
	}
	raw := written(t, "many.pdf", made(t, chats).PDF)
	written(t, "one.pdf", made(t, sample(t)).PDF)
	written(t, "many.html", made(t, chats).HTML)
	written(t, "many.docx", made(t, chats).DOCX)
	if !bytes.HasPrefix(raw, []byte("%PDF-")) {
		t.Fatal("no PDF")
	}
	has(t, string(raw), "DigitalSourceType", "Mit KI erzeugt, qwen3:8b", "/Lang")
}

// Nothing a model can write may break a document.
func FuzzPapers(f *testing.F) {
	f.Add(answer)
	f.Add("|a|\n|-|\n|" + strings.Repeat("x ", 3000) + "|")
	f.Add(strings.Repeat("> ", 60) + "tief")
	f.Add(strings.Repeat("- ", 60) + "tief")
	f.Add("\x00\x01\ufffe\ue0f099\ue0f1 <br> a\u200db 👩‍👩‍👧")
	f.Fuzz(func(t *testing.T, text string) {
		chats := []transfer.Chat{{ID: "c", Messages: []transfer.Message{{ID: "a", Role: "assistant", Parts: []transfer.Part{{Type: "text", Text: text}}}}}}
		p := made(t, chats)
		if err := errors.Join(p.HTML(io.Discard), p.DOCX(io.Discard), p.PDF(io.Discard)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFormulasBecomeLinesOfSigns(t *testing.T) {
	for tex, want := range map[string]string{
		`a^2 + b^2 = c^2`:                                    "a² + b² = c²",
		`\int_0^1 x^2\,dx = \frac{1}{3}`:                     "∫₀¹ x² dx = 1/3",
		`x_{1,2} = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}`:       "x_(1,2) = (−b ± √(b² − 4ac))/(2a)",
		`E = mc^{2}`:                                         "E = mc²",
		`\sum_{i=1}^{n} i = \frac{n(n+1)}{2}`:                "∑_(i=1)ⁿ i = (n(n+1))/2",
		`\text{Rate} = \dfrac{\text{Kredit}}{\text{Monate}}`: "Rate = Kredit/Monate",
		`\left( \alpha \cdot 30^\circ \right) \leq 90\,\%`:   "( α · 30°) ≤ 90 %",
		`\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}`:     "a = 1\nb = 2",
		`\sqrt[3]{8} = 2`:                                    "³√8 = 2",
	} {
		if got, ok := lined(tex); !ok || got != want {
			t.Errorf("%s: %q %v, expected %q", tex, got, ok, want)
		}
	}
	for _, tex := range []string{`\unknown{x}`, `\frac{1}{`, `a}`, ``, `\begin{pmatrix} 1 \end{pmatrix}`, strings.Repeat("{", 1000), `\def\x{\x\x}\x`, "^"} {
		if got, ok := lined(tex); ok {
			t.Errorf("%s became %q", tex, got)
		}
	}
}
