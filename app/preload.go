package app

import (
	"context"
	"time"

	"kontor/storage"
)

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
