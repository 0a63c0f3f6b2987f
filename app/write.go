package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// How documents were used for an answer.
const (
	modeWhole    = "whole_document"
	modeRetrieve = "retrieval"
	modePassages = "passages_only"
	modeNothing  = "nothing_found"
)

// passagesPerAnswer is how many passages are shown and given to the model; the
// budget may give it fewer.
const passagesPerAnswer = 8

// write makes the answer: passages first, then the model.
func (j *answering) write() error {
	queued := func() { j.phase("queued") }
	if err := j.awaitTurn(); err != nil {
		return err
	}
	if j.options.begun != nil {
		return j.goOn(queued)
	}
	j.awaitReading()
	switch mode, err := j.chooseMode(j.ctx); {
	case err != nil:
		return err
	case mode == modeAll:
		return j.goThrough()
	case mode == modeTable:
		return j.askTable()
	}
	return j.app.queue.Do(j.ctx, Interactive, j.principal.OwnerID, queued, func(ctx context.Context) error {
		model, err := j.app.models.forChat(ctx, j.classed(ctx))
		if len(j.chat.CollectionIDs) == 0 && len(j.options.documents) == 0 && !j.options.filter.limits() {
			if err != nil {
				return err
			}
			return j.generate(ctx, model, answerPlan{})
		}
		// Passages are found and shown even when no model can run.
		plan, planErr := j.planDocuments(ctx, model)
		switch {
		case planErr != nil:
			return planErr
		case plan.mode == modeNothing:
			return nil
		case err != nil && ofProvider(j.chat.Model) && !j.options.passagesOnly:
			return err // it was chosen: silence would look like an answer
		case plan.mode == modePassages:
			return nil
		case err != nil:
			return err
		}
		return j.generate(ctx, model, plan)
	})
}

// How long an answer waits for documents that are still being read: people
// drop a file and ask at once. With more documents than that, or longer, it
// uses what is there and says how many are missing.
const (
	readingWait = time.Minute
	readingMost = 20
)

// awaitReading waits, outside the queue, for the documents the answer may use.
func (j *answering) awaitReading() {
	deadline := time.Now().Add(readingWait)
	for told := false; ; told = true {
		unread := j.unread()
		j.mu.Lock()
		j.message.Unread = unread
		j.mu.Unlock()
		if unread == 0 || unread > readingMost || time.Now().After(deadline) || j.ctx.Err() != nil {
			return
		}
		if !told {
			j.phase("retrieving")
		}
		sleep(j.ctx, 50*time.Millisecond)
	}
}

// unread counts documents in scope that have no text yet.
func (j *answering) unread() int {
	if len(j.chat.CollectionIDs) == 0 {
		return 0
	}
	n, err := j.app.db.CountPending(j.ctx, j.principal.OwnerID, j.chat.CollectionIDs)
	if err != nil {
		return 0
	}
	return n
}

// answerPlan is how documents take part in an answer.
type answerPlan struct {
	mode     string
	language string
	passages []localrag.Passage // numbered in this order
	around   []localrag.Passage // what stands beside the best of them
	whole    []wholeDocument
}

// wholeDocument is a document given in full.
type wholeDocument struct{ id, title, text string }

// planDocuments finds passages, decides the mode and shows both.
func (j *answering) planDocuments(ctx context.Context, model chatModel) (answerPlan, error) {
	j.phase("retrieving")
	found, err := j.lookUp(ctx, model)
	if err != nil {
		return answerPlan{}, err
	}
	j.timings = found.Timings
	plan := answerPlan{mode: modeRetrieve, language: found.Language}
	var views []Passage
	for i, ranked := range found.Passages {
		plan.passages = append(plan.passages, ranked.Passage)
		views = append(views, passageView(i+1, ranked.Passage, j.hash(ctx, ranked.DocumentID), ranked.Score))
	}
	if (!model.trial || j.options.formulate) && !j.options.passagesOnly && j.options.mode != modeRetrieve {
		if whole, ok := j.wholeDocuments(ctx, model); ok {
			plan.mode, plan.whole = modeWhole, whole
		} else if j.options.mode == modeWhole && model.name != "" {
			return answerPlan{}, &Error{Code: ProblemWholeTooLong}
		}
	}
	switch {
	case plan.mode == modeWhole:
	case found.Nothing && !j.options.formulate:
		plan.mode, views, plan.passages = modeNothing, nil, nil
	case j.options.passagesOnly || model.name == "" || model.trial && !j.options.formulate:
		plan.mode = modePassages
	}
	if views == nil {
		views = []Passage{}
	}
	j.show(plan.mode, views)
	if plan.mode == modeRetrieve {
		plan.around = j.surroundings(ctx, plan.passages)
	}
	return plan, j.prepareMatcher(ctx, plan)
}

// prepareMatcher gives the sentence check its candidates: the shown passages,
// and with a whole document all of its passages.
func (j *answering) prepareMatcher(ctx context.Context, plan answerPlan) error {
	if plan.mode == modeNothing || plan.mode == modePassages {
		return nil
	}
	candidates := slices.Concat(plan.passages, plan.around)
	seen := map[int64]bool{}
	for _, p := range candidates {
		seen[p.ID] = true
	}
	for _, whole := range plan.whole {
		records, err := j.app.db.PassagesOf(ctx, j.principal.OwnerID, whole.id)
		if err != nil {
			return err
		}
		j.hash(ctx, whole.id)
		for _, r := range records {
			if !seen[r.ID] {
				candidates = append(candidates, ragPassage(r))
			}
		}
	}
	language := plan.language
	if language == "" {
		language = localrag.DetectLanguage(j.options.question)
	}
	j.candidates = candidates
	matcher := &answerMatcher{matcher: localrag.NewMatcher(candidates), language: language}
	j.mu.Lock()
	j.matcher = matcher
	j.mu.Unlock()
	return nil
}

// hash remembers which bytes a document had when it was cited.
func (j *answering) hash(ctx context.Context, documentID string) string {
	if hash, known := j.hashes[documentID]; known {
		return hash
	}
	record, err := j.app.db.Document(ctx, j.principal.OwnerID, documentID, storage.EmbedderKey{})
	if err != nil {
		return ""
	}
	j.hashes[documentID] = record.Hash
	return record.Hash
}

// turn is one earlier question with its answer.
type turn struct {
	id, question, answer string
	images               []Image
}

// turns of the branch that leads to this answer, without its own question.
func (j *answering) turns(ctx context.Context) []turn {
	if j.options.ephemeral {
		return nil // a question of the command line has no chat
	}
	stored, err := j.app.history(j.chat.ID).Messages(ctx, j.principal.OwnerID, j.chat.ID)
	if err != nil {
		j.app.log.Error("read history", "error", err)
		return nil
	}
	path := j.app.fromStart(ctx, j.chat, branch(stored, j.message.ID))
	var turns []turn
	for i := 0; i+1 < len(path); i++ {
		if path[i].ID == j.message.ParentID {
			break
		}
		if path[i].Role != "user" || path[i+1].Role != "assistant" {
			continue
		}
		question, answer := messageView(path[i]), messageView(path[i+1])
		if answer.Text == "" {
			continue // passages only, or failed: nothing the model said
		}
		turns = append(turns, turn{id: question.ID, question: question.Text, answer: remembered(answer), images: question.Images})
	}
	return turns
}

// remembered is what later turns read of an answer. A list that Kontor put
// together may be longer than a window.
func remembered(answer Message) string {
	if answer.Survey == nil && answer.Table == nil {
		return answer.Text
	}
	return clip(answer.Text, 2000)
}

// generate asks the model and streams its answer.
func (j *answering) generate(ctx context.Context, model chatModel, plan answerPlan) error {
	window := j.app.models.window(model)
	request, budget, err := j.app.buildPrompt(ctx, promptInput{
		model: model, window: window, begun: j.begunTokens(), plan: plan, turns: j.turns(ctx), question: j.options.question,
		images:       j.options.images,
		instructions: j.app.instructionsOf(ctx, j.chat),
	})
	if err != nil {
		return j.noRoom(err)
	}
	model.wishes.apply(&request)
	emit, end := j.emit, func() error { return nil }
	if j.options.begun != nil {
		if request, err = j.goingOn(ctx, request, window); err != nil {
			return err
		}
		emit, end = j.continued(request.Begun == "")
	}
	j.mu.Lock()
	j.message.Model = model.shown()
	j.digest = model.digest
	j.facts = Facts{Digest: model.weights(), Quantization: model.quantization, Provider: model.provider, Place: model.place, ContextWindow: window, LeftOutTurns: budget.leftOutTurns, LeftOutPassages: budget.leftOutPassages}
	j.mu.Unlock()
	if !j.app.models.inMemory(ctx, model.name, window) {
		j.phase("loading")
	}
	if err := j.load(ctx, model, window); err != nil {
		return err
	}
	j.phase("reading")
	measured := j.app.measureEnergy(model)
	result, err := j.app.models.provider().Chat(ctx, request, emit)
	j.tellMachine(ctx, model, measured(), err)
	err = errors.Join(err, end())
	if result.Usage.OutputTokens == 0 { // stopped: the server told no figures
		result.Usage.PromptTokens, result.Usage.OutputTokens = budget.tokens, j.written(ctx, model)
	}
	j.account(model, result)
	if err != nil {
		var coded *llm.Error
		if errors.As(err, &coded) && coded.Code != llm.CodeCancelled {
			j.app.models.setLoaded("", 0)
		}
		return err
	}
	return nil
}

// account takes over what the provider measured.
func (j *answering) account(model chatModel, result llm.Result) {
	usage := result.Usage
	j.mu.Lock()
	j.facts.PromptTokens, j.facts.OutputTokens, j.facts.Finish = usage.PromptTokens, usage.OutputTokens, string(result.Finish)
	j.facts.Ignored = nil
	for _, parameter := range result.Ignored {
		j.facts.Ignored = append(j.facts.Ignored, string(parameter))
	}
	if usage.OutputDuration > 0 {
		j.facts.TokensPerSec = float64(usage.OutputTokens) / usage.OutputDuration.Seconds()
	}
	j.mu.Unlock()
	j.app.models.learnSpeed(model, usage)
}

// retrieve runs hybrid retrieval in a scope; it works without vectors.
func (a *App) retrieve(ctx context.Context, query localrag.Query) (localrag.Result, error) {
	allow, err := a.db.PassageFilter(ctx, storedScope(query.Scope))
	if err != nil {
		return localrag.Result{}, err
	}
	retriever := localrag.Retriever{
		Keyword:  keywordSearch{a.db},
		Passages: passageLoader{a.db, query.Scope.OwnerID},
		Analyser: a.analyser,
		Profile:  a.models.embedderProfile(),
		Now:      time.Now,
	}
	if index := a.vectors.current(); index != nil && index.Len() > 0 && a.models.embedderReady() {
		retriever.Vectors, retriever.Embedder = index, a.models
		retriever.Unembedded = func(ctx context.Context, ids []int64) ([]int64, error) {
			return a.db.WithoutVector(ctx, a.models.embedderKey(), ids)
		}
	}
	query.Allow = allow
	result, err := retriever.Retrieve(ctx, query)
	if err == nil && result.EmbedError != nil && ctx.Err() == nil {
		a.log.Warn("question not embedded", "error", result.EmbedError)
	}
	return result, err
}

// wholeDocuments returns all documents of the chat's collections if the model
// can read them: they fit into the window and into the time people are willing
// to wait, counted with this machine's speed.
func (j *answering) wholeDocuments(ctx context.Context, model chatModel) ([]wholeDocument, bool) {
	if model.name == "" || j.options.mode != modeWhole && j.app.policy.Number(policy.ReadingSeconds) == 0 {
		return nil, false
	}
	room := documentRoom(j.app.models.window(model))
	records, ok := j.documentsInScope(ctx)
	if !ok {
		return nil, false
	}
	var documents []wholeDocument
	for _, d := range records {
		text, _, err := j.app.db.DocumentText(ctx, j.principal.OwnerID, d.ID)
		if err != nil || len(text) > room*8 {
			return nil, false
		}
		documents = append(documents, wholeDocument{id: d.ID, title: d.Name, text: text})
	}
	tokens := j.app.models.countText(ctx, model, wholeText(documents))
	alone := ""
	if len(documents) == 1 {
		alone = documents[0].id
	}
	pinned := alone != "" && j.chat.PinnedDocumentID == alone
	if !j.affordsWhole(model, tokens, room, pinned) {
		return nil, false
	}
	if alone != "" && !pinned && !j.options.ephemeral && !j.options.filter.limits() {
		if _, err := j.app.history(j.chat.ID).UpdateChat(ctx, j.principal.OwnerID, j.chat.ID, storage.ChatUpdate{PinnedDocumentID: &alone}); err != nil {
			j.app.log.Error("pin document", "error", err)
		}
	}
	return documents, true
}

// documentRoom is how many tokens of a window documents in full may take.
func documentRoom(window int) int { return window - answerReserve(window) - 256 }

// affordsWhole says whether documents of so many tokens are read in full: what
// was asked for by name is limited by the room alone, what is pinned is read
// already (the runtime still has it or reads it once).
func (j *answering) affordsWhole(model chatModel, tokens, room int, pinned bool) bool {
	if tokens > room {
		return false
	}
	if j.options.mode == modeWhole {
		return true
	}
	seconds := j.app.policy.Number(policy.ReadingSeconds)
	return seconds > 0 && (pinned || float64(tokens)/j.app.models.promptSpeed(model) <= float64(seconds))
}

// documentsInScope lists the readable documents the answer may use; false if
// there are too many to give in full.
func (j *answering) documentsInScope(ctx context.Context) ([]storage.Document, bool) {
	records, err := j.app.db.DocumentsIn(ctx, storedScope(j.scope()), maxWholeDocuments+1)
	if err != nil || len(records) > maxWholeDocuments {
		return nil, false
	}
	var list []storage.Document
	for _, d := range records {
		if d.Status == storage.DocumentReady || d.Status == storage.DocumentSearchable {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b storage.Document) int { return strings.Compare(a.ID, b.ID) })
	return list, len(list) > 0 && len(list) <= maxWholeDocuments
}

// maxWholeDocuments is how many documents are given in full at most: with more
// the model mixes them up.
const maxWholeDocuments = 3
