package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"unicode"

	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// Titles gives chats a title by the model, when nobody waits. The title is
// asked as a continuation of the chat, so that the runtime's cache of the chat
// stays warm: asked as a prompt of its own it made the next question 18 s
// slower, as a continuation 0.25 s (measured with a 1,600-token prefix).
type Titles struct {
	app  *App
	mu   sync.Mutex
	busy map[string]bool
}

func newTitles(a *App) *Titles { return &Titles{app: a, busy: map[string]bool{}} }

// consider asks for a title if the chat has only a provisional one.
func (t *Titles) consider(p Principal, chatID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[chatID] || t.app.closing() {
		return
	}
	t.busy[chatID] = true
	t.app.background.Go(func() {
		defer func() {
			t.mu.Lock()
			delete(t.busy, chatID)
			t.mu.Unlock()
		}()
		if err := t.make(t.app.life, p, chatID); err != nil && !errors.Is(err, errPreempted) && t.app.life.Err() == nil {
			t.app.log.Warn("title", "chat", chatID, "error", err)
		}
	})
}

func (t *Titles) make(ctx context.Context, p Principal, chatID string) error {
	chat, err := t.app.db.Chat(ctx, p.OwnerID, chatID)
	if err != nil || chat.TitleSource != titleByQuestion {
		return err
	}
	model, err := t.app.models.forChat(ctx, chat)
	if err != nil || model.trial && !t.app.config.TitlesByTrialModel {
		return err // the trial model's titles are worse than the question
	}
	probe := &answering{app: t.app, principal: p, chat: chat, message: Message{ID: chat.ActiveLeaf}}
	turns := probe.allTurns(ctx)
	if len(turns) == 0 {
		return nil
	}
	in := promptInput{model: model, window: t.app.models.window(model), turns: turns}
	in.plan, in.instructions = probe.lastPlan(ctx), t.app.instructionsOf(ctx, chat)
	in.question = prompts.Text(prompts.Title, localrag.DetectLanguage(turns[0].question))
	request, _, err := t.app.buildPrompt(ctx, in)
	if err != nil {
		return err
	}
	request.MaxTokens = 24
	var written strings.Builder
	err = t.app.queue.Do(ctx, FollowUp, p.OwnerID, nil, func(ctx context.Context) error {
		_, err := t.app.models.provider().Chat(ctx, request, func(d llm.Delta) error {
			written.WriteString(d.Text)
			return nil
		})
		return err
	})
	if err != nil {
		return err
	}
	title := cleanTitle(written.String())
	if title == "" {
		return nil
	}
	return t.store(ctx, p, chatID, title)
}

// store sets the title unless the person was faster.
func (t *Titles) store(ctx context.Context, p Principal, chatID, title string) error {
	chat, err := t.app.db.Chat(ctx, p.OwnerID, chatID)
	if err != nil || chat.TitleSource != titleByQuestion {
		return err
	}
	source, over := titleByModel, titleByQuestion
	record, err := t.app.db.UpdateChat(ctx, p.OwnerID, chatID, storage.ChatUpdate{Title: &title, TitleSource: &source, IfTitleSource: &over})
	if err != nil {
		return err
	}
	t.app.chats.changed(record)
	return nil
}

// cleanTitle takes the first line without quotation marks and Markdown; an
// answer that is no title gives "".
func cleanTitle(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.TrimFunc(strings.Join(strings.Fields(line), " "), func(r rune) bool {
		return unicode.IsPunct(r) && r != ')' && r != '(' && r != '?' && r != '§' || r == '*' || r == '#'
	})
	if n := len([]rune(line)); n < 3 || n > 80 {
		return ""
	}
	return line
}

// allTurns are the turns of the branch that ends in the message, its own
// included.
func (j *answering) allTurns(ctx context.Context) []turn {
	stored, err := j.app.history(j.chat.ID).Messages(ctx, j.principal.OwnerID, j.chat.ID)
	if err != nil {
		return nil
	}
	var turns []turn
	path := j.app.fromStart(ctx, j.chat, branch(stored, j.message.ID))
	for i := 0; i+1 < len(path); i++ {
		if path[i].Role == "user" && path[i+1].Role == "assistant" {
			if answer := messageView(path[i+1]); answer.Text != "" {
				question := messageView(path[i])
				turns = append(turns, turn{id: question.ID, question: question.Text, answer: remembered(answer), images: question.Images})
			}
		}
	}
	return turns
}

// lastPlan is the mode of the chat's last answer, so that a continuation has
// the same start.
func (j *answering) lastPlan(ctx context.Context) answerPlan {
	stored, err := j.app.history(j.chat.ID).Messages(ctx, j.principal.OwnerID, j.chat.ID)
	if err != nil {
		return answerPlan{}
	}
	path := branch(stored, j.message.ID)
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].Role != "assistant" || path[i].Mode == "" {
			continue
		}
		plan := answerPlan{mode: path[i].Mode}
		if i > 0 {
			if filter := messageView(path[i-1]).Filter; filter != nil {
				j.options.filter = *filter
			}
		}
		if plan.mode == modeWhole {
			plan.whole = j.givenDocuments(ctx)
		}
		return plan
	}
	return answerPlan{}
}

// givenDocuments are the documents the chat was given in full: those of its
// collections, in the same order.
func (j *answering) givenDocuments(ctx context.Context) []wholeDocument {
	records, ok := j.documentsInScope(ctx)
	if !ok {
		return nil
	}
	var documents []wholeDocument
	for _, d := range records {
		text, _, err := j.app.db.DocumentText(ctx, j.principal.OwnerID, d.ID)
		if err != nil {
			return nil
		}
		documents = append(documents, wholeDocument{id: d.ID, title: d.Name, text: text})
	}
	return documents
}
