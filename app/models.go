package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/ollama"
	"kontor/localrag"
	"kontor/storage"
)

// Models is the service for models and the runtime that runs them.
type Models struct {
	app     *App
	fit     *modelFit
	machine hardware.Machine
	pack    starterPack
	catalog llm.Catalog

	runtime *ollama.Runtime // bundled, nil if there is none
	chat    llm.Provider
	counter llm.TokenCounter
	embed   llm.Embedder

	mu           sync.Mutex
	ready        bool // the embedder is installed and answers
	failure      error
	listed       []llm.Model
	listedAt     time.Time
	listing      bool
	loaded       string
	embedded     time.Time // when the embedder last had work
	loadedWindow int
	speeds       map[string]float64 // prompt tokens per second by digest
	profile      *localrag.Profile  // of the embedder, nil until it is known

	use      *modelUse
	chosen   atomic.Pointer[starterModel] // embedder of the settings, nil for that of the starter pack
	choosing sync.Mutex                   // while another one is taken over

	installing sync.Mutex // while starter models are put where they are missing
	reinstall  func()     // does that, nil if there is no runtime for it; guarded by mu
}

// chatModel is a model as an answer needs it.
type chatModel struct {
	name       string
	digest     string
	trial      bool
	context    int
	parameters int64
	// quantization of the weights, "" if the server tells none.
	quantization string
	// sees says that it takes pictures; a provider's model is believed to.
	sees bool
	// provider runs it, "" for this computer's own runtime; place says how far away.
	provider, place string
	// wishes are the parameters of the chat it was chosen for.
	wishes Parameters
}

// starterPack is the part of a pack's manifest that app reads.
type starterPack struct {
	Models []starterModel `json:"models"`
}

type starterModel struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	File       string `json:"file"`
	SHA256     string `json:"sha256"`
	Scheme     string `json:"scheme"`
	Dimensions int    `json:"dimensions"`
	Prefixes   struct {
		Query   string `json:"query"`
		Passage string `json:"passage"`
	} `json:"prefixes"`
}

func (p starterPack) role(role string) (starterModel, bool) {
	for _, m := range p.Models {
		if m.Role == role {
			return m, true
		}
	}
	return starterModel{}, false
}

func newModels(a *App) *Models {
	m := &Models{app: a, speeds: map[string]float64{}, use: newModelUse()}
	m.fit = newModelFit(m)
	return m
}

func (m *Models) register(s *Surface) {
	handle(s, "models.list", m.List)
	handle(s, "models.preload", m.Preload)
	handle(s, "models.memory", m.Memory)
	handle(s, "models.embedderChange", m.EmbedderChange)
	m.fit.register(s)
	(&speedTests{models: m}).register(s)
}

// start builds the providers and lets the runtime start; installing the
// starter models goes on in the background.
func (m *Models) start(ctx context.Context) error {
	catalog, err := llm.LoadCatalog()
	if err != nil {
		return err
	}
	m.catalog = catalog
	machine, err := hardware.Probe()
	if err != nil {
		m.app.log.Warn("hardware", "error", err)
	}
	m.machine = machine
	if err := m.readPack(); err != nil {
		m.app.log.Error("starter pack", "error", err)
	}
	m.chooseEmbedder()
	m.loadSpeeds(ctx)
	m.fit.start(ctx)
	if m.app.config.Provider != nil {
		m.chat, m.embed = m.app.config.Provider, m.app.config.Embedder
		m.counter, _ = m.chat.(llm.TokenCounter)
		m.loadVectors(ctx)
		m.setReady(m.embed != nil)
		return nil
	}
	var bundled *ollama.Client
	if m.app.config.RuntimeDir != "" {
		m.runtime = ollama.NewRuntime(m.runtimeOptions())
		bundled = ollama.New(m.clientOptions(m.runtime, m.app.place.folder, m.app.egress.Dial("runtime")))
		if m.app.place.missing() == nil {
			if err := m.runtime.Start(ctx); err != nil {
				m.app.log.Error("runtime start", "error", err)
			}
		}
	}
	chat := bundled
	if external := m.externalURL(); external != "" {
		chat = ollama.New(m.clientOptions(ollama.External(external), nil, m.app.egress.Dial("models")))
	}
	if chat == nil {
		m.fail(&llm.Error{Code: llm.CodeRuntimeMissing})
		return nil
	}
	embed := bundled
	if embed == nil {
		embed = chat
	}
	m.chat, m.counter, m.embed = chat, chat, embed
	if chat == bundled {
		m.chat = steadyClient{chat, m.runtime}
		m.app.background.Go(func() { m.keepMemory(ctx) }) // another server keeps its own
	}
	install := func() { m.install(ctx, chat, embed) }
	m.mu.Lock()
	m.reinstall = install
	m.mu.Unlock()
	m.app.background.Go(install)
	return nil
}

func (m *Models) readPack() error {
	if m.app.config.StarterDir == "" {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(m.app.config.StarterDir, "manifest.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, &m.pack)
}

func (m *Models) runtimeOptions() ollama.RuntimeOptions {
	paths := m.app.config.Paths
	return ollama.RuntimeOptions{
		Folder: m.app.config.RuntimeDir, ModelFolder: m.app.place.folder(), Home: filepath.Join(paths.Cache, "runtime-home"),
		LogFolder: paths.Logs, Start: m.app.config.StartRuntime, DialContext: m.app.egress.Dial("runtime"), Log: m.app.log,
		OnState: func(s llm.Status) {
			m.setLoaded("", 0)
			m.app.log.Info("runtime", "state", s.State, "code", s.Code)
			m.app.status.touch()
		},
	}
}

func (m *Models) clientOptions(server ollama.Server, folder func() string, dial DialFunc) ollama.Options {
	cores := m.machine.CPU.Cores
	if cores == 0 {
		cores = runtime.NumCPU()
	}
	options := ollama.Options{Server: server, DialContext: dial, Log: m.app.log, ModelFolder: folder}
	if folder != nil { // a server of somebody else knows its own machine
		options.ChatThreads, options.EmbedThreads = threads(m.machine.CPU, cores, hardware.Load())
	}
	return options
}

// embedThreads leaves one core to the person and does not count cores that are
// in use: threads that wait for each other on a busy core make embedding three
// to five times slower. It is settled once, because another number makes the
// runtime load the model anew; so it never falls below half of the cores, for
// a computer is always busy when people log in.
func embedThreads(cores int, load float64) int {
	return max(1, cores/2, min(cores-1, cores-int(load+0.5)))
}

// chatThreads leaves one core of four or more to the window and the system.
// One busy core of two costs an answer nine tenths of its speed when both
// compute.
func chatThreads(cores int) int {
	if cores < 4 {
		return cores
	}
	return cores - 1
}

// externalURL is the address of a server that Kontor uses but does not own, ""
// for the bundled runtime.
func (m *Models) externalURL() string {
	if m.app.config.RuntimeURL != "" {
		return m.app.config.RuntimeURL
	}
	if m.app.policy.Text(policy.RuntimeMode) == "external" || m.app.config.RuntimeDir == "" {
		return m.app.policy.Text(policy.RuntimeURL)
	}
	return ""
}

// allowEgress lets only the configured server be reached, and beyond this
// computer only if the owner allowed it.
func (m *Models) allowEgress(host string, port int) bool {
	if !m.app.policy.Switch(policy.RuntimeAllowRemote) {
		return false
	}
	address, err := url.Parse(m.externalURL())
	if err != nil || address.Hostname() != host {
		return false
	}
	want := address.Port()
	if want == "" {
		want = map[string]string{"http": "80", "https": "443"}[address.Scheme]
	}
	return want == strconv.Itoa(port)
}

// install puts the starter models where they are missing, then lets the
// vectors be loaded and the chat model warm up.
func (m *Models) install(ctx context.Context, chat, embed *ollama.Client) {
	m.installing.Lock()
	defer m.installing.Unlock()
	m.loadVectors(ctx) // while the runtime starts
	for attempt := 0; ctx.Err() == nil; attempt++ {
		err := m.installOnce(ctx, chat, embed)
		m.fail(err)
		if err == nil {
			break
		}
		m.app.log.Warn("install starter models", "error", err)
		sleep(ctx, min(time.Duration(attempt+1)*time.Second, 15*time.Second))
	}
	if ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	m.listed = nil // what was listed before the installation
	m.mu.Unlock()
	m.choosing.Lock()
	if key, _ := m.app.vectors.space(); key != m.embedderKey() {
		m.loadVectors(ctx) // another one was chosen meanwhile
	}
	m.measureEmbedder(ctx)
	m.setReady(true)
	m.choosing.Unlock()
	m.app.indexer.wakeEmbedding()
	m.warmUp(ctx)
}

// loadVectors reads the vectors of the pack's embedder into memory.
func (m *Models) loadVectors(ctx context.Context) {
	model, ok := m.embedder()
	if !ok {
		return
	}
	if err := m.app.vectors.load(ctx, vectorSpace(model), model.Dimensions); err != nil && ctx.Err() == nil {
		m.app.log.Error("load vectors", "error", err)
	}
}

func (m *Models) installOnce(ctx context.Context, chat, embed *ollama.Client) error {
	for _, model := range m.pack.Models {
		target := embed
		if model.Role == "chat" {
			target = chat
			if m.externalURL() != "" {
				continue // the other server has its own models
			}
		}
		err := target.ImportGGUF(ctx, ollama.Import{
			Name: model.Name, Path: filepath.Join(m.app.config.StarterDir, model.File), SHA256: model.SHA256,
		})
		if err != nil {
			return fmt.Errorf("install %s: %w", model.Name, err)
		}
	}
	if len(m.pack.Models) == 0 {
		_, err := chat.Models(ctx)
		return err
	}
	return nil
}

// warmUp brings the chat model into memory before the first question, unless a
// person was faster.
func (m *Models) warmUp(ctx context.Context) { m.warmUpFor(ctx, storage.Chat{}) }

func (m *Models) warmUpFor(ctx context.Context, chat storage.Chat) {
	model, err := m.forChat(ctx, chat)
	if err != nil || model.provider != "" {
		return
	}
	err = m.app.queue.Do(ctx, FollowUp, "", nil, func(ctx context.Context) error {
		if err := m.chat.Load(ctx, model.name, m.window(model)); err != nil {
			return err
		}
		m.setLoaded(model.name, m.window(model))
		return nil
	})
	if err != nil && !errors.Is(err, errPreempted) {
		m.app.log.Warn("preload", "error", err)
	}
	m.app.status.touch()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (m *Models) stop() {
	if m.runtime != nil {
		m.runtime.Stop()
	}
}

// problem is AsError with what is known of the runtime: one that belongs to
// somebody else is not restarted by Kontor, so the next step differs.
func (m *Models) problem(err error) *Problem {
	if err == nil {
		return nil
	}
	problem := AsError(err).Problem()
	if external := m.externalURL(); problem.Code == string(llm.CodeRuntimeDown) && external != "" {
		problem = Problem{Code: ProblemExternalDown, Args: map[string]string{"endpoint": external}}
	}
	return &problem
}

func (m *Models) provider() llm.Provider { return router{m.chat, m.app.providers} }

func (m *Models) fail(err error) {
	m.mu.Lock()
	m.failure = err
	m.mu.Unlock()
	m.app.status.touch()
}

func (m *Models) setReady(ready bool) {
	m.mu.Lock()
	m.ready = ready
	m.mu.Unlock()
	m.app.status.touch()
}

func (m *Models) embedderReady() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ready
}

// canEmbed says whether passages that have no vector yet will get one.
func (m *Models) canEmbed() bool {
	_, known := m.embedder()
	m.mu.Lock()
	defer m.mu.Unlock()
	return known && m.embed != nil && (m.ready || m.failure == nil)
}

// waitReady returns when the runtime can be asked, or has failed.
func (m *Models) waitReady(ctx context.Context) {
	for ctx.Err() == nil && m.chat != nil {
		m.mu.Lock()
		settled := m.ready || m.failure != nil
		m.mu.Unlock()
		if settled {
			return
		}
		sleep(ctx, 20*time.Millisecond)
	}
}

// embedderKey names the space of the present embedder's vectors.
func (m *Models) embedderKey() storage.EmbedderKey {
	model, ok := m.embedder()
	if !ok {
		return storage.EmbedderKey{}
	}
	return vectorSpace(model)
}

// EmbedQueries implements localrag.QueryEmbedder.
func (m *Models) EmbedQueries(ctx context.Context, questions []string) ([][]float32, error) {
	model, _ := m.embedder()
	defer m.use.begin(model.Name)()
	return m.embed.Embed(ctx, model.Name, prefixed(model.Prefixes.Query, questions))
}

func (m *Models) embedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	model, _ := m.embedder()
	return m.embedWith(ctx, model, texts)
}

func (m *Models) embedWith(ctx context.Context, model starterModel, texts []string) ([][]float32, error) {
	defer m.use.begin(model.Name)()
	return m.embed.Embed(ctx, model.Name, prefixed(model.Prefixes.Passage, texts))
}

func prefixed(prefix string, texts []string) []string {
	with := make([]string, len(texts))
	for i, text := range texts {
		with[i] = prefix + text
	}
	return with
}

// models lists what the provider has. An answer must not wait for it: a list
// that is older than a few seconds is used once more while a new one is asked
// for behind it.
func (m *Models) models(ctx context.Context) ([]llm.Model, error) {
	m.mu.Lock()
	list, stale := m.listed, time.Since(m.listedAt) > listFresh && !m.listing
	stale = stale && list != nil && !m.app.closing()
	if stale {
		m.listing = true
	}
	m.mu.Unlock()
	if list == nil {
		return m.refresh(ctx)
	}
	if stale {
		m.app.background.Go(func() {
			if _, err := m.refresh(m.app.life); err != nil {
				m.app.log.Debug("list models", "error", err)
			}
		})
	}
	return list, nil
}

// listFresh is how long a list of models is taken as it is.
const listFresh = 5 * time.Second

// chatIsHere reports whether the chat models lie in this program's folder.
func (m *Models) chatIsHere() bool { return m.app.config.Provider != nil || m.externalURL() == "" }

func (m *Models) refresh(ctx context.Context) ([]llm.Model, error) {
	if m.chat == nil {
		return nil, &llm.Error{Code: llm.CodeRuntimeMissing}
	}
	if err := m.app.place.missing(); err != nil && m.chatIsHere() {
		return nil, err
	}
	list, err := m.chat.Models(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listing = false
	if err != nil {
		m.listed = nil
		return nil, err
	}
	list = slices.DeleteFunc(list, func(model llm.Model) bool { return !model.Chat })
	if list == nil {
		list = []llm.Model{}
	}
	m.listed, m.listedAt = list, time.Now()
	return list, nil
}

// forChat chooses the model of a chat, with the chat's parameters.
func (m *Models) forChat(ctx context.Context, chat storage.Chat) (chatModel, error) {
	model, err := m.choose(ctx, chat)
	if err == nil {
		model.wishes = m.app.parametersOf(ctx, chat)
	}
	return model, err
}

// choose takes the chat's own model, the one from the settings, the largest
// that is not a trial model, the trial model.
func (m *Models) choose(ctx context.Context, chat storage.Chat) (chatModel, error) {
	wanted := chat.Model
	if wanted == "" {
		wanted = m.app.policy.Text(policy.Model)
	}
	if ofProvider(wanted) {
		model, err := m.app.providers.forChat(ctx, wanted, chat)
		if err == nil || chat.Model != "" || ctx.Err() != nil {
			return model, err
		}
		m.app.log.Info("the chosen provider is not used", "code", AsError(err).Code) // nobody chose it for this chat: the local one answers
	}
	list, err := m.models(ctx)
	if err != nil {
		return chatModel{}, err
	}
	best := chatModel{}
	for _, candidate := range list {
		model := m.describe(candidate)
		if wanted != "" && (model.name == wanted || strings.TrimSuffix(model.name, ":latest") == strings.TrimSuffix(wanted, ":latest")) {
			return model, nil
		}
		if best.name == "" || best.trial && !model.trial || best.trial == model.trial && model.parameters > best.parameters {
			best = model
		}
	}
	if chat.Model != "" {
		return chatModel{}, &Error{Code: string(llm.CodeModelMissing), Args: map[string]string{"model": chat.Model}}
	}
	if best.name == "" {
		return chatModel{}, &Error{Code: ProblemNoModel}
	}
	return best, nil
}

func (m *Models) describe(model llm.Model) chatModel {
	entry, known := m.catalog.Find(model.Name)
	return chatModel{
		name: model.Name, digest: model.Digest, context: model.ContextLength, parameters: model.Parameters,
		trial: known && entry.Trial, sees: model.Images, quantization: model.Quantization,
	}
}

// defaultWindow is enough for a dozen passages or some ten pages, and small
// enough for the memory of an office computer; see window.
const defaultWindow = 8192

// providerWindow is the most a question may send to a provider unless the
// settings say otherwise: enough for some forty pages.
const providerWindow = 32_768

// window is the context window of a model, the same for each request of a
// chat: another window makes the runtime load the model anew. A chat may wish
// for another one within what model and memory allow.
func (m *Models) window(model chatModel) int {
	if model.wishes.ContextWindow > 0 {
		return min(model.wishes.ContextWindow, m.largestWindow(model))
	}
	return m.usualWindow(model)
}

func (m *Models) usualWindow(model chatModel) int {
	window := m.app.policy.Number(policy.ContextWindow)
	if window == 0 {
		window = defaultWindow
		if model.provider != "" && model.context > 0 {
			window = providerWindow // its memory is not this computer's
		} else if m.machine.Memory.Total > 0 && m.machine.Memory.Total < 8<<30 {
			window = defaultWindow / 2
		}
	}
	if model.context > 0 {
		window = min(window, model.context)
	}
	return window
}

func (m *Models) isLoaded(name string, window int) bool {
	if ofProvider(name) {
		return true // its server's own affair
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loaded == name && m.loadedWindow == window
}

func (m *Models) setLoaded(name string, window int) {
	m.mu.Lock()
	m.loaded, m.loadedWindow = name, window
	m.mu.Unlock()
	if name != "" {
		m.use.touch(name)
	}
}

// countText counts tokens, or gives an upper bound where the vocabulary is
// not known.
func (m *Models) countText(ctx context.Context, model chatModel, text string) int {
	if model.provider != "" {
		return llm.EstimateTokens(text)
	}
	if m.counter != nil {
		if count, err := m.counter.CountText(ctx, model.name, text); err == nil {
			return count.Tokens
		}
	}
	return len(text)/2 + 1
}

// List returns the chat models and, while only the trial model is there, the
// one that fits this machine.
func (m *Models) List(ctx context.Context, _ Principal, _ Empty) (ModelList, error) {
	view := ModelList{Models: []Model{}}
	list, err := m.models(ctx)
	if err != nil {
		return view, err
	}
	chosen, _ := m.forChat(ctx, storage.Chat{})
	external := m.externalURL() != ""
	onlyTrial := true
	for _, model := range list {
		entry, known := m.catalog.Find(model.Name)
		item := Model{
			Name: model.Name, Label: strings.TrimSuffix(model.Name, ":latest"), Bytes: model.Bytes, Quantization: model.Quantization,
			Context: model.ContextLength, Images: model.Images, Default: model.Name == chosen.name, External: external, Languages: []string{},
		}
		if known {
			item.Trial, item.Languages, item.Licence = entry.Trial, entry.Languages, entry.Licence
		}
		onlyTrial = onlyTrial && item.Trial
		view.Models = append(view.Models, item)
	}
	if model, ok := m.embedder(); ok {
		view.Embedder = model.Name
	}
	for _, model := range m.app.providers.listed(ctx) {
		model.Default = model.Name == chosen.name
		view.Models = append(view.Models, model)
	}
	if onlyTrial {
		view.Proposal = m.fit.chatProposal()
	}
	return view, nil
}

// promptSpeed is how many prompt tokens per second this machine reads with a
// model: measured, or estimated by a rule of thumb (45 GFLOP/s for each core,
// two operations for each parameter and token).
func (m *Models) promptSpeed(model chatModel) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if speed := m.speeds[model.digest]; speed > 0 {
		return speed
	}
	if model.provider != "" {
		return providerSpeed
	}
	parameters := float64(model.parameters)
	if parameters == 0 {
		parameters = 4e9
	}
	return 45e9 * float64(max(1, m.machine.CPU.Cores)) / (2 * parameters)
}

// providerSpeed is taken for a provider that was not measured yet: such servers
// have graphics processors.
const providerSpeed = 1000

// learnSpeed remembers what was measured on prompts long enough to tell.
func (m *Models) learnSpeed(model chatModel, usage llm.Usage) {
	if model.provider == "" {
		m.fit.learnRate(model, usage)
	}
	if usage.PromptTokens < 200 || usage.PromptDuration < 200*time.Millisecond {
		return // short, or read from the cache
	}
	speed := float64(usage.PromptTokens) / usage.PromptDuration.Seconds()
	m.mu.Lock()
	if before := m.speeds[model.digest]; before > 0 {
		if speed > 4*before { // most of it came from the cache
			m.mu.Unlock()
			return
		}
		speed = 0.7*before + 0.3*speed
	}
	m.speeds[model.digest] = speed
	encoded := mustJSON(m.speeds)
	m.mu.Unlock()
	if err := m.app.db.SetSetting(context.Background(), speedsSetting, string(encoded)); err != nil {
		m.app.log.Error("remember speed", "error", err)
	}
}

// speedsSetting is where measured speeds are kept.
const speedsSetting = "measured.prompt_speeds"

func (m *Models) loadSpeeds(ctx context.Context) {
	settings, err := m.app.db.Settings(ctx)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if raw := settings[speedsSetting]; raw != "" {
		_ = json.Unmarshal([]byte(raw), &m.speeds)
	}
}
