package app

import (
	"context"
	"encoding/json"

	"kontor/app/sharing"
	"kontor/app/transfer"
	"kontor/llm"
	"kontor/storage"
)

// takenAssistant is the copy of the assistant that a chat was begun with.
func takenAssistant(setup storage.ChatSetup) (keptAssistant, bool) {
	var taken keptAssistant
	if setup.Assistant == "" || json.Unmarshal([]byte(setup.Assistant), &taken) != nil {
		return keptAssistant{}, false
	}
	return taken, true
}

// chatStart is what an assistant gives a new chat.
type chatStart struct {
	app   *App
	model string // "" for the default one
	setup storage.ChatSetup
	// instructions are what the person tells the model in this chat.
	instructions string
}

// withoutAssistant begins a chat with none, although there is a default one.
const withoutAssistant = "none"

// startWith prepares a chat with an assistant; "" is the default one, if any. A
// model that is not there is left to the default one: Setup says so.
func (a *App) startWith(ctx context.Context, p Principal, id string) (chatStart, error) {
	start := chatStart{app: a}
	assistants := &Assistants{app: a}
	if id == "" {
		all, _, err := assistants.all(ctx, p, a.language())
		if err != nil {
			return start, err
		}
		id = a.defaultAssistant(all)
	}
	if id == "" || id == withoutAssistant {
		return start, nil
	}
	one, err := assistants.find(ctx, p, id)
	if err != nil {
		return start, err
	}
	start.setup = storage.ChatSetup{AssistantID: one.id, Assistant: string(mustJSON(one.taken()))}
	if missing, _ := assistants.modelCheck(ctx)(one.Model); !missing {
		start.model = one.Model
	}
	return start, nil
}

// taken is the copy for a chat.
func (one numberedAssistant) taken() keptAssistant {
	copied := one.keptAssistant
	copied.Version = one.version()
	return copied
}

// keep stores what the chat was begun with.
func (s chatStart) keep(ctx context.Context, p Principal, chatID string) error {
	if s.instructions != "" {
		if _, err := (&PromptLibrary{app: s.app}).SetInstructions(ctx, p, Instructions{ChatID: chatID, Text: s.instructions}); err != nil {
			return err
		}
	}
	if s.setup == (storage.ChatSetup{}) {
		return nil
	}
	return s.app.setChatSetup(ctx, p.OwnerID, chatID, s.setup)
}

// Setup says what a chat answers by.
func (s *Assistants) Setup(ctx context.Context, p Principal, r ByID) (ChatSetup, error) {
	chat, err := s.app.history(r.ID).Chat(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatSetup{}, err
	}
	setup, err := s.app.chatSetup(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatSetup{}, err
	}
	view := ChatSetup{ChatID: r.ID, Thinks: "unknown"}
	view.Parameters, view.Own = parametersIn(setup)
	if taken, ok := takenAssistant(setup); ok {
		view.Assistant = s.chatAssistant(ctx, p, chat, setup.AssistantID, taken)
	}
	model, err := s.app.models.forChat(ctx, chat)
	if err != nil {
		return view, nil //nolint:nilerr // told by the question; the rest is worth showing
	}
	s.addModel(ctx, model, &view)
	return view, nil
}

// addModel says what a model allows in a chat.
func (s *Assistants) addModel(ctx context.Context, model chatModel, view *ChatSetup) {
	view.LargestWindow, view.Window = s.app.models.largestWindow(model), s.app.models.window(model)
	if thinker, can := s.app.models.chat.(llm.Thinker); can && model.provider == "" {
		if thinks, err := thinker.Thinks(ctx, model.name); err == nil {
			view.Thinks = map[bool]string{true: "yes", false: "no"}[thinks]
		}
	}
}

func (s *Assistants) chatAssistant(ctx context.Context, p Principal, chat storage.Chat, id string, taken keptAssistant) *ChatAssistant {
	view := &ChatAssistant{
		ID: id, Version: taken.Version, Name: taken.Name, Icon: taken.Icon, Colour: taken.Colour, Description: taken.Description,
		State: "gone", Instructions: taken.Instructions,
	}
	if now, err := s.find(ctx, p, id); err == nil {
		if view.State = "same"; now.version() != taken.Version {
			view.State = "changed"
		}
	}
	if chat.Model == "" {
		if missing, instead := s.modelCheck(ctx)(taken.Model); missing {
			view.ModelMissing, view.ModelInstead = taken.Model, instead
		}
	}
	return view
}

// SetParameters gives a chat parameters of its own, or those of its assistant
// back. The next question is answered by them.
func (s *Assistants) SetParameters(ctx context.Context, p Principal, r ParametersRequest) (ChatSetup, error) {
	if err := r.Parameters.check(); err != nil {
		return ChatSetup{}, err
	}
	setup, err := s.app.chatSetup(ctx, p.OwnerID, r.ChatID)
	if err != nil {
		return ChatSetup{}, err
	}
	if setup.Parameters = ""; !r.Reset {
		setup.Parameters = ownParameters(setup, r.Parameters)
	}
	if err := s.app.setChatSetup(ctx, p.OwnerID, r.ChatID, setup); err != nil {
		return ChatSetup{}, err
	}
	return s.Setup(ctx, p, ByID{ID: r.ChatID})
}

// UpdateChat lets a chat go on with its assistant as it is now. Model and
// collections of the chat stay: a person may have chosen them meanwhile.
func (s *Assistants) UpdateChat(ctx context.Context, p Principal, r ByID) (ChatSetup, error) {
	setup, err := s.app.chatSetup(ctx, p.OwnerID, r.ID)
	if err != nil {
		return ChatSetup{}, err
	}
	one, err := s.find(ctx, p, setup.AssistantID)
	if err != nil {
		return ChatSetup{}, err
	}
	setup.Assistant = string(mustJSON(one.taken()))
	if err := s.app.setChatSetup(ctx, p.OwnerID, r.ID, setup); err != nil {
		return ChatSetup{}, err
	}
	return s.Setup(ctx, p, ByID{ID: r.ID})
}

// exportedSetup is how a chat answers, for a file of chats; nil for a chat like
// any other.
func (a *App) exportedSetup(ctx context.Context, p Principal, chatID string) (*transfer.Setup, error) {
	setup, err := a.db.ChatSetup(ctx, p.OwnerID, chatID)
	if err != nil || setup == (storage.ChatSetup{}) {
		return nil, err
	}
	out := &transfer.Setup{AssistantID: setup.AssistantID, Parameters: json.RawMessage(setup.Parameters)}
	if taken, ok := takenAssistant(setup); ok {
		out.Assistant = mustJSON(taken.Assistant)
	}
	return out, nil
}

// importedSetup is what a file says of a chat's assistant and parameters. What
// is not allowed in a file of an assistant is left out here, too.
func importedSetup(in *transfer.Setup) storage.ChatSetup {
	var setup storage.ChatSetup
	if in == nil {
		return setup
	}
	var taken keptAssistant
	if len(in.Assistant) > 0 && json.Unmarshal(in.Assistant, &taken.Assistant) == nil {
		if clean, err := sharing.Clean(taken.Assistant); err == nil {
			taken.Assistant = clean
			taken.Version = taken.version()
			setup.AssistantID, setup.Assistant = clip(in.AssistantID, 100), string(mustJSON(taken))
		}
	}
	var parameters Parameters
	if len(in.Parameters) > 0 && json.Unmarshal(in.Parameters, &parameters) == nil && parameters.check() == nil {
		setup.Parameters = string(mustJSON(parameters))
	}
	return setup
}
