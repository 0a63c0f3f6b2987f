package app

import (
	"context"
	"path/filepath"
	"time"

	"kontor/storage"
)

// AskRequest is one question about files, without a chat. Local callers only.
type AskRequest struct {
	Question string `json:"question"`
	// Paths of files and folders; none asks everything that is indexed.
	Paths []string `json:"paths"`
	// Filter narrows where the question looks, beside what its words say.
	Filter *Filter `json:"filter,omitempty"`
	// Mode is whole_document, retrieval, everything or table; "" lets the
	// question decide.
	Mode string `json:"mode,omitempty"`
	// NoModel stops after retrieval.
	NoModel bool `json:"noModel"`
	// Formulate lets a trial model write, too.
	Formulate bool `json:"formulate"`
}

// AskAnswer is the answer as the command line prints it as JSON.
type AskAnswer struct {
	Question string `json:"question"`
	// Mode is how the documents were used: whole_document, retrieval,
	// everything, table, passages_only or nothing_found.
	Mode      string        `json:"mode"`
	Model     string        `json:"model"`
	Answer    string        `json:"answer"`
	Citations []AskCitation `json:"citations"`
	Passages  []AskPassage  `json:"passages"`
	Timings   AskTimings    `json:"timings"`
	// Survey tells, in mode everything, how many passages were read and what
	// was found; Table, in mode table, the query and its rows.
	Survey *Survey       `json:"survey,omitempty"`
	Table  *TableOutcome `json:"table,omitempty"`
	// Problem ended the work early; what was found until then is there.
	Problem *Problem `json:"problem,omitempty"`
	// Refused are files that could not be read; absent if there are none.
	Refused []RefusedFile `json:"refused,omitempty"`
}

// AskCitation is a source the answer rests on. Without a written answer the
// passages themselves are the answer and all are listed.
type AskCitation struct {
	N       int    `json:"n"`
	File    string `json:"file"`
	Page    int    `json:"page"` // 0 where the format has none
	Part    string `json:"part,omitempty"`
	Heading string `json:"heading"`
	Text    string `json:"text"`
}

// AskPassage is a passage that was found.
type AskPassage struct {
	File    string  `json:"file"`
	Page    int     `json:"page"` // 0 where the format has none
	Part    string  `json:"part,omitempty"`
	Heading string  `json:"heading"`
	Text    string  `json:"text"`
	Score   float64 `json:"score"`
}

// AskTimings are wall-clock milliseconds.
type AskTimings struct {
	IndexMs     int64 `json:"indexMs"`     // until the files were searchable by words and vectors
	RetrievalMs int64 `json:"retrievalMs"` // of it the question's embedding: embedMs
	EmbedMs     int64 `json:"embedMs"`
	FirstMs     int64 `json:"firstTokenMs"`
	TotalMs     int64 `json:"totalMs"`
}

// WaitRequest waits until documents are read and have vectors.
type WaitRequest struct {
	DocumentIDs []string `json:"documentIds"`
}

// Asking is the service behind the command line.
type Asking struct{ app *App }

func (s *Asking) register(t *Surface) {
	handleLocal(t, "ask.run", s.Run)
	handleLocal(t, "ask.wait", s.Wait)
}

// Run reads the files if they are new, waits until they can be searched and
// answers the question. Nothing of it is kept but the documents.
func (s *Asking) Run(ctx context.Context, p Principal, r AskRequest) (AskAnswer, error) {
	began := time.Now()
	answer := AskAnswer{Question: r.Question, Citations: []AskCitation{}, Passages: []AskPassage{}, Refused: []RefusedFile{}}
	var ids []string
	if len(r.Paths) > 0 {
		collection, err := s.collection(ctx, p)
		if err != nil {
			return answer, err
		}
		added, err := s.app.library.Add(ctx, p, AddRequest{Paths: r.Paths, CollectionID: collection})
		if err != nil {
			return answer, err
		}
		answer.Refused = added.Refused
		for _, d := range added.Documents {
			ids = append(ids, d.ID)
		}
		ids = append(ids, added.Known...)
		documents, err := s.Wait(ctx, p, WaitRequest{DocumentIDs: ids})
		if err != nil {
			return answer, err
		}
		readable := ids[:0:0]
		for _, d := range documents.Documents {
			if d.Problem != nil {
				answer.Refused = append(answer.Refused, RefusedFile{Name: d.Name, Problem: *d.Problem})
			} else {
				readable = append(readable, d.ID)
			}
		}
		if ids = readable; len(ids) == 0 {
			first := answer.Refused[0].Problem
			return answer, &Error{Code: first.Code, Args: first.Args}
		}
	}
	answer.Timings.IndexMs = time.Since(began).Milliseconds()
	message, timings, err := s.ask(ctx, p, r, ids)
	if err != nil {
		return answer, err
	}
	answer.Timings.RetrievalMs, answer.Timings.EmbedMs = timings.RetrievalMs, timings.EmbedMs
	s.fill(ctx, p, &answer, message)
	answer.Timings.TotalMs = time.Since(began).Milliseconds()
	return answer, nil
}

// collection of documents that came by the command line.
func (s *Asking) collection(ctx context.Context, p Principal) (string, error) {
	name := s.app.text("collection.command_line", nil)
	records, err := s.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return "", err
	}
	for _, c := range records {
		if c.Name == name {
			return c.ID, nil
		}
	}
	record, err := s.app.db.CreateCollection(ctx, p.OwnerID, name)
	return record.ID, err
}

// Wait returns when the documents have failed or are as searchable as they can
// be on this machine.
func (s *Asking) Wait(ctx context.Context, p Principal, r WaitRequest) (DocumentList, error) {
	for {
		list := DocumentList{Documents: []Document{}, Total: len(r.DocumentIDs)}
		settled := true
		for _, id := range r.DocumentIDs {
			d, err := s.app.library.Document(ctx, p, ByID{ID: id})
			if err != nil {
				return list, err
			}
			list.Documents = append(list.Documents, d)
			switch d.Status {
			case storage.DocumentQueued, storage.DocumentParsing:
				settled = false
			case storage.DocumentSearchable:
				settled = settled && !s.app.models.canEmbed()
			}
		}
		if settled {
			return list, nil
		}
		select {
		case <-ctx.Done():
			return list, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ask runs one answer that is not kept.
func (s *Asking) ask(ctx context.Context, p Principal, r AskRequest, documents []string) (Message, AskTimings, error) {
	if !r.NoModel {
		s.app.models.waitReady(ctx)
	}
	record := storage.Message{ID: s.app.newID(), ChatID: s.app.newID(), Role: "assistant", Status: storage.MessageRunning}
	chat := storage.Chat{ID: record.ChatID, OwnerID: p.OwnerID}
	if len(documents) == 0 {
		collections, err := s.app.db.Collections(ctx, p.OwnerID)
		if err != nil {
			return Message{}, AskTimings{}, err
		}
		for _, c := range collections {
			chat.CollectionIDs = append(chat.CollectionIDs, c.ID)
		}
	}
	if err := checkMode(r.Mode); err != nil {
		return Message{}, AskTimings{}, err
	}
	options := wishes(Asked{Mode: r.Mode}, r.Formulate, "")
	options.question, options.passagesOnly, options.documents, options.ephemeral = r.Question, r.NoModel, documents, true
	if r.Filter != nil {
		options.filter = *r.Filter
	}
	options, err := s.app.withFilter(ctx, p, chat.CollectionIDs, options)
	if err != nil {
		return Message{}, AskTimings{}, err
	}
	job := s.app.answers.begin(p, chat, record, options)
	job.start()
	select {
	case <-job.done:
	case <-ctx.Done():
		s.app.answers.stop(record.ID)
		return Message{}, AskTimings{}, ctx.Err()
	}
	message := job.snapshot()
	if message.Problem != nil && (message.Survey == nil || message.Text == "") {
		return message, AskTimings{}, &Error{Code: message.Problem.Code, Args: message.Problem.Args}
	}
	return message, AskTimings{RetrievalMs: job.timings.Total.Milliseconds(), EmbedMs: job.timings.Embed.Milliseconds()}, nil
}

// fill turns the message into what is printed.
func (s *Asking) fill(ctx context.Context, p Principal, answer *AskAnswer, message Message) {
	answer.Mode, answer.Model, answer.Answer = message.Mode, message.Model, message.Text
	answer.Survey, answer.Table, answer.Problem = message.Survey, message.Table, message.Problem
	if message.Facts != nil {
		answer.Timings.FirstMs = message.Facts.FirstTokenMs
	}
	files := map[string]string{}
	for _, passage := range message.Passages {
		file, known := files[passage.DocumentID]
		if !known {
			file = passage.Document
			if d, err := s.app.db.Document(ctx, p.OwnerID, passage.DocumentID, storage.EmbedderKey{}); err == nil {
				if file = d.Name; d.Origin != "" {
					file = filepath.ToSlash(d.Origin)
				}
			}
			files[passage.DocumentID] = file
		}
		answer.Passages = append(answer.Passages, AskPassage{
			File: file, Page: passage.Page, Part: passage.Part, Heading: passage.Heading, Text: passage.Text, Score: passage.Score,
		})
		if passage.Cited || message.Text == "" {
			answer.Citations = append(answer.Citations, AskCitation{
				N: passage.N, File: file, Page: passage.Page, Part: passage.Part, Heading: passage.Heading, Text: passage.Text,
			})
		}
	}
}
