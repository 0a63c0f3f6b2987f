package localrag

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

type labelledPassage struct {
	ID, Split, Language, Document, Heading, Text string
}

type labelledSentence struct {
	Passage, Split, Language, Kind, Text string
	Supported                            bool
}

func readLines[T any](t testing.TB, name string) []T {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "sentences", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []T
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var one T
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// keptVectors are embeddings made once with multilingual-e5-small: 8 bytes of
// the text's hash, the scale, 384 signed bytes.
type keptVectors map[uint64][]float32

func readVectors(t testing.TB) keptVectors {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "sentences", "vectors.e5"))
	if err != nil {
		t.Fatal(err)
	}
	const dimensions = 384
	kept := keptVectors{}
	for ; len(data) > 0; data = data[12+dimensions:] {
		scale := math.Float32frombits(binary.LittleEndian.Uint32(data[8:]))
		vector := make([]float32, dimensions)
		for i := range vector {
			vector[i] = scale * float32(int8(data[12+i]))
		}
		kept[binary.LittleEndian.Uint64(data)] = vector
	}
	return kept
}

func (k keptVectors) EmbedQueries(_ context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		hash := sha256.Sum256([]byte(text))
		if vectors[i] = k[binary.LittleEndian.Uint64(hash[:])]; vectors[i] == nil {
			return nil, fmt.Errorf("no vector is kept for %q", text)
		}
	}
	return vectors, nil
}

// verdicts counts what the check said of labelled sentences.
type verdicts struct{ supported, wrongly, missed, refused int }

func (v verdicts) f1() float64 {
	return 2 * float64(v.supported) / float64(2*v.supported+v.wrongly+v.missed)
}

func (v *verdicts) add(got, want bool) {
	switch {
	case got && want:
		v.supported++
	case got:
		v.wrongly++
	case want:
		v.missed++
	default:
		v.refused++
	}
}

func labelledMatcher(t testing.TB, split string) *Matcher {
	var passages []Passage
	for _, p := range readLines[labelledPassage](t, "passages.jsonl") {
		if p.Split == split {
			passages = append(passages, Passage{DocumentID: p.ID, Document: p.Document, Chunk: Chunk{Language: p.Language, Heading: p.Heading, Text: p.Text}})
		}
	}
	return NewMatcher(passages)
}

// TestLabelledSentences measures the check as answers use it: by words, and by
// meaning what words leave open. Limits were set on the development half.
func TestLabelledSentences(t *testing.T) {
	vectors := readVectors(t)
	for _, split := range []struct {
		name         string
		words, whole float64 // least F1 by words alone and with meaning
	}{{"dev", .73, .92}, {"test", .72, .85}} {
		m := labelledMatcher(t, split.name)
		var words, whole verdicts
		for _, s := range readLines[labelledSentence](t, "sentences.jsonl") {
			if s.Split != split.name {
				continue
			}
			got := m.MatchSentence(s.Language, s.Text)
			words.add(got.Supported, s.Supported)
			if got.Undecided {
				more, err := m.MatchMeanings(t.Context(), vectors, nil, MeaningLimitsFor("e5"), s.Language, []string{s.Text})
				if err != nil {
					t.Fatal(err)
				}
				got = more[0]
			}
			whole.add(got.Supported, s.Supported)
			if split.name == "dev" && got.Supported != s.Supported {
				t.Logf("%v %-10s %.2f %s", s.Supported, s.Kind, got.Score, s.Text)
			}
		}
		t.Logf("%s: words %+v F1 %.3f, with meaning %+v F1 %.3f", split.name, words, words.f1(), whole, whole.f1())
		if words.f1() < split.words || whole.f1() < split.whole {
			t.Errorf("%s: F1 %.3f by words, %.3f with meaning, want %.2f and %.2f", split.name, words.f1(), whole.f1(), split.words, split.whole)
		}
	}
}

// TestWrongFactIsUnsupported changes one fact of a sentence that is supported.
func TestWrongFactIsUnsupported(t *testing.T) {
	m := NewMatcher([]Passage{{Chunk: Chunk{Language: "de", Text: "Die Probezeit dauert nach § 5 sechs Monate. Die Zahlung von 1.250,00 Euro ist am 3. März 2024 fällig. Das Büro ist Montag bis Freitag geöffnet. Die Vertragsstrafe beträgt mindestens 5 Prozent und ist nach zwei Wochen wirksam."}}})
	for _, c := range []struct{ right, wrong string }{
		{"Die Probezeit dauert sechs Monate.", "Die Probezeit dauert fünf Monate."},
		{"Die Probezeit dauert 6 Monate.", "Die Probezeit dauert 6 Wochen."},
		{"Die Zahlung von 1250 Euro ist am 03.03.2024 fällig.", "Die Zahlung von 1250 Euro ist am 03.04.2024 fällig."},
		{"Fällig ist die Zahlung von 1.250 Euro am 3. März.", "Fällig ist die Zahlung von 1.520 Euro am 3. März."},
		{"Das Büro ist am Mittwoch geöffnet.", "Das Büro ist am Samstag geöffnet."},
		{"Das Büro ist Montag bis Freitag geöffnet.", "Das Büro ist Montag bis Freitag geschlossen."},
		{"Die Vertragsstrafe beträgt mindestens 5 Prozent.", "Die Vertragsstrafe beträgt höchstens 5 Prozent."},
		{"Die Vertragsstrafe ist nach zwei Wochen wirksam.", "Die Vertragsstrafe ist nach zwei Wochen unwirksam."},
	} {
		if got := m.MatchSentence("de", c.right); !got.Supported {
			t.Errorf("%q is not supported (%.2f)", c.right, got.Score)
		}
		if got := m.MatchSentence("de", c.wrong); got.Supported {
			t.Errorf("%q is supported (%.2f)", c.wrong, got.Score)
		}
	}
}

func TestNumberWord(t *testing.T) {
	for word, want := range map[string]string{"fünfundzwanzigtausend": "25000", "zweihundertdreißig": "230", "twelve": "12", "dritten": "3", "ein": "", "hundert": "100", "wunderbar": "", "undzwanzig": ""} {
		if got := numberWord(word); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("Die Frist beträgt **drei Monate**.\n\n- a) x [1]", "Die Frist beträgt 3 Monate. § 5 Abs. 2.", "de")
	f.Add("Montag–Freitag 1/2 zwölftel", "fünfundzwanzigtausend nicht un", "")
	f.Fuzz(func(t *testing.T, answer, text, language string) {
		m := NewMatcher([]Passage{{Chunk: Chunk{Text: text, Language: language}}, {Chunk: Chunk{Text: answer, Language: "en"}}})
		for _, s := range m.MatchAnswer(answer) {
			if s.Start < 0 || s.End > len(answer) || s.Start >= s.End {
				t.Fatalf("sentence %d–%d of %d", s.Start, s.End, len(answer))
			}
			for _, n := range s.Citations {
				if span := m.Quote(n, answer[s.Start:s.End]); span.Start < 0 || span.End < span.Start {
					t.Fatalf("quote %+v", span)
				}
			}
		}
	})
}
