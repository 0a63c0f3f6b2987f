package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"kontor/storage"
)

// with adds to what an assistant gives a new chat what the person gave it.
func (s chatStart) with(own *NewChatSetup) (chatStart, error) {
	if own == nil {
		return s, nil
	}
	s.instructions = strings.TrimSpace(own.Instructions)
	if utf8.RuneCountInString(s.instructions) > maxInstructions {
		return s, &Error{Code: ProblemInstructionsTooLong}
	}
	if own.Parameters == nil {
		return s, nil
	}
	if err := own.Parameters.check(); err != nil {
		return s, err
	}
	s.setup.Parameters = ownParameters(s.setup, *own.Parameters)
	return s, nil
}

// ownParameters is how a chat keeps parameters of its own: "" if they are those
// of its assistant.
func ownParameters(setup storage.ChatSetup, wanted Parameters) string {
	setup.Parameters = ""
	if inherited, _ := parametersIn(setup); string(mustJSON(inherited)) == string(mustJSON(wanted)) {
		return ""
	}
	return string(mustJSON(wanted))
}

// NewSetup says what a chat that is not there yet would answer by.
func (s *Assistants) NewSetup(ctx context.Context, p Principal, r NewSetupRequest) (ChatSetup, error) {
	start, err := s.app.startWith(ctx, p, r.AssistantID)
	if err == nil {
		start, err = start.with(&r.Setup)
	}
	if err != nil {
		return ChatSetup{}, err
	}
	chat, err := s.app.chats.inFolder(ctx, p, storage.Chat{OwnerID: p.OwnerID, Model: start.model, FolderID: r.FolderID})
	if err != nil {
		return ChatSetup{}, err
	}
	view := ChatSetup{Thinks: "unknown"}
	view.Parameters, view.Own = parametersIn(start.setup)
	if taken, ok := takenAssistant(start.setup); ok {
		view.Assistant = s.chatAssistant(ctx, p, chat, start.setup.AssistantID, taken)
	}
	if model, err := s.app.models.forChat(ctx, chat); err == nil {
		model.wishes = view.Parameters
		s.addModel(ctx, model, &view)
	}
	return view, nil
}

// Change lets a chat go on with another assistant, or without one. What the
// assistant before had brought goes with it: its model and its collections, as
// far as nobody has chosen others meanwhile. Answers say whose they are.
func (s *Assistants) Change(ctx context.Context, p Principal, r AssistantChange) (ChatSetup, error) {
	chat, err := s.app.history(r.ChatID).Chat(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return ChatSetup{}, err
	}
	setup, err := s.app.chatSetup(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return ChatSetup{}, err
	}
	start, err := s.app.startWith(ctx, p, cmp.Or(r.AssistantID, withoutAssistant))
	if err != nil {
		return ChatSetup{}, err
	}
	start.setup.Parameters = setup.Parameters
	update, err := s.moved(ctx, p, chat, setup, start)
	if err != nil {
		return ChatSetup{}, err
	}
	if err := s.app.setChatSetup(ctx, p.OwnerID, r.ChatID, start.setup); err != nil {
		return ChatSetup{}, err
	}
	changed, err := s.app.history(r.ChatID).UpdateChat(ctx, p.OwnerID, r.ChatID, update)
	if err != nil {
		return ChatSetup{}, err
	}
	s.app.chats.changed(changed)
	return s.Setup(ctx, p, ByID{ID: r.ChatID})
}

// moved is what changes in a chat beside its setup.
func (s *Assistants) moved(ctx context.Context, p Principal, chat storage.Chat, before storage.ChatSetup, start chatStart) (storage.ChatUpdate, error) {
	collections, err := s.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return storage.ChatUpdate{}, err
	}
	old, _ := takenAssistant(before)
	next, _ := takenAssistant(start.setup)
	var update storage.ChatUpdate
	if chat.Model == "" || chat.Model == old.Model {
		update.Model = &start.model
	}
	gone, come := old.collectionsIn(collections), next.collectionsIn(collections)
	kept := slices.DeleteFunc(slices.Clone(chat.CollectionIDs), func(id string) bool { return slices.Contains(gone, id) || slices.Contains(come, id) })
	if ids := append(kept, come...); !slices.Equal(ids, chat.CollectionIDs) {
		none := ""
		update.CollectionIDs, update.PinnedDocumentID = &ids, &none
	}
	return update, nil
}

// collectionsIn are the ids of an assistant's collections that are here.
func (k keptAssistant) collectionsIn(collections []storage.Collection) []string {
	var ids []string
	for i, name := range k.Collections {
		named := NamedCollection{Name: name}
		if i < len(k.CollectionIDs) {
			named.ID = k.CollectionIDs[i]
		}
		if found := resolved(named, collections); found.ID != "" {
			ids = append(ids, found.ID)
		}
	}
	return ids
}

// answerAssistant is the one that answers in a chat now.
func (a *App) answerAssistant(ctx context.Context, chat storage.Chat) *AnswerAssistant {
	setup := a.setupOf(ctx, chat)
	taken, _ := takenAssistant(setup)
	return &AnswerAssistant{ID: setup.AssistantID, Name: taken.Name, Version: taken.Version}
}
