package app

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"kontor/app/policy"
	"kontor/app/prompts"
	"kontor/app/text"
	"kontor/storage"
)

// Codes of problems with prompts.
const (
	ProblemPromptIncomplete    = "prompt_incomplete"
	ProblemPromptTooLong       = "own_prompt_too_long"
	ProblemInstructionsTooLong = "instructions_too_long"
)

func promptProblems() []string {
	return []string{ProblemPromptIncomplete, ProblemPromptTooLong, ProblemInstructionsTooLong}
}

// Longest texts, in characters.
const (
	maxPrompt       = 50_000
	maxInstructions = 8_000
)

// Prefixes of the ids of what comes with the program and of what an
// organisation gives.
const (
	builtInPrefix      = "builtin:"
	organisationPrefix = "organisation:"
)

// PromptLibrary keeps prompts that are used again, and what a chat's model is
// told beside the question.
type PromptLibrary struct{ app *App }

func (l *PromptLibrary) register(s *Surface) {
	handle(s, "prompts.list", l.List)
	handle(s, "prompts.save", l.Save)
	handle(s, "prompts.delete", l.Delete)
	handle(s, "prompts.export", l.Export)
	handle(s, "prompts.import", l.Import)
	handle(s, "chats.instructions", l.Instructions)
	handle(s, "chats.setInstructions", l.SetInstructions)
}

// List gives the prompts of the organisation, a person's own and those of the
// program, in the person's language.
func (l *PromptLibrary) List(ctx context.Context, p Principal, r InLanguage) (PromptList, error) {
	own, err := l.app.db.Prompts(ctx, p.OwnerID)
	if err != nil {
		return PromptList{}, err
	}
	list := PromptList{Prompts: l.organisationPrompts()}
	for _, record := range own {
		list.Prompts = append(list.Prompts, promptView(record))
	}
	for _, t := range prompts.Library(l.app.languageFor(r)) {
		list.Prompts = append(list.Prompts, Prompt{
			ID: builtInPrefix + t.Name, Title: t.Title, About: t.About, Group: t.Group, Text: t.Text,
			Fields: promptFields(t.Text), BuiltIn: true,
		})
	}
	return list, nil
}

// languageFor is what a page asks for, else the program's own language.
func (a *App) languageFor(r InLanguage) string {
	if slices.Contains(text.Languages(), r.Language) {
		return r.Language
	}
	return a.language()
}

// Save adds or changes a prompt of the person's own.
func (l *PromptLibrary) Save(ctx context.Context, p Principal, r Prompt) (Prompt, error) {
	record := storage.Prompt{ID: r.ID, Title: clip(strings.TrimSpace(r.Title), 200), About: clip(strings.TrimSpace(r.About), 500), Text: strings.TrimSpace(r.Text)}
	switch {
	case record.Title == "" || record.Text == "":
		return Prompt{}, &Error{Code: ProblemPromptIncomplete}
	case utf8.RuneCountInString(record.Text) > maxPrompt:
		return Prompt{}, &Error{Code: ProblemPromptTooLong}
	case strings.HasPrefix(r.ID, builtInPrefix), strings.HasPrefix(r.ID, organisationPrefix):
		return Prompt{}, &Error{Code: ProblemNotAllowed}
	}
	record, err := l.app.db.SavePrompt(ctx, p.OwnerID, record)
	if err != nil {
		return Prompt{}, err
	}
	return promptView(record), nil
}

// Delete removes a prompt of the person's own.
func (l *PromptLibrary) Delete(ctx context.Context, p Principal, r ByID) (Empty, error) {
	return Empty{}, l.app.db.DeletePrompt(ctx, p.OwnerID, r.ID)
}

// Instructions reads what the model is told in a chat.
func (l *PromptLibrary) Instructions(ctx context.Context, p Principal, r ByID) (Instructions, error) {
	chat, err := l.app.history(r.ID).Chat(ctx, p.OwnerID, r.ID)
	if err != nil {
		return Instructions{}, err
	}
	text, err := l.app.instructionsFor(ctx, chat)
	return Instructions{ChatID: r.ID, Text: text}, err
}

// SetInstructions replaces it; the next question is answered by it.
func (l *PromptLibrary) SetInstructions(ctx context.Context, p Principal, r Instructions) (Instructions, error) {
	r.Text = strings.TrimSpace(r.Text)
	if utf8.RuneCountInString(r.Text) > maxInstructions {
		return Instructions{}, &Error{Code: ProblemInstructionsTooLong}
	}
	if l.app.temporary.has(r.ChatID) {
		_, err := l.app.temporary.instructions(p.OwnerID, r.ChatID, &r.Text)
		return r, err
	}
	return r, l.app.db.SetChatInstructions(ctx, p.OwnerID, r.ChatID, r.Text)
}

func promptView(p storage.Prompt) Prompt {
	return Prompt{ID: p.ID, Title: p.Title, About: p.About, Group: "own", Text: p.Text, Fields: promptFields(p.Text)}
}

func promptFields(text string) []PromptField {
	fields := []PromptField{}
	for _, f := range prompts.Fields(text) {
		fields = append(fields, PromptField(f))
	}
	return fields
}

// instructionsOf joins what the settings, the chat's assistant and the chat
// tell the model. It must
// stay the same from question to question, like everything at the start of a
// prompt.
func (a *App) instructionsOf(ctx context.Context, chat storage.Chat) string {
	text := strings.TrimSpace(a.policy.Text(policy.Instructions))
	if chat.ID == "" {
		return text
	}
	if taken, ok := takenAssistant(a.setupOf(ctx, chat)); ok {
		text = strings.TrimSpace(text + "\n\n" + taken.Instructions)
	}
	own, err := a.instructionsFor(ctx, chat)
	if err != nil {
		a.log.Error("read instructions", "chat", chat.ID, "error", err)
	}
	return strings.TrimSpace(text + "\n\n" + own)
}
