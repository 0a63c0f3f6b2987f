package app

import (
	"context"
	"path/filepath"
	"strings"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/llm/store"
	"kontor/storage"
)

// ProblemEmbedderUnknown means that the chosen embedding model is not installed
// or none.
const ProblemEmbedderUnknown = "embedder_unknown"

// embedder is the model whose vectors are searched: the chosen one, else that
// of the starter pack; false if there is none.
func (m *Models) embedder() (starterModel, bool) {
	if chosen := m.chosen.Load(); chosen != nil {
		return *chosen, true
	}
	return m.pack.role("embedding")
}

// vectorSpace names the vectors of an embedder.
func vectorSpace(model starterModel) storage.EmbedderKey {
	return storage.EmbedderKey{Digest: model.SHA256, Scheme: model.Scheme}
}

// findEmbedder reads what an installed embedding model is from its own file;
// the runtime need not run for that.
func (m *Models) findEmbedder(name string) (starterModel, error) {
	unknown := &Error{Code: ProblemEmbedderUnknown, Args: map[string]string{"model": name}}
	if own, ok := m.pack.role("embedding"); ok && (name == "" || name == own.Name) {
		return own, nil
	}
	getting := m.app.getting
	wanted, ok := getting.name(name)
	if !ok {
		return starterModel{}, unknown
	}
	installed, err := getting.store().Models()
	if err != nil {
		return starterModel{}, diskError(err)
	}
	for _, model := range installed {
		weights, whole := model.Manifest.Layer(store.MediaModel)
		if model.Name != wanted || !whole || model.Missing {
			continue
		}
		header, err := gguf.Open(getting.store().BlobPath(weights.Digest), nil)
		if err != nil {
			return starterModel{}, &llm.Error{Code: llm.CodeHeaderBroken, Cause: err}
		}
		architecture := header.Architecture()
		entry := m.catalog.Describe(llm.Model{Name: name, Embedding: true})
		pooled := header.Uint(architecture+".pooling_type", 0) > 0 || strings.Contains(architecture, "bert")
		if !pooled && entry.Role != llm.RoleEmbedding {
			break
		}
		found := starterModel{
			Name: name, Role: "embedding", File: filepath.Base(getting.store().BlobPath(weights.Digest)), SHA256: strings.TrimPrefix(weights.Digest, "sha256:"),
			Scheme: entry.Scheme, Dimensions: int(header.Uint(architecture+".embedding_length", 0)),
		}
		found.Prefixes.Query, found.Prefixes.Passage = entry.Prefixes.Query, entry.Prefixes.Passage
		if found.Scheme == "" {
			found.Scheme = "plain"
		}
		if found.Dimensions > 0 {
			return found, nil
		}
	}
	return starterModel{}, unknown
}

// installedEmbedders are the embedding models in the models' folder.
func (m *Models) installedEmbedders() []starterModel {
	installed, err := m.app.getting.store().Models()
	if err != nil {
		m.app.log.Debug("models' folder", "error", err)
	}
	var found []starterModel
	for _, model := range installed {
		if embedder, err := m.findEmbedder(model.Name.Short(m.app.getting.host())); err == nil {
			found = append(found, embedder)
		}
	}
	return found
}

// embedderChosen names the embedding model that the settings lead to, "" for
// none; the change to it may still be going on.
func (m *Models) embedderChosen() string {
	if model, err := m.findEmbedder(m.app.policy.Text(policy.Embedder)); err == nil {
		return model.Name
	}
	own, _ := m.pack.role("embedding")
	return own.Name
}

// chooseEmbedder takes over the setting; the one of the starter pack stands in
// for a model that is not there.
func (m *Models) chooseEmbedder() {
	name := m.app.policy.Text(policy.Embedder)
	model, err := m.findEmbedder(name)
	own, _ := m.pack.role("embedding")
	if err != nil || model.Name == own.Name {
		if err != nil && name != "" {
			m.app.log.Warn("the chosen embedding model cannot be used", "error", err)
		}
		m.chosen.Store(nil)
		return
	}
	m.chosen.Store(&model)
}

// embedderMoved changes to the embedding model of the settings. Until its
// vectors are there, words decide; those of the one before are kept.
func (m *Models) embedderMoved(ctx context.Context) {
	m.choosing.Lock()
	defer m.choosing.Unlock()
	before := m.embedderKey()
	m.chooseEmbedder()
	if m.embedderKey() == before || ctx.Err() != nil || !m.embedderReady() {
		return // what is not ready yet takes the choice when it gets ready
	}
	m.setReady(false)
	m.mu.Lock()
	m.profile = nil
	m.mu.Unlock()
	m.loadVectors(ctx)
	m.measureEmbedder(ctx)
	m.setReady(true)
	m.app.indexer.wakeEmbedding()
}

// EmbedderChange says what choosing an embedding model means.
func (m *Models) EmbedderChange(ctx context.Context, _ Principal, r ModelByName) (EmbedderChange, error) {
	model, err := m.findEmbedder(strings.TrimSuffix(r.Name, ":latest"))
	if err != nil {
		return EmbedderChange{}, err
	}
	embedded, total, err := m.app.db.CountVectors(ctx, vectorSpace(model))
	if err != nil {
		return EmbedderChange{}, err
	}
	return EmbedderChange{Name: model.Name, Passages: total, Missing: total - embedded}, nil
}
