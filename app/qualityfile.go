package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"kontor/storage"
)

const byteOrderMark = "\ufeff"

// goldenColumns are the columns of the file, by the names a header may have in
// either language.
func goldenColumns() map[string]string {
	return map[string]string{
		"question": "question", "frage": "question", "document": "document", "dokument": "document", "file": "document", "datei": "document",
		"page": "page", "seite": "page", "slide": "slide", "folie": "slide", "sheet": "sheet", "blatt": "sheet", "tabellenblatt": "sheet",
		"heading": "heading", "überschrift": "heading", "answer": "answer", "antwort": "answer",
	}
}

// goldenHeader are the columns in the order they are written.
func goldenHeader(language string) []string {
	if language == "de" {
		return []string{"Frage", "Dokument", "Seite", "Folie", "Blatt", "Überschrift", "Antwort"}
	}
	return []string{"Question", "Document", "Page", "Slide", "Sheet", "Heading", "Answer"}
}

// Export writes all questions as CSV, separated as the spreadsheet programs of
// the language expect.
func (s *QualityService) Export(ctx context.Context, p Principal, r ByID) (QualityFile, error) {
	quality, err := s.Get(ctx, p, r)
	if err != nil {
		return QualityFile{}, err
	}
	language := s.app.language()
	var out bytes.Buffer
	out.WriteString(byteOrderMark)
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	if language == "de" {
		w.Comma = ';'
	}
	rows := [][]string{goldenHeader(language)}
	for _, g := range quality.Questions {
		row := []string{g.Question, g.Document, positive(g.Page), positive(g.Slide), g.Sheet, g.Heading, g.Answer}
		for i := range row {
			row[i] = inertCell(row[i])
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return QualityFile{}, err
	}
	return QualityFile{Name: s.app.text("quality.file_name", nil) + ".csv", Content: out.String()}, nil
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// inertCell keeps a spreadsheet program from taking text of a document for a
// formula.
func inertCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func plainCell(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 1 && text[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(text[1])) {
		return text[1:]
	}
	return text
}

// Import adds the questions of a CSV file: UTF-8 with or without a byte order
// mark, or Windows-1252; separated by semicolons, commas or tabs. A question
// that is there already stays as it is.
func (s *QualityService) Import(ctx context.Context, p Principal, r QualityImport) (QualityImported, error) {
	result := QualityImported{Refused: []int{}}
	questions, refused, err := readGolden(r.Content)
	if err != nil {
		return result, &Error{Code: ProblemGoldenFile, Cause: err}
	}
	known, err := s.app.db.GoldenQuestions(ctx, p.OwnerID, r.CollectionID)
	if err != nil {
		return result, err
	}
	seen := map[string]bool{}
	for _, k := range known {
		seen[k.Question+"\x00"+k.Document] = true
	}
	var records []storage.GoldenQuestion
	for _, q := range questions {
		record := goldenRecord(q)
		if key := record.Question + "\x00" + record.Document; seen[key] {
			result.Known++
		} else {
			seen[key] = true
			records = append(records, record)
		}
	}
	if err := s.app.db.SaveGoldenQuestions(ctx, p.OwnerID, r.CollectionID, records); err != nil {
		return result, err
	}
	result.Added = len(records)
	result.Refused = append(result.Refused, refused...)
	result.Quality, err = s.Get(ctx, p, ByID{ID: r.CollectionID})
	return result, err
}

// maxGolden is how many questions one file may hold.
const maxGolden = 5000

// readGolden takes a file apart; refused are the numbers of its lines that name
// no question or no document.
func readGolden(content []byte) (questions []GoldenQuestion, refused []int, err error) {
	content = bytes.TrimPrefix(content, []byte(byteOrderMark))
	if !utf8.Valid(content) {
		if content, err = charmap.Windows1252.NewDecoder().Bytes(content); err != nil {
			return nil, nil, err
		}
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(content), -1, true
	header, err := r.Read()
	if err != nil {
		return nil, nil, err
	}
	columns, at := goldenColumns(), map[string]int{}
	for i, name := range header {
		if column := columns[strings.ToLower(strings.TrimSpace(name))]; column != "" {
			at[column] = i
		}
	}
	if _, has := at["question"]; !has {
		return nil, nil, errors.New("no column for the question")
	}
	if _, has := at["document"]; !has {
		return nil, nil, errors.New("no column for the document")
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return questions, refused, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if len(questions) == maxGolden {
			return nil, nil, errors.New("too many questions")
		}
		cell := func(column string) string {
			if i, has := at[column]; has && i < len(row) {
				return plainCell(row[i])
			}
			return ""
		}
		number := func(column string) int { n, _ := strconv.Atoi(cell(column)); return n }
		q := GoldenQuestion{
			Question: cell("question"), Document: cell("document"), Page: number("page"), Slide: number("slide"),
			Sheet: cell("sheet"), Heading: cell("heading"), Answer: cell("answer"),
		}
		if q.Question == "" || q.Document == "" {
			line, _ := r.FieldPos(0)
			refused = append(refused, line)
			continue
		}
		questions = append(questions, q)
	}
}

// separator is the one that the header line holds most of.
func separator(content []byte) rune {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	best := ';'
	for _, c := range ",\t" {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}
