package localrag

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// GradedQuestion is a question whose right answer is known: where it stands
// and, if anyone said so, in which words.
type GradedQuestion struct {
	ID         string        `json:"id"`
	Question   string        `json:"question"`
	Language   string        `json:"lang"`
	Where      []GradedPlace `json:"where"` // any of them is right
	AnswerText string        `json:"answer_text"`
	// Alternatives are other wordings of the answer.
	Alternatives []string `json:"alternatives"`
	Answerable   bool     `json:"answerable"`
}

// GradedPlace names a file and, as far as it matters, a place in it. The first
// of page, slide, sheet and heading that is set decides.
type GradedPlace struct {
	File    string `json:"file"`
	Page    int    `json:"page,omitempty"`
	Slide   int    `json:"slide,omitempty"`
	Sheet   string `json:"sheet,omitempty"`
	Heading string `json:"heading,omitempty"`
}

// GradedCitation is a source given for a question, in the order shown. Pages
// and slides count from 1; what a format does not have is left out.
type GradedCitation struct {
	GradedPlace
	Text string `json:"text"`
	// Real says whether the text stands at the place that is named.
	Real bool `json:"real"`
}

// LoadGradedQuestions reads one JSON object a line. A line without "answerable"
// is answerable if it names a place.
func LoadGradedQuestions(r io.Reader) ([]GradedQuestion, error) {
	var questions []GradedQuestion
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		var row struct {
			GradedQuestion
			Answerable *bool `json:"answerable"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		q := row.GradedQuestion
		q.Answerable = len(q.Where) > 0
		if row.Answerable != nil {
			q.Answerable = *row.Answerable
		}
		if q.ID == "" {
			q.ID = strconv.Itoa(n)
		}
		questions = append(questions, q)
	}
	return questions, lines.Err()
}

// Grade says how good the citations of one question are.
type Grade struct {
	// File, Place and Span: some citation names the right file; and the right
	// place; and holds the answer's words there.
	File, Place, Span bool
	// First: the first citation names the right place.
	First bool
	// SpanAnywhere: a citation from the right file holds the words.
	SpanAnywhere bool
	// Right of Citations name the right place, Real hold the text that stands there.
	Right, Real, Citations int
}

// GradeCitations compares citations with what is right. A question that cannot
// be answered is not for it.
func GradeCitations(q GradedQuestion, citations []GradedCitation) Grade {
	g := Grade{Citations: len(citations)}
	var spans []string
	for _, s := range append([]string{q.AnswerText}, q.Alternatives...) {
		if s = Comparable(s); s != "" {
			spans = append(spans, s)
		}
	}
	for i, c := range citations {
		text := Comparable(c.Text)
		holds := false
		for _, s := range spans {
			holds = holds || strings.Contains(text, s)
		}
		file, place := false, false
		for _, w := range q.Where {
			same := baseName(w.File) == baseName(c.File)
			file = file || same
			place = place || same && w.fits(c.GradedPlace)
		}
		g.File = g.File || file
		g.Place = g.Place || place
		g.First = g.First || place && i == 0
		g.Span = g.Span || place && holds
		g.SpanAnywhere = g.SpanAnywhere || file && holds
		if place {
			g.Right++
		}
		if c.Real {
			g.Real++
		}
	}
	return g
}

// fits tells whether a citation stands at the place.
func (w GradedPlace) fits(c GradedPlace) bool {
	switch {
	case w.Page > 0:
		return c.Page == w.Page
	case w.Slide > 0:
		return c.Slide == w.Slide
	case w.Sheet != "":
		return SamePlace(c.Sheet, w.Sheet)
	case w.Heading != "":
		return SamePlace(c.Heading, w.Heading)
	}
	return true
}

// SamePlace compares the names of two places: one may be the beginning of the
// other ("§ 573c Fristen") or the end of a path of headings.
func SamePlace(a, b string) bool {
	a, b = Comparable(a), Comparable(b)
	if a == b {
		return a != ""
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len([]rune(a)) < 4 {
		return false
	}
	if strings.HasSuffix(b, a) {
		return true
	}
	if !strings.HasPrefix(b, a) {
		return false
	}
	next := []rune(b[len(a):])[0]
	return !unicode.IsDigit(next)
}

// Comparable leaves of a text what line breaks, hyphens, ligatures and the case
// of letters do not change.
func Comparable(text string) string {
	folded := cases.Fold().String(norm.NFKC.String(text))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("%€$§+", r) {
			return r
		}
		return -1
	}, folded)
}

// baseName is the last part of a path of either kind.
func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// Share is k of n with the 95 % interval after Wilson.
type Share struct {
	Rate float64 `json:"rate"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	K    int     `json:"k"`
	N    int     `json:"n"`
}

// NewShare computes the interval; 0 of 0 is anything.
func NewShare(k, n int) Share {
	if n == 0 {
		return Share{High: 1}
	}
	const z = 1.96
	p, size := float64(k)/float64(n), float64(n)
	d := 1 + z*z/size
	center := (p + z*z/(2*size)) / d
	half := z * math.Sqrt(p*(1-p)/size+z*z/(4*size*size)) / d
	return Share{p, max(0, center-half), min(1, center+half), k, n}
}

// Tally adds grades up.
type Tally struct {
	counts map[string]*[2]int
}

// TallyNames are the figures of a tally in their order: the share of questions
// with some citation of the right file, the right place, the right place first;
// of citations at the right place; of questions whose answer's words are cited
// at the place, or anywhere in the file; of citations that stand where they
// say; and of unanswerable questions without citations.
func TallyNames() []string {
	return []string{"file", "place", "place@1", "precision", "span", "span_any", "real", "unanswerable"}
}

func (t *Tally) add(name string, k, n int) {
	if t.counts == nil {
		t.counts = map[string]*[2]int{}
	}
	if t.counts[name] == nil {
		t.counts[name] = &[2]int{}
	}
	t.counts[name][0] += k
	t.counts[name][1] += n
}

// Answered adds the grade of an answerable question.
func (t *Tally) Answered(g Grade) {
	for name, ok := range map[string]bool{"file": g.File, "place": g.Place, "place@1": g.First, "span": g.Span, "span_any": g.SpanAnywhere} {
		t.add(name, count(ok), 1)
	}
	t.add("precision", g.Right, g.Citations)
	t.add("real", g.Real, g.Citations)
}

// Unanswerable adds a question that the documents do not answer.
func (t *Tally) Unanswerable(refused bool) { t.add("unanswerable", count(refused), 1) }

// Shares are the figures that anything was counted for.
func (t *Tally) Shares() map[string]Share {
	shares := map[string]Share{}
	for name, c := range t.counts {
		if c[1] > 0 {
			shares[name] = NewShare(c[0], c[1])
		}
	}
	return shares
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
