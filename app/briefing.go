package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"kontor/app/policy"
	"kontor/app/text"
	"kontor/storage"
)

// Codes of problems with the introduction.
const (
	ProblemBriefingRequired = "briefing_required"
	ProblemBriefingChanged  = "briefing_changed"
	ProblemBriefingOpen     = "briefing_open"
)

func briefingProblems() []string {
	return []string{ProblemBriefingRequired, ProblemBriefingChanged, ProblemBriefingOpen}
}

// briefingLater is where it is kept that a person put the introduction off.
const briefingLater = "briefing.put_off"

// Briefings is the introduction to what the assistant can and cannot do.
type Briefings struct{ app *App }

func (b *Briefings) register(s *Surface) {
	handle(s, "briefing.state", b.State)
	handle(s, "briefing.get", b.Get)
	handle(s, "briefing.complete", b.Complete)
	handle(s, "briefing.later", b.Later)
	handle(s, "briefing.forget", b.Forget)
	handle(s, "briefing.certificate", b.Certificate)
}

// State says whether it is due. A new version asks again only where the
// organisation requires it.
func (b *Briefings) State(ctx context.Context, p Principal, _ Empty) (BriefingState, error) {
	content, err := text.LoadBriefing(b.app.language()) // the version is the same in each
	if err != nil {
		return BriefingState{}, err
	}
	records, err := b.app.db.Briefings(ctx, p.OwnerID)
	if err != nil {
		return BriefingState{}, err
	}
	state := BriefingState{
		Mode: b.app.policy.Text(policy.Briefing), Version: content.Version,
		Title: b.app.policy.Text(policy.BriefingTitle), Contact: b.app.policy.Text(policy.BriefingContact),
	}
	if len(records) > 0 {
		state.CompletedAt, state.CompletedVersion, state.CompletedLanguage = records[0].CompletedAt, records[0].Version, records[0].Language
	}
	switch state.Mode {
	case "required":
		state.Blocking = !slices.ContainsFunc(records, func(r storage.Briefing) bool { return r.Version == content.Version })
		state.Due = state.Blocking
	case "offered":
		settings, err := b.app.db.Settings(ctx)
		if err != nil {
			return state, err
		}
		state.Due = len(records) == 0 && settings[briefingLater] == ""
	}
	return state, nil
}

// Get returns the introduction in the language of the page.
func (b *Briefings) Get(ctx context.Context, p Principal, r InLanguage) (Briefing, error) {
	state, err := b.State(ctx, p, Empty{})
	if err != nil {
		return Briefing{}, err
	}
	content, err := text.LoadBriefing(b.app.languageFor(r))
	view := Briefing{State: state, Cards: []BriefingCard{}, Questions: []BriefingQuestion{}}
	for _, c := range content.Cards {
		view.Cards = append(view.Cards, BriefingCard(c))
	}
	for _, q := range content.Questions {
		view.Questions = append(view.Questions, BriefingQuestion(q))
	}
	return view, err
}

// Complete records that it was gone through, on this computer only.
func (b *Briefings) Complete(ctx context.Context, p Principal, r BriefingDone) (BriefingState, error) {
	state, err := b.State(ctx, p, Empty{})
	if err != nil {
		return state, err
	}
	if r.Version != state.Version || !slices.Contains(text.Languages(), r.Language) {
		return state, &Error{Code: ProblemBriefingChanged}
	}
	if _, err := b.app.db.AddBriefing(ctx, p.OwnerID, storage.Briefing{Version: r.Version, Language: r.Language}); err != nil {
		return state, err
	}
	return b.State(ctx, p, Empty{})
}

// Later stops the offer; the introduction stays in the settings.
func (b *Briefings) Later(ctx context.Context, p Principal, _ Empty) (BriefingState, error) {
	if err := b.app.db.SetSetting(ctx, briefingLater, b.app.now().Format(time.DateOnly)); err != nil {
		return BriefingState{}, err
	}
	return b.State(ctx, p, Empty{})
}

// Forget deletes the records.
func (b *Briefings) Forget(ctx context.Context, p Principal, _ Empty) (BriefingState, error) {
	if err := b.app.db.DeleteBriefings(ctx, p.OwnerID); err != nil {
		return BriefingState{}, err
	}
	return b.State(ctx, p, Empty{})
}

// certificate is the record as a file, for an employer who asks for it.
type certificate struct {
	Format       string   `json:"format"`
	Version      int      `json:"version"`
	Name         string   `json:"name,omitempty"`
	Organisation string   `json:"organisation,omitempty"`
	Briefing     string   `json:"briefingVersion"`
	Language     string   `json:"language"`
	CompletedAt  string   `json:"completedAt"` // RFC 3339
	Topics       []string `json:"topics"`
	Program      string   `json:"program"`
}

// Certificate gives the record as a file.
func (b *Briefings) Certificate(ctx context.Context, p Principal, r CertificateRequest) (SharedFile, error) {
	state, err := b.State(ctx, p, Empty{})
	if err != nil {
		return SharedFile{}, err
	}
	if state.CompletedAt == 0 {
		return SharedFile{}, &Error{Code: ProblemBriefingOpen}
	}
	content, err := text.LoadBriefing(state.CompletedLanguage)
	if err != nil {
		return SharedFile{}, err
	}
	at := time.UnixMilli(state.CompletedAt)
	file := certificate{
		Format: "kontor-briefing", Version: 1, Name: clip(strings.TrimSpace(r.Name), 200), Organisation: state.Title,
		Briefing: state.CompletedVersion, Language: state.CompletedLanguage, CompletedAt: at.Format(time.RFC3339), Program: "Kontor " + Version,
	}
	for _, c := range content.Cards {
		file.Topics = append(file.Topics, c.Title)
	}
	encoded, err := json.MarshalIndent(file, "", "  ")
	return SharedFile{Name: "kontor-briefing-" + at.Format(time.DateOnly) + ".json", Content: string(encoded) + "\n"}, err
}

// briefed refuses a question where the organisation requires the introduction
// first.
func (a *App) briefed(ctx context.Context, p Principal) error {
	if a.policy.Text(policy.Briefing) != "required" {
		return nil
	}
	state, err := (&Briefings{app: a}).State(ctx, p, Empty{})
	if err == nil && state.Blocking {
		err = &Error{Code: ProblemBriefingRequired}
	}
	return err
}
