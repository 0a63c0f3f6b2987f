package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"kontor/llm/hardware"
	"kontor/storage"
)

// Memory that models give back to others.
const (
	// pressureEvery is how often free memory is looked at.
	pressureEvery = 30 * time.Second
	// pressureFree is the least that stays free, in bytes, and pressureShare
	// the least share of all memory, as a divisor.
	pressureFree  = 768 << 20
	pressureShare = 16
	// pressureIdle is how long a model must not have been asked to be let go.
	pressureIdle = time.Minute
)

// unloader is a provider that can let a model go.
type unloader interface {
	Unload(ctx context.Context, model string) error
}

// loader is an embedder that can be brought into memory before it works.
type loader interface {
	Load(ctx context.Context, model string, contextWindow int) error
}

// embedderFresh is how long after its last work the embedder is surely still
// in memory: less than the runtime keeps a model.
const embedderFresh = 10 * time.Minute

// warmEmbedder brings the embedder into memory while a document is being read.
// A batch that a person's question ends while the model is still being loaded
// makes the runtime let the model go again: each question would wait behind
// such a load (500–900 ms measured), and nothing would be embedded.
func (m *Models) warmEmbedder() {
	embedder, able := m.embed.(loader)
	model, known := m.embedder()
	if !able || !known || !m.embedderReady() || m.app.closing() {
		return
	}
	m.mu.Lock()
	fresh := time.Since(m.embedded) < embedderFresh
	m.embedded = time.Now()
	m.mu.Unlock()
	if fresh || pressed(m.freeMemory()) {
		return
	}
	m.app.background.Go(func() {
		if err := embedder.Load(m.app.life, model.Name, 0); err != nil && m.app.life.Err() == nil {
			m.app.log.Warn("preload embedder", "error", err)
		}
	})
}

// pressed says whether other programs need memory. What is not known presses nobody.
func pressed(memory hardware.Memory) bool {
	return memory.Available > 0 && memory.Available < max(pressureFree, memory.Total/pressureShare)
}

// keepMemory lets the chat model go while memory is short and nobody asks. The
// next question, or looking at the window, loads it again.
func (m *Models) keepMemory(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, pressureEvery)
		machine, err := hardware.Probe()
		if err != nil || ctx.Err() != nil {
			continue
		}
		m.giveBack(ctx, machine.Memory)
	}
}

// giveBack unloads the idle chat model under pressure and says whether it did.
func (m *Models) giveBack(ctx context.Context, memory hardware.Memory) bool {
	provider, able := m.chat.(unloader)
	m.mu.Lock()
	model, idle := m.loaded, time.Since(m.asked)
	m.mu.Unlock()
	if !able || model == "" || idle < pressureIdle || !pressed(memory) || m.app.queue.Busy() {
		return false
	}
	err := m.app.queue.Do(ctx, Indexing, "", nil, func(ctx context.Context) error {
		errs := []error{provider.Unload(ctx, model)}
		for _, other := range m.alsoLoaded(ctx, model) {
			errs = append(errs, provider.Unload(ctx, other))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, errPreempted) {
			m.app.log.Warn("let a model go", "error", err)
		}
		return false
	}
	m.setLoaded("", 0)
	m.app.log.Info("a model was let go, memory is short", "model", model, "free", memory.Available)
	return true
}

// alsoLoaded are the other chat models in the memory of Kontor's own runtime:
// those of a server of somebody else may be in use.
func (m *Models) alsoLoaded(ctx context.Context, model string) []string {
	if m.runtime == nil || m.externalURL() != "" {
		return nil
	}
	embedder, _ := m.embedder()
	var others []string
	for _, name := range m.chat.Status(ctx).Loaded {
		if name = strings.TrimSuffix(name, ":latest"); name != strings.TrimSuffix(model, ":latest") && name != embedder.Name {
			others = append(others, name)
		}
	}
	return others
}

// Preload brings the model of a chat into memory before it is asked: people
// look at the window before they write. It waits for nobody and disturbs no
// work; with little memory it does nothing.
func (m *Models) Preload(ctx context.Context, p Principal, r PreloadRequest) (Empty, error) {
	chat := storage.Chat{OwnerID: p.OwnerID}
	if r.ChatID != "" {
		var err error
		if chat, err = m.app.history(r.ChatID).Chat(ctx, p.OwnerID, r.ChatID); err != nil {
			return Empty{}, err
		}
	}
	if m.chat == nil || !m.embedderReady() || m.app.closing() || m.app.queue.Busy() || pressed(m.freeMemory()) {
		return Empty{}, nil
	}
	m.app.background.Go(func() { m.warmUpFor(m.app.life, chat) })
	return Empty{}, nil
}

func (m *Models) freeMemory() hardware.Memory {
	machine, err := hardware.Probe()
	if err != nil {
		return hardware.Memory{}
	}
	return machine.Memory
}

// used notes that the runtime had work just now.
func (m *Models) used() {
	m.mu.Lock()
	m.asked = time.Now()
	m.mu.Unlock()
}
