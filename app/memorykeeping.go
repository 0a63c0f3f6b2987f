package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/llm/hardware"
)

// Memory that models give back to others.
const (
	// pressureEvery is how often free memory is looked at, pressureAgain how
	// soon after a model was let go: its memory is free a moment later.
	pressureEvery = 30 * time.Second
	pressureAgain = 5 * time.Second
	// pressureFree is the least that stays free, in bytes, and pressureShare
	// the least share of all memory, as a divisor.
	pressureFree  = 768 << 20
	pressureShare = 16
	// pressureIdle is how long a model must have had no work to be let go.
	pressureIdle = time.Minute
)

// unloader is a provider that can let a model go.
type unloader interface {
	Unload(ctx context.Context, model string) error
}

// modelUse knows which models work and when each last did.
type modelUse struct {
	mu      sync.Mutex
	working map[string]int
	last    map[string]time.Time
	letGo   *ModelLetGo // the last one, nil for none since the start
}

func newModelUse() *modelUse {
	return &modelUse{working: map[string]int{}, last: map[string]time.Time{}}
}

// shortName is a model's name without the tag that everyone leaves out.
func shortName(name string) string { return strings.TrimSuffix(name, ":latest") }

// begin notes that a model works until end is called.
func (u *modelUse) begin(model string) (end func()) {
	name := shortName(model)
	u.mu.Lock()
	u.working[name]++
	u.mu.Unlock()
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.working[name]--
		u.last[name] = time.Now()
	}
}

// touch notes that a model was asked for.
func (u *modelUse) touch(model string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[shortName(model)] = time.Now()
}

// works says whether a model works now, and when it last did; zero if it did
// not since the start.
func (u *modelUse) works(model string) (now bool, last time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.working[shortName(model)] > 0, u.last[shortName(model)]
}

// pressed says whether other programs need memory. What is not known presses nobody.
func pressed(memory hardware.Memory) bool {
	return memory.Available > 0 && memory.Available < max(pressureFree, memory.Total/pressureShare)
}

// keepMemory lets idle models go while memory is short, one after the other.
// The next question, or looking at the window, loads them again.
func (m *Models) keepMemory(ctx context.Context) {
	pause := pressureEvery
	for ctx.Err() == nil {
		sleep(ctx, pause)
		pause = pressureEvery
		machine, err := hardware.Probe()
		if err != nil || ctx.Err() != nil {
			continue
		}
		if m.giveBack(ctx, machine.Memory, time.Now()) != "" {
			pause = pressureAgain
		}
	}
}

// giveBack lets one model go under pressure and names it, "" if none is idle:
// the one that has had no work for the longest time. A model that works is
// never touched.
func (m *Models) giveBack(ctx context.Context, memory hardware.Memory, now time.Time) string {
	provider, able := m.chat.(unloader)
	if !able || !pressed(memory) {
		return ""
	}
	name := m.idlest(ctx, now)
	if name == "" {
		return ""
	}
	unload := func(ctx context.Context) error {
		if !m.idle(name, now) {
			return errPreempted // a person was faster
		}
		m.forgetLoaded(name)
		return provider.Unload(ctx, name)
	}
	var err error
	if m.app.queue.Busy() { // beside the one that answers
		err = unload(ctx)
	} else {
		err = m.app.queue.Do(ctx, Indexing, "", nil, unload)
	}
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, errPreempted) {
			m.app.log.Warn("let a model go", "error", err)
		}
		return ""
	}
	m.use.mu.Lock()
	m.use.letGo = &ModelLetGo{Name: name, At: m.app.now().UnixMilli(), FreeBytes: memory.Available}
	m.use.mu.Unlock()
	m.app.log.Info("a model was let go, memory is short", "model", name, "free", memory.Available)
	m.app.status.touch()
	return name
}

func (m *Models) idle(name string, now time.Time) bool {
	works, last := m.use.works(name)
	return !works && now.Sub(last) >= pressureIdle
}

// idlest names the model in memory that has had no work for the longest time,
// "" if each was needed lately. While an answer is being prepared nobody knows
// yet which model it needs, so none is named then.
func (m *Models) idlest(ctx context.Context, now time.Time) string {
	loaded := m.inMemoryNow(ctx)
	embedder, _ := m.embedder()
	answers := slices.ContainsFunc(loaded, func(l ModelInMemory) bool { return l.Working && l.Name != shortName(embedder.Name) })
	if m.app.queue.Busy() && !answers {
		return ""
	}
	name := ""
	var longest time.Time
	for _, l := range loaded {
		_, last := m.use.works(l.Name)
		if m.idle(l.Name, now) && (name == "" || last.Before(longest)) {
			name, longest = l.Name, last
		}
	}
	return name
}

// inMemoryNow lists the models in the memory of the runtime, or the one that was
// loaded last where the runtime does not tell.
func (m *Models) inMemoryNow(ctx context.Context) []ModelInMemory {
	list := []ModelInMemory{}
	if reporter, able := m.chat.(memoryReporter); able {
		loaded, err := reporter.Loaded(ctx)
		if err != nil {
			m.app.log.Debug("models in memory", "error", err)
			return list
		}
		for _, l := range loaded {
			list = append(list, ModelInMemory{Name: shortName(l.Name), Bytes: l.Bytes, ContextWindow: l.ContextWindow})
		}
	} else {
		m.mu.Lock()
		name, window := shortName(m.loaded), m.loadedWindow
		m.mu.Unlock()
		if name != "" {
			list = append(list, ModelInMemory{Name: name, ContextWindow: window})
		}
	}
	for i := range list {
		works, last := m.use.works(list[i].Name)
		if list[i].Working = works; !last.IsZero() {
			list[i].UsedAt = last.UnixMilli()
		}
	}
	return list
}

// forgetLoaded takes a model out of what is known to be in memory.
func (m *Models) forgetLoaded(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if shortName(m.loaded) == name {
		m.loaded, m.loadedWindow = "", 0
	}
	if embedder, _ := m.embedder(); shortName(embedder.Name) == name {
		m.embedded = time.Time{} // the next document warms it up again
	}
}

// loadedFresh is how long after its last work a model is surely still in
// memory: less than the runtime keeps one.
const loadedFresh = 10 * time.Minute

// inMemory says whether a model is in memory with this window. What is not
// known from the last minutes is asked of the runtime: it may have let a model
// go, and a switch back to one that it still has costs nothing.
func (m *Models) inMemory(ctx context.Context, name string, window int) bool {
	reporter, able := m.chat.(memoryReporter)
	_, last := m.use.works(name)
	if known := m.isLoaded(name, window); !able || ofProvider(name) || known && time.Since(last) < loadedFresh {
		return known
	}
	loaded, err := reporter.Loaded(ctx)
	if err != nil {
		return false // loading it tells why
	}
	for _, l := range loaded {
		if shortName(l.Name) == shortName(name) && l.ContextWindow == window {
			m.setLoaded(name, window)
			return true
		}
	}
	return false
}

func (m *Models) freeMemory() hardware.Memory {
	machine, err := hardware.Probe()
	if err != nil {
		return hardware.Memory{}
	}
	return machine.Memory
}

// Memory says which models are in memory and whether they can stay there.
func (m *Models) Memory(ctx context.Context, _ Principal, _ Empty) (ModelMemory, error) {
	view := ModelMemory{Models: []ModelInMemory{}}
	if m.chat != nil {
		view.Models = m.inMemoryNow(ctx)
	}
	memory := m.freeMemory()
	view.FreeBytes, view.TotalBytes, view.Short = memory.Available, memory.Usable(), pressed(memory)
	m.use.mu.Lock()
	defer m.use.mu.Unlock()
	if m.use.letGo != nil {
		gone := *m.use.letGo
		view.LetGo = &gone
	}
	return view, nil
}
