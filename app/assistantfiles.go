package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kontor/app/policy"
	"kontor/app/sharing"
	"kontor/storage"
)

// maxOrganisationFiles is how many files of a folder are read.
const maxOrganisationFiles = 200

// Export gives one assistant as a file.
func (s *Assistants) Export(ctx context.Context, p Principal, r ByID) (SharedFile, error) {
	one, err := s.find(ctx, p, r.ID)
	if err != nil {
		return SharedFile{}, err
	}
	raw, err := sharing.WriteAssistant(one.Assistant)
	return SharedFile{Name: fileName(one.Name) + sharing.AssistantEnding, Content: string(raw)}, err
}

// fileName makes a name that every system takes.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if name = strings.Trim(clip(name, 60), " ."); name == "" {
		return "kontor"
	}
	return name
}

// MaxPromptsFile is how large a file of prompts may be, in bytes.
const MaxPromptsFile = sharing.MaxPromptsFile

// sharedProblem is a refusal of a file as people meet it.
func sharedProblem(name string, err error) *Error {
	code := ProblemSharedInvalid
	switch {
	case errors.Is(err, sharing.ErrTooLarge):
		code = ProblemSharedTooLarge
	case errors.Is(err, sharing.ErrUnknown):
		code = ProblemSharedUnknown
	case errors.Is(err, sharing.ErrNewer):
		code = ProblemSharedNewer
	}
	return &Error{Code: code, Args: map[string]string{"file": clip(name, 100)}, Cause: err}
}

// Read shows what a file holds; nothing is kept.
func (s *Assistants) Read(ctx context.Context, p Principal, r SharedFile) (AssistantDraft, error) {
	if !s.ownAllowed() {
		return AssistantDraft{}, &Error{Code: ProblemAssistantsManaged}
	}
	read, err := sharing.ReadAssistant([]byte(r.Content))
	if err != nil {
		return AssistantDraft{}, sharedProblem(r.Name, err)
	}
	draft := AssistantDraft{MissingCollections: []string{}}
	if read.Name, draft.NameTaken, err = s.freeName(ctx, p, read.Name); err != nil {
		return AssistantDraft{}, err
	}
	if draft.Assistant, err = s.viewed(ctx, p, numberedAssistant{keptAssistant: keptAssistant{Assistant: read}, source: sourceOwn}); err != nil {
		return AssistantDraft{}, err
	}
	for _, c := range draft.Assistant.Collections {
		if c.ID == "" {
			draft.MissingCollections = append(draft.MissingCollections, c.Name)
		}
	}
	return draft, nil
}

// ReadFile is Read for a file by its path, as the window gets it when it is dropped.
func (s *Assistants) ReadFile(ctx context.Context, p Principal, r SharedPath) (AssistantDraft, error) {
	name := filepath.Base(r.Path)
	raw, err := readAtMost(r.Path, sharing.MaxAssistantFile)
	if err != nil {
		return AssistantDraft{}, &Error{Code: ProblemSharedUnknown, Args: map[string]string{"file": clip(name, 100)}, Cause: err}
	}
	return s.Read(ctx, p, SharedFile{Name: name, Content: string(raw)})
}

// Import keeps what a file holds, under a free name.
func (s *Assistants) Import(ctx context.Context, p Principal, r SharedFile) (AssistantDraft, error) {
	draft, err := s.Read(ctx, p, r)
	if err != nil {
		return draft, err
	}
	draft.Assistant, err = s.Save(ctx, p, draft.Assistant)
	return draft, err
}

// organisationFolder is where a policy keeps assistants and prompts; what a
// person set themselves is not their organisation's.
func (a *App) organisationFolder() string {
	value := a.policy.Get(policy.AssistantsFolder)
	if value.Origin != policy.Enforced && value.Origin != policy.PolicyDefault {
		return ""
	}
	return value.Value
}

// organisation reads the assistants of the organisation's folder. It is read
// each time: a file that changes counts at once.
func (s *Assistants) organisation() ([]numberedAssistant, []Problem) {
	list := []numberedAssistant{}
	problems := s.app.eachShared(sharing.AssistantEnding, sharing.MaxAssistantFile, func(name string, raw []byte) error {
		read, err := sharing.ReadAssistant(raw)
		if err != nil {
			return err
		}
		one := numberedAssistant{id: organisationID(name), source: sourceOrganisation}
		one.Assistant = read
		list = append(list, one)
		return nil
	})
	return list, problems
}

func organisationID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return organisationPrefix + hex.EncodeToString(sum[:8])
}

// eachShared reads the files with an ending in the organisation's folder, by
// name, and says which could not be read.
func (a *App) eachShared(ending string, most int64, take func(name string, raw []byte) error) []Problem {
	problems := []Problem{}
	folder := a.organisationFolder()
	if folder == "" {
		return problems
	}
	refused := func(name string, err error) {
		a.log.Warn("file of the organisation", "file", name, "error", err)
		problems = append(problems, sharedProblem(name, err).Problem())
	}
	unreadable := func(name string, err error) {
		a.log.Warn("file of the organisation", "file", name, "error", err)
		problems = append(problems, Problem{Code: ProblemSharedUnreadable, Args: map[string]string{"file": clip(name, 100)}})
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		unreadable(folder, err)
		return problems
	}
	read := 0
	for _, entry := range entries {
		if !strings.HasSuffix(strings.ToLower(entry.Name()), ending) {
			continue
		}
		if read++; read > maxOrganisationFiles {
			refused(entry.Name(), sharing.ErrTooLarge)
			break
		}
		raw, err := readAtMost(filepath.Join(folder, entry.Name()), most)
		if err != nil {
			unreadable(entry.Name(), err)
			continue
		}
		if err := take(entry.Name(), raw); err != nil {
			refused(entry.Name(), err)
		}
	}
	return problems
}

// readAtMost reads a regular file, and one byte more than allowed of a larger one.
func readAtMost(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would never end
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	return raw, errors.Join(err, f.Close())
}

// organisationPrompts are the prompts of the organisation's folder.
func (l *PromptLibrary) organisationPrompts() []Prompt {
	list := []Prompt{}
	l.app.eachShared(sharing.PromptsEnding, sharing.MaxPromptsFile, func(name string, raw []byte) error {
		read, err := sharing.ReadPrompts(raw)
		for _, one := range read {
			list = append(list, Prompt{
				ID: organisationID(name + "\x00" + one.Title + "\x00" + one.Text), Title: one.Title, About: one.About, Group: "organisation",
				Text: one.Text, Fields: promptFields(one.Text), BuiltIn: true,
			})
		}
		return err
	})
	return list
}

// Export gives all prompts of the person's own as a file.
func (l *PromptLibrary) Export(ctx context.Context, p Principal, _ Empty) (SharedFile, error) {
	own, err := l.app.db.Prompts(ctx, p.OwnerID)
	if err != nil {
		return SharedFile{}, err
	}
	var list []sharing.Prompt
	for _, record := range own {
		list = append(list, sharing.Prompt{Title: record.Title, About: record.About, Text: record.Text})
	}
	raw, err := sharing.WritePrompts(list)
	return SharedFile{Name: "kontor-" + l.app.now().Format("2006-01-02") + sharing.PromptsEnding, Content: string(raw)}, err
}

// Import adds the prompts of a file. What is there word for word is left as it
// is; a name that is taken gets a number.
func (l *PromptLibrary) Import(ctx context.Context, p Principal, r SharedFile) (PromptImport, error) {
	read, err := sharing.ReadPrompts([]byte(r.Content))
	if err != nil {
		return PromptImport{}, sharedProblem(r.Name, err)
	}
	own, err := l.app.db.Prompts(ctx, p.OwnerID)
	if err != nil {
		return PromptImport{}, err
	}
	texts, names := map[string]bool{}, map[string]bool{}
	note := func(title, text string) {
		names[strings.ToLower(title)] = true
		texts[text] = true
	}
	for _, record := range own {
		note(record.Title, record.Text)
	}
	result := PromptImport{}
	for _, one := range read {
		if texts[one.Text] {
			result.Known++
			continue
		}
		title := numberedName(one.Title, sharing.MaxTitle, func(name string) bool { return names[strings.ToLower(name)] })
		if title != one.Title {
			result.Renamed++
		}
		if _, err := l.app.db.SavePrompt(ctx, p.OwnerID, storage.Prompt{Title: title, About: one.About, Text: one.Text}); err != nil {
			return result, err
		}
		note(title, one.Text)
		result.Added++
	}
	return result, nil
}
