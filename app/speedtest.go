package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"kontor/llm"
	"kontor/llm/hardware"
)

// speedTests measures how fast this computer reads and writes with each
// installed model, and keeps what was measured.
type speedTests struct {
	models *Models
	mu     sync.Mutex
}

func (s *speedTests) register(t *Surface) {
	handle(t, "models.speeds", s.List)
	handle(t, "models.speedTest", s.Run)
}

const (
	// speedTestsSetting holds the measurements.
	speedTestsSetting = "measured.speed_tests"
	// speedTestsKept is how many of them, of all models together.
	speedTestsKept = 200
	// speedSentences make a prompt of some 400 tokens, speedTokens is the answer.
	speedSentences = 24
	speedTokens    = 64
	// speedTexts of some 50 tokens each are embedded.
	speedTexts = 16
)

func (s *speedTests) load(ctx context.Context) []SpeedRun {
	settings, err := s.models.app.db.Settings(ctx)
	if err != nil {
		return nil
	}
	var runs []SpeedRun
	if raw := settings[speedTestsSetting]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &runs); err != nil {
			s.models.app.log.Warn("speed tests", "error", err)
		}
	}
	return runs
}

// List returns what was measured, newest first.
func (s *speedTests) List(ctx context.Context, _ Principal, _ Empty) (SpeedRuns, error) {
	runs := s.load(ctx)
	if runs == nil {
		runs = []SpeedRun{}
	}
	return SpeedRuns{Runs: runs}, nil
}

// Run measures one model. It waits for its turn and has the models to itself.
func (s *speedTests) Run(ctx context.Context, p Principal, r SpeedTestRequest) (SpeedRuns, error) {
	m := s.models
	if m.chat == nil {
		return SpeedRuns{}, &llm.Error{Code: llm.CodeRuntimeMissing}
	}
	list, err := m.chat.Models(ctx)
	if err != nil {
		return SpeedRuns{}, err
	}
	run := SpeedRun{Model: r.Model, At: m.app.now().UnixMilli()}
	err = &Error{Code: string(llm.CodeModelMissing), Args: map[string]string{"model": r.Model}}
	for _, installed := range list {
		if strings.TrimSuffix(installed.Name, ":latest") != strings.TrimSuffix(r.Model, ":latest") {
			continue
		}
		run.Model = strings.TrimSuffix(installed.Name, ":latest")
		err = m.app.queue.Do(ctx, Interactive, p.OwnerID, nil, func(ctx context.Context) error {
			if installed.Chat {
				return s.chat(ctx, m.describe(installed), &run)
			}
			return s.embed(ctx, installed.Name, &run)
		})
	}
	if err != nil {
		return SpeedRuns{}, err
	}
	if machine, err := hardware.Probe(); err == nil {
		run.OnBattery = machine.Power.OnBattery
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	runs := append([]SpeedRun{run}, s.load(ctx)...)
	runs = runs[:min(len(runs), speedTestsKept)]
	if err := m.app.db.SetSetting(ctx, speedTestsSetting, string(mustJSON(runs))); err != nil {
		return SpeedRuns{}, err
	}
	return SpeedRuns{Runs: runs}, nil
}

// chat loads the model, so that loading is not measured, then has it read and
// write once.
func (s *speedTests) chat(ctx context.Context, model chatModel, run *SpeedRun) error {
	m := s.models
	window := m.window(model)
	if err := m.chat.Load(ctx, model.name, window); err != nil {
		return err
	}
	m.setLoaded(model.name, window)
	defer m.use.begin(model.name)()
	exact := 0.0
	request := llm.Request{
		Model: model.name, ContextWindow: window, MaxTokens: speedTokens, Temperature: &exact,
		Messages: []llm.Message{{Role: llm.User, Text: s.text(speedSentences) + "\nRetell this as a long story."}},
	}
	began := time.Now()
	var first, last time.Time
	result, err := m.chat.Chat(ctx, request, func(llm.Delta) error {
		last = time.Now()
		if first.IsZero() {
			first = last
		}
		return nil
	})
	if err != nil {
		return err
	}
	usage := result.Usage
	if usage.PromptDuration == 0 {
		usage.PromptDuration = first.Sub(began) // the server tells nothing: as a person waits
	}
	if usage.OutputDuration == 0 {
		usage.OutputDuration = last.Sub(first)
	}
	run.PromptRate, run.AnswerRate = rate(usage.PromptTokens, usage.PromptDuration), rate(usage.OutputTokens, usage.OutputDuration)
	m.fit.forgetRates(model)
	for range recentEnough { // a measurement that was asked for counts at once
		m.learnSpeed(model, usage)
	}
	return nil
}

func (s *speedTests) embed(ctx context.Context, model string, run *SpeedRun) error {
	m := s.models
	defer m.use.begin(model)()
	texts, tokens := make([]string, speedTexts), 0
	for i := range texts {
		texts[i] = s.text(3)
		tokens += m.countText(ctx, chatModel{name: model}, texts[i])
	}
	if _, err := m.embed.Embed(ctx, model, texts[:1]); err != nil { // loads it
		return err
	}
	began := time.Now()
	if _, err := m.embed.Embed(ctx, model, texts); err != nil {
		return err
	}
	run.PromptRate = rate(tokens, time.Since(began))
	return nil
}

// text differs each time from its first word on: the runtime keeps what it has
// read, and reading it again would take no time.
func (s *speedTests) text(sentences int) string {
	var b strings.Builder
	b.WriteString(s.models.app.newID())
	for i := range sentences {
		fmt.Fprintf(&b, " In year %d the office of the harbour kept %d letters about the ships that came in.", 1900+i, 7*i+3)
	}
	return b.String()
}

func rate(tokens int, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return float64(tokens) / took.Seconds()
}
