package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// QuestionsOptions say what [App.EvaluateQuestions] measures.
type QuestionsOptions struct {
	// Dir holds the documents, with its sub-folders; Questions is a file with
	// one JSON object a line.
	Dir, Questions string
	// WhereKey and WhereValue keep only the questions whose field has this value.
	WhereKey, WhereValue string
	// Citations is how many passages are cited for each question.
	Citations int
	// AnswersFile gets one line for each question; "" for none.
	AnswersFile string
	// CacheDir keeps vectors by the hash of their text.
	CacheDir string
	// Progress is told what is being done.
	Progress func(step string, done, total int)
}

// EvalFigures are shares by their name; see [EvalFigureNames].
type EvalFigures = map[string]localrag.Share

// EvalFigureNames lists the figures in the order they are shown.
func EvalFigureNames() []string { return localrag.TallyNames() }

// QuestionAnswer is what was cited for one question.
type QuestionAnswer struct {
	ID        string                    `json:"id"`
	Question  string                    `json:"question"`
	Language  string                    `json:"lang,omitempty"`
	Refused   bool                      `json:"refused"`
	Citations []localrag.GradedCitation `json:"citations"`
	// Place, First and Span say whether the citations are right; absent where a
	// question has no answer.
	Place *bool `json:"place,omitempty"`
	First *bool `json:"place@1,omitempty"`
	Span  *bool `json:"span,omitempty"`
}

// QuestionsReport is what `kontor eval --questions --json` prints.
type QuestionsReport struct {
	Documents int         `json:"documents"`
	Passages  int         `json:"passages"`
	Embedder  string      `json:"embedder"`
	Figures   EvalFigures `json:"figures"`
	// Languages are the same figures for the questions of each language.
	Languages map[string]EvalFigures `json:"languages"`
	Questions []QuestionAnswer       `json:"questions"`
	// Failed are files that could not be read.
	Failed []RefusedFile `json:"failed"`
}

// EvaluateQuestions reads a folder of documents as people's documents are read
// and compares what retrieval cites with what is known to be right. No model
// writes. It needs an App whose data folder is empty and may be thrown away.
func (a *App) EvaluateQuestions(ctx context.Context, o QuestionsOptions) (QuestionsReport, error) {
	report := QuestionsReport{Failed: []RefusedFile{}, Questions: []QuestionAnswer{}, Languages: map[string]EvalFigures{}}
	questions, err := loadQuestions(o)
	if err != nil {
		return report, &Error{Code: string(localrag.CodeUnreadable), Args: map[string]string{"name": o.Questions}, Cause: err}
	}
	a.models.waitReady(ctx)
	e := &questionRun{app: a, options: o, texts: map[string]parsedText{}}
	if err := e.index(ctx, &report); err != nil {
		return report, err
	}
	all, byLanguage := &localrag.Tally{}, map[string]*localrag.Tally{}
	for i, q := range questions {
		answer, err := e.answer(ctx, q)
		if err != nil {
			return report, err
		}
		if byLanguage[q.Language] == nil {
			byLanguage[q.Language] = &localrag.Tally{}
		}
		answer.grade(q, all, byLanguage[q.Language])
		report.Questions = append(report.Questions, answer)
		e.tell("ask", i+1, len(questions))
	}
	report.Figures = all.Shares()
	for language, tally := range byLanguage {
		if language != "" {
			report.Languages[language] = tally.Shares()
		}
	}
	if o.AnswersFile != "" {
		return report, writeAnswers(o.AnswersFile, report.Questions)
	}
	return report, nil
}

func loadQuestions(o QuestionsOptions) ([]localrag.GradedQuestion, error) {
	file, err := os.Open(o.Questions)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	questions, err := localrag.LoadGradedQuestions(file)
	if err != nil || o.WhereKey == "" {
		return questions, err
	}
	var kept []localrag.GradedQuestion
	for _, q := range questions {
		var fields map[string]any
		if err := json.Unmarshal(mustJSON(q), &fields); err != nil {
			return nil, err
		}
		if value, _ := fields[o.WhereKey].(string); value == o.WhereValue {
			kept = append(kept, q)
		}
	}
	return kept, nil
}

// questionRun is one run over a folder.
type questionRun struct {
	app        *App
	options    QuestionsOptions
	collection string
	texts      map[string]parsedText // by document
}

// parsedText is a document as it was read.
type parsedText struct {
	file   string
	text   string
	blocks []localrag.Block
}

func (e *questionRun) tell(step string, done, total int) {
	if e.options.Progress != nil {
		e.options.Progress(step, done, total)
	}
}

// index reads the folder's documents one by one and gives them vectors.
func (e *questionRun) index(ctx context.Context, report *QuestionsReport) error {
	a := e.app
	collection, err := a.db.CreateCollection(ctx, a.owner.OwnerID, "eval")
	if err != nil {
		return err
	}
	e.collection = collection.ID
	principal := Principal{OwnerID: a.owner.OwnerID, Local: true}
	added, err := a.library.Add(ctx, principal, AddRequest{Paths: []string{e.options.Dir}, CollectionID: collection.ID})
	if err != nil {
		return err
	}
	report.Failed = added.Refused
	a.indexer.pool = a.parser
	for done := 0; ; done++ {
		pending, err := a.db.PendingDocuments(ctx)
		if err != nil {
			return err
		}
		if len(pending) == 0 || ctx.Err() != nil {
			break
		}
		a.indexer.parseOne(ctx, pending[0])
		e.tell("read", done+1, done+len(pending))
	}
	if err := e.embed(ctx, report); err != nil {
		return err
	}
	documents, _, err := a.db.Documents(ctx, a.owner.OwnerID, collection.ID, storage.EmbedderKey{}, maxFolderFiles, 0)
	for _, d := range documents {
		if d.Status == storage.DocumentFailed {
			problem := Problem{Code: d.ErrorCode, Args: map[string]string{"name": d.Name}}
			report.Failed = append(report.Failed, RefusedFile{Name: d.Name, Problem: problem})
			continue
		}
		report.Documents++
		report.Passages += d.Passages
	}
	return err
}

// embed gives every passage its vector, from the cache where it has it.
func (e *questionRun) embed(ctx context.Context, report *QuestionsReport) error {
	a := e.app
	model, known := a.models.embedder()
	if !known || !a.models.embedderReady() {
		return nil // by words alone, as the program would
	}
	report.Embedder = model.Name
	key := a.models.embedderKey()
	cache, err := openVectorFile(e.options.CacheDir, key, model.Dimensions)
	if err != nil {
		return err
	}
	defer cache.close()
	for ctx.Err() == nil {
		batch, err := a.db.Unembedded(ctx, key, embedBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		ids, texts := make([]int64, len(batch)), make([]string, len(batch))
		for i, u := range batch {
			ids[i], texts[i] = u.ID, localrag.Chunk{Heading: u.Heading, Text: u.Text}.EmbeddingText()
		}
		vectors, err := e.vectors(ctx, cache, texts)
		if err != nil {
			return err
		}
		if _, err := a.db.StoreVectors(ctx, key, ids, vectors); err != nil {
			return err
		}
		if err := a.vectors.add(ctx, ids, vectors); err != nil {
			return err
		}
		done, total, err := a.db.CountVectors(ctx, key)
		if err != nil {
			return err
		}
		e.tell("embed", done, total)
	}
	return ctx.Err()
}

func (e *questionRun) vectors(ctx context.Context, cache *vectorFile, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	var missing []string
	var at []int
	for i, text := range texts {
		if vectors[i] = cache.get("passages", text); vectors[i] == nil {
			missing, at = append(missing, text), append(at, i)
		}
	}
	if len(missing) == 0 {
		return vectors, nil
	}
	embedded, err := e.app.models.embedPassages(ctx, missing)
	if err != nil && llm.CodeOf(err) != llm.CodeInputTooLong {
		return nil, err
	}
	for i, vector := range embedded {
		if vectors[at[i]] = vector; vector == nil {
			continue
		}
		if err := cache.put("passages", missing[i], vector); err != nil {
			return nil, err
		}
	}
	return vectors, nil
}

// answer cites for one question what a person would be shown first.
func (e *questionRun) answer(ctx context.Context, q localrag.GradedQuestion) (QuestionAnswer, error) {
	a := e.app
	answer := QuestionAnswer{ID: q.ID, Question: q.Question, Language: q.Language, Citations: []localrag.GradedCitation{}}
	found, err := a.retrieve(ctx, localrag.Query{
		Question: q.Question, Scope: localrag.Scope{OwnerID: a.owner.OwnerID, CollectionIDs: []string{e.collection}}, Limit: max(passagesPerAnswer, e.options.Citations),
	})
	if err != nil {
		return answer, err
	}
	if found.Nothing {
		answer.Refused = true
		return answer, nil
	}
	// As many are looked up as for a person: whether they are about the question
	// is judged by all of them.
	for _, passage := range found.Passages[:min(e.options.Citations, len(found.Passages))] {
		source, err := e.source(ctx, passage.DocumentID)
		if err != nil {
			return answer, err
		}
		answer.Citations = append(answer.Citations, gradedCitation(passage.Passage, source))
	}
	return answer, nil
}

// source loads the text a document was read as, once.
func (e *questionRun) source(ctx context.Context, documentID string) (parsedText, error) {
	if source, known := e.texts[documentID]; known {
		return source, nil
	}
	source, err := e.app.parsedText(ctx, e.app.owner, documentID)
	if err != nil {
		return source, err
	}
	record, err := e.app.db.Document(ctx, e.app.owner.OwnerID, documentID, storage.EmbedderKey{})
	if err != nil {
		return source, err
	}
	source.file = record.Name
	if relative, err := filepath.Rel(e.options.Dir, record.Origin); err == nil && record.Origin != "" && !strings.HasPrefix(relative, "..") {
		source.file = filepath.ToSlash(relative)
	}
	e.texts[documentID] = source
	return source, nil
}

// parsedText loads the text a document was read as.
func (a *App) parsedText(ctx context.Context, p Principal, documentID string) (parsedText, error) {
	text, raw, err := a.db.DocumentText(ctx, p.OwnerID, documentID)
	if err != nil {
		return parsedText{}, err
	}
	blocks, err := decodeBlocks(raw)
	return parsedText{text: text, blocks: blocks}, err
}

// gradedCitation is a passage as a citation that can be compared: the part of
// it that stands at the place it names. A passage begins with the headings
// above it, and a sentence may run over to the next page.
func gradedCitation(passage localrag.Passage, source parsedText) localrag.GradedCitation {
	l := passage.Location
	place := localrag.GradedPlace{File: source.file, Page: l.Page, Slide: l.Slide, Sheet: l.Sheet, Heading: l.Heading}
	var there, cited strings.Builder
	for _, b := range source.blocks {
		if b.Start < 0 || b.End > len(source.text) || b.Start > b.End || !samePlace(b.Location, l) {
			continue
		}
		there.WriteString(source.text[b.Start:b.End] + "\n")
		if from, to := max(b.Start, passage.Start), min(b.End, passage.End); from < to {
			cited.WriteString(source.text[from:to] + "\n\n")
		}
	}
	text := strings.TrimSpace(cited.String())
	if text == "" {
		text = passage.Text
	}
	wanted := localrag.Comparable(text)
	real := wanted != "" && strings.Contains(localrag.Comparable(there.String()), wanted)
	return localrag.GradedCitation{GradedPlace: place, Text: text, Real: real}
}

// samePlace tells whether a block stands where a citation points to. Where
// there are pages the heading does not matter.
func samePlace(block, cited localrag.Location) bool {
	if cited.Page > 0 || cited.Slide > 0 || cited.Sheet != "" {
		return block.Page == cited.Page && block.Slide == cited.Slide && block.Sheet == cited.Sheet
	}
	return block.Heading == cited.Heading
}

// grade compares the answer with what is right and adds it up.
func (q *QuestionAnswer) grade(right localrag.GradedQuestion, tallies ...*localrag.Tally) {
	if !right.Answerable {
		for _, t := range tallies {
			t.Unanswerable(q.Refused || len(q.Citations) == 0)
		}
		return
	}
	g := localrag.GradeCitations(right, q.Citations)
	for _, t := range tallies {
		t.Answered(g)
	}
	q.Place, q.First, q.Span = &g.Place, &g.First, &g.Span
}

func writeAnswers(path string, answers []QuestionAnswer) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, answer := range answers {
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), file.Close())
}
