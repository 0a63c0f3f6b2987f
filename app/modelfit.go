package app

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/ollama"
)

// modelFit judges which models suit this machine. It knows the machine, what
// the runtime says of itself and what was measured.
type modelFit struct {
	models *Models

	mu       sync.Mutex
	machine  hardware.Machine
	surveyed chan struct{} // closed when the whole machine was looked at
	measured measurements
}

// measurements are kept between starts.
type measurements struct {
	// Recent rates of answers in tokens per second, newest last, and Memory in
	// bytes that the runtime told for the window Window, by the names of models.
	Recent map[string][]float64     `json:"recent"`
	Memory map[string]memoryMeasure `json:"memory"`
}

// recentKept is how many rates of a model are kept. The best of them counts: a
// computer that does something else beside makes every answer slower, nothing
// makes one faster.
const recentKept = 8

// recentEnough is how many rates it takes until a slow model lets other models
// be thought slower too.
const recentEnough = 3

type memoryMeasure struct {
	Bytes  int64 `json:"bytes"`
	Window int   `json:"window"`
}

// measurementsSetting is where they are kept.
const measurementsSetting = "measured.models"

func newModelFit(m *Models) *modelFit {
	return &modelFit{
		models: m, surveyed: make(chan struct{}),
		measured: measurements{Recent: map[string][]float64{}, Memory: map[string]memoryMeasure{}},
	}
}

func (f *modelFit) register(s *Surface) { handle(s, "models.catalog", f.Catalog) }

// start looks at the whole machine behind the start of the program: asking a
// graphics driver can take seconds.
func (f *modelFit) start(ctx context.Context) {
	f.machine = f.models.machine
	if settings, err := f.models.app.db.Settings(ctx); err == nil {
		if raw := settings[measurementsSetting]; raw != "" {
			if err := json.Unmarshal([]byte(raw), &f.measured); err != nil {
				f.models.app.log.Warn("measurements of models", "error", err)
			}
		}
	}
	if f.measured.Recent == nil {
		f.measured.Recent = map[string][]float64{}
	}
	if f.measured.Memory == nil {
		f.measured.Memory = map[string]memoryMeasure{}
	}
	life := f.models.app.life
	f.models.app.background.Go(func() {
		machine := hardware.Inspect(life, f.models.app.place.folder())
		f.mu.Lock()
		f.machine = machine
		f.mu.Unlock()
		close(f.surveyed)
	})
}

// surveyPatience is how long a window waits for the look at the machine before
// it is shown what is known so far.
const surveyPatience = 4 * time.Second

// Catalog returns the machine, the model for each use, and all models with
// verdicts.
func (f *modelFit) Catalog(ctx context.Context, _ Principal, _ Empty) (ModelCatalog, error) {
	select {
	case <-f.surveyed:
	case <-time.After(surveyPatience):
	case <-ctx.Done():
		return ModelCatalog{}, ctx.Err()
	}
	installed := f.installed(ctx)
	f.takeMemory(ctx)
	host := f.host()
	view := ModelCatalog{Hardware: f.hardware(host), Proposals: []ModelProposal{}, Models: []CatalogModel{}, Window: defaultWindow}
	proposing, proposals, busy := f.propose()
	view.Busy = busy
	view.Embedder = f.models.embedderChosen()
	for _, p := range proposals {
		view.Proposals = append(view.Proposals, f.proposal(p, proposing, installed))
	}
	for _, e := range f.models.catalog.Entries {
		view.Models = append(view.Models, f.describe(e, host, installed[e.Name] != nil, true))
	}
	for name, model := range installed {
		if _, known := f.models.catalog.Find(name); !known {
			view.Models = append(view.Models, f.describe(f.models.catalog.Describe(*model), host, true, false))
		}
	}
	return view, nil
}

// installed lists what the runtime has by the short names; nothing if it does
// not answer: the catalogue is worth showing without.
func (f *modelFit) installed(ctx context.Context) map[string]*llm.Model {
	found := map[string]*llm.Model{}
	if f.models.chat == nil {
		return found
	}
	list, err := f.models.models(ctx)
	if err != nil {
		f.models.app.log.Debug("list models", "error", err)
		return found
	}
	for i := range list {
		found[strings.TrimSuffix(list[i].Name, ":latest")] = &list[i]
	}
	if embedder, ok := f.models.embedder(); ok && f.models.embedderReady() {
		if _, listed := found[embedder.Name]; !listed {
			found[embedder.Name] = &llm.Model{Name: embedder.Name, Embedding: true}
		}
	}
	for _, model := range f.models.installedEmbedders() {
		if _, listed := found[model.Name]; !listed {
			found[model.Name] = &llm.Model{Name: model.Name, Embedding: true}
		}
	}
	return found
}

// host is the machine as the runtime uses it.
func (f *modelFit) host() llm.Host {
	f.mu.Lock()
	defer f.mu.Unlock()
	host := llm.Host{Machine: f.machine, Graphics: f.computes() == computesGraphics}
	rates := make(map[string]float64, len(f.measured.Recent))
	var compared []llm.MeasuredRate
	trial := true
	for name, recent := range f.measured.Recent {
		if len(recent) == 0 {
			continue
		}
		rate := slices.Max(recent)
		rates[name] = rate
		entry, known := f.models.catalog.Find(name)
		if !known || entry.Trial && !trial {
			continue
		}
		if trial && !entry.Trial { // a real model says more than the trial model
			trial, compared = false, nil
		}
		predicted := host.Predict(entry, defaultWindow)
		if rate < predicted && len(recent) < recentEnough {
			continue
		}
		compared = append(compared, llm.MeasuredRate{Predicted: predicted, Measured: rate})
	}
	host.Speeds = llm.Speeds{ByName: rates, Factor: llm.Correction(compared)}
	return host
}

// Where the runtime computes.
const (
	computesProcessor = "processor"
	computesGraphics  = "graphics"
	computesUnknown   = "unknown"
)

// computes asks the bundled runtime's log. Of a server that belongs to somebody
// else nothing can be read: it is taken to use what is there.
func (f *modelFit) computes() string {
	if f.models.externalURL() != "" {
		return computesGraphics
	}
	if f.models.runtime == nil {
		return computesUnknown
	}
	devices := ollama.ReadDevices(tail(filepath.Join(f.models.app.config.Paths.Logs, "runtime.log")))
	for _, device := range devices {
		if device.Graphics() {
			return computesGraphics
		}
	}
	if len(devices) == 0 {
		return computesUnknown
	}
	return computesProcessor
}

// logTail is more than a start of the runtime and some loads write.
const logTail = 512 << 10

func tail(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > logTail {
		if _, err := file.Seek(-logTail, io.SeekEnd); err != nil {
			return ""
		}
	}
	raw, err := io.ReadAll(io.LimitReader(file, logTail))
	if err != nil {
		return ""
	}
	return string(raw)
}

// proposal for the list of models: the chat model, unless a model that is no
// trial is installed.
func (f *modelFit) chatProposal() *ModelProposal {
	host, proposals, _ := f.propose()
	for _, p := range proposals {
		if p.Use == llm.UseChat {
			view := f.proposal(p, host, nil)
			return &view
		}
	}
	return nil
}

func (f *modelFit) proposal(p llm.Proposal, host llm.Host, installed map[string]*llm.Model) ModelProposal {
	return ModelProposal{
		Use: string(p.Use), Name: p.Entry.Name, Label: p.Entry.Label, Bytes: p.Quantization.Bytes, MemoryBytes: host.Machine.Memory.Usable(),
		Verdict: f.verdict(p.Entry, p.Quantization, p.Fit), Installed: installed[p.Entry.Name] != nil,
	}
}

func (f *modelFit) describe(e llm.Entry, host llm.Host, installed, known bool) CatalogModel {
	view := CatalogModel{
		Name: e.Name, Label: e.Label, Maker: e.Maker, Role: string(e.Role), Class: string(e.Class()), Licence: e.Licence, NonCommercial: e.NonCommercial,
		Languages: e.Languages, Modalities: e.Modalities, Context: e.ContextLength, Parameters: e.Parameters, Active: e.Active, Files: []ModelFile{},
		MinimumRuntime: e.MinimumRuntime, Strengths: texts(e.Strengths), Limits: texts(e.Limits), Sources: e.Sources, Estimates: e.Estimates,
		Trial: e.Trial, Installed: installed, Known: known,
	}
	if view.Estimates == nil {
		view.Estimates = []string{}
	}
	for _, q := range e.Quantizations {
		view.Files = append(view.Files, ModelFile(q))
	}
	q, fit := host.Best(e, defaultWindow)
	view.Verdict = f.verdict(e, q, fit)
	return view
}

func texts(t llm.Text) map[string]string {
	if t.German == "" {
		return map[string]string{}
	}
	return map[string]string{"de": t.German, "en": t.English}
}

func (f *modelFit) verdict(e llm.Entry, q llm.Quantization, fit llm.Fit) ModelVerdict {
	v := ModelVerdict{
		Level: string(fit.Level), Reason: string(fit.Reason), Quantization: q.Name, FileBytes: q.Bytes, NeedBytes: fit.Need, HaveBytes: fit.Have,
		WeightsBytes: fit.Estimate.Weights, CacheBytes: fit.Estimate.Cache, GraphBytes: fit.Estimate.Graph + fit.Estimate.Program,
		GraphicsBytes: fit.GraphicsBytes, Rate: fit.Rate, RateMeasured: fit.Measured,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if told, ok := f.measured.Memory[e.Name]; ok && told.Window == min(defaultWindow, max(e.ContextLength, 1)) {
		v.NeedBytes, v.NeedMeasured = told.Bytes+fit.Estimate.Program, true
	}
	return v
}

func (f *modelFit) hardware(host llm.Host) Hardware {
	m := host.Machine
	view := Hardware{
		System: m.System, Model: m.Model, Processor: m.CPU.Model, Cores: m.CPU.Cores, Performance: m.CPU.Performance, Efficiency: m.CPU.Efficiency,
		MemoryBytes: m.Memory.Usable(), FreeBytes: m.Memory.Available, ModelBytes: host.Room(), Limited: m.Memory.Limit > 0, Graphics: []Graphics{},
		Computes: f.computes(), NPU: m.NPU, DiskBytes: m.Disk.Free, Battery: m.Power.Battery, OnBattery: m.Power.OnBattery, Charge: m.Power.Percent,
	}
	if view.System == "" {
		view.System = runtime.GOOS
	}
	for _, gpu := range m.GPUs {
		view.Graphics = append(view.Graphics, Graphics{
			Name: gpu.Name, Bytes: gpu.Memory, SharedBytes: gpu.Shared, Integrated: gpu.Integrated, Unified: gpu.Integrated && m.Unified(),
		})
	}
	return view
}

// learnRate remembers how fast a model answered. Short answers say little.
func (f *modelFit) learnRate(model chatModel, usage llm.Usage) {
	if usage.OutputTokens < 24 || usage.OutputDuration < 200*time.Millisecond {
		return
	}
	rate := float64(usage.OutputTokens) / usage.OutputDuration.Seconds()
	name := strings.TrimSuffix(model.name, ":latest")
	f.mu.Lock()
	recent := append(f.measured.Recent[name], rate)
	f.measured.Recent[name] = recent[max(0, len(recent)-recentKept):]
	encoded := mustJSON(f.measured)
	f.mu.Unlock()
	f.keep(encoded)
}

// forgetRates makes way for a measurement that a person asked for.
func (f *modelFit) forgetRates(model chatModel) {
	f.mu.Lock()
	delete(f.measured.Recent, strings.TrimSuffix(model.name, ":latest"))
	f.mu.Unlock()
}

// propose chooses the models for this machine. If what was measured leaves no
// chat model, the computer was most probably busy: busy is true then, and the
// models are those that suit it without the measurements.
func (f *modelFit) propose() (host llm.Host, proposals []llm.Proposal, busy bool) {
	host = f.host()
	proposals = host.Propose(f.models.catalog, defaultWindow)
	if slices.ContainsFunc(proposals, func(p llm.Proposal) bool { return p.Use == llm.UseChat }) {
		return host, proposals, false
	}
	estimated := host
	estimated.Speeds = llm.Speeds{}
	again := estimated.Propose(f.models.catalog, defaultWindow)
	if !slices.ContainsFunc(again, func(p llm.Proposal) bool { return p.Use == llm.UseChat }) {
		return host, proposals, false
	}
	return estimated, again, true
}

// memoryReporter is what some providers know of the models in memory.
type memoryReporter interface {
	Loaded(ctx context.Context) ([]llm.LoadedModel, error)
}

// takeMemory asks the runtime what the loaded models take. One of its engines
// leaves out the buffers for computing, so a smaller figure than the estimate
// is only believed of the other.
func (f *modelFit) takeMemory(ctx context.Context) {
	reporter, ok := f.models.chat.(memoryReporter)
	if !ok || ctx.Err() != nil {
		return
	}
	loaded, err := reporter.Loaded(ctx)
	if err != nil {
		f.models.app.log.Debug("models in memory", "error", err)
		return
	}
	f.mu.Lock()
	changed := false
	for _, m := range loaded {
		name := strings.TrimSuffix(m.Name, ":latest")
		entry, known := f.models.catalog.Find(name)
		if m.ContextWindow == 0 || m.Bytes == 0 || known && !entry.Shape.CountedWhole() {
			continue
		}
		if told := (memoryMeasure{m.Bytes, m.ContextWindow}); f.measured.Memory[name] != told {
			f.measured.Memory[name], changed = told, true
		}
	}
	encoded := mustJSON(f.measured)
	f.mu.Unlock()
	if changed {
		f.keep(encoded)
	}
}

func (f *modelFit) keep(encoded []byte) {
	if err := f.models.app.db.SetSetting(context.Background(), measurementsSetting, string(encoded)); err != nil {
		f.models.app.log.Error("remember measurements", "error", err)
	}
}
