package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/localrag"
	"kontor/storage"
)

// Codes of problems with golden questions.
const (
	ProblemGoldenIncomplete = "golden_incomplete"
	ProblemGoldenNone       = "golden_none"
	ProblemGoldenFile       = "golden_file"
)

func qualityProblems() []string {
	return []string{ProblemGoldenIncomplete, ProblemGoldenNone, ProblemGoldenFile}
}

// QualityService keeps golden questions and looks whether retrieval still
// answers them from the right place: when a person asks, and by itself after
// documents, the embedder or the questions changed.
type QualityService struct {
	app *App

	mu      sync.Mutex
	running map[string]*qualityProgress // by collection
}

type qualityProgress struct{ done, total int }

func newQuality(a *App) *QualityService {
	return &QualityService{app: a, running: map[string]*qualityProgress{}}
}

func (s *QualityService) register(t *Surface) {
	handle(t, "quality.get", s.Get)
	handle(t, "quality.save", s.Save)
	handle(t, "quality.delete", s.Delete)
	handle(t, "quality.addFromAnswer", s.AddFromAnswer)
	handle(t, "quality.run", s.Run)
	handle(t, "quality.import", s.Import)
	handle(t, "quality.export", s.Export)
}

// shownRuns is how much history is shown.
const shownRuns = 30

// Get lists a collection's questions with their last results, and its history.
func (s *QualityService) Get(ctx context.Context, p Principal, r ByID) (Quality, error) {
	view := Quality{CollectionID: r.ID, Questions: []GoldenQuestion{}, Runs: []QualityRun{}}
	// Before the runs are read: one that ends in between is in them then.
	s.mu.Lock()
	if progress := s.running[r.ID]; progress != nil {
		view.Running, view.Done, view.Total = true, progress.done, progress.total
	}
	s.mu.Unlock()
	questions, err := s.app.db.GoldenQuestions(ctx, p.OwnerID, r.ID)
	if err != nil {
		return view, err
	}
	runs, err := s.app.db.GoldenRuns(ctx, p.OwnerID, r.ID, shownRuns)
	if err != nil {
		return view, err
	}
	results := map[string]GoldenResult{}
	for i, run := range runs {
		view.Runs = append(view.Runs, qualityRunView(run))
		if i > 0 {
			continue
		}
		var list []GoldenResult
		if err := json.Unmarshal(run.Results, &list); err != nil {
			return view, err
		}
		for _, result := range list {
			results[result.QuestionID] = result
		}
	}
	for _, g := range questions {
		question := goldenView(g)
		if result, known := results[g.ID]; known && g.UpdatedAt <= runs[0].At {
			question.Result = &result
		}
		view.Questions = append(view.Questions, question)
	}
	return view, nil
}

func qualityRunView(r storage.GoldenRun) QualityRun {
	return QualityRun{ID: r.ID, At: r.At, Reason: r.Reason, Embedder: r.Embedder, Questions: r.Questions, Found: r.Found, First: r.First}
}

func goldenView(g storage.GoldenQuestion) GoldenQuestion {
	view := GoldenQuestion{
		ID: g.ID, CollectionID: g.CollectionID, Question: g.Question, DocumentID: g.DocumentID, Document: g.Document, Answer: g.Answer,
	}
	var place localrag.GradedPlace
	if len(g.Place) > 0 && json.Unmarshal(g.Place, &place) == nil {
		view.Page, view.Slide, view.Sheet, view.Heading = place.Page, place.Slide, place.Sheet, place.Heading
	}
	return view
}

func goldenRecord(g GoldenQuestion) storage.GoldenQuestion {
	return storage.GoldenQuestion{
		ID: g.ID, CollectionID: g.CollectionID, Question: strings.TrimSpace(g.Question), DocumentID: g.DocumentID,
		Document: strings.TrimSpace(g.Document), Answer: strings.TrimSpace(g.Answer),
		Place: mustJSON(localrag.GradedPlace{Page: max(0, g.Page), Slide: max(0, g.Slide), Sheet: strings.TrimSpace(g.Sheet), Heading: strings.TrimSpace(g.Heading)}),
	}
}

// Save adds a question or changes one.
func (s *QualityService) Save(ctx context.Context, p Principal, g GoldenQuestion) (Quality, error) {
	record := goldenRecord(g)
	if record.Question == "" || record.Document == "" {
		return Quality{}, &Error{Code: ProblemGoldenIncomplete}
	}
	if err := s.app.db.SaveGoldenQuestions(ctx, p.OwnerID, g.CollectionID, []storage.GoldenQuestion{record}); err != nil {
		return Quality{}, err
	}
	return s.Get(ctx, p, ByID{ID: g.CollectionID})
}

// Delete removes a question.
func (s *QualityService) Delete(ctx context.Context, p Principal, r ByID) (Empty, error) {
	return Empty{}, s.app.db.DeleteGoldenQuestion(ctx, p.OwnerID, r.ID)
}

// AddFromAnswer makes a golden question of a question that was asked and the
// passage that answers it, in the first collection that holds the document.
func (s *QualityService) AddFromAnswer(ctx context.Context, p Principal, r GoldenFromAnswer) (Quality, error) {
	answer, err := s.app.db.Message(ctx, p.OwnerID, r.MessageID)
	if err != nil {
		return Quality{}, err
	}
	question, err := s.app.db.Message(ctx, p.OwnerID, answer.ParentID)
	if err != nil {
		return Quality{}, err
	}
	view := messageView(answer)
	at := slices.IndexFunc(view.Passages, func(passage Passage) bool { return passage.N == r.N })
	if at < 0 {
		return Quality{}, &storage.Error{Code: storage.CodeNotFound}
	}
	passage := view.Passages[at]
	document, err := s.app.db.Document(ctx, p.OwnerID, passage.DocumentID, storage.EmbedderKey{})
	if err != nil {
		return Quality{}, err
	}
	collection, err := s.collectionOf(ctx, p, answer.ChatID, document)
	if err != nil {
		return Quality{}, err
	}
	asked := strings.TrimSpace(messageView(question).Text)
	known, err := s.app.db.GoldenQuestions(ctx, p.OwnerID, collection)
	if err != nil {
		return Quality{}, err
	}
	golden := GoldenQuestion{
		CollectionID: collection, Question: asked, DocumentID: document.ID, Document: document.Name,
		Page: passage.Page, Slide: passage.Slide, Sheet: passage.Sheet, Heading: passage.Heading,
	}
	for _, k := range known { // a second click corrects the first
		if k.Question == asked {
			golden.ID, golden.Answer = k.ID, k.Answer
		}
	}
	return s.Save(ctx, p, golden)
}

// collectionOf prefers a collection of the chat.
func (s *QualityService) collectionOf(ctx context.Context, p Principal, chatID string, d storage.Document) (string, error) {
	chat, err := s.app.db.Chat(ctx, p.OwnerID, chatID)
	if err != nil {
		return "", err
	}
	for _, id := range chat.CollectionIDs {
		if slices.Contains(d.CollectionIDs, id) {
			return id, nil
		}
	}
	if len(d.CollectionIDs) == 0 {
		return "", &storage.Error{Code: storage.CodeNotFound}
	}
	return d.CollectionIDs[0], nil
}

// Run asks all questions of a collection now, in the background.
func (s *QualityService) Run(ctx context.Context, p Principal, r ByID) (Quality, error) {
	questions, err := s.app.db.GoldenQuestions(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Quality{}, err
	}
	if len(questions) == 0 {
		return Quality{}, &Error{Code: ProblemGoldenNone}
	}
	if s.enter(r.ID, len(questions)) {
		s.app.background.Go(func() {
			defer s.leave(r.ID)
			if err := s.check(s.app.life, p, r.ID, "asked"); err != nil && s.app.life.Err() == nil {
				s.app.log.Warn("golden questions", "collection", r.ID, "error", err)
			}
		})
	}
	return s.Get(ctx, p, r)
}

func (s *QualityService) enter(collection string, total int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[collection] != nil {
		return false
	}
	s.running[collection] = &qualityProgress{total: total}
	return true
}

func (s *QualityService) leave(collection string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, collection)
}

// goldenCitations is how many citations may hold the right place.
const goldenCitations = 3

// check asks every question and keeps the result.
func (s *QualityService) check(ctx context.Context, p Principal, collection, reason string) error {
	questions, err := s.app.db.GoldenQuestions(ctx, p.OwnerID, collection)
	if err != nil {
		return err
	}
	state, err := s.state(ctx, p, collection)
	if err != nil {
		return err
	}
	run := storage.GoldenRun{CollectionID: collection, Reason: reason, State: state, Questions: len(questions)}
	if model, known := s.app.models.embedder(); known && s.app.models.embedderReady() {
		run.Embedder = model.Name
	}
	results := make([]GoldenResult, 0, len(questions))
	sources := map[string]parsedText{}
	for i, g := range questions {
		result, err := s.ask(ctx, p, g, sources)
		if err != nil {
			return err
		}
		run.Found += count(result.Rank > 0)
		run.First += count(result.Rank == 1)
		results = append(results, result)
		s.mu.Lock()
		if progress := s.running[collection]; progress != nil {
			progress.done = i + 1
		}
		s.mu.Unlock()
	}
	run.Results = mustJSON(results)
	_, err = s.app.db.AddGoldenRun(ctx, p.OwnerID, run)
	return err
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// ask looks up one question as a person's is looked up, when nobody else needs
// the models.
func (s *QualityService) ask(ctx context.Context, p Principal, g storage.GoldenQuestion, sources map[string]parsedText) (GoldenResult, error) {
	result := GoldenResult{QuestionID: g.ID, Found: []GoldenPlace{}}
	scope := localrag.Scope{OwnerID: p.OwnerID, CollectionIDs: []string{g.CollectionID}}
	var found localrag.Result
	for {
		err := s.app.queue.Do(ctx, Indexing, "", nil, func(ctx context.Context) (err error) {
			found, err = s.app.retrieve(ctx, localrag.Query{Question: g.Question, Scope: scope, Limit: passagesPerAnswer})
			return err
		})
		if err == nil {
			break
		}
		if !errors.Is(err, errPreempted) {
			return result, err
		}
		sleep(ctx, time.Second)
	}
	view := goldenView(g)
	right := localrag.GradedQuestion{AnswerText: g.Answer, Where: []localrag.GradedPlace{{
		File: g.Document, Page: view.Page, Slide: view.Slide, Sheet: view.Sheet, Heading: view.Heading,
	}}}
	if found.Nothing {
		found.Passages = nil
	}
	for i, passage := range found.Passages[:min(goldenCitations, len(found.Passages))] {
		citation, err := s.cite(ctx, p, passage.Passage, sources)
		if err != nil {
			return result, err
		}
		place := citation.GradedPlace
		result.Found = append(result.Found, GoldenPlace{
			DocumentID: passage.DocumentID, Document: place.File, Page: place.Page, Slide: place.Slide, Sheet: place.Sheet, Heading: place.Heading,
		})
		if passage.DocumentID == g.DocumentID {
			citation.File = g.Document // it may have another name by now
		}
		grade := localrag.GradeCitations(right, []localrag.GradedCitation{citation})
		result.File = result.File || grade.File
		result.Answer = result.Answer || grade.Span || grade.Place && g.Answer == ""
		if grade.Place && result.Rank == 0 {
			result.Rank = i + 1
		}
	}
	return result, nil
}

// cite makes a citation of a passage.
func (s *QualityService) cite(ctx context.Context, p Principal, passage localrag.Passage, sources map[string]parsedText) (localrag.GradedCitation, error) {
	source, known := sources[passage.DocumentID]
	if !known {
		document, err := s.app.db.Document(ctx, p.OwnerID, passage.DocumentID, storage.EmbedderKey{})
		if err != nil {
			return localrag.GradedCitation{}, err
		}
		if source, err = s.app.parsedText(ctx, p, passage.DocumentID); err != nil {
			return localrag.GradedCitation{}, err
		}
		source.file = document.Name
		sources[passage.DocumentID] = source
	}
	return gradedCitation(passage, source), nil
}
