package app

import (
	"context"

	"kontor/app/power"
)

// weights is the digest of a model of this computer; a provider's model is
// known by its name alone.
func (m chatModel) weights() string {
	if m.provider != "" {
		return ""
	}
	return m.digest
}

// measureEnergy begins to reckon what an answer costs; the result, in watt
// hours, is the mean of what the battery gave before and after, over the time
// between. It is 0 on the mains, and for a model that runs elsewhere.
func (a *App) measureEnergy(model chatModel) (end func() float64) {
	before, known := power.Draw()
	began := a.now()
	return func() float64 {
		after, still := power.Draw()
		if !known || !still || model.provider != "" {
			return 0
		}
		return (before + after) / 2 * a.now().Sub(began).Hours()
	}
}

// tellMachine adds to the facts what ran the model and what it cost.
func (j *answering) tellMachine(ctx context.Context, model chatModel, energy float64, failure error) {
	version := ""
	if model.provider == "" && failure == nil {
		version = j.app.models.provider().Status(ctx).Version
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.facts.EnergyWh, j.facts.Runtime = energy, version
}
