package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// queryTokens is the longest query a model may write.
const queryTokens = 400

// queryTries is how often the model may write it: once more after an error.
const queryTries = 2

// askTable answers from a spreadsheet: a form's query, or one that the model
// proposes. The rows are the answer and its source.
func (j *answering) askTable() error {
	j.show(modeTable, []Passage{})
	j.phase("querying")
	if q := j.options.table; q != nil {
		outcome, err := j.app.tables.Query(j.ctx, j.principal, *q)
		if err != nil {
			return err
		}
		j.answerTable(outcome)
		return nil
	}
	documents, err := j.spreadsheets(j.ctx)
	if err != nil {
		return err
	}
	if len(documents) == 0 {
		return &Error{Code: ProblemNoTable}
	}
	model, modelErr := j.app.models.forChat(j.ctx, j.classed(j.ctx))
	if modelErr != nil && ofProvider(j.chat.Model) && !j.options.passagesOnly {
		return modelErr
	}
	if j.byWords(model) {
		if modelErr != nil && !j.options.passagesOnly {
			j.app.log.Info("no model for a query", "error", modelErr)
		}
		return &Error{Code: ProblemTableNeedsModel}
	}
	queued := func() { j.phase("queued") }
	return j.app.queue.Do(j.ctx, Interactive, j.principal.OwnerID, queued, func(ctx context.Context) error {
		j.phase("querying")
		outcome, err := j.app.tables.propose(ctx, j, model, documents)
		if outcome.SQL != "" { // also a query that failed: a person may see what went wrong
			j.mu.Lock()
			j.message.Table = &outcome
			j.mu.Unlock()
		}
		if err == nil {
			j.answerTable(outcome)
		}
		return err
	})
}

// candidateDocuments bounds how many spreadsheets are looked into for the one
// that a question is about.
const candidateDocuments = 5

// propose lets the model write a query for the table the question is about.
func (s *Tables) propose(ctx context.Context, j *answering, model chatModel, documents []storage.SizedDocument) (TableOutcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, at, err := s.choose(ctx, j, documents)
	if err != nil {
		return TableOutcome{}, err
	}
	window := s.app.models.window(model)
	j.mu.Lock()
	j.message.Model, j.digest, j.facts = model.shown(), model.digest, Facts{Provider: model.provider, Place: model.place, ContextWindow: window}
	j.mu.Unlock()
	if err := j.load(ctx, model, window); err != nil {
		return TableOutcome{}, err
	}
	language := localrag.DetectLanguage(j.options.question)
	messages := []llm.Message{
		{Role: llm.System, Text: prompts.Text(prompts.Table, language, "{table}", describeTable(d, at))},
		{Role: llm.User, Text: j.options.question},
	}
	outcome := TableOutcome{}
	for try := 1; ; try++ {
		written, err := j.writeQuery(ctx, model, window, messages)
		if err != nil {
			return outcome, err
		}
		query := writtenQuery(written)
		reason := "no SELECT statement"
		if query != "" {
			if outcome, err = s.run(ctx, d, at, query); err == nil {
				outcome.ByModel = true
				return outcome, nil
			}
			outcome.ByModel = true
			var refused *storage.Error
			if !errors.As(err, &refused) || refused.Code == storage.CodeFailed {
				return outcome, err
			}
			reason = cmp.Or(refused.Message, string(refused.Code))
		}
		if try == queryTries {
			return outcome, cmp.Or(err, error(&Error{Code: ProblemTableNoQuery}))
		}
		messages = append(messages, llm.Message{Role: llm.Assistant, Text: clip(written, 2000)},
			llm.Message{Role: llm.User, Text: prompts.Text(prompts.Repair, language, "{reason}", clip(reason, 300))})
	}
}

// choose finds the table whose names and headings share most words with the
// question.
func (s *Tables) choose(ctx context.Context, j *answering, documents []storage.SizedDocument) (*openedDocument, int, error) {
	language := localrag.DetectLanguage(j.options.question)
	wanted := map[string]bool{}
	for _, t := range s.app.analyser.Terms(language, j.options.question) {
		wanted[t] = true
	}
	shared := func(text string) (n int) {
		for _, t := range s.app.analyser.Terms(language, text) {
			if wanted[t] {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(documents, func(a, b storage.SizedDocument) int { return shared(b.Name) - shared(a.Name) })
	bestID, bestAt, most := "", 0, -1
	var failure error
	for _, candidate := range documents[:min(candidateDocuments, len(documents))] {
		d, err := s.open(ctx, j.principal, candidate.ID)
		if err != nil {
			failure = cmp.Or(failure, err)
			continue
		}
		for at, sheet := range d.sheets {
			text := candidate.Name + " " + sheet.Name
			for _, c := range sheet.Columns {
				text += " " + c.Heading + " " + strings.Join(c.Examples, " ")
			}
			if n := shared(text); n > most {
				bestID, bestAt, most = d.id, at, n
			}
		}
	}
	if bestID == "" {
		return nil, 0, cmp.Or(failure, error(&Error{Code: ProblemNoTable}))
	}
	d, err := s.open(ctx, j.principal, bestID)
	return d, bestAt, err
}

// describeTable tells the model a table's name, columns and a few values.
func describeTable(d *openedDocument, at int) string {
	var b strings.Builder
	b.WriteString(d.names[at] + " (" + storage.RowNumber + " INTEGER")
	for _, c := range d.sheets[at].Columns {
		kind := map[localrag.ColumnType]string{localrag.NumberColumn: "REAL", localrag.DateColumn: "TEXT /* date */"}[c.Type]
		b.WriteString(",\n  " + c.Name + " " + cmp.Or(kind, "TEXT"))
		var notes []string
		if c.Heading != "" {
			notes = append(notes, clip(c.Heading, 60))
		}
		if c.Unit != "" {
			notes = append(notes, c.Unit)
		}
		if c.Type == localrag.TextColumn {
			for _, e := range c.Examples[:min(3, len(c.Examples))] {
				notes = append(notes, literal(clip(strings.Join(strings.Fields(e), " "), 40)))
			}
		}
		b.WriteString(" -- " + strings.Join(notes, ", "))
	}
	return b.String() + "\n)"
}

var querySchema = json.RawMessage(`{"type":"object","properties":{"sql":{"type":"string"}},"required":["sql"]}`)

func (j *answering) writeQuery(ctx context.Context, model chatModel, window int, messages []llm.Message) (string, error) {
	exact := 0.0
	request := llm.Request{
		Model: model.name, ContextWindow: window, MaxTokens: min(queryTokens, window/4), Temperature: &exact, Messages: messages, Schema: querySchema,
	}
	count, err := j.app.models.provider().CountTokens(ctx, request)
	if err != nil {
		return "", err
	}
	if limit := window - request.MaxTokens; count.Tokens > limit {
		return "", &Error{Code: ProblemQuestionTooLong, Args: map[string]string{"tokens": strconv.Itoa(count.Tokens), "limit": strconv.Itoa(limit)}}
	}
	var written strings.Builder
	result, err := j.app.models.provider().Chat(ctx, request, func(d llm.Delta) error {
		written.WriteString(d.Text)
		return nil
	})
	j.mu.Lock()
	j.facts.PromptTokens += result.Usage.PromptTokens
	j.facts.OutputTokens += result.Usage.OutputTokens
	j.facts.Finish = string(result.Finish)
	j.mu.Unlock()
	return written.String(), err
}

var bareSelect = regexp.MustCompile(`(?is)\b(?:select|with)\s.*`)

// writtenQuery finds the query in what a model wrote: the JSON it was asked
// for, or a statement in the text.
func writtenQuery(written string) string {
	var answer struct {
		SQL string `json:"sql"`
	}
	text := strings.TrimSpace(written)
	if start, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}'); start >= 0 && end > start {
		if json.Unmarshal([]byte(text[start:end+1]), &answer) == nil && answer.SQL != "" {
			return strings.TrimSpace(answer.SQL)
		}
	}
	query := bareSelect.FindString(text)
	query, _, _ = strings.Cut(query, "```")
	return strings.TrimSpace(query)
}
