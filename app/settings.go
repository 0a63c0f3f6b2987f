package app

import (
	"context"
	"errors"

	"kontor/app/policy"
)

// SettingsService shows settings and changes those that are not locked.
type SettingsService struct{ app *App }

func (s *SettingsService) register(t *Surface) {
	handle(t, "settings.list", s.List)
	handle(t, "settings.set", s.Set)
}

// List returns all settings with value and origin.
func (s *SettingsService) List(context.Context, Principal, Empty) (Settings, error) {
	return s.app.settingsView(), nil
}

func (a *App) settingsView() Settings {
	view := Settings{Settings: []Setting{}, Problems: []Problem{}}
	for _, v := range a.policy.All() {
		options := v.Options
		if options == nil {
			options = []string{}
		}
		view.Settings = append(view.Settings, Setting{
			Key: string(v.Key), Type: string(v.Type), Group: string(v.Group), Value: v.Value, Default: v.Default, Options: options,
			Minimum: v.Minimum, Maximum: v.Maximum, Origin: string(v.Origin), Locked: v.Locked, Source: v.Source, Restart: v.Restart,
		})
	}
	for _, p := range a.policy.Problems() {
		view.Problems = append(view.Problems, Problem{Code: ProblemPolicyBroken, Args: map[string]string{
			"source": p.Source, "key": string(p.Key), "reason": string(p.Reason),
		}})
	}
	view.Problems = append(view.Problems, a.providers.presetProblems()...)
	return view
}

// Set changes one setting.
func (s *SettingsService) Set(ctx context.Context, _ Principal, r SetRequest) (Settings, error) {
	var err error
	if r.Reset {
		err = s.app.policy.Reset(ctx, policy.Key(r.Key))
	} else {
		if policy.Key(r.Key) == policy.Embedder {
			// Checked here and not by policy, which knows no models. An organisation
			// may name a model that is installed later.
			if _, err := s.app.models.findEmbedder(r.Value); err != nil {
				return Settings{}, err
			}
		}
		err = s.app.policy.Set(ctx, policy.Key(r.Key), r.Value)
	}
	args := map[string]string{"key": r.Key}
	switch {
	case errors.Is(err, policy.ErrLocked):
		return Settings{}, &Error{Code: ProblemSettingLocked, Args: args, Cause: err}
	case errors.Is(err, policy.ErrInvalid), errors.Is(err, policy.ErrUnknown):
		return Settings{}, &Error{Code: ProblemSettingInvalid, Args: args, Cause: err}
	case err != nil:
		return Settings{}, err
	}
	return s.app.settingsView(), nil
}

// settingsChanged is called by policy whenever a value moved.
func (a *App) settingsChanged() {
	a.providers.presetMoved()
	view := a.settingsView()
	a.bus.Publish(Event{SettingsChanged: &view})
	if !a.closing() && a.models.chat != nil {
		a.background.Go(func() { a.models.embedderMoved(a.life) })
	}
	a.place.reconcile()
	a.folders.powerMoved() // whether work waits for the mains is a setting
	a.status.touch()
}
