package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"kontor/app/policy"
	"kontor/app/prompts"
	"kontor/app/sharing"
	"kontor/storage"
)

// Codes of problems with assistants.
const (
	ProblemAssistantIncomplete = "assistant_incomplete"
	ProblemAssistantGone       = "assistant_gone"
	ProblemAssistantsManaged   = "assistants_managed"
	ProblemSharedUnknown       = "shared_unknown"
	ProblemSharedNewer         = "shared_newer"
	ProblemSharedInvalid       = "shared_invalid"
	ProblemSharedTooLarge      = "shared_too_large"
	ProblemSharedUnreadable    = "shared_unreadable"
	ProblemSharedMissing       = "shared_missing"
)

func assistantProblems() []string {
	return []string{ProblemAssistantIncomplete, ProblemAssistantGone, ProblemAssistantsManaged, ProblemParametersInvalid,
		ProblemSharedUnknown, ProblemSharedNewer, ProblemSharedInvalid, ProblemSharedTooLarge, ProblemSharedUnreadable, ProblemSharedMissing}
}

// Where an assistant comes from.
const (
	sourceOwn          = "own"
	sourceBuiltIn      = "builtin"
	sourceOrganisation = "organisation"
)

// Assistants keeps what chats can be begun with.
type Assistants struct{ app *App }

func (s *Assistants) register(t *Surface) {
	handle(t, "assistants.list", s.List)
	handle(t, "assistants.save", s.Save)
	handle(t, "assistants.delete", s.Delete)
	handle(t, "assistants.export", s.Export)
	handle(t, "assistants.read", s.Read)
	handle(t, "assistants.import", s.Import)
	handleLocal(t, "assistants.readFile", s.ReadFile)
	handle(t, "chats.setup", s.Setup)
	handle(t, "chats.newSetup", s.NewSetup)
	handle(t, "chats.setAssistant", s.Change)
	handle(t, "chats.setParameters", s.SetParameters)
	handle(t, "chats.updateAssistant", s.UpdateChat)
}

// keptAssistant is the form of an own assistant in the database and of the copy
// that a chat takes: with the ids of collections, which a file must not have.
type keptAssistant struct {
	sharing.Assistant
	Version       string   `json:"version,omitempty"`       // of a copy
	CollectionIDs []string `json:"collectionIds,omitempty"` // beside the names
}

// version is a mark of what a chat takes over from an assistant.
func (k keptAssistant) version() string {
	k.Version, k.CollectionIDs = "", nil
	sum := sha256.Sum256(mustJSON(k))
	return hex.EncodeToString(sum[:6])
}

// numbered is an assistant with where it comes from.
type numberedAssistant struct {
	keptAssistant
	id, source string
	updated    int64
}

// all lists what chats can be begun with, those of the program in a language,
// and files that could not be read.
func (s *Assistants) all(ctx context.Context, p Principal, language string) ([]numberedAssistant, []Problem, error) {
	list, problems := s.organisation()
	if s.ownAllowed() {
		records, err := s.app.db.Assistants(ctx, p.OwnerID)
		if err != nil {
			return nil, nil, err
		}
		for _, record := range records {
			one := numberedAssistant{id: record.ID, source: sourceOwn, updated: record.UpdatedAt}
			if err := json.Unmarshal(record.Profile, &one.keptAssistant); err != nil {
				s.app.log.Error("read assistant", "assistant", record.ID, "error", err)
				continue
			}
			list = append(list, one)
		}
	}
	for _, built := range prompts.Assistants(language) {
		one := numberedAssistant{id: builtInPrefix + language + ":" + built.Name, source: sourceBuiltIn}
		one.Assistant = sharing.Assistant{
			Name: built.Title, Icon: built.Icon, Colour: built.Colour, Description: built.About, Instructions: built.Text,
			Starters: built.Starters, Parameters: &sharing.Parameters{Style: built.Style},
		}
		list = append(list, one)
	}
	return list, problems, nil
}

func (s *Assistants) ownAllowed() bool { return s.app.policy.Switch(policy.AssistantsOwn) }

// find looks one up. The language of one of the program is part of its id: a
// chat goes on in the language it was begun in.
func (s *Assistants) find(ctx context.Context, p Principal, id string) (numberedAssistant, error) {
	language, _, _ := strings.Cut(strings.TrimPrefix(id, builtInPrefix), ":")
	list, _, err := s.all(ctx, p, s.app.languageFor(InLanguage{Language: language}))
	if err != nil {
		return numberedAssistant{}, err
	}
	at := slices.IndexFunc(list, func(a numberedAssistant) bool { return a.id == id })
	if at < 0 {
		return numberedAssistant{}, &Error{Code: ProblemAssistantGone}
	}
	return list[at], nil
}

// List returns them all, with the one that begins new chats.
func (s *Assistants) List(ctx context.Context, p Principal, r InLanguage) (AssistantList, error) {
	all, problems, err := s.all(ctx, p, s.app.languageFor(r))
	if err != nil {
		return AssistantList{}, err
	}
	collections, err := s.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return AssistantList{}, err
	}
	list := AssistantList{
		Assistants: []Assistant{}, OwnAllowed: s.ownAllowed(), Problems: problems, Icons: sharing.Icons(), Colours: sharing.Colours(),
	}
	check := s.modelCheck(ctx)
	for _, one := range all {
		list.Assistants = append(list.Assistants, one.view(collections, check))
	}
	list.DefaultID = s.app.defaultAssistant(all)
	return list, nil
}

// defaultAssistant finds the one that begins new chats by the id or the name in
// the settings, "" for none.
func (a *App) defaultAssistant(all []numberedAssistant) string {
	wanted := strings.TrimSpace(a.policy.Text(policy.AssistantsDefault))
	for _, one := range all {
		if wanted != "" && (one.id == wanted || one.source == sourceBuiltIn && lastPart(one.id) == lastPart(wanted) || strings.EqualFold(one.Name, wanted)) {
			return one.id
		}
	}
	return ""
}

// lastPart is the name in the id of an assistant of the program, the same in
// each language.
func lastPart(id string) string { return id[strings.LastIndexByte(id, ':')+1:] }

// modelCheck says of a model whether it is missing and which answers instead.
// A runtime that does not tell its models yet misses none.
func (s *Assistants) modelCheck(ctx context.Context) func(model string) (missing bool, instead string) {
	models, err := s.app.models.List(ctx, Principal{}, Empty{})
	return func(model string) (bool, string) {
		if model == "" || err != nil {
			return false, ""
		}
		instead := ""
		for _, m := range models.Models {
			if strings.TrimSuffix(m.Name, ":latest") == strings.TrimSuffix(model, ":latest") {
				return false, ""
			}
			if m.Default {
				instead = cmp.Or(m.Label, m.Name)
			}
		}
		return true, instead
	}
}

func (one numberedAssistant) view(collections []storage.Collection, check func(string) (bool, string)) Assistant {
	view := Assistant{
		ID: one.id, Version: one.version(), Source: one.source, Name: one.Name, Icon: one.Icon, Colour: one.Colour,
		Description: one.Description, Model: one.Model, Instructions: one.Instructions, Starters: append([]string{}, one.Starters...),
		Collections: []NamedCollection{}, UpdatedAt: one.updated,
	}
	view.ModelMissing, view.ModelInstead = check(one.Model)
	if one.Parameters != nil {
		view.Parameters = Parameters(*one.Parameters)
	}
	for i, name := range one.Collections {
		named := NamedCollection{Name: name}
		if i < len(one.CollectionIDs) {
			named.ID = one.CollectionIDs[i]
		}
		view.Collections = append(view.Collections, resolved(named, collections))
	}
	return view
}

// resolved finds a collection by its id, then by its name.
func resolved(wanted NamedCollection, collections []storage.Collection) NamedCollection {
	for _, c := range collections {
		if c.ID == wanted.ID {
			return NamedCollection{ID: c.ID, Name: c.Name}
		}
	}
	for _, c := range collections {
		if strings.EqualFold(c.Name, wanted.Name) {
			return NamedCollection{ID: c.ID, Name: c.Name}
		}
	}
	return NamedCollection{Name: wanted.Name}
}

// Save adds an own assistant or changes it. One that was deleted comes back
// with its id.
func (s *Assistants) Save(ctx context.Context, p Principal, r Assistant) (Assistant, error) {
	switch {
	case !s.ownAllowed():
		return Assistant{}, &Error{Code: ProblemAssistantsManaged}
	case r.ID != "" && uuid.Validate(r.ID) != nil:
		return Assistant{}, &Error{Code: ProblemNotAllowed}
	case strings.TrimSpace(r.Name) == "":
		return Assistant{}, &Error{Code: ProblemAssistantIncomplete}
	}
	if err := r.Parameters.check(); err != nil {
		return Assistant{}, err
	}
	kept := keptAssistant{}
	kept.Assistant = sharing.Assistant{
		Name: r.Name, Icon: r.Icon, Colour: r.Colour, Description: r.Description, Model: r.Model, Instructions: r.Instructions,
		Starters: r.Starters, Parameters: new(sharing.Parameters(r.Parameters)),
	}
	for _, c := range r.Collections {
		kept.Collections = append(kept.Collections, c.Name)
	}
	clean, err := sharing.Clean(kept.Assistant)
	if err != nil {
		return Assistant{}, &Error{Code: ProblemSharedInvalid, Args: map[string]string{"file": clip(r.Name, 100)}, Cause: err}
	}
	kept.Assistant = clean
	for _, name := range clean.Collections {
		at := slices.IndexFunc(r.Collections, func(c NamedCollection) bool { return c.Name == name })
		id := ""
		if at >= 0 {
			id = r.Collections[at].ID
		}
		kept.CollectionIDs = append(kept.CollectionIDs, id)
	}
	record, err := s.app.db.SaveAssistant(ctx, p.OwnerID, storage.Assistant{ID: r.ID, Profile: mustJSON(kept)})
	if err != nil {
		return Assistant{}, err
	}
	return s.viewed(ctx, p, numberedAssistant{kept, record.ID, sourceOwn, record.UpdatedAt})
}

func (s *Assistants) viewed(ctx context.Context, p Principal, one numberedAssistant) (Assistant, error) {
	collections, err := s.app.db.Collections(ctx, p.OwnerID)
	if err != nil {
		return Assistant{}, err
	}
	return one.view(collections, s.modelCheck(ctx)), nil
}

// Delete removes an own assistant; chats that were begun with it go on.
func (s *Assistants) Delete(ctx context.Context, p Principal, r ByID) (Empty, error) {
	if uuid.Validate(r.ID) != nil {
		return Empty{}, &Error{Code: ProblemNotAllowed}
	}
	return Empty{}, s.app.db.DeleteAssistant(ctx, p.OwnerID, r.ID)
}

// freeName finds a name that no own assistant has.
func (s *Assistants) freeName(ctx context.Context, p Principal, name string) (string, bool, error) {
	records, err := s.app.db.Assistants(ctx, p.OwnerID)
	if err != nil {
		return "", false, err
	}
	taken := map[string]bool{}
	for _, record := range records {
		var kept keptAssistant
		if json.Unmarshal(record.Profile, &kept) == nil {
			taken[strings.ToLower(kept.Name)] = true
		}
	}
	free := numberedName(name, sharing.MaxName, func(name string) bool { return taken[strings.ToLower(name)] })
	return free, free != name, nil
}

// numberedName adds the first number to a name that makes it free, within a
// length in characters.
func numberedName(name string, most int, taken func(string) bool) string {
	free := name
	for n := 2; taken(free); n++ {
		mark := fmt.Sprintf(" (%d)", n)
		free = clip(name, most-len(mark)) + mark
	}
	return free
}
