package localrag

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// EvalDocument is one document of a retrieval test set; Fields holds what else
// its line says (city).
type EvalDocument struct {
	ID, Title, Text, Language string
	Fields                    map[string]any
}

// Parsed gives the document the shape a parser would: each line a paragraph.
func (d EvalDocument) Parsed() ParsedDocument {
	doc := ParsedDocument{Title: d.Title, Text: d.Text}
	for start := 0; start < len(d.Text); {
		end := strings.IndexByte(d.Text[start:], '\n')
		if end < 0 {
			end = len(d.Text) - start
		}
		if end > 0 {
			doc.Blocks = append(doc.Blocks, Block{Start: start, End: start + end, Kind: Paragraph})
		}
		start += end + 1
	}
	return doc
}

// EvalQuery is one question; Fields holds what else its line says (kind, city, answerable).
type EvalQuery struct {
	ID, Text, Language string
	Fields             map[string]any
}

// EvalSet is a retrieval test set: documents, questions and which documents
// answer them, with their grade. Questions without judgements are the
// unanswerable ones; they take no part in the metrics.
type EvalSet struct {
	Documents []EvalDocument
	Queries   []EvalQuery
	Judged    map[string]map[string]int // question → document → grade
}

// LoadEvalSet reads corpus.jsonl, queries.jsonl and qrels.tsv of a folder.
func LoadEvalSet(dir string) (*EvalSet, error) {
	set := &EvalSet{Judged: map[string]map[string]int{}}
	err := eachLine(filepath.Join(dir, "corpus.jsonl"), func(line []byte) error {
		var d struct {
			ID                string `json:"_id"`
			Title, Text, Lang string
		}
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		document := EvalDocument{ID: d.ID, Title: d.Title, Text: d.Text, Language: d.Lang}
		if err := json.Unmarshal(line, &document.Fields); err != nil {
			return err
		}
		delete(document.Fields, "text") // held once
		set.Documents = append(set.Documents, document)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachLine(filepath.Join(dir, "queries.jsonl"), func(line []byte) error {
		fields := map[string]any{}
		if err := json.Unmarshal(line, &fields); err != nil {
			return err
		}
		text := func(key string) string { s, _ := fields[key].(string); return s }
		set.Queries = append(set.Queries, EvalQuery{text("_id"), text("text"), text("lang"), fields})
		return nil
	})
	if err != nil {
		return nil, err
	}
	header := true
	err = eachLine(filepath.Join(dir, "qrels.tsv"), func(line []byte) error {
		columns := strings.Split(strings.TrimRight(string(line), "\r"), "\t")
		first := header
		header = false
		if first && len(columns) == 3 {
			if _, err := strconv.Atoi(columns[2]); err != nil {
				return nil // names of the columns, not a judgement
			}
		}
		return set.judge(columns)
	})
	return set, err
}

func (s *EvalSet) judge(columns []string) error {
	if len(columns) != 3 {
		return fmt.Errorf("%d columns instead of 3", len(columns))
	}
	grade, err := strconv.Atoi(columns[2])
	if err != nil || grade <= 0 {
		return err
	}
	if s.Judged[columns[0]] == nil {
		s.Judged[columns[0]] = map[string]int{}
	}
	s.Judged[columns[0]][columns[1]] = grade
	return nil
}

// eachLine calls f for each line that is not empty; lines may be long.
func eachLine(path string, f func(line []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("evaluation set: %w", err)
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<20)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if trimmed := strings.TrimSpace(string(line)); trimmed != "" {
			if err := f([]byte(trimmed)); err != nil {
				return fmt.Errorf("evaluation set: %s line %d: %w", filepath.Base(path), number, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("evaluation set: %w", err)
		}
	}
}

// Where keeps the questions whose field has this value, e.g. kind=number.
func (s *EvalSet) Where(key, value string) *EvalSet {
	kept := *s
	kept.Queries = nil
	for _, q := range s.Queries {
		if fmt.Sprint(q.Fields[key]) == value {
			kept.Queries = append(kept.Queries, q)
		}
	}
	return &kept
}

// WithQueries asks the questions of another set about these documents. Its
// judgements count where they name one of them: the questions of a translation
// are about the same documents, those of another topic about none.
func (s *EvalSet) WithQueries(other *EvalSet) *EvalSet {
	known := map[string]bool{}
	for _, d := range s.Documents {
		known[d.ID] = true
	}
	asked := &EvalSet{Documents: s.Documents, Queries: other.Queries, Judged: map[string]map[string]int{}}
	for id, grades := range other.Judged {
		for document, grade := range grades {
			if !known[document] {
				continue
			}
			if asked.Judged[id] == nil {
				asked.Judged[id] = map[string]int{}
			}
			asked.Judged[id][document] = grade
		}
	}
	return asked
}

// AreaUnderCurve is the chance that a positive has a higher score than a
// negative; equal scores count half. It is .5 without one of either.
func AreaUnderCurve(positive, negative []float64) float64 {
	if len(positive) == 0 || len(negative) == 0 {
		return .5
	}
	below := slices.Clone(negative)
	slices.Sort(below)
	sum := 0.0
	for _, p := range positive {
		low, _ := slices.BinarySearch(below, p)
		high := low
		for high < len(below) && below[high] == p {
			high++
		}
		sum += float64(low) + float64(high-low)/2
	}
	return sum / float64(len(positive)) / float64(len(negative))
}

// QueryMetrics are the figures of one question.
type QueryMetrics struct {
	Recall        map[int]float64 // by cut-off
	MRR10, NDCG10 float64
}

// Metrics are means over the judged questions.
type Metrics struct {
	Queries  int // judged ones
	Missing  int // of these, without any ranked document: counted as misses
	Recall   map[int]float64
	MRR10    float64
	NDCG10   float64
	PerQuery map[string]QueryMetrics
}

var cutOffs = []int{1, 5, 10}

// Score rates runs, which map a question's id to document ids, best first. An
// id may name a chunk as "document#3"; a document's rank is its best chunk's.
// Gains are the judged grades, discounted by log2(rank+1).
func Score(set *EvalSet, runs map[string][]string) Metrics {
	m := Metrics{Recall: map[int]float64{}, PerQuery: map[string]QueryMetrics{}}
	for _, query := range set.Queries {
		grades := set.Judged[query.ID]
		if len(grades) == 0 {
			continue
		}
		m.Queries++
		ranked := documentsOf(runs[query.ID])
		if len(ranked) == 0 {
			m.Missing++
		}
		q := scoreQuery(ranked, grades)
		m.PerQuery[query.ID] = q
		for _, k := range cutOffs {
			m.Recall[k] += q.Recall[k]
		}
		m.MRR10 += q.MRR10
		m.NDCG10 += q.NDCG10
	}
	if n := float64(m.Queries); n > 0 {
		for _, k := range cutOffs {
			m.Recall[k] /= n
		}
		m.MRR10 /= n
		m.NDCG10 /= n
	}
	return m
}

// documentsOf drops chunk numbers and repeated documents.
func documentsOf(ranked []string) []string {
	seen := make(map[string]bool, len(ranked))
	var documents []string
	for _, id := range ranked {
		id, _, _ = strings.Cut(id, "#")
		if !seen[id] {
			seen[id] = true
			documents = append(documents, id)
		}
	}
	return documents
}

func scoreQuery(ranked []string, grades map[string]int) QueryMetrics {
	q := QueryMetrics{Recall: map[int]float64{}}
	gained, hits := 0.0, 0
	for i, id := range ranked[:min(10, len(ranked))] {
		grade := grades[id]
		if grade > 0 {
			hits++
			if q.MRR10 == 0 {
				q.MRR10 = 1 / float64(i+1)
			}
		}
		gained += float64(grade) / math.Log2(float64(i+2))
		for _, k := range cutOffs {
			if i < k {
				q.Recall[k] = float64(hits) / float64(len(grades))
			}
		}
	}
	var best []int
	for _, grade := range grades {
		best = append(best, grade)
	}
	slices.SortFunc(best, func(a, b int) int { return b - a })
	ideal := 0.0
	for i, grade := range best[:min(10, len(best))] {
		ideal += float64(grade) / math.Log2(float64(i+2))
	}
	q.NDCG10 = gained / ideal
	return q
}

// BestOf turns a ranking of chunks into one of documents by their best chunk.
func BestOf(scored []Scored, document func(id int64) string) []string {
	ids := make([]string, 0, len(scored))
	for _, s := range scored {
		ids = append(ids, document(s.ID))
	}
	return documentsOf(ids)
}

// Interval is a 95 % bootstrap interval of a mean difference.
type Interval struct{ Mean, Low, High float64 }

// PairedBootstrap estimates mean(a)-mean(b) over the same questions from 2,000
// resamples; the same seed gives the same interval.
func PairedBootstrap(a, b []float64, seed uint64) Interval {
	n := min(len(a), len(b))
	if n == 0 {
		return Interval{}
	}
	differences := make([]float64, n)
	total := 0.0
	for i := range n {
		differences[i] = a[i] - b[i]
		total += differences[i]
	}
	const resamples = 2000
	random := rand.New(rand.NewPCG(seed, 1))
	means := make([]float64, resamples)
	for i := range means {
		sum := 0.0
		for range n {
			sum += differences[random.IntN(n)]
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	return Interval{total / float64(n), means[resamples/40], means[resamples-resamples/40-1]}
}
