package app

import (
	"context"
	"encoding/json"
	"slices"

	"kontor/app/policy"
	"kontor/app/sharing"
	"kontor/llm"
	"kontor/storage"
)

// ProblemParametersInvalid is told when a value is out of its range.
const ProblemParametersInvalid = "parameters_invalid"

// styles are what the three words for people mean: how freely the next word is
// chosen (temperature) and from how many (top_p).
func styles() map[string][2]float64 {
	return map[string][2]float64{"precise": {0.2, 0.9}, "balanced": {0.7, 0.95}, "creative": {1.1, 0.98}}
}

// sampling gives temperature and top_p, nil for the model's own.
func (p Parameters) sampling() (temperature, topP *float64) {
	if style, known := styles()[p.Style]; known {
		return &style[0], &style[1]
	}
	if p.Style == "own" {
		return p.Temperature, p.TopP
	}
	return nil, nil
}

// think is what a request says of thinking. All requests of a chat say the
// same: it is part of the prompt that the runtime keeps.
func (p Parameters) think() *bool {
	switch p.Thinking {
	case "on":
		return new(true)
	case "off":
		return new(false)
	}
	return nil
}

// apply adds to a request for an answer what a chat's parameters say.
func (p Parameters) apply(request *llm.Request) {
	request.Temperature, request.TopP = p.sampling()
	request.Seed = p.Seed
	if p.MaxTokens > 0 {
		request.MaxTokens = min(request.MaxTokens, p.MaxTokens)
	}
}

func (p Parameters) check() error {
	if err := sharing.Check(sharing.Parameters(p)); err != nil {
		return &Error{Code: ProblemParametersInvalid, Cause: err}
	}
	return nil
}

// parametersOf reads what a chat answers by: its own parameters, else those of
// the assistant it was started with.
func (a *App) parametersOf(ctx context.Context, chat storage.Chat) Parameters {
	parameters, _ := parametersIn(a.setupOf(ctx, chat))
	return parameters
}

func (a *App) setupOf(ctx context.Context, chat storage.Chat) storage.ChatSetup {
	if chat.ID == "" {
		return storage.ChatSetup{}
	}
	setup, err := a.chatSetup(ctx, chat.OwnerID, chat.ID)
	if err != nil && ctx.Err() == nil {
		a.log.Error("read setup", "chat", chat.ID, "error", err)
	}
	return setup
}

// parametersIn gives the parameters in force and whether they are the chat's own.
func parametersIn(setup storage.ChatSetup) (Parameters, bool) {
	var p Parameters
	if setup.Parameters != "" && json.Unmarshal([]byte(setup.Parameters), &p) == nil {
		return p, true
	}
	if taken, ok := takenAssistant(setup); ok && taken.Parameters != nil {
		return Parameters(*taken.Parameters), false
	}
	return Parameters{}, false
}

// windowSteps are the windows that are tried against the memory, in tokens.
var windowSteps = []int{2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072}

// largestWindow is the largest window that the model was made for and this
// machine has memory for; of a model that runs elsewhere its own.
func (m *Models) largestWindow(model chatModel) int {
	most := windowSteps[len(windowSteps)-1]
	if model.context > 0 {
		most = min(most, model.context)
	}
	if locked := m.app.policy.Get(policy.ContextWindow); locked.Locked && m.app.policy.Number(policy.ContextWindow) > 0 {
		most = min(most, m.app.policy.Number(policy.ContextWindow))
	}
	if model.provider != "" {
		return most
	}
	entry, known := m.catalog.Find(model.name)
	if !known {
		m.mu.Lock()
		at := slices.IndexFunc(m.listed, func(one llm.Model) bool { return one.Name == model.name })
		if at >= 0 {
			entry = m.catalog.Describe(m.listed[at])
		}
		m.mu.Unlock()
		if at < 0 {
			return min(most, m.usualWindow(model))
		}
	}
	host, largest := m.fit.host(), 0
	for _, window := range append(slices.Clone(windowSteps), most) {
		if window > most || window <= largest {
			continue
		}
		if _, fit := host.Best(entry, window); fit.Level == llm.LevelNo && fit.Reason == llm.ReasonMemory {
			break
		}
		largest = window
	}
	return max(largest, min(most, m.usualWindow(model)))
}
